"""What a run says about the machine that it runs on."""

import psutil
import pytest
import torch

from designer.train.events import Machine, Step
from designer.train.machine import Meter
from designer.train.spec import TrainSpec
from tests.torch.train.train_cases import network, run


def test_a_run_tells_what_it_takes_from_its_first_iteration_on(digits):
    events = run(network(), digits, TrainSpec(epochs=1, batch_size=40, device="cpu"))
    told = [event for event in events if isinstance(event, Machine)]
    assert told and isinstance(events[events.index(told[0]) - 1], Step) and told[0].iteration == 1
    held = psutil.Process().memory_info().rss
    assert all(held / 4 < one.memory < 4 * held and 0 <= one.use <= 1 for one in told)
    assert told[0].device_memory is None and told[0].device_use is None  # the processor has no memory of its own


def test_it_looks_no_more_often_than_it_should(monkeypatch):
    clock = [100.0]
    monkeypatch.setattr("designer.train.machine.time.monotonic", lambda: clock[0])
    meter = Meter(torch.device("cpu"))
    found = []
    for tick in range(31):
        clock[0] = 100.0 + tick / 10
        found += meter.read(tick, tick / 10)
    assert [one.iteration for one in found] == [0, 10, 20, 30]


def test_use_is_what_was_worked():
    meter = Meter(torch.device("cpu"), period=0.0)
    meter.read(1, 0.0)
    x = torch.randn(256, 256)
    begun = psutil.Process().cpu_times().user
    while psutil.Process().cpu_times().user < begun + 0.2:
        x = torch.tanh(x @ x)
    assert meter.read(2, 0.1)[0].use > 0


@pytest.mark.gpu
def test_a_gpu_tells_of_its_memory(digits):
    events = run(network(), digits, TrainSpec(epochs=1, batch_size=40, device="cuda"))
    told = next(event for event in events if isinstance(event, Machine))
    assert told.device_memory and told.device_reserved and told.device_total
    assert 0 < told.device_memory <= told.device_reserved <= told.device_total
