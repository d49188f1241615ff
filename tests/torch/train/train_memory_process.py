"""Started by test_train_offers.py: trains under a real limit of memory, then again as each offer says.

Prints one JSON line: how the first run failed, and how the runs with its offers ended.
"""

import json
import resource
from pathlib import Path

import torch

from designer.train.events import Failed, Finished, to_dict
from designer.train.spec import TrainSpec
from tests.torch.train.train_cases import Pair, run, same

ROOM = 170 << 20  # bytes beyond what the process has when it begins
SAMPLES = 256


def network():
    torch.manual_seed(0)
    n = torch.nn
    tanh = (n.Tanh() for _ in range(26))  # much memory for little time
    return n.Sequential(
        n.Conv2d(1, 8, 1), n.BatchNorm2d(8), *tanh, n.AdaptiveAvgPool2d(1), n.Flatten(), n.Linear(8, 10)
    )


def limit(room):
    size = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (size + room, resource.RLIM_INFINITY))


torch.set_num_threads(1)
x, y = torch.randn(SAMPLES, 1, 32, 32), torch.randint(0, 10, (SAMPLES,))
data = Pair((x, y), (x[:0], y[:0]))
spec = TrainSpec(epochs=1, batch_size=256, device="cpu", threads=1)
run(network(), data, spec.model_copy(update={"batch_size": 32}))  # libraries are loaded, pools are made
limit(ROOM)
module = network()
before = dict(module.named_parameters())
before = {name: weight.detach().clone() for name, weight in before.items()}
first = run(module, data, spec)[-1]
assert isinstance(first, Failed), first
outcomes = []
for offer in first.offers:
    last = run(network(), data, TrainSpec.model_validate({**spec.model_dump(), **offer["train"]}))[-1]
    outcomes.append(isinstance(last, Finished))
print(
    json.dumps(
        {
            "failed": to_dict(first),
            "same": same(before, dict(module.named_parameters())),
            "passes": int(module[1].num_batches_tracked),
            "outcomes": outcomes,
        }
    )
)
