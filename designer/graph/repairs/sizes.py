"""Windows, groups and bounds that do not fit."""

from __future__ import annotations

import math
from collections.abc import Iterator

from designer.blocks.spec import Value
from designer.graph.document import Document
from designer.graph.edits import SetParams
from designer.graph.fixes import Fix, fixes
from designer.graph.mending import bypass, first, node_of
from designer.graph.problem import Problem

__all__: list[str] = []


def _whole(value: Value, n: int) -> tuple[int, ...] | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return (value,) * n
    return tuple(int(v) for v in value) if isinstance(value, tuple) else None


def _size(sizes: tuple[int, ...]) -> Value:
    return sizes[0] if len(set(sizes)) == 1 else sizes


def _words(sizes: tuple[int, ...]) -> str:
    return str(sizes[0]) if len(set(sizes)) == 1 else "×".join(map(str, sizes))


@fixes("window", "mostly_padding")
def shrink_kernel(document: Document, problem: Problem) -> Iterator[Fix]:
    """Make the window as small as what arrives."""
    node, found = node_of(document, problem), first(document, problem)
    if found is None or "kernel_size" not in node.params:
        return
    sides = found[1].dims[2:]
    kernel = _whole(node.params["kernel_size"], len(sides))
    known = [d for d in sides if isinstance(d, int)]
    if kernel is None or len(known) != len(sides) or len(kernel) != len(sides):
        return
    fitting = tuple(min(k, s) for k, s in zip(kernel, known, strict=True))
    if set(fitting) == {1} and "pool" in node.type:
        return  # a pooling of single pixels is none
    words = f"Set the kernel size of {node.name} to {_words(fitting)}"
    yield Fix(words, SetParams(node.name, {"kernel_size": _size(fitting)}))


@fixes("window", "same_stride")
def add_padding(document: Document, problem: Problem) -> Iterator[Fix]:
    """Add as much padding as the window needs."""
    node = node_of(document, problem)
    if node.params.get("padding") is None or "kernel_size" not in node.params:
        return
    kernel = _whole(node.params["kernel_size"], 1)
    if kernel is None:
        return
    halves = tuple(k // 2 for k in kernel)
    yield Fix(f"Set the padding of {node.name} to {_words(halves)}", SetParams(node.name, {"padding": _size(halves)}))


@fixes("window", rank=40)
def drop_pooling(document: Document, problem: Problem) -> Iterator[Fix]:
    """Leave a pooling out where nothing is left to pool."""
    node, found = node_of(document, problem), first(document, problem)
    edit = bypass(document, node.name) if found is not None and "pool" in node.type else None
    if edit is not None:
        yield Fix(f"Remove {node.name}", edit)


@fixes("window", "mostly_padding", rank=60)
def pool_less(document: Document, problem: Problem) -> Iterator[Fix]:
    """Leave out the last pooling before it."""
    name = node_of(document, problem).name
    while True:
        wires = document.network.inputs_of(name)
        if len(wires) != 1:
            return
        name = wires[0].src
        if "pool" in document.network[name].type:
            edit = bypass(document, name)
            if edit is not None:
                yield Fix(f"Remove {name}", edit)
            return


@fixes("same_stride")
def single_steps(document: Document, problem: Problem) -> Iterator[Fix]:
    """Steps of one allow padding 'same'."""
    node = node_of(document, problem)
    yield Fix(f"Set the stride of {node.name} to 1", SetParams(node.name, {"stride": 1}))


@fixes("stride_skips")
def stride_of_kernel(document: Document, problem: Problem) -> Iterator[Fix]:
    """Windows that touch, or reach as far as the steps."""
    node = node_of(document, problem)
    n = int(node.type[-2])
    kernel, stride = _whole(node.params["kernel_size"], n), _whole(node.params["stride"], n)
    if kernel is None or stride is None:
        return
    steps = tuple(min(k, s) for k, s in zip(kernel, stride, strict=True))
    wide = tuple(max(k, s) for k, s in zip(kernel, stride, strict=True))
    yield Fix(f"Set the stride of {node.name} to {_words(steps)}", SetParams(node.name, {"stride": _size(steps)}))
    words = f"Set the kernel size of {node.name} to {_words(wide)}"
    yield Fix(words, SetParams(node.name, {"kernel_size": _size(wide)}))


@fixes("padding", "padding_mode", "output_padding")
def lower_padding(document: Document, problem: Problem) -> Iterator[Fix]:
    """As much padding as is allowed."""
    node = node_of(document, problem)
    if problem.code == "output_padding":
        yield Fix("Set the output padding to 0", SetParams(node.name, {"output_padding": 0}))
        return
    kernel = _whole(node.params.get("kernel_size"), 1)
    if problem.code == "padding" and kernel is not None and "padding" in node.params:
        halves = tuple(k // 2 for k in kernel)
        words = f"Set the padding of {node.name} to {_words(halves)}"
        yield Fix(words, SetParams(node.name, {"padding": _size(halves)}))
    if "padding_mode" in node.params:
        yield Fix("Pad with zeros", SetParams(node.name, {"padding_mode": "zeros"}))
    if "padding" in node.params:
        yield Fix(f"Set the padding of {node.name} to 0", SetParams(node.name, {"padding": 0}))


@fixes("groups")
def fitting_groups(document: Document, problem: Problem) -> Iterator[Fix]:
    """The most groups, up to those that were asked for, that divide the channels."""
    node, found = node_of(document, problem), first(document, problem)
    channels = found[1].dims[1] if found is not None else None
    key = next((k for k in ("groups", "num_groups") if k in node.params), None)
    if key is None or not isinstance(channels, int):
        return
    wanted, out = node.params[key], node.params.get("out_channels", channels)
    assert isinstance(wanted, int) and isinstance(out, int)
    common = math.gcd(channels, out)
    groups = max(g for g in range(1, min(wanted, common) + 1) if common % g == 0)
    yield Fix(f"Set the groups of {node.name} to {groups}", SetParams(node.name, {key: groups}))
    if channels % wanted == 0 and "out_channels" in node.params:
        filters = max(1, round(out / wanted)) * wanted
        yield Fix(f"Set the filters of {node.name} to {filters}", SetParams(node.name, {"out_channels": filters}))


@fixes("groups", rank=60)
def even_width(document: Document, problem: Problem) -> Iterator[Fix]:
    """One more feature before a block that halves them."""
    node, found = node_of(document, problem), first(document, problem)
    before = document.network[found[0].src] if found is not None else None
    key = next((k for k in ("out_features", "out_channels") if before is not None and k in before.params), None)
    if node.type != "glu" or before is None or key is None:
        return
    width = before.params[key]
    assert isinstance(width, int)
    yield Fix(f"Set the outputs of {before.name} to {width + 1}", SetParams(before.name, {key: width + 1}))


@fixes("one_value")
def more_numbers(document: Document, problem: Problem) -> Iterator[Fix]:
    """One group over all channels, or no normalisation where one number is left."""
    node = node_of(document, problem)
    if "num_groups" in node.params:
        yield Fix(f"Set the groups of {node.name} to 1", SetParams(node.name, {"num_groups": 1}))
    edit = bypass(document, node.name)
    if edit is not None:
        yield Fix(f"Remove {node.name}", edit)


@fixes("padding_idx")
def no_padding_word(document: Document, problem: Problem) -> Iterator[Fix]:
    """A vocabulary that holds the padding word, or none."""
    node = node_of(document, problem)
    index = node.params["padding_idx"]
    assert isinstance(index, int)
    words = f"Set the vocabulary of {node.name} to {index + 1:,}"
    yield Fix(words, SetParams(node.name, {"num_embeddings": index + 1}))
    yield Fix("Use no padding index", SetParams(node.name, {"padding_idx": None}))


@fixes("size")
def smaller_input(document: Document, problem: Problem) -> Iterator[Fix]:
    """Sizes that a picture may have."""
    node = node_of(document, problem)
    size = node.params.get("size")
    if isinstance(size, tuple) and len(size) == 3 and not any(isinstance(d, str) for d in size):
        new = tuple(min(d, most) for d, most in zip(map(int, size), (3, 224, 224), strict=True))
        yield Fix(f"Set the size to {'×'.join(map(str, new))}", SetParams(node.name, {"size": new}))


@fixes("range")
def some_bound(document: Document, problem: Problem) -> Iterator[Fix]:
    """Nothing below zero, as a ReLU does."""
    node = node_of(document, problem)
    yield Fix("Set the lower bound to 0", SetParams(node.name, {"min": 0.0}))
