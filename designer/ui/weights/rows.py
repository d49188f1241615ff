"""The weights of the network as a table: what each is taken from, how it stands, what is done to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSortFilterProxyModel,
    Qt,
    Signal,
)

from designer.exchange.mapping.fit import Choice, Fit, How, State
from designer.exchange.mapping.transforms import TRANSFORMS, offers
from designer.exchange.mapping.weight import shape_text
from designer.ui.theme import font, icon, theme

__all__ = ["DRAGGED", "HEADINGS", "STATES", "WEIGHT", "WeightRows", "WeightTable"]

Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole
WEIGHT = int(Role.UserRole)
DRAGGED = "application/x-layerloom-weight"
STATE, NAME, SHAPE, SOURCE, THERE, HOW = range(6)
HEADINGS = ("State", "Network", "Shape", "File", "Shape", "How")
STATES: dict[State, tuple[str, str, str]] = {
    "fits": ("Fits", "mdi6.check-circle", "good"),
    "made": ("Changed", "mdi6.auto-fix", "accent"),
    "shape": ("Other shape", "mdi6.alert-circle", "bad"),
    "guess": ("Guess", "mdi6.help-circle-outline", "warn"),
    "missing": ("Left out", "mdi6.minus-circle-outline", "warn"),
    "spare": ("Not needed", "mdi6.check", "muted"),
}
_HOW: dict[How, str] = {
    "name": "Same name",
    "prefix": "Other prefix",
    "spelling": "Other spelling",
    "ending": "Same ending",
    "order": "By order and shape",
    "person": "Chosen by you",
}


class WeightTable(QAbstractTableModel):
    """One row a weight of the network. ``altered`` follows every change that a person makes."""

    altered = Signal()

    def __init__(self, fit: Fit, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.fit = fit
        self.names = list(fit.network)
        self._past: list[dict[str, Choice]] = []

    def show(self, fit: Fit) -> None:
        """Show how another state dict fits."""
        self.beginResetModel()
        self.fit, self.names = fit, list(fit.network)
        self._past.clear()
        self.endResetModel()
        self.altered.emit()

    # --- what people change ------------------------------------------------------------------------------------

    def assign(
        self, targets: Sequence[str], source: str | None, by: str | None = None, rows: tuple[int, ...] = ()
    ) -> None:
        """Take these from a weight of the file (None: from nowhere); all of it is one step back.

        Raises UsageError where that cannot be; then nothing has changed.
        """
        self._remember()
        try:
            for target in targets:
                if source is None:
                    self.fit.clear(target)
                else:
                    self.fit.assign(target, source, by, rows)
        except Exception:
            self.undo()
            raise
        self._told()

    def decide(self, targets: Sequence[str], by: str, rows: tuple[int, ...] = ()) -> None:
        """Make what is chosen for these fit in this way. Raises UsageError as `assign`."""
        self._remember()
        try:
            for target in targets:
                self.fit.assign(target, self.fit.choices[target].source, by, rows)
        except Exception:
            self.undo()
            raise
        self._told()

    def accept_guesses(self) -> None:
        """Take what order and shapes suggest."""
        self._remember()
        self.fit.accept_guesses()
        self._told()

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to take back."""
        return bool(self._past)

    def undo(self) -> None:
        """Take the last change back."""
        if self._past:
            self.fit.restore(self._past.pop())
            self._told()

    def _remember(self) -> None:
        self._past.append(dict(self.fit.choices))
        del self._past[:-100]

    def _told(self) -> None:
        if self.names:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.names) - 1, len(HEADINGS) - 1))
        self.altered.emit()

    # --- what Qt asks ------------------------------------------------------------------------------------------

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  (Qt's signature)
        """One a weight."""
        return 0 if parent.isValid() else len(self.names)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """As headed."""
        return 0 if parent.isValid() else len(HEADINGS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole) -> Any:
        """Titles."""
        if orientation == Qt.Orientation.Horizontal and role == Role.DisplayRole:
            return HEADINGS[section]
        if orientation == Qt.Orientation.Horizontal and role == Role.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        """A weight of the file can be dropped on a row."""
        return super().flags(index) | (Qt.ItemFlag.ItemIsDropEnabled if index.isValid() else Qt.ItemFlag.NoItemFlags)

    def data(self, index: Index, role: int = Role.DisplayRole) -> Any:
        """Words, pictures, colours."""
        name = self.names[index.row()]
        state, column = self.fit.state(name), index.column()
        if role == Role.DisplayRole:
            return self.text(name, column)
        if role == WEIGHT:
            return name
        if role == Role.DecorationRole and column == STATE:
            return icon(*STATES[state][1:])
        if role == Role.ToolTipRole:
            return f"{self.text(name, column)}\n{self.fit.words(name)}" if column != STATE else self.fit.words(name)
        if role == Role.AccessibleTextRole and column == STATE:
            return f"{STATES[state][0]}. {name}. {self.fit.words(name)}"
        if role == Role.FontRole:
            return font("ui" if column in (STATE, HOW) else "mono")
        if role == Role.ForegroundRole:
            return self._colour(state, column)
        return None

    def text(self, name: str, column: int) -> str:
        """What a cell says."""
        choice = self.fit.choices.get(name)
        source = choice.source if choice is not None else self.fit.guesses.get(name)
        if column == STATE:
            return STATES[self.fit.state(name)][0]
        if column == NAME:
            return name
        if column == SHAPE:
            return _short(self.fit.network[name].shape)
        if column == SOURCE:
            return source or "–"
        if column == THERE:
            return _short(self.fit.file[source].shape) if source else ""
        if choice is None:
            return "By order and shape?" if source else ""
        return (
            _HOW[choice.how] if choice.by == "as_is" else TRANSFORMS[choice.by].title if choice.by else "Choose below"
        )

    def _colour(self, state: State, column: int) -> Any:
        t = theme()
        if column == STATE:
            return getattr(t, STATES[state][2])
        if column in (SHAPE, THERE) and state == "shape":
            return t.bad
        faded = (
            state == "spare" or column in (SHAPE, THERE, HOW) or (column == SOURCE and state in ("guess", "missing"))
        )
        return t.muted if faded else t.text

    # --- dropping ----------------------------------------------------------------------------------------------

    def mimeTypes(self) -> list[str]:
        """A weight of the file."""
        return [DRAGGED]

    def supportedDropActions(self) -> Qt.DropAction:
        """It stays where it is and is used here as well."""
        return Qt.DropAction.CopyAction

    def canDropMimeData(self, data: QMimeData, action: Qt.DropAction, row: int, column: int, parent: Index) -> bool:
        """On a row whose shape can be made of the weight's."""
        source = _dragged(data)
        if source not in self.fit.file or not parent.isValid():
            return False
        return bool(offers(self.fit.network[self.names[parent.row()]].shape, self.fit.file[source].shape))

    def dropMimeData(self, data: QMimeData, action: Qt.DropAction, row: int, column: int, parent: Index) -> bool:
        """Take the row from the weight that is dropped on it."""
        if not self.canDropMimeData(data, action, row, column, parent):
            return False
        self.assign([self.names[parent.row()]], _dragged(data))
        return True


def _short(shape: tuple[int, ...]) -> str:
    return shape_text(shape) if shape else "1 value"


def _dragged(data: QMimeData) -> str:
    return bytes(data.data(DRAGGED).data()).decode("utf-8", "replace") if data.hasFormat(DRAGGED) else ""


class WeightRows(QSortFilterProxyModel):
    """The rows that are looked for: by words, and by whether something is left to do."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._words: list[str] = []
        self._problems = False
        self._kept: set[str] = set()  # what was a problem when the filter was set: a row does not vanish when solved

    def find(self, text: str) -> None:
        """Only rows with all of these words."""
        self._words = text.casefold().split()
        self.invalidate()

    def only_problems(self, on: bool) -> None:
        """Only what does not fit yet."""
        self._problems = on
        self.look_again()

    def look_again(self) -> None:
        """Sort out anew what is a problem."""
        table = self._table()
        self._kept = {n for n in table.names if table.fit.state(n) in ("shape", "guess", "missing")}
        self.invalidate()

    def _table(self) -> WeightTable:
        model = self.sourceModel()
        assert isinstance(model, WeightTable)
        return model

    def filterAcceptsRow(self, source_row: int, source_parent: Index) -> bool:
        """Whether a row is shown."""
        table = self._table()
        name = table.names[source_row]
        if self._problems and name not in self._kept:
            return False
        if not self._words:
            return True
        text = " ".join(table.text(name, column) for column in range(len(HEADINGS))).casefold()
        return all(word in text for word in self._words)
