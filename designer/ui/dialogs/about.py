"""What this is, which version, and whose work it stands on."""

from __future__ import annotations

import platform

import PySide6
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QPushButton, QVBoxLayout, QWidget

from designer import __version__
from designer.ui.parts import Facts, label

__all__ = ["About"]

_THANKS = (
    "Layerloom is free software under the Apache License 2.0. It stands on PyTorch, Qt for Python, pydantic, "
    "pyqtgraph, ONNX and others. The fonts Inter and JetBrains Mono are used under the SIL Open Font License 1.1, the "
    "icons are Material Design Icons."
)


class About(QDialog):
    """A small dialog."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("About Layerloom")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setFixedWidth(440)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 16)
        column.setSpacing(12)
        column.addWidget(label("Layerloom", "heading"))
        column.addWidget(label("Design, train, understand and export neural networks.", "muted", wrap=True))
        facts = Facts(name_width=96)
        facts.set_rows(
            [
                ("Version", __version__),
                ("Python", platform.python_version()),
                ("Qt", PySide6.__version__),
                ("System", f"{platform.system()} {platform.machine()}"),
            ]
        )
        column.addWidget(facts)
        column.addWidget(label(_THANKS, "small", wrap=True))
        close = QPushButton("Close")
        close.setDefault(True)
        close.clicked.connect(self.accept)
        column.addWidget(close, 0, Qt.AlignmentFlag.AlignRight)
