"""The dialog of the augmentation, and the line with its button that other dialogs hold."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from designer.data.augment.hints import Facts
from designer.data.augment.plan import Plan
from designer.data.facts import context_of
from designer.data.spec import DataSpec
from designer.jobs.client import WorkerProcess
from designer.ui.augment.editor import AugmentEditor
from designer.ui.editors import set_flag
from designer.ui.parts import label

__all__ = ["AugmentDialog", "AugmentLine"]

Question = tuple[DataSpec, Plan, Sequence[int | None] | None]


class AugmentDialog(QDialog):
    """``chosen(Plan)`` is sent when a person agrees with the list."""

    chosen = Signal(object)

    def __init__(
        self,
        data: DataSpec,
        plan: Plan,
        size: Sequence[int | None] | None,
        worker: WorkerProcess | None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Augmentation")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(940, 680)
        self.setMinimumSize(840, 540)
        known = context_of(data)
        facts = Facts("pictures" if known.size else None, known.labels, known.size or (), known.kind)
        self.editor = AugmentEditor(data, plan, facts, size, worker)
        self.summary = label("", "muted", wrap=True)
        self.summary.setAccessibleName("Augmentation in short")
        cancel, self.agree = QPushButton("Cancel"), QPushButton("Use this")
        cancel.setAutoDefault(False)
        cancel.clicked.connect(self.reject)
        set_flag(self.agree, "kind", "primary")
        self.agree.setDefault(True)
        self.agree.clicked.connect(self._choose)
        inner = QVBoxLayout()
        inner.setContentsMargins(20, 16, 20, 12)
        inner.setSpacing(12)
        inner.addWidget(label(_HELP, "small", wrap=True))
        inner.addWidget(self.editor, 1)
        foot = QHBoxLayout()
        foot.setContentsMargins(20, 12, 20, 12)
        foot.setSpacing(8)
        foot.addWidget(self.summary, 1)
        foot.addWidget(cancel)
        foot.addWidget(self.agree)
        line = QFrame()
        set_flag(line, "frame", "line")
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addLayout(inner, 1)
        whole.addWidget(line)
        whole.addLayout(foot)
        self.editor.changed.connect(self._show)
        self.finished.connect(self.editor.close_preview)
        self._show(plan)

    def _show(self, plan: Plan) -> None:
        self.summary.setText(plan.words[:1].upper() + plan.words[1:] if plan.words else "No augmentation")

    def _choose(self) -> None:
        if self.editor.commit() and not self.editor.point_out():
            self.chosen.emit(self.editor.plan)
            self.accept()


_HELP = (
    "Training samples are changed at random each time they are seen, from the first step to the last; validation "
    "samples never are."
)


class AugmentLine(QWidget):
    """A caption, what is done in short, and the button that opens the dialog.

    ``asked`` gives data, list and Input when the button is pressed, or None where there is nothing to look at yet.
    ``chosen(Plan)`` is sent when a person agrees with another list.
    """

    chosen = Signal(object)

    def __init__(self, worker: WorkerProcess | None, asked: Callable[[], Question | None], caption_width: int) -> None:
        super().__init__()
        self._worker, self._asked = worker, asked
        self.opened: AugmentDialog | None = None
        caption = QLabel("Augmentation")
        set_flag(caption, "role", "muted")
        caption.setFixedWidth(caption_width)
        self.words = label("", wrap=True)
        self.words.setAccessibleName("Augmentation in short")
        self.button = QPushButton("Edit…")
        self.button.setAccessibleName("Augmentation…")
        self.button.setToolTip("Change training samples at random: flip, crop, noise, mixup and more, with a preview")
        self.button.setAutoDefault(False)
        self.button.clicked.connect(self.open)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(caption)
        row.addWidget(self.words, 1)
        row.addWidget(self.button)

    def show_plan(self, plan: Plan) -> None:
        """What is done now."""
        self.words.setText(plan.words or "none")

    def open(self) -> None:
        """Let a person edit the list."""
        question = self._asked()
        if question is None:
            return
        self.opened = AugmentDialog(*question, self._worker, self)
        self.opened.chosen.connect(self.chosen)
        self.opened.finished.connect(self._closed)
        self.opened.open()

    def _closed(self) -> None:
        self.opened = None
