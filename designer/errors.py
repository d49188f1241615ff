"""The tree of errors. Every message is written for the person in front of the window.

LayerloomError
├── UsageError            the command line was called wrongly            (exit 2)
├── ProjectError          the file on disk
│   ├── FileDamaged       not JSON, truncated, out of bounds, hostile
│   ├── FileNewer         written by a newer Layerloom
│   └── FileInUse         another process holds it
├── EditRefused           an edit that the network cannot take
├── PhraseError           typed blocks cannot be read                   (.start .end .nearest)
├── NetworkInvalid        the drawing has problems that forbid the job   (.problems)
├── ShapeError            a block cannot take what arrives               (.expected .found .advice .code)
├── DataError             a data set cannot be read
│   └── Offline           a download was asked for and there is no network
├── TrainError            a run stopped
│   ├── BlockFailed       a block raised while it ran                    (.block)
│   ├── NotSaved          weights or checkpoints cannot be written now
│   ├── NonFiniteLoss     the loss became NaN or infinite                (.iteration .batch .block)
│   └── OutOfMemory       the device ran out of memory                   (.device)
├── ExportError           an export could not be written or was not equal
└── JobError              a worker could not be started, reached or kept alive
"""

from __future__ import annotations

from collections.abc import Sequence

__all__ = [
    "BlockFailed",
    "DataError",
    "EditRefused",
    "ExportError",
    "FileDamaged",
    "FileInUse",
    "FileNewer",
    "JobError",
    "LayerloomError",
    "NetworkInvalid",
    "NonFiniteLoss",
    "NotSaved",
    "Offline",
    "OutOfMemory",
    "PhraseError",
    "ProjectError",
    "ShapeError",
    "TrainError",
    "UsageError",
]


class LayerloomError(Exception):
    """One or two sentences: what was expected, what was found, what to do."""

    @property
    def message(self) -> str:
        """The sentence to show."""
        return str(self)


class UsageError(LayerloomError):
    """The command line was called wrongly."""


class ProjectError(LayerloomError):
    """A project file cannot be used."""


class FileDamaged(ProjectError):
    """The file is malformed, truncated, too large or hostile."""


class FileNewer(ProjectError):
    """The file was written by a newer version of Layerloom."""


class FileInUse(ProjectError):
    """Another process has the file open for editing."""


class EditRefused(LayerloomError):
    """The network cannot take this edit; nothing was changed."""


class PhraseError(LayerloomError):
    """Typed blocks cannot be read. ``start`` and ``end`` are the place; ``nearest`` are words that may be meant."""

    def __init__(self, message: str, start: int = 0, end: int | None = None, nearest: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.start = start
        self.end = start if end is None else end
        self.nearest = tuple(nearest)


class NetworkInvalid(LayerloomError):
    """The drawing has problems that forbid compiling it."""

    def __init__(self, message: str, problems: Sequence[object] = ()) -> None:
        super().__init__(message)
        self.problems = tuple(problems)


class ShapeError(LayerloomError):
    """A block cannot take what arrives at it.

    Raised by shape rules only. ``code`` names the kind of mismatch for quick fixes.
    """

    def __init__(self, expected: str, found: str, advice: str, code: str = "") -> None:
        super().__init__(f"Expected {expected}, got {found}. {advice}")
        self.expected = expected
        self.found = found
        self.advice = advice
        self.code = code


class DataError(LayerloomError):
    """A data set cannot be read, or does not fit the network."""


class Offline(DataError):
    """A download was asked for and there is no network."""


class TrainError(LayerloomError):
    """A training run stopped before its end."""


class NotSaved(TrainError):
    """Weights or a checkpoint cannot be written now: the disk is full, gone or refuses. What is there stays."""


class BlockFailed(TrainError):
    """A block raised while it ran."""

    def __init__(self, message: str, block: str | None = None) -> None:
        super().__init__(message)
        self.block = block


class NonFiniteLoss(TrainError):
    """The loss became NaN or infinite. ``block`` is where the first such number arose, where that is known.

    ``details`` is the file of the run folder that says more.
    """

    def __init__(
        self, message: str, iteration: int, batch: int, block: str | None = None, details: str | None = None
    ) -> None:
        super().__init__(message)
        self.iteration = iteration
        self.batch = batch
        self.block = block
        self.details = details


class OutOfMemory(TrainError):
    """The device ran out of memory."""

    def __init__(self, message: str, device: str) -> None:
        super().__init__(message)
        self.device = device


class ExportError(LayerloomError):
    """An export could not be written, could not be run, or was not equal."""


class JobError(LayerloomError):
    """A worker could not be started, reached or kept alive."""
