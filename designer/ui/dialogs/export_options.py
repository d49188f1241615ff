"""What may be chosen of an export, as switches; only those that the chosen format heeds are shown."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QCheckBox, QComboBox, QGridLayout, QLabel, QWidget

from designer.exchange.format import Format
from designer.exchange.options import ExportOptions

__all__ = ["OptionSwitches"]

_OPSETS = range(18, 25)


class OptionSwitches(QWidget):
    """A check box for each yes or no of `ExportOptions`, and a list for the opset."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(6)
        self.switches: dict[str, QCheckBox] = {}
        self.opset, self._opset_name = self._opset_list()
        grid.addWidget(self._opset_name, 0, 0)
        grid.addWidget(self.opset, 0, 1)
        for name, field in ExportOptions.model_fields.items():
            if name == "opset":
                continue
            words = str(field.description)
            box = QCheckBox(str(field.title))
            box.setChecked(bool(field.default))
            box.setToolTip(words)
            box.setAccessibleDescription(words)
            place = len(self.switches)
            self.switches[name] = box
            grid.addWidget(box, 1 + place // 2, place % 2)
        self._heeded: frozenset[str] = frozenset()

    def _opset_list(self) -> tuple[QComboBox, QLabel]:
        field, found = ExportOptions.model_fields["opset"], QComboBox()
        found.addItem("The exporter's own choice", None)
        for number in _OPSETS:
            found.addItem(str(number), number)
        found.setToolTip(str(field.description))
        found.setAccessibleName(str(field.title))
        name = QLabel(str(field.title))
        name.setBuddy(found)
        return found, name

    def show_for(self, fmt: Format) -> None:
        """Those of ``fmt``; hidden where it has none."""
        self._heeded = fmt.options
        for name, box in self.switches.items():
            box.setVisible(name in fmt.options)
        for part in (self.opset, self._opset_name):
            part.setVisible("opset" in fmt.options)
        self.setVisible(bool(fmt.options))

    def options(self) -> ExportOptions:
        """What is chosen, of what is shown."""
        chosen: dict[str, Any] = {n: box.isChecked() for n, box in self.switches.items() if n in self._heeded}
        if "opset" in self._heeded:
            chosen["opset"] = self.opset.currentData()
        return ExportOptions.model_validate(chosen)
