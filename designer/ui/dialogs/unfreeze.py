"""The unfreezing timeline of a training: which part of the drawing learns from which epoch on."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QComboBox, QCompleter, QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from designer.blocks.spec import Param
from designer.graph.infer import Shapes
from designer.graph.model import Network
from designer.graph.tuning import (
    EVERYTHING,
    Stage,
    idle_at_first,
    matching,
    never_due,
    parts_of,
    stages,
    suggestion,
    weights_in,
    why_no_part,
)
from designer.train.spec import Unfreeze
from designer.ui.canvas.signs import hatching
from designer.ui.editors import make_editor, set_flag
from designer.ui.form import entries_of_params
from designer.ui.parts import label
from designer.ui.theme import icon, notifier, theme
from designer.ui.words import plural, short

__all__ = ["Timeline"]

_EPOCH = Param("epoch", "From epoch", "int", 2, "The first epoch in which the part learns.", minimum=1, maximum=100_000)
_OFFERED = 300  # parts that are listed; any other can be typed
_HELP = (
    "Each part stays frozen until its epoch, whatever its mark says, and learns from then on. What is not listed "
    "learns from the start, unless it is frozen."
)


class Timeline(QWidget):
    """Rows of a part and an epoch, folded away while there are none. ``changed`` is sent for every edit."""

    changed = Signal()

    def __init__(self, network: Network, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._network, self._shapes, self._epochs = network, Shapes(network), 1
        self._offers = [EVERYTHING, *self._heavy(), *parts_of(network)]
        self.rows: list[Row] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        self.fold = QToolButton()
        self.fold.setCheckable(True)
        self.fold.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        set_flag(self.fold, "kind", "fold")
        self.fold.toggled.connect(self._show)
        column.addWidget(self.fold)
        column.addWidget(self._build_body())
        notifier().changed.connect(self._show)
        self._show()

    def _build_body(self) -> QWidget:
        self._body = QWidget()
        column = QVBoxLayout(self._body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(label(_HELP, "small", wrap=True))
        self._list = QVBoxLayout()
        self._list.setSpacing(6)
        column.addLayout(self._list)
        self.wrong = label("", "bad", wrap=True)
        self.note = label("", "small", wrap=True)
        column.addWidget(self.wrong)
        column.addWidget(self.note)
        self.add = self._button("Add a part", "mdi6.plus", "One more part with an epoch of its own")
        self.suggest = self._button("Suggest", "mdi6.auto-fix", "Begin with the last part and go on towards the input")
        self.add.clicked.connect(self._add)
        self.suggest.clicked.connect(self._suggest)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.add)
        buttons.addWidget(self.suggest)
        buttons.addStretch(1)
        column.addLayout(buttons)
        return self._body

    def _button(self, text: str, picture: str, tip: str) -> QPushButton:
        button = QPushButton(icon(picture), text)
        button.setAutoDefault(False)
        button.setToolTip(tip)
        return button

    # --- what is shown ---------------------------------------------------------------------------------------

    def set_stages(self, unfreeze: Sequence[Unfreeze]) -> None:
        """Show these rows."""
        self._fill([(row.part, row.epoch) for row in unfreeze])
        self.fold.setChecked(bool(unfreeze))

    def set_epochs(self, epochs: int) -> None:
        """How long the run is."""
        if epochs != self._epochs:
            self._epochs = epochs
            self._show()

    def set_network(self, network: Network) -> None:
        """The drawing was mended; rows are kept."""
        self._network, self._shapes = network, Shapes(network)
        self._show()

    def stages(self) -> list[Stage]:
        """What the rows say now."""
        return [(row.part(), row.epoch.value()) for row in self.rows]

    def plain(self) -> dict[str, object]:
        """The field of a TrainSpec as it is typed, right or wrong."""
        return {"unfreeze": [{"part": part, "epoch": epoch} for part, epoch in self.stages()]}

    def value(self) -> tuple[Unfreeze, ...] | None:
        """The timeline; None, with the sentence shown, where it cannot be."""
        typed = [row.epoch.commit() for row in self.rows]
        self._show()
        if self.wrong.text() or not all(typed):
            self.fold.setChecked(True)
            return None
        return tuple(Unfreeze(part=part, epoch=epoch) for part, epoch in self.stages())

    def _heavy(self) -> list[str]:
        return [part.path for part in stages(self._network, self._shapes)]

    def _show(self, _: object = None) -> None:
        opened, count = self.fold.isChecked(), len(self.rows)
        self.fold.setText("Unfreezing" if opened or not count else f"Unfreezing ({plural(count, 'part')})")
        self.fold.setIcon(icon("mdi6.chevron-down" if opened else "mdi6.chevron-right", "muted"))
        self._body.setVisible(opened)
        self.suggest.setEnabled(self._epochs > 1)
        troubles = [self._trouble(row) for row in self.rows]
        for number, (row, trouble) in enumerate(zip(self.rows, troubles, strict=True), start=1):
            row.tell(number, self._epochs, bool(trouble), self._weights(row.part()) if not trouble else 0)
        self._say(self.wrong, next(filter(None, troubles), "") or self._idle())
        self._say(self.note, self._late())

    @staticmethod
    def _say(line: QLabel, words: str) -> None:
        line.setText(words)
        line.setVisible(bool(words))

    def _trouble(self, row: Row) -> str:
        part = row.part()
        return (why_no_part(self._network, self._shapes, part) or "") if part else "Choose a part, or take the row out."

    def _idle(self) -> str:
        if self.rows and idle_at_first(self._network, self._shapes, self.stages()):
            return "Nothing would learn in the first epoch. Let a part begin with epoch 1."
        return ""

    def _late(self) -> str:
        late = never_due(self._network, self.stages(), self._epochs)
        stay = "stays" if len(late) == 1 else "stay"
        return f"{', '.join(late)} {stay} frozen: the run ends with epoch {self._epochs}." if late else ""

    def _weights(self, part: str) -> int:
        return weights_in(self._network, self._shapes, matching(self._network, part))

    # --- what people do --------------------------------------------------------------------------------------

    def _fill(self, rows: Sequence[Stage]) -> None:
        for row in list(self.rows):
            self._take_out(row)
        for part, epoch in rows:
            self._put(part, epoch)
        self._show()

    def _put(self, part: str, epoch: int) -> Row:
        row = Row(self._offers[:_OFFERED], part, epoch)
        row.changed.connect(self._edited)
        row.removed.connect(partial(self._remove, row))
        self.rows.append(row)
        self._list.addWidget(row)
        return row

    def _add(self) -> None:
        taken = {part for part, _ in self.stages()}
        part = next((part for part in self._heavy() if part not in taken), "")
        row = self._put(part, min(self._epochs, max((epoch for _, epoch in self.stages()), default=0) + 1))
        self._edited()
        row.choice.setFocus(Qt.FocusReason.OtherFocusReason)

    def _suggest(self) -> None:
        self._fill(suggestion(self._network, self._shapes, self._epochs))
        self.changed.emit()

    def _remove(self, row: Row) -> None:
        self._take_out(row)
        self.add.setFocus(Qt.FocusReason.OtherFocusReason)  # the button is gone; the keyboard must not land anywhere
        self._edited()

    def _take_out(self, row: Row) -> None:
        self.rows.remove(row)
        self._list.removeWidget(row)
        row.hide()
        row.deleteLater()

    def _edited(self) -> None:
        self._show()
        self.changed.emit()


class _Parts(QComboBox):
    taken = ""  # the text that Enter was last pressed for

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter takes what was typed; with nothing left to take it is for the dialog."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentText() != self.taken:
            self.taken = self.currentText()
            event.accept()
            return
        super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scrolling the dialog must not change parts on the way."""
        event.ignore()


class Row(QWidget):
    """One part and its epoch, with a picture of the run: hatched while the part is frozen, full once it learns."""

    changed = Signal()
    removed = Signal()

    def __init__(self, offers: Sequence[str], part: str, epoch: int) -> None:
        super().__init__()
        self.choice = _Parts()
        self.choice.setEditable(True)
        self.choice.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.choice.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.choice.addItems(list(dict.fromkeys(offers)))
        completer = QCompleter(self.choice.model(), self.choice)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        self.choice.setCompleter(completer)
        self.choice.setToolTip("A block, a group, or a pattern such as layer* or *.bn1; * is everything")
        self.choice.setCurrentText(part)
        self.choice.taken = part
        self.epoch = make_editor(entries_of_params([_EPOCH])[0])
        self.epoch.set_value(epoch)
        self.epoch.setFixedWidth(84)
        self.bar = _Bar()
        self.out = QToolButton()
        set_flag(self.out, "kind", "small")
        self.out.setIcon(icon("mdi6.close", "muted"))
        self.out.setIconSize(QSize(16, 16))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.choice, 3)
        row.addWidget(label("from epoch", "muted"))
        row.addWidget(self.epoch)
        row.addWidget(self.bar, 1)
        row.addWidget(self.out)
        line = self.choice.lineEdit()
        assert line is not None
        line.editingFinished.connect(self._told)
        self.choice.activated.connect(self._told)
        self.epoch.committed.connect(self._told)
        self.out.clicked.connect(self._leave)

    def part(self) -> str:
        """What was chosen or typed."""
        return self.choice.currentText().strip()

    def tell(self, number: int, epochs: int, wrong: bool, weights: int) -> None:
        """Show what the row amounts to."""
        epoch, part = self.epoch.value(), self.part()
        set_flag(self.choice, "invalid", wrong)
        self.choice.setAccessibleName(f"Part {number}")
        self.epoch.field.setAccessibleName(f"Epoch from which part {number} learns")
        self.out.setToolTip(f"Take {part or 'the row'} out of the timeline")
        self.out.setAccessibleName(f"Take part {number} out")
        self.bar.show_run(epoch, epochs)
        words = f"{part} ({short(weights)} numbers) learns from epoch {epoch} of {epochs} on"
        self.bar.setToolTip("" if wrong else words)
        self.bar.setAccessibleName(self.bar.toolTip())

    def _told(self, _: object = None) -> None:
        self.changed.emit()

    def _leave(self) -> None:
        self.removed.emit()


class _Bar(QWidget):
    """The epochs of a run from left to right."""

    def __init__(self) -> None:
        super().__init__()
        self.share = 0.0  # of the run in which the part is frozen
        self.setFixedHeight(14)
        self.setMinimumWidth(28)
        self.setMaximumWidth(96)
        notifier().changed.connect(self.update)

    def show_run(self, epoch: int, epochs: int) -> None:
        """Learns from ``epoch`` of ``epochs`` on."""
        self.share = min(1.0, (epoch - 1) / max(1, epochs))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Two boxes with round corners."""
        now, box = theme(), QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            split = box.left() + box.width() * self.share
            if self.share > 0:
                frozen = QRectF(box.left(), box.top(), split - box.left() - 1, box.height())
                painter.setBrush(now.outline)
                painter.drawRoundedRect(frozen, 3, 3)
                painter.setBrush(hatching(now, painter.worldTransform()))
                painter.drawRoundedRect(frozen, 3, 3)
            if self.share < 1:
                painter.setBrush(now.accent)
                painter.drawRoundedRect(QRectF(split, box.top(), box.right() - split, box.height()), 3, 3)
