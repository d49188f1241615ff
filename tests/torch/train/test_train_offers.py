"""Out of memory: what is offered has been tried, and does."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from designer.errors import OutOfMemory, TrainError
from designer.train.events import Failed, from_dict, to_dict
from designer.train.offers import offers_after, together
from designer.train.spec import TrainSpec
from tests.torch.train.train_cases import failed, finished, network, run

PROCESS = Path(__file__).with_name("train_memory_process.py")


@pytest.mark.skipif(sys.platform != "linux", reason="limits the memory of a process as Linux does")
def test_every_offer_of_a_run_without_memory_trains():
    """The system itself refuses the memory, as it does for everything in that process."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.torch.train.train_memory_process"],
        cwd=PROCESS.parents[3], capture_output=True, text=True, check=False, timeout=120,
        env={**os.environ, "MALLOC_MMAP_THRESHOLD_": str(1 << 20)},  # what is freed goes back to the system
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    told = json.loads(done.stdout.splitlines()[-1])
    event = from_dict(told["failed"])
    assert isinstance(event, Failed) and event.kind == "out_of_memory"
    assert told["same"] and told["passes"] == 1  # trying out moves neither weights nor running statistics
    changes = [dict(offer["train"]) for offer in event.offers]
    assert changes[-1].keys() == {"batch_size"} and changes[-1]["batch_size"] < 256
    assert changes[-2]["batch_size"] * changes[-2]["accumulate"] == 256
    assert {"checkpoint_activations": True} in changes
    assert told["outcomes"] == [True] * len(changes)


@pytest.mark.parametrize(
    ("effective", "fitting", "size", "count"),
    [(64, 32, 32, 2), (512, 64, 64, 8), (100, 64, 50, 2), (96, 64, 48, 2), (97, 64, 64, 2), (3, 1, 1, 3), (6, 2, 2, 3)],
)
def test_batches_that_make_up_a_larger_one(effective, fitting, size, count):
    assert together(effective, fitting) == (size, count)


def test_other_errors_have_nothing_to_offer():
    assert offers_after(TrainError("no"), None) == ()
    assert offers_after(OutOfMemory("full", "cpu"), None) == ()


def test_a_failure_without_offers_reads_as_before(digits):
    event = failed(run(network(classes=3), digits, TrainSpec(device="cpu", epochs=1)))
    assert event.offers == ()
    old = {key: value for key, value in to_dict(event).items() if key != "offers"}
    assert from_dict(old) == event


@pytest.mark.gpu
def test_offers_of_a_gpu_train(digits):
    wide = torch.nn.Sequential(
        torch.nn.Conv2d(1, 256, 3, padding=1), *(torch.nn.Conv2d(256, 256, 3, padding=1) for _ in range(12)),
        torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten(), torch.nn.Linear(256, 10),
    )  # fmt: skip
    free, _ = torch.cuda.mem_get_info()
    held = torch.empty(max(0, free - (100 << 20)), dtype=torch.uint8, device="cuda")
    spec = TrainSpec(epochs=1, batch_size=240, device="cuda", precision="float32")
    event = failed(run(wide, digits, spec))
    assert event.kind == "out_of_memory" and event.offers
    for offer in event.offers:
        finished(run(wide, digits, spec.model_copy(update=offer["train"])))
    del held
