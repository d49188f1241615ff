"""From recorded steps to blocks: layers and functions by their converters, the rest as Operations."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import torch
from torch import nn

from designer.blocks.dims import BATCH, Tensor
from designer.blocks.spec import Value
from designer.codegen.lines import line
from designer.codegen.python import layer_text
from designer.exchange.converters.table import Call, Converted, Named, functions, layer_calls, layers
from designer.exchange.sketch import Ref, Sketch, Unfit
from designer.exchange.tracing.align import Aligned, OfBatch
from designer.exchange.tracing.record import Step, Untraceable, Use
from designer.exchange.tracing.spelled import canonical, spelled

__all__ = ["Drawing", "Opaque", "Refused"]

_FACTORIES = frozenset(
    {"new_zeros", "new_ones", "new_full", "new_empty", "zeros_like", "ones_like", "full_like", "empty_like"}
)
_RANDOM = frozenset({"rand", "randn", "randint", "randperm", "bernoulli", "normal", "multinomial", "rand_like"})


class Refused(Exception):
    """Layers that cannot be one block each, by path with the reason; they must be looked into, or stay opaque."""

    def __init__(self, reasons: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{path}: {reason}" for path, reason in reasons.items()))
        self.reasons = reasons


@dataclass(frozen=True)
class Opaque:
    """A part that stays closed: its block and why."""

    block: str
    why: str


@dataclass
class Drawing:
    """One aligned recording on its way to a sketch. ``opaque`` gives the block of a layer that stays closed."""

    aligned: Aligned
    opaque: Callable[[str, nn.Module], Converted | None]
    closed: Mapping[str, str] = field(default_factory=dict)  # paths that stay closed, with the reason
    always: frozenset[str] = frozenset()  # modules whose dropout never stops
    sketch: Sketch = field(default_factory=Sketch)
    notes: list[Opaque] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._refs: dict[int, Ref] = {}
        self._made = {number: step for step in self.aligned.steps for number in step.results}
        self._homes: dict[str, str] = {}  # the block that owns a layer, by the layer's path
        self._step: Step | None = None
        self._placed: list[str] = []
        self._refused: dict[str, str] = {}
        self._layered = self._used_as_layers()

    # --- the whole -------------------------------------------------------------------------------------------

    def draw(self, names: Sequence[str]) -> dict[str, Ref]:
        """Put down all that the outputs need. ``names`` are those of the inputs."""
        entries = [step for step in self.aligned.steps if step.kind == "input"]
        for name, step in zip(names, entries, strict=True):
            tensor = self.aligned.carried[step.results[0]]
            sizes = [d if isinstance(d, int) else "B" for d in tensor.dims[1:]]
            self._refs[step.results[0]] = self.sketch.input(name, sizes, tensor.dtype)
        needed = self._needed()
        for step in self.aligned.steps:
            if not needed.isdisjoint(step.results):
                self._draw(step)
        if self._refused:
            raise Refused(self._refused)
        return {name: self.ref(Use(number)) for name, number in self.aligned.outputs.items()}

    def _needed(self) -> set[int]:
        needed: set[int] = set()
        todo = list(self.aligned.outputs.values())
        while todo:
            number = todo.pop()
            if number not in needed:
                needed.add(number)
                todo += self._made[number].uses()
        return needed

    def _used_as_layers(self) -> set[str]:
        """The paths whose weight a function takes, so that the function becomes the block of that path."""
        found = set()
        for step in self.aligned.steps:
            if step.kind == "function":
                for number in step.uses():
                    source = self._made[number]
                    if source.kind == "parameter" and source.path.endswith(".weight"):
                        found.add(source.path.removesuffix(".weight"))
        return found

    def _draw(self, step: Step) -> None:
        self._step, self._placed = step, []
        if step.kind == "module":
            self._draw_layer(step)
        elif step.kind == "function" and self._constant(step.results[0]) is None:
            self._draw_function(step)

    # --- what converters ask ---------------------------------------------------------------------------------

    @staticmethod
    def is_value(value: Any) -> bool:
        """Whether an argument stands for a tensor."""
        return isinstance(value, Use)

    def tensor(self, value: Use) -> Tensor:
        """What a value carries."""
        return self.aligned.carried[value.number]

    def ref(self, value: Use) -> Ref:
        """The output that carries a value; what the model holds is put down when it is first asked for."""
        if value.number not in self._refs:
            self._refs[value.number] = self._held(value.number)
        return self._refs[value.number]

    def weight_of(self, value: Any) -> tuple[str, torch.Tensor] | None:
        """The path and the numbers of a tensor that the model holds."""
        step = self._made[value.number] if isinstance(value, Use) else None
        return (step.path, step.target) if step is not None and step.kind in ("parameter", "buffer") else None

    def _held(self, number: int) -> Ref:
        step = self._made[number]
        if step.kind in ("parameter", "buffer"):
            return self._hold(self.sketch.exactly(step.path), step.target, isinstance(step.target, nn.Parameter))
        real = self._constant(number)
        if real is None:
            raise Untraceable(step.path, "a value is used before it is made")
        return self._hold(self._free(step.path, "constant"), real, False)

    def _hold(self, name: str, tensor: torch.Tensor, learned: bool) -> Ref:
        if tensor.dtype in (torch.int32, torch.int16, torch.uint8, torch.int8):
            tensor = tensor.long()
        if tensor.dtype in (torch.float64, torch.float16, torch.bfloat16):
            raise Untraceable(name, f"it holds numbers of the type {str(tensor.dtype).removeprefix('torch.')}")
        return self.sketch.holds(name, tensor.detach(), learned)

    # --- layers ----------------------------------------------------------------------------------------------

    def _draw_layer(self, step: Step) -> None:
        module, path = step.target, step.path
        given = [self.aligned.carried[number] for number in step.results]
        named = Named.of(type(module))
        convert, convert_call = layers().get(named), layer_calls().get(named)
        if path in self.closed or (convert is None and convert_call is None):
            self._draw_opaque(step, given)
            return
        try:
            if convert_call is not None:
                told = convert_call(module, Call(self, type(module).__name__, step.args, step.kwargs, given))
                if told is None:
                    raise Unfit(f"no block says what this {type(module).__name__} does")
                if path in self._homes:
                    self._same_layer(self._homes[path], module)
                self._keep(step, [told] if isinstance(told, Ref) else list(told))
                return
            converted = convert(module) if convert is not None else None
            if converted is None:
                raise Unfit(f"no block says what this {type(module).__name__} does")
            block_type, params = converted
            if any(isinstance(v, Use) for v in step.kwargs.values()) or len(step.results) != len(given):
                raise Unfit(f"it calls {type(module).__name__} in an unusual way")
            values = [Use(number) for number in step.uses()]
            refs = self._place_layer(step, block_type, params, values, given)
            self._same_layer(refs[0].name, module)
            self._keep(step, refs)
        except (Unfit, KeyError) as error:
            self._take_back()
            self._refused[path] = str(error)
            self._stand_in(step)

    def _place_layer(
        self, step: Step, block_type: str, params: Mapping[str, Value], values: Sequence[Use], given: Sequence[Tensor]
    ) -> tuple[Ref, ...]:
        refs = [self.ref(value) for value in values]
        owner = self._homes.get(step.path, "")
        again = owner or not step.target.state_dict()
        name = self.sketch.free(step.path) if again else self.sketch.exactly(step.path)
        weights = {} if owner else dict(step.target.state_dict())
        found = self.sketch.place(name, block_type, params, refs, given, weights, owner)
        if step.target.state_dict():  # layers without weights are not shared: each call is a block of its own
            self._homes.setdefault(step.path, name)
        self._placed.append(name)
        return found

    def _same_layer(self, name: str, module: nn.Module) -> None:
        """The layer that the block stands for is the very one that was found. Raises Unfit."""
        node = self.sketch.network[name]
        block = node.block
        if block.layer is None:
            return
        arriving = tuple(self.sketch.carried[Ref(w.src, w.out)] for w in self.sketch.network.inputs_of(name))
        made = _made_of(layer_text(block.layer(block.bind(node.params), arriving)))
        if _looks(made) != _looks(module):
            raise Unfit(f"the block would be {_looks(made)[0][:120]}, not {_looks(module)[0][:120]}")

    def _draw_opaque(self, step: Step, given: Sequence[Tensor]) -> None:
        converted = self.opaque(step.path, step.target)
        why = self.closed.get(step.path, f"{type(step.target).__name__} has no block")
        if converted is None:
            raise Untraceable(step.path, why)
        if step.kwargs or not step.flat or not all(isinstance(value, Use) for value in step.args):
            parent = step.path.rpartition(".")[0]  # which is called with more than tensors can say
            raise Untraceable(parent, f"{why}; {type(step.target).__name__} takes or gives more than tensors")
        block_type, params = converted
        if block_type == "opaque":
            params = {**params, "outputs": len(given)}
        values = [Use(number) for number in step.uses()]
        try:
            refs = self._place_layer(step, block_type, params, values, given)
        except Unfit as error:
            raise Untraceable(step.path, f"{why}; {error}") from error
        self.notes.append(Opaque(refs[0].name, why))
        self._keep(step, refs)

    # --- functions -------------------------------------------------------------------------------------------

    def _draw_function(self, step: Step) -> None:
        name, swapped = canonical(step)
        given = [self.aligned.carried[number] for number in step.results]
        args = (step.args[1], step.args[0], *step.args[2:]) if swapped else step.args
        kwargs = {key: value for key, value in step.kwargs.items() if key not in ("inplace", "memory_format")}
        convert = functions().get(name)
        found: Any = None
        if convert is not None:
            try:
                found = convert(Call(self, name, args, kwargs, given))
            except (Unfit, KeyError):
                self._take_back()
        if found is None:
            self._take_back()
            found = self._operation(step, name, given)
        self._keep(step, [found] if isinstance(found, Ref) else list(found))

    def _operation(self, step: Step, name: str, given: Sequence[Tensor]) -> tuple[Ref, ...]:
        try:
            text, uses, wants_batch = spelled(step, self.tensor)
            refs = [self.ref(use) for use in uses]
            if wants_batch:
                refs.append(self.samples())
            params: dict[str, Value] = {"expression": text, "outputs": len(given)}
            return self.sketch.place(self._free(step.path, name), "operation", params, refs, given)
        except Unfit as error:
            raise Untraceable(step.path, f"{step.name} cannot be drawn ({error})") from error

    def place_call(
        self,
        call: Call,
        block_type: str,
        params: Mapping[str, Value],
        values: Sequence[Any] | None,
        name: str,
        given: Sequence[Tensor] | None,
        weights: Mapping[str, torch.Tensor] | None,
    ) -> tuple[Ref, ...]:
        """Put a block down in place of a call; see `Call.place`."""
        step = self._step
        assert step is not None
        taken = [call.args[0]] if values is None else values
        refs = [value if isinstance(value, Ref) else None if value is None else self.ref(value) for value in taken]
        owner = self._homes.get(name, "") if name else ""
        if not name:
            chosen = self._free(step.path, call.name)
        else:
            chosen = self.sketch.free(name) if owner else self.sketch.exactly(name)
        expected = call.given if given is None else given
        found = self.sketch.place(
            chosen, block_type, params, refs, list(expected) or None, {} if owner else weights, owner
        )
        self._placed.append(chosen)
        if name:
            self._homes.setdefault(name, chosen)
        return found

    @property
    def path(self) -> str:
        """Where the call that is drawn stands: the path of the layer, or of the module that calls the function."""
        return self._step.path if self._step is not None else ""

    def samples(self) -> Ref:
        """The output that was drawn last whose first size is the batch. Raises Unfit where there is none."""
        for ref in reversed(self._refs.values()):
            if self.sketch.carried[ref].dims[:1] == (BATCH,):
                return ref
        raise Unfit("nothing tells the batch size")

    # --- small things ----------------------------------------------------------------------------------------

    def _free(self, path: str, name: str) -> str:
        """A name for what is called in the forward of the module at ``path``."""
        if not path:
            return self.sketch.free(name)
        return self.sketch.free(f"{path}_{name}" if path in self._layered else f"{path}.{name}")

    def _keep(self, step: Step, refs: Sequence[Ref]) -> None:
        if len(refs) != len(step.results):
            raise Unfit(f"{step.name} gives {len(step.results)} tensors, the block {len(refs)}")
        self._refs.update(zip(step.results, refs, strict=True))

    def _stand_in(self, step: Step) -> None:
        """Something in place of a refused layer, so that all that are refused are found in one go."""
        for number in step.results:
            ref = self.sketch.place(self.sketch.free("refused"), "parameter", {"shape": (1,)}, ())[0]
            self.sketch.carried[ref] = self.aligned.carried[number]
            self._refs[number] = ref

    def _take_back(self) -> None:
        for name in reversed(self._placed):
            self.sketch.take_out(name)
            self._homes = {path: home for path, home in self._homes.items() if home != name}
        self._placed = []

    def _constant(self, number: int) -> torch.Tensor | None:
        """The numbers of a value that depends on nothing but numbers in the code; None for any other."""
        known: dict[int, torch.Tensor | None] = self.__dict__.setdefault("_known", {})
        if number not in known:
            known[number] = self._work_out(number)
        return known[number]

    def _work_out(self, number: int) -> torch.Tensor | None:
        step = self._made[number]
        dims = [d for d in self.aligned.carried[number].dims if isinstance(d, int)]
        fixed = len(dims) == self.aligned.carried[number].rank
        if step.kind == "function" and fixed and step.name in ("zero_", "fill_") and not step.uses()[1:]:
            told = step.args[1] if len(step.args) > 1 else step.kwargs.get("value", 0)
            return torch.full(dims, told, dtype=getattr(torch, self.aligned.carried[number].dtype))
        if step.kind != "function" or not fixed or step.name.rstrip("_") in _RANDOM or len(step.results) != 1:
            return None
        if _holds(step.args, OfBatch) or _holds(tuple(step.kwargs.values()), OfBatch):
            return None
        factory = step.name in _FACTORIES
        reals: dict[int, torch.Tensor] = {}
        for used in step.uses():
            real = torch.empty(0) if factory else self._constant(used)
            if real is None:
                return None
            reals[used] = real
        if factory and step.name.endswith("_like"):
            for used in step.uses():
                reals[used] = torch.empty(self._sizes(used), dtype=getattr(torch, self.aligned.carried[used].dtype))
        elif factory:
            for used in step.uses():
                reals[used] = torch.empty(0, dtype=getattr(torch, self.aligned.carried[used].dtype))
        args = _filled(step.args, reals)
        kwargs = {k: _filled(v, reals) for k, v in step.kwargs.items() if k != "device"}
        with torch.no_grad():
            result = step.target(*args, **kwargs)
        return result if isinstance(result, torch.Tensor) else None

    def _sizes(self, number: int) -> list[int]:
        return [d if isinstance(d, int) else 1 for d in self.aligned.carried[number].dims]


def _holds(structure: Any, kind: type) -> bool:
    if isinstance(structure, tuple | list):
        return any(_holds(item, kind) for item in structure)
    if isinstance(structure, slice):
        return any(isinstance(end, kind) for end in (structure.start, structure.stop, structure.step))
    return isinstance(structure, kind)


def _filled(structure: Any, reals: Mapping[int, torch.Tensor]) -> Any:
    if isinstance(structure, Use):
        return reals[structure.number].clone()
    if isinstance(structure, tuple | list):
        return type(structure)(_filled(item, reals) for item in structure)
    return torch.device("cpu") if isinstance(structure, torch.device) else structure


@lru_cache(maxsize=4096)
def _made_of(text: str) -> nn.Module | None:
    """The layer of a line of source, on the meta device; None for a tensor."""
    with torch.device("meta"):  # where no random number is drawn
        made = line(text, "layer")({})
    return made if isinstance(made, nn.Module) else None


def _looks(module: nn.Module | None) -> tuple[str, tuple[tuple[str, tuple[int, ...]], ...]]:
    """What tells layers apart: what they print, without in-place, and the shapes of their weights."""
    if module is None:
        return "", ()
    shapes = tuple((name, tuple(tensor.shape)) for name, tensor in module.state_dict().items())
    said = repr(module).replace("NonDynamicallyQuantizableLinear", "Linear").replace("LayerNorm2d", "LayerNorm")
    said = re.sub(r"inplace=(True|False)|\s", "", said)
    said = re.sub(r"\((\d+)(?:,\1)+\)", r"\1", said)  # (3, 3) and 3 are the same size
    return re.sub(r",+(?=\))|(?<=\(),+", "", said), shapes
