"""The augmentation as a list: add, remove, reorder, switch off, set, undo; beside it what the network will see."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QScrollArea, QToolButton, QVBoxLayout, QWidget

from designer.blocks.spec import Value
from designer.data.augment.declare import Step
from designer.data.augment.hints import Facts, hints
from designer.data.augment.plan import MIXES, PRESETS, History, Plan, Preset, choices
from designer.data.spec import DataSpec
from designer.jobs.client import WorkerProcess
from designer.ui.augment.pane import Pane
from designer.ui.augment.steps import StepList
from designer.ui.dialogs.notice import Notice
from designer.ui.editors import set_flag
from designer.ui.form import Form, entries_of_params
from designer.ui.parts import label
from designer.ui.theme import icon

__all__ = ["AugmentEditor"]

_NOTHING = "Nothing is changed: every epoch sees the same samples. Add a step, or begin with a preset."


class AugmentEditor(QWidget):
    """``changed(Plan)`` is sent after every edit; `plan` is the list as it is now.

    ``data`` says what is shown in the preview, ``size`` is the network's Input. Without a worker nothing is shown.
    """

    changed = Signal(object)

    def __init__(
        self,
        data: DataSpec,
        plan: Plan,
        facts: Facts,
        size: Sequence[int | None] | None = None,
        worker: WorkerProcess | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._history, self._facts = History(plan), facts
        self._form: Form | None = None
        self._formed: tuple[int, Step] | None = None
        self.pane = Pane(data, size, worker)
        self.pane.learned.connect(self._learn)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(16)
        whole.addWidget(self._build_left())
        whole.addWidget(self.pane, 1)
        for keys, what in ((QKeySequence.StandardKey.Undo, self.undo), (QKeySequence.StandardKey.Redo, self.redo)):
            QShortcut(QKeySequence(keys), self, what, context=Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self._show(0 if plan.rows else -1)

    @property
    def plan(self) -> Plan:
        """The list as it is now."""
        return self._history.now

    def commit(self) -> bool:
        """Take what was typed; False where it does not fit."""
        return self._form is None or self._form.commit()

    def refused(self) -> str:
        """Why a training with this list would fail; empty where it would not."""
        return next((hint.sentence for hint in hints(self.plan, self._facts) if hint.severity == "error"), "")

    def point_out(self) -> bool:
        """Whether the list cannot be used; leads to what repairs it."""
        if self.refused() and self.notice.buttons:
            self.notice.buttons[0].setFocus()
        return bool(self.refused())

    def close_preview(self) -> None:
        """Nobody looks any more."""
        self.pane.close_preview()

    # ------------------------------------------------------------ building

    def _build_left(self) -> QWidget:
        left = QWidget()
        left.setFixedWidth(330)
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(self._build_bar())
        self.list = StepList()
        self.list.moved.connect(self._move)
        self.list.switched.connect(self._switch)
        self.list.removed.connect(self._remove)
        self.list.currentRowChanged.connect(self._show_form)
        self.empty = label(_NOTHING, "muted", wrap=True)
        column.addWidget(self.empty)
        column.addWidget(self.list, 1)
        self._place = QScrollArea()
        self._place.setWidgetResizable(True)
        self._place.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._place.setMinimumHeight(176)
        self._place.setMaximumHeight(212)
        self._place.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        column.addWidget(self._place)
        self.notice = Notice()
        self.notice.repaired.connect(self._repair)
        column.addWidget(self.notice)
        return left

    def _build_bar(self) -> QHBoxLayout:
        bar = QHBoxLayout()
        bar.setSpacing(4)
        self.add, self.presets = QPushButton("Add"), QPushButton("Presets")
        self.add.setIcon(icon("mdi6.plus"))
        for button, tip in (
            (self.add, "Add a step behind the others"),
            (self.presets, "Replace the list by a usual one"),
        ):
            button.setAutoDefault(False)
            button.setToolTip(tip)
            menu = QMenu(button)
            menu.setToolTipsVisible(True)
            button.setMenu(menu)
            bar.addWidget(button)
        bar.addStretch(1)
        self.take, self.back, self.forth = (
            self._tool(name, tip)
            for name, tip in (
                ("mdi6.trash-can-outline", "Remove the step (Delete)"),
                ("mdi6.undo", "Undo"),
                ("mdi6.redo", "Redo"),
            )
        )
        self.take.clicked.connect(self._take)
        self.back.clicked.connect(self.undo)
        self.forth.clicked.connect(self.redo)
        for tool in (self.take, self.back, self.forth):
            bar.addWidget(tool)
        return bar

    @staticmethod
    def _tool(name: str, tip: str) -> QToolButton:
        tool = QToolButton()
        tool.setIcon(icon(name))
        tool.setIconSize(QSize(18, 18))
        tool.setToolTip(tip)
        tool.setAccessibleName(tip)
        set_flag(tool, "kind", "small")
        return tool

    def _fill_menus(self) -> None:
        menu = self.add.menu()
        menu.clear()
        mixing = False
        for step in choices(self._facts.sort):
            if step.name in MIXES and not mixing:
                menu.addSeparator()
                mixing = True
            action = menu.addAction(step.title)
            action.setToolTip(step.help)
            action.setEnabled(step.name not in MIXES or all(row.step is not step for row in self.plan.rows))
            action.triggered.connect(partial(self._add, step))
        menu = self.presets.menu()
        menu.clear()
        for preset in PRESETS:
            if self._facts.sort is None or self._facts.sort in preset.works:
                action = menu.addAction(preset.title)
                action.setToolTip(f"{preset.help} {preset.plan().words.capitalize()}.")
                action.triggered.connect(partial(self._preset, preset))
        menu.addSeparator()
        nothing = menu.addAction("Nothing")
        nothing.setToolTip("Take all steps out.")
        nothing.setEnabled(bool(self.plan.rows))
        nothing.triggered.connect(self._clear)

    # ------------------------------------------------------------ showing

    def _show(self, current: int) -> None:
        """The plan as it is, with one row chosen."""
        plan = self.plan
        self._hints = hints(plan, self._facts)
        self.list.show_plan(plan, {hint.at for hint in self._hints if hint.severity == "error"})
        self.list.setCurrentRow(min(current, len(plan.rows) - 1))
        self._show_form()
        self.empty.setVisible(not plan.rows)
        self.take.setEnabled(bool(plan.rows))
        self.back.setEnabled(self._history.can_undo)
        self.forth.setEnabled(self._history.can_redo)
        self._fill_menus()
        first = self._hints[0] if self._hints else None
        more = f" ({len(self._hints) - 1} more)" if len(self._hints) > 1 else ""
        title = plan.rows[first.at].step.title if first is not None else ""
        self.notice.tell(
            f"{first.sentence}{more}" if first is not None else "",
            (f"Take out “{title}”",) if first is not None else (),
            first.severity if first is not None else "warning",
        )
        self.pane.show_plan(plan)

    def _show_form(self, _: int = 0) -> None:
        """What can be set of the chosen row; the same form while it is the same row, so that typing goes on."""
        at = self.list.currentRow()
        row = self.plan.rows[at] if 0 <= at < len(self.plan.rows) else None
        wanted = (at, row.step) if row is not None else None
        if row is not None and wanted == self._formed and self._form is not None:
            self._form.set_values(row.params)
            return
        self._formed = wanted
        self._form = None
        page = QWidget()
        page.setProperty("plain", True)
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 4, 6, 0)
        column.setSpacing(8)
        if row is not None:
            column.addWidget(label(row.step.title, "strong"))
            column.addWidget(label(row.step.help, "small", wrap=True))
            self._form = Form(entries_of_params(row.step.params), label_width=112)
            self._form.set_values(row.params)
            self._form.changed.connect(partial(self._set, at))
            column.addWidget(self._form)
        column.addStretch(1)
        self._place.setWidget(page)
        self._place.setVisible(row is not None)

    @property
    def form(self) -> Form | None:
        """What can be set of the chosen step."""
        return self._form

    def _learn(self, facts: Facts) -> None:
        """The worker has seen the data."""
        if facts != self._facts:
            self._facts = facts
            self._show(self.list.currentRow())

    # ------------------------------------------------------------ editing

    def _do(self, plan: Plan, current: int) -> None:
        if self._history.do(plan):
            self._show(current)
            self.changed.emit(plan)
        else:
            self._show(current)  # what was dragged in vain goes back to its place

    def undo(self) -> None:
        """Back to the list before."""
        self._history.undo()
        self._again()

    def redo(self) -> None:
        """Forth again."""
        self._history.redo()
        self._again()

    def _again(self) -> None:
        self._formed = None  # what is typed belongs to another list
        self._show(max(0, self.list.currentRow()))
        self.changed.emit(self.plan)

    def _add(self, step: Step) -> None:
        plan = self.plan.added(step)
        at = max((at for at, row in enumerate(plan.rows) if row.step is step), default=0)
        self._do(plan, at)
        self.list.setFocus(Qt.FocusReason.OtherFocusReason)

    def _preset(self, preset: Preset) -> None:
        self._do(preset.plan(), 0)

    def _clear(self) -> None:
        self._do(Plan(), -1)

    def _take(self) -> None:
        if self.list.currentRow() >= 0:
            self._remove(self.list.currentRow())

    def _remove(self, at: int) -> None:
        self._formed = None
        self._do(self.plan.removed(at), max(0, at - 1) if at == len(self.plan.rows) - 1 else at)
        (self.list if self.plan.rows else self.add).setFocus(Qt.FocusReason.OtherFocusReason)

    def _repair(self, _number: int) -> None:
        if self._hints:
            self._remove(self._hints[0].at)

    def _move(self, at: int, to: int) -> None:
        plan = self.plan.moved(at, to)
        self._formed = None
        self._do(plan, to if plan != self.plan else at)

    def _switch(self, at: int) -> None:
        self._do(self.plan.switched(at), at)

    def _set(self, at: int, name: str, value: Value) -> None:
        try:
            plan = self.plan.set(at, name, value)
        except ValueError as error:  # two that do not go together
            if self._form is not None:
                self._form.set_error(name, f"{str(error).partition(': ')[2].capitalize() or error}.")
            return
        self._do(plan, at)
