"""The settings that people change by hand. Every change takes effect, and is kept, at once."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QPushButton, QVBoxLayout, QWidget

from designer.errors import ProjectError
from designer.graph.targets import TARGETS
from designer.project.settings import Settings
from designer.ui.form import form_for_model
from designer.ui.parts import label

__all__ = ["SettingsDialog"]

_TARGETS = {"": "Not decided", **{name: target.title for name, target in TARGETS.items()}}
_THEMES = {"system": "As the system", "light": "Light", "dark": "Dark"}


class SettingsDialog(QDialog):
    """``changed`` carries the new Settings."""

    changed = Signal(object)

    def __init__(self, settings: Settings, parent: QWidget) -> None:
        super().__init__(parent)
        self.settings = settings
        self.setWindowTitle("Settings")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(460)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 20, 20, 16)
        column.setSpacing(16)
        column.addWidget(label("Settings", "title"))
        self.form = form_for_model(
            Settings,
            settings,
            include=Settings.shown(),
            titles={"theme": _THEMES, "export_target": _TARGETS},
            label_width=180,
        )
        self.form.changed.connect(self._changed)
        column.addWidget(self.form)
        column.addStretch(1)
        close = QPushButton("Close")
        close.setDefault(False)
        close.setAutoDefault(False)
        close.clicked.connect(self.accept)
        column.addWidget(close, 0, Qt.AlignmentFlag.AlignRight)

    def _changed(self, name: str, value: Any) -> None:
        try:
            self.settings = self.settings.changed(**{name: value})
        except ProjectError as error:
            self.form.set_error(name, error.message)
            return
        self.changed.emit(self.settings)
