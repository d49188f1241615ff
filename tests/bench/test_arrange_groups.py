"""Arranging with groups: time for traced models with every module as an open group. Figures with ``pytest -s``."""

from __future__ import annotations

import pytest

from designer.graph.arrange import arrange_shown
from designer.graph.document import Document
from designer.graph.edits import apply
from designer.graph.groups import close_group, open_group
from designer.graph.visible import Visible
from tests.bench.test_arrange import ROOM, milliseconds
from tests.pure.graph.grouped import SIZE, boxes_of, show_groups, traced, trespassing


@pytest.mark.parametrize("name, stage", [("resnet152", "layer3"), ("googlenet", "inception4a"), ("resnet18", "layer2")])
def test_model_with_groups(name: str, stage: str) -> None:
    network = show_groups(traced(name))
    visible = Visible(network)

    def arrange():
        return arrange_shown(visible, lambda n: SIZE, fold=1.6)

    fresh = milliseconds(arrange)
    apply(network, arrange())
    again = milliseconds(arrange)
    document = Document(network)
    closing = milliseconds(lambda: close_group(document, stage))
    document.do(close_group(document, stage))
    opening = milliseconds(lambda: open_group(document, stage))
    print(
        f"\n{name:12}{len(network):4} blocks {len(network.groups):4} groups  arrange {fresh:5.1f} ms, again {again:5.1f},"
        f" close {closing:4.1f}, open {opening:4.1f}",
        end="",
    )
    assert not trespassing(network, boxes_of(network))
    assert max(fresh, again, closing, opening) < ROOM * 50
