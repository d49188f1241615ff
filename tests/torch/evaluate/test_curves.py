"""Curves and calibration against plain loops, counted in another way."""

from __future__ import annotations

import numpy as np
import pytest

from designer.evaluate.curves import average_precision, calibration, class_curves, mistakes_by_cell, top_accuracies
from designer.evaluate.predict import Predictions

NAMES = ("ant", "bee", "cat", "dog")


@pytest.fixture
def predictions() -> Predictions:
    draw = np.random.default_rng(0)
    targets = draw.integers(0, 4, 200)
    outputs = draw.normal(size=(200, 4)).round(1).astype(np.float32)  # rounded: there are equal ones
    outputs[np.arange(200), targets] += 1
    return Predictions(outputs, targets, None)


def test_calibration_is_the_mean_gap(predictions: Predictions) -> None:
    found = calibration(predictions)
    sure, right = predictions.probabilities().max(1), predictions.classes() == predictions.targets
    gaps = 0.0
    for low in range(10):
        inside = [
            (s, r) for s, r in zip(sure, right, strict=True) if low / 10 <= s < (low + 1) / 10 or (low == 9 and s == 1)
        ]
        if inside:
            gaps += abs(sum(float(s) for s, _ in inside) - sum(bool(r) for _, r in inside))
    assert found["error"] == pytest.approx(gaps / 200, abs=1e-6)
    assert sum(row["count"] for row in found["bins"]) == 200


def test_one_who_is_as_sure_as_right_has_no_error() -> None:
    """Of ten answers with 80 per cent eight are right."""
    outputs = np.log(np.tile(np.array([[0.8, 0.2]], np.float32), (10, 1)))
    assert calibration(Predictions(outputs, np.array([0] * 8 + [1] * 2), None))["error"] == pytest.approx(0, abs=1e-6)
    assert calibration(Predictions(outputs, np.array([1] * 10), None))["error"] == pytest.approx(0.8, abs=1e-6)


def test_top_k_agrees_with_a_sort(predictions: Predictions) -> None:
    order = np.argsort(-predictions.outputs, axis=1, kind="stable")
    for row in top_accuracies(predictions):
        wanted = np.mean([t in order[i, : row["k"]] for i, t in enumerate(predictions.targets)])
        assert row["accuracy"] == pytest.approx(wanted)
    assert [row["k"] for row in top_accuracies(predictions)] == [1, 2, 3]


def test_areas_agree_with_counting_pairs(predictions: Predictions) -> None:
    curves = class_curves(predictions, NAMES)
    assert [row["name"] for row in curves] == list(NAMES)
    scores = predictions.probabilities()
    for index, row in enumerate(curves):
        yes, no = scores[predictions.targets == index, index], scores[predictions.targets != index, index]
        pairs = (yes[:, None] > no[None]).mean() + (yes[:, None] == no[None]).mean() / 2
        assert row["auroc"] == pytest.approx(pairs)
        total, before = 0.0, 0.0
        for threshold in sorted(set(scores[:, index].tolist()), reverse=True):
            recall = float((yes >= threshold).mean())
            taken = (yes >= threshold).sum() + (no >= threshold).sum()
            total += (recall - before) * float((yes >= threshold).sum() / taken)
            before = recall
        assert row["average_precision"] == pytest.approx(total)
        x, y = np.asarray(row["roc"]).T
        assert np.trapezoid(y, x) == pytest.approx(row["auroc"], abs=0.02)
        assert row["precision_recall"][-1][0] == 1 and len(row["precision_recall"]) <= 60


def test_perfect_and_hopeless() -> None:
    truth = np.array([True, True, False, False])
    assert average_precision(np.array([4, 3, 2, 1], np.float32), truth) == 1
    assert average_precision(np.array([1, 1, 1, 1], np.float32), truth) == 0.5


def test_mistakes_of_each_cell(predictions: Predictions) -> None:
    wrong = predictions.classes() != predictions.targets
    found = mistakes_by_cell(predictions, NAMES)
    cells = {(row["true"], row["predicted"]) for row in found}
    wanted = zip(predictions.targets[wrong], predictions.classes()[wrong], strict=True)
    assert cells == {(NAMES[t], NAMES[p]) for t, p in wanted}
    for cell in cells:
        sure = [row["confidence"] for row in found if (row["true"], row["predicted"]) == cell]
        assert 1 <= len(sure) <= 12 and sure == sorted(sure, reverse=True)
