"""A line of tensor arithmetic in the making: worked out at once where all its numbers are known, else an Operation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import torch

from designer.blocks.dims import Dim, Floor, Tensor
from designer.blocks.expression import plain_expression
from designer.blocks.spec import Value
from designer.codegen.lines import line
from designer.errors import EditRefused, JobError
from designer.exchange.onnx_import.values import Known, Sizes, Val, Wired, listed, literal
from designer.exchange.sketch import Unfit

if TYPE_CHECKING:
    from designer.exchange.onnx_import.table import Call

__all__ = ["MOST", "Line", "folded"]

MOST = 300_000_000  # numbers that folding may make: VGG-19's largest layer has 103 million


class Line:
    """``of(value)`` gives the name of an operand in the text, ``ints`` a list of whole numbers as text."""

    def __init__(self, call: Call) -> None:
        self.call = call
        self.values: list[Val] = []
        self.depends = False  # sizes depend on numbers that are only known when it runs

    def of(self, value: Val) -> str:
        """``x0`` for the first operand."""
        for number, other in enumerate(self.values):
            if other is value:
                return f"x{number}"
        self.values.append(value)
        return f"x{len(self.values) - 1}"

    def ints(self, value: Val) -> str:
        """Whole numbers as a tuple."""
        dims = listed(value)
        if dims is None:
            self.depends = True
            return f"{self.of(value)}.tolist()"
        return self.row(dims)

    def row(self, dims: Sequence[Dim]) -> str:
        """A tuple of sizes."""
        inner = ", ".join(self.dim(dim) for dim in dims)
        return f"({inner},)" if len(dims) == 1 else f"({inner})"

    def number(self, value: Val) -> str:
        """A single number."""
        if isinstance(value, Known):
            return literal(value.tensor.reshape(()).item())
        if isinstance(value, Sizes):
            return self.dim(value.array.reshape(-1)[0])
        return f"{self.of(value)}.item()"

    def dim(self, dim: Dim) -> str:
        """A size; where it is open, as arithmetic of the input's sizes."""
        if isinstance(dim, int):
            return str(dim)
        terms = []
        for monomial, factor in dim.terms:
            parts = [self._atom(atom) for atom in monomial]
            text = " * ".join([*parts, str(factor)] if factor != 1 or not parts else parts)
            terms.append(text)
        return " + ".join(terms)

    def _atom(self, atom: str | Floor) -> str:
        if isinstance(atom, Floor):
            return f"(({self.dim(atom.num)}) // {atom.den})"
        carrier, axis = self.call.reader.carrier(atom)
        return f"{self.of(carrier)}.shape[{axis}]"

    def makes(self, text: str, outputs: int = 1, sizes: Sequence[Tensor] | None = None, wish: str = "") -> list[Val]:
        """The values that the text stands for. Raises Unfit."""
        if all(isinstance(value, Known) for value in self.values):
            known = [value for value in self.values if isinstance(value, Known)]
            results = folded(text, [value.tensor for value in known], outputs)
            origins = {value.origin for value in known if value.origin}
            origin = origins.pop() if len(origins) == 1 else ""
            return [Known(result, origin) for result in results]
        if self.depends and sizes is None:
            sizes = self.call.told_sizes(outputs)
        return self._placed(text, outputs, sizes, wish)

    def _placed(self, text: str, outputs: int, sizes: Sequence[Tensor] | None, wish: str) -> list[Val]:
        reader = self.call.reader
        wired = [reader.wire(value) for value in self.values]
        try:
            params: dict[str, Value] = {"expression": plain_expression(text), "outputs": outputs}
        except EditRefused as error:
            raise Unfit(error.message) from error
        if sizes is not None:
            params["sizes"] = tuple(str(tensor) for tensor in sizes)
        name = reader.sketch.free(wish or self.call.wish())
        given = sizes if sizes is not None else measured(params, [value.tensor for value in wired])
        refs = reader.sketch.place(name, "operation", params, [value.ref for value in wired], given)
        return [Wired(ref, reader.sketch.carried[ref]) for ref in refs]


def measured(params: Mapping[str, Value], inputs: Sequence[Tensor]) -> Sequence[Tensor]:
    """What an Operation gives for these inputs. Raises Unfit with what torch said."""
    from designer.blocks.catalog import catalog
    from designer.codegen.measure import measure
    from designer.graph.measured import keep, known, query_of

    query = query_of("operation", catalog()["operation"].check(params), dict(enumerate(inputs)))
    answer = known(query)
    if answer is None:
        answer = measure(query, _no_files)
        if answer.error is None:
            keep({query: answer})
    if answer.error is not None:
        raise Unfit(answer.error.message)
    return answer.outputs


def _no_files(_: Any) -> Any:
    raise JobError("An ONNX file has no classes of people's own.")


def folded(text: str, values: Sequence[torch.Tensor], outputs: int) -> list[torch.Tensor]:
    """What a line gives for known numbers. Raises Unfit where that is too large, or torch cannot."""
    try:
        code = line(plain_expression(text), "ONNX")
    except EditRefused as error:
        raise Unfit(error.message) from error
    _check_room(code, values)
    try:
        with torch.no_grad():
            found = code(_scope(values))
    except (RuntimeError, ValueError, TypeError, IndexError, NotImplementedError, MemoryError) as error:
        raise Unfit(f"torch could not work out a constant ({str(error).splitlines()[0][:120]})") from error
    results = list(found) if isinstance(found, tuple | list) else [found]
    if len(results) != outputs or not all(isinstance(result, torch.Tensor) for result in results):
        raise Unfit(f"{outputs} tensors were expected from {text[:60]}")
    return results


def _check_room(code: Any, values: Sequence[torch.Tensor]) -> None:
    """Ask the meta device first how large it becomes."""
    try:
        with torch.device("meta"), torch.no_grad():
            found = code(_scope([value.to("meta") for value in values]))
    except Exception:  # noqa: BLE001  (what looks at its numbers cannot be asked; its result is no larger than they are)
        return
    results = found if isinstance(found, tuple | list) else [found]
    if sum(result.numel() for result in results if isinstance(result, torch.Tensor)) > MOST:
        raise Unfit(f"a constant of more than {MOST:,} numbers")


def _scope(values: Sequence[torch.Tensor]) -> dict[str, Any]:
    return {f"x{number}": value for number, value in enumerate(values)}
