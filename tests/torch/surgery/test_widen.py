"""Wider layers compute the same; leaner ones compute what torch's own pruning by hand would."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from designer.graph.surgery.widths import widen, width_of
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
