"""The export dialog: a format, a place, and the proof that the file computes what the network does."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from designer.data.spec import DataSpec, Normalisation
from designer.errors import LayerloomError
from designer.exchange.format import Format, formats
from designer.graph.model import Network
from designer.ui.dialogs.export_options import OptionSwitches
from designer.ui.editors import set_flag
from designer.ui.panels.exports import ExportCard
from designer.ui.parts import label

if TYPE_CHECKING:
    from designer.ui.runs import RunController

__all__ = ["ExportDialog", "export_formats"]


def export_formats() -> list[Format]:
    """The formats that can be written, in the order they are listed."""
    return [fmt for fmt in formats().values() if fmt.write is not None]


class ExportDialog(QDialog):
    """Exports ``weights`` of ``network``; compares on validation samples of ``data`` where it is known."""

    def __init__(
        self,
        network: Network,
        weights: Path,
        data: DataSpec | None,
        controller: RunController,
        parent: QWidget | None = None,
        name: str = "",
        folder: Path | None = None,
        normalisation: Normalisation | None = None,
    ) -> None:
        """``name`` and ``folder`` of the proposed file; without them, those of the weights."""
        super().__init__(parent)
        self.setWindowTitle("Export")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._network, self._weights, self._data, self._controller = network, weights, data, controller
        self._normalisation = normalisation
        self._stem, self._folder = name or _stem(weights), folder or _home(weights)
        self._chosen_path = False  # whether a person wrote the path
        self.run_id: str | None = None
        self.card: ExportCard | None = None
        self.setMinimumWidth(440)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(20, 16, 20, 16)
        self._column.setSpacing(8)
        self._column.addWidget(label("Format", "title"))
        self._build_formats()
        self.options = OptionSwitches(self)
        self._column.addWidget(self.options)
        self._column.addSpacing(6)
        self._column.addWidget(label("File", "title"))
        self._column.addLayout(self._place_row())
        self.wrong = label("", "bad", wrap=True)
        self.wrong.hide()
        self._column.addWidget(self.wrong)
        what = f"Weights: {weights.name} in {weights.parent.name}. The file is run and compared with the network on "
        what += "validation samples" if data is not None else "random samples, because the data are not known"
        self._column.addWidget(label(what + ", and kept only if it is equal.", "small", wrap=True))
        self._column.addSpacing(4)
        self._column.addLayout(self._foot())
        controller.happened.connect(self._happened)
        controller.result.connect(self._result)
        self._propose()
        self._settle(560)

    # ------------------------------------------------------------ building

    def _build_formats(self) -> None:
        self._group = QButtonGroup(self)
        self.formats: dict[str, QRadioButton] = {}
        grid, known = QGridLayout(), export_formats()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(6)
        rows = -(-len(known) // 2)
        for place, fmt in enumerate(known):
            button = QRadioButton(fmt.title)
            button.setAccessibleDescription(fmt.help)
            button.setToolTip(fmt.help)
            self._group.addButton(button)
            self.formats[fmt.name] = button
            grid.addWidget(button, place % rows, place // rows)
        self._column.addLayout(grid)
        self.help = label("", "small", wrap=True)
        self._column.addWidget(self.help)
        self.formats["onnx" if "onnx" in self.formats else next(iter(self.formats))].setChecked(True)
        next(button for button in self.formats.values() if button.isChecked()).setFocus()
        self._group.buttonToggled.connect(self._format_changed)

    def _place_row(self) -> QHBoxLayout:
        self.path = QLineEdit()
        self.path.setAccessibleName("File to write")
        self.path.textEdited.connect(self._wrote_path)
        browse = QPushButton("Browse…")
        browse.setAutoDefault(False)
        browse.clicked.connect(self._browse)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.path, 1)
        row.addWidget(browse)
        return row

    def _foot(self) -> QHBoxLayout:
        self.close_button, self.start = QPushButton("Cancel"), QPushButton("Export")
        self.close_button.setAutoDefault(False)
        self.close_button.clicked.connect(self.reject)
        set_flag(self.start, "kind", "primary")
        self.start.setDefault(True)
        self.start.clicked.connect(self._export)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addStretch(1)
        row.addWidget(self.close_button)
        row.addWidget(self.start)
        return row

    def _settle(self, width: int) -> None:
        """As high as the words need in this width: Qt leaves that to the caller where labels wrap."""
        self._column.activate()
        height = self._column.totalHeightForWidth(width)
        self.setMinimumHeight(height)
        self.resize(width, height)

    # ------------------------------------------------------------ choosing

    def format(self) -> Format:
        """The chosen format."""
        return next(fmt for fmt in export_formats() if self.formats[fmt.name].isChecked())

    def _format_changed(self, _: Any, checked: bool) -> None:
        if checked:
            self._propose()
            self._settle(self.width())

    def _propose(self, *_: Any) -> None:
        """A path that fits the format, as long as nobody wrote one."""
        fmt = self.format()
        self.options.show_for(fmt)
        self.help.setText(fmt.help)
        if not self._chosen_path:
            name = f"{self._stem}-{fmt.name}" if fmt.folder else f"{self._stem}{fmt.tail}{fmt.suffix}"
            self.path.setText(str(self._folder / name))
        elif not fmt.folder and self.path.text():
            written = Path(self.path.text())
            if written.suffix in {f.suffix for f in export_formats() if f.suffix}:
                self.path.setText(str(written.with_suffix(fmt.suffix)))
        self.wrong.hide()

    def _wrote_path(self) -> None:
        self._chosen_path = True
        self.wrong.hide()

    def _browse(self) -> None:
        fmt = self.format()
        dialog = QFileDialog(self, "Export as", self.path.text())
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        if not fmt.folder:
            dialog.setNameFilter(f"{fmt.title} (*{fmt.suffix})")
            dialog.setDefaultSuffix(fmt.suffix.removeprefix("."))
        dialog.selectFile(self.path.text())
        dialog.fileSelected.connect(self._picked)
        dialog.open()

    def _picked(self, path: str) -> None:
        self._chosen_path = True
        self.path.setText(path)

    # ------------------------------------------------------------ exporting

    def _export(self) -> None:
        fmt, text = self.format(), self.path.text().strip()
        if not text:
            self._complain("Write where the file should go.")
            return
        out = Path(text).expanduser().absolute()
        if not out.parent.is_dir():
            self._complain(f"The folder {out.parent} does not exist. Choose another one.")
            return
        try:
            self.run_id = self._controller.export(
                self._network,
                self._weights,
                fmt.name,
                out,
                self._data,
                normalisation=self._normalisation,
                options=self.options.options(),
            )
        except LayerloomError as error:
            self._complain(error.message)
            return
        if self.card is not None:
            self._column.removeWidget(self.card)
            self.card.deleteLater()
        self.card = ExportCard(fmt.title, str(out), self)
        self._column.insertWidget(self._column.count() - 1, self.card)
        self.card.show()  # a layout leaves no room for what is still hidden
        self._settle(self.width())
        self.start.setEnabled(False)
        self.close_button.setText("Close")

    def _happened(self, run_id: str, event: dict[str, Any]) -> None:
        if run_id != self.run_id or self.card is None:
            return
        kind, words = event.get("type"), str(event.get("message") or event.get("text") or "")
        if kind == "progress":
            self.card.show_progress(event.get("fraction"), words)
        elif kind in ("failed", "lost"):
            self.card.show_failure(words)
            self._settle(self.width())
        if kind in ("finished", "failed", "lost"):
            self.start.setEnabled(True)
            self.start.setText("Export")

    def _result(self, run_id: str, data: dict[str, Any]) -> None:
        if run_id == self.run_id and self.card is not None:
            self.card.show_report(data)
            self._settle(self.width())

    def _complain(self, sentence: str) -> None:
        self.wrong.setText(sentence)
        self.wrong.show()
        self._settle(self.width())
        self.path.setFocus()


def _run_folder(weights: Path) -> bool:
    return (weights.parent / "events.jsonl").is_file()


def _stem(weights: Path) -> str:
    """net for the weights in net-runs/…/weights.safetensors and for net.safetensors."""
    return weights.parent.parent.name.removesuffix("-runs") or "model" if _run_folder(weights) else weights.stem


def _home(weights: Path) -> Path:
    """Beside the project, not inside of its runs."""
    here = weights.absolute().parent
    if not _run_folder(weights):
        return here
    return here.parent.parent if here.parent.name.endswith("-runs") else Path.home()
