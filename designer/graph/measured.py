"""What was measured of blocks that have no rule: a memory of questions and answers, the same for all drawings.

A type, its parameters and what arrives decide what comes out, so that an answer holds wherever the question is asked.
Who can measure (the worker, the command line) looks at `Shapes.wanted` and hands answers to `Document.measured`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from designer.blocks.dims import Tensor
from designer.blocks.spec import Cost, Value
from designer.errors import ShapeError

__all__ = ["UNTRUSTED", "Answer", "Query", "forget", "keep", "known", "query_of", "unlike_outputs"]

NOTHING = Cost()
UNTRUSTED = "untrusted_code"  # the code of the error of a block whose code may not run
MOST = 20_000  # of about 1 kB each


@dataclass(frozen=True)
class Query:
    """A block of this type with these parameters is given these inputs, by slot: what comes out?"""

    type: str
    params: tuple[tuple[str, Value], ...]
    inputs: tuple[tuple[int, Tensor], ...]


@dataclass(frozen=True)
class Answer:
    """What comes out and what it costs, or why nothing does."""

    outputs: tuple[Tensor, ...] = ()
    cost: Cost = NOTHING
    error: ShapeError | None = None


_KNOWN: dict[Query, Answer] = {}


def query_of(block_type: str, params: Mapping[str, Value], inputs: Mapping[int, Tensor | None]) -> Query:
    """The question that a block asks."""
    arriving = tuple((slot, tensor) for slot in sorted(inputs) if (tensor := inputs[slot]) is not None)
    return Query(block_type, tuple(sorted(params.items())), arriving)


def known(query: Query) -> Answer | None:
    """The answer, if it was measured."""
    return _KNOWN.get(query)


def keep(answers: Mapping[Query, Answer]) -> None:
    """Remember answers; the oldest make room."""
    _KNOWN.update(answers)
    while len(_KNOWN) > MOST:
        del _KNOWN[next(iter(_KNOWN))]


def forget(concerned: Callable[[Query], bool]) -> list[Query]:
    """Forget the answers to these questions; which they were."""
    gone = [query for query in _KNOWN if concerned(query)]
    for query in gone:
        del _KNOWN[query]
    return gone


def unlike_outputs(title: str, told: int, found: int) -> ShapeError:
    """The error of a block that gives another number of tensors than it was declared with."""
    words = f"{told} tensor{'s' * (told != 1)} from {title}, as its forward says"
    return ShapeError(words, f"{found}", "Let every return of its forward list the tensors one by one.", "user_outputs")
