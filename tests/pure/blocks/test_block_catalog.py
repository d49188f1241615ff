"""The declarations themselves: complete, distinct, in plain words."""

from __future__ import annotations

import pytest

from designer.blocks.catalog import catalog
from designer.blocks.spec import Block

BLOCKS = list(catalog().values())
every_block = pytest.mark.parametrize("block", BLOCKS, ids=[b.type for b in BLOCKS])

PROMISED = """
    input conv1d conv2d conv3d conv_transpose2d max_pool1d max_pool2d avg_pool1d avg_pool2d adaptive_avg_pool1d
    adaptive_avg_pool2d adaptive_max_pool1d adaptive_max_pool2d global_avg_pool batch_norm1d batch_norm2d layer_norm
    group_norm relu leaky_relu gelu silu elu sigmoid tanh softmax hardswish linear dropout dropout2d flatten reshape
    permute add multiply concatenate embedding lstm gru classification_output regression_output
""".split()


def test_all_promised_blocks_are_there() -> None:
    assert set(PROMISED) <= set(catalog())
    assert len(catalog()) >= 160


def test_titles_are_distinct() -> None:
    titles = [b.title for b in BLOCKS]
    assert len(set(titles)) == len(titles)


@every_block
def test_declaration_is_complete(block: Block) -> None:
    assert block.title and block.group and block.help.endswith(".")
    assert len(block.synonyms) >= 2 and len(set(block.synonyms)) == len(block.synonyms)
    assert block.shape is not None
    if block.role == "layer":
        assert block.torch.startswith(("torch.", "torchvision.ops.")) and block.url.endswith(f"{block.torch}.html")
        assert block.layer or block.forward
        assert block.outputs and (block.inputs or block.group == "Values")
    else:
        assert (block.role == "input") == (not block.inputs)
        assert (block.role == "output") == (not block.outputs) == (block.output is not None)


@every_block
def test_params_are_complete_and_defaults_canonical(block: Block) -> None:
    assert len(set(block.param_names)) == len(block.params)
    assert len({p.label for p in block.params}) == len(block.params)
    for param in block.params:
        assert param.help.endswith(".") and param.label[0].isupper()
        assert param.check(param.default) == param.default
        assert (param.kind == "choice") <= bool(param.choices)
    assert block.check({}) == {p.name: p.default for p in block.params}


@every_block
def test_outputs_of_the_defaults_are_those_of_the_declaration(block: Block) -> None:
    assert block.outputs_for(block.check({})) == block.outputs
    assert len({port.name for port in block.outputs}) == len(block.outputs)


def test_merge_blocks_grow_a_slot_as_wires_come() -> None:
    add = catalog()["add"]
    assert (add.slots(), add.slots([0]), add.slots([0, 1]), add.slots([0, 1, 2])) == (2, 2, 3, 4)


def test_output_blocks_say_what_training_needs() -> None:
    block = catalog()["classification_output"]
    assert block.output is not None
    out = block.output(block.bind(block.check({"classes": 2, "labels": ["cat", "dog"]})))
    assert (out.kind, out.loss, out.classes, out.labels) == ("classification", "cross_entropy", 2, ("cat", "dog"))
    block = catalog()["regression_output"]
    assert block.output is not None
    assert block.output(block.bind(block.check({"loss": "huber"}))).loss == "huber"
