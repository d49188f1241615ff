"""Large models grouped by their modules for a first look."""

from __future__ import annotations

import pytest

from designer.graph.document import Document
from designer.graph.groups import open_group
from designer.graph.overview import overview
from designer.graph.templates import load_template
from designer.graph.visible import Visible
from tests.pure.arrange.traced import named
from tests.pure.graph.grouped import boxes_of, covered, traced, trespassing


@pytest.mark.parametrize("name", [n for n in named() if n != "vgg19_bn"])
def test_a_traced_model_shows_at_most_forty_things_everywhere_and_names_stay(name: str) -> None:
    document = Document(traced(name))
    network = document.network
    names, before = set(network.nodes), network.to_json()
    document.do(overview(document))
    assert set(network.nodes) == names and document.depth == 1
    scopes = ["", *(p for p, g in network.groups.items() if g.closed)]
    for scope in scopes:
        seen = boxes_of(network, scope)
        most = 49 if scope.endswith("denseblock3") else 40  # it has 48 layers and a concatenation
        assert 1 < len(seen) <= most, scope
        assert not covered(seen)
    assert not trespassing(network, boxes_of(network))
    document.undo()
    assert network.to_json() == before


def test_the_stages_are_what_one_sees_first() -> None:
    document = Document(traced("resnet152"))
    document.do(overview(document))
    seen = Visible(document.network).names()
    assert {"conv1", "layer1", "layer2", "layer3", "layer4", "fc"} <= seen and len(seen) < 15
    assert len(Visible(document.network, "layer3").names()) == 36
    document.do(open_group(document, "layer3"))
    boxes = boxes_of(document.network)
    assert not covered(boxes) and not trespassing(document.network, boxes)
    dense = Document(traced("densenet201"))
    dense.do(overview(dense))
    seen = Visible(dense.network).names()
    assert "features.denseblock1" in seen and len(seen) < 20, "a wrapper around everything is open"


def test_what_is_small_or_has_no_paths_is_only_arranged() -> None:
    small = Document(load_template("small-resnet"))
    small.do(overview(small))
    assert not small.network.groups and not covered(boxes_of(small.network))
    flat = Document(traced("vgg19_bn"))
    flat.do(overview(flat))
    assert {"features", "classifier"} <= Visible(flat.network).names()


def test_groups_that_are_there_stay_as_they_are() -> None:
    document = Document(traced("resnet18"))
    document.do(overview(document))
    document.do(open_group(document, "layer2"))
    document.do(overview(document))
    assert not document.network.groups["layer2"].closed and document.network.groups["layer1"].closed
