"""A run that fails says which block or batch, raises nothing, and keeps good weights."""

from itertools import pairwise

import pytest
import torch
from safetensors.torch import load_file

from designer.codegen.program import OutputInfo
from designer.train.events import Checkpointed, Started, Step, Validated
from designer.train.readings import Pending, Readings
from designer.train.spec import TrainSpec
from tests.torch.train.train_cases import CLASSES, Pair, failed, finished, network, of, run, same, weights

SPEC = TrainSpec(epochs=2, batch_size=40, device="cpu", checkpoint_every=1)


class Breaking(torch.nn.Module):
    """Does ``act`` in forward call number ``at`` (from 1)."""

    def __init__(self, at, act):
        super().__init__()
        self.inner, self.at, self.act, self.calls = network(), at, act, 0

    def forward(self, x):
        self.calls += 1
        if self.calls == self.at:
            x = self.act(x)
        return self.inner(x)


def test_a_failing_block_is_named(digits, tmp_path):
    module = Breaking(3, lambda x: x @ torch.zeros(5, 5))
    seen = []

    def blame(error):
        seen.append(error)
        return "layer1.conv2"

    events = run(module, digits, SPEC, blame=blame, folder=tmp_path)
    error = failed(events)
    assert (error.kind, error.block, error.batch) == ("block", "layer1.conv2", 3)
    assert "layer1.conv2" in error.message and "\n" not in error.message
    assert isinstance(seen[0], RuntimeError) and seen[0].__traceback__ is not None
    assert of(events, Step)[-1].iteration == 2
    assert same(load_file(tmp_path / "weights.safetensors"), weights(module))
    assert "after iteration 2 are kept" in error.message


def test_a_failure_that_no_block_is_to_blame_for(digits):
    error = failed(run(Breaking(1, lambda x: x.nothing), digits, SPEC, blame=lambda _: None))
    assert (error.kind, error.block, error.batch) == ("error", None, 1)


def test_a_failing_backward_is_named_too(digits):
    class Refuses(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x.clone()

        @staticmethod
        def backward(ctx, grad):
            raise ValueError("no way back")

    module = network()
    module[0].register_forward_hook(lambda layer, args, result: Refuses.apply(result))
    error = failed(run(module, digits, SPEC, blame=lambda _: "conv1"))
    assert error.block == "conv1" and "no way back" in error.message


@pytest.mark.parametrize(
    "act",
    [
        lambda x: torch.empty(2**55),  # the allocator's own words
        lambda x: (_ for _ in ()).throw(MemoryError()),
        lambda x: (_ for _ in ()).throw(torch.OutOfMemoryError("CUDA out of memory. Tried to allocate")),
    ],
    ids=["cpu", "python", "cuda"],
)
def test_out_of_memory_advises_a_smaller_batch(digits, tmp_path, act):
    module = Breaking(2, act)
    error = failed(run(module, digits, SPEC, folder=tmp_path))
    assert error.kind == "out_of_memory" and "batch size (now 40), for example to 20" in error.message
    assert same(load_file(tmp_path / "weights.safetensors"), weights(module))


def poisoned(digits, sample):
    """The digits with one NaN pixel in a training sample."""
    x, y = digits.train.batch(slice(0, None), "cpu")
    x = x.clone()
    x[sample, 0, 0, 0] = float("nan")
    return Pair((x, y), digits.validation.batch(slice(0, None), "cpu"))


def test_a_nan_is_found_at_its_batch_and_never_reaches_the_weights(digits, tmp_path):
    module = network()
    events = run(module, poisoned(digits, 7), SPEC, folder=tmp_path)
    error = failed(events)
    last = of(events, Step)[-1].iteration if of(events, Step) else 0
    assert error.kind == "non_finite" and error.batch == last + 1
    assert f"The data of iteration {last + 1} (epoch 1, batch {last + 1}) are no numbers: sample" in error.message
    kept = load_file(tmp_path / "weights.safetensors")
    assert same(kept, weights(module))  # running statistics included, which the bad forward pass had poisoned
    assert all(tensor.isfinite().all() for tensor in kept.values() if tensor.is_floating_point())


def test_a_diverging_run_leaves_finite_weights(digits, tmp_path):
    module = network()
    spec = TrainSpec(epochs=20, optimizer="sgd", learning_rate=100, schedule="constant", batch_size=20, device="cpu")
    for parameter in module.parameters():
        parameter.data *= 100
    x, y = digits.train.batch(slice(0, None), "cpu")
    outputs = [OutputInfo("value", "regression", "mse")]
    target = torch.nn.functional.one_hot(y, 10).float()
    events = run(module, Pair((x, target), (x, target)), spec, outputs, folder=tmp_path)
    assert failed(events).kind == "non_finite"
    kept = load_file(tmp_path / "weights.safetensors")
    assert all(tensor.isfinite().all() for tensor in kept.values() if tensor.is_floating_point())
    assert same(kept, weights(module))


def test_a_nan_that_only_validation_sees_is_not_saved(digits, tmp_path):
    x, y = digits.validation.batch(slice(0, None), "cpu")
    data = Pair(digits.train.batch(slice(0, None), "cpu"), (x / 0.0, y))
    events = run(network(), data, SPEC.model_copy(update={"checkpoint_every": 100}), folder=tmp_path)
    assert failed(events).kind == "non_finite" and "of the validation" in failed(events).message
    assert not of(events, Validated) and not any((tmp_path / "checkpoints").iterdir())


def test_numbers_of_a_gpu_are_read_together_and_checked():
    readings = Readings(torch.device("cuda"), period=1000)  # only the kind of device counts here
    for i, loss in enumerate([2.0, 1.0, float("inf"), 0.5], start=1):
        readings.add(Pending(i, 1, i, 4, 0.1, 4, torch.tensor(loss), torch.tensor(i)))
        assert not readings.due()
    good, error = readings.read()
    assert [(one.loss, one.accuracy) for one in good] == [(2.0, 0.25), (1.0, 0.5)]
    assert error is not None and (error.iteration, error.batch) == (3, 3) and "infinite" in error.message
    assert readings.read() == ([], None)


@pytest.fixture
def read_like_a_gpu(monkeypatch):
    """Losses are read together, a few iterations late, as they are on a GPU."""
    gpu = torch.device("cuda")  # decides nothing but when numbers are read
    monkeypatch.setattr("designer.train.readings.Readings", lambda device: Readings(gpu, period=0.01))


def test_reading_late_tells_every_iteration_in_order(digits, read_like_a_gpu, tmp_path):
    late, prompt = network(), network()
    events = run(late, digits, SPEC.model_copy(update={"checkpoint_every": 4, "validate_every": 3}), folder=tmp_path)
    numbers = [event.iteration for event in events if isinstance(event, Step | Validated | Checkpointed)]
    assert [step.iteration for step in of(events, Step)] == list(range(1, 13))
    assert all(
        b >= a for a, b in pairwise(numbers) if b not in {c.iteration for c in of(events, Checkpointed) if c.best}
    )
    run(prompt, digits, SPEC)
    assert same(weights(late), weights(prompt))


def test_a_nan_that_is_read_late_is_still_told_at_its_batch_and_undone(digits, read_like_a_gpu, tmp_path):
    module = network()
    spec = SPEC.model_copy(update={"epochs": 1, "batch_size": 2, "checkpoint_every": 0})
    events = run(module, poisoned(digits, 7), spec, folder=tmp_path)
    error = failed(events)
    assert error.kind == "non_finite" and error.batch == of(events, Step)[-1].iteration + 1
    kept = load_file(tmp_path / "weights.safetensors")
    assert same(kept, weights(module))
    assert all(tensor.isfinite().all() for tensor in kept.values() if tensor.is_floating_point())


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        (torch.tensor([0, 1, 2, 3]), "class number 3 (“dog”)"),
        (torch.tensor([0, -1, 2, 1]), "count from 0"),
        (torch.tensor([0.0, 1.0, 1.0, 0.0]), "Regression output"),
    ],
)
@pytest.mark.parametrize("part", ["train", "validation"])
def test_wrong_labels_are_found_before_the_first_iteration(labels, words, part):
    good = (torch.randn(4, 3), torch.tensor([0, 1, 2, 0]))
    bad = (torch.randn(4, 3), labels)
    data = Pair(bad if part == "train" else good, bad if part == "validation" else good, ("a", "b", "c", "dog"))
    events = run(torch.nn.Linear(3, 3), data, SPEC, [OutputInfo("c", "classification", "cross_entropy", 3)])
    error = failed(events)
    assert error.kind == "data" and words in error.message and len(events) == 1


def test_targets_of_another_shape_are_refused_and_not_broadcast():
    data = Pair((torch.randn(8, 3), torch.randn(8, 2)), (torch.randn(8, 3), torch.randn(8, 2)))
    error = failed(run(torch.nn.Linear(3, 1), data, SPEC, [OutputInfo("v", "regression", "mse")]))
    assert error.kind == "data" and "(8, 1)" in error.message and "(8, 2)" in error.message


@pytest.mark.parametrize(
    ("module", "outputs", "spec", "words"),
    [
        (torch.nn.Flatten(), CLASSES, SPEC, "nothing to learn"),
        (network(), [], SPEC, "no output"),
        (network(), [OutputInfo("x", "tensor", "")], SPEC, "has a loss"),
        (network(), [OutputInfo("x", "classification", "guess", 10)], SPEC, "“guess”"),
        (network(), CLASSES, SPEC.model_copy(update={"device": "cuda:99"}), "cuda:99"),
    ],
)
def test_what_cannot_start_is_one_sentence(digits, module, outputs, spec, words):
    events = run(module, digits, spec, outputs)
    assert words in failed(events).message and not of(events, Started)


def test_an_empty_data_set(digits):
    nothing = (torch.zeros(0, 3), torch.zeros(0, dtype=torch.int64))
    assert failed(run(network(), Pair(nothing, nothing), SPEC)).kind == "data"


def test_a_folder_that_cannot_be_written(digits, tmp_path):
    (tmp_path / "run").write_text("a file")
    error = failed(run(network(), digits, SPEC, folder=tmp_path / "run"))
    assert error.kind == "error" and "could not be written" in error.message and error.batch is None


def test_a_defect_of_the_program_is_not_hidden(digits):
    class Odd:
        def __len__(self):
            return 8

        def batch(self, indices, device):
            raise ZeroDivisionError

    data = Pair((torch.zeros(0),) * 2, (torch.zeros(0),) * 2)
    data.train = Odd()
    with pytest.raises(ZeroDivisionError):
        run(network(), data, SPEC)


def test_a_run_after_a_failed_one_works(digits):
    failed(run(Breaking(2, lambda x: x.nothing), digits, SPEC))
    finished(run(network(), digits, SPEC))
