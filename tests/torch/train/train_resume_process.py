"""Started by test_train_resume.py: goes on with a run in a process of its own.

Arguments: the folder to go on from, the folder to write to, the spec as JSON.
"""

import sys
from pathlib import Path

import torch

from designer.train.loop import train
from designer.train.spec import TrainSpec
from tests.torch.train.train_cases import CLASSES, digits, finished, network

torch.rand(17)  # this process has used its random numbers in another way
module = network(seed=99)  # and has other weights
spec = TrainSpec.model_validate_json(sys.argv[3])
torch.set_num_threads(2)
finished(list(train(module, digits(), spec, CLASSES, resume=Path(sys.argv[1]), folder=Path(sys.argv[2]))))
