"""The first part of a model, and one model in another: the weights come along, to the last bit."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from designer.codegen.module import build
from designer.codegen.python import compile_network
from designer.errors import EditRefused
from designer.graph.document import Document
from designer.graph.edits import Connect
from designer.graph.model import Wire
from designer.graph.sharing import together
from designer.graph.surgery.cut import keep_up_to
from designer.graph.surgery.join import insert_model
from designer.graph.templates import load_template
from designer.project.trail import Trail
from tests.torch.surgery.surgery_kit import drawn, edited, trained


def _saved(module: torch.nn.Module, folder: Path, name: str = "w") -> Path:
    path = folder / f"{name}.safetensors"
    save_file({k: v.contiguous().clone() for k, v in module.state_dict().items()}, path)
    return path


def test_the_first_part_keeps_its_weights_and_gets_a_head(tmp_path: Path) -> None:
    document = Document(load_template("small-resnet"))
    module, _ = trained(document.network, 2)
    change = keep_up_to(document, "layer2.relu2")
    before, edits = edited(document, change.edit)
    assert "head is new and leads to output" in change.sentence and not document.has_errors
    assert document.network["head"].params["out_features"] == 10
    target = tmp_path / "part.safetensors"
    report = Trail(_saved(module, tmp_path), before, edits).write(document.network, target)
    assert list(report.reset or {}) == ["head"]
    assert report.sentence.endswith("; head starts anew.")
    state, old = load_file(target), module.state_dict()
    assert state and all(torch.equal(state[name], old[name]) for name in state)
    fresh = build(compile_network(document.network), 0)
    missing, unexpected = fresh.load_state_dict(state, strict=False)
    assert sorted(missing) == ["head.bias", "head.weight"] and unexpected == []


def test_a_group_and_no_head() -> None:
    document = Document(load_template("small-resnet"))
    change = keep_up_to(document, "layer1", head=False)
    document.do(change.edit)
    assert document.network.order()[-1] == "layer1.relu2" and "output" not in document.network
    with pytest.raises(EditRefused, match="Nothing comes after"):
        keep_up_to(document, "layer1.relu2")
    document.undo()
    with pytest.raises(EditRefused, match="ends the network"):
        keep_up_to(document, "output")


@pytest.mark.parametrize("bring_input", [True, False])
def test_a_model_in_another_gives_what_it_gave_alone(bring_input: bool, tmp_path: Path) -> None:
    other = load_template("small-resnet")
    module, inputs = trained(other, 2)
    document = drawn("x0: input size=3,32,32") if not bring_input else Document()
    change = insert_model(
        document, other, "backbone", up_to="layer3.relu2", feed="" if bring_input else "x0", weights=_saved(module, tmp_path)
    )  # fmt: skip
    before, edits = edited(document, change.edit)
    for part, params in (
        ("global_avg_pool", {}),
        ("linear", {"out_features": 4}),
        ("classification_output", {"classes": 4}),
    ):
        here = document.network.order()[-1]
        block = document.new_block(part, 0.0, 0.0, params)
        edits.append(document.do(block).edit)
        edits.append(document.do(Connect(Wire(here, 0, block.name, 0))).edit)
    target = tmp_path / "joined.safetensors"
    report = Trail(None, before, edits).write(document.network, target)
    assert list(report.reset or {}) == ["linear1"]
    joined = build(compile_network(document.network), 0)
    missing, unexpected = joined.load_state_dict(load_file(target), strict=False)
    assert sorted(missing) == ["linear1.bias", "linear1.weight"] and unexpected == []
    seen: dict[str, torch.Tensor] = {}
    joined.get_submodule("linear1").register_forward_pre_hook(lambda _, args: seen.update(features=args[0]))
    module.get_submodule("fc").register_forward_pre_hook(lambda _, args: seen.update(alone=args[0]))
    with torch.no_grad():
        joined.eval()(*inputs), module(*inputs)
    assert torch.equal(seen["features"], seen["alone"])


def test_a_layer_whose_owner_stays_behind_comes_with_its_weights(tmp_path: Path) -> None:
    other = drawn("x0: input size=3,8,8", "a: conv2d out_channels=3 < x0", "b: conv2d out_channels=3 < x0", "c: conv2d out_channels=3 < b",
                  "s: add < a c", "g: global_avg_pool < s", "h: linear out_features=3 < g", "o: classification_output classes=3 < h")  # fmt: skip
    other.do(together(other.network, ["a", "b", "c"]))
    assert other.network.owner("c") == "a"
    module, _ = trained(other.network)
    document = Document()
    before, edits = edited(
        document, insert_model(document, other.network, "part", up_to="c", weights=_saved(module, tmp_path)).edit
    )
    assert document.network.owner("part.c") == "part.b"
    target = tmp_path / "part.safetensors"
    assert Trail(None, before, edits).write(document.network, target).complete
    assert torch.equal(load_file(target)["part.b.weight"], module.state_dict()["a.weight"])


def test_what_has_other_sizes_here_is_said(tmp_path: Path) -> None:
    other = load_template("digits")
    module, _ = trained(other, 2)
    document = drawn("x0: input size=3,12,12")
    change = insert_model(document, other, "backbone", feed="x0", weights=_saved(module, tmp_path))
    assert "backbone.conv1, backbone.fc1 have other sizes here and start anew" in change.sentence
    with pytest.raises(EditRefused, match="no block called"):
        insert_model(document, other, "backbone", up_to="nothing")
    with pytest.raises(EditRefused, match="does not fit here"):
        insert_model(drawn("x0: input size=3,1,1"), other, "backbone", feed="x0")
