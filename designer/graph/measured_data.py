"""Questions and answers of measuring as plain data: they travel between the window and the worker."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from designer.blocks.catalog import catalog
from designer.blocks.dims import Dim, Expr, Tensor
from designer.blocks.numbers import KINDS
from designer.blocks.spec import Cost
from designer.errors import EditRefused, FileDamaged, ShapeError
from designer.graph.measured import Answer, Query

__all__ = [
    "answer_from_json",
    "answer_to_json",
    "answers_from_json",
    "answers_to_json",
    "query_from_json",
    "query_to_json",
]

_DTYPES = frozenset(KINDS)


def query_to_json(query: Query) -> dict[str, Any]:
    """The question as plain data."""
    params = {name: list(v) if isinstance(v, tuple) else v for name, v in query.params}
    return {"type": query.type, "params": params, "inputs": [[slot, _tensor(t)] for slot, t in query.inputs]}


def query_from_json(data: Any) -> Query:
    """The question that plain data stands for. Raises FileDamaged."""
    try:
        kind = data["type"]
        params = catalog()[kind].check(data["params"])
        inputs = tuple((int(slot), _read_tensor(tensor)) for slot, tensor in data["inputs"])
    except (KeyError, TypeError, ValueError, EditRefused, RecursionError) as error:
        raise FileDamaged("Expected a block with what arrives at it, found something else.") from error
    return Query(kind, tuple(sorted(params.items())), inputs)


def answer_to_json(answer: Answer) -> dict[str, Any]:
    """The answer as plain data."""
    if answer.error is not None:
        error = answer.error
        return {"error": [error.expected, error.found, error.advice, error.code]}
    cost = [answer.cost.params, answer.cost.macs]
    return {"outputs": [_tensor(tensor) for tensor in answer.outputs], "cost": cost}


def answer_from_json(data: Any) -> Answer:
    """The answer that plain data stands for. Raises FileDamaged."""
    try:
        if "error" in data:
            expected, found, advice, code = map(str, data["error"])
            return Answer(error=ShapeError(expected, found, advice, code))
        learned, macs = map(int, data["cost"])
        return Answer(tuple(_read_tensor(tensor) for tensor in data["outputs"]), Cost(learned, macs))
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise FileDamaged("Expected what was measured of a block, found something else.") from error


def answers_to_json(answers: Mapping[Query, Answer]) -> list[list[Any]]:
    """Questions with their answers as plain data."""
    return [[query_to_json(query), answer_to_json(answer)] for query, answer in answers.items()]


def answers_from_json(data: Any) -> dict[Query, Answer]:
    """The questions with their answers that plain data stands for. Raises FileDamaged."""
    if not isinstance(data, list) or any(not isinstance(pair, list) or len(pair) != 2 for pair in data):
        raise FileDamaged("Expected questions with their answers, found something else.")
    return {query_from_json(query): answer_from_json(answer) for query, answer in data}


def _tensor(tensor: Tensor) -> list[Any]:
    return [[_dim(dim) for dim in tensor.dims], tensor.dtype]


def _read_tensor(data: Any) -> Tensor:
    dims, dtype = data
    if dtype not in _DTYPES:
        raise ValueError(dtype)
    return Tensor(tuple(_read_dim(dim) for dim in dims), dtype)


def _dim(dim: Dim) -> Any:
    """A number; or for an expression its terms, each a factor and what it multiplies."""
    if isinstance(dim, int):
        return dim
    return [
        [factor, [atom if isinstance(atom, str) else [_dim(atom.num), atom.den] for atom in monomial]]
        for monomial, factor in dim.terms
    ]


def _read_dim(data: Any) -> Dim:
    if isinstance(data, int):
        return data
    total: Dim = 0
    for factor, atoms in data:
        part: Dim = int(factor)
        for atom in atoms:
            part = part * (Expr.symbol(atom) if isinstance(atom, str) else _read_dim(atom[0]) // int(atom[1]))
        total = total + part
    return total
