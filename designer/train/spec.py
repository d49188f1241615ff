"""How to train, as plain data: the dialog, the command line and the run folder are made from these fields. No torch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError, field_validator

from designer.errors import UsageError
from designer.train.parts import OPTIMIZERS, SCHEDULES

__all__ = ["TrainSpec", "Unfreeze"]

Weight = Annotated[FiniteFloat, Field(ge=0, le=1000)]


class Unfreeze(BaseModel):
    """One row of an unfreezing timeline: what learns from which epoch on, counted from 1; before, it is frozen.

    ``part`` is the name of a block, of a group, or a pattern of such names: ``layer*``, ``*.bn1``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    part: str = Field(min_length=1, max_length=400, pattern=r"^\S+$")
    epoch: int = Field(ge=1, le=100_000)


class TrainSpec(BaseModel):
    """Everything that decides a training run, apart from the network and the data."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    epochs: int = Field(
        default=10,
        title="Epochs",
        description="How many times the run goes through all training samples.",
        ge=1,
        le=100_000,
    )
    batch_size: int = Field(
        default=64,
        title="Batch size",
        description="Samples per iteration. Larger is faster on a GPU and takes more memory.",
        ge=1,
        le=65_536,
    )
    learning_rate: FiniteFloat = Field(
        default=1e-3,
        title="Learning rate",
        description="The size of a step, before the schedule. If the loss jumps or becomes NaN, make it smaller.",
        gt=0,
        le=100,
    )
    optimizer: str = Field(
        default="adamw",
        title="Optimiser",
        description="How the weights follow their gradients.",
        json_schema_extra={"choices": list(OPTIMIZERS)},
    )
    momentum: FiniteFloat = Field(
        default=0.9,
        title="Momentum",
        description="How much of the last step is kept in the next one. Used by SGD.",
        ge=0,
        lt=1,
    )
    weight_decay: FiniteFloat = Field(
        default=1e-4,
        title="Weight decay",
        description="Pulls the weights towards zero; a little helps against overfitting.",
        ge=0,
        le=10,
    )
    schedule: str = Field(
        default="cosine",
        title="Schedule",
        description="How the learning rate changes during the run.",
        json_schema_extra={"choices": list(SCHEDULES)},
    )
    step_size: int = Field(
        default=5,
        title="Step every",
        description="Epochs between two drops of the learning rate. Used by the step schedule.",
        ge=1,
        le=100_000,
    )
    gamma: FiniteFloat = Field(
        default=0.1,
        title="Step factor",
        description="What a drop multiplies the learning rate by. Used by the step schedule.",
        gt=0,
        le=1,
    )
    warm_up: FiniteFloat = Field(
        default=0.3,
        title="Warm-up share",
        description="The part of the run in which the learning rate rises. Used by the one-cycle schedule.",
        gt=0,
        lt=1,
    )
    seed: int = Field(
        default=0,
        title="Seed",
        description="Starts every random choice; the same seed on the same machine gives the same run.",
        ge=0,
        lt=2**32,
    )
    device: str = Field(
        default="auto",
        title="Device",
        description="Where to train: auto, cpu, mps, cuda or cuda:N. Auto takes a GPU if there is one.",
        pattern=r"^(auto|cpu|mps|cuda(:\d{1,3})?)$",
    )
    threads: int = Field(
        default=0,
        title="CPU threads",
        description="How many threads compute on the CPU. 0: as many as torch chooses.",
        ge=0,
        le=1024,
    )
    validate_every: int = Field(
        default=0,
        title="Validate every",
        description="Iterations between two validations. 0: at the end of each epoch.",
        ge=0,
        le=1_000_000_000,
    )
    checkpoint_every: int = Field(
        default=0,
        title="Checkpoint every",
        description="Iterations between two checkpoints. 0: at the end of an epoch, less often where saving would "
        "slow the run down.",
        ge=0,
        le=1_000_000_000,
    )
    output_weights: dict[str, Weight] = Field(
        default_factory=dict,
        title="Output weights",
        description="For a network with several outputs: how much the loss of each counts, by the output's name, "
        "instead of the weights of the outputs themselves. Outputs not named are not trained.",
        max_length=64,
    )

    unfreeze: tuple[Unfreeze, ...] = Field(
        default=(),
        title="Unfreezing",
        description="Which part learns from which epoch on, frozen or not by itself. A block that is in several rows "
        "learns from the earliest of their epochs on.",
        max_length=200,
    )
    move_statistics: bool = Field(
        default=False,
        title="Let statistics move",
        description="Running statistics of frozen blocks, such as batch normalisation, follow the new data. Off: they "
        "stay as they were learned.",
    )

    start: str = Field(
        default="auto",
        title="Start from",
        description="weights: those of the project, as far as they fit the network; fresh: random ones. Auto: weights "
        "that were imported, or that training started from before.",
        json_schema_extra={"choices": ["auto", "weights", "fresh"]},
    )

    @field_validator("start")
    @classmethod
    def _known_start(cls, value: str) -> str:
        return _one_of(value, dict.fromkeys(("auto", "weights", "fresh")))

    @field_validator("optimizer")
    @classmethod
    def _known_optimizer(cls, value: str) -> str:
        return _one_of(value, OPTIMIZERS)

    @field_validator("schedule")
    @classmethod
    def _known_schedule(cls, value: str) -> str:
        return _one_of(value, SCHEDULES)

    @classmethod
    def read(cls, values: Mapping[str, Any]) -> TrainSpec:
        """The spec of plain values. Raises UsageError with one sentence about the first field that is wrong."""
        try:
            return cls.model_validate(dict(values))
        except ValidationError as error:
            first = error.errors()[0]
            name = str(first["loc"][0]) if first["loc"] else "spec"
            field = cls.model_fields.get(name)
            title = field.title if field is not None and field.title else name
            reason = first["msg"].removeprefix("Value error, ")
            raise UsageError(f"{title}: {reason}, got {first['input']!r}.") from error

    def learning_rate_at(self, iteration: int, total: int, per_epoch: int) -> float:
        """The learning rate of ``iteration`` (counted from 0) in a run of ``total`` iterations."""
        return self.learning_rate * SCHEDULES[self.schedule].factor(self, iteration, total, per_epoch)


def _one_of(value: str, known: Mapping[str, object]) -> str:
    if value not in known:
        raise ValueError(f"Choose one of {', '.join(known)}")
    return value
