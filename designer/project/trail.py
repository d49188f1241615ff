"""A project's weights while the drawing changes: which file, which network it belongs to, and every edit since.

The file stays as it is until the project is saved or the weights are needed; then they are written anew as they fit
the network by then. So undoing brings weights back, too, even after a save.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from designer.graph.edits import Edit
from designer.graph.lineage import matters, steps_since
from designer.graph.model import Network
from designer.graph.weight_steps import Bring
from designer.project.carry import Carried, bake, carried, channel_norms, fitting
from designer.project.file import Project
from designer.project.tensors import TensorFile, Weight

if TYPE_CHECKING:
    from collections.abc import Sequence

    from designer.graph.weight_steps import Part, Step
    from designer.train.spec import TrainSpec

__all__ = ["Trail", "starts_from_weights"]


def starts_from_weights(project: Project, train: TrainSpec, there: bool) -> bool:
    """Whether training starts from the project's weights, where there are any.

    Where nobody has said, it does where they were not trained here (they were imported), or training did so before.
    """
    return there and (train.start == "weights" or (train.start == "auto" and project.run is None))


class Trail:
    """Weights in ``source`` (None: there are none) that belong to ``network``, and the edits that were told since."""

    def __init__(self, source: Path | None, network: Network, edits: Sequence[Edit] = ()) -> None:
        self.source, self._network = source, network.copy()
        self._edits = [edit for edit in edits if matters(edit)]

    def follow(self, edit: Edit) -> None:
        """Take note of an edit, done or undone, as `Changed` tells it."""
        if matters(edit):
            self._edits.append(edit)

    @property
    def edits(self) -> tuple[Edit, ...]:
        """What was done since that can have to do with weights."""
        return tuple(self._edits)

    @property
    def moved(self) -> bool:
        """Whether anything has happened since that can have to do with weights."""
        return bool(self._edits)

    @property
    def there(self) -> bool:
        """Whether there are weights: a file, or blocks that brought some along."""
        return (self.source is not None and self.source.is_file()) or any(isinstance(s, Bring) for s in self.steps())

    def steps(self) -> tuple[Step, ...]:
        """What has become of the weights since."""
        return steps_since(self._network, self._edits)

    def tensors(self) -> dict[str, Weight]:
        """The weights as they are now. Raises ProjectError or FileDamaged."""
        there = self.source is not None and self.source.is_file()
        found = TensorFile(self.source).all() if there and self.source is not None else {}
        return carried(found, self.steps())

    def report(self, network: Network) -> Carried:
        """What of the weights fits the network, and what starts anew. Raises ProjectError or FileDamaged."""
        return fitting(network, self.tensors())[1]

    def norms(self) -> Callable[[Sequence[Part], int], Sequence[float] | None]:
        """How large the weights of channels are now. Raises ProjectError or FileDamaged."""
        return channel_norms(self.tensors())

    def write(self, network: Network, target: Path) -> Carried:
        """Write what fits the network to a file. Raises ProjectError or FileDamaged."""
        source = self.source if self.source is not None and self.source.is_file() else None
        return bake(source, self.steps(), network, target)
