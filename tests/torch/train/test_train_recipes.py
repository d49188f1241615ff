"""Each part of a training recipe does what a hand-written torch loop does, to the last bit."""

import pytest
import torch
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torchvision.transforms import v2

from designer.codegen.program import OutputInfo
from designer.train.batches import EpochOrder
from designer.train.events import Noted, Step, Validated
from designer.train.learning import Learning
from designer.train.metrics import WATCHED
from designer.train.softening import balanced
from designer.train.spec import TrainSpec
from designer.train.watch import Patience
from tests.torch.train.train_cases import CLASSES, Pair, failed, finished, network, of, run, same, weights

SPEC = TrainSpec(
    epochs=2, batch_size=50, seed=5, optimizer="sgd", learning_rate=0.05, weight_decay=0.01, schedule="constant",
    device="cpu",
)  # fmt: skip
ORDINARY = torch.nn.functional.cross_entropy


def by_hand(module, data, loss_of=ORDINARY, every=1, mix=None, before_step=None, after_step=None, decay=0.01):
    """What one would write without Layerloom; 240 samples in batches of 50: four of 50 and one of 40 an epoch."""
    spared = [module[0].bias, module[1].weight, module[1].bias, module[6].bias]
    groups = [{"params": [module[0].weight, module[6].weight]}, {"params": spared, "weight_decay": 0.0}]
    optimizer = torch.optim.SGD(groups, lr=0.05, momentum=0.9, weight_decay=decay)
    order = EpochOrder(len(data.train), 50, 5)
    torch.manual_seed(5)
    module.train()
    for epoch in range(2):
        batches = list(order.batches(epoch))
        for start in range(0, len(batches), every):
            together = batches[start : start + every]
            samples = sum(len(indices) for indices in together)
            optimizer.zero_grad()
            for indices in together:
                x, y = data.train.batch(indices, "cpu")
                if mix is not None:
                    x, y = mix(x, y)
                (loss_of(module(x), y) * (len(indices) / samples)).backward()
            if before_step is not None:
                before_step(module)
            optimizer.step()
            if after_step is not None:
                after_step(module)


def equal(digits, change, **hand):
    plain, ours = network(), network()
    by_hand(plain, digits, **hand)
    finished(run(ours, digits, SPEC.model_copy(update=change)))
    return same(weights(plain), weights(ours))


def test_weight_decay_spares_norms_and_biases(digits):
    assert equal(digits, {})
    assert not equal(digits, {"spare_norms": False})


def test_label_smoothing(digits):
    assert equal(digits, {"label_smoothing": 0.2}, loss_of=lambda a, b: ORDINARY(a, b, label_smoothing=0.2))


def test_class_weights(digits):
    counts = torch.bincount(digits.train.labels, minlength=10)
    weight = (240 / (10 * counts.double())).float()
    assert equal(digits, {"class_weights": "balanced"}, loss_of=lambda a, b: ORDINARY(a, b, weight=weight))


def test_clipping(digits):
    assert equal(
        digits,
        {"clip_norm": 0.5},
        before_step=lambda module: torch.nn.utils.clip_grad_norm_(module.parameters(), 0.5),
    )


@pytest.mark.parametrize("every", [2, 3, 5, 9])
def test_accumulation(digits, every):
    assert equal(digits, {"accumulate": every}, every=every)


def test_batches_added_up_are_one_large_batch(digits):
    """Without what looks at a batch as a whole: normalisation and dropout."""
    small, large = (torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(64, 10)).double() for _ in range(2))
    small.load_state_dict(large.state_dict())
    data = Pair(
        tuple(t.double() if t.is_floating_point() else t for t in digits.train.batch(slice(0, 230), "cpu")),
        tuple(t.double() if t.is_floating_point() else t for t in digits.validation.batch(slice(0, 60), "cpu")),
    )
    finished(run(small, data, SPEC.model_copy(update={"batch_size": 25, "accumulate": 4})))
    finished(run(large, data, SPEC.model_copy(update={"batch_size": 100})))
    for name, tensor in weights(large).items():
        assert torch.allclose(tensor, weights(small)[name], rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize(
    ("change", "mix"),
    [
        ({"mixup": 0.3}, v2.MixUp(alpha=0.3, num_classes=10)),
        ({"cutmix": 1.0}, v2.CutMix(alpha=1.0, num_classes=10)),
        (
            {"mixup": 0.3, "cutmix": 1.0},
            v2.RandomChoice([v2.MixUp(alpha=0.3, num_classes=10), v2.CutMix(alpha=1.0, num_classes=10)]),
        ),
    ],
    ids=["mixup", "cutmix", "both"],
)
def test_mixing(digits, change, mix):
    assert equal(digits, change, mix=mix)


def test_averaging(digits):
    plain = network()
    averaged = AveragedModel(plain, multi_avg_fn=lambda a, b, n: ema[0](a, b, n))
    steps, ema = [0], [None]

    def average(module):
        ema[0] = get_ema_multi_avg_fn(min(0.6, (1 + steps[0]) / (10 + steps[0])))
        averaged.update_parameters(module)
        steps[0] += 1

    by_hand(plain, digits, after_step=average)
    ours = network()
    events = run(ours, digits, SPEC.model_copy(update={"ema": 0.6}))
    assert same(weights(averaged.module), weights(ours)) and not same(weights(plain), weights(ours))
    averaged.eval()
    x, y = digits.validation.batch(slice(0, None), "cpu")
    with torch.no_grad():
        assert of(events, Validated)[-1].loss == pytest.approx(ORDINARY(averaged.module(x), y).item(), rel=1e-5)


def test_what_is_trained_with_other_losses_is_validated_with_the_plain_one(digits):
    events = run(ours := network(), digits, SPEC.model_copy(update={"label_smoothing": 0.3, "mixup": 0.2}))
    ours.eval()
    x, y = digits.validation.batch(slice(0, None), "cpu")
    with torch.no_grad():
        assert of(events, Validated)[-1].loss == pytest.approx(ORDINARY(ours(x), y).item(), rel=1e-5)
    assert all(0 <= step.accuracy <= 1 for step in of(events, Step))


def test_a_class_that_is_not_there_has_no_say():
    x = torch.randn(6, 3)
    data = Pair((x, torch.tensor([0, 0, 0, 0, 2, 2])), (x, torch.tensor([0, 0, 0, 0, 2, 2])))
    assert balanced(data, 3).tolist() == [0.75, 0.0, 1.5]


@pytest.mark.parametrize("change", [{"label_smoothing": 0.1}, {"class_weights": "balanced"}, {"mixup": 0.2}])
def test_a_network_that_gives_numbers_says_what_does_not_fit(change):
    data = Pair((torch.randn(8, 3), torch.randn(8, 1)), (torch.randn(8, 3), torch.randn(8, 1)))
    outputs = [OutputInfo("value", "regression", "mse")]
    error = failed(run(torch.nn.Linear(3, 1), data, SPEC.model_copy(update=change), outputs))
    assert "chooses one of several classes" in error.message and "0" in error.message


def test_pictures_are_needed_to_mix():
    data = Pair((torch.randn(8, 3), torch.arange(8) % 2), (torch.randn(8, 3), torch.arange(8) % 2))
    outputs = [OutputInfo("c", "classification", "cross_entropy", 2)]
    error = failed(run(torch.nn.Linear(3, 2), data, SPEC.model_copy(update={"cutmix": 1.0}), outputs))
    assert "single pictures" in error.message


# ---------------------------------------------------------------- what validations decide


@pytest.mark.parametrize("least", [0.0, 0.05])
def test_a_plateau_equals_that_of_torch(least):
    losses = torch.rand(60, generator=torch.Generator().manual_seed(1)).tolist()
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    theirs = torch.optim.lr_scheduler.ReduceLROnPlateau(
        optimizer, factor=0.5, patience=2, threshold=least, threshold_mode="abs"
    )
    ours, factor = Patience(WATCHED["loss"], 3, least), 1.0
    for loss in losses:
        theirs.step(loss)
        if ours.hear({"loss": loss, "accuracy": None}):
            factor, ours.bad = 0.5 * factor, 0
        assert factor == optimizer.param_groups[0]["lr"]
    assert factor < 0.1


def hopeless(digits):
    """Nothing to learn: the rate is so small that no figure gets better by much."""
    spec = SPEC.model_copy(update={"epochs": 30, "learning_rate": 1e-9, "min_change": 0.5})
    return lambda **change: run(network(), digits, spec.model_copy(update=change))


def test_a_run_ends_early(digits):
    events = hopeless(digits)(early_stop="loss", patience=4)
    end = finished(events)
    assert (end.reason, end.epoch) == ("early", 5)  # the first validation, and four that were no better
    assert of(events, Noted)[-1].what == "early_stop" and "for 4 validations" in of(events, Noted)[-1].text
    assert end.kept == "best" and of(hopeless(digits)(early_stop="accuracy", patience=1), Noted)


def test_a_plateau_lowers_the_rate(digits):
    events = hopeless(digits)(schedule="plateau", plateau_patience=2, gamma=0.5, epochs=6)
    assert [note.iteration for note in of(events, Noted)] == [15, 25]
    rates = [step.learning_rate for step in of(events, Step)]
    assert rates == [1e-9] * 15 + [0.5e-9] * 10 + [0.25e-9] * 5


def test_a_run_that_ended_early_goes_on_only_with_more_patience(digits, tmp_path):
    hard = SPEC.model_copy(update={"learning_rate": 1e-9, "min_change": 0.5, "early_stop": "loss", "patience": 1})
    first = finished(run(network(), digits, hard.model_copy(update={"epochs": 9}), folder=tmp_path))
    assert (first.reason, first.epoch) == ("early", 2)
    again = finished(run(network(), digits, hard.model_copy(update={"epochs": 9}), resume=tmp_path))
    assert (again.reason, again.iteration) == ("early", first.iteration)
    more = hard.model_copy(update={"epochs": 9, "patience": 3})
    assert finished(run(network(), digits, more, resume=tmp_path)).epoch == 4


@pytest.mark.parametrize("change", [{"early_stop": "accuracy"}, {"best_by": "accuracy"}])
def test_accuracy_cannot_be_watched_where_there_is_none(change):
    data = Pair((torch.randn(8, 3), torch.randn(8, 1)), (torch.randn(8, 3), torch.randn(8, 1)))
    outputs = [OutputInfo("value", "regression", "mse")]
    error = failed(run(torch.nn.Linear(3, 1), data, SPEC.model_copy(update=change), outputs))
    assert "Watch the validation loss" in error.message


def test_without_validation_samples_nothing_can_be_watched():
    data = Pair((torch.randn(8, 3), torch.arange(8) % 2), (torch.randn(0, 3), torch.arange(0)))
    outputs = [OutputInfo("c", "classification", "cross_entropy", 2)]
    error = failed(run(torch.nn.Linear(3, 2), data, SPEC.model_copy(update={"early_stop": "loss"}), outputs))
    assert "no validation samples" in error.message


@pytest.mark.parametrize("by", ["auto", "loss", "accuracy"])
def test_the_best_weights_are_the_result_where_that_is_wished(digits, by):
    spec = SPEC.model_copy(update={"learning_rate": 0.5, "validate_every": 1, "epochs": 3, "best_by": by})
    events = run(ours := network(), digits, spec.model_copy(update={"result": "best"}))
    key = {"auto": lambda v: (v.accuracy, -v.loss), "loss": lambda v: -v.loss, "accuracy": lambda v: v.accuracy}[by]
    best = max(of(events, Validated), key=key)  # of equals the first
    end = finished(events)
    assert (end.kept, end.kept_iteration) == ("best", best.iteration) and best.iteration < end.iteration
    ours.eval()
    x, y = digits.validation.batch(slice(0, None), "cpu")
    with torch.no_grad():
        assert ORDINARY(ours(x), y).item() == pytest.approx(best.loss, rel=1e-5)


def test_all_of_a_normalisation_is_spared():
    module = torch.nn.ModuleDict(
        {
            "conv": torch.nn.Conv2d(1, 2, 3),
            "norm": torch.nn.LayerNorm([2, 4, 4]),
            "attention": torch.nn.MultiheadAttention(4, 2, add_bias_kv=True),
            "recurrent": torch.nn.LSTM(3, 4),
        }
    )
    learning = Learning(module, TrainSpec())
    learning.enter(1)
    decayed, spared = learning.groups()
    names = {parameter: name for name, parameter in module.named_parameters()}
    assert {names[p] for p in decayed["params"]} == {
        "conv.weight", "attention.in_proj_weight", "attention.out_proj.weight", "recurrent.weight_ih_l0",
        "recurrent.weight_hh_l0",
    }  # fmt: skip
    assert "weight_decay" not in decayed and spared["weight_decay"] == 0.0
    assert len(decayed["params"]) + len(spared["params"]) == len(names)


def test_one_output_of_several_is_softened_like_the_others(digits):
    class Twins(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.one, self.two = network(1), network(2)

        def forward(self, x):
            return self.one(x), self.two(x)

    outputs = [OutputInfo("a", "classification", "cross_entropy", 10), *CLASSES]
    events = run(Twins(), digits, SPEC.model_copy(update={"label_smoothing": 0.1, "mixup": 0.1}), outputs)
    assert set(of(events, Validated)[-1].outputs) == {"a", "classes"}
