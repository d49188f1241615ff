"""What is done to the chosen weight: a sentence, the ways that fit, and which rows."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from designer.errors import UsageError
from designer.exchange.mapping.fit import Fit
from designer.exchange.mapping.spec import parse_rows, rows_text
from designer.exchange.mapping.transforms import TRANSFORMS
from designer.exchange.mapping.weight import leaf
from designer.ui.editors import set_flag
from designer.ui.parts import label
from designer.ui.theme import font, icon
from designer.ui.weights.rows import STATES
from designer.ui.words import plural

__all__ = ["Decision", "together"]

_OPEN = "Choose what to do…"


class Decision(QFrame):
    """``decided`` carries the weights concerned, the way and the rows; ``picked`` asks for the list to choose from;
    ``cleared`` says that the weights shall come from nowhere.
    """

    decided = Signal(list, str, tuple)
    picked = Signal()
    cleared = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_flag(self, "frame", "panel")
        self._fit: Fit | None = None
        self._names: list[str] = []
        self.mark = QLabel()
        self.mark.setFixedSize(18, 18)
        self.title = label("", select=True)
        self.title.setFont(font("mono"))
        self.words = label("", "muted", wrap=True, select=True)
        self.words.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.ways = QComboBox()
        self.ways.setAccessibleName("What is done to make it fit")
        self.ways.setMinimumWidth(220)
        self.ways.activated.connect(self._chosen)
        self.rows = QLineEdit()
        self.rows.setAccessibleName("Which rows are kept")
        self.rows.setPlaceholderText("the first ones, or 0-4, 7, 207")
        self.rows.setMinimumWidth(200)
        self.rows.editingFinished.connect(self._typed)
        self.rows_label = label("Rows", "muted")
        self.pick = QPushButton("Take from…")
        self.pick.setToolTip("Choose a weight of the file (Enter)")
        self.clear = QPushButton("Leave out")
        self.clear.setToolTip("Take it from nowhere (Delete)")
        for button in (self.pick, self.clear):
            button.setAutoDefault(False)
        self.pick.clicked.connect(self.picked)
        self.clear.clicked.connect(self.cleared)
        self._lay_out()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self.mark)
        head.addWidget(self.title, 1)
        head.addWidget(self.pick)
        head.addWidget(self.clear)
        tools = QHBoxLayout()
        tools.setSpacing(8)
        tools.addWidget(self.ways)
        tools.addWidget(self.rows_label)
        tools.addWidget(self.rows, 1)
        tools.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 10, 12, 10)
        column.setSpacing(6)
        column.addLayout(head)
        column.addWidget(self.words)
        column.addLayout(tools)
        column.addStretch(1)
        self.setFixedHeight(126)

    def show_rows(self, fit: Fit, names: list[str]) -> None:
        """Be about these weights of the network."""
        self._fit, self._names = fit, names
        self._buttons()
        if not names:
            self.mark.setPixmap(icon("mdi6.cursor-default-click-outline", "muted").pixmap(QSize(18, 18)))
            self.title.setText("No row is chosen")
            self.words.setText("Choose a row to see what is done with it, or drag a weight of the file onto one.")
            return
        first = names[0]
        self.mark.setPixmap(icon(*STATES[fit.state(first)][1:]).pixmap(QSize(18, 18)))
        self.title.setText(first if len(names) == 1 else f"{first} and {plural(len(names) - 1, 'other')}")
        others = together(fit, names)[len(names) :]
        also = f" The same goes for {', '.join(map(leaf, others))} of this layer." if others else ""
        self.words.setText(fit.words(first) + also)

    def _buttons(self) -> None:
        fit, names = self._fit, self._names
        assert fit is not None
        self.pick.setEnabled(len(names) == 1)
        self.clear.setEnabled(any(name in fit.choices for name in names))
        choice = fit.choices.get(names[0]) if names else None
        offers = fit.offers(names[0]) if names else ()
        self.ways.clear()
        if choice is not None and not choice.by:
            self.ways.addItem(_OPEN, "")
        for way in offers:
            self.ways.addItem(way.title, way.name)
            self.ways.setItemData(self.ways.count() - 1, self._sentence(way.name), Qt.ItemDataRole.ToolTipRole)
        self.ways.setVisible(bool(offers) and (len(offers) > 1 or choice is None or choice.by != "as_is"))
        if choice is not None:
            self.ways.setCurrentIndex(self.ways.findData(choice.by))
        rows = choice is not None and bool(choice.by) and TRANSFORMS[choice.by].rows
        self.rows.setVisible(rows)
        self.rows_label.setVisible(rows)
        set_flag(self.rows, "invalid", False)
        self.rows.setText(rows_text(choice.rows) if rows and choice is not None else "")

    def _sentence(self, by: str) -> str:
        assert self._fit is not None
        name = self._names[0]
        source = self._fit.choices[name].source
        return TRANSFORMS[by].words(self._fit.network[name].shape, self._fit.file[source].shape)

    def _chosen(self, at: int) -> None:
        by = str(self.ways.itemData(at))
        if by and self._fit is not None:
            able = [n for n in together(self._fit, self._names) if TRANSFORMS[by] in self._fit.offers(n)]
            self.decided.emit(able, by, ())

    def _typed(self) -> None:
        """Rows count once they are a whole list; what is wrong is said below."""
        fit, names = self._fit, self._names
        choice = fit.choices.get(names[0]) if fit is not None and names else None
        if fit is None or choice is None or not self.rows.isVisible() or self.rows.text() == rows_text(choice.rows):
            return
        wanted, there = fit.network[names[0]].shape[0], fit.file[choice.source].shape[0]
        try:
            rows = parse_rows(self.rows.text(), wanted, there) if self.rows.text().strip() else ()
        except UsageError as error:
            set_flag(self.rows, "invalid", True)
            self.words.setText(error.message)
            return
        self.decided.emit(together(fit, names), choice.by, rows)


def together(fit: Fit, names: list[str]) -> list[str]:
    """These weights, and those of their layers that must be cut alike: a head's weight and its bias."""
    found = dict.fromkeys(names)
    cut = {_cut(fit, name): fit.choices[name].by for name in names if name in fit.choices}
    cut.pop(None, None)
    if cut:
        for other, choice in fit.choices.items():
            place = _cut(fit, other)
            if place in cut and choice.by in ("", cut[place]):
                found.setdefault(other)
    return list(found)


def _cut(fit: Fit, name: str) -> tuple[str, int, int] | None:
    """The layer of a weight, and how many rows of how many are wanted; None where none are to be cut."""
    one, two = fit.network[name].shape, fit.file[fit.choices[name].source].shape
    return (name.rpartition(".")[0], one[0], two[0]) if one and two and one[0] < two[0] else None
