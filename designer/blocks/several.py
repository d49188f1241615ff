"""One tensor taken apart: as many outputs as the parameters say. Any data type passes."""

from __future__ import annotations

from designer.blocks.dims import Tensor
from designer.blocks.footprint import ANYWHERE, Reach, Window
from designer.blocks.rules import need_int, need_own_axis
from designer.blocks.spec import Block, Call, Param, Params, Port
from designer.errors import ShapeError

__all__ = ["CHUNK", "SPLIT", "UNBIND"]

MOST = 64  # outputs that a card still has room for
_DIM = Param(
    "dim", "Dimension", "int", 1, "Along which dimension; 1 are the channels or features, -1 the last.", -12, 11
)


def _ports(count: int) -> tuple[Port, ...]:
    return tuple(Port(f"part {i}") for i in range(1, count + 1))


def _parts(x: Tensor, axis: int, sizes: tuple[int, ...]) -> tuple[Tensor, ...]:
    return tuple(Tensor((*x.dims[:axis], size, *x.dims[axis + 1 :]), x.dtype) for size in sizes)


def _taken(text: str, count: int) -> str:
    """torch gives a tuple, of one part as well."""
    return text if count > 1 else f"{text}[0]"


def _apart_reach(p: Params, x: Tensor) -> Reach:
    axis = p.whole("dim") % x.rank
    return tuple(Window(ANYWHERE) if d == axis else Window(d) for d in range(x.rank))


def _chunk_shape(p: Params, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    (x,), who, count = inputs, "the Chunk", p.whole("chunks")
    axis = need_own_axis(p.whole("dim"), x, who)
    total = need_int(x.dims[axis], "numbers", who)
    size = -(-total // count)
    sizes = tuple(min(size, total - start) for start in range(0, total, size))
    if len(sizes) != count:
        raise ShapeError(
            f"at least {count} numbers in dimension {axis} at {who}, enough for {count} equal parts",
            f"{x}, of which torch makes {len(sizes)}",
            f"Set Parts to {len(sizes)}, or take Split, where each part has a size of its own.",
            "parts",
        )
    return _parts(x, axis, sizes)


def _chunk_forward(call: Call) -> str:
    count = call.params.whole("chunks")
    return _taken(f"{call.args[0]}.chunk({count}, dim={call.params.whole('dim')})", count)


CHUNK = Block(
    type="chunk",
    title="Chunk",
    group="Shape",
    help="Takes a tensor apart into equal parts, each an output; the last part is smaller where it does not come out.",
    params=(Param("chunks", "Parts", "int", 2, "How many parts, and so outputs.", 1, MOST), _DIM),
    outputs=_ports(2),
    gives=lambda p: _ports(p.whole("chunks")),
    shape=_chunk_shape,
    forward=_chunk_forward,
    reach=_apart_reach,
    view=True,
    summary=lambda p: f"{p['chunks']} parts along dimension {p['dim']}",
    torch="torch.chunk",
    synonyms=("split equally", "halves", "branches", "gate", "channel split"),
    examples=(({}, ((2, 4, 3),)), ({"chunks": 3, "dim": -1}, ((2, 3, 8),)), ({"chunks": 1}, ((2, 3),))),
)


def _split_sizes(p: Params) -> tuple[int, ...]:
    return p.ints("split_size")


def _split_shape(p: Params, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    (x,), who, sizes = inputs, "the Split", _split_sizes(p)
    axis = need_own_axis(p.whole("dim"), x, who)
    total = need_int(x.dims[axis], "numbers", who)
    if sum(sizes) != total:
        raise ShapeError(
            f"sizes at {who} that add up to {total}, the numbers in dimension {axis} of {x}",
            f"{' + '.join(map(str, sizes))} = {sum(sizes)}" if sizes else "no sizes",
            "Change the sizes, or feed it a block that gives as many.",
            "parts",
        )
    return _parts(x, axis, sizes)


def _split_forward(call: Call) -> str:
    sizes = _split_sizes(call.params)
    return _taken(f"{call.args[0]}.split({list(sizes)}, dim={call.params.whole('dim')})", len(sizes))


SPLIT = Block(
    type="split",
    title="Split",
    group="Shape",
    help="Takes a tensor apart into parts of the sizes that are given, each an output.",
    params=(Param("split_size", "Sizes", "dims", (1, 1), "The size of each part; as many parts as sizes.", 1), _DIM),
    outputs=_ports(2),
    gives=lambda p: _ports(max(1, len(_split_sizes(p)))),
    shape=_split_shape,
    forward=_split_forward,
    reach=_apart_reach,
    view=True,
    summary=lambda p: f"{' + '.join(map(str, _split_sizes(p)))} along dimension {p['dim']}"[:59],
    torch="torch.split",
    synonyms=("take apart", "sections", "branches", "channel split", "query key value"),
    examples=(({"split_size": (1, 3)}, ((2, 4, 3),)), ({"split_size": (2, 2, 4), "dim": -1}, ((2, 3, 8),))),
)


def _unbind_shape(p: Params, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    (x,), who, count = inputs, "the Unbind", p.whole("count")
    axis = need_own_axis(p.whole("dim"), x, who)
    total = need_int(x.dims[axis], "numbers", who)
    if total != count:
        raise ShapeError(
            f"{count} numbers in dimension {axis} at {who}: one for each output",
            str(x),
            f"Set Outputs to {total}, or choose another dimension.",
            "parts",
        )
    return (Tensor((*x.dims[:axis], *x.dims[axis + 1 :]), x.dtype),) * count


def _unbind_forward(call: Call) -> str:
    return _taken(f"{call.args[0]}.unbind({call.params.whole('dim')})", call.params.whole("count"))


def _unbind_reach(p: Params, x: Tensor) -> Reach:
    axis = p.whole("dim") % x.rank
    return tuple(None if d == axis else Window(d - (d > axis)) for d in range(x.rank))


UNBIND = Block(
    type="unbind",
    title="Unbind",
    group="Shape",
    help="Takes a dimension apart: an output for each place in it, without that dimension.",
    params=(Param("count", "Outputs", "int", 3, "How many: the size of the dimension.", 1, MOST), _DIM),
    outputs=_ports(3),
    gives=lambda p: _ports(p.whole("count")),
    shape=_unbind_shape,
    forward=_unbind_forward,
    reach=_unbind_reach,
    view=True,
    summary=lambda p: f"{p['count']} along dimension {p['dim']}",
    torch="torch.unbind",
    synonyms=("unstack", "take apart", "query key value", "iterate"),
    examples=(({}, ((2, 3, 4),)), ({"count": 2, "dim": -1}, ((2, 4, 2),)), ({"count": 1}, ((2, 1, 3),))),
)
