"""The checks before a training: a good one is green throughout, and each mistake turns just its own line."""

import math
import random

import numpy as np
import pytest
import torch
from torch import nn

from designer.codegen.program import OutputInfo
from designer.data.open import open_data
from designer.data.spec import DataSpec
from designer.errors import UsageError
from designer.train import probe as probing
from designer.train.preflight.case import Case
from designer.train.preflight.checks import one_batch
from designer.train.preflight.declare import checks, modules
from designer.train.preflight.finding import Line, Repair, summary
from designer.train.preflight.runner import preflight
from designer.train.spec import TrainSpec
from tests.torch.train.train_cases import CLASSES, Pair, same, weights

NAMES = [
    "labels", "balance", "inputs", "norms", "memory", "outputs", "gradients", "start", "one_batch", "loader", "leaks",
    "rate",
]  # fmt: skip


@pytest.fixture(autouse=True)
def short(monkeypatch):
    """Forecasts of a moment: how exact they are is asked elsewhere."""
    monkeypatch.setattr(probing, "_STRETCH", 0.002)
    monkeypatch.setattr(probing, "_STRETCHES", 2)


def small(*between, classes=10, after=()):
    torch.manual_seed(1)
    return nn.Sequential(
        nn.Flatten(), nn.Linear(64, 32), *(between or (nn.ReLU(),)), nn.Linear(32, classes), *after
    )  # fmt: skip


def looked(module, data, outputs=CLASSES, only=(), learns=None, fresh=True, source=None, misfit="", **settings):
    spec = TrainSpec.read({"device": "cpu", "batch_size": 32, "learning_rate": 3e-3, **settings})
    case = Case(module, data, spec, outputs, learns or {}, fresh=fresh, source=source, misfit=misfit)
    return {line.name: line for line in preflight(case, only)}


def verdicts(lines):
    """All that is neither green nor left out."""
    return {name: line.finding.verdict for name, line in lines.items() if line.finding.verdict in ("bad", "warning")}


def values(count=256, shift=0.0):
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(count, 1, 8, 8, generator=generator)
    y = x.flatten(1)[:, :1] * 0.7 + 0.1 * torch.randn(count, 1, generator=generator) + shift
    return Pair((x[:192], y[:192]), (x[192:], y[192:]))


def test_a_good_training_is_green(digits):
    lines = looked(small(), digits, source=DataSpec(source="digits", limit=300))
    assert list(lines) == NAMES
    assert {name: line.finding.verdict for name, line in lines.items()} == dict.fromkeys(NAMES, "good")
    assert all(line.finding.repair is None for line in lines.values())
    assert "log(10) = 2.3" in lines["start"].finding.text
    assert lines["start"].finding.figures["loss"] == pytest.approx(math.log(10), rel=0.2)
    figures = lines["one_batch"].finding.figures
    assert figures["last"] <= 0.05 * figures["first"] and figures["samples"] == 16
    assert lines["leaks"].finding.figures == {"same": 0, "near": 0, "looked_at": 300, "whole": True}
    assert summary(list(lines.values())) == "Nothing stands in the way of a training."
    for line in lines.values():
        assert Line.from_dict(line.to_dict()).to_dict() == line.to_dict()


def test_nothing_is_touched(digits):
    module = small(nn.BatchNorm1d(32), nn.ReLU(), nn.Dropout(0.5))
    module[1].weight.requires_grad_(False)
    before, modes = weights(module), [layer.training for layer in module.modules()]
    asks = [p.requires_grad for p in module.parameters()]
    torch.manual_seed(3), random.seed(3), np.random.seed(3)
    states = torch.get_rng_state(), random.getstate(), np.random.get_state()[1].copy()
    threads = torch.get_num_threads()
    looked(module, digits, threads=threads + 1, source=DataSpec(source="digits", limit=300))
    assert same(module.state_dict(), before)
    assert all(p.grad is None for p in module.parameters())
    assert [layer.training for layer in module.modules()] == modes
    assert [p.requires_grad for p in module.parameters()] == asks
    assert torch.equal(torch.get_rng_state(), states[0]) and random.getstate() == states[1]
    assert np.array_equal(np.random.get_state()[1], states[2]) and torch.get_num_threads() == threads


class Dead(nn.Module):
    """A ReLU that nothing passes."""

    def forward(self, x):
        return torch.relu(x - 1e4)


class Apart(nn.Module):
    """What comes before is cut off from the loss."""

    def forward(self, x):
        return torch.relu(x.detach())


class Root(nn.Module):
    """The gradient of a root at 0 is no number."""

    def forward(self, x):
        return torch.sqrt(x * 0) + torch.relu(x)


@pytest.mark.parametrize(("wrong", "words"), [(Dead, "are 0"), (Apart, "No gradient reaches 1"), (Root, "no numbers")])
def test_gradients_that_do_not_arrive(digits, wrong, words):
    lines = looked(small(wrong()), digits)
    assert verdicts(lines) == {"gradients": "bad"}
    assert words in lines["gradients"].finding.text and "1" in lines["gradients"].finding.blocks
    assert "First solve “Gradients”" in lines["one_batch"].finding.text


def test_frozen_blocks_need_no_gradient(digits):
    lines = looked(small(Apart()), digits, learns={"frozen": ["1"]})
    assert lines["gradients"].finding.verdict == "good" and "3, the only block" in lines["gradients"].finding.text
    nothing = looked(small(), digits, only=["gradients"], learns={"frozen": ["1", "3"]})["gradients"].finding
    assert nothing.verdict == "bad" and "nothing to learn" in nothing.text


class Two(nn.Module):
    """Two outputs on one body; one of them gives probabilities."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(1)
        self.body, self.first, self.second = nn.Linear(64, 32), nn.Linear(32, 10), nn.Linear(32, 10)

    def forward(self, x):
        x = torch.relu(self.body(x.flatten(1)))
        return self.first(x), torch.softmax(self.second(x), dim=1)


def test_several_outputs(digits):
    outputs = [
        OutputInfo(name, "classification", "cross_entropy", 10, weight=w) for name, w in (("a", 1.0), ("b", 0.3))
    ]
    both = looked(Two(), digits, outputs, only=["labels", "outputs", "gradients"])
    assert verdicts(both) == {"outputs": "bad"} and both["outputs"].finding.blocks == ("b",)
    assert both["outputs"].finding.repair.value == "b"
    one = looked(Two(), digits, outputs, only=["labels", "outputs", "gradients"], output_weights={"a": 1.0})
    assert verdicts(one) == {"gradients": "warning"} and one["gradients"].finding.blocks == ["second"]


def test_a_block_that_starts_at_zero_is_not_dead(digits):
    module = small()
    nn.init.zeros_(module[3].weight)  # in the first step no gradient passes it
    assert looked(module, digits, only=["gradients"])["gradients"].finding.verdict == "good"


def test_probabilities_instead_of_logits(digits):
    lines = looked(small(after=(nn.Softmax(dim=1),)), digits)
    assert verdicts(lines) == {"outputs": "bad"}
    found = lines["outputs"].finding
    assert "softmax once more" in found.text and found.blocks == ("classes",)
    assert found.repair == Repair("drawing", "softmax_before_loss", found.repair.title, "classes")
    relu = looked(small(after=(nn.ReLU(),)), digits, only=["outputs"])["outputs"].finding
    assert relu.verdict == "warning" and relu.repair.name == "activation_before_output"


def test_a_sigmoid_before_labels():
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(128, 1, 8, 8, generator=generator)
    y = (x.flatten(1)[:, :3] > 0).float()
    data, outputs = Pair((x, y), (x[:40], y[:40]), ("a", "b", "c")), [OutputInfo("tags", "multilabel", "bce", 3)]
    lines = looked(small(classes=3), data, outputs)
    assert verdicts(lines) == {} and "log(2) = 0.693" in lines["start"].finding.text
    wrong = looked(small(classes=3, after=(nn.Sigmoid(),)), data, outputs, only=["labels", "outputs", "start"])
    assert verdicts(wrong) == {"outputs": "bad"}
    y[:, 1] = 0
    never = looked(small(classes=3), data, outputs, only=["labels"])["labels"].finding
    assert never.verdict == "warning" and "“b” is the same" in never.text


def test_numbers():
    outputs = [OutputInfo("number", "regression", "mse")]
    lines = looked(small(classes=1), values(), outputs)
    assert verdicts(lines) == {} and "the mean gives" in lines["start"].finding.text
    far = looked(small(classes=1), values(shift=40.0), outputs, only=["start"])["start"].finding
    assert far.verdict == "warning" and "scale them" in far.text
    bounded = looked(small(classes=1, after=(nn.Tanh(),)), values(shift=3.0), outputs, only=["outputs"])
    assert "between -1 and 1" in bounded["outputs"].finding.text
    same_target = Pair((torch.randn(64, 1, 8, 8), torch.ones(64, 1)), (torch.randn(8, 1, 8, 8), torch.ones(8, 1)))
    assert "nothing to learn" in looked(small(classes=1), same_target, outputs)["labels"].finding.text


def pixels(digits, change=lambda x: x, targets=lambda y: y):
    x, y = digits.train.batch(slice(0, 240), "cpu")
    vx, vy = digits.validation.batch(slice(0, 60), "cpu")
    return Pair((change(x), targets(y)), (change(vx), vy), digits.classes)


def test_labels_that_do_not_fit(digits):
    beyond = looked(small(classes=7), digits, [OutputInfo("classes", "classification", "cross_entropy", 7)])
    assert verdicts(beyond) == {"labels": "bad"} and "7 classes, 0 to 6" in beyond["labels"].finding.text
    told = looked(small(), digits, misfit="The network tells 10 classes apart; there are 3.")
    assert verdicts(told) == {"labels": "bad"} and told["labels"].finding.repair.name == "data_classes"
    absent = looked(small(), pixels(digits, targets=lambda y: y.clamp(max=8)))
    assert verdicts(absent) == {"labels": "warning"} and "“9”" in absent["labels"].finding.text


def test_a_rare_class(digits):
    x, y = digits.train.batch(slice(0, 240), "cpu")
    kept = (y != 4) | (torch.cumsum(y == 4, 0) <= 2)
    data = Pair((x[kept], y[kept]), digits.validation.batch(slice(0, 60), "cpu"), digits.classes)
    found = looked(small(), data, only=["labels", "balance"])["balance"].finding
    assert found.verdict == "warning" and "“4”" in found.text
    assert found.repair == Repair("train", "class_weights", "Balance the class weights", "balanced")
    assert looked(small(), data, only=["balance"], class_weights="balanced")["balance"].finding.verdict == "good"


@pytest.mark.parametrize(
    ("change", "verdict"),
    [(lambda x: x * 100, "bad"), (lambda x: x + 3, "warning"), (lambda x: x * torch.nan, "bad")],
    ids=["large", "shifted", "nan"],
)
def test_inputs_that_are_not_normalised(digits, change, verdict):
    lines = looked(small(), pixels(digits, change), only=["inputs", "start", "one_batch"])
    assert verdicts(lines) == {"inputs": verdict}
    tuned = looked(small(), pixels(digits, change), only=["inputs"], fresh=False)["inputs"].finding
    assert tuned.repair == (
        None if "no numbers" in tuned.text else Repair("train", "start", tuned.repair.title, "fresh")
    )


def test_a_leak_between_the_splits(tmp_path, digits):
    from PIL import Image

    generator = np.random.default_rng(0)
    for name in ("cat", "dog"):
        (tmp_path / name).mkdir()
        for number in range(20):
            pixels = generator.integers(0, 256, (40, 40), dtype=np.uint8)
            for copy in range(1 + (number < 8)):
                Image.fromarray(pixels).save(tmp_path / name / f"{number}-{copy}.png")
    source = DataSpec(source=str(tmp_path), validation=0.3)
    data = open_data(source, (1, 8, 8))
    lines = looked(small(classes=2), data, [OutputInfo("classes", "classification", "cross_entropy", 2)], source=source)
    assert verdicts(lines) == {"leaks": "bad"}
    found = lines["leaks"].finding
    assert found.figures["same"] > 1 and "among those for training as well" in found.text
    assert found.repair == Repair("data", "split", "Split by content", "content")
    apart = source.model_copy(update={"split": "content"})
    mended = looked(small(classes=2), data, CLASSES[:1], only=["leaks"], source=apart)["leaks"].finding
    assert mended.verdict == "good"


def test_a_rate_far_off(digits):
    huge = looked(small(), digits, learning_rate=90.0)
    assert verdicts(huge) == {"rate": "bad"}
    repair = huge["rate"].finding.repair
    assert (repair.target, repair.name) == ("train", "learning_rate") and 1e-4 < repair.value < 0.1
    assert looked(small(), digits, only=["rate"], learning_rate=repair.value)["rate"].finding.verdict == "good"
    assert looked(small(), digits, only=["rate"], learning_rate=1e-7)["rate"].finding.verdict == "warning"


def test_batches_of_one(digits):
    module = small(nn.BatchNorm1d(32), nn.ReLU())
    lines = looked(module, digits, batch_size=1)
    assert verdicts(lines) == {"norms": "bad"}
    assert lines["norms"].finding.repair == Repair("train", "batch_size", "Set the batch size to 32", 32)
    assert looked(small(), digits, batch_size=1, only=["norms"])["norms"].finding.verdict == "good"
    still = looked(module, digits, batch_size=1, only=["norms"], learns={"frozen": ["1", "2"]})
    assert still["norms"].finding.verdict == "good"  # a frozen one measures nothing


def test_memory_that_is_short(digits, monkeypatch):
    monkeypatch.setattr(probing, "_room", lambda device: 200_000)
    spec = TrainSpec(device="cpu", batch_size=240)
    case = Case(small(), digits, spec, CLASSES, activations=lambda batch: batch * 1000)
    (line,) = preflight(case, ["memory"])
    assert line.finding.verdict == "bad" and line.finding.repair.name == "batch_size"
    assert line.finding.repair.value < 240 and "A batch size of" in line.finding.text


class Slow:
    """A split that takes its time."""

    def __init__(self, split):
        self._split, self.labels = split, split.labels

    def __len__(self):
        return len(self._split)

    def batch(self, indices, device):
        import time

        time.sleep(0.02)
        return self._split.batch(indices, device)


def test_data_that_come_slowly(digits):
    data = Pair((torch.zeros(1), torch.zeros(1)), (torch.zeros(1), torch.zeros(1)), digits.classes)
    data.train, data.validation = Slow(digits.train), digits.validation
    found = looked(small(), data, only=["loader"])["loader"].finding
    assert found.verdict == "warning" and "of the time" in found.text


def test_a_network_that_cannot_learn(digits, monkeypatch):
    monkeypatch.setattr(one_batch, "_STEPS", 80)
    noise = pixels(digits, change=torch.zeros_like)  # all samples look the same
    found = looked(small(), noise, only=["one_batch"])["one_batch"].finding
    assert found.verdict in ("bad", "warning") and "16 samples" in found.text


class Bursts(nn.Module):
    """What leaves it is no number once its weight has moved."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1))

    def forward(self, x):
        return x + self.weight + torch.where(self.weight.abs() > 0, torch.nan, 0.0)


def test_a_loss_that_becomes_no_number(digits):
    found = looked(small(Bursts()), digits, only=["one_batch"])["one_batch"].finding
    assert found.verdict == "bad" and "became no number in step 2" in found.text


class Broken(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(64, 10)

    def forward(self, x):
        raise IndexError("nothing there")


def test_a_check_that_fails_is_a_red_line(digits):
    lines = looked(Broken(), digits, only=["labels", "gradients", "start"])
    assert verdicts(lines) == {"gradients": "bad"} and "nothing there" in lines["gradients"].finding.text
    assert "follow from “Gradients”" in lines["start"].finding.text
    nowhere = looked(small(), digits, device="cuda:77", only=["labels", "inputs"])
    assert nowhere["labels"].finding.verdict == "good" and "no device" in nowhere["inputs"].finding.text


def test_what_it_is_told_stops_it_at_once(digits):
    class Enough(BaseException):
        pass

    seen = []

    def heard():
        seen.append(None)
        if len(seen) == 40:
            raise Enough

    case = Case(small(), digits, TrainSpec(device="cpu"), CLASSES, heard=heard)
    with pytest.raises(Enough):
        list(preflight(case))
    assert len(seen) == 40


def test_time_is_kept(digits, monkeypatch):
    """A check whose time is over says what it saw."""
    case = Case(small(), digits, TrainSpec(device="cpu"), CLASSES)
    monkeypatch.setattr(Case, "begin", lambda self, seconds: setattr(self, "until", 0.0))
    lines = {line.name: line for line in preflight(case, ["one_batch", "start", "gradients"])}
    assert lines["one_batch"].finding.verdict == "none" and "too long" in lines["one_batch"].finding.text
    assert lines["start"].finding.verdict == "good" and lines["gradients"].finding.verdict == "good"


def test_checks_are_declared_once():
    assert [one.name for one in checks()] == NAMES and len(modules()) >= 9
    named = {name for one in checks() for name in (*one.needs, *one.causes)}
    assert named <= set(NAMES)
    places = {one.name: one.order for one in checks()}
    for one in checks():  # what a check waits for comes before it
        assert all(places[name] < one.order for name in (*one.needs, *one.causes))


def test_a_check_there_is_not(digits):
    with pytest.raises(UsageError, match=r"no check called 'colours'. Choose among labels"):
        looked(small(), digits, only=["colours"])


@pytest.mark.gpu
def test_on_a_gpu(digits):
    """The same lines; its memory is given back, and its random generator is as it was."""
    before, state = torch.cuda.memory_allocated(), torch.cuda.get_rng_state()
    lines = looked(small(nn.BatchNorm1d(32), nn.ReLU(), nn.Dropout(0.5)), digits, device="cuda")
    assert verdicts(lines) == {}
    assert torch.equal(torch.cuda.get_rng_state(), state)
    assert torch.cuda.memory_allocated() - before < 1 << 20
