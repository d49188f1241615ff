"""Asks for the learning rate of a run that goes on."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from designer.train.spec import TrainSpec
from designer.ui.editors import set_flag
from designer.ui.form import Form, entries_of_model
from designer.ui.parts import label

__all__ = ["RateDialog"]

_HINT = "Used from the next iteration on. The schedule goes on from there."


class RateDialog(QDialog):
    """``chosen`` carries the rate."""

    chosen = Signal(float)

    def __init__(self, rate: float | None, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Learning rate")
        self.setModal(True)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(360)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 20, 20, 16)
        column.setSpacing(12)
        column.addWidget(label("Learning rate", "title"))
        self.form = Form(entries_of_model(TrainSpec, include=("learning_rate",)))
        if rate is not None:
            self.form.set_values({"learning_rate": rate})
        column.addWidget(self.form)
        column.addWidget(label(_HINT, "small", wrap=True))
        cancel, self.use = QPushButton("Cancel"), QPushButton("Use it")
        cancel.setAutoDefault(False)
        cancel.clicked.connect(self.reject)
        self.use.setDefault(True)
        self.use.clicked.connect(self._choose)
        set_flag(self.use, "kind", "primary")
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addStretch(1)
        row.addWidget(cancel)
        row.addWidget(self.use)
        column.addLayout(row)
        self.form.editor("learning_rate").field.setFocus()

    def _choose(self) -> None:
        if self.form.commit():
            self.chosen.emit(float(self.form.values()["learning_rate"]))
            self.accept()
