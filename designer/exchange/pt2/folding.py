"""What an exported graph works out from plain numbers alone, such as the masks of shifted windows: once, beforehand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch.fx import Graph, Node
from torch.utils._pytree import tree_map

__all__ = ["Folded"]

_MOST = 1 << 26  # numbers in one value
_RANDOM = ("rand", "bernoulli", "normal", "multinomial", "dropout", "uniform", "exponential", "empty")


class Folded:
    """The values of nodes that depend on no input and no weight.

    ``paths`` has, by the names of a node that reads one and of the one that is read, where in the model it is kept;
    values may be written over later in the graph, so that each reader gets what was there at its turn.
    """

    def __init__(self, graph: Graph, constants: Mapping[str, torch.Tensor], targets: Mapping[str, str]) -> None:
        self.values: dict[str, Any] = {}
        self.paths: dict[tuple[str, str], str] = {}
        self._kept: dict[str, tuple[Node, int, torch.Tensor]] = {}
        given = {name: constants[path].clone() for name, path in targets.items() if path in constants}
        with torch.no_grad():
            for node in graph.nodes:
                if node.op == "call_function":
                    self._look_at(node, given)

    def _look_at(self, node: Node, given: Mapping[str, torch.Tensor]) -> None:
        known = {**given, **self.values} if len(node.all_input_nodes) else {}
        if _plain(node) and all(source.name in known for source in node.all_input_nodes):
            self.values[node.name] = self._run(node, known)
            return
        if _plain(node) and _is_factory(node):
            source: Any = node.args[0]
            value = node.meta["val"]
            stand_in = torch.empty(value.shape if _name(node).endswith("_like") else 0, dtype=source.meta["val"].dtype)
            self.values[node.name] = self._run(node, {source.name: stand_in})
            return
        for source in node.all_input_nodes:
            value = self.values.get(source.name)
            if isinstance(value, torch.Tensor):
                self._keep(node, source, value)

    @staticmethod
    def _run(node: Node, known: Mapping[str, Any]) -> Any:
        args, kwargs = tree_map(
            lambda leaf: known[leaf.name] if isinstance(leaf, Node) else leaf, (list(node.args), dict(node.kwargs))
        )
        kwargs.pop("pin_memory", None)
        if "device" in kwargs:
            kwargs["device"] = torch.device("cpu")
        target: Any = node.target
        return target(*args, **kwargs)

    def _keep(self, reader: Node, source: Node, value: torch.Tensor) -> None:
        key = f"{source.name}_{value._version}" if value._version else source.name
        self._kept.setdefault(key, (source, value._version, value.detach().clone()))
        self.paths[reader.name, source.name] = key

    def tensors(self, homes: Mapping[str, str]) -> dict[str, torch.Tensor]:
        """The values that are read, by the path at which each is to be kept; ``homes`` are the places of the nodes."""
        found = {}
        for key, (source, _, value) in self._kept.items():
            home = homes.get(source.name, "")
            path = f"{home}.{key}" if home else key
            found[path] = value
            self.paths = {pair: path if old == key else old for pair, old in self.paths.items()}
        return found


def _plain(node: Node) -> bool:
    """Whether a call gives the same tensor every time, and not a huge one."""
    value: Any = node.meta.get("val")
    if not isinstance(value, torch.Tensor) or not isinstance(node.target, torch._ops.OpOverload):
        return False
    sizes = list(value.shape)
    count = 1
    for size in sizes:
        count *= size if type(size) is int else _MOST + 1
    return count <= _MOST and not any(word in _name(node) for word in _RANDOM)


def _is_factory(node: Node) -> bool:
    """Whether only the kind or the fixed size of its source counts."""
    if not _name(node).startswith("new_") and not _name(node).endswith("_like"):
        return False
    return bool(node.args) and isinstance(node.args[0], Node) and all(s is node.args[0] for s in node.all_input_nodes)


def _name(node: Node) -> str:
    target: Any = node.target
    return str(target._schema.name).partition("::")[2]
