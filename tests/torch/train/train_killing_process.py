"""Started by test_train_killed.py: a training in a process of its own, killed at a random moment, again and again.

Arguments: the run folder, how often to kill, the seed of the moments, the spec as JSON. Each child goes on from where
the one before had come; the last one is let finish. Prints a line for each child: the iteration that it began after,
and the last one that it told of (-1: none), which is what one run may lose.
"""

import os
import random
import signal
import sys
import time
from pathlib import Path

import torch

from designer.train.events import Failed, Started, Step
from designer.train.loop import train
from designer.train.spec import TrainSpec
from designer.train.state import has_state
from tests.torch.train.train_cases import CLASSES, digits, network

folder, kills, seed = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
spec = TrainSpec.model_validate_json(sys.argv[4])
torch.set_num_threads(1)  # a process with threads must not be forked
data, moments = digits(), random.Random(seed)
# What is loaded at the first use is loaded before the children are made.
short = spec.model_copy(update={"epochs": 1})
began = time.monotonic()
list(train(network(), data, short, CLASSES))
pace = time.monotonic() - began  # of an epoch; the children are killed within two of them


def work(pipe):
    """What a child does: train, and tell each iteration to the pipe at once."""
    resume = folder if has_state(folder) else None
    for event in train(network(), data, spec, CLASSES, resume=resume, folder=folder):
        if isinstance(event, Started):
            os.write(pipe, f"s{event.start_iteration}\n".encode())
        elif isinstance(event, Step):
            os.write(pipe, f"i{event.iteration}\n".encode())
        elif isinstance(event, Failed):
            os.write(pipe, f"f{event.message}\n".encode())


for number in range(kills + 1):
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        try:
            work(writer)
        finally:
            os._exit(0)
    os.close(writer)
    if number < kills:
        time.sleep(moments.uniform(0.0, 2 * pace + 0.05))
        os.kill(child, signal.SIGKILL)
    with os.fdopen(reader) as lines:
        told = lines.read().splitlines()
    os.waitpid(child, 0)
    failures = [line for line in told if line.startswith("f")]
    if failures:
        sys.exit(failures[0][1:])
    began = [int(line[1:]) for line in told if line.startswith("s")]
    last = [int(line[1:]) for line in told if line.startswith("i")]
    print(began[0] if began else -1, last[-1] if last else -1, flush=True)
