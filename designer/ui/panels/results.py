"""The results panel: what a trained network gets right and wrong, and what was exported."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QButtonGroup,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from designer.jobs.specs import ExportJob
from designer.ui import theme as themes
from designer.ui.editors import set_flag
from designer.ui.panels.class_table import ClassTable
from designer.ui.panels.confusion_view import ConfusionView
from designer.ui.panels.exports import ExportList
from designer.ui.panels.gallery import Gallery
from designer.ui.panels.run_widgets import Banner, EmptyPage, Facts, Pill
from designer.ui.panels.square_plot import SquarePlot
from designer.ui.understanding.curves_page import CurvesPage
from designer.ui.understanding.try_page import TryPage
from designer.ui.words import count

if TYPE_CHECKING:
    from designer.ui.runs import Run, RunController

__all__ = ["ResultsPanel"]

_FACTS = (
    ("accuracy", "Accuracy"),
    ("loss", "Loss"),
    ("f1", "Mean F1"),
    ("all_right", "All labels right"),
    ("sensitivity", "Sensitivity"),
    ("specificity", "Specificity"),
    ("auroc", "AUROC"),
    ("mae", "Mean absolute error"),
    ("rmse", "Root mean squared error"),
    ("r2", "R²"),
    ("samples", "Validation samples"),
    ("data", "Data"),
)
_PAGES = (
    ("overview", "Overview"),
    ("mistakes", "Mistakes"),
    ("unsure", "Least sure"),
    ("curves", "Curves"),
    ("exports", "Exports"),
    ("try", "Try it"),
)
_OF_EVALUATION = ("overview", "mistakes", "unsure", "curves")


class ResultsPanel(QWidget):
    """Shows the newest evaluation, and every export of this session."""

    exportRequested = Signal()  # noqa: N815
    measured = Signal(dict)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Results")
        self.data: Mapping[str, Any] | None = None
        self._controller: RunController | None = None
        self._current: str | None = None  # the evaluation that is shown
        self._folder = Path()  # where its pictures lie
        self._cell = False  # whether the mistakes are those of one cell
        self._build()

    # ------------------------------------------------------------ building

    def _build(self) -> None:
        self.empty = EmptyPage(
            "mdi6.bullseye-arrow",
            "Nothing measured yet",
            "When a training ends, the network is measured on the validation samples: accuracy, confusion matrix, "
            "figures of each class and its surest mistakes.",
        )
        self.pill = Pill()
        self.facts = Facts(_FACTS)
        self.export = QPushButton(themes.icon("mdi6.export-variant"), "Export…")
        self.export.setToolTip("Write the trained network as a file that others can use")
        self.export.clicked.connect(self.exportRequested)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Progress of the evaluation")
        self.bar.hide()
        self.failure = Banner("problem", "mdi6.alert-circle-outline", "bad")
        self._head = head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(self.pill, 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(self.facts, 1, Qt.AlignmentFlag.AlignTop)
        head.addWidget(self.export, 0, Qt.AlignmentFlag.AlignTop)
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(12, 8, 12, 8)
        column.setSpacing(8)
        column.addLayout(head)
        column.addWidget(self.bar)
        column.addWidget(self.failure)
        column.addLayout(self._switches())
        self.pages = QStackedWidget()
        self.mistakes, self.unsure, self.exports = Gallery(), Gallery(), ExportList()
        self.curves, self.trial = CurvesPage(), TryPage()
        self._sides = self._overview()
        for page in (self._sides, self.mistakes, self.unsure, self.curves, self.exports, self.trial):
            self.pages.addWidget(page)
        column.addWidget(self.pages, 1)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.empty)
        self._stack.addWidget(content)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._stack)
        self.pill.show_word("Evaluated", "good")

    def _switches(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(4)
        self._group = QButtonGroup(self)
        self.switches: dict[str, QToolButton] = {}
        for i, (key, title) in enumerate(_PAGES):
            button = QToolButton()
            button.setText(title)
            button.setCheckable(True)
            button.setAccessibleName(f"Show {title.lower()}")
            self._group.addButton(button, i)
            self.switches[key] = button
            row.addWidget(button)
        self.switches["overview"].setChecked(True)
        self._group.idClicked.connect(self._all_mistakes)
        self._group.idClicked.connect(self._choose)
        row.addStretch(1)
        self.normalise = QToolButton()
        self.normalise.setText("Per cent of row")
        self.normalise.setCheckable(True)
        self.normalise.setToolTip("Write shares of each true class instead of counts")
        row.addWidget(self.normalise)
        return row

    def _overview(self) -> _Sides:
        self.confusion = ConfusionView()
        self.normalise.toggled.connect(self.confusion.set_normalised)
        self.confusion.pressed.connect(self.show_cell)
        self.table = ClassTable()
        self.note = QLabel()
        set_flag(self.note, "role", "muted")
        self.note.setWordWrap(True)
        self.note.hide()
        self.plot = SquarePlot()
        self.plot.hide()
        return _Sides(self.confusion, self.table, self.plot, self.note)

    # ------------------------------------------------------------ following runs

    def watch(self, controller: RunController) -> None:
        """Show every evaluation and export that the controller follows."""
        self._controller = controller
        controller.started.connect(self._started)
        controller.happened.connect(self._happened)
        controller.result.connect(self._result)

    def _run(self, run_id: str, kind: str) -> Run | None:
        run = self._controller.run(run_id) if self._controller is not None else None
        return run if run is not None and run.kind == kind else None

    def _started(self, run_id: str) -> None:
        if self._run(run_id, "evaluate") is not None:
            self._current = run_id
            self.show_progress(None, "")
        export = self._run(run_id, "export")
        if export is not None and isinstance(export.spec, ExportJob):
            self.exports.card(run_id, export.spec.format, export.spec.out)
            self.switches["exports"].setText(f"Exports ({len(self.exports.cards)})")
            self._stack.setCurrentIndex(1)
            if self.data is None:
                self.show_page("exports")

    def _happened(self, run_id: str, event: dict[str, Any]) -> None:
        kind, words = event.get("type"), str(event.get("message") or event.get("text") or "")
        if run_id == self._current:
            if kind == "progress":
                self.show_progress(event.get("fraction"), words)
            elif kind in ("failed", "lost"):
                self.show_failure(words)
        card = self.exports.cards.get(run_id)
        if card is not None:
            if kind == "progress":
                card.show_progress(event.get("fraction"), words)
            elif kind in ("failed", "lost"):
                card.show_failure(words)
            elif kind == "finished" and event.get("reason") == "stopped":
                card.show_failure("The export was stopped; nothing was written.", stopped=True)

    def _result(self, run_id: str, data: dict[str, Any]) -> None:
        if run_id == self._current:
            try:
                self.show_evaluation(data, Path(run_id))
                self._tell(run_id, data)
            except (AttributeError, IndexError, KeyError, TypeError, ValueError):  # a folder may come from a stranger
                self.show_failure(f"The result in {run_id} is damaged. Train the network again, or evaluate it anew.")
        card = self.exports.cards.get(run_id)
        if card is not None:
            card.show_report(data)

    def _tell(self, run_id: str, data: dict[str, Any]) -> None:
        """Announce what a training that ended here has come to; one that is only shown again is no news."""
        run = self._run(run_id, "evaluate")
        training = self._run(run.parent, "train") if run is not None and run.parent is not None else None
        if training is not None and training.evaluate:
            self.measured.emit(data)

    # ------------------------------------------------------------ showing

    def show_page(self, key: str) -> None:
        """Show overview, mistakes, unsure, exports or try."""
        self._stack.setCurrentIndex(1)
        measured = self.data is not None or self._current is not None
        self.pill.setVisible(measured)
        for name in _OF_EVALUATION if not measured else ():
            self.switches[name].setEnabled(False)
        number = [name for name, _ in _PAGES].index(key)
        self.switches[key].setChecked(True)
        self._choose(number)

    def _choose(self, number: int) -> None:
        self.pages.setCurrentIndex(number)
        self.normalise.setVisible(number == 0 and not self.confusion.isHidden())

    def show_cell(self, true: str, predicted: str) -> None:
        """The samples of one cell of the confusion matrix; nothing for right answers, of which none are kept."""
        cells = (self.data or {}).get("cells") or ()
        samples = [one for one in cells if (one.get("true"), one.get("predicted")) == (true, predicted)]
        if samples:
            self._cell = True
            self.mistakes.show_samples(samples, self._folder)
            self.switches["mistakes"].setText(f"“{true}” taken for “{predicted}” ({len(samples)})")
            self.show_page("mistakes")

    def _all_mistakes(self) -> None:
        """Back from the samples of one cell."""
        if self._cell:
            self._cell = False
            found = (self.data or {}).get("mistakes") or []
            self.mistakes.show_samples(found, self._folder)
            self.switches["mistakes"].setText(f"Mistakes ({len(found)})")

    def show_progress(self, fraction: float | None, text: str) -> None:
        """An evaluation is at work; older results stay until it ends."""
        self._stack.setCurrentIndex(1)
        self.failure.say("")
        self.pill.show()
        self.switches["overview"].setEnabled(True)
        self.pill.show_word("Measuring", "accent")
        self.pill.setToolTip(text)
        self.bar.setRange(0, 0 if fraction is None else 1000)
        self.bar.setValue(round(1000 * (fraction or 0)))
        self.bar.show()

    def show_failure(self, sentence: str) -> None:
        """The evaluation failed."""
        self._stack.setCurrentIndex(1)
        self.bar.hide()
        self.pill.show_word("Failed", "bad")
        self.failure.say(sentence)

    def show_evaluation(self, data: Mapping[str, Any], folder: Path) -> None:
        """Show what an evaluation gave (the dict of its ``result``); pictures lie in ``folder``."""
        self.data, self._folder = data, folder
        self._stack.setCurrentIndex(1)
        self.bar.hide()
        self.failure.say("")
        self.pill.show()
        self.switches["overview"].setEnabled(True)
        self.pill.show_word("Evaluated", "good")
        self.pill.setToolTip("")
        regression, two = data.get("regression") or {}, data.get("two") or {}
        samples = data.get("samples")
        self.facts.set(
            accuracy=_percent(data.get("accuracy")),
            loss=_number(data.get("loss")),
            f1=_percent(data.get("macro_f1")),
            all_right=_percent(data.get("all_right")),
            sensitivity=_percent(two.get("sensitivity")),
            specificity=_percent(two.get("specificity")),
            auroc=_number(two.get("auroc")),
            mae=_number(regression.get("mean_absolute_error")),
            rmse=_number(regression.get("root_mean_squared_error")),
            r2=_number(regression.get("r2")),
            samples=count(samples) if isinstance(samples, int) else "",
            data=Path(str(data.get("source") or "")).name,
        )
        table = data.get("confusion") or {}
        classes = [str(name) for name in table.get("classes") or ()]
        self.confusion.setVisible(bool(classes))
        if classes:
            self.confusion.set_matrix(table["matrix"], classes)
            self._sides.fit()
        rows = data.get("per_class") or []
        self.table.set_rows(rows)
        self.table.setVisible(bool(rows))
        curve, pairs = two.get("curve") or (), regression.get("points") or ()
        if curve:
            self.plot.show_roc(curve, two.get("auroc"))
        elif pairs:
            self.plot.show_told(pairs)
        self.plot.setVisible(bool(curve or pairs))
        bare = not classes and not rows and not pairs
        self.note.setText("The network gives numbers, so there are no classes to compare." if bare else "")
        self.note.setVisible(bare)
        for key, gallery in (("mistakes", self.mistakes), ("unsure", self.unsure)):
            found = data.get(key) or []
            gallery.show_samples(found, folder)
            self.switches[key].setEnabled(bool(found))
        self._cell = False
        self.switches["mistakes"].setText(f"Mistakes ({len(data.get('mistakes') or [])})")
        self.switches["curves"].setEnabled(self.curves.show_evaluation(data))
        self._choose(self.pages.currentIndex())

    def clear(self) -> None:
        """Show nothing, for another project."""
        self.data, self._current = None, None
        self.facts.set(**dict.fromkeys((key for key, _ in _FACTS), ""))
        self._stack.setCurrentIndex(0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """One line of facts in a low dock."""
        super().resizeEvent(event)
        low = self.height() < 280
        self.facts.set_compact(low)
        for part in (self.pill, self.facts, self.export):
            self._head.setAlignment(part, Qt.AlignmentFlag.AlignVCenter if low else Qt.AlignmentFlag.AlignTop)


class _Sides(QWidget):
    """Matrix and table: beside each other where it is wide, else below each other."""

    def __init__(self, confusion: ConfusionView, table: ClassTable, plot: SquarePlot, note: QLabel) -> None:
        super().__init__()
        self._confusion = confusion
        self._layout = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(16)
        self._layout.addWidget(confusion)
        self._layout.addWidget(table, 1)
        self._layout.addWidget(plot, 1)
        self._layout.addWidget(note, 1)
        self._layout.addStretch(0)

    def fit(self) -> None:
        """Give the matrix the square it needs."""
        wide = self.width() > 1.2 * self.height()
        self._layout.setDirection(QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom)
        self._layout.setStretch(0, 0 if wide else 1)
        wanted = min(self._confusion.width_for(self.height()), self.width() * 3 // 5)
        self._confusion.setMaximumWidth(max(150, wanted) if wide else 16777215)
        self._confusion.setMinimumWidth(max(150, wanted) if wide else 150)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit()


def _percent(value: object) -> str:
    return f"{100 * value:.2f} %" if isinstance(value, int | float) else ""


def _number(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, int | float) else ""
