"""Names of blocks: from the weights' names, from what an exporter says of the module, or from the node's own name."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable

import onnx

__all__ = ["Names", "generated"]

_GENERATED = re.compile(r"(val|getitem|tmp|t)?_?\d+|.*::.*|.*[Cc]onst(ant)?.*|.*output_\d+|", re.DOTALL)
_END = re.compile(r"[._](weights?|bias|w|b|W|B|R|gamma|beta|scale|mean|var|running_mean|running_var)(_\d+)?")
_NUMBERED = re.compile(r"[A-Za-z]{0,3}_?\d+|.*[A-Za-z]_\d+", re.DOTALL)  # the node's number in the file
_MODULE = re.compile(r"[A-Za-z_0-9.]+")


def generated(name: str) -> bool:
    """Whether an exporter made a name up, so that it says nothing to people."""
    return _GENERATED.fullmatch(name) is not None


def stem(weight: str) -> str:
    """The module that a weight belongs to by its name; empty where it says nothing."""
    if generated(weight):
        return ""
    found = re.match(rf"(.+?){_END.pattern}(_bias)?$", weight)  # conv1.weight_bias, where a BatchNorm was folded in
    if found:
        return found.group(1).replace("/", ".").strip(".")
    return weight.rpartition(".")[0] if "." in weight else ""


class Names:
    """Knows which paths have something inside, so that no block takes the name of what will be a group."""

    def __init__(self, graph: onnx.GraphProto) -> None:
        self.inside: set[str] = set()
        self.add(stem(weight.name) for weight in graph.initializer)
        self.add(weight.name for weight in graph.initializer if not _END.search(weight.name))
        self.add(_path(node) for node in graph.node)

    def add(self, paths: Iterable[str]) -> None:
        """Note what lies inside of what."""
        for path in paths:
            parts = path.split(".")
            self.inside.update(".".join(parts[:n]) for n in range(1, len(parts)))

    def path(self, node: onnx.NodeProto) -> str:
        """The module that a node stands in, as far as the exporter says."""
        return _path(node)

    def wish(self, node: onnx.NodeProto, weight: str = "") -> str:
        """What the block of a node should be called."""
        path = stem(weight) or _path(node)
        if not path and node.name and not _NUMBERED.fullmatch(node.name):
            path = _flat(node.name.removeprefix("node_"))
        if not path and node.output and not (generated(node.output[0]) or _NUMBERED.fullmatch(node.output[0])):
            path = _flat(node.output[0])
        op = snake(node.op_type)
        return f"{path}.{op}" if path in self.inside else path or op


def _flat(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_]+", "_", name).strip("_")[:80]


def snake(op: str) -> str:
    """An operator's name as a block's: GlobalAveragePool becomes global_average_pool."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", op).lower()


def _path(node: onnx.NodeProto) -> str:
    """The module that an exporter says a node stands in."""
    for prop in node.metadata_props:
        if prop.key == "pkg.torch.onnx.name_scopes":
            return _scope(prop.value)
    if node.name.startswith("/"):
        return _slashes(node.name)
    return ""


def _scope(text: str) -> str:
    """The innermost module in a list of scopes as text: "['', 'layer1', 'layer1.0', 'relu']"."""
    try:
        scopes = ast.literal_eval(text) if len(text) < 2000 else []
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return ""
    modules = [s for s in scopes[:-1] if isinstance(s, str)] if isinstance(scopes, list) else []
    path = modules[-1] if modules and not modules[-1].startswith("_empty") else ""
    return path if _MODULE.fullmatch(path) else ""


def _slashes(name: str) -> str:
    """``/layer1/layer1.0/conv1/Conv`` is ``layer1.0.conv1``: a child of a Sequential repeats its parent."""
    parts: list[str] = []
    for part in name.strip("/").split("/")[:-1]:
        if parts and part.startswith(f"{parts[-1]}."):
            parts[-1] = part
        else:
            parts.append(part)
    path = ".".join(parts)
    return path if _MODULE.fullmatch(path) else ""
