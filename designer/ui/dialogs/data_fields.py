"""What a dialog asks about data: the fields that the chosen source obeys, and the question for a folder or a file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QWidget

from designer.data.source import Source, source_for
from designer.data.spec import DataSpec
from designer.errors import LayerloomError
from designer.ui.editors import Entry
from designer.ui.form import Form, entries_of_model

__all__ = ["ask_place", "data_entries", "place_word", "reader_of", "show_for", "suited"]

_OF_SOURCES = (
    "target", "targets", "missing", "ignore", "window", "stride", "sound", "rate", "seconds", "bands", "group",
)  # fmt: skip
_FOLDED = ("ignore", "stride", "bands", "fit", "split", "group", "folds", "fold", "seed")
_TITLES = {
    "fit": {"crop": "Cut the overhang", "stretch": "Stretch", "pad": "Add black borders"},
    "targets": {"auto": "Automatic", "classes": "One class", "values": "Numbers", "labels": "Several labels"},
    "missing": {"refuse": "Refuse", "mean": "Fill in the mean", "zero": "Fill in 0", "drop": "Leave out the row"},
    "sound": {"waveform": "Waveform", "spectrogram": "Spectrogram"},
    "split": {
        "stratified": "The same share of each class",
        "random": "At random",
        "content": "By what is in each",
        "name": "By name",
    },
}
_EMPTY = {"limit": "all", "folds": "one split"}


def data_entries() -> tuple[Entry, ...]:
    """All fields, those of the sources first; what few people change is folded away."""
    fields = ("download", *_OF_SOURCES[:-1], "validation", "limit", "fit", "split", "group", "folds", "fold", "seed")
    entries = entries_of_model(DataSpec, include=fields, advanced=_FOLDED, titles=_TITLES)
    return tuple(replace(entry, empty=_EMPTY.get(entry.name, entry.empty)) for entry in entries)


def show_for(form: Form, source: Source) -> None:
    """Only what this source obeys, and what matters beside the other values."""
    values = form.values()
    own_split = source.downloads  # these have test sets of their own
    for name in _OF_SOURCES:
        form.set_entry_visible(name, name in source.options)
    form.set_entry_visible("bands", "bands" in source.options and values["sound"] == "spectrogram")
    form.set_entry_visible("fit", source.pictures)
    form.set_entry_visible("download", source.downloads)
    form.set_entry_visible("validation", not own_split and not values["folds"])
    form.set_entry_visible("split", not own_split)
    form.set_entry_visible("folds", not own_split)
    form.set_entry_visible("fold", not own_split and bool(values["folds"]))


def place_word(source: Source) -> str:
    """What is chosen for this source."""
    return "File" if not source.folders else "Folder or file" if source.suffixes else "Folder"


def ask_place(parent: QWidget, source: Source, text: str) -> QFileDialog:
    """The question for the place of the data, open; a file where the source takes files."""
    dialog = QFileDialog(parent, f"Choose the {place_word(source).lower()} of the data", text or str(Path.home()))
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    if source.suffixes:
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        endings = " ".join(f"*{suffix}" for suffix in source.suffixes)
        dialog.setNameFilters([f"{source.title} ({endings})", "All files (*)"])
    else:
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly, True)
    dialog.open()
    return dialog


def suited(source: Source, place: str) -> Source:
    """The chosen source, or the one that the folder or file is of where the chosen one cannot take it."""
    path = Path(place).expanduser()
    try:
        folder = path.is_dir()
        could = (
            source.folders and source.reads(path) if folder else path.name.lower().endswith(source.suffixes or ("\0",))
        )
        return source if could or not path.exists() else source_for(DataSpec(source=place))
    except (LayerloomError, OSError, ValueError):  # said when Train is pressed
        return source


def reader_of(source: Source, place: str) -> str:
    """What DataSpec.reader must say for ``source`` to read the place: nothing where it is found by itself."""
    try:
        return "" if source_for(DataSpec(source=place)).name == source.name else source.name
    except (LayerloomError, ValueError):
        return "" if not Path(place).exists() else source.name
