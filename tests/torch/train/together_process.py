"""Started several times by test_train_together.py: one of the processes that train together.

Arguments: the number of this process, how many there are, a file to meet in, the case, the spec as JSON, the file to
write the weights to, and the run to go on from.
"""

import os
import sys
from pathlib import Path

os.environ["GLOO_SOCKET_IFNAME"] = "lo"

import torch
import torch.distributed as dist
from safetensors.torch import save_file

from designer.train.loop import train
from designer.train.sharding import whole
from designer.train.spec import TrainSpec
from designer.train.together import Together
from designer.train.world import enter
from tests.torch.train.together_cases import data_of, network_of, outputs_of

rank, size, meeting, case, spec, out, *resume = sys.argv[1:]
torch.set_num_threads(1)
world = Together(int(rank), int(size), dist.FileStore(meeting, int(size)))
enter(world)
module = network_of(case)
folder = world.keeps(Path(out).with_suffix(".run"))
events = list(
    train(
        module,
        data_of(case),
        TrainSpec.model_validate_json(spec),
        outputs_of(case),
        folder=folder,
        resume=Path(resume[0]) if resume else None,
    )
)
save_file({name: whole(tensor).contiguous() for name, tensor in module.state_dict().items()}, out)
Path(out).with_suffix(".txt").write_text("\n".join(map(repr, events)))
world.close()
