"""How to train, as plain data: the dialog, the command line and the run folder are made from these fields. No torch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError, ValidationInfo, field_validator

from designer.errors import UsageError
from designer.train import figure_settings as figures
from designer.train import speed_settings as fast
from designer.train.declare import setting, settings_that
from designer.train.health.setting import HEALTH
from designer.train.parts import OPTIMIZERS, SCHEDULES

__all__ = ["TrainSpec", "Unfreeze", "fields_that_matter"]

Weight = Annotated[FiniteFloat, Field(ge=0, le=1000)]


def _titles(parts: Mapping[str, Any]) -> dict[str, str]:
    return {name: part.title for name, part in parts.items()}


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

    start: str = setting(
        "auto",
        "Start from",
        "weights: those of the project, as far as they fit the network; fresh: random ones. Auto: weights that were "
        "imported, or that training started from before.",
        choices={"auto": "Automatic", "weights": "The project's weights", "fresh": "Fresh weights"},
    )
    epochs: int = setting(10, "Epochs", "How many times the run goes through all training samples.", ge=1, le=100_000)
    batch_size: int = setting(
        64,
        "Batch size",
        "Samples per iteration. Larger is faster on a GPU and takes more memory.",
        ge=1,
        le=65_536,
    )
    learning_rate: FiniteFloat = setting(
        1e-3,
        "Learning rate",
        "The size of a step, before the schedule. If the loss jumps or becomes NaN, make it smaller.",
        free=True,
        gt=0,
        le=100,
    )
    optimizer: str = setting(
        "adamw", "Optimiser", "How the weights follow their gradients.", choices=_titles(OPTIMIZERS)
    )
    schedule: str = setting(
        "cosine", "Schedule", "How the learning rate changes during the run.", choices=_titles(SCHEDULES), free=True
    )
    device: str = setting(
        "auto",
        "Device",
        "Where to train: auto, cpu, mps, cuda or cuda:N. Auto takes a GPU if there is one.",
        pattern=r"^(auto|cpu|mps|cuda(:\d{1,3})?)$",
    )

    momentum: FiniteFloat = setting(
        0.9,
        "Momentum",
        "How much of the last step is kept in the next one. Used by SGD and RMSprop.",
        group="Optimiser",
        ge=0,
        lt=1,
    )
    nesterov: bool = setting(
        False,
        "Nesterov",
        "Look ahead along the momentum before a step; often a little better. Used by SGD.",
        group="Optimiser",
        free=True,
    )
    weight_decay: FiniteFloat = setting(
        1e-4,
        "Weight decay",
        "Pulls the weights towards zero; a little helps against overfitting.",
        group="Optimiser",
        free=True,
        ge=0,
        le=10,
    )
    spare_norms: bool = setting(
        True,
        "Spare norms and biases",
        "Weight decay leaves biases and the weights of normalisations alone, which have no need of it.",
        group="Optimiser",
        free=True,
    )
    clip_norm: FiniteFloat = setting(
        0.0,
        "Clip gradients at",
        "The largest norm that all gradients together may have; longer ones are made shorter. 1 is usual for "
        "recurrent networks and transformers. 0: no limit.",
        group="Optimiser",
        zero="no limit",
        ge=0,
        le=1e6,
    )
    accumulate: int = setting(
        1,
        "Batches per step",
        "Add up the gradients of so many batches before the weights move: as a batch so many times larger, in the "
        "memory of one.",
        group="Optimiser",
        free=True,
        ge=1,
        le=10_000,
    )

    step_size: int = setting(
        5,
        "Step every",
        "Epochs between two drops of the learning rate. Used by the step schedule.",
        group="Schedule",
        free=True,
        ge=1,
        le=100_000,
    )
    plateau_on: str = figures.PLATEAU_ON
    plateau_patience: int = setting(
        3,
        "Plateau after",
        "Validations without getting better before the learning rate drops. Used by the plateau schedule.",
        group="Schedule",
        free=True,
        ge=1,
        le=100_000,
    )
    gamma: FiniteFloat = setting(
        0.1,
        "Step factor",
        "What a drop multiplies the learning rate by. Used by the step and plateau schedules.",
        group="Schedule",
        free=True,
        gt=0,
        le=1,
    )
    power: FiniteFloat = setting(
        2.0,
        "Power",
        "1 falls in a straight line, more falls faster at first. Used by the polynomial schedule.",
        group="Schedule",
        free=True,
        gt=0,
        le=100,
    )
    end_factor: FiniteFloat = setting(
        0.0,
        "Ends at",
        "The share of the learning rate that is left at the end. Used by the cosine, linear and polynomial schedules.",
        group="Schedule",
        free=True,
        ge=0,
        le=1,
    )
    warm_up: FiniteFloat = setting(
        0.3,
        "Warm-up share",
        "The part of the run in which the learning rate rises. Used by the one-cycle schedule.",
        group="Schedule",
        free=True,
        gt=0,
        lt=1,
    )
    warmup_length: int = setting(
        0,
        "Warm-up",
        "For how long the learning rate rises in a straight line before the schedule begins. 0: not at all.",
        group="Schedule",
        zero="none",
        free=True,
        ge=0,
        le=1_000_000_000,
    )
    warmup_unit: str = setting(
        "epochs",
        "Warm-up in",
        "Whether the warm-up is so many epochs or iterations long.",
        group="Schedule",
        choices={"epochs": "Epochs", "iterations": "Iterations"},
        needs="warmup_length",
        free=True,
    )

    label_smoothing: FiniteFloat = setting(
        0.0,
        "Label smoothing",
        "The share of a label that is spread over the other classes: less sure of itself, often more accurate on "
        "noisy labels. Training only; validation is measured without it. 0: none.",
        group="Against overfitting",
        zero="none",
        ge=0,
        lt=1,
    )
    class_weights: str = setting(
        "none",
        "Class weights",
        "balanced: a rare class counts as much as a frequent one, by the inverse of how often it occurs. Training "
        "only; validation is measured without them.",
        group="Against overfitting",
        choices={"none": "All samples count the same", "balanced": "Balanced, by how rare a class is"},
    )
    mixup: FiniteFloat = setting(
        0.0,
        "Mixup",
        "Lay two pictures over each other, with their labels; the strength, 0.2 is usual. 0: off. With cutmix, one of "
        "the two is chosen for each batch.",
        group="Against overfitting",
        zero="off",
        ge=0,
        le=100,
    )
    cutmix: FiniteFloat = setting(
        0.0,
        "Cutmix",
        "Paste a piece of another picture into each, and mix the labels accordingly; the strength, 1 is usual. 0: off.",
        group="Against overfitting",
        zero="off",
        ge=0,
        le=100,
    )
    ema: FiniteFloat = setting(
        0.0,
        "Averaged weights",
        "Keep a moving average of the weights; it is validated and is the result of the run. How much of the average "
        "stays at each step: 0.999 is usual. Early in a run less stays, so that it does not lag behind. 0: off.",
        group="Against overfitting",
        zero="off",
        ge=0,
        lt=1,
    )
    move_statistics: bool = setting(
        False,
        "Let statistics move",
        "Running statistics of frozen blocks, such as batch normalisation, follow the new data. Off: they stay as "
        "they were learned.",
        group="Against overfitting",
    )

    validate_every: int = setting(
        0,
        "Validate every",
        "Iterations between two validations. 0: at the end of each epoch.",
        group="Validation",
        zero="at the end of each epoch",
        ge=0,
        le=1_000_000_000,
    )
    metrics: tuple[str, ...] = figures.METRICS
    best_by: str = figures.BEST_BY
    early_stop: str = figures.EARLY_STOP
    patience: int = setting(
        5,
        "Patience",
        "Validations without getting better before the run ends.",
        group="Validation",
        needs="early_stop",
        free=True,
        ge=1,
        le=100_000,
    )
    min_change: FiniteFloat = setting(
        0.0,
        "Smallest change",
        "A figure must get better by more than this to count as better. To stop early, and for the plateau schedule.",
        group="Validation",
        needs="early_stop",
        free=True,
        ge=0,
        le=1e6,
    )
    result: str = setting(
        "auto",
        "Result",
        "Which weights the run leaves: its latest, or the best by validation. Auto: the best where it stopped early, "
        "else the latest.",
        group="Validation",
        choices={"auto": "Automatic", "latest": "The latest weights", "best": "The best weights"},
        free=True,
    )

    checkpoint_every: int = setting(
        0,
        "Iterations apart",
        "Iterations between two checkpoints. Where all three are 0: at the end of an epoch, less often where saving "
        "would slow the run down.",
        group="Checkpoints",
        zero="not by iterations",
        free=True,
        ge=0,
        le=1_000_000_000,
    )
    checkpoint_epochs: int = setting(
        0, "Epochs apart", "Epochs between two checkpoints. 0: not by epochs.", group="Checkpoints",
        zero="not by epochs", free=True, ge=0, le=100_000,
    )  # fmt: skip
    checkpoint_minutes: FiniteFloat = setting(
        0.0, "Minutes apart", "Minutes between two checkpoints. 0: not by time.", group="Checkpoints",
        zero="not by time", free=True, ge=0, le=100_000,
    )  # fmt: skip
    keep_checkpoints: int = setting(
        1,
        "Keep the last",
        "How many checkpoints stay on the disk; a run can go on from each. The best weights stay in any case.",
        group="Checkpoints",
        free=True,
        ge=1,
        le=10_000,
    )

    health: bool = HEALTH
    tensorboard: bool = setting(
        False,
        "Files for TensorBoard",
        "Write event files to the folder tensorboard of the run: losses, metrics, learning rate, settings. "
        "metrics.csv and events.jsonl are always written.",
        group="Logs",
        free=True,
    )

    precision: str = fast.PRECISION
    channels_last: str = fast.CHANNELS_LAST
    fused: str = fast.FUSED
    compile: str = fast.COMPILE
    tf32: str = fast.TF32
    kernel_search: str = fast.KERNEL_SEARCH
    checkpoint_activations: bool = fast.CHECKPOINT_ACTIVATIONS

    seed: int = setting(
        0,
        "Seed",
        "Starts every random choice; the same seed on the same machine gives the same run.",
        group="Machine",
        free=True,
        ge=0,
        lt=2**32,
    )
    threads: int = setting(
        0,
        "CPU threads",
        "How many threads compute on the CPU. 0: as many as torch chooses.",
        group="Machine",
        zero="automatic",
        ge=0,
        le=1024,
    )

    sync_batch_norm: bool = fast.SYNC_BATCH_NORM
    shard: bool = fast.SHARD

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

    @field_validator("*")
    @classmethod
    def _known(cls, value: Any, info: ValidationInfo) -> Any:
        name = str(info.field_name)
        known, also = _CHOICES.get(name), _ALSO.get(name)
        for one in value if isinstance(value, tuple) and known else (value,):
            further = also and one.startswith(also) and one.removeprefix(also).isidentifier()
            if known is not None and one not in known and not further:
                raise ValueError(f"Choose one of {', '.join(known)}")
        return value

    @field_validator("metrics", mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        """Names may be written as a text with commas; each counts once."""
        names = [name.strip() for name in value.split(",")] if isinstance(value, str) else value
        if isinstance(names, list | tuple) and all(isinstance(name, str) for name in names):
            return tuple(dict.fromkeys(name for name in names if name))
        return value

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
        rise = self.warmup_length * (per_epoch if self.warmup_unit == "epochs" else 1)
        if iteration < rise:
            return self.learning_rate * (iteration + 1) / (rise + 1)
        factor = SCHEDULES[self.schedule].factor
        return self.learning_rate * factor(self, iteration - rise, max(total - rise, 1), per_epoch)


def fields_that_matter(values: Mapping[str, Any]) -> dict[str, bool]:
    """Of the fields that matter only beside certain values of others, whether each does."""
    read = {*OPTIMIZERS[values["optimizer"]].params, *SCHEDULES[values["schedule"]].params}
    params = [part.params for part in OPTIMIZERS.values()] + [part.params for part in SCHEDULES.values()]
    dependent = {name for some in params for name in some} & set(settings_that(TrainSpec.model_fields, "group"))
    found = {name: name in read for name in dependent}
    for name, other in settings_that(TrainSpec.model_fields, "needs").items():
        found[name] = found.get(name, False) or values[other] not in (0, "off", "none")
    return found


_CHOICES = settings_that(TrainSpec.model_fields, "choices")
_ALSO = settings_that(TrainSpec.model_fields, "also")
