"""Attention that an exported graph spells out in twenty operations, as the layer of torch that it was."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.fx import Graph, Node

__all__ = ["Attention", "attentions"]

_KIND = "torch.nn.modules.activation.MultiheadAttention"


@dataclass(frozen=True)
class Attention:
    """Self-attention at ``path``: it reads ``source``, gives ``result``, and stands for ``nodes``."""

    path: str
    source: str
    result: str
    nodes: frozenset[str]
    layer: nn.MultiheadAttention


def attentions(graph: Graph, targets: Mapping[str, str], held: Callable[[str], torch.Tensor]) -> list[Attention]:
    """Every call of a MultiheadAttention that can be the layer again; ``held`` gives a tensor of the model by path."""
    inside: dict[str, list[Node]] = {}
    for node in graph.nodes:
        for path, kind in node.meta.get("nn_module_stack", {}).values():
            if node.op == "call_function" and kind == _KIND and isinstance(node.meta.get("val"), torch.Tensor):
                inside.setdefault(str(path), []).append(node)
    once = {path for path in inside if "@" not in path and not any(p.startswith(f"{path}@") for p in inside)}
    found = (_attention(path, inside[path], targets, held) for path in inside if path in once)
    return [attention for attention in found if attention is not None]


def _attention(
    path: str, nodes: list[Node], targets: Mapping[str, str], held: Callable[[str], torch.Tensor]
) -> Attention | None:
    names = {node.name for node in nodes}
    outside = [s for node in nodes for s in node.all_input_nodes if s.name not in names]
    weights = {targets[s.name] for s in outside if s.name in targets}
    sources = {s.name: s for s in outside if s.name not in targets and isinstance(s.meta.get("val"), torch.Tensor)}
    results = [node for node in nodes if any(user.name not in names for user in node.users)]
    products = [node for node in nodes if "scaled_dot_product_attention" in str(node.target)]
    known = {f"{path}.{key}" for key in ("in_proj_weight", "in_proj_bias", "out_proj.weight", "out_proj.bias")}
    plain = len(sources) == len(results) == len(products) == 1 and weights <= known
    if not plain or len(weights) not in (2, 4) or len(products[0].args) != 3 or products[0].kwargs:
        return None
    (source,) = sources.values()
    heads, width = _heads(products[0]), held(f"{path}.out_proj.weight").shape[0]
    if not heads or width % heads or not _batch_first(source, names) or not re.fullmatch(r"[\w.]+", path):
        return None
    if tuple(held(f"{path}.in_proj_weight").shape) != (3 * width, width):
        return None
    with torch.device("meta"):
        layer = nn.MultiheadAttention(width, heads, bias=len(weights) == 4, batch_first=True)
    layer.load_state_dict({key.removeprefix(f"{path}."): held(key) for key in weights}, assign=True)
    return Attention(path, source.name, results[0].name, frozenset(names), layer)


def _heads(product: Node) -> int:
    query: Any = product.args[0]
    shape = query.meta["val"].shape
    return int(shape[1]) if len(shape) == 4 and type(shape[1]) is int else 0


def _batch_first(source: Node, names: set[str]) -> bool:
    """The layer starts by turning the batch to the second place."""
    first = next((user for user in source.users if user.name in names and user.target is not None), None)
    value: Any = source.meta["val"]
    return (
        first is not None
        and value.dim() == 3
        and (("transpose" in str(first.target) and sorted(first.args[1:]) == [0, 1]) or _swaps(first))  # type: ignore[type-var]
    )


def _swaps(node: Node) -> bool:
    return "permute" in str(node.target) and list(node.args[1]) == [1, 0, 2]  # type: ignore[arg-type]
