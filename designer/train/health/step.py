"""What is known of one training step that was looked at closely, as plain data. No torch: the window reads it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer, ValidationError

from designer.errors import FileDamaged

__all__ = ["FOLDER", "PICTURES", "STEP", "TENSORS", "WEIGHTS", "BlockRow", "Range", "Sample", "StepReport", "read_step"]

FOLDER = "nonfinite"  # in the run folder
STEP, TENSORS, WEIGHTS, PICTURES = "step.json", "batch.safetensors", "weights.safetensors", "samples.npz"

# JSON knows neither NaN nor infinity.
_NAMES = {"nan": "nan", "inf": "inf", "-inf": "-inf"}
Number = Annotated[
    float,
    BeforeValidator(lambda value: float(value) if isinstance(value, str) and value in _NAMES else value),
    PlainSerializer(lambda value: value if abs(value) < float("inf") else str(value), when_used="json"),
]
Cause = Literal["data", "weights", "forward", "loss", "backward", "update", "unknown"]


class _Plain(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Range(_Plain):
    """What lies in some tensors: the least and largest finite numbers, and how many were NaN or infinite."""

    low: Number = 0.0
    high: Number = 0.0
    nan: int = 0
    infinite: int = 0
    count: int = 0

    @property
    def finite(self) -> bool:
        """Whether all are numbers."""
        return not self.nan and not self.infinite

    @property
    def largest(self) -> float:
        """The largest absolute value."""
        return max(abs(self.low), abs(self.high))


class BlockRow(_Plain):
    """One block in that step: what came in and went out, and the same of its gradients on the way back."""

    block: str
    function: str = ""  # the torch function that gave the first number that is none
    inputs: Range | None = None
    output: Range | None = None
    gradient_in: Range | None = None  # what arrives at its output
    gradient_out: Range | None = None  # what it hands on
    weights: Range | None = None
    weight_gradients: Range | None = None


class Sample(_Plain):
    """One sample of the batch: its number in the data, what it is called, and whether it is to blame."""

    index: int
    name: str = ""
    bad: bool = False


class StepReport(_Plain):
    """The step in which a number was first not finite.

    ``exact``: the weights and random numbers were those of that very step. ``rows`` are in the order of the network.
    ``places`` are the positions in the batch of the pictures that are kept, the samples to blame first.
    """

    cause: Cause = "unknown"
    block: str | None = None
    sentence: str = ""
    iteration: int = 0
    epoch: int = 0
    batch: int = 0
    exact: bool = True
    loss: Number = 0.0
    rows: tuple[BlockRow, ...] = ()
    samples: tuple[Sample, ...] = ()
    places: tuple[int, ...] = ()
    replayable: bool = False
    validation: bool = False  # whether it was no step, but a batch that was measured


def read_step(text: str | bytes) -> StepReport:
    """The report that a run wrote. Raises FileDamaged."""
    try:
        return StepReport.model_validate_json(text)
    except ValidationError as error:
        raise FileDamaged("What was kept of the step that failed cannot be read; it is damaged.") from error
