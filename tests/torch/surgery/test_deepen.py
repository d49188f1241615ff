"""A layer that starts as the identity changes nothing, wherever it is put."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from designer.errors import EditRefused
from designer.graph import groups, instances
from designer.graph.document import Document
from designer.graph.surgery.deepen import deepen, why_not_deepen
from designer.graph.templates import load_template
from tests.torch.surgery.surgery_kit import carried_to, drawn, edited, trained

HEAD = ("g: global_avg_pool < {}", "h: linear out_features=3 < g", "o: classification_output classes=3 < h")


def _net(*middle: str, last: str) -> Document:
    return drawn("x0: input size=3,8,8", *middle, *(line.format(last) for line in HEAD))


@pytest.mark.parametrize(
    ("middle", "last", "name", "added"),
    [
        (("a: conv2d out_channels=6 < x0", "r: relu < a"), "r", "a", ["conv2d", "relu"]),
        (("a: conv2d out_channels=6 < x0", "n: batch_norm2d < a", "r: relu6 < n"), "r", "a", ["conv2d", "relu6"]),
        (("a: conv2d out_channels=6 < x0", "r: gelu < a"), "r", "a", ["conv2d"]),
        (("a: conv2d out_channels=6 < x0", "b: conv2d out_channels=6 < a", "s: add < a b"), "s", "a", ["conv2d"]),
        (("a: conv2d out_channels=6 stride=2 kernel_size=5 padding=2 < x0",), "a", "a", ["conv2d"]),
    ],
)
def test_the_network_computes_the_same(
    middle: tuple[str, ...], last: str, name: str, added: list[str], tmp_path: Path
) -> None:
    document = _net(*middle, last=last)
    module, inputs = trained(document.network)
    change = deepen(document, name)
    assert change.same
    before, edits = edited(document, change.edit)
    new = [document.network[n].type for n in document.network.order() if n not in before]
    assert new == added
    deeper, report = carried_to(before, module, edits, document.network, tmp_path)
    assert report.complete
    with torch.no_grad():
        assert torch.allclose(module(*inputs), deeper(*inputs), atol=1e-6)
    document.undo()
    assert document.network == before


def test_a_linear_too(tmp_path: Path) -> None:
    document = drawn("x0: input size=5,", "a: linear out_features=7 < x0", "r: relu < a", "h: linear out_features=3 < r",
                     "o: classification_output classes=3 < h")  # fmt: skip
    module, inputs = trained(document.network)
    before, edits = edited(document, deepen(document, "a").edit)
    deeper, _ = carried_to(before, module, edits, document.network, tmp_path)
    with torch.no_grad():
        assert torch.allclose(module(*inputs), deeper(*inputs), atol=1e-6)


def test_in_a_linked_group_it_comes_in_every_instance(tmp_path: Path) -> None:
    document = _net("b.a: conv2d out_channels=3 < x0", "b.r: relu < b.a", last="b.r")
    document.do(groups.close_group(document, "b"))
    document.do(instances.repeat(document, "b", 3))
    module, inputs = trained(document.network)
    first = next(n for n in document.network.order() if document.network[n].type == "conv2d")
    before, edits = edited(document, deepen(document, first).edit)
    assert len(document.network) == len(before) + 6
    deeper, report = carried_to(before, module, edits, document.network, tmp_path)
    assert report.complete
    with torch.no_grad():
        assert torch.allclose(module(*inputs), deeper(*inputs), atol=1e-6)


@pytest.mark.parametrize("template", ["digits", "lenet5", "small-resnet", "small-vgg"])
def test_every_layer_of_the_templates(template: str, tmp_path: Path) -> None:
    document = Document(load_template(template))
    module, inputs = trained(document.network, 2)
    names = [n for n in document.network.names() if why_not_deepen(document, n) is None]
    done = 0
    for name in names:
        trial = Document(document.network.copy())
        try:
            change = deepen(trial, name)
        except EditRefused:
            continue
        before, edits = edited(trial, change.edit)
        deeper, report = carried_to(before, module, edits, trial.network, tmp_path)
        assert report.complete
        with torch.no_grad():
            assert torch.allclose(module(*inputs), deeper(*inputs), atol=1e-5)
        done += 1
    assert done >= 3


def test_what_cannot_be_deepened_says_why() -> None:
    document = _net("a: conv2d out_channels=6 < x0", last="a")
    with pytest.raises(EditRefused, match="neither a convolution nor a Linear"):
        deepen(document, "g")
