"""Receptive fields against an independent truth: a NaN in the input reaches exactly the results that depend on it."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from designer.blocks.catalog import catalog
from designer.blocks.footprint import ANYWHERE, Reach, Window, aligned
from designer.blocks.spec import Block
from designer.codegen.module import build
from designer.codegen.python import compile_network
from designer.errors import ShapeError
from designer.graph.document import Document
from designer.graph.edits import AddBlock, Connect
from designer.graph.field import Field, measure_fields
from designer.graph.model import Wire
from designer.graph.templates import load_template, templates
from tests.pure.blocks.block_cases import Case, cases, example_cases, examples
from tests.torch.blocks.block_oracle import build as layer_of
from tests.torch.blocks.block_oracle import evaluator, listed

NAMES = [t.name for t in templates() if len(t.network)]
# Their statistics see everything; a receptive field is about the weights.
NORMS = {b.type for b in catalog().values() if b.group == "Normalisation"} - {"local_response_norm"}
COPIES = {"reflect", "replicate", "circular"}


def is_copied(case: Case) -> bool:
    """Whether padding copies numbers of the input; they count as padding."""
    copies = case.values.get("padding_mode", "zeros") != "zeros" or case.values.get("mode") in COPIES
    return copies or case.block.type.startswith(("reflection_pad", "replication_pad", "circular_pad"))


def seen(run: Any, size: tuple[int, ...], axis: int) -> torch.Tensor:
    """A matrix: does the result at a place of dimension ``axis`` depend on that place of the input?"""
    length = size[axis]
    x = torch.ones(length, *size[1:], dtype=torch.float64)
    for place in range(length):
        x[place].select(axis - 1, place).fill_(torch.nan)
    with torch.no_grad():
        return torch.isnan(run(x))


def spans(reached: torch.Tensor) -> list[tuple[int, int] | None]:
    """For each result the first and last place of the input that it depends on."""
    found: list[tuple[int, int] | None] = []
    for column in reached.T:
        places = column.nonzero().flatten().tolist()
        found.append((places[0], places[-1]) if places else None)
    return found


def along(reached: torch.Tensor, axis: int) -> torch.Tensor:
    """Places of the input by places of the results along one dimension."""
    others = [d for d in range(1, reached.dim()) if d != axis]
    return reached.any(dim=others) if others else reached


def most(reached: torch.Tensor) -> int:
    """The most that any result sees, counted from the first to the last place."""
    return max((b - a + 1 for a, b in filter(None, spans(reached))), default=0)


def check_reach(case: Case) -> None:
    """No result depends on a place outside of the window that the block declares."""
    outs = case.block.shape(case.params, case.inputs)
    x = case.inputs[0]
    reach: Reach = case.block.reach(case.params, x) if case.block.reach else aligned(x, outs[0])
    assert len(reach) == x.rank
    if reach[0] is None or reach[0].to != 0:
        return  # it mixes the samples, of which each holds its NaN elsewhere
    layer = layer_of(case)
    run = evaluator(case)
    if layer:
        layer.double().eval()
    for axis in range(1, x.rank):
        window = reach[axis]
        if window is None or window.to == ANYWHERE or window.folded:
            continue
        dims: tuple[int, ...] = tuple(int(d) for d in x.dims)  # type: ignore[arg-type]
        others = [torch.ones(dims[axis], *t.dims[1:], dtype=torch.float64) for t in case.inputs[1:]]  # type: ignore[arg-type]
        for number in range(len(outs)):

            def result(t: torch.Tensor, others: list[torch.Tensor] = others, number: int = number) -> torch.Tensor:
                return listed(run(layer, [t, *others]))[number]

            check_window(case, axis, window, along(seen(result, dims, axis), window.to))


def check_window(case: Case, axis: int, window: Window, reached: torch.Tensor) -> None:
    """The results depend on what the window says."""
    for place, span in enumerate(spans(reached)):
        first = window.first + window.step * place
        if span and window.step >= 1 and window.step == int(window.step):
            assert first <= span[0] and span[1] <= first + window.extent - 1, (case, axis, window)
        elif span:
            assert span[1] - span[0] + 1 <= window.extent, (case, axis, window)


# Norms count as number by number, though their statistics see all; words are whole numbers, and none is a NaN.
TRACED = [
    b
    for b in catalog().values()
    if b.role == "layer" and not b.measured and b.type not in NORMS and b.in_dtype == "float32"
]


@pytest.mark.parametrize("block", TRACED, ids=lambda b: b.type)
def test_no_result_sees_more_than_its_block_declares(block: Block) -> None:
    for case in example_cases(block):
        if case.inputs and not is_copied(case):
            check_reach(case)

    @examples(12, 100)
    @given(cases(block))
    def check(case: Case) -> None:
        if len({x.dtype for x in case.inputs} | {"float32"}) > 1 or len({x.dims[0] for x in case.inputs}) > 1:
            return
        try:
            case.block.shape(case.params, case.inputs)
        except ShapeError:
            return
        if len({x.rank for x in case.inputs}) == 1 and not is_copied(case):
            check_reach(case)

    check()


def doubled(document: Document, target: str) -> Any:
    """The network up to one block, as torch runs it."""
    upstream = document.network.upstream([target])
    part = Document(document.network.copy())
    part.do(part.removal(set(document.network.nodes) - upstream))
    return build(compile_network(part.network, draft=True)).double().eval()


def truth(document: Document, target: str, size: tuple[int, ...], axis: int) -> torch.Tensor:
    reached = seen(doubled(document, target), (1, *size), axis)
    return along(reached, axis) if reached.dim() == len(size) + 1 else reached.flatten(1)


def check_field(document: Document, field: Field, target: str, size: tuple[int, ...], exact: bool) -> None:
    for number, side in enumerate(field.sides):
        axis = number + (2 if len(size) > 2 else 1)
        reached = truth(document, target, size, axis)
        measured, length = most(reached), size[axis - 1]
        if side.seen is None:
            assert measured == length
            continue
        # At the edges a part of the field lies in the padding.
        assert measured <= side.seen
        if exact and side.seen <= length // 2:
            assert measured == side.seen
            inner = [s for s in spans(reached) if s and s[1] - s[0] + 1 == measured]
            if side.stride is not None and len(inner) > 1:
                assert inner[1][0] - inner[0][0] == side.stride


@pytest.mark.parametrize("name", NAMES)
def test_the_templates(name: str) -> None:
    document = Document(load_template(name))
    size = document.network["input"].params["size"]
    assert isinstance(size, tuple)
    fields = measure_fields(document.network, document.shapes)
    assert fields.keys() == document.network.nodes.keys()
    for target in document.network.order():
        if document.network[target].type in ("relu", "batch_norm2d", "dropout"):
            (before,) = document.network.predecessors(target)
            assert fields[target] == fields[before]
        elif document.network[target].block.role == "layer":
            check_field(document, fields[target], target, tuple(int(s) for s in size), exact=True)


def grown(data: st.DataObject, kinds: tuple[str, ...]) -> tuple[Document, str]:
    """A random chain with branches that come back, and its last block."""
    document = Document()
    document.do(AddBlock("input", "input", catalog()["input"].check({"size": (2, 41, 37)})))
    last, branch = "input", "input"
    for i in range(data.draw(st.integers(1, 7))):
        kind = data.draw(st.sampled_from(kinds))
        block, name = catalog()[kind], f"b{i}"
        values: dict[str, Any] = {}
        if kind in ("conv2d", "max_pool2d", "avg_pool2d"):
            kernel = data.draw(st.integers(1, 4))
            values = {"kernel_size": (kernel, data.draw(st.integers(1, 3))), "stride": data.draw(st.integers(1, 2))}
            values["padding"] = data.draw(st.integers(0, min(values["kernel_size"]) // 2))
        if kind == "conv2d":
            values |= {"out_channels": 2, "dilation": data.draw(st.integers(1, 2))}
            if values["stride"] == 1 and data.draw(st.booleans()):
                values["padding"] = "same"
        if kind == "conv_transpose2d":
            values = {
                "out_channels": 2,
                "kernel_size": data.draw(st.integers(1, 4)),
                "stride": data.draw(st.integers(1, 3)),
            }
            values["padding"] = data.draw(st.integers(0, 1))
        document.do(AddBlock(name, kind, block.check(values)))
        document.do(Connect(Wire(last, 0, name, 0)))
        if block.inputs[0].many:
            document.do(Connect(Wire(branch, 0, name, 1)))
        if not document.shapes[name].complete:
            document.undo()
            if block.inputs[0].many:
                document.undo()
            document.undo()
            continue
        last, branch = name, data.draw(st.sampled_from((last, branch, name)))
    return document, last


CHAIN = ("conv2d", "conv2d", "max_pool2d", "avg_pool2d", "relu", "add", "add", "batch_norm2d")


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")
@examples(25, 300)
@given(st.data())
def test_random_drawings(data: st.DataObject) -> None:
    document, last = grown(data, CHAIN)
    fields = measure_fields(document.network, document.shapes, [last])
    if document.network[last].block.role == "layer":
        check_field(document, fields[last], last, (2, 41, 37), exact=True)


@examples(25, 300)
@given(st.data())
def test_enlarging_never_claims_too_little(data: st.DataObject) -> None:
    document, last = grown(data, ("conv2d", "avg_pool2d", "conv_transpose2d", "relu"))
    fields = measure_fields(document.network, document.shapes, [last])
    if document.network[last].block.role == "layer":
        check_field(document, fields[last], last, (2, 41, 37), exact=False)
