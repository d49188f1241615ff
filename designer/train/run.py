"""The background thread: iterates a job's events where the caller need not wait. The only module that knows threads."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from designer.train.events import Failed

__all__ = ["BackgroundRun", "unexpected"]

E = TypeVar("E")

_log = logging.getLogger(__name__)


def unexpected(error: BaseException) -> Failed:
    """The event that tells of an exception nobody expected."""
    return Failed(
        message=f"Something went wrong inside Layerloom: {type(error).__name__}: {error}. The log has the details.",
        block=None,
        batch=None,
        kind="error",
    )


class BackgroundRun(Generic[E]):
    """Hands every event of ``events`` to ``sink``, on a thread of its own.

    An exception out of ``events`` is logged and reaches the sink as one last event made by ``on_error``. If the
    sink itself raises, the iterator is closed and the thread ends; ``error`` holds the exception in both cases.
    """

    def __init__(
        self,
        events: Iterator[E],
        sink: Callable[[E], None],
        on_error: Callable[[BaseException], E],
        name: str = "training",
    ) -> None:
        self._events, self._sink, self._on_error = events, sink, on_error
        self.error: BaseException | None = None
        # Not a daemon: a process must not end in the middle of writing weights.
        self._thread = threading.Thread(target=self._work, name=name, daemon=False)

    def start(self) -> None:
        """Begin. Raises RuntimeError the second time."""
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether the thread is at work."""
        return self._thread.is_alive()

    def join(self, timeout: float | None = None) -> bool:
        """Wait up to ``timeout`` seconds for the end; whether it has come."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _work(self) -> None:
        try:
            try:
                for event in self._events:
                    self._sink(event)
            finally:
                close = getattr(self._events, "close", None)
                if close is not None:
                    close()  # when the sink raised: lets the generator clean up
        except Exception as error:  # noqa: BLE001 (the last frame of a thread: nobody else can hear of it)
            self.error = error
            _log.exception("A background run ended with an exception")
            self._tell(error)

    def _tell(self, error: BaseException) -> None:
        try:
            self._sink(self._on_error(error))
        except Exception:  # noqa: BLE001 (as above)
            _log.exception("The end of a background run could not be told")
