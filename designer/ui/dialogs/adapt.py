"""Adapt to my data: which data, what of the network learns, and every step in a sentence before it is done."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QDialog,
    QFileDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from designer.data.facts import context_of
from designer.data.source import sources
from designer.data.spec import DataSpec
from designer.errors import LayerloomError
from designer.graph.adapt import BODIES, Adaptation, Body, adapt
from designer.graph.document import Document
from designer.graph.model import Network
from designer.train.suggest import for_fine_tuning
from designer.ui.editors import set_flag
from designer.ui.parts import clear_layout, label, section
from designer.ui.theme import icon

__all__ = ["AdaptDialog"]

_TITLES: dict[Body, str] = {
    "frozen": "Train the new head only",
    "slow": "Train everything, the rest slowly",
    "whole": "Train everything alike",
}
_UNTRAINED = (
    "This network has no trained weights: what does not learn stays random. Let everything learn, or give it weights "
    "first (Train > Load weights…)."
)
_MARK = QSize(16, 16)


class AdaptDialog(QDialog):
    """``changed(Adaptation | None)`` is sent whenever another one is in sight, for a preview on the canvas.

    ``chosen(Adaptation, DataSpec, Body, bool)`` comes when a person agrees; the last says whether to go on to training.
    """

    changed = Signal(object)
    chosen = Signal(object, object, object, bool)

    def __init__(
        self,
        network: Network,
        data: DataSpec | None = None,
        normalised: bool = False,
        parent: QWidget | None = None,
        learned: bool = True,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Adapt to my data")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(560, 560)
        self.setMinimumSize(400, 420)
        self._network, self._normalised, self._learned = network, normalised, learned
        self._data = data or DataSpec(source="digits")
        self.found: Adaptation | None = None
        page = QWidget()
        page.setProperty("plain", True)
        column = QVBoxLayout(page)
        column.setContentsMargins(20, 16, 20, 12)
        column.setSpacing(12)
        column.addWidget(label("Adapt to my data", "title"))
        column.addLayout(self._build_data())
        column.addWidget(section("WHAT LEARNS"))
        column.addLayout(self._build_body())
        self.warning = self._build_warning()
        column.addWidget(self.warning)
        column.addWidget(section("WHAT WILL BE DONE"))
        self.steps = QWidget()
        inside = QVBoxLayout(self.steps)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(6)
        column.addWidget(self.steps)
        self.wrong = label("", "bad", wrap=True)
        column.addWidget(self.wrong)
        column.addStretch(1)
        area = QScrollArea()
        area.setAccessibleName("How to adapt")
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(page)
        line = QFrame()
        set_flag(line, "frame", "line")
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(area, 1)
        whole.addWidget(line)
        whole.addLayout(self._build_foot())
        self._fill(data)
        self._look()
        # Where a folder is asked for, the next key or a paste goes to it.
        (self.source if self.folder.isHidden() else self.folder).setFocus()

    # ------------------------------------------------------------ building

    def _build_data(self) -> QGridLayout:
        self.source, self.folder, self.browse = QComboBox(), QLineEdit(), QPushButton("Browse…")
        for source in (s for s in sources().values() if s.pictures and s.folders):
            self.source.addItem(source.title if source.named else f"{source.title}…", source.name)
        self.source.setAccessibleName("Data source")
        self.folder.setAccessibleName("Folder of the data")
        self.folder.setPlaceholderText("A folder with one sub-folder of pictures per class")
        self.browse.setAutoDefault(False)
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
        self._captions = [label(text, "muted") for text in ("Data", "Folder")]
        for row, (caption, field) in enumerate(zip(self._captions, (self.source, self.folder), strict=True)):
            caption.setBuddy(field)
            grid.addWidget(caption, row, 0)
            grid.addWidget(field, row, 1, 1, 1 if row else 2)
        grid.addWidget(self.browse, 1, 2)
        self.source.currentIndexChanged.connect(self._look)
        self.folder.textChanged.connect(self._look)
        self.browse.clicked.connect(self._browse)
        return grid

    def _build_body(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(4)
        self.bodies = QButtonGroup(self)
        for number, body in enumerate(get_args(Body)):
            choice = QRadioButton(_TITLES[body])
            choice.setAccessibleDescription(BODIES[body])
            choice.setChecked(body == ("frozen" if self._learned else "whole"))
            self.bodies.addButton(choice, number)
            column.addWidget(choice)
            told = label(BODIES[body], "small", wrap=True)
            told.setContentsMargins(24, 0, 0, 4)
            column.addWidget(told)
        self.bodies.idClicked.connect(self._look)
        return column

    def _build_warning(self) -> QFrame:
        frame = QFrame()
        set_flag(frame, "frame", "warning")
        row = QHBoxLayout(frame)
        row.setContentsMargins(12, 8, 12, 8)
        row.setSpacing(8)
        mark = QLabel()
        mark.setPixmap(icon("mdi6.alert", "warn").pixmap(_MARK))
        row.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(label(_UNTRAINED, wrap=True), 1)
        return frame

    def _build_foot(self) -> QHBoxLayout:
        self.cancel, self.only, self.go_on = (
            QPushButton("Cancel"),
            QPushButton("Adapt"),
            QPushButton("Adapt and train…"),
        )
        row = QHBoxLayout()
        row.setContentsMargins(20, 12, 20, 12)
        row.setSpacing(8)
        row.addStretch(1)
        for button in (self.cancel, self.only, self.go_on):
            button.setAutoDefault(False)
            row.addWidget(button)
        set_flag(self.go_on, "kind", "primary")
        self.go_on.setDefault(True)
        self.cancel.clicked.connect(self.reject)
        self.only.clicked.connect(lambda: self._choose(False))
        self.go_on.clicked.connect(lambda: self._choose(True))
        return row

    def _fill(self, data: DataSpec | None) -> None:
        if data is None:
            self.source.setCurrentIndex(max(0, self.source.findData("folder")))
        elif (at := self.source.findData(data.source)) >= 0:
            self.source.setCurrentIndex(at)
        else:
            self.source.setCurrentIndex(max(0, self.source.findData("folder")))
            self.folder.setText(data.source)

    # ------------------------------------------------------------ looking

    @property
    def body(self) -> Body:
        """What learns."""
        return get_args(Body)[self.bodies.checkedId()]  # type: ignore[no-any-return]

    def data(self) -> DataSpec | None:
        """The data that are chosen; None while a folder lacks."""
        source = sources()[str(self.source.currentData())]
        place = source.name if source.named else self.folder.text().strip()
        return self._data.model_copy(update={"source": place}) if place else None

    def _look(self) -> None:
        named = sources()[str(self.source.currentData())].named
        for widget in (self._captions[1], self.folder, self.browse):
            widget.setVisible(not named)
        data, self.found = self.data(), None
        said = "" if data is not None else "Choose the folder of your data."
        if data is not None:
            try:
                self.found = adapt(Document(self._network, context_of(data)), self.body, self._learned)
            except LayerloomError as error:
                said = error.message
        self.wrong.setText(said)
        set_flag(self.wrong, "role", "bad" if data is not None else "muted")
        self.wrong.setVisible(bool(said))
        self._show_steps()
        self.warning.setVisible(not self._learned and self.body != "whole")
        for button in (self.only, self.go_on):
            button.setEnabled(self.found is not None)
        self.changed.emit(self.found)

    def _show_steps(self) -> None:
        clear_layout(self.steps)
        layout = self.steps.layout()
        assert layout is not None
        for sentence in self._sentences():
            row = QWidget()
            inside = QHBoxLayout(row)
            inside.setContentsMargins(0, 0, 0, 0)
            inside.setSpacing(8)
            mark = QLabel()
            mark.setPixmap(icon("mdi6.check", "accent").pixmap(_MARK))
            inside.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
            inside.addWidget(label(sentence, wrap=True), 1)
            layout.addWidget(row)

    def _sentences(self) -> list[str]:
        if self.found is None:
            return []
        told = [step.sentence for step in self.found.steps if step.sentence]
        if self._normalised and self._learned:
            told.append("Pixels are normalised as those that the model was trained on.")
        settings = for_fine_tuning(self.body, self._learned)
        told.append(
            f"Settings are suggested: {settings['epochs']} epochs, batch size {settings['batch_size']}, learning rate "
            f"{settings['learning_rate']:g}."
        )
        return told

    # ------------------------------------------------------------ choosing

    def _browse(self) -> None:
        dialog = QFileDialog(self, "Choose the folder of your data", self.folder.text() or str(Path.home()))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly, True)
        dialog.fileSelected.connect(self.folder.setText)
        dialog.open()

    def _choose(self, go_on: bool) -> None:
        data = self.data()
        if self.found is not None and data is not None:
            self.chosen.emit(self.found, data, self.body, go_on)
            self.accept()
