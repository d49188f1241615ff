"""The loop does what a hand-written torch loop does, to the last bit."""

import pytest
import torch

from designer.train.batches import EpochOrder
from designer.train.events import EpochEnded, Step, Validated
from designer.train.parts import LOSSES, OPTIMIZERS
from designer.train.spec import TrainSpec
from tests.torch.train.train_cases import network, of, run, same, weights

PLAIN = {
    "sgd": lambda p: torch.optim.SGD(p, lr=0.01, momentum=0.9, weight_decay=1e-4),
    "adam": lambda p: torch.optim.Adam(p, lr=0.01, weight_decay=1e-4),
    "adamw": lambda p: torch.optim.AdamW(p, lr=0.01, weight_decay=1e-4),
    "rmsprop": lambda p: torch.optim.RMSprop(p, lr=0.01, momentum=0.9, weight_decay=1e-4),
    "adagrad": lambda p: torch.optim.Adagrad(p, lr=0.01, weight_decay=1e-4),
    "nadam": lambda p: torch.optim.NAdam(p, lr=0.01, weight_decay=1e-4),
    "radam": lambda p: torch.optim.RAdam(p, lr=0.01, weight_decay=1e-4),
    "adafactor": lambda p: torch.optim.Adafactor(p, lr=0.01, weight_decay=1e-4),
}


def test_every_optimiser_has_its_twin_here():
    assert set(PLAIN) == set(OPTIMIZERS)


def groups(module):
    """Convolution and linear weights decay; biases and the batch normalisation do not."""
    spared = [module[0].bias, module[1].weight, module[1].bias, module[6].bias]
    return [{"params": [module[0].weight, module[6].weight]}, {"params": spared, "weight_decay": 0.0}]


def plain_loop(module, data, make_optimizer, epochs, batch_size, seed):
    """What one would write without Layerloom. Returns the losses."""
    losses = []
    optimizer = make_optimizer(groups(module))
    order = EpochOrder(len(data.train), batch_size, seed)
    torch.manual_seed(seed)
    module.train()
    for epoch in range(epochs):
        for indices in order.batches(epoch):
            x, y = data.train.batch(indices, "cpu")
            loss = torch.nn.functional.cross_entropy(module(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    return losses


@pytest.mark.parametrize("name", list(PLAIN))
@pytest.mark.parametrize("validate_every", [0, 4])
def test_weights_and_losses_equal_a_hand_written_loop(digits, name, validate_every):
    plain, ours = network(), network()
    losses = plain_loop(plain, digits, PLAIN[name], epochs=2, batch_size=50, seed=5)
    spec = TrainSpec(
        epochs=2, batch_size=50, seed=5, optimizer=name, learning_rate=0.01, schedule="constant", device="cpu",
        validate_every=validate_every,
    )  # fmt: skip
    events = run(ours, digits, spec)
    assert same(weights(plain), weights(ours))
    assert [step.loss for step in of(events, Step)] == losses


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("cosine", lambda o: torch.optim.lr_scheduler.CosineAnnealingLR(o, 60)),
        ("step", lambda o: torch.optim.lr_scheduler.StepLR(o, 2 * 10, 0.3)),
        ("linear", lambda o: torch.optim.lr_scheduler.LinearLR(o, 1.0, 0.2, 60)),
        ("polynomial", lambda o: torch.optim.lr_scheduler.PolynomialLR(o, 60, 1.5)),
        ("one_cycle", lambda o: torch.optim.lr_scheduler.OneCycleLR(o, 0.5, total_steps=60, cycle_momentum=False)),
    ],
)
def test_schedules_equal_those_of_torch(name, make):
    end = 0.2 if name == "linear" else 0.0
    spec = TrainSpec(schedule=name, learning_rate=0.5, step_size=2, gamma=0.3, power=1.5, end_factor=end)
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.5)
    scheduler = make(optimizer)
    for iteration in range(60):
        theirs = optimizer.param_groups[0]["lr"]
        assert spec.learning_rate_at(iteration, 60, 10) == pytest.approx(theirs, rel=1e-9, abs=1e-12)
        optimizer.step()
        scheduler.step()


@pytest.mark.parametrize("unit", ["epochs", "iterations"])
@pytest.mark.parametrize("name", ["constant", "cosine", "step", "one_cycle"])
def test_a_warm_up_goes_before_any_schedule(name, unit):
    length = 2 if unit == "epochs" else 20
    spec = TrainSpec(schedule=name, learning_rate=0.5, warmup_length=length, warmup_unit=unit, step_size=2)
    plain = spec.model_copy(update={"warmup_length": 0})
    rates = [spec.learning_rate_at(i, 60, 10) for i in range(60)]
    assert rates[:20] == pytest.approx([0.5 * (i + 1) / 21 for i in range(20)])
    assert rates[20:] == [plain.learning_rate_at(i, 40, 10) for i in range(40)]


@pytest.mark.parametrize("name", list(LOSSES))
def test_losses_equal_those_of_torch(name):
    modules = {
        "cross_entropy": torch.nn.CrossEntropyLoss(),
        "cross_entropy_smooth": torch.nn.CrossEntropyLoss(label_smoothing=0.1),
        "mse": torch.nn.MSELoss(),
        "l1": torch.nn.L1Loss(),
        "huber": torch.nn.HuberLoss(),
        "bce": torch.nn.BCEWithLogitsLoss(),
    }
    logits = torch.randn(6, 4)
    target = torch.arange(6) % 4 if LOSSES[name].target == "classes" else torch.randn(6, 4)
    assert torch.equal(LOSSES[name].build()(logits, target), modules[name](logits, target))


def test_validation_equals_a_pass_over_all_samples_at_once(digits):
    module = network()
    events = run(module, digits, TrainSpec(epochs=1, batch_size=32, device="cpu"))
    module.eval()
    x, y = digits.validation.batch(slice(0, None), "cpu")
    with torch.no_grad():
        logits = module(x)
    told = of(events, Validated)[-1]
    assert told.loss == pytest.approx(torch.nn.functional.cross_entropy(logits, y).item(), rel=1e-5)
    assert told.accuracy == (logits.argmax(1) == y).sum().item() / len(y)


def test_epoch_is_the_mean_of_its_steps(digits):
    events = run(network(), digits, TrainSpec(epochs=1, batch_size=70, device="cpu"))
    steps, (epoch,) = of(events, Step), of(events, EpochEnded)
    sizes = [70, 70, 70, 30]
    assert epoch.loss == pytest.approx(sum(s.loss * n for s, n in zip(steps, sizes, strict=True)) / 240)
    assert epoch.accuracy == pytest.approx(sum(s.accuracy * n for s, n in zip(steps, sizes, strict=True)) / 240)


def test_every_sample_is_used_once_an_epoch_and_a_lone_one_is_left_out():
    order = EpochOrder(130, 64, seed=1)
    assert sorted(torch.cat(list(order.batches(0))).tolist()) == list(range(130))
    assert order.per_epoch == 3
    first, second = (torch.cat(list(order.batches(epoch))) for epoch in (0, 1))
    assert not torch.equal(first, second)
    lone = EpochOrder(129, 64, seed=1)
    assert [len(batch) for batch in lone.batches(0)] == [64, 64] and lone.per_epoch == 2
    assert [len(batch) for batch in EpochOrder(5, 1, 0).batches(0)] == [1] * 5
    assert torch.equal(torch.cat(list(order.batches(3, first=1))), torch.cat(list(order.batches(3))[1:]))
