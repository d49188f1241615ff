"""Has the worker measure what blocks without a rule give, and tells the document. Nothing here waits."""

from __future__ import annotations

import secrets
import shutil
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer

from designer.blocks.userclass import UserClass, declared, to_json
from designer.errors import LayerloomError, ShapeError
from designer.graph.measured import Answer, Query
from designer.graph.measured_data import answer_from_json, answers_from_json, query_to_json
from designer.jobs.client import JobHandle
from designer.jobs.specs import MeasureJob
from designer.jobs.user_code import untrusted_answer, why_untrusted
from designer.project.paths import state_folder

if TYPE_CHECKING:
    from designer.ui.window import MainWindow

__all__ = ["Measuring"]

_TICK = 30  # ms between two looks, only while something is measured
_PATIENCE = 120.0  # seconds; the worker itself ends a loop in Python much sooner
_AT_ONCE = 500
_MANY = 4


class Measuring(QObject):
    """One question after the other goes to the worker, as many at once as there are."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._job: JobHandle | None = None
        self._asked: Sequence[Query] = ()
        self._since = 0.0
        self._why: dict[UserClass, str | None] = {}
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK)
        self._timer.timeout.connect(self._tick)
        window.bridge.changed.connect(self._changed)
        window.bridge.reset.connect(self._changed)

    def _changed(self, _changed: object = None) -> None:
        if self._window.bridge.document.shapes.wanted:
            self._window.soon(self.look)

    def look(self) -> None:
        """Ask for what the document wants to know. What nobody trusted says so instead."""
        document = self._window.bridge.document
        wanted = list(dict.fromkeys(document.shapes.wanted.values()))
        blocked = {q: untrusted_answer(cls) for q in wanted if (cls := declared(q.type)) and self._reason(cls)}
        if blocked:
            document.measured(blocked)
        todo = [query for query in wanted if query not in blocked]
        if todo and self._job is None:
            self._ask(todo[:_AT_ONCE])

    def forget_reasons(self) -> None:
        """Ask anew what is trusted."""
        self._why.clear()

    def _reason(self, cls: UserClass) -> str | None:
        if cls not in self._why:
            self._why[cls] = why_untrusted(cls)
        return self._why[cls]

    def _ask(self, queries: Sequence[Query]) -> None:
        classes = {q.type: cls for q in queries if (cls := declared(q.type)) is not None}
        network = self._window.bridge.document.network
        # Answers lead to questions: where there may be many, all are measured at once, not in a hundred turns.
        many = sum(node.block.measured for node in network.nodes.values()) >= _MANY
        job = MeasureJob(
            classes=[to_json(cls) for cls in classes.values()],
            queries=[query_to_json(q) for q in queries],
            network=network.to_json() if many else None,
        )
        folder = state_folder() / "measuring" / secrets.token_hex(8)
        self._asked = queries
        try:
            self._job = self._window.running.controller().worker.submit(job, None, folder)
        except LayerloomError as error:
            self._give_up(error.message)
            return
        self._since = time.monotonic()
        self._timer.start()

    def _tick(self) -> None:
        job = self._job
        if job is None:
            self._timer.stop()
            return
        job.poll()
        if job.finished:
            self._take(job)
        elif time.monotonic() - self._since > _PATIENCE:
            self._give_up(f"There was no answer in {_PATIENCE:g} seconds.")

    def _take(self, job: JobHandle) -> None:
        try:
            result: dict[str, Any] = job.result or {}
            rows = result.get("answers", [])
            answers = {q: answer_from_json(row) for q, row in zip(self._asked, rows, strict=True)}
            answers |= answers_from_json(result.get("all", []))
        except (LayerloomError, ValueError, TypeError):
            self._give_up(str((job.outcome or {}).get("message", "The worker gave no answer.")))
            return
        self._end()
        self._window.bridge.document.measured(answers)
        self.look()

    def _give_up(self, why: str) -> None:
        """Say so at the blocks, and do not ask the same again by itself."""
        error = ShapeError(
            "what comes out to be measured", "that it could not", f"{why} Change the block to try again."
        )
        answers = {query: Answer(error=error) for query in self._asked}
        self._end()
        self._window.bridge.document.measured(answers)

    def _end(self) -> None:
        self._timer.stop()
        if self._job is not None:
            shutil.rmtree(self._job.run_dir, ignore_errors=True)
        self._job = None
        self._asked = ()

    def close(self) -> None:
        """The window goes; nobody wants to know any more."""
        self._end()
