"""What a training run says while it goes: plain numbers, one frozen class per event. No torch.

An event travels as a dict with its ``type``; whoever stores it adds ``seq`` and ``time``. Iterations, epochs and
batches count from 1; seconds are seconds of training, pauses left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar

from pydantic import TypeAdapter, ValidationError

from designer.errors import FileDamaged

__all__ = [
    "EVENTS",
    "Changing",
    "Checkpointed",
    "EpochEnded",
    "Event",
    "Failed",
    "Finished",
    "Machine",
    "Noted",
    "Paused",
    "Resumed",
    "Started",
    "Step",
    "Unfrozen",
    "Validated",
    "from_dict",
    "to_dict",
]


@dataclass(frozen=True, slots=True)
class Event:
    """What all events have: a type, which is their name in a file."""

    type: ClassVar[str] = ""


@dataclass(frozen=True, slots=True)
class Started(Event):
    """The run begins, or goes on after ``start_iteration`` iterations."""

    type: ClassVar[str] = "started"
    device: str
    device_name: str
    threads: int
    epochs: int
    batch_size: int
    iterations_per_epoch: int
    total_iterations: int
    train_samples: int
    validation_samples: int
    start_iteration: int


@dataclass(frozen=True, slots=True)
class Step(Event):
    """One iteration is done. ``loss`` and ``accuracy`` are of its batch; ``left`` is an estimate.

    ``figures`` are the metrics that were chosen (``TrainSpec.metrics``), by name: of this batch alone, where a batch by
    itself has one.
    """

    type: ClassVar[str] = "step"
    iteration: int
    epoch: int
    loss: float
    accuracy: float | None
    learning_rate: float
    samples_per_second: float
    elapsed: float
    left: float
    figures: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Machine(Event):
    """What the run takes of the machine, about once a second. Memory in bytes, uses as shares of 1.

    ``memory`` and ``use`` are the process's, of all processors; ``device_...`` those of a device of its own, where
    there is one: in use by tensors, reserved for the run, there in all, and how busy it is.
    """

    type: ClassVar[str] = "machine"
    iteration: int
    elapsed: float
    memory: int
    use: float
    device_memory: int | None = None
    device_reserved: int | None = None
    device_total: int | None = None
    device_use: float | None = None


@dataclass(frozen=True, slots=True)
class Validated(Event):
    """The network was measured on the validation samples.

    Of several outputs ``loss`` is the weighted sum and ``accuracy`` that of the one that counts most; ``outputs`` has
    each by its name, with ``loss`` and ``accuracy`` of its own. It is empty for a single output. ``figures`` are the
    metrics that were chosen, by name, over all validation samples; one that these samples do not define is left out.
    """

    type: ClassVar[str] = "validated"
    iteration: int
    epoch: int
    loss: float
    accuracy: float | None
    outputs: Mapping[str, Mapping[str, float | None]] = field(default_factory=dict)
    figures: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EpochEnded(Event):
    """An epoch is done. ``loss`` and ``accuracy`` are means over its batches as they were trained.

    ``figures`` are the metrics that were chosen, by name, over all samples of the epoch as they were trained; those of
    the last validation are ``validation_figures``.
    """

    type: ClassVar[str] = "epoch"
    epoch: int
    loss: float
    accuracy: float | None
    validation_loss: float | None
    validation_accuracy: float | None
    seconds: float
    figures: Mapping[str, float] = field(default_factory=dict)
    validation_figures: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Checkpointed(Event):
    """Weights are safely on disk. ``path`` is relative to the run folder."""

    type: ClassVar[str] = "checkpoint"
    iteration: int
    epoch: int
    path: str
    best: bool


@dataclass(frozen=True, slots=True)
class Unfrozen(Event):
    """From ``epoch`` on, which begins after ``iteration`` iterations, more learns: ``weights`` numbers in all."""

    type: ClassVar[str] = "unfrozen"
    iteration: int
    epoch: int
    parts: tuple[str, ...]
    weights: int


@dataclass(frozen=True, slots=True)
class Noted(Event):
    """Something was done that a person asked for, or that a setting asks for. ``text`` is the sentence about it.

    ``what``: "rate", "checkpoint" or "validation" (asked for), "refused" (asked for in vain), "plateau",
    "early_stop", "unsaved" and "saved" (the disk refuses, and takes again),
    "older" (it goes on from another checkpoint than the last).
    """

    type: ClassVar[str] = "noted"
    iteration: int
    what: str
    text: str


@dataclass(frozen=True, slots=True)
class Changing(Event):
    """The run ends here to go on at once with another network, the one with this ``number`` in its folder."""

    type: ClassVar[str] = "changing"
    iteration: int
    number: int


@dataclass(frozen=True, slots=True)
class Health(Event):
    """How the blocks fared in one iteration: for each the figures of health/signs.py, in that order.

    ``seconds`` is what it took to find out.
    """

    type: ClassVar[str] = "health"
    iteration: int
    epoch: int
    blocks: Mapping[str, tuple[float | None, ...]]
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Maps(Event):
    """Feature maps of the pinned samples after ``iteration`` are in the file ``path``, relative to the run folder."""

    type: ClassVar[str] = "maps"
    iteration: int
    blocks: tuple[str, ...]
    path: str


@dataclass(frozen=True, slots=True)
class Paused(Event):
    """The run waits."""

    type: ClassVar[str] = "paused"
    iteration: int


@dataclass(frozen=True, slots=True)
class Resumed(Event):
    """The run goes on after a pause."""

    type: ClassVar[str] = "resumed"
    iteration: int


@dataclass(frozen=True, slots=True)
class Finished(Event):
    """The run ended as it should: "completed", "early" by itself, or "stopped" by a person.

    ``weights`` is relative to the run folder; they are the ``kept`` ones, "latest" or "best", of ``kept_iteration``.
    ``figures`` are the further ones of the last validation, ``best_figures`` those of the best one.
    """

    type: ClassVar[str] = "finished"
    reason: str
    iteration: int
    epoch: int
    best_accuracy: float | None
    final_accuracy: float | None
    final_loss: float | None
    elapsed: float
    weights: str | None
    kept: str = "latest"
    kept_iteration: int | None = None
    figures: Mapping[str, float] = field(default_factory=dict)
    best_figures: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Failed(Event):
    """The run ended with an error. ``kind``: "error", "non_finite", "out_of_memory", "block" or "data".

    ``details`` is a file of the run folder that says more: of a step whose numbers were not finite. ``offers`` are
    settings that would do, each with a ``title`` and the fields of ``train`` to change.
    """

    type: ClassVar[str] = "failed"
    message: str
    block: str | None
    batch: int | None
    kind: str
    details: str | None = None
    offers: tuple[Mapping[str, Any], ...] = ()


EVENTS: dict[str, type[Event]] = {
    event.type: event
    for event in (
        Started,
        Step,
        Machine,
        Validated,
        EpochEnded,
        Checkpointed,
        Unfrozen,
        Changing,
        Noted,
        Health,
        Maps,
        Paused,
        Resumed,
        Finished,
        Failed,
    )
}

_FIELDS: dict[str, tuple[str, ...]] = {
    name: tuple(field.name for field in fields(event)) for name, event in EVENTS.items()
}
_READERS: dict[str, TypeAdapter[Event]] = {name: TypeAdapter(event) for name, event in EVENTS.items()}


def to_dict(event: Event) -> dict[str, Any]:
    """The event as JSON can hold it, its ``type`` first."""
    values: dict[str, Any] = {"type": event.type}
    for name in _FIELDS[event.type]:  # asdict() copies deeply, which costs more than the event itself
        values[name] = getattr(event, name)
    return values


def from_dict(values: Mapping[str, Any]) -> Event:
    """The event of a dict; fields it does not know (``seq``, ``time``) are left out. Raises FileDamaged."""
    name = values.get("type")
    if not isinstance(name, str) or name not in EVENTS:
        raise FileDamaged(f"Expected a training event, got type {name!r}; one of {', '.join(EVENTS)} can be read.")
    try:
        return _READERS[name].validate_python({key: values[key] for key in _FIELDS[name] if key in values})
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise FileDamaged(f"The {name} event is damaged at “{where}”: {first['msg']}.") from error
