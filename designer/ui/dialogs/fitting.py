"""Whether the drawing fits the data that are being chosen: what the checks say of it, with their repairs."""

from __future__ import annotations

from collections.abc import Mapping

from designer.data.facts import context_of
from designer.data.spec import DataSpec
from designer.graph.document import Document
from designer.graph.fixes import Fix, fixes_for
from designer.graph.model import Network
from designer.graph.problem import Problem

__all__ = ["Fitting"]

_REFUSED = ("data_classes", "data_kind", "data_width", "data_sample")  # with these a training ends before it begins
_UNWISE = ("batch_of_one", "data_channels", "channel_order")
_MOST = 2  # buttons


class Fitting:
    """The drawing beside data that are not the project's yet. The drawing itself is only read."""

    def __init__(self, network: Network, weights: Mapping[str, float] | None = None) -> None:
        self._document = Document(network.copy())
        self._weights = weights or {}  # of the outputs, where the training says others than the drawing
        self.problem: Problem | None = None
        self.fixes: tuple[Fix, ...] = ()

    @property
    def refused(self) -> bool:
        """Whether a training would refuse these data."""
        return self.problem is not None and self._refuses(self.problem)

    def _refuses(self, problem: Problem) -> bool:
        if problem.code != "data_kind" or problem.block is None:
            return problem.code in _REFUSED
        weight = self._document.network[problem.block].params.get("weight")
        if self._weights:
            weight = self._weights.get(problem.block, 0.0)
        return weight != 0.0  # an output that does not count may be of any kind

    def look(self, data: DataSpec | None, batch: int | None) -> None:
        """Look at the drawing beside these data: the worst that is wrong, and what mends it."""
        context = context_of(data, batch)
        if context == self._document.context:
            return
        self._document.set_context(context)
        said = self._document.problems
        refused = [p for p in (*said, *self._document.muted) if self._refuses(p)]  # who muted one cannot train either
        found = {p.code: p for p in reversed((*refused, *said))}
        self.problem = next((found[code] for code in (*_REFUSED, *_UNWISE) if code in found), None)
        self.fixes = tuple(fixes_for(self._document, self.problem)[:_MOST]) if self.problem is not None else ()

    def repair(self, number: int) -> Fix:
        """A repair of the drawing, or of how the data are read."""
        return self.fixes[number]
