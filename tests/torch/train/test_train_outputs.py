"""Losses of the kinds of output, as a training computes them."""

from __future__ import annotations

import torch
from torch.nn import functional

from designer.codegen.program import OutputInfo
from designer.train.objective import Objective


def test_several_labels_at_once() -> None:
    logits, target = torch.randn(4, 3), torch.randint(0, 2, (4, 3))
    loss, (hits, _) = Objective([OutputInfo("tags", "multilabel", "bce", 3)], {})(logits, target)
    torch.testing.assert_close(loss, functional.binary_cross_entropy_with_logits(logits, target.float()))
    assert hits is None


def test_a_class_for_every_pixel() -> None:
    logits, target = torch.randn(2, 3, 4, 5, requires_grad=True), torch.randint(0, 3, (2, 4, 5))
    loss, (hits, _) = Objective([OutputInfo("mask", "segmentation", "cross_entropy", 3)], {})(logits, target)
    loss.backward()
    torch.testing.assert_close(loss, functional.cross_entropy(logits, target))
    assert logits.grad is not None and hits is not None
    assert hits.item() == (logits.argmax(1) == target).sum().item()
