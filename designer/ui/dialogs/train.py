"""The train dialog: which data, how to train, and what that amounts to."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pydantic import ValidationError
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from designer.codegen.python import compile_network
from designer.data.counts import sample_counts
from designer.data.source import Source, source_for, sources
from designer.data.spec import DataSpec
from designer.errors import LayerloomError
from designer.graph.document import Document
from designer.graph.edits import Edit
from designer.graph.model import Network
from designer.train.declare import shown
from designer.train.parts import OPTIMIZERS, SCHEDULES
from designer.train.spec import TrainSpec, fields_that_matter
from designer.ui.augment.field import AugmentField
from designer.ui.dialogs.check_first import CheckFirst
from designer.ui.dialogs.data_fields import ask_place, data_entries, place_word, reader_of, show_for, suited
from designer.ui.dialogs.fitting import Fitting
from designer.ui.dialogs.forecast_line import ForecastLine
from designer.ui.dialogs.notice import Notice
from designer.ui.dialogs.suited_metrics import offer_suited_metrics
from designer.ui.dialogs.tuning import Tuning
from designer.ui.dialogs.unfreeze import Timeline
from designer.ui.editors import Entry, set_flag
from designer.ui.form import Form, entries_of_model
from designer.ui.parts import label
from designer.ui.words import count, plural

if TYPE_CHECKING:
    from designer.ui.bridge import DocumentBridge
    from designer.ui.runs import RunController

__all__ = ["TrainDialog"]

_WIDTH = 132


class TrainDialog(QDialog):
    """``chosen(TrainSpec, DataSpec)`` is sent when a person presses Train and everything fits.

    ``train`` and ``data`` are the values of the last time; repairs of the drawing go to ``bridge``. What a training
    will take is forecast by the worker of ``controller`` while settings are chosen.
    """

    chosen = Signal(object, object)

    def __init__(
        self,
        network: Network,
        train: TrainSpec | None,
        data: DataSpec | None,
        controller: RunController | None,
        parent: QWidget | None = None,
        bridge: DocumentBridge | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Train")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._network, self._bridge = network, bridge
        self.forecast = ForecastLine(controller.worker if controller is not None else None, self)
        self.forecast.batchWanted.connect(self._use_batch)
        self.check = CheckFirst(controller.worker if controller is not None else None, self)
        self.tuning = Tuning(controller.worker if controller is not None else None, self)
        self._train, self._data = train or TrainSpec(), data or DataSpec(source="digits")
        worker = controller.worker if controller is not None else None
        self.augment = AugmentField(self._data.augment, worker, self, _WIDTH)
        self._fitting = Fitting(network, self._train.output_weights)
        self._devices = controller.devices if controller is not None else []
        self._input = _input_words(network)
        self.resize(560, min(730, self.screen().availableGeometry().height() - 60))
        self.setMinimumSize(420, 320)
        page = QWidget()
        page.setProperty("plain", True)
        column = QVBoxLayout(page)
        column.setContentsMargins(20, 16, 20, 12)
        column.setSpacing(10)
        column.addWidget(label("Data", "title"))
        self._build_data(column)
        column.addSpacing(8)
        column.addWidget(label("Training", "title"))
        self.carried = label("", "small", wrap=True)
        self.carried.hide()
        self.form = self._training_form()
        self.form.set_entry_visible("start", False)
        column.addWidget(self.carried)
        column.addWidget(self.form)
        column.addWidget(self.tuning.row)
        self.timeline = Timeline(network)
        self.timeline.set_stages(self._train.unfreeze)
        self.timeline.changed.connect(self._show_summary)
        column.addWidget(self.timeline)
        column.addStretch(1)
        self._area = area = QScrollArea()
        area.setAccessibleName("How to train")
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(page)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(area, 1)
        line = QFrame()
        set_flag(line, "frame", "line")
        whole.addWidget(line)
        whole.addLayout(self._foot())
        self.finished.connect(self.forecast.close)
        self.finished.connect(self.tuning.close)
        self._show_source()
        self._show_fields()

    # ------------------------------------------------------------ building

    def _build_data(self, column: QVBoxLayout) -> None:
        self.source = QComboBox()
        self.source.setAccessibleName("Data source")
        for source in sources().values():
            self.source.addItem(source.title if source.named else f"{source.title}…", source.name)
        column.addLayout(_row("Source", self.source))
        self._folder_row = QWidget()
        row = QHBoxLayout(self._folder_row)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        self.folder = QLineEdit()
        self.folder.setAccessibleName("Folder of the data")
        self.folder.setPlaceholderText("Choose a folder")
        self.browse = QPushButton("Browse…")
        self.browse.setAutoDefault(False)
        self.browse.clicked.connect(self._browse)
        self._folder_caption, with_caption = _captioned("Folder", self.folder)
        row.addLayout(with_caption, 1)
        row.addWidget(self.browse)
        column.addWidget(self._folder_row)
        self.help = label("", "small", wrap=True)
        self.wrong = label("", "bad", wrap=True)
        self.wrong.hide()
        for line in (self.help, self.wrong):
            line.setContentsMargins(_WIDTH + 8, 0, 0, 0)
            column.addWidget(line)
        self.misfit = Notice()
        self.misfit.repaired.connect(self._repair)
        column.addWidget(self.misfit)
        self.data_form = Form(data_entries(), label_width=_WIDTH)
        self.data_form.set_values({name: getattr(self._data, name) for name in self.data_form.entries})
        column.addWidget(self.data_form)
        column.addWidget(self.augment.line)
        named = {s.name for s in sources().values() if s.named}
        kind = self._data.source
        if kind not in named:
            self.folder.setText(kind)
            kind = _kind_of(self._data)
        self.source.setCurrentIndex(max(0, self.source.findData(kind)))
        self.source.currentIndexChanged.connect(self._show_source)
        self.source.activated.connect(self._take_usual)
        self.folder.textChanged.connect(self._show_summary)
        self.data_form.changed.connect(self._show_summary)

    def _training_form(self) -> Form:
        entries = entries_of_model(TrainSpec, include=shown(TrainSpec.model_fields))
        form = Form(tuple(self._device_entry(e) if e.name == "device" else e for e in entries), label_width=_WIDTH)
        form.set_values({name: getattr(self._train, name) for name in form.entries})
        offer_suited_metrics(form, self._network)
        form.changed.connect(self._show_fields)
        return form

    def _device_entry(self, entry: Entry) -> Entry:
        """The devices of this computer, once the worker has told them."""
        known = {str(d.get("name")): str(d.get("title") or d.get("name")) for d in self._devices} or {"cpu": "CPU"}
        best = next(iter(known.values())) if self._devices else ""
        titles = {"auto": f"Automatic ({best})" if best else "Automatic", **known}
        if self._train.device not in titles:
            titles[self._train.device] = self._train.device
        return replace(entry, kind="choice", choices=tuple(titles), titles=tuple(titles.values()))

    def _foot(self) -> QVBoxLayout:
        self.summary = label("", "muted", wrap=True)
        cancel, self.start = QPushButton("Cancel"), QPushButton("Train")
        cancel.setAutoDefault(False)
        cancel.clicked.connect(self.reject)
        set_flag(self.start, "kind", "primary")
        self.start.setDefault(True)
        self.start.clicked.connect(self._choose)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self.summary)
        words.addWidget(self.forecast.words)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.check.button)
        row.addStretch(1)
        row.addWidget(cancel)
        row.addWidget(self.start)
        column = QVBoxLayout()
        column.setContentsMargins(20, 12, 20, 12)
        column.setSpacing(10)
        column.addWidget(self.forecast.shortage)
        column.addLayout(words)
        column.addLayout(row)
        return column

    # ------------------------------------------------------------ showing

    def offer_weights(self, sentence: str) -> None:
        """Let people start from the project's weights; the sentence says what of them fits."""
        self.carried.setText(sentence)
        self.form.set_entry_visible("start", True)
        self._show_fields()

    def _declared(self) -> Source:
        return sources()[str(self.source.currentData())]

    def _show_source(self) -> None:
        source = self._declared()
        self._folder_row.setVisible(not source.named)
        self._folder_caption.setText(place_word(source))
        self.help.setText(f"{source.help} {self._input if source.pictures else ''}".strip())
        self._show_summary()

    def _take_usual(self) -> None:
        """What suits a source better than what suits all; a person has just chosen it."""
        self.data_form.set_values(self._declared().usual)
        self._show_summary()

    def _show_fields(self) -> None:
        """Only what matters beside the other choices."""
        values = self.form.values()
        for name, matters in fields_that_matter(values).items():
            self.form.set_entry_visible(name, matters)
        for name, parts in (("optimizer", OPTIMIZERS), ("schedule", SCHEDULES)):
            self.form.editor(name).field.setToolTip(parts[values[name]].help)
        self.carried.setVisible(bool(self.carried.text()) and values["start"] != "fresh")
        self.timeline.set_epochs(values["epochs"])
        self._show_summary()

    def _show_summary(self) -> None:
        self.wrong.hide()
        source = self._declared()
        other = source if source.named else suited(source, self.folder.text().strip())
        if other is not source:  # comes back here
            self.source.setCurrentIndex(self.source.findData(other.name))
            return
        show_for(self.data_form, source)
        data = self._read_data()
        words = "training image" if source.pictures else "training sample"
        told = _summary(data, self.form.values(), words) if data is not None else None
        self.augment.show()
        self.summary.setText(told or f"Choose a {place_word(source).lower()}.")
        self._fitting.look(data, self.form.values()["batch_size"])
        self._show_fitting()
        self._ask_forecast()

    def _show_fitting(self) -> None:
        problem, fixes = self._fitting.problem, self._fitting.fixes
        locked = self._bridge is not None and self._bridge.read_only
        titles = () if locked else tuple(fix.title for fix in fixes)
        self.misfit.tell(
            problem.message if problem is not None else "", titles, "error" if self._fitting.refused else "warning"
        )

    def planned(self) -> tuple[Network, TrainSpec, DataSpec] | None:
        """The training as it is set now; None where something is missing or wrong: Train says it beside its field."""
        data = self._read_data()
        try:
            train = TrainSpec.model_validate(
                {**self._train.model_dump(), **self.form.values(), **self.timeline.plain()}
            )
            if data is not None:
                source_for(data)
        except (LayerloomError, ValidationError):
            return None
        return None if data is None else (self._network, train, data)

    def refresh(self) -> None:
        """Show what follows from the settings as they are now, the forecast among it."""
        self._show_fields()

    def _ask_forecast(self) -> None:
        busy = self.check.opened is not None or self.tuning.going
        planned = None if busy else self.planned()  # or the checks would wait for it
        if planned is not None:
            self.forecast.ask(*planned)
        else:
            self.forecast.forget()

    def _read_data(self) -> DataSpec | None:
        source = self._declared()
        place = source.name if source.named else self.folder.text().strip()
        if not place:
            return None
        reader = "" if source.named else reader_of(source, place)
        chosen = {"source": place, "reader": reader, "augment": self.augment.steps}
        return self._data.model_copy(update={**self.data_form.values(), **chosen})

    # ------------------------------------------------------------ repairing

    def _repair(self, number: int) -> None:
        repair = self._fitting.repair(number)
        if repair.data:
            self.data_form.set_values({**self.data_form.values(), **dict(repair.data)})
            self._show_fields()
        else:
            self.mend(repair.edit)

    def mend(self, edit: Edit) -> bool:
        """Mend the drawing, so that it fits the data; one step to undo. Whether that could be done."""
        if self._bridge is not None:
            if self._bridge.do(edit) is None:
                return False
            self._network = self._bridge.document.network
        else:
            document = Document(self._network)
            document.do(edit)
        self._fitting = Fitting(self._network, self._train.output_weights)
        self.timeline.set_network(self._network)
        self._show_summary()
        return True

    def _use_batch(self, size: int) -> None:
        self.use("batch_size", size)

    def use(self, name: str, value: object) -> None:
        """Give a field of the training, or of the data, another value."""
        form = self.form if name in self.form.entries else self.data_form
        form.set_values({**form.values(), name: value})
        self._show_fields()

    # ------------------------------------------------------------ choosing

    def _browse(self) -> None:
        dialog = ask_place(self, self._declared(), self.folder.text())
        dialog.fileSelected.connect(self.folder.setText)

    def _choose(self) -> None:
        kept = {"output_weights": self._train.output_weights}
        train, late = self.form.model(TrainSpec, **kept), self.timeline.value()
        fits = self.data_form.commit()
        data = self._checked_data()
        if late is None:
            self._area.ensureWidgetVisible(self.timeline.wrong)
        if train is None or late is None or data is None or not fits:
            return
        if self._fitting.refused:
            self._point_out()
            return
        self.forecast.close()  # or the training would wait for it
        self.tuning.close()
        self.chosen.emit(train.model_copy(update={"unfreeze": late}), data)
        self.accept()

    def _point_out(self) -> None:
        """Lead to what must be repaired first."""
        self._area.ensureWidgetVisible(self.misfit)
        if self.misfit.buttons:
            self.misfit.buttons[0].setFocus()

    def _checked_data(self) -> DataSpec | None:
        data = self._read_data()
        try:
            if data is None:
                self._complain(f"Choose the {place_word(self._declared()).lower()} that holds the data.")
                return None
            source_for(data)
            return DataSpec.model_validate(data.model_dump())
        except LayerloomError as error:
            self._complain(error.message)
        except ValidationError as error:  # fields that do not go together
            self._complain(f"{error.errors()[0]['msg'].removeprefix('Value error, ').capitalize()}.")
        return None

    def _complain(self, sentence: str) -> None:
        self.wrong.setText(sentence)
        self.wrong.show()
        self.folder.setFocus()


def _row(text: str, field: QWidget) -> QHBoxLayout:
    return _captioned(text, field)[1]


def _captioned(text: str, field: QWidget) -> tuple[QLabel, QHBoxLayout]:
    caption = QLabel(text)
    set_flag(caption, "role", "muted")
    caption.setFixedWidth(_WIDTH)
    caption.setBuddy(field)
    row = QHBoxLayout()
    row.setSpacing(8)
    row.addWidget(caption)
    row.addWidget(field, 1)
    return caption, row


def _kind_of(data: DataSpec) -> str:
    """The name of the source that reads a folder; pictures where that cannot be told."""
    try:
        return source_for(data).name
    except LayerloomError:
        return "folder"


def _input_words(network: Network) -> str:
    """What every picture becomes."""
    try:
        inputs = compile_network(network).inputs
    except LayerloomError:
        return ""
    dims = inputs[0].dims[1:] if inputs else ()
    return f"Every picture becomes the network's input, {'×'.join(str(d) for d in dims)}." if len(dims) == 3 else ""


def _summary(data: DataSpec, values: dict[str, object], words: str) -> str:
    """1,438 training images · 23 iterations per epoch · 230 in all."""
    known, batch, epochs = sample_counts(data), values["batch_size"], values["epochs"]
    assert isinstance(batch, int) and isinstance(epochs, int)
    if known is None:
        return f"{plural(epochs, 'epoch')} of all {words}s, {count(batch)} per iteration"
    number = known.train
    per_epoch = -(-number // batch)
    return f"{plural(number, words)} · {plural(per_epoch, 'iteration')} per epoch · {count(per_epoch * epochs)} in all"
