"""What is selected: its name, parameters, shapes, cost and problems. With nothing selected: the whole network.

A group, and notes and frames, have pages of their own in the middle.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QSize, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QScrollArea, QToolButton, QVBoxLayout, QWidget

from designer.blocks.catalog import catalog
from designer.errors import EditRefused
from designer.graph.document import Changed
from designer.graph.edits import Batch, Edit, Rename, SetMarks, SetParams
from designer.graph.fixes import Fix
from designer.graph.model import check_name
from designer.graph.sharing import apart
from designer.ui.bridge import DocumentBridge
from designer.ui.canvas.look import tone
from designer.ui.editors import Entry, make_editor
from designer.ui.form import Form, form_for_block
from designer.ui.panels.costs import Costs
from designer.ui.panels.group_page import GroupPage, contents
from designer.ui.panels.marks import Marks
from designer.ui.panels.note_page import NotePage
from designer.ui.panels.problem_cards import ProblemCards
from designer.ui.panels.renamed import moved, renames
from designer.ui.panels.several import TypeCounts, by_type
from designer.ui.panels.shape_rows import block_rows, group_rows
from designer.ui.panels.shared_row import SharedRow
from designer.ui.parts import Facts, label, section
from designer.ui.theme import group_colour, icon, notifier, theme
from designer.ui.words import count, plural

__all__ = ["Inspector"]

_NAME = Entry("name", "Name", "text", "", check_name, "The module path that this block has in the code.")


class Inspector(QScrollArea):
    """Follows the selection through `show_blocks` and its like, and the document through its bridge.

    ``narrowed`` carries the blocks that are to stay selected, ``asked`` a block to go to, ``weighed`` the edit of a
    repair to preview, None for none.
    """

    renamed = Signal(str, str)
    repaired = Signal()
    decided = Signal(str)  # a block whose code a person wants to look at
    readOtherwise = Signal(object)  # noqa: N815  (a repair that changes how the data are read)
    narrowed = Signal(list)
    asked = Signal(str)
    weighed = Signal(object)

    def __init__(self, bridge: DocumentBridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.bridge = bridge
        self._names: tuple[str, ...] = ()
        self._forms: dict[str, Form] = {}
        self._form: Form | None = None
        self._group, self._inside = "", False  # the group that is shown, and whether the canvas looks into it
        self._notes: tuple[str, ...] = ()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumWidth(264)
        self.setAccessibleName("Inspector")
        body = QWidget()
        body.setProperty("plain", True)
        column = QVBoxLayout(body)
        column.setContentsMargins(16, 8, 16, 16)
        column.setSpacing(12)
        self._build_head(column)
        self.group = GroupPage(bridge)
        self.group.renamed.connect(self.renamed)
        self.notes = NotePage(bridge)
        self.cards = ProblemCards()
        self.cards.chosen.connect(self._fix)
        self.cards.weighed.connect(self.weighed)
        self.cards.asked.connect(self.asked)
        self.cards.decided.connect(self.decided)
        self._types_title = section("BLOCKS INSIDE")
        for part in (self.group, self.notes, self.cards, self._types_title):
            column.addWidget(part)
        self.types = TypeCounts()
        self.types.narrowed.connect(self.narrowed)
        column.addWidget(self.types)
        self._params_title = section("PARAMETERS")
        column.addWidget(self._params_title)
        self._form_place = QVBoxLayout()
        column.addLayout(self._form_place)
        self.marks = Marks()
        self.marks.changed.connect(self._set_mark)
        column.addWidget(self.marks)
        self._facts_title = section("SHAPES")
        column.addWidget(self._facts_title)
        self.shapes = Facts(mono=True)
        column.addWidget(self.shapes)
        self.cost = Costs()
        column.addWidget(self.cost)
        self.hint = label("", "muted", wrap=True)
        column.addWidget(self.hint)
        column.addStretch(1)
        self.setWidget(body)
        bridge.changed.connect(self._changed)
        bridge.reset.connect(self._reset)
        bridge.retried.connect(self._refresh)
        bridge.checked.connect(self._changed)
        notifier().changed.connect(self._refresh)
        self._refresh()

    def _build_head(self, column: QVBoxLayout) -> None:
        row = QHBoxLayout()
        row.setSpacing(8)
        self._dot = QLabel()
        self._dot.setFixedSize(12, 12)
        self.title = label("", "title")
        self.docs = QToolButton()
        self.docs.setIcon(icon("mdi6.open-in-new", "muted"))
        self.docs.setIconSize(QSize(16, 16))
        self.docs.setToolTip("Open PyTorch's page on this layer")
        self.docs.setAccessibleName("PyTorch documentation")
        self.docs.clicked.connect(self._open_docs)
        row.addWidget(self._dot)
        row.addWidget(self.title, 1)
        row.addWidget(self.docs)
        column.addLayout(row)
        self.help = label("", "small", wrap=True)
        column.addWidget(self.help)
        self.name = make_editor(_NAME)
        self.name.committed.connect(self._rename)
        self.name.failed.connect(self._name_failed)
        self._name_row = QWidget()
        names = QHBoxLayout(self._name_row)
        names.setContentsMargins(0, 0, 0, 0)
        names.setSpacing(8)
        caption = label("Name", "muted")
        caption.setFixedWidth(104)
        names.addWidget(caption)
        names.addWidget(self.name, 1)
        self._name_error = label("", "bad", wrap=True)
        self._name_error.hide()
        column.addWidget(self._name_row)
        column.addWidget(self._name_error)
        self.shared = SharedRow()
        self.shared.unshared.connect(lambda: self.bridge.do(apart(self.bridge.document.network, self._names)))
        column.addWidget(self.shared)

    # --- what is shown ----------------------------------------------------------------------------------------

    def names(self) -> tuple[str, ...]:
        """The blocks that are shown."""
        return self._names

    def form(self) -> Form | None:
        """The parameters of the block that is shown, or of several of one type."""
        return self._form

    def show_blocks(self, names: Sequence[str]) -> None:
        """Show one block, what several have in common (of groups, their blocks), or the network."""
        network = self.bridge.document.network
        chosen = tuple(network.blocks_of(n for n in names if n in network or network.is_prefix(n)))
        self._show(chosen)

    def show_group(self, path: str, inside: bool = False) -> None:
        """Show one group; ``inside``: the canvas looks into it."""
        self._show(group=path, inside=inside)

    def show_notes(self, keys: Sequence[str]) -> None:
        """Show these notes and frames."""
        self._show(notes=tuple(keys))

    def _show(
        self, names: tuple[str, ...] = (), group: str = "", inside: bool = False, notes: tuple[str, ...] = ()
    ) -> None:
        if (names, group, inside, notes) == (self._names, self._group, self._inside, self._notes):
            return
        self._settle()
        self._names, self._group, self._inside, self._notes = names, group, inside, notes
        self._refresh()

    def edit_name(self) -> None:
        """Put the cursor into the name of the one thing that is shown."""
        if self._group:
            self.group.edit_title()
            self.ensureWidgetVisible(self.group)
        elif self._notes:
            self.notes.edit_text()
        elif len(self._names) == 1:
            self.name.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
            self.ensureWidgetVisible(self._name_row)
            if isinstance(self.name.field, QLineEdit):
                self.name.field.selectAll()

    def _settle(self) -> None:
        """Take what was typed before something else is shown; drop what does not fit."""
        network = self.bridge.document.network
        if self._group and network.is_prefix(self._group):
            self.marks.settle()
            self.group.settle()
        elif self._notes:
            self.notes.settle()
        elif self._names and all(n in network for n in self._names):
            self.marks.settle()
            if self._form is not None and not self._form.commit():
                self._form.revert()
            if len(self._names) == 1 and not self.name.commit():
                self.name.revert()

    def _reset(self) -> None:
        self._names, self._group, self._notes = (), "", ()
        self._refresh()

    def _changed(self, changed: Changed) -> None:
        network = self.bridge.document.network
        if any(n not in network for n in self._names):
            new = renames(changed.edit)
            self._names = tuple(new.get(n, n) for n in self._names)
        self._names = tuple(n for n in self._names if n in network)
        if self._group and not network.is_prefix(self._group):
            self._group = moved(self._group, renames(changed.edit))
            self._group = self._group if network.is_prefix(self._group) else ""
        self._notes = tuple(key for key in self._notes if key in network.notes)
        self._refresh()

    def _refresh(self) -> None:
        if len(self._names) != 1:
            self.shared.hide()
        self.group.setVisible(bool(self._group))
        self.notes.setVisible(bool(self._notes))
        self._types_title.hide()
        if not self._group and len(self._names) != 1:
            self.cards.clear()
        if self._group:
            self._show_group(self._group)
        elif self._notes:
            self._show_notes()
        elif len(self._names) == 1:
            self._show_block(self._names[0])
        elif self._names:
            self._show_several()
        else:
            self._show_network()

    def _show_block(self, name: str) -> None:
        document = self.bridge.document
        node = document.network[name]
        block = node.block
        self._head(block.title, block.help, group_colour(block.group).name())
        self.docs.setVisible(bool(block.url))
        self._name_row.show()
        self.types.hide()
        self.name.set_value(name)
        self._use_form(node.type)
        if self._form is not None:
            self._form.set_values(node.params)
            self._form.set_read_only(self.bridge.read_only)
        self.name.setEnabled(not self.bridge.read_only)
        self.shared.show_block(document.network, name, self.bridge.read_only)
        self._show_marks([name])
        self.cards.show_problems(document, document.problems_of(name), self.bridge.read_only, named=False)
        self._show_facts("SHAPES", block_rows(document, name))
        self._show_cost([name])
        self._hint("")

    def _show_group(self, path: str) -> None:
        document, network = self.bridge.document, self.bridge.document.network
        blocks = network.inside(path)
        self._nothing_of_one()
        self._use_form(None)
        known = network.groups.get(path)
        self._head("Group", contents(document, path), tone(known.colour if known else "grey", theme()).name())
        self.group.show_group(path, self._inside)
        among = set(blocks)
        problems = [problem for problem in document.problems if problem.block in among]
        self.cards.show_problems(document, problems, self.bridge.read_only, named=True)
        self._types_title.show()
        self.types.show()
        self.types.show_types(by_type(network, blocks))
        self._show_marks(blocks)
        self._show_facts("SHAPES", group_rows(document, path))
        self._show_cost(blocks)
        self._hint("")

    def _show_notes(self) -> None:
        notes = [self.bridge.document.network.notes[key] for key in self._notes]
        self._nothing_of_one()
        for part in (self.marks, self.types):
            part.hide()
        self._use_form(None)
        kind = notes[0].kind if len({note.kind for note in notes}) == 1 else "note"
        title = kind.capitalize() if len(notes) == 1 else f"{plural(len(notes), kind)} selected"
        colours = {note.colour for note in notes}
        self._head(title, "", tone(notes[0].colour, theme()).name() if len(colours) == 1 else "")
        self.notes.show_notes(self._notes)
        self._show_facts("", [])
        self._hint("")

    def _show_several(self) -> None:
        document, names = self.bridge.document, self._names
        found = by_type(document.network, names)
        self._nothing_of_one()
        self._show_marks(names)
        self.types.setVisible(len(found) > 1)
        if len(found) > 1:
            self._head(f"{plural(len(names), 'block')} selected", "", "")
            self.types.show_types(found)
            self._use_form(None)
            self._hint("Choose a type to edit its blocks together.")
        else:
            block = document.network[names[0]].block
            self._head(f"{count(len(names))} × {block.title}", "", group_colour(block.group).name())
            self._use_form(block.type)
            if self._form is not None:
                self._form.show_all([document.network[name].params for name in names])
                self._form.set_read_only(self.bridge.read_only)
            self._hint("What you change here changes in all of them." if self._form is not None else "")
        self._show_facts("", [])
        self._show_cost(names)

    def _show_network(self) -> None:
        totals = self.bridge.document.totals()
        self._nothing_of_one()
        self.marks.hide()
        self.types.hide()
        self._use_form(None)
        self._head("Network", "", "")
        rows = [("Blocks", count(totals.blocks))]
        if totals.unknown:
            rows.append(("Unknown", plural(totals.unknown, "block") + " without shapes"))
        words = "Select a block to see and edit it." if totals.blocks else "Drag an Input block from the palette."
        self._hint(words)
        self._show_facts("TOTALS", rows)
        self._show_cost(tuple(self.bridge.document.network.nodes))

    def _show_marks(self, names: Sequence[str]) -> None:
        network = self.bridge.document.network
        self.marks.show()
        self.marks.show_nodes([network[name] for name in names], self.bridge.read_only)

    def _show_cost(self, names: Sequence[str]) -> None:
        self.cost.show()
        self.cost.show_blocks(self.bridge.document, names)

    def _hint(self, words: str) -> None:
        self.hint.setText(words)
        self.hint.setVisible(bool(words))

    def _show_facts(self, title: str, rows: Sequence[tuple[str, str]]) -> None:
        self._facts_title.setText(title)
        self.shapes.set_rows(rows)
        for part in (self._facts_title, self.shapes):
            part.setVisible(bool(rows))

    def _nothing_of_one(self) -> None:
        """Hide what only one block has."""
        for part in (self.docs, self._name_row, self._name_error, self.cost):
            part.hide()

    def _head(self, title: str, help_text: str, colour: str) -> None:
        self.title.setText(title)
        self.help.setText(help_text)
        self.help.setVisible(bool(help_text))
        self._dot.setVisible(bool(colour))
        self._dot.setStyleSheet(f"background: {colour}; border-radius: 3px;" if colour else "")

    def _use_form(self, block_type: str | None) -> None:
        wanted = None
        if block_type is not None and catalog()[block_type].params:
            wanted = self._forms.get(block_type)
            if wanted is None:
                wanted = form_for_block(catalog()[block_type])
                wanted.changed.connect(self._set_param)
                self._forms[block_type] = wanted
                self._form_place.addWidget(wanted)
        if self._form is not None and self._form is not wanted:
            self._form.hide()
        self._form = wanted
        self._params_title.setVisible(wanted is not None)
        if wanted is not None:
            wanted.show()

    # --- what people do ---------------------------------------------------------------------------------------

    def _set_param(self, param: str, value: Any) -> None:
        network = self.bridge.document.network
        if self._form is None or any(name not in network for name in self._names):
            return
        before = {name: network[name].params[param] for name in self._names}
        edits = tuple(
            SetParams(n, {param: value}) for n, b in before.items() if b != value or type(b) is not type(value)
        )
        if not edits:
            return
        try:
            self.bridge.document.do(edits[0] if len(edits) == 1 else Batch(f"Change {len(edits)} blocks", edits))
        except EditRefused as error:
            self._form.show_all([network[name].params for name in self._names])
            self._form.set_error(param, error.message)

    def _set_mark(self, mark: str, value: Any) -> None:
        network = self.bridge.document.network
        names = network.inside(self._group) if self._group else self._names
        self.bridge.do(SetMarks(self.marks.concerned(network, names, mark), {mark: value}))

    def _rename(self, new: Any) -> None:
        if len(self._names) != 1 or self._names[0] == new:
            return
        old = self._names[0]
        try:
            self.bridge.document.do(Rename(old, str(new)))
        except EditRefused as error:
            self.name.set_value(old)
            self.name.fail(error.message)
            return
        self.renamed.emit(old, str(new))

    def _name_failed(self, sentence: str) -> None:
        self._name_error.setText(sentence)
        self._name_error.setVisible(bool(sentence))

    def _fix(self, edit: Edit | Fix) -> None:
        self.setFocus()  # the button goes with its problem; the keyboard must not land just anywhere
        if isinstance(edit, Fix):
            self.readOtherwise.emit(edit)
        else:
            self.bridge.do(edit)
        self.repaired.emit()

    def _open_docs(self) -> None:
        if len(self._names) == 1:
            QDesktopServices.openUrl(QUrl(self.bridge.document.network[self._names[0]].block.url))
