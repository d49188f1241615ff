"""A question with a few answers. Opens without blocking: the answer is a call."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from designer.ui.editors import set_flag
from designer.ui.parts import label
from designer.ui.theme import icon

__all__ = ["Question", "ask", "show_text", "unsaved"]

Answer = tuple[str, str, Callable[[], object] | None]


class Question(QDialog):
    """``answers`` are (title, kind, what it does); Enter means the one of kind "primary"; Escape cancels."""

    def __init__(self, parent: QWidget, title: str, text: str, answers: Sequence[Answer], mark: str = "help") -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setModal(True)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(420)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 20, 20, 16)
        column.setSpacing(20)
        head = QHBoxLayout()
        head.setSpacing(16)
        picture = QLabel()
        picture.setPixmap(icon(f"mdi6.{mark}-circle-outline", "accent").pixmap(QSize(28, 28)))
        head.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(6)
        words.addWidget(label(title, "title", wrap=True))
        words.addWidget(label(text, "muted", wrap=True))
        head.addLayout(words, 1)
        column.addLayout(head)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addStretch(1)
        self.buttons: dict[str, QPushButton] = {}
        self._answers = {name: do for name, _, do in answers}
        for name, kind, _ in answers:
            button = QPushButton(name)
            set_flag(button, "kind", kind)
            button.setDefault(kind == "primary")
            button.setAutoDefault(kind == "primary")
            button.clicked.connect(self._answered)
            row.addWidget(button)
            self.buttons[name] = button
            if kind == "primary":
                button.setFocus()
        column.addLayout(row)

    def _answered(self) -> None:
        sender = self.sender()
        name = next(name for name, button in self.buttons.items() if button is sender)
        self.accept()
        do = self._answers[name]
        if do is not None:
            do()


def ask(parent: QWidget, title: str, text: str, *answers: Answer, mark: str = "help") -> Question:
    """Open a question over ``parent``."""
    dialog = Question(parent, title, text, answers, mark)
    dialog.open()
    return dialog


def unsaved(parent: QWidget, name: str, save: Callable[[], object], discard: Callable[[], object]) -> Question:
    """What to do with unsaved edits; cancelling does nothing."""
    return ask(
        parent,
        f"Save the changes to {name}?",
        "They are lost if you do not save them.",
        ("Don't save", "danger", discard),
        ("Cancel", "", None),
        ("Save", "primary", save),
        mark="alert",
    )


def show_text(parent: QWidget, title: str, text: str) -> QDialog:
    """A text to read and copy, such as the details of an error."""
    dialog = QDialog(parent)
    dialog.setWindowTitle(title)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.resize(720, 420)
    column = QVBoxLayout(dialog)
    column.setContentsMargins(16, 16, 16, 16)
    column.setSpacing(12)
    view = QPlainTextEdit(text)
    view.setReadOnly(True)
    view.setAccessibleName(title)
    set_flag(view, "kind", "mono")
    close = QPushButton("Close")
    close.clicked.connect(dialog.accept)
    column.addWidget(view, 1)
    column.addWidget(close, 0, Qt.AlignmentFlag.AlignRight)
    dialog.show()
    return dialog
