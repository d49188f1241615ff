"""One run, or several that are chosen together: what is known, what people write to it, what can be done with it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from designer.graph.words import plural
from designer.jobs.about import tags_in
from designer.jobs.library import RunEntry
from designer.ui.editors import set_flag
from designer.ui.panels.run_widgets import Pill, Tone
from designer.ui.parts import Facts, label, section
from designer.ui.runs_library.table import STATE_TONES
from designer.ui.runs_library.words import best_rows, fact_rows, figure_rows, setting_rows, summary, together
from designer.ui.theme import icon

__all__ = ["Details"]

_MOST = 30  # runs whose figures are listed together


class Details(QFrame):
    """``written(run, what, value)``: a name, tags, notes or a star; the rest are asked of the chosen runs."""

    written = Signal(object, str, object)
    asked = Signal(str)  # attach, go_on, open, weights, curves, reveal, compare, delete

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_flag(self, "frame", "panel")
        self.setAccessibleName("Facts about the run")
        self.entries: list[RunEntry] = []
        self.name = QLineEdit()
        self.name.setAccessibleName("Name of the run")
        self.name.editingFinished.connect(self._name_written)
        self.title = label("", "title")
        self.star = QToolButton()
        self.star.setIconSize(QSize(18, 18))
        self.star.setAutoRaise(True)
        self.star.clicked.connect(self._star_written)
        self.pill = Pill()
        self.summary = label("", "small", wrap=True)
        self.message = label("", "bad", wrap=True, select=True)
        self.tags = QLineEdit()
        self.tags.setPlaceholderText("Tags, parted by commas")
        self.tags.setAccessibleName("Tags")
        self.tags.editingFinished.connect(self._tags_written)
        self.notes = _Notes()
        self.notes.setPlaceholderText("Notes")
        self.notes.setAccessibleName("Notes")
        self.notes.setFixedHeight(72)
        self.notes.left.connect(self._notes_written)
        self.figures = Facts(name_width=112)
        self.settings = Facts(name_width=112)
        self.facts = Facts(name_width=112)
        self.buttons: dict[str, QPushButton] = {}
        self._build()
        self.show_runs([])

    def _build(self) -> None:
        page = QWidget()
        page.setProperty("plain", True)
        inner = QVBoxLayout(page)
        inner.setContentsMargins(16, 14, 16, 12)
        inner.setSpacing(6)
        head = QHBoxLayout()
        head.setSpacing(4)
        head.addWidget(self.title, 1)
        head.addWidget(self.name, 1)
        head.addWidget(self.star)
        inner.addLayout(head)
        state = QHBoxLayout()
        state.setSpacing(8)
        state.addWidget(self.pill)
        state.addWidget(self.summary, 1)
        inner.addLayout(state)
        inner.addWidget(self.message)
        inner.addSpacing(4)
        inner.addWidget(self.tags)
        inner.addWidget(self.notes)
        self._parts = []
        for title, facts in (("Figures", self.figures), ("Settings", self.settings), ("About it", self.facts)):
            heading = section(title)
            inner.addSpacing(8)
            inner.addWidget(heading)
            inner.addWidget(facts)
            self._parts.append((heading, facts))
        inner.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(page)
        line = QFrame()
        set_flag(line, "frame", "line")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(scroll, 1)
        column.addWidget(line)
        column.addLayout(self._foot())

    def _foot(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setContentsMargins(16, 12, 16, 14)
        column.setSpacing(8)
        self._button("attach", "Watch it", "mdi6.eye-outline", "Show this training live, and steer it", "primary")
        self._button("go_on", "Go on with this run", "mdi6.play", "Train on from its newest checkpoint", "primary")
        self._button(
            "compare", "Compare", "mdi6.compare", "Settings, figures, networks and curves side by side", "primary"
        )
        self._button("open", "Open the network as it was", "mdi6.graph-outline", "As a new project, with its weights")
        self._button("weights", "Use these weights", "mdi6.tray-arrow-down", "For the network that is open now")
        for name in ("attach", "go_on", "compare", "open", "weights"):
            column.addWidget(self.buttons[name])
        row = QHBoxLayout()
        row.setSpacing(8)
        self._button("curves", "Curves", "mdi6.chart-line", "Show its curves in the training panel")
        self._button("reveal", "Folder", "mdi6.folder-open-outline", "Show its folder")
        self._button(
            "delete", "Delete", "mdi6.trash-can-outline", "Move it to the trash; it can be brought back", "danger"
        )
        for name in ("curves", "reveal", "delete"):
            row.addWidget(self.buttons[name], 1)
        column.addLayout(row)
        return column

    def _button(self, name: str, text: str, picture: str, tip: str, kind: str = "") -> None:
        role = {"primary": "on_accent", "danger": "bad"}.get(kind, "text")
        button = QPushButton(icon(picture, role), text)
        button.setToolTip(tip)
        if kind:
            set_flag(button, "kind", kind)
        button.clicked.connect(lambda: self.asked.emit(name))
        self.buttons[name] = button

    # --- what is shown ----------------------------------------------------------------------------------------

    def show_runs(self, entries: Sequence[RunEntry]) -> None:
        """Show these. What is being typed stays, as long as it is about the same run."""
        before, self.entries = self.entries, list(entries)
        self.setVisible(bool(self.entries))
        if not self.entries:
            return
        one = self.entries[0] if len(self.entries) == 1 else None
        same = one is not None and len(before) == 1 and before[0].path == one.path
        for part in (self.star, self.notes, self.pill):
            part.setVisible(one is not None)
        for heading, facts in self._parts:
            heading.setVisible(one is not None)
            facts.setVisible(one is not None)
        self.title.setVisible(one is None)
        self.name.setVisible(one is not None)
        if one is not None:
            self._show_one(one, same)
        else:
            self._show_several()
        self._show_buttons(one)

    def _show_one(self, entry: RunEntry, same: bool) -> None:
        if not (same and self.name.hasFocus()):
            self.name.setText(entry.about.name)
        self.name.setPlaceholderText(entry.id)
        self.star.setIcon(icon("mdi6.star", "warn") if entry.about.starred else icon("mdi6.star-outline", "muted"))
        self.star.setToolTip("Take the star off" if entry.about.starred else "Give it a star")
        self.star.setAccessibleName(self.star.toolTip())
        tone = STATE_TONES[entry.state]
        tones: dict[str, Tone] = {"accent": "accent", "good": "good", "warn": "warn", "bad": "bad"}
        self.pill.show_word(entry.state.capitalize(), tones.get(tone, "plain"))
        self.summary.setText(summary(entry))
        self.message.setText(entry.digest.message)
        self.message.setVisible(bool(entry.digest.message))
        if not (same and self.tags.hasFocus()):
            self.tags.setText(", ".join(entry.about.tags))
        self.tags.setPlaceholderText("Tags, parted by commas")
        if not (same and self.notes.hasFocus()) and self.notes.toPlainText() != entry.about.notes:
            self.notes.setPlainText(entry.about.notes)
        for part, rows in ((0, figure_rows(entry)), (1, setting_rows(entry)), (2, fact_rows(entry))):
            heading, facts = self._parts[part]
            facts.set_rows(rows)
            heading.setVisible(bool(rows))
            facts.setVisible(bool(rows))

    def _show_several(self) -> None:
        self.title.setText(f"{plural(len(self.entries), 'run')} chosen")
        self.summary.setText(together(self.entries))
        heading, facts = self._parts[0]
        facts.set_rows(best_rows(self.entries[:_MOST]))
        heading.show()
        facts.show()
        self.message.hide()
        if not self.tags.hasFocus():
            self.tags.setText("")
        self.tags.setPlaceholderText("Add tags to all of them")

    def _show_buttons(self, one: RunEntry | None) -> None:
        ended = all(not entry.active for entry in self.entries)
        shown = {
            "attach": one is not None and one.active,
            "go_on": one is not None and one.can_go_on,
            "compare": one is None,
            "open": one is not None,
            "weights": one is not None and one.digest.weights is not None,
            "curves": True,
            "reveal": one is not None,
            "delete": True,
        }
        for name, button in self.buttons.items():
            button.setVisible(shown[name])
        self.buttons["curves"].setVisible(one is None or not one.active)
        self.buttons["delete"].setEnabled(ended)
        tip = "Move to the trash; it can be brought back" if ended else "Stop the run first; then it can be deleted"
        self.buttons["delete"].setToolTip(tip)

    # --- what is written --------------------------------------------------------------------------------------

    def _one(self) -> RunEntry | None:
        return self.entries[0] if len(self.entries) == 1 else None

    def _name_written(self) -> None:
        entry = self._one()
        if entry is not None and self.name.text().strip() != entry.about.name:
            self.written.emit(entry, "name", self.name.text().strip())

    def _star_written(self) -> None:
        entry = self._one()
        if entry is not None:
            self.written.emit(entry, "starred", not entry.about.starred)

    def _tags_written(self) -> None:
        tags, entry = tags_in(self.tags.text()), self._one()
        if entry is not None:
            if tags != entry.about.tags:
                self.written.emit(entry, "tags", tags)
            return
        if tags:
            self.tags.setText("")
            for each in self.entries:
                self.written.emit(each, "tags", tags_in([*each.about.tags, *tags]))

    def _notes_written(self) -> None:
        entry = self._one()
        if entry is not None and self.notes.toPlainText() != entry.about.notes:
            self.written.emit(entry, "notes", self.notes.toPlainText())

    def settle(self) -> None:
        """What is being typed counts."""
        for part, take in (
            (self.name, self._name_written),
            (self.tags, self._tags_written),
            (self.notes, self._notes_written),
        ):
            if part.hasFocus():
                take()


class _Notes(QPlainTextEdit):
    """``left`` says that the keyboard went elsewhere; Tab goes on instead of writing a tab."""

    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTabChangesFocus(True)
        self.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Hear the focus go."""
        if isinstance(event, QFocusEvent) and event.type() == QEvent.Type.FocusOut:
            self.left.emit()
        return super().eventFilter(watched, event)
