"""Figures of labels, of two classes and of numbers, held against those of torchmetrics and against small cases."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torchmetrics.functional.classification import (
    binary_auroc,
    binary_roc,
    multilabel_accuracy,
    multilabel_f1_score,
)

from designer.errors import DataError
from designer.evaluate.evaluate import summarise
from designer.evaluate.predict import Predictions
from designer.evaluate.two_classes import auroc


def drawn(seed: int, rows: int, wide: int) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(seed)
    outputs = draw.normal(size=(rows, wide)).astype(np.float32)
    return outputs, (draw.random((rows, wide)) < 0.4).astype(np.float32)


def test_labels_as_torchmetrics_measures_them() -> None:
    outputs, truth = drawn(3, 200, 5)
    found = summarise(Predictions(outputs, truth, 0.5), ("a", "b", "c", "d", "e"), kind="labels")
    shares, wanted = torch.from_numpy(outputs).sigmoid(), torch.from_numpy(truth).int()
    assert found.macro_f1 == pytest.approx(float(multilabel_f1_score(shares, wanted, 5)))
    assert found.accuracy == pytest.approx(float(multilabel_accuracy(shares, wanted, 5, average="micro")))
    assert found.all_right == pytest.approx(float(((outputs > 0) == (truth > 0.5)).all(axis=1).mean()))
    assert [one.support for one in found.classes] == truth.sum(axis=0).astype(int).tolist()
    assert found.confusion is None and found.regression is None and found.two is None
    surest = found.mistakes[0]
    wrong = (outputs > 0) != (truth > 0.5)
    assert surest.confidence == pytest.approx(1 / (1 + np.exp(-np.abs(outputs[wrong]).max())))
    assert set(surest.true.split(", ")) ^ set(surest.predicted.split(", "))
    assert found.to_dict()["kind"] == "labels"


def test_a_label_by_itself_is_two_classes() -> None:
    found = summarise(Predictions(*drawn(5, 60, 1), None), ("ill",), kind="labels")
    assert found.two is not None and found.two.positive == "ill" and found.two.auroc is not None


@given(st.integers(0, 10_000), st.integers(2, 60), st.integers(1, 4))
def test_the_curve_and_what_lies_below_it(seed: int, rows: int, levels: int) -> None:
    """Also where many scores are equal."""
    draw = np.random.default_rng(seed)
    logits = draw.integers(-levels, levels + 1, (rows, 2)).astype(np.float32)
    truth = draw.integers(0, 2, rows)
    found = summarise(Predictions(logits, truth, None), ("well", "ill")).two
    assert found is not None
    if truth.min() == truth.max():
        assert found.auroc is None and found.curve == () and None in (found.sensitivity, found.specificity)
        return
    scores, wanted = torch.from_numpy(logits[:, 1] - logits[:, 0]), torch.from_numpy(truth)
    assert found.auroc == pytest.approx(float(binary_auroc(scores.sigmoid(), wanted)), abs=1e-6)
    points = np.unique(np.stack(binary_roc(scores.sigmoid(), wanted)[:2], axis=1), axis=0)
    assert np.unique(np.array(found.curve), axis=0) == pytest.approx(points, abs=1e-5)
    x, y = np.array(found.curve).T
    assert np.trapezoid(y, x) == pytest.approx(found.auroc, abs=1e-5)
    told = logits.argmax(axis=1) == 1
    assert found.sensitivity == pytest.approx(told[truth == 1].mean())
    assert found.specificity == pytest.approx((~told[truth == 0]).mean())


def test_a_long_curve_is_thinned() -> None:
    draw = np.random.default_rng(1)
    logits = draw.normal(size=(5000, 2)).astype(np.float32)
    found = summarise(Predictions(logits, draw.integers(0, 2, 5000), None), ("well", "ill")).two
    assert found is not None and len(found.curve) <= 201
    assert found.curve[0] == (0.0, 0.0) and found.curve[-1] == (1.0, 1.0)


def test_more_than_two_classes_have_no_curve() -> None:
    logits = np.eye(3, dtype=np.float32)
    assert summarise(Predictions(logits, np.arange(3), None), ("a", "b", "c")).two is None
    assert auroc(np.zeros(4, np.float32), np.ones(4, bool)) is None


def test_labels_that_do_not_fit_are_said() -> None:
    with pytest.raises(DataError, match="as wide as the data have labels"):
        summarise(Predictions(np.zeros((4, 3), np.float32), np.zeros((4, 2), np.float32), None), kind="labels")


def test_numbers_are_numbers_however_they_are_kept() -> None:
    found = summarise(Predictions(np.array([[1.0], [3.0]], np.float32), np.array([[1], [2]]), None), kind="values")
    assert found.regression is not None and found.regression.mean_absolute_error == 0.5
