"""What sampling the health of the blocks takes of a training, beside the same training without it.

Run alone: pytest tests/bench/test_health_cost.py -s
"""

import time

import pytest
import torch

from designer.codegen.program import OutputInfo
from designer.train.events import Health, Step
from designer.train.loop import train
from designer.train.spec import TrainSpec
from tests.bench.test_train_throughput import BATCH, SAMPLES, Data, cnn

OUTPUTS = [OutputInfo("classes", "classification", "cross_entropy", 10)]
EPOCHS = 24  # 360 iterations, some seconds: several samples


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def run(data, folder, health):
    spec = TrainSpec(epochs=EPOCHS, batch_size=BATCH, schedule="constant", device="cpu", health=health)
    return train(cnn(), data, spec, OUTPUTS, folder=folder)


def test_health_takes_less_than_a_twentieth(tmp_path):
    """Both runs take turns at each iteration, so that the machine is as busy for the one as for the other.

    So each sees twice as much time go by as it takes itself, and samples twice as often as alone.
    """
    data = Data()
    loops = {name: run(data, tmp_path / name, name == "with") for name in ("with", "without")}
    seconds, losses, samples = dict.fromkeys(loops, 0.0), {name: [] for name in loops}, 0
    next(event for event in run(data, None, False) if isinstance(event, Step))  # what is imported late, for both
    for _ in range(EPOCHS * SAMPLES // BATCH):
        for name, loop in loops.items():
            began = time.thread_time()
            for event in loop:
                samples += isinstance(event, Health)
                if isinstance(event, Step):
                    losses[name].append(event.loss)
                    break
            seconds[name] += time.thread_time() - began
    for loop in loops.values():
        loop.close()
    share = seconds["with"] / seconds["without"] - 1
    print(
        f"\n{samples} samples in {seconds['with']:.1f} s of processor time: {share:.2%} more than without, half of it alone"
    )
    assert losses["with"] == losses["without"] and samples >= 3
    assert share <= 2 * 0.05
