"""Killed without warning at random moments, in the middle of an iteration or of a file: the run goes on, exactly."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from designer.train.checkpoint import load_tensors
from designer.train.spec import TrainSpec
from tests.torch.train.train_cases import finished, network, run

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="children are forked")

EVERY = 2  # iterations between two checkpoints
SPEC = TrainSpec(batch_size=40, device="cpu", checkpoint_every=EVERY, keep_checkpoints=2, threads=1)


@pytest.mark.parametrize(("kills", "epochs"), [(6, 12), pytest.param(50, 60, marks=pytest.mark.slow)])
def test_killed_again_and_again_and_equal_in_the_end(digits, tmp_path, kills, epochs):
    spec, whole = SPEC.model_copy(update={"epochs": epochs}), network()
    finished(run(whole, digits, spec))
    root = Path(__file__).parents[3]
    command = [sys.executable, "-m", "tests.torch.train.train_killing_process", str(tmp_path / "run"), str(kills)]
    done = subprocess.run(
        [*command, "7", spec.model_dump_json()], cwd=root, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    children = [tuple(int(word) for word in line.split()) for line in done.stdout.splitlines()]
    assert len(children) == kills + 1
    came_to = 0
    for began, last in children:
        if began >= 0:
            # The last iteration may have been told just before its checkpoint was due.
            assert began >= came_to - EVERY, "at most one interval is lost"
        came_to = max(came_to, last)
    assert came_to == 6 * epochs
    assert sum(began > 0 for began, _ in children) >= kills // 4, "the kills came while it trained"
    kept, _ = load_tensors(tmp_path / "run" / "weights.safetensors")
    assert all(torch.equal(kept[name], tensor) for name, tensor in whole.state_dict().items())
    assert not list((tmp_path / "run").rglob(".*")), "nothing half-written stays"
