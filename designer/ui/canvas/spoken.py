"""What a screen reader says about the selection: one sentence on a block, a wire, or a count of several."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent

from designer.graph.document import Changed, Document
from designer.graph.instances import times
from designer.graph.links import instances
from designer.graph.marks import rate_of
from designer.graph.model import Wire, natural
from designer.graph.sharing import shared_words
from designer.ui.words import plural

if TYPE_CHECKING:
    from designer.blocks.dims import Tensor
    from designer.ui.canvas.view import CanvasView

__all__ = ["Voice", "spoken", "spoken_group", "spoken_several", "spoken_wire"]

_MANY = 200  # from so many on, the types are not counted
_NOTHING = "The network as blocks and wires. The outline lists the same blocks as a tree."


def spoken(document: Document, name: str) -> str:
    """One block: what it is, its shapes, its neighbours, its problems."""
    network, shapes = document.network, document.shapes[name]
    node = network[name]
    block = node.block
    parts = [name, block.title]
    if block.summary:
        parts.append(block.summary(block.bind(node.params)))
    parts += [f"in {_shape(shapes.inputs.get(w.slot))}" for w in network.inputs_of(name)]
    parts += [f"out {_shape(tensor)}" for tensor in shapes.outputs]
    parts.append(_names("reads from", network.predecessors(name)) if block.inputs else "")
    parts.append(_names("feeds", network.successors(name)) if node.outputs else "")
    parts.append(shared_words(network, name))
    parts += [mark for mark, value in node.marks.items() if value is True]
    if rate_of(node) != 1:
        parts.append(f"learns at {rate_of(node):g} times the rate")
    problems = document.problems_of(name)
    if problems:
        said = " ".join(problem.message for problem in problems)
        parts.append(f"{plural(len(problems), 'problem')}: {said}")
    return ", ".join(part for part in parts if part)


def spoken_group(document: Document, path: str) -> str:
    """One group: what is in it, how often it is repeated, what it is linked with, its problems."""
    network = document.network
    group, repeated = network.groups.get(path), times(network, path)
    title = group.title if group is not None else ""
    parts = [title, path]
    parts.append(f"group of {plural(network.count(path), 'block')}")
    parts.append(f"repeated {repeated} times" if repeated > 1 else "")
    others = len(instances(network, path)) - 1
    parts.append(f"linked with {plural(others, 'other group')}" if others else "")
    problems = sum(p.block is not None and p.block.startswith(f"{path}.") for p in document.problems)
    parts.append(f"{plural(problems, 'problem')} inside" if problems else "")
    return ", ".join(part for part in parts if part)


def spoken_wire(document: Document, wire: Wire) -> str:
    """One wire: its ends and what travels on it."""
    tensor = document.shapes[wire.src].outputs[wire.out]
    return f"Wire from {wire.src} to {wire.dst}, {_shape(tensor)}"


def spoken_several(document: Document, names: Sequence[str]) -> str:
    """How many blocks, and of which types while they can be counted quickly."""
    words = f"{plural(len(names), 'block')} selected"
    if len(names) > _MANY:
        return words
    types = Counter(document.network[name].block.title for name in names if name in document.network)
    return f"{words}: {', '.join(f'{number} {title}' for title, number in types.most_common())}"


def _shape(tensor: Tensor | None) -> str:
    return str(tensor).removeprefix("B×") if tensor is not None else "shape unknown"


def _names(what: str, names: Iterable[str]) -> str:
    found = sorted(names, key=natural)
    return f"{what} {' and '.join(found)}" if found else f"{what} nothing"


class Voice(QObject):
    """Keeps the canvas's accessible description true to the selection; announces new selections and remarks.

    ``said`` carries each announcement.
    """

    said = Signal(str)

    def __init__(self, view: CanvasView) -> None:
        super().__init__(view)
        self._view = view
        view.selectionChanged.connect(self._selected)
        view.bridge.changed.connect(self._edited)
        view.statusMessage.connect(self.say)
        self._describe()

    def words(self) -> str:
        """What the selection is."""
        view = self._view
        names, cut = sorted(view.canvas.selection, key=natural), view.canvas.cut
        document = view.document
        if len(names) == 1:
            is_block = names[0] in document.network
            return spoken(document, names[0]) if is_block else spoken_group(document, names[0])
        if names:
            return spoken_several(document, names)
        if len(cut) == 1:
            return spoken_wire(document, next(iter(cut)))
        return f"{plural(len(cut), 'wire')} selected" if cut else _NOTHING

    def say(self, words: str) -> None:
        """Announce something that happened on the canvas."""
        self.said.emit(words)
        if QAccessible.isActive():
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self._view, words))

    def _selected(self, _names: list[str]) -> None:
        words = self._describe()
        if words != _NOTHING and self._view.gesture is None:  # a rubber band would talk without end
            self.say(words)

    def _edited(self, changed: Changed) -> None:
        chosen = self._view.canvas.selection
        if len(chosen) < 2 or chosen & (changed.touched | changed.reshaped):
            self._describe()

    def _describe(self) -> str:
        words = self.words()
        if words != self._view.accessibleDescription():
            self._view.setAccessibleDescription(words)
        return words
