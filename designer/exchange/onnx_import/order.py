"""The graph of a file as a graph: every name made once, and before it is read."""

from __future__ import annotations

from collections.abc import Iterable, Set

import onnx

__all__ = ["check_graph"]

_DEEPEST = 24
_MOST_NODES = 200_000


def check_graph(proto: onnx.ModelProto) -> str:
    """What is wrong with the graph of a model, in words; empty where nothing is. Nodes are put in order."""
    graph = proto.graph
    if len(graph.node) > _MOST_NODES:
        return f"it has {len(graph.node):,} nodes; at most {_MOST_NODES:,} can be drawn"
    if not graph.output:
        return "its graph gives nothing"
    named = [info.name for info in graph.input]
    weights = [weight.name for weight in graph.initializer]
    twice = _twice(named) or _twice(weights) or _twice(info.name for info in graph.output)
    if twice:
        return f"two of its inputs, outputs or weights are called {twice[:60]!r}"
    problem = _nodes(graph, {*named, *weights}, 0)
    if problem:
        return problem
    for function in proto.functions:
        problem = _made_twice(function.node, set(function.input))
        if problem:
            return problem
    return ""


def _twice(names: Iterable[str]) -> str:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return ""


def _made_twice(nodes: Iterable[onnx.NodeProto], known: Set[str]) -> str:
    made = set(known)
    for node in nodes:
        for name in node.output:
            if name and name in made:
                return f"two nodes give {name[:60]!r}"
            made.add(name)
    return ""


def _nodes(graph: onnx.GraphProto, known: Set[str], depth: int) -> str:
    """The same for one graph, which may read what is known around it."""
    if depth > _DEEPEST:
        return f"graphs lie in one another, more than {_DEEPEST} deep"
    problem = _made_twice(graph.node, known)
    if problem:
        return problem
    made_by = {name: number for number, node in enumerate(graph.node) for name in node.output if name}
    for node in graph.node:
        for name in node.input:
            if name and name not in known and name not in made_by:
                return f"the node {(node.name or node.op_type)[:60]!r} reads {name[:60]!r}, which nothing gives"
    order = _sorted(graph.node, made_by)
    if order is None:
        return "its nodes run in a circle"
    if order != sorted(order):
        nodes = [onnx.NodeProto.FromString(graph.node[number].SerializeToString()) for number in order]
        del graph.node[:]
        graph.node.extend(nodes)
    for info in graph.output:
        if info.name not in known and info.name not in made_by:
            return f"nothing gives the output {info.name[:60]!r}"
    return _inner(graph, {*known, *made_by}, depth)


def _inner(graph: onnx.GraphProto, around: Set[str], depth: int) -> str:
    for node in graph.node:
        for attribute in node.attribute:
            for inner in [attribute.g] if attribute.HasField("g") else attribute.graphs:
                own = {info.name for info in (*inner.input, *inner.initializer)}
                problem = _nodes(inner, {*around, *own}, depth + 1)
                if problem:
                    return problem
    return ""


def _sorted(nodes: Iterable[onnx.NodeProto], made_by: dict[str, int]) -> list[int] | None:
    """Numbers of nodes so that each stands behind those that it reads; None for a circle."""
    listed = list(nodes)
    waits = [{made_by[n] for n in _reads(node) if n in made_by} for node in listed]
    readers: dict[int, list[int]] = {}
    for number, before in enumerate(waits):
        for other in before:
            readers.setdefault(other, []).append(number)
    left = [len(before) for before in waits]
    ready = [number for number, count in enumerate(left) if not count]
    ready.reverse()
    order: list[int] = []
    while ready:
        number = ready.pop()
        order.append(number)
        for reader in sorted(readers.get(number, ()), reverse=True):
            left[reader] -= 1
            if not left[reader]:
                ready.append(reader)
    if len(order) < len(listed):
        return None
    in_order = all(all(other < number for other in before) for number, before in enumerate(waits))
    return list(range(len(listed))) if in_order else order


def _reads(node: onnx.NodeProto, depth: int = 0) -> list[str]:
    names = [name for name in node.input if name]
    if depth <= _DEEPEST:
        for attribute in node.attribute:
            for inner in [attribute.g] if attribute.HasField("g") else attribute.graphs:
                for other in inner.node:
                    names += _reads(other, depth + 1)
                names += [info.name for info in inner.output]
    return names
