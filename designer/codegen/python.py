"""A network as readable Python: nested ``nn.Module`` classes under the user's own names. The text is what runs."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from designer.blocks.dims import BATCH, Tensor
from designer.blocks.spec import Argument, Call, Layer, Named
from designer.blocks.spec import Value as ParamValue
from designer.blocks.written import Written, plain_literal
from designer.codegen.imports import Imports
from designer.codegen.program import InputInfo, OutputInfo, Program
from designer.errors import NetworkInvalid
from designer.graph.check import check_block, check_network, used_blocks
from designer.graph.infer import Shapes
from designer.graph.model import Network, natural
from designer.graph.nesting import Scope, Value, nest

__all__ = ["compile_network", "layer_text", "literal"]

_CALL = re.compile(
    r"(nn|torch|torchvision\.ops)(\.[A-Za-z_][A-Za-z0-9_]*)+|torchvision\.models\.get_model|timm\.create_model"
)
_AVOID = frozenset({"self", "torch", "nn", "F", "math", "timm", "torchvision", *keyword.kwlist})


def compile_network(network: Network, *, shapes: Shapes | None = None, draft: bool = False) -> Program:
    """The Python text of all blocks that an output depends on.

    With ``draft`` the sound part of a broken drawing is written too, and its loose ends are returned.
    Raises NetworkInvalid (with ``problems``) when the drawing cannot run.
    """
    shapes = shapes if shapes is not None else Shapes(network)
    names = _sound(network, shapes) if draft else _runnable(network, shapes)
    return _Writer(network, shapes, names).write()


def _runnable(network: Network, shapes: Shapes) -> set[str]:
    names = used_blocks(network)
    problems = [p for p in check_network(network, shapes) if p.severity == "error"]
    for name in network.order(names):
        problems += [p for p in check_block(network, name, shapes[name]) if p.severity == "error"]
    waiting = [name for name in network.order(names) if shapes[name].wanted is not None]
    if waiting and not problems:
        raise NetworkInvalid(f"{waiting[0]} is still being measured. Wait a moment and try again.")
    if not names and not problems:
        raise NetworkInvalid("The network is empty. Drag an Input block in, or start from a template.")
    if problems:
        count = f" ({len(problems)} problems in all)" if len(problems) > 1 else ""
        where = f"{problems[0].block}: " if problems[0].block else ""
        raise NetworkInvalid(f"{where}{problems[0].message}{count}", problems)
    return names


def _sound(network: Network, shapes: Shapes) -> set[str]:
    names = {n for n in network.nodes if shapes[n].complete}
    for name in [n for n in network.nodes if n not in names] if network.shared else ():
        names -= network.downstream((name,))  # a wrong call of a shared layer has outputs all the same
    ends = {n for n in names if network[n].block.role == "output"}
    return network.upstream(ends) if len(names) == len(network) and ends else names


def _homes(network: Network, names: set[str]) -> dict[str, str]:
    """By block, where the layer lies that it calls and does not hold: at its owner, or else at the first call."""
    homes: dict[str, str] = {}
    for owner in network.shared:
        calls = [name for name in network.family(owner) if name in names]
        homes.update(dict.fromkeys(calls[1:], calls[0] if calls else ""))
    return homes


def literal(value: ParamValue) -> str:
    """A checked value as Python text. Raises TypeError for anything that is not plain."""
    if isinstance(value, str):
        text = repr(value)
        return f'"{text[1:-1]}"' if text[0] == "'" and '"' not in text else text
    if value is None or isinstance(value, bool | int | float):
        return repr(value)
    if isinstance(value, tuple) and all(isinstance(v, int | str) for v in value):
        return repr(value)
    raise TypeError(f"{type(value).__name__} is not a plain value")


def layer_text(layer: Layer, call: str = "") -> str:
    """The text that constructs a layer. Raises ValueError for what is no name of torch."""
    args = [_argument(a) for a in layer.args] + [f"{k}={_argument(v)}" for k, v in layer.kwargs.items()]
    return f"{call or _known(layer.call)}({', '.join(args)})"


def _known(name: str) -> str:
    if not _CALL.fullmatch(name):
        raise ValueError(f"{name!r} is not a torch layer")
    return name


def _argument(value: Argument) -> str:
    if isinstance(value, Layer):
        return layer_text(value)
    if isinstance(value, Written):
        return plain_literal(value.text)
    return _known(value.name) if isinstance(value, Named) else literal(value)


@dataclass
class _Class:
    """A class being written: its name and its lines with the block that each stands for."""

    name: str
    lines: list[tuple[str, str | None]] = field(default_factory=list)

    def add(self, text: str = "", block: str | None = None) -> None:
        self.lines.append((text, block))


class _Writer:
    def __init__(self, network: Network, shapes: Shapes, names: set[str]) -> None:
        self.network, self.shapes, self.names = network, shapes, names
        self.classes: list[_Class] = []
        self.taken = {"Net"}
        self.imports = Imports(self.taken)
        inputs = [n for n in names if network[n].block.role == "input"]
        self.inputs = sorted(inputs, key=natural)
        self.outputs = sorted((n for n in names if network[n].block.role == "output"), key=natural)
        self.homes = _homes(network, names)
        layers = {n: text for n in sorted(names, key=natural) if n not in self.homes and (text := self._layer(n))}
        self.layers = {n: layers[n] for n in names if n in layers}  # imports are the same whatever the order of a set
        self.results = self._results()

    def _tensors(self, name: str) -> tuple[Tensor, ...]:
        return tuple(t for _, t in sorted(self.shapes[name].inputs.items()) if t is not None)

    def _layer(self, name: str) -> str:
        node = self.network[name]
        if node.block.layer is None:
            return ""
        layer = node.block.layer(node.block.bind(node.params), self._tensors(name))
        return layer_text(layer, self.imports.name_of(layer) if layer.origin is not None else "")

    def write(self) -> Program:
        # The ends of the network are no steps: an Input inside of a group is an argument that the group is given.
        steps = [n for n in self.names if self.network[n].block.role == "layer"]
        scope = nest(self.network, steps, self.layers, self.results, self.homes)
        root = _Class("Net")
        self._fill(root, scope, whole=True)
        self.classes.append(root)
        body = [line for cls in self.classes for line in [("", None), ("", None), *cls.lines]]
        text = "\n".join(line for line, _ in body)
        head = ['"""A network drawn in Layerloom."""', ""]
        head += ["import torch"] if re.search(r"\btorch\.", text) else []
        head += ["import torch.nn.functional as F"] if re.search(r"\bF\.", text) else []
        head += ["import timm"] if re.search(r"\btimm\.create_model\(", text) else []
        head += [f"import torchvision.{part}" for part in ("models", "ops") if f"torchvision.{part}." in text]
        head += ["from torch import nn", *self.imports.lines()]
        rows = [(line, None) for line in head] + body
        lines = {i: block for i, (_, block) in enumerate(rows, 1) if block}
        source = "\n".join(line for line, _ in rows) + "\n"
        return Program(source, "Net", self._input_infos(), self._output_infos(), lines, self.imports.files())

    def _input_infos(self) -> tuple[InputInfo, ...]:
        infos = []
        for name in self.inputs:
            tensor = self.shapes[name].outputs[0]
            assert tensor is not None
            dims = tuple(d if isinstance(d, int) else None for d in tensor.dims)
            infos.append(InputInfo(name, dims, tensor.dtype))
        return tuple(infos)

    def _output_infos(self) -> tuple[OutputInfo, ...]:
        infos = []
        for name in self.outputs:
            node = self.network[name]
            assert node.block.output is not None
            out = node.block.output(node.block.bind(node.params))
            infos.append(OutputInfo(name, out.kind, out.loss, out.classes, out.labels, out.weight))
        return tuple(infos)

    # --- one class -------------------------------------------------------------------------------------------

    def _fill(self, cls: _Class, scope: Scope, whole: bool = False) -> dict[str, str]:
        """Write a class; how each block or group inside is reached from it."""
        access = self._children(cls, scope)
        self._forward(cls, scope, access, whole)
        return access

    def _children(self, cls: _Class, scope: Scope) -> dict[str, str]:
        """Write the class's head and ``__init__``; how each block or group inside is reached."""
        tree: dict[str, object] = {}
        tensors: list[tuple[list[str], str]] = []
        for step in scope.steps:
            path = step if isinstance(step, str) else step.path
            if isinstance(step, str) and step not in self.layers:
                continue
            parts = path[len(scope.path) + 1 if scope.path else 0 :].split(".")
            here = tree
            for part in parts[:-1]:
                here = here.setdefault(part, {})  # type: ignore[assignment]
            if isinstance(step, str) and self._holds_tensor(step):
                tensors.append((parts, step))  # containers of modules cannot take it
            else:
                here[parts[-1]] = step
        keys = list(tree)
        ordered = sorted(keys, key=natural) if any(k.isdigit() for k in keys) else keys
        access: dict[str, str] = {}
        if ordered and ordered == [str(i) for i in range(len(ordered))]:
            base = "ModuleList"
            rows = [(self._make(tree[k], f"self[{k}]", access), tree[k]) for k in ordered]
        elif any(k.isdigit() for k in keys):
            base = "ModuleDict"
            rows = [(f'"{k}": ' + self._make(tree[k], f'self["{k}"]', access), tree[k]) for k in ordered]
        else:
            base = "Module"
            rows = [(f"self.{k} = " + self._make(tree[k], f"self.{k}", access), tree[k]) for k in ordered]
        cls.add(f"class {cls.name}(nn.{base}):")
        if rows or tensors:
            cls.add("    def __init__(self) -> None:")
            self._init_rows(cls, base, rows)
            for parts, step in tensors:
                self._init_tensor(cls, base, parts, step, access)
            cls.add()
        return access

    def _holds_tensor(self, name: str) -> bool:
        return self.layers[name].startswith(("nn.Parameter(", "nn.Buffer("))

    def _init_tensor(self, cls: _Class, base: str, parts: Sequence[str], step: str, access: dict[str, str]) -> None:
        """A tensor that the module owns is set as an attribute of the module or container that it lies in."""
        owner, text = "self", self.layers[step]
        for part in parts[:-1]:
            key = part if base == "ModuleList" and owner == "self" else f'"{part}"'
            owner = f"{owner}.{part}" if base == "Module" and owner == "self" else f"{owner}[{key}]"
        name = parts[-1]
        if name.isdigit():
            cls.add(f'        setattr({owner}, "{name}", {text})', step)
            access[step] = f'getattr({owner}, "{name}")'
        else:
            cls.add(f"        {owner}.{name} = {text}", step)
            access[step] = f"{owner}.{name}"

    @staticmethod
    def _init_rows(cls: _Class, base: str, rows: Sequence[tuple[str, object]]) -> None:
        if base == "Module":
            cls.add("        super().__init__()")
            for text, step in rows:
                cls.add(f"        {text}", step if isinstance(step, str) else None)
            return
        opening, closing = ("[", "]") if base == "ModuleList" else ("{", "}")
        cls.add(f"        super().__init__({opening}")
        for text, step in rows:
            cls.add(f"            {text},", step if isinstance(step, str) else None)
        cls.add(f"        {closing})")

    def _make(self, item: object, reach: str, access: dict[str, str]) -> str:
        """The text that constructs a child; notes how it is reached."""
        if isinstance(item, str):
            access[item] = reach
            return self.layers[item]
        if isinstance(item, Scope):
            access[item.path] = reach
            text, inside = self._construct(item)
            for home in set(self.homes.values()) & inside.keys():  # a block out here calls its layer, too
                access[home] = inside[home].replace("self", reach, 1)
            return text
        assert isinstance(item, dict)  # an open group: a container only
        inner = ", ".join(f'"{k}": ' + self._make(v, f'{reach}["{k}"]', access) for k, v in item.items())
        return f"nn.ModuleDict({{{inner}}})"

    def _construct(self, scope: Scope) -> tuple[str, dict[str, str]]:
        cls = _Class(self._class_name(scope.path))
        access = self._fill(cls, scope)
        self.classes.append(cls)
        return f"{cls.name}()", access

    def _class_name(self, path: str) -> str:
        parts = re.split(r"[._]", path)
        stem = "".join(f"_{p}" if p.isdigit() else p[:1].upper() + p[1:] for p in parts)
        name, number = stem or "Group", 2
        while name in self.taken:
            name, number = f"{stem}_v{number}", number + 1
        self.taken.add(name)
        return name

    # --- forward ---------------------------------------------------------------------------------------------

    def _forward(self, cls: _Class, scope: Scope, access: Mapping[str, str], whole: bool) -> None:
        if whole:
            arguments: list[Value] = [(n, 0) for n in self.inputs]
            results = self.results
        else:
            arguments, results = list(scope.reads), list(scope.gives)
        variables = _Variables(self._uses(scope, results))
        for value in arguments:
            variables.define(value, "x" if len(arguments) == 1 else value[0].rsplit(".", 1)[-1])
        typed = "".join(f", {variables[v]}: torch.Tensor" for v in arguments)
        returns = "torch.Tensor" if len(results) == 1 else f"tuple[{', '.join(['torch.Tensor'] * len(results))}]"
        cls.add(f"    def forward(self{typed}) -> {returns if results else 'None'}:")
        for step in scope.steps:
            self._step(cls, step, access, variables)
        given = ", ".join(variables[v] for v in results)
        cls.add(f"        return {given}" if results else "        return None")

    def _results(self) -> list[Value]:
        if self.outputs:
            return [(w.src, w.out) for n in self.outputs for w in self.network.inputs_of(n)]
        loose: list[Value] = []
        for name in self.network.order(self.names):
            used = {w.out for w in self.network.outputs_of(name) if w.dst in self.names}
            loose += [(name, i) for i in range(len(self.network[name].outputs)) if i not in used]
        return loose

    def _reads(self, step: str | Scope) -> list[Value]:
        if isinstance(step, Scope):
            return list(step.reads)
        return [(w.src, w.out) for w in self.network.inputs_of(step)]

    def _uses(self, scope: Scope, results: Iterable[Value]) -> dict[Value, int]:
        uses: dict[Value, int] = {}
        for step in scope.steps:
            if isinstance(step, str) and self.network[step].block.role != "layer":
                continue
            for value in self._reads(step):
                uses[value] = uses.get(value, 0) + 1
        for value in results:
            uses[value] = uses.get(value, 0) + 1
        return uses

    def _step(self, cls: _Class, step: str | Scope, access: Mapping[str, str], variables: _Variables) -> None:
        if isinstance(step, str) and self.network[step].block.role != "layer":
            return
        reads = self._reads(step)
        args = tuple(variables[v] for v in reads)
        for value in reads:
            variables.spend(value)
        if isinstance(step, Scope):
            gives = list(step.gives)
            text = f"{access[step.path]}({', '.join(args)})"
            label = step.path.rsplit(".", 1)[-1]
        else:
            gives = [(step, i) for i in range(len(self.network[step].outputs))]
            text = self._expression(step, access.get(self.homes.get(step, step), ""), args)
            label = step.rsplit(".", 1)[-1]
        if len(gives) > 1:
            variables.retire()
        targets = [variables.define(v, label if len(gives) == 1 else f"{label}_{i}") for i, v in enumerate(gives)]
        if len(gives) > 1:
            targets = [name if variables.needed(v) else "_" for v, name in zip(gives, targets, strict=True)]
        shape = ", ".join(str(self._given(v)) for v in gives)
        given = f"{', '.join(targets)} = {text}  # {shape}" if targets else text  # a draft's group that nobody reads
        cls.add(f"        {given}", step if isinstance(step, str) else None)

    def _given(self, value: Value) -> Tensor:
        tensor = self.shapes[value[0]].outputs[value[1]]
        return tensor if tensor is not None else Tensor((BATCH,))

    def _expression(self, name: str, layer: str, args: tuple[str, ...]) -> str:
        node = self.network[name]
        if node.block.forward is None:
            return f"{layer}({', '.join(args)})"
        slots = tuple(wire.slot for wire in self.network.inputs_of(name))
        return node.block.forward(Call(node.block.bind(node.params), self._tensors(name), layer, args, slots))


class _Variables:
    """Names for what flows: the first input's name is taken over where nobody else needs it, as people write."""

    def __init__(self, uses: dict[Value, int]) -> None:
        self._left = dict(uses)
        self._names: dict[Value, str] = {}
        self._live: set[str] = set()
        self._spent: list[str] = []

    def __getitem__(self, value: Value) -> str:
        return self._names[value]

    def spend(self, value: Value) -> None:
        """Note one use; after the last, the name is free again."""
        self._left[value] -= 1
        if self._left[value] == 0:
            self._live.discard(self._names[value])
            self._spent.append(self._names[value])

    def needed(self, value: Value) -> bool:
        """Whether anybody will read it."""
        return self._left.get(value, 0) > 0

    def retire(self) -> None:
        """Take over no name for the next values: of several, none is the one before in another form."""
        self._spent.clear()

    def define(self, value: Value, wish: str) -> str:
        """A name for a new value: one that was just spent, or the wish."""
        name = next((n for n in self._spent if n not in self._live), None)
        self._spent.clear()
        if name is None:
            stem = f"_{wish}" if wish[:1].isdigit() else wish
            stem = f"{stem}_" if stem in _AVOID else stem
            name, number = stem, 2
            while name in self._live:
                name, number = f"{stem}_{number}", number + 1
        if self._left.get(value, 0):
            self._live.add(name)
        self._names[value] = name
        return name
