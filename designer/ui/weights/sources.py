"""The weights of the file as a list to drag from, and to choose from with the keyboard."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QAbstractListModel, QMimeData, QModelIndex, QObject, QPersistentModelIndex, QRect, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPalette
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from designer.exchange.mapping.fit import Fit
from designer.exchange.mapping.transforms import AS_IS, offers
from designer.exchange.mapping.weight import shape_text
from designer.ui.picker import Picker
from designer.ui.picker_rows import Row
from designer.ui.theme import font, theme
from designer.ui.weights.rows import DRAGGED
from designer.ui.words import plural

__all__ = ["SourceLines", "SourceList", "SourcePicker"]

Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole
SHAPE, USED = int(Role.UserRole), int(Role.UserRole) + 1
_ANSWERS = 80


class SourceList(QAbstractListModel):
    """The file's weights that are looked for."""

    def __init__(self, fit: Fit, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.fit = fit
        self._words: list[str] = []
        self._unused = True
        self.names: list[str] = []

    def show(self, fit: Fit) -> None:
        """Those of another state dict, or of one that is used otherwise."""
        self.fit = fit
        unused = set(fit.unused) if self._unused else fit.file.keys()
        names = [n for n in fit.file if n in unused and all(word in n.casefold() for word in self._words)]
        if names == self.names:
            if names:
                self.dataChanged.emit(self.index(0, 0), self.index(len(names) - 1, 0))
            return
        self.beginResetModel()
        self.names = names
        self.endResetModel()

    def find(self, text: str) -> None:
        """Only names with all of these words."""
        self._words = text.casefold().split()
        self.show(self.fit)

    def only_unused(self, on: bool) -> None:
        """Only what goes nowhere yet."""
        self._unused = on
        self.show(self.fit)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  (Qt's signature)
        """One a weight."""
        return 0 if parent.isValid() else len(self.names)

    def data(self, index: Index, role: int = Role.DisplayRole) -> Any:
        """Name, shape, and whether it is used."""
        name = self.names[index.row()]
        shape, uses = shape_text(self.fit.file[name].shape), self.fit.uses[name]
        if role == Role.DisplayRole:
            return name
        if role == SHAPE:
            return shape
        if role == USED:
            return bool(uses)
        if role == Role.ToolTipRole:
            used = f"used {uses} times" if uses > 1 else "used" if uses else "not used"
            return f"{name}\n{shape}, {self.fit.file[name].dtype}, {used}. Drag it onto a row."
        if role == Role.AccessibleTextRole:
            return f"{name}, {shape}, {'used' if uses else 'not used'}"
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Every weight can be dragged."""
        return super().flags(index) | Qt.ItemFlag.ItemIsDragEnabled

    def mimeTypes(self) -> list[str]:
        """What a drag carries."""
        return [DRAGGED]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        """The name."""
        data = QMimeData()
        data.setData(DRAGGED, self.names[indexes[0].row()].encode())
        return data


class SourceLines(QStyledItemDelegate):
    """A name, and its shape at the right edge. The end of a long name tells more than its start."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """One line."""
        self.initStyleOption(option, index)
        option.text = ""
        widget = option.widget
        style = widget.style()
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, option, painter, widget)
        area = QRect(option.rect).adjusted(8, 0, -8, 0)
        small = QFontMetrics(font("small"))
        shape = str(index.data(SHAPE))
        wide = small.horizontalAdvance(shape) + 12
        painter.save()
        painter.setFont(font("small"))
        painter.setPen(theme().muted)
        painter.drawText(area, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, shape)
        painter.setFont(font("mono"))
        painter.setPen(theme().muted if index.data(USED) else option.palette.color(QPalette.ColorRole.Text))
        room = area.adjusted(0, 0, -wide, 0)
        name = QFontMetrics(font("mono")).elidedText(str(index.data()), Qt.TextElideMode.ElideLeft, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, name)
        painter.restore()


class SourcePicker(Picker):
    """Choosing a weight of the file for a weight of the network, with the keyboard alone. ``chosen`` has its name."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget, fit: Fit, target: str, back: Callable[[], object]) -> None:
        super().__init__(parent, f"Take {target} from", "Type a part of a name")
        self._choices, self._back = fit, back
        wanted = fit.network[target].shape
        self._wanted = shape_text(wanted)
        ranked: list[tuple[int, bool, int, str]] = []
        for name, weight in fit.file.items():
            possible = offers(wanted, weight.shape)
            if possible:
                ranked.append((0 if AS_IS in possible else 1, fit.uses[name] > 0, len(ranked), name))
        self._names = [name for *_, name in sorted(ranked)]
        self.keys.setText("Enter takes it, Esc closes")

    def answer(self, text: str, cursor: int) -> tuple[Sequence[Row], bool]:
        """Equal shapes first, then what can be made to fit."""
        words = text.casefold().split()
        found = [name for name in self._names if all(word in name.casefold() for word in words)]
        self.says.setText(f"{plural(len(found), 'weight')} for {self._wanted}" if found else "Nothing fits")
        return [self._line(name) for name in found[:_ANSWERS]], True

    def _line(self, name: str) -> Row:
        shape = shape_text(self._choices.file[name].shape)
        return Row(
            name,
            right=shape,
            icon="mdi6.equal" if shape == self._wanted else "mdi6.auto-fix",
            tone="faded" if self._choices.uses[name] else "",
            value=name,
        )

    def choose(self, row: Row) -> None:
        """Take it."""
        self.close_now()
        self.chosen.emit(str(row.value))

    def give_back(self) -> None:
        """Back to the row."""
        self._back()
