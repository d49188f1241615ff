"""What the worker thinks of the sizes of cards is what the canvas draws."""

from __future__ import annotations

import pytest

from designer.graph.card_size import estimated
from designer.graph.edits import AddBlock, Connect, Put, apply
from designer.graph.model import Network, Wire
from designer.graph.overview import first_look
from designer.graph.scenery import Group
from designer.graph.templates import load_template
from designer.ui.canvas.metrics import group_width, sizes

NAMES = (
    "relu",
    "features.conv0",
    "layer3.12.downsample.0",
    "encoder.layers.encoder_layer_11.self_attention",
    "blocks.1.layers.4.layers.window_attention.attn_layer.1.to_qkv",
    "Mixed_7c.branch3x3dbl_3b.bn",
)


@pytest.mark.parametrize("name", NAMES)
def test_names_are_about_as_wide_as_thought(name: str) -> None:
    network = Network()
    apply(network, AddBlock(name, "conv2d", {"out_channels": 8}))
    thought = estimated(network)(name)
    drawn = sizes(network)[name]
    assert abs(thought[0] - drawn[0]) <= 48 and thought[1] == drawn[1]


def test_blocks_and_groups_of_a_template() -> None:
    network = load_template("small-resnet")
    size = estimated(network)
    assert {name: size(name) for name in network.nodes} == sizes(network)
    apply(network, Put("group", "layer1", Group("layer1")))
    assert size("layer1")[0] == group_width("layer1", 1)


def test_an_import_is_arranged_for_the_sizes_that_are_drawn() -> None:
    network = Network()
    before = ""
    for i, name in enumerate(("input", *NAMES)):
        apply(network, AddBlock(name, "input" if not i else "relu", {"size": (3, 8, 8)} if not i else {}))
        if before:
            apply(network, Connect(Wire(before, 0, name, 0)))
        before = name
    first_look(network)
    drawn = sizes(network)
    middles = {round(network[name].x + drawn[name][0] / 2) for name in network.nodes}
    assert len(middles) == 1, "cards of different widths stand on one axis"
