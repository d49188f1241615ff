"""Parameters and inputs for any block, drawn by hypothesis from its declaration alone."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from designer.blocks.dims import BATCH, Dim, Tensor
from designer.blocks.spec import Block, Param, Params
from tests.pure.blocks.block_fitting import FITTING

NIGHTLY = os.environ.get("HYPOTHESIS_PROFILE") == "nightly"


def examples(usual: int, nightly: int = 300) -> settings:
    """How many cases to try; the usual ones are the same in every run."""
    return settings(
        max_examples=nightly if NIGHTLY else usual,
        derandomize=not NIGHTLY,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


@dataclass(frozen=True)
class Case:
    """A block with parameters and inputs; whether they fit is for the rule to say."""

    block: Block
    values: dict[str, Any]
    inputs: tuple[Tensor, ...]

    def _repr_pretty_(self, printer: Any, _: bool) -> None:
        printer.text(repr(self))

    def __repr__(self) -> str:
        return f"{self.block.type} {self.values} {' '.join(map(str, self.inputs))}"

    @property
    def params(self) -> Params:
        """The checked parameters."""
        return self.block.bind(self.block.check(self.values))

    def with_batch(self, batch: Dim) -> Case:
        """The same with another batch in all inputs; a batch of 1 beside larger ones stays."""
        largest = max((x.dims[0] for x in self.inputs), default=1)  # type: ignore[type-var]
        inputs = tuple(
            Tensor((batch if x.dims[0] == largest else x.dims[0], *x.dims[1:]), x.dtype) for x in self.inputs
        )
        return Case(self.block, self.values, inputs)

    def symbolic(self) -> Case:
        """The same with an unknown batch."""
        return self.with_batch(BATCH)


def example_cases(block: Block) -> list[Case]:
    """The examples of the declaration."""
    return [
        Case(block, dict(values), tuple(Tensor(dims, block.in_dtype) for dims in shapes))
        for values, shapes in block.examples
    ]


def _whole(low: float | None, high: float | None, least: int, most: int) -> st.SearchStrategy[int]:
    low = least if low is None else max(int(low), least)
    high = most if high is None else min(int(high), most)
    return st.integers(low, high)


_WORDS = st.sampled_from(("", "cat", "ein Hund", "猫", "a'b", '"', "\\"))


def _value(param: Param) -> st.SearchStrategy[Any]:
    number = _whole(param.minimum, param.maximum, -5, 4)
    kinds: dict[str, st.SearchStrategy[Any]] = {
        "int": _whole(param.minimum, param.maximum, -5, 6),
        "float": st.floats(
            -2.0 if param.minimum is None else param.minimum, 2.0 if param.maximum is None else param.maximum
        ),
        "bool": st.booleans(),
        "choice": st.sampled_from(param.choices or ("",)),
        "size": number | st.tuples(*[number] * param.ndim),
        "dims": st.lists(number, max_size=5).map(tuple) | st.permutations(range(4)).map(tuple),
        "open": st.lists(number, max_size=4).map(tuple),  # with letters: test_open_sizes
        "text": _WORDS,
        "labels": st.lists(_WORDS, max_size=4).map(tuple),
    }
    drawn = kinds[param.kind]
    if param.kind == "dims" and param.minimum is not None and param.minimum > 0:
        drawn = st.lists(number, max_size=4).map(tuple)
    if param.kind == "size" and param.choices:
        drawn |= st.sampled_from(param.choices)
    return drawn | st.none() if param.optional else drawn


# What is always drawn, and small: stacks of six layers with 2,048 features each took minutes a night.
_STACKS = {"num_layers": 3, "dim_feedforward": 6}


@st.composite
def values_for(draw: st.DrawFn, block: Block) -> dict[str, Any]:
    """Some of the parameters, within their bounds; the others stay at their defaults."""
    found = {p.name: draw(_value(p)) for p in block.params if draw(st.booleans())}
    for name in (p.name for p in block.params if p.name in _STACKS):
        found[name] = draw(st.integers(1, _STACKS[name]))
    return found


@st.composite
def _dims(draw: st.DrawFn, block: Block) -> tuple[int, ...]:
    ranks = sorted({len(shape) for _, shapes in block.examples for shape in shapes})
    rank = draw(st.sampled_from(ranks * 3 + [1, 2, 3, 4, 5]))
    # Channels are often even, so that groups can divide them.
    return tuple(draw(st.integers(1, 7) if axis != 1 else st.sampled_from((1, 2, 3, 4, 6, 8))) for axis in range(rank))


@st.composite
def _another(draw: st.DrawFn, dims: tuple[int, ...]) -> tuple[int, ...]:
    """A shape that often goes together with ``dims``."""
    changed = list(dims)
    for axis in range(len(dims)):
        if draw(st.integers(0, 3)) == 0:
            changed[axis] = draw(st.sampled_from((1, 1, 2, 5)))
    return tuple(changed[draw(st.sampled_from((0, 0, 0, 0, 1))) :]) or dims


def _dtypes(block: Block) -> st.SearchStrategy[str]:
    return st.sampled_from([block.in_dtype] * 8 + ["float32", "int64", "bool"])


@st.composite
def cases(draw: st.DrawFn, block: Block) -> Case:
    """A block with drawn parameters and drawn inputs, plausible and implausible ones."""
    values = draw(values_for(block))
    if not block.inputs:
        return Case(block, values, ())
    shapes = [draw(_dims(block))]
    if block.inputs[-1].many:
        shapes += [draw(_another(shapes[0])) for _ in range(draw(st.integers(1, 2)))]
    for port in block.inputs[1 : -1 if block.inputs[-1].many else None]:
        if not port.optional or draw(st.booleans()):
            shapes.append(draw(_another(shapes[0])))
    if block.type in FITTING and draw(st.integers(0, 3)):
        shapes = FITTING[block.type](draw, values, shapes)
    return Case(block, values, tuple(Tensor(shape, draw(_dtypes(block))) for shape in shapes))
