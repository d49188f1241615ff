"""An exported program as an ordinary module: its weights at their paths, its operations called where they stood.

torch gives an exported program back as one flat function. Run by this module instead, each operation is called by its
Python name, from within the part of the original model that it belonged to, and for any batch size.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import nn
from torch.export import ExportedProgram
from torch.export.graph_signature import InputKind, OutputKind
from torch.fx import Node
from torch.utils._pytree import tree_map

from designer.errors import DataError
from designer.exchange.pt2.aten import DROPPING, NOTHING, function_of
from designer.exchange.pt2.folding import Folded
from designer.exchange.pt2.fusing import attentions

__all__ = ["Program", "samples_of"]

_MOST = 1 << 31  # numbers in one value
_HELD = (InputKind.PARAMETER, InputKind.BUFFER, InputKind.CONSTANT_TENSOR)
_SHAPED = frozenset(("aten::view", "aten::reshape", "aten::_unsafe_view", "aten::expand"))


class _Place(nn.Module):
    """A part of the original model: it holds its weights, and calls what was called in it."""

    def forward(self, function: Any, *args: Any, **kwargs: Any) -> Any:
        """The call, made from here."""
        return function(*args, **kwargs)


class Program(nn.Module):
    """The program. Raises DataError with a sentence for what cannot be drawn."""

    def __init__(self, program: ExportedProgram, name: str) -> None:
        super().__init__()
        self._graph = program.graph_module.graph
        self._targets: dict[str, str] = {}
        self._inputs: list[str] = []
        self._outputs = [
            spec.arg.name
            for spec in program.graph_signature.output_specs
            if spec.kind == OutputKind.USER_OUTPUT and hasattr(spec.arg, "name")
        ]
        self._paths: dict[str, str] = {}
        self.leaves: set[str] = set()  # paths that were one layer of torch
        self._hold(program, name)
        self._check(name)
        self._batch = _fixed_batch(self._graph, self._inputs)
        self._shapes = {
            node.name: [d if type(d) is int else None for d in node.meta["val"].shape]
            for node in self._graph.nodes
            if isinstance(node.meta.get("val"), torch.Tensor)
        }  # read now: while the program is drawn, every touch of a tensor is written down
        self._folded = Folded(
            self._graph, {k: v for k, v in program.constants.items() if isinstance(v, torch.Tensor)}, self._targets
        )
        for path, tensor in self._folded.tensors(self._paths).items():
            self._store(path, tensor, InputKind.CONSTANT_TENSOR)
        found = attentions(self._graph, self._targets, self._at)
        self._fused = {attention.result: attention for attention in found}
        self._hidden = frozenset(self._folded.values).union(*(attention.nodes for attention in found))
        for attention in found:
            home, _, last = attention.path.rpartition(".")
            self.get_submodule(home)._modules[last] = attention.layer

    # --- making it -------------------------------------------------------------------------------------------

    def _hold(self, program: ExportedProgram, name: str) -> None:
        stored: dict[str, torch.Tensor] = {**program.state_dict, **program.constants}
        for spec in program.graph_signature.input_specs:
            argument = getattr(spec.arg, "name", "")
            if spec.kind == InputKind.USER_INPUT:
                if not isinstance(getattr(spec.arg, "value", None), type(None)) or not argument:
                    raise DataError(f"{name} takes more than tensors; export it with tensors only and import that.")
                self._inputs.append(argument)
            elif spec.kind in _HELD and isinstance(stored.get(str(spec.target)), torch.Tensor):
                self._targets[argument] = self._store(str(spec.target), stored[str(spec.target)], spec.kind)
            else:
                raise DataError(f"{name} needs {spec.target or argument}, which is no tensor, so it cannot be drawn.")
        for key, tensor in program.state_dict.items():  # what is stored and never used, such as counters of batches
            if key not in self._targets.values():
                self._store(key, tensor, InputKind.BUFFER)

    def _store(self, path: str, tensor: torch.Tensor, kind: InputKind) -> str:
        parts = [part or "_" for part in path.split(".")]
        home = self._place(parts[:-1])
        if isinstance(tensor, nn.Parameter) or kind == InputKind.PARAMETER:
            home.register_parameter(parts[-1], nn.Parameter(tensor.detach(), tensor.is_floating_point()))
        else:
            home.register_buffer(parts[-1], tensor.detach(), persistent=kind == InputKind.BUFFER)
        return ".".join(parts)

    def _place(self, parts: Sequence[str]) -> nn.Module:
        place: nn.Module = self
        for part in parts:
            if part not in place._modules:
                place.add_module(part, _Place())
            place = place.get_submodule(part)
        return place

    def _check(self, name: str) -> None:
        unknown = set()
        for node in self._graph.nodes:
            value = node.meta.get("val")
            if isinstance(value, torch.Tensor) and math.prod(d for d in value.shape if type(d) is int) > _MOST:
                raise DataError(f"{name} makes a value of more than {_MOST:,} numbers, more than can be drawn.")
            if node.op == "call_function" and _bare(node.target) not in NOTHING and function_of(node.target) is None:
                unknown.add(str(node.target))
            elif node.op not in ("placeholder", "call_function", "output", "get_attr"):
                unknown.add(node.op)
            if node.op == "call_function":
                self._paths[node.name] = self._path_of(node)
        if unknown:
            told = ", ".join(sorted(unknown)[:5])
            raise DataError(f"{name} uses operations that cannot be blocks: {told}.")

    def _path_of(self, node: Node) -> str:
        """The part of the original model that a call belongs to, by its path; empty for the whole."""
        stack = list(node.meta.get("nn_module_stack", {}).values())
        path, kind = stack[-1] if stack else ("", "")
        path = re.sub(r"@\d+", "", str(path))
        if not path or not all(path.split(".")):
            return ""
        self._place(path.split("."))
        if str(kind).startswith("torch.nn.modules.") and not str(kind).endswith(("Sequential", "ModuleList")):
            self.leaves.add(path)
        return path

    # --- running it ------------------------------------------------------------------------------------------

    def forward(self, *inputs: torch.Tensor) -> Any:
        """The program's outputs: one tensor, or a tuple."""
        values: dict[str, Any] = dict(zip(self._inputs, inputs, strict=True))
        for name, path in self._targets.items():
            values[name] = self._at(path)
        for node in self._graph.nodes:
            attention = self._fused.get(node.name)
            if attention is not None:
                x = values[attention.source]
                values[node.name] = self.get_submodule(attention.path)(x, x, x, need_weights=False)[0]
            elif node.op == "call_function" and node.name not in self._hidden and _bare(node.target) not in NOTHING:
                values[node.name] = self._call(node, values)
        found = [values[name] for name in self._outputs]
        return found[0] if len(found) == 1 else tuple(found)

    def _at(self, path: str) -> torch.Tensor:
        home, _, last = path.rpartition(".")
        tensor: torch.Tensor = getattr(self.get_submodule(home), last)
        return tensor

    def _call(self, node: Node, values: Mapping[str, Any]) -> Any:
        def real(value: Any) -> Any:
            if not isinstance(value, Node):
                return value
            path = self._folded.paths.get((node.name, value.name))
            return values[value.name] if path is None else self._at(path)

        args = [tree_map(real, arg) for arg in _listed(node.args)]
        kwargs = {key: tree_map(real, _listed(value)) for key, value in node.kwargs.items()}
        function: Any = function_of(node.target)
        fused = self._as_linear(node, values)
        if fused is not None:
            function, args, kwargs = nn.functional.linear, fused, {}
        elif self._batch is not None and _schema(node.target) in _SHAPED:
            args[1] = self._for_this_batch(node, args[0], args[1], values)
        elif _bare(node.target) in DROPPING:
            args, kwargs = [*args[:2], self.training], {}
        path = self._paths[node.name]
        place = self.get_submodule(path)
        return place(function, *args, **kwargs) if isinstance(place, _Place) else function(*args, **kwargs)

    def _as_linear(self, node: Node, values: Mapping[str, Any]) -> list[Any] | None:
        """``addmm(bias, x, weight.t())`` and ``mm(x, weight.t())`` are linear layers."""
        bare = _bare(node.target)
        if bare not in ("addmm", "mm") or node.kwargs:
            return None
        turned: Any = node.args[-1]
        if not isinstance(turned, Node) or _bare(turned.target) not in ("t", "permute", "transpose"):
            return None
        weight: Any = turned.args[0]
        if not isinstance(weight, Node) or weight.name not in self._targets:
            return None
        x: Any = node.args[-2]
        bias = values[node.args[0].name] if bare == "addmm" and isinstance(node.args[0], Node) else None
        return [values[x.name], values[weight.name], bias]

    def _for_this_batch(self, node: Node, x: torch.Tensor, size: Any, values: Mapping[str, Any]) -> Any:
        """The sizes of a program that was exported for one batch size only, for the one that runs now."""
        batch, told = self._batch, self._shapes[node.args[0].name if isinstance(node.args[0], Node) else ""]
        now = values[self._inputs[0]].shape[0]
        sizes = list(size)
        if batch is None or batch == now or not sizes or type(sizes[0]) is not int or sizes[0] < 1:
            return sizes
        grown = x.numel() * batch == math.prod(d or 1 for d in told) * now
        if _schema(node.target) == "aten::expand":
            lone = not grown and told[:1] == [1] and len(sizes) == len(told)  # such as a class token
            if sizes[0] == batch and (lone or (grown and told[:1] == [batch])):
                sizes[0] = now
        elif grown and sizes[0] % batch == 0 and -1 not in sizes:
            sizes[0] = sizes[0] // batch * now
        return sizes


def _listed(value: Any) -> Any:
    """fx's own lists as plain ones."""
    if isinstance(value, list | tuple):
        return type(value)(map(_listed, value)) if type(value) in (list, tuple) else list(map(_listed, value))
    return value


def _schema(target: Any) -> str:
    return str(target._schema.name) if isinstance(target, torch._ops.OpOverload) else ""


def _bare(target: Any) -> str:
    if isinstance(target, torch._ops.OpOverload):
        return str(target._schema.name).partition("::")[2].rstrip("_")
    return "getitem" if target is operator.getitem else getattr(target, "__name__", str(target))


def _fixed_batch(graph: torch.fx.Graph, inputs: Sequence[str]) -> int | None:
    """The batch size that the program was exported for; None where it is open."""
    for node in graph.nodes:
        if node.op == "placeholder" and node.name in inputs:
            shape = node.meta["val"].shape
            return int(shape[0]) if len(shape) and type(shape[0]) is int else None
    return None


def samples_of(program: ExportedProgram, size: int | None, name: str) -> tuple[dict[str, torch.Tensor], int | None]:
    """Empty samples of the inputs, by name, and the batch size where it is fixed. Raises DataError."""
    found: dict[str, torch.Tensor] = {}
    fixed = None
    users = set(program.graph_signature.user_inputs)
    for node in program.graph.nodes:
        if node.op != "placeholder" or node.name not in users:
            continue
        value = node.meta.get("val")
        if not isinstance(value, torch.Tensor) or not value.dim():
            raise DataError(f"{name} takes more than tensors; export it with tensors only and import that.")
        if any(type(d) is not int for d in value.shape[1:]) and size is None:
            raise DataError(f"{name} leaves the size of {node.name} open. Say it with --size, for example --size 224.")
        sizes = [d if type(d) is int else size for d in value.shape[1:]]
        fixed = value.shape[0] if type(value.shape[0]) is int else fixed
        found[node.name] = torch.empty([fixed or 2, *map(int, filter(None, sizes))], dtype=value.dtype, device="meta")
    if not found:
        raise DataError(f"{name} takes no input, so that there is nothing to draw.")
    return found, fixed
