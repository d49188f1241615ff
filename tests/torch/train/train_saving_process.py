"""Started by test_train_resume.py: saves the same file over and over until it is killed. Argument: the file."""

import sys
from pathlib import Path

import torch

from designer.train.checkpoint import save_tensors

for number in range(10**9):
    save_tensors(Path(sys.argv[1]), {"a": torch.full((500_000,), float(number))}, {"number": str(number)})
    if number == 0:
        print("ready", flush=True)
