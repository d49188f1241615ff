"""Wider layers compute the same; leaner ones compute what they would if nothing read what went."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from designer.errors import EditRefused
from designer.graph.document import Document
from designer.graph.edits import Carry
from designer.graph.surgery.channels import Channels
from designer.graph.surgery.widths import prune, why_not_resize, widen, width_of
from designer.graph.templates import load_template
from designer.graph.weight_steps import Pick
from designer.project.carry import channel_norms
from designer.project.tensors import TensorFile
from tests.torch.surgery.surgery_kit import carried_to, drawn, edited, trained

HEAD = "classification_output classes=3"
NETS = {
    "plain": ("x0: input size=3,8,8", "a: conv2d out_channels=6 < x0", "r: relu < a", "b: conv2d out_channels=4 < r",
              "f: flatten < b", "l: linear out_features=5 < f", "h: linear out_features=3 < l", f"o: {HEAD} < h"),
    "normalised": ("x0: input size=3,8,8", "a: conv2d out_channels=6 bias=False < x0", "n: batch_norm2d < a",
                   "p: prelu per_channel=True < n", "m: max_pool2d < p", "g: global_avg_pool < m", "h: linear out_features=3 < g", f"o: {HEAD} < h"),
    "residual": ("x0: input size=3,8,8", "a: conv2d out_channels=6 < x0", "b: conv2d out_channels=6 < a", "n: batch_norm2d < b", "c: conv2d out_channels=6 < n",
                 "s: add < a c", "r: relu < s", "d: add < r b", "g: global_avg_pool < d", "h: linear out_features=3 < g", f"o: {HEAD} < h"),
    "joined": ("x0: input size=3,8,8", "a: conv2d out_channels=4 < x0", "b: conv2d out_channels=6 < x0", "c: concatenate < a b a", "n: batch_norm2d < c", "e: conv2d out_channels=5 < n",
               "k: concatenate < e a", "f: flatten < k", "h: linear out_features=3 < f", f"o: {HEAD} < h"),
    "depthwise": ("x0: input size=3,8,8", "a: conv2d out_channels=6 < x0", "w: conv2d out_channels=12 groups=6 < a", "n: batch_norm2d < w", "e: conv2d out_channels=5 < n",
                  "x: squeeze_excitation squeeze_channels=2 < e", "g: global_avg_pool < x", "h: linear out_features=3 < g", f"o: {HEAD} < h"),
    "grouped": ("x0: input size=3,8,8", "a: conv2d out_channels=8 < x0", "w: conv2d out_channels=12 groups=4 < a", "n: group_norm num_groups=2 < w", "e: conv_transpose2d out_channels=8 groups=2 < n",
                "g: global_avg_pool < e", "h: linear out_features=3 < g", f"o: {HEAD} < h"),
    "words": ("x0: input size=7, dtype=int64", "e: embedding num_embeddings=9 embedding_dim=6 < x0", "n: layer_norm < e", "l: linear out_features=8 < n", "u: lstm hidden_size=5 < l",
              "z: select dim=1 index=0 < u", "h: linear out_features=3 < z", f"o: {HEAD} < h"),
    "gate": ("x0: input size=3,8,8", "a: conv2d out_channels=6 < x0", "g: global_avg_pool < a", "l: linear out_features=6 < g", "s: sigmoid < l", "v: reshape shape=6,1,1 < s",
             "y: multiply < a v", "f: flatten < y", "h: linear out_features=3 < f", f"o: {HEAD} < h"),
}  # fmt: skip
WIDER = [("plain", "a", 9), ("plain", "b", 11), ("plain", "l", 8), ("normalised", "a", 10), ("residual", "a", 9), ("residual", "c", 7),
         ("joined", "a", 7), ("joined", "b", 7), ("joined", "e", 15), ("depthwise", "a", 8), ("depthwise", "e", 6), ("grouped", "a", 12), ("grouped", "w", 24), ("grouped", "e", 10),
         ("words", "e", 12), ("words", "l", 11)]  # fmt: skip


@pytest.mark.parametrize(("net", "name", "to"), WIDER, ids=lambda value: str(value))
def test_a_wider_layer_computes_the_same(net: str, name: str, to: int, tmp_path: Path) -> None:
    document = drawn(*NETS[net])
    module, inputs = trained(document.network)
    change = widen(document, name, to)
    before, edits = edited(document, change.edit)
    assert change.same, change.sentence
    assert width_of(document, name) == to and not document.has_errors
    wider, report = carried_to(before, module, edits, document.network, tmp_path)
    assert report.complete
    with torch.no_grad():
        old, new = module(*inputs), wider(*inputs)
    assert torch.allclose(old, new, atol=1e-5, rtol=1e-5), (old - new).abs().max()
    assert sum(p.numel() for p in wider.parameters()) > sum(p.numel() for p in module.parameters())


def _zeroed(module: torch.nn.Module, document: Document, name: str, kept: tuple[int, ...]) -> None:
    """Let nothing read the channels that are not kept."""
    channels = Channels(document.network, document.shapes)
    space = channels.spaces[channels.made[name].runs[0].space]
    state = module.state_dict()
    with torch.no_grad():
        for part in space.parts:
            if not part.shared:
                continue
            size = space.size // part.groups
            for group, rows in enumerate(state[part.tensor].chunk(part.groups)):
                for channel in range(group * size, (group + 1) * size):
                    if channel not in kept:
                        at = part.start + (channel - group * size) * part.each
                        rows.narrow(part.axis, at, part.each).zero_()


@pytest.mark.parametrize(
    ("net", "name", "to"),
    [("plain", "a", 2), ("plain", "b", 1), ("plain", "l", 3), ("normalised", "a", 4), ("residual", "b", 5), ("joined", "a", 3),
     ("joined", "b", 2), ("joined", "e", 2), ("depthwise", "a", 3), ("grouped", "a", 4), ("grouped", "e", 6), ("words", "l", 5)],
    ids=lambda value: str(value),
)  # fmt: skip
def test_a_leaner_layer_computes_as_if_nothing_read_the_channels_that_went(
    net: str, name: str, to: int, tmp_path: Path
) -> None:
    document = drawn(*NETS[net])
    module, inputs = trained(document.network)
    source = tmp_path / "now.safetensors"
    save_file({k: v.clone() for k, v in module.state_dict().items()}, source)
    change = prune(document, name, to, channel_norms(TensorFile(source).all()))
    (carry,) = (edit for edit in change.edit.edits if isinstance(edit, Carry))
    (pick,) = (step for step in carry.steps if isinstance(step, Pick))
    assert len(pick.index) == to and list(pick.index) == sorted(set(pick.index))
    reference = copy.deepcopy(module)
    _zeroed(reference, document, name, pick.index)
    before, edits = edited(document, change.edit)
    leaner, report = carried_to(before, module, edits, document.network, tmp_path)
    assert report.complete and not change.same
    with torch.no_grad():
        assert torch.allclose(reference(*inputs), leaner(*inputs), atol=1e-5, rtol=1e-5)


def test_the_channels_with_the_largest_weights_stay(tmp_path: Path) -> None:
    document = drawn(*NETS["plain"])
    module, _ = trained(document.network)
    with torch.no_grad():
        module.get_parameter("a.weight")[[1, 4]] *= 50
    save_file({k: v.clone() for k, v in module.state_dict().items()}, tmp_path / "w.safetensors")
    change = prune(document, "a", 2, channel_norms(TensorFile(tmp_path / "w.safetensors").all()))
    (pick,) = (step for edit in change.edit.edits if isinstance(edit, Carry) for step in edit.steps)
    assert isinstance(pick, Pick) and pick.index == (1, 4)


@pytest.mark.parametrize(
    ("net", "name", "words"),
    [("plain", "h", "what the network gives"), ("plain", "r", "no channels of its own"), ("depthwise", "w", "by itself"),
     ("words", "u", "no channels of its own"), ("gate", "a", "whose size is fixed"), ("gate", "l", "mixes or moves")],
)  # fmt: skip
def test_what_cannot_change_says_why(net: str, name: str, words: str) -> None:
    document = drawn(*NETS[net])
    assert words in (why_not_resize(document, name) or "")
    with pytest.raises(EditRefused, match=words):
        widen(document, name, 99)


def test_groups_must_divide() -> None:
    document = drawn(*NETS["grouped"])
    with pytest.raises(EditRefused, match="multiple of 4"):
        widen(document, "a", 10)
    with pytest.raises(EditRefused, match="more than that"):
        widen(document, "a", 8)


def test_a_layer_norm_that_sees_uneven_copies_is_said() -> None:
    document = drawn(*NETS["words"])
    change = widen(document, "e", 9)
    assert not change.same and "n normalises over channels" in change.sentence
    assert widen(document, "e", 12).same


@pytest.mark.parametrize("template", ["digits", "lenet5", "small-resnet", "small-vgg"])
def test_every_layer_of_the_templates_can_be_widened_or_says_why(template: str, tmp_path: Path) -> None:
    document = Document(load_template(template))
    module, inputs = trained(document.network, 2)
    wider_ones = 0
    for name in document.network.names():
        width = width_of(document, name)
        if width is None or why_not_resize(document, name):
            continue
        trial = Document(document.network.copy())
        change = widen(trial, name, width + 3)
        before, edits = edited(trial, change.edit)
        wider, report = carried_to(before, module, edits, trial.network, tmp_path)
        assert report.complete and change.same
        with torch.no_grad():
            assert torch.allclose(module(*inputs), wider(*inputs), atol=1e-4, rtol=1e-4)
        wider_ones += 1
    assert wider_ones >= 2
