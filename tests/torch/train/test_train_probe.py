"""The probe of a training: tensor counts that are exact, answers where memory is short, and nothing left behind."""

import pytest
import torch

from designer.data.counts import Samples
from designer.errors import BlockFailed, TrainError
from designer.train import probe as probing
from designer.train.forecast import SHARE
from designer.train.learning import Learning
from designer.train.parts import OPTIMIZERS
from designer.train.probe import memory_of, probe
from designer.train.spec import TrainSpec
from tests.torch.train import train_cases
from tests.torch.train.train_cases import CLASSES

SAMPLES = Samples(240, 60)


def measured(module=None, activations=lambda batch: batch * 1000, samples=SAMPLES, frozen=(), heard=None, **settings):
    spec = TrainSpec(device="cpu", **settings)
    module = module or train_cases.network()
    learning = Learning(module, spec, frozen)
    learning.enter(spec.epochs)
    more = {"heard": heard} if heard else {}
    return probe(module, learning, CLASSES, spec, (1, 8, 8), samples, activations, **more)


@pytest.mark.parametrize("frozen", [(), ("0",)])
@pytest.mark.parametrize("momentum", [0.0, 0.9])
@pytest.mark.parametrize("optimizer", sorted(OPTIMIZERS))
def test_memory_equals_the_tensors_of_a_real_step(optimizer, momentum, frozen):
    module = train_cases.network()
    spec = TrainSpec(device="cpu", optimizer=optimizer, momentum=momentum)
    learning = Learning(module, spec, frozen)
    learning.enter(1)
    told = memory_of(module, learning, spec, 0)
    real = OPTIMIZERS[optimizer].build(learning.groups(), spec)
    torch.nn.functional.cross_entropy(module(torch.randn(4, 1, 8, 8)), torch.zeros(4, dtype=torch.int64)).backward()
    real.step()
    state = [v for values in real.state_dict()["state"].values() for v in values.values()]
    assert told.weights == sum(t.nbytes for t in module.state_dict().values())
    assert told.gradients == sum(p.grad.nbytes for p in module.parameters() if p.grad is not None)
    assert told.optimizer == sum(v.nbytes for v in state if isinstance(v, torch.Tensor))


def test_a_forecast_of_a_small_network():
    found = measured(batch_size=32)
    assert found.fits and found.fitting is None and not found.measured and not found.extrapolated
    assert found.batch == 32 and found.iterations == 8  # the last of 240 is shorter
    assert found.memory.activations == 32_000 and found.peak == found.memory.total
    assert 0 < found.iteration < found.epoch
    assert found.epoch == pytest.approx(7.5 * found.iteration, rel=0.9)


def test_a_batch_is_never_larger_than_the_data():
    assert measured(batch_size=4096).batch == 240
    unknown = measured(batch_size=64, samples=None)
    assert unknown.batch == 64 and unknown.iteration > 0 and unknown.epoch is None and unknown.iterations is None


def test_what_does_not_fit_is_an_answer(monkeypatch):
    monkeypatch.setattr(probing, "_room", lambda device: 200_000)
    found = measured(batch_size=240)
    fixed = found.memory.total - found.memory.activations
    assert not found.fits and found.iteration is None and found.room == 200_000
    assert found.fitting == 128 and fixed + 128_000 <= SHARE * 200_000 < fixed + 240_000
    monkeypatch.setattr(probing, "_room", lambda device: 1000)
    assert measured(batch_size=240).fitting is None


class Greedy(torch.nn.Module):
    """Runs out of memory above some batch size, as a device with little of it."""

    def __init__(self, most, error):
        super().__init__()
        self.layer, self.most, self.error = torch.nn.Linear(64, 10), most, error
        self.seen = []

    def forward(self, x):
        self.seen.append(len(x))
        if len(x) > self.most:
            raise self.error
        return self.layer(x.flatten(1))


@pytest.mark.parametrize(
    "error", [torch.OutOfMemoryError("CUDA out of memory"), RuntimeError("DefaultCPUAllocator: not enough memory")]
)
def test_running_out_of_memory_leads_to_a_batch_that_was_tried(error):
    module = Greedy(20, error)
    found = measured(module, batch_size=200)
    assert not found.fits and found.fitting == 16 and found.iteration is None
    assert module.seen.count(200) == 1 and 128 in module.seen and 16 in module.seen


def test_a_slow_batch_is_forecast_from_smaller_ones(monkeypatch):
    monkeypatch.setattr(probing, "_SLOW", 0.0)
    found = measured(batch_size=64)
    assert found.extrapolated and found.epoch > found.iteration > 0


def test_stopping_is_heard_between_steps():
    class Enough(Exception):
        pass

    calls = []

    def heard():
        calls.append(None)
        if len(calls) == 3:
            raise Enough

    with pytest.raises(Enough):
        measured(heard=heard, batch_size=16)
    assert len(calls) == 3


def test_mistakes_are_told_as_by_a_training():
    with pytest.raises(TrainError, match="no device"):
        spec = TrainSpec(device="cuda:77")
        module = train_cases.network()
        learning = Learning(module, spec)
        learning.enter(1)
        probe(module, learning, CLASSES, spec, (1, 8, 8), SAMPLES, lambda n: n)
    with pytest.raises(BlockFailed, match="failed in batch 1"):
        measured(torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(65, 10)))


def test_nothing_of_the_caller_is_changed():
    threads = torch.get_num_threads()
    measured(threads=threads + 1, batch_size=16)
    assert torch.get_num_threads() == threads


@pytest.mark.gpu
def test_a_gpu_tells_its_peak():
    module = torch.nn.Sequential(torch.nn.Conv2d(1, 64, 3, padding=1), torch.nn.Flatten(), torch.nn.Linear(4096, 10))
    before = torch.cuda.memory_allocated()
    spec = TrainSpec(device="cuda", batch_size=1024)
    learning = Learning(module, spec)
    learning.enter(1)
    kept = 1024 * 4 * (64 + 4096)
    found = probe(module, learning, CLASSES, spec, (1, 8, 8), Samples(4096, 512), lambda n: n * 4 * (64 + 4096))
    assert found.fits and found.measured and found.batch == 1024 and found.device == "cuda:0"
    assert kept < found.peak < 4 * found.memory.total
    assert torch.cuda.memory_allocated() - before < 1 << 20
    huge = TrainSpec(device="cuda", batch_size=65_536)
    wide = torch.nn.Sequential(
        torch.nn.Conv2d(1, 8192, 3, padding=1),
        torch.nn.AdaptiveAvgPool2d(1),
        torch.nn.Flatten(),
        torch.nn.Linear(8192, 10),
    )
    learning = Learning(wide, huge)
    learning.enter(1)
    found = probe(wide, learning, CLASSES, huge, (1, 8, 8), Samples(65_536, 1), lambda n: 0)
    assert not found.fits and found.fitting and found.fitting < 65_536
    assert torch.cuda.memory_allocated() - before < 1 << 20
