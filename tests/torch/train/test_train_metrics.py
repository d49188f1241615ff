"""Metrics: each against a computation by hand, and what runs make of them."""

import math
import sys

import numpy as np
import pytest
import torch

from designer.codegen.program import OutputInfo
from designer.errors import TrainError
from designer.train.events import EpochEnded, Noted, Step, Validated, from_dict, to_dict
from designer.train.loop import train
from designer.train.measures import Gathering, Measures
from designer.train.metrics import METRICS, WATCHED, metric_named
from designer.train.objective import Objective
from designer.train.spec import TrainSpec
from designer.train.told import figures_told
from tests.torch.train.train_cases import CLASSES, Pair, failed, finished, network, of, run, same, weights

CPU = torch.device("cpu")
SPEC = TrainSpec(epochs=3, batch_size=40, device="cpu", learning_rate=0.05, schedule="constant")

# ------------------------------------------------------------ by hand, sample by sample, without a tally


def tables(told, truth, classes):
    """(found, wrongly told, missed) of each class."""
    return [
        (
            sum(a == c and b == c for a, b in zip(told, truth, strict=True)),
            sum(a == c and b != c for a, b in zip(told, truth, strict=True)),
            sum(a != c and b == c for a, b in zip(told, truth, strict=True)),
        )
        for c in range(classes)
    ]


def over_classes(figure, told, truth, classes):
    seen = [row for row in tables(told, truth, classes) if sum(row)]
    return sum(figure(*row) for row in seen) / len(seen)


def quotient(a, b):
    return a / b if b else 0.0


def areas(scores, truth):
    """The share of pairs in the right order; a tie counts half."""
    pairs = [
        (a, b) for a, x in zip(scores, truth, strict=True) for b, y in zip(scores, truth, strict=True) if x and not y
    ]
    return sum(1.0 if a > b else 0.5 if a == b else 0.0 for a, b in pairs) / len(pairs)


def precisions(scores, truth):
    """The mean of the precisions at each sample that is found, from the surest answer on."""
    hits = [truth[i] for i in np.argsort(-np.asarray(scores), kind="stable")]
    return np.mean([np.mean(hits[: i + 1]) for i, hit in enumerate(hits) if hit])


BY_HAND = {
    "f1": lambda f, w, m: quotient(2 * f, 2 * f + w + m),
    "precision": lambda f, w, m: quotient(f, f + w),
    "recall": lambda f, w, m: quotient(f, f + m),
    "iou": lambda f, w, m: quotient(f, f + w + m),
}


def class_figure(name, logits, truth):
    told, classes, n = logits.argmax(1).tolist(), logits.shape[1], len(truth)
    truth = truth.tolist()
    if name in BY_HAND:
        return over_classes(BY_HAND[name], told, truth, classes)
    if name == "balanced_accuracy":
        return np.mean([np.mean([told[i] == c for i in range(n) if truth[i] == c]) for c in sorted(set(truth))])
    if name == "accuracy":
        return np.mean([a == b for a, b in zip(told, truth, strict=True)])
    if name.startswith("top"):
        best = np.argsort(-logits.numpy(), axis=1)[:, : int(name[3:])]
        return np.mean([truth[i] in best[i] for i in range(n)])
    confusion = np.zeros((classes, classes))
    for a, b in zip(told, truth, strict=True):
        confusion[b, a] += 1
    if name == "kappa":
        chance = (confusion.sum(0) / n) @ (confusion.sum(1) / n)
        return (np.trace(confusion) / n - chance) / (1 - chance)
    if name == "matthews":  # the correlation of answers and truth as indicator vectors
        a, b = np.eye(classes)[told], np.eye(classes)[truth]
        a, b = a - a.mean(0), b - b.mean(0)
        return (a * b).sum() / math.sqrt((a**2).sum() * (b**2).sum())
    if name in ("auroc", "average_precision"):
        shares, area = logits.softmax(1).numpy(), areas if name == "auroc" else precisions
        return np.mean([area(shares[:, c], [t == c for t in truth]) for c in range(classes)])
    raise AssertionError(name)


def label_figure(name, logits, truth):
    """The mean over labels of what is found of each by itself."""
    told, truth = (logits > 0).int().numpy(), truth.int().numpy()
    columns = range(told.shape[1])
    if name in BY_HAND:
        rows = [tables(told[:, c].tolist(), truth[:, c].tolist(), 2)[1] for c in columns]
        return np.mean([BY_HAND[name](*row) for row in rows])
    if name == "accuracy":
        return np.mean(told == truth)
    if name in ("auroc", "average_precision"):
        area = areas if name == "auroc" else precisions
        return np.mean([area(logits.sigmoid().numpy()[:, c], truth[:, c].astype(bool)) for c in columns])
    raise AssertionError(name)


def value_figure(name, told, truth):
    error = (told - truth).double().numpy()
    if name == "mae":
        return np.abs(error).mean()
    if name == "r2":
        return np.mean(1 - (error**2).sum(0) / ((truth - truth.mean(0)) ** 2).sum(0).double().numpy())
    return math.sqrt((error**2).mean()) if name == "rmse" else (error**2).mean()


def case(target, rows=90, wide=6):
    dice = torch.Generator().manual_seed(rows + wide)
    logits = torch.randn(rows, wide, generator=dice)
    if target == "classes":  # the last class is never there, and another is often right
        truth = torch.randint(0, wide - 1, (rows,), generator=dice)
        logits[torch.arange(0, rows, 2), truth[::2]] += 2
        return logits, truth
    noise = torch.randn(rows, wide, generator=dice)
    return (logits, (logits + noise > 0.3).float()) if target == "labels" else (logits, logits + 0.3 * noise)


def measures(target, *names, wide=6):
    kinds = {"classes": "cross_entropy", "labels": "bce", "values": "mse"}
    outputs = [OutputInfo("out", target, kinds[target], wide if target != "values" else None)]
    logits, truth = case(target, wide=wide)
    data = Pair((logits, truth), (logits, truth))
    return Measures(TrainSpec(metrics=names), Objective(outputs, {}).main, "accuracy" not in names, data, CPU)


def in_parts(measure, logits, truth, size=25):
    for start in range(0, len(logits), size):
        measure(logits[start : start + size], truth[start : start + size])


OWN = [(name, target) for name, metric in METRICS.items() for target in metric.targets if not metric.two]


@pytest.mark.parametrize(("name", "target"), OWN, ids=lambda value: value)
def test_a_metric_is_what_is_computed_by_hand(name, target):
    logits, truth = case(target)
    if name in ("auroc", "average_precision"):
        truth = truth.clone()
        truth[:6] = torch.arange(6) if target == "classes" else truth[:6]  # every class is there
    by_hand = {"classes": class_figure, "labels": label_figure, "values": value_figure}[target]
    ours = measures(target, name)
    in_parts(ours.validation.add_silently, logits, truth)
    assert ours.validation.figures() == {name: pytest.approx(by_hand(name, logits, truth), rel=1e-5)}
    if ours.each is not None:
        alone = [ours.each(logits[:25], truth[:25])[name], ours.each(logits[25:], truth[25:])[name]]
        assert alone[0].item() == pytest.approx(by_hand(name, logits[:25], truth[:25]), rel=1e-5)
        assert ours.epoch() == {name: pytest.approx(by_hand(name, logits, truth), rel=1e-5)}
        assert ours.epoch() == {}  # another one has begun


@pytest.mark.parametrize("target", ["classes", "labels"])
def test_of_two_classes_the_second_is_the_positive_one(target):
    told, truth = torch.tensor([0, 1, 1, 0, 1, 1]), torch.tensor([0, 0, 1, 1, 1, 1])
    ours = measures(target, "sensitivity", "specificity", wide=2 if target == "classes" else 1)
    if target == "classes":
        ours.validation.add(torch.nn.functional.one_hot(told, 2).float(), truth)
    else:
        ours.validation.add((told * 2 - 1).float().unsqueeze(1), truth.float().unsqueeze(1))
    assert ours.validation.figures() == {"sensitivity": pytest.approx(3 / 4), "specificity": pytest.approx(1 / 2)}


def test_pixels_are_answers():
    dice = torch.Generator().manual_seed(3)
    logits, truth = torch.randn(4, 3, 5, 6, generator=dice), torch.randint(0, 3, (4, 5, 6), generator=dice)
    flat = logits.movedim(1, -1).reshape(-1, 3)
    for name in ("iou", "f1", "kappa"):
        metric = METRICS[name]
        one = Gathering("classes", [metric], {})
        one.add(logits, truth)
        assert one.figures()[name] == pytest.approx(class_figure(name, flat, truth.flatten()))


def test_shares_of_classes_count_as_the_largest():
    logits, truth = case("classes")
    shares = 0.7 * torch.nn.functional.one_hot(truth, 6) + 0.05
    ours = measures("classes", "f1", "top3")
    assert ours.each(logits, truth) == ours.each(logits, shares)


def test_what_a_batch_does_not_define_is_not_told():
    ours = measures("values", "r2", "mae", wide=1)
    told = ours.each(torch.zeros(4, 1), torch.ones(4, 1))
    assert math.isnan(told["r2"]) and told["mae"] == 1
    assert ours.epoch() == {"mae": 1.0}


# ------------------------------------------------------------ of the library


def test_a_metric_of_the_library_is_told_of_batches_epochs_and_validations():
    logits, truth = case("classes")
    ours = measures("classes", "torchmetrics:F1Score", "torchmetrics:MulticlassHammingDistance", "f1")
    told = ours.each(logits[:20], truth[:20])
    assert told["torchmetrics:F1Score"].item() == pytest.approx(told["f1"].item())
    ours.each(logits[20:], truth[20:])
    in_parts(ours.validation.add_silently, logits, truth)
    epoch, validation = ours.epoch(), ours.validation.figures()
    assert epoch == pytest.approx(validation)
    recalls = 1 - class_figure("recall", logits, truth)
    assert epoch["torchmetrics:MulticlassHammingDistance"] == pytest.approx(recalls)
    assert ours.watched["torchmetrics:F1Score"].sign == 1
    assert ours.watched["torchmetrics:MulticlassHammingDistance"].sign == -1


def test_what_the_library_added_up_goes_on_elsewhere():
    logits, truth = case("classes")
    names = ("torchmetrics:F1Score", "kappa")
    whole, first, second = (measures("classes", *names) for _ in range(3))
    whole.each(logits, truth)
    first.each(logits[:30], truth[:30])
    second.restore(first.state(), begun=True)
    assert second.state().keys() == first.state().keys()  # also before the next batch
    second.each(logits[30:], truth[30:])
    assert second.epoch() == whole.epoch() and set(names) == {*whole.watched} - {"loss", "accuracy"}
    other = measures("classes", *names, wide=4)  # as of a network that was changed while the run waited
    logits, truth = case("classes", wide=4)
    other.each(logits, truth)
    for state in ({}, other.state()):
        second.restore(state, begun=True)
        second.each(*case("classes"))
        assert second.epoch() == {} and not second.state()


def test_numbers_and_labels_have_their_own_of_the_library():
    logits, truth = case("values")
    ours = measures("values", "torchmetrics:MeanAbsoluteError", "torchmetrics:PearsonCorrCoef")
    in_parts(ours.validation.add_silently, logits, truth)
    pearson = np.mean([np.corrcoef(logits[:, c], truth[:, c])[0, 1] for c in range(6)])
    assert ours.validation.figures() == pytest.approx(
        {"torchmetrics:MeanAbsoluteError": value_figure("mae", logits, truth), "torchmetrics:PearsonCorrCoef": pearson},
        rel=1e-4,
    )
    logits, truth = case("labels")
    ours = measures("labels", "torchmetrics:MultilabelF1Score", "torchmetrics:MultilabelExactMatch")
    in_parts(ours.validation.add_silently, logits, truth)
    exact = ((logits > 0) == (truth > 0)).all(1).float().mean().item()
    assert ours.validation.figures() == pytest.approx(
        {
            "torchmetrics:MultilabelF1Score": label_figure("f1", logits, truth),
            "torchmetrics:MultilabelExactMatch": exact,
        }
    )


@pytest.mark.parametrize(
    ("target", "name", "words"),
    [
        ("classes", "torchmetrics:F1Scor", "F1Score"),
        ("classes", "torchmetrics:MeanAbsoluteError", "torchmetrics has no metric"),
        ("classes", "torchmetrics:ConfusionMatrix", "more than one number"),
        ("classes", "torchmetrics:FBetaScore", "cannot be used as it is"),
        ("values", "torchmetrics:CriticalSuccessIndex", "cannot be used as it is"),
        ("classes", "torchmetrics:BinaryF1Score", "torchmetrics has no metric"),
        ("classes", "mae", "Choose some of: accuracy, top3, top5, f1"),
        ("values", "f1", "the output gives numbers. Choose some of: mae, mse, rmse, r2"),
        ("classes", "sensitivity", "it is for two classes"),
        ("labels", "top5", "says yes or no to each label"),
    ],
)
def test_what_cannot_be_measured_is_said_before_the_run(target, name, words):
    with pytest.raises(TrainError) as caught:
        measures(target, name)
    assert words in caught.value.message and "\n" not in caught.value.message


def test_five_of_five_classes_are_no_figure():
    with pytest.raises(TrainError, match="5 classes only"):
        measures("classes", "top5", wide=5)


# ------------------------------------------------------------ in a run


def test_the_figures_of_a_run(digits):
    events = run(module := network(), digits, SPEC.model_copy(update={"metrics": ("f1", "top3"), "accumulate": 2}))
    end = finished(events)
    for event in of(events, Step):
        assert set(event.figures) == {"f1", "top3"} and event.figures["top3"] >= event.accuracy
    for epoch in of(events, EpochEnded):
        steps = [step for step in of(events, Step) if step.epoch == epoch.epoch]
        assert epoch.figures["top3"] == pytest.approx(np.mean([step.figures["top3"] for step in steps]))
        assert epoch.validation_figures == of(events, Validated)[epoch.epoch - 1].figures
    module.eval()
    x, y = digits.validation.batch(slice(0, None), CPU)
    with torch.no_grad():
        logits = module(x)
    expected = {name: pytest.approx(class_figure(name, logits, y)) for name in ("f1", "top3")}
    assert end.figures == of(events, Validated)[-1].figures == expected
    for event in events:
        assert from_dict(to_dict(event)) == event


def test_metrics_change_nothing_in_what_is_learned(digits):
    run(plain := network(), digits, SPEC)
    run(measured := network(), digits, SPEC.model_copy(update={"metrics": ("f1", "kappa", "auroc")}))
    assert same(weights(plain), weights(measured))


def test_a_run_without_metrics_measures_nothing(digits):
    events = train(network(), digits, SPEC, CLASSES)
    told = next(event for event in events if isinstance(event, Step))
    run_of = events.gi_yieldfrom.gi_frame.f_locals["run"]
    assert run_of.measures.each is None and run_of.measures.validation is None and not told.figures
    assert set(run_of.measures.watched) == {"loss", "accuracy"} and not run_of.measures.state()
    events.close()


def test_the_usual_metrics_load_no_library(monkeypatch, digits):
    monkeypatch.setitem(sys.modules, "designer.train.library", None)  # to import it is an error
    usual = tuple(name for name, metric in METRICS.items() if not metric.library and not metric.misfit("classes", 10))
    assert len(usual) > 8
    end = finished(run(network(), digits, SPEC.model_copy(update={"metrics": usual, "epochs": 1})))
    assert {*end.figures, "accuracy"} == set(usual)


@pytest.mark.parametrize("by", ["f1", "torchmetrics:HammingDistance"])
def test_any_metric_decides_which_weights_are_best(digits, by):
    spec = SPEC.model_copy(update={"learning_rate": 0.3, "validate_every": 1, "best_by": by, "result": "best"})
    events = run(network(), digits, spec)
    sign = -1 if "Distance" in by else 1
    best = max(of(events, Validated), key=lambda event: sign * event.figures[by])  # of equals the first
    end = finished(events)
    assert end.kept_iteration == best.iteration and end.best_figures == best.figures


def test_any_metric_ends_a_run_and_lowers_the_rate(digits):
    hopeless = {"learning_rate": 1e-9, "min_change": 0.5, "epochs": 20}
    early = run(network(), digits, SPEC.model_copy(update={**hopeless, "early_stop": "f1", "patience": 3}))
    assert (finished(early).reason, finished(early).epoch) == ("early", 4)
    assert "for 3 validations the validation F1 was no better than" in of(early, Noted)[-1].text
    change = {**hopeless, "epochs": 5, "schedule": "plateau", "plateau_on": "kappa", "plateau_patience": 2}
    lowered = run(network(), digits, SPEC.model_copy(update=change))
    assert [note.iteration for note in of(lowered, Noted) if note.what == "plateau"] == [18, 30]
    assert "validation Cohen’s kappa has not got better" in of(lowered, Noted)[-1].text


@pytest.mark.parametrize(
    "change", [{"early_stop": "f1"}, {"best_by": "auroc"}, {"early_stop": "torchmetrics:Accuracy"}]
)
def test_what_a_network_does_not_have_cannot_be_watched(change):
    data = Pair((torch.randn(8, 3), torch.randn(8, 1)), (torch.randn(8, 3), torch.randn(8, 1)))
    outputs = [OutputInfo("value", "regression", "mse")]
    error = failed(run(torch.nn.Linear(3, 1), data, TrainSpec(device="cpu", metrics=("mae",), **change), outputs))
    assert "Watch the validation loss, or one of: mae" in error.message or "torchmetrics has no metric" in error.message


def test_labels_have_an_accuracy_where_it_is_asked_for():
    x = torch.randn(40, 3, generator=torch.Generator().manual_seed(1))
    data = Pair((x, (x > 0).float()), (x, (x > 0).float()))
    outputs = [OutputInfo("tags", "multilabel", "bce", 3)]
    spec = TrainSpec(device="cpu", epochs=3, learning_rate=0.1, batch_size=10)
    assert all(step.accuracy is None for step in of(run(torch.nn.Linear(3, 3), data, spec, outputs), Step))
    module = torch.nn.Linear(3, 3)
    events = run(module, data, spec.model_copy(update={"metrics": ("accuracy", "f1")}), outputs)
    with torch.no_grad():
        right = ((module(x) > 0) == (x > 0)).float().mean().item()
    assert of(events, Validated)[-1].accuracy == pytest.approx(right) and right > 0.8
    assert set(of(events, Validated)[-1].figures) == {"f1"} and of(events, EpochEnded)[-1].accuracy > 0.5


@pytest.mark.parametrize("at", [3, 6, 8])
def test_a_run_that_goes_on_adds_up_as_if_it_had_never_stopped(digits, tmp_path, at):
    names = ("f1", "matthews", "auroc", "torchmetrics:MulticlassF1Score")
    spec = SPEC.model_copy(update={"metrics": names, "checkpoint_every": 1, "epochs": 2, "best_by": "f1"})
    whole = run(network(), digits, spec)
    events = train(network(), digits, spec, CLASSES, folder=tmp_path)
    for event in events:
        if isinstance(event, Step) and event.iteration == at + 1:
            break
    events.close()
    again = run(network(seed=4), digits, spec, resume=tmp_path)
    assert of(again, Step)[0].iteration == at + 1
    left, right = of(whole, EpochEnded), of(again, EpochEnded)
    assert [epoch.figures for epoch in left][-len(right) :] == [epoch.figures for epoch in right]
    assert set(right[-1].figures) == set(names) - {"auroc"}
    assert finished(again).figures == finished(whole).figures and set(finished(again).figures) == set(names)
    assert finished(again).best_figures == finished(whole).best_figures


def test_an_epoch_whose_beginning_was_not_measured_has_no_figures(digits, tmp_path):
    spec = SPEC.model_copy(update={"checkpoint_every": 1, "epochs": 2})
    events = train(network(), digits, spec, CLASSES, folder=tmp_path)
    next(event for event in events if isinstance(event, Step) and event.iteration == 4)
    events.close()
    again = run(network(), digits, spec.model_copy(update={"metrics": ("f1",)}), resume=tmp_path)
    first, second = of(again, EpochEnded)
    assert first.figures == {} and set(second.figures) == set(first.validation_figures) == {"f1"}


@pytest.mark.gpu
@pytest.mark.parametrize("target", ["classes", "labels", "values"])
def test_measuring_a_batch_does_not_wait_for_a_gpu(target):
    logits, truth = (tensor.cuda() for tensor in case(target))
    usual = [metric for metric in METRICS.values() if target in metric.targets and not metric.library]
    measured = Gathering(target, usual, {})
    measured.add(logits, truth)
    torch.cuda.set_sync_debug_mode("error")
    try:
        told = measured.add(logits, truth)
    finally:
        torch.cuda.set_sync_debug_mode("default")
    on_cpu = Gathering(target, usual, {}).add(logits.cpu(), truth.cpu())
    assert {name: value.item() for name, value in told.items()} == pytest.approx(
        {name: value.item() for name, value in on_cpu.items()}, nan_ok=True
    )


# ------------------------------------------------------------ declarations and words


def test_every_metric_can_be_watched_and_is_described():
    assert set(WATCHED) == {"loss", *METRICS}
    for metric in METRICS.values():
        assert metric.help.endswith(".") and metric.title and metric.targets
        assert set(metric.tallies) == (set() if metric.library else set(metric.targets))
    assert [name for name, watched in WATCHED.items() if watched.sign < 0] == ["loss", "mae", "mse", "rmse"]


def test_figures_in_words():
    figures = {"loss": 0.0512, "accuracy": 0.98613, "f1": 0.984, "top5": None, "kappa": 0.9, "r2": 0.5}
    assert figures_told(figures) == "loss 0.0512, accuracy 98.61 %, F1 98.40 %, Cohen’s kappa 0.9, R² 0.5"
    assert metric_named("torchmetrics:PearsonCorrCoef").title == "Pearson Corr Coef (torchmetrics)"
    assert WATCHED["top5"].in_words == "validation top-5 accuracy"
    with pytest.raises(KeyError):
        metric_named("other")
