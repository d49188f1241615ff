"""What may be chosen of an export, as switches; only those that the chosen format heeds are shown."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from designer.exchange.format import Format
from designer.exchange.options import ExportOptions

__all__ = ["OptionSwitches"]

_OPSETS = range(18, 25)


class OptionSwitches(QWidget):
    """A check box for each yes or no of `ExportOptions`, and a list for the opset."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        self.switches: dict[str, QCheckBox] = {}
        self.opset = QComboBox()
        for name, field in ExportOptions.model_fields.items():
            title, words = str(field.title), str(field.description)
            if name == "opset":
                self._row = self._opset_row(title, words)
                column.addWidget(self._row)
                continue
            box = QCheckBox(title)
            box.setChecked(bool(field.default))
            box.setToolTip(words)
            box.setAccessibleDescription(words)
            self.switches[name] = box
            column.addWidget(box)
        self._heeded: frozenset[str] = frozenset()

    def _opset_row(self, title: str, words: str) -> QWidget:
        row = QWidget()
        across = QHBoxLayout(row)
        across.setContentsMargins(0, 0, 0, 0)
        across.setSpacing(8)
        self.opset.addItem("The exporter's own choice", None)
        for number in _OPSETS:
            self.opset.addItem(str(number), number)
        self.opset.setToolTip(words)
        self.opset.setAccessibleName(title)
        name = QLabel(title)
        name.setBuddy(self.opset)
        across.addWidget(name)
        across.addWidget(self.opset)
        across.addStretch(1)
        return row

    def show_for(self, fmt: Format) -> None:
        """Those of ``fmt``; hidden where it has none."""
        self._heeded = fmt.options
        for name, box in self.switches.items():
            box.setVisible(name in fmt.options)
        self._row.setVisible("opset" in fmt.options)
        self.setVisible(bool(fmt.options))

    def options(self) -> ExportOptions:
        """What is chosen, of what is shown."""
        chosen: dict[str, Any] = {n: box.isChecked() for n, box in self.switches.items() if n in self._heeded}
        if "opset" in self._heeded:
            chosen["opset"] = self.opset.currentData()
        return ExportOptions.model_validate(chosen)
