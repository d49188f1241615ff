"""Forms made from declarations: a block's parameters, or the fields of a pydantic model. One mechanism for both."""

from __future__ import annotations

import types
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from itertools import groupby
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from designer.blocks.spec import Block, Param
from designer.errors import LayerloomError, UsageError
from designer.ui.editors import Editor, Entry, make_editor, set_flag
from designer.ui.theme import icon

__all__ = [
    "Entry",
    "Form",
    "entries_of_block",
    "entries_of_model",
    "entries_of_params",
    "form_for_block",
    "form_for_model",
]

Model = TypeVar("Model", bound=BaseModel)


def entries_of_block(block: Block) -> tuple[Entry, ...]:
    """The parameters of a block type."""
    return entries_of_params(block.params)


def entries_of_params(params: Iterable[Param]) -> tuple[Entry, ...]:
    """Declared parameters or marks."""
    return tuple(_of_param(p) for p in params)


def _of_param(p: Param) -> Entry:
    return Entry(
        name=p.name,
        label=p.label,
        kind=p.kind,
        default=p.default,
        check=p.check,
        help=p.help,
        minimum=p.minimum,
        maximum=p.maximum,
        choices=p.choices,
        ndim=p.ndim,
        optional=p.optional,
        advanced=p.advanced,
    )


def entries_of_model(
    model: type[BaseModel],
    include: Iterable[str] | None = None,
    exclude: Iterable[str] = (),
    titles: Mapping[str, Mapping[str, str]] | None = None,
    advanced: Iterable[str] = (),
) -> tuple[Entry, ...]:
    """The fields of a pydantic model that a form can show, in order.

    ``titles`` gives words for the choices of a field; ``advanced`` names fields to fold away. A field's
    ``json_schema_extra`` may carry ``choices``, their ``titles``, ``advanced`` and the ``group`` it is folded into.
    """
    wanted = tuple(include) if include is not None else tuple(model.model_fields)
    folded, left_out, words = set(advanced), set(exclude), titles or {}
    found = (
        _of_field(name, model.model_fields[name], words.get(name, {}), name in folded)
        for name in wanted
        if name not in left_out
    )
    return tuple(entry for entry in found if entry is not None)


def _of_field(name: str, info: FieldInfo, words: Mapping[str, str], advanced: bool) -> Entry | None:
    kind, optional, choices = _kind(info.annotation)
    extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    listed, titled = extra.get("choices"), extra.get("titles")
    said = {key: str(title) for key, title in titled.items()} if isinstance(titled, dict) else {}
    if isinstance(listed, list):
        kind, choices = "several" if kind == "several" else "choice", tuple(str(c) for c in listed)
    if kind is None or (kind == "several" and not choices):
        return None
    bounds: dict[str, float] = {}
    for rule in info.metadata:
        for key in ("ge", "gt", "le", "lt"):
            if getattr(rule, key, None) is not None:
                bounds[key] = getattr(rule, key)
    label = info.title or name.replace("_", " ").capitalize()
    typed: Any = Annotated[(info.annotation, *info.metadata)] if info.metadata else info.annotation
    adapter: TypeAdapter[Any] = TypeAdapter(typed)
    return Entry(
        name=name,
        label=label,
        kind=kind,
        default=info.get_default(call_default_factory=True),
        check=partial(_check_field, adapter, label, kind),
        help=info.description or "",
        minimum=bounds.get("ge", bounds.get("gt")),
        maximum=bounds.get("le", bounds.get("lt")),
        choices=choices,
        titles=tuple(words.get(c, said.get(c, c.replace("_", " "))) for c in choices),
        optional=optional,
        advanced=advanced or bool(extra.get("advanced")),
        group=str(extra.get("group") or ""),
        empty=str(extra.get("empty", "automatic")),
        zero=str(extra.get("zero") or ""),
    )


def _kind(annotation: Any) -> tuple[str | None, bool, tuple[str, ...]]:
    """The kind of editor for a type, whether None is allowed, and the choices."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _kind(get_args(annotation)[0])
    if origin in (Union, types.UnionType):
        inner = [a for a in get_args(annotation) if a is not type(None)]
        if len(inner) != 1:
            return None, False, ()
        kind, _, choices = _kind(inner[0])
        return kind, True, choices
    if origin is Literal:
        return "choice", False, tuple(str(a) for a in get_args(annotation))
    if origin is tuple and get_args(annotation) == (str, ...):
        return "several", False, ()
    plain = {bool: "bool", int: "int", float: "float", str: "text"}
    return plain.get(annotation), False, ()


def _check_field(adapter: TypeAdapter[Any], label: str, kind: str, value: object) -> Any:
    if kind in ("int", "float") and isinstance(value, str):
        raise UsageError(f"{label} must be a {'whole number' if kind == 'int' else 'number'}.")
    try:
        return adapter.validate_python(None if value == "" and kind != "text" else value)
    except ValidationError as error:
        raise UsageError(_sentence(label, error.errors()[0])) from error


def _sentence(label: str, error: Any) -> str:
    limits: Mapping[str, Any] = error.get("ctx") or {}
    for key, words in (("ge", "at least"), ("gt", "more than"), ("le", "at most"), ("lt", "less than")):
        if key in limits:
            return f"{label} must be {words} {limits[key]:g}."
    if error.get("input") is None:
        return f"{label} needs a value."
    message = str(error.get("msg", "")).removeprefix("Value error, ")
    return message if message.endswith(".") else f"{label}: {message}."


class Form(QWidget):
    """Labels, editors and, under each, what is wrong with it.

    ``changed(name, value)`` is sent once for each committed value. Labels and help come from the entries; what is
    advanced is folded under "More".
    """

    changed = Signal(str, object)
    validity = Signal(bool)

    def __init__(self, entries: Sequence[Entry], parent: QWidget | None = None, label_width: int = 104) -> None:
        super().__init__(parent)
        self.entries = {e.name: e for e in entries}
        self._editors: dict[str, Editor] = {}
        self._labels: dict[str, QLabel] = {}
        self._errors: dict[str, QLabel] = {}
        self._headings: list[tuple[QLabel, list[str]]] = []
        self._advanced = [e.name for e in entries if e.advanced]
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self._grid([e for e in entries if not e.advanced], label_width))
        self.more = QToolButton()
        self._rest: QWidget | None = None
        if self._advanced:
            self._rest = self._folded([e for e in entries if e.advanced], label_width)
            self._rest.hide()
            self.more.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            self.more.setCheckable(True)
            set_flag(self.more, "kind", "fold")
            self.more.toggled.connect(self._fold)
            column.addWidget(self.more)
            column.addWidget(self._rest)
            self._fold(False)
        else:
            self.more.setParent(self)
            self.more.hide()

    def _folded(self, entries: Sequence[Entry], label_width: int) -> QWidget:
        """The entries that are folded away, under the headings of their groups."""
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        for group, members in groupby(entries, lambda entry: entry.group):
            some = list(members)
            if group:
                heading = QLabel(group)
                set_flag(heading, "role", "strong")
                heading.setContentsMargins(0, 8, 0, 0)
                column.addWidget(heading)
                self._headings.append((heading, [entry.name for entry in some]))
            column.addWidget(self._grid(some, label_width))
        return page

    def _grid(self, entries: Sequence[Entry], label_width: int) -> QWidget:
        page = QWidget()
        grid = QGridLayout(page)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(1, 1)
        grid.setColumnMinimumWidth(0, label_width)
        for i, entry in enumerate(entries):
            label, editor, error = QLabel(entry.label), make_editor(entry), QLabel()
            label.setBuddy(editor.field)
            label.setToolTip(entry.help)
            label.setWordWrap(True)
            label.setFixedWidth(label_width)
            set_flag(label, "role", "muted")
            set_flag(error, "role", "bad")
            error.setWordWrap(True)
            error.hide()
            editor.committed.connect(partial(self._committed, entry.name))
            editor.failed.connect(partial(self._failed, entry.name))
            align = Qt.AlignmentFlag.AlignTop if entry.kind == "labels" else Qt.AlignmentFlag.AlignVCenter
            grid.addWidget(label, 2 * i, 0, align)
            grid.addWidget(editor, 2 * i, 1)
            grid.addWidget(error, 2 * i + 1, 0, 1, 2)
            self._editors[entry.name], self._labels[entry.name], self._errors[entry.name] = editor, label, error
        return page

    def editor(self, name: str) -> Editor:
        """The editor of one entry."""
        return self._editors[name]

    def values(self) -> dict[str, Any]:
        """The last good values."""
        return {name: editor.value() for name, editor in self._editors.items()}

    def set_values(self, values: Mapping[str, Any]) -> None:
        """Show values that come from elsewhere, without sending ``changed``."""
        for name, value in values.items():
            if name in self._editors:
                self._editors[name].set_value(value)
        self._name_fold()

    def show_all(self, several: Sequence[Mapping[str, Any]]) -> None:
        """Show the values that several things have in common, and "mixed" where they differ."""
        for name, editor in self._editors.items():
            first, *others = (values[name] for values in several)
            if all(value == first and type(value) is type(first) for value in others):
                editor.set_value(first)
            else:
                editor.set_mixed(first)
        self._name_fold()

    def commit(self) -> bool:
        """Take everything that was typed; False when something does not fit."""
        fits = [editor.commit() for editor in self._editors.values()]  # each one, so that each says what is wrong
        return all(fits)

    def pending(self) -> bool:
        """Whether something typed is not committed."""
        return any(editor.pending() for editor in self._editors.values())

    def revert(self) -> None:
        """Bring the last good values back."""
        for editor in self._editors.values():
            editor.revert()

    def errors(self) -> dict[str, str]:
        """What is wrong now, by entry."""
        return {name: editor.error for name, editor in self._editors.items() if editor.error}

    def set_error(self, name: str, sentence: str) -> None:
        """Show a sentence under an entry, for a reason that only others know."""
        self._editors[name].fail(sentence)

    def set_entry_visible(self, name: str, visible: bool) -> None:
        """Show or hide an entry that matters only beside certain others."""
        self._editors[name].setVisible(visible)
        self._labels[name].setVisible(visible)
        self._errors[name].setVisible(visible and bool(self._editors[name].error))
        for heading, members in self._headings:
            if name in members:
                heading.setHidden(all(self._editors[member].isHidden() for member in members))

    def set_read_only(self, value: bool) -> None:
        """Let people look but not change."""
        for editor in self._editors.values():
            editor.setEnabled(not value)

    def model(self, kind: type[Model], **fixed: Any) -> Model | None:
        """Everything typed as a model; None, with sentences under the entries, when it does not fit."""
        if not self.commit():
            return None
        try:
            return kind.model_validate({**self.values(), **fixed})
        except ValidationError as error:
            for item in error.errors():
                name = str(item["loc"][0]) if item["loc"] else next(iter(self._editors))
                name = name if name in self._editors else next(iter(self._editors))
                self.set_error(name, _sentence(self.entries[name].label, item))
            return None
        except LayerloomError as error:
            self.set_error(next(iter(self._editors)), error.message)
            return None

    def _committed(self, name: str, value: object) -> None:
        self._name_fold()
        self.changed.emit(name, value)

    def _failed(self, name: str, sentence: str) -> None:
        self._errors[name].setText(sentence)
        self._errors[name].setVisible(bool(sentence))
        self._editors[name].field.setAccessibleDescription(sentence or self.entries[name].help)
        if sentence and name in self._advanced:
            self.more.setChecked(True)
        self.validity.emit(not self.errors())

    def _fold(self, opened: bool) -> None:
        if self._rest is not None:
            self._rest.setVisible(opened)
            self.more.setIcon(icon("mdi6.chevron-down" if opened else "mdi6.chevron-right", "muted"))
            self._name_fold()

    def _name_fold(self) -> None:
        """Say how many of the folded entries are not at their defaults."""
        editors = [self._editors[name] for name in self._advanced]
        changed = sum(editor.mixed or editor.value() != editor.entry.default for editor in editors)
        self.more.setText("More" if not changed or self.more.isChecked() else f"More ({changed} changed)")


def form_for_block(block: Block, parent: QWidget | None = None) -> Form:
    """The parameters of a block type as a form."""
    return Form(entries_of_block(block), parent)


def form_for_model(model: type[BaseModel], values: BaseModel | None = None, **how: Any) -> Form:
    """A pydantic model as a form; ``how`` goes to `entries_of_model`. ``label_width`` goes to the form."""
    width = int(how.pop("label_width", 128))
    form = Form(entries_of_model(model, **how), label_width=width)
    if values is not None:
        form.set_values({name: getattr(values, name) for name in form.entries})
    return form
