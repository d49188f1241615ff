"""What became of a network's weights by the edits since: those of each block followed to where they belong now."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from designer.graph.edits import AddBlock, Carry, Edit, Move, Put, RemoveBlock, Rename, SetMarks, Share, apply
from designer.graph.links import flat
from designer.graph.model import Network
from designer.graph.weight_steps import Copy, Drop, Name, Step

__all__ = ["matters", "steps_since"]


def matters(edit: Edit) -> bool:
    """Whether an edit can have to do with weights, or with names that later edits use."""
    return any(not isinstance(part, Move | SetMarks | Put) for part in flat(edit))


def steps_since(network: Network, edits: Iterable[Edit]) -> tuple[Step, ...]:
    """The steps that bring the weights of ``network`` to the network after these edits, as they were told by Changed.

    Undoing is an edit like others: what was carried before comes back as it was.
    """
    trace = _Trace(network.copy())
    for edit in edits:
        for part in flat(edit):
            trace.do(part)
    return tuple(trace.steps)


class _Trace:
    """One pass over the edits. The steps that an undone edit had added are taken away again."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.steps: list[Step] = []
        self._carried: list[tuple[Sequence[Step], list[Step]]] = []  # what was carried, and all steps before it

    def do(self, edit: Edit) -> None:
        network = self.network
        before = {owner: list(calls) for owner, calls in network.shared.items()}
        match edit:
            case Carry():
                self._carry(edit)
            case Rename() if edit.old != edit.new:
                self.steps.append(Name(edit.old, edit.new))
            case RemoveBlock():
                self._remove(edit.name)
            case Share():
                self._share(edit)
            case _:
                pass
        apply(network, edit)
        if isinstance(edit, RemoveBlock):
            self._hand_over(edit.name, before)
        if isinstance(edit, AddBlock):
            self.steps.append(Drop(edit.name, back=True))

    def _carry(self, edit: Carry) -> None:
        if not edit.back:
            self._carried.append((edit.steps, list(self.steps)))
            self.steps += edit.steps
            return
        found = next((i for i in reversed(range(len(self._carried))) if self._carried[i][0] == edit.steps), None)
        if found is None:  # done before these weights were made: their sizes no longer fit, and are told as such
            return
        self.steps = self._carried[found][1]
        del self._carried[found:]

    def _remove(self, name: str) -> None:
        if not self.network[name].shares and not self.network.shared.get(name):
            self.steps.append(Drop(name))

    def _hand_over(self, name: str, before: dict[str, list[str]]) -> None:
        """The layer of a block that went belongs to one of those that shared it."""
        calls = before.get(name, [])
        heir = next((n for n in calls if n in self.network and not self.network[n].shares), None)
        if heir is not None:
            self.steps.append(Name(name, heir))

    def _share(self, edit: Share) -> None:
        for name, owner in edit.layers.items():
            old = self.network[name].shares
            if owner and not old:
                self.steps.append(Drop(name, to=owner))
            elif not owner and old:
                self.steps += [Drop(name, back=True), Copy({name: old})]
