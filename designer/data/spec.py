"""What data to read, as plain data: the dialog and the command line are made from these fields. No torch."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, model_validator

__all__ = ["DataSpec", "Normalisation"]

Positive = Annotated[FiniteFloat, Field(gt=0)]


class Normalisation(BaseModel):
    """What is subtracted and divided by, per channel, for pixels scaled to 0..1."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    mean: tuple[FiniteFloat, ...] = Field(title="Mean", description="One mean per channel, of pixels from 0 to 1.")
    std: tuple[Positive, ...] = Field(title="Standard deviation", description="One deviation per channel, above 0.")

    @model_validator(mode="after")
    def _same_length(self) -> Normalisation:
        if not 1 <= len(self.mean) == len(self.std) <= 64:
            raise ValueError("mean and std must have the same number of channels, from 1 to 64")
        return self


class DataSpec(BaseModel):
    """Which data set, where it lies and how it is split."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: str = Field(
        title="Source",
        description="The name of a data set (digits, fashion-mnist, mnist, cifar10) or a folder: one sub-folder of "
        "pictures per class, or the IDX files of the MNIST family.",
        min_length=1,
        max_length=4096,
    )
    root: str | None = Field(
        default=None,
        title="Folder",
        description="Where the files of a named data set lie, or are downloaded to. Empty: the usual places.",
        max_length=4096,
    )
    download: bool = Field(
        default=False,
        title="Download",
        description="Fetch the data set from the internet if it is not on this computer.",
    )
    validation: float = Field(
        default=0.2,
        title="Validation share",
        description="The part of the pictures kept for validation, the same from each class. A data set with a test "
        "set of its own is validated on that instead.",
        gt=0,
        le=0.9,
    )
    seed: int = Field(
        default=0,
        title="Seed",
        description="Chooses which pictures are kept for validation; the same seed, the same split.",
        ge=0,
        lt=2**32,
    )
    limit: int | None = Field(
        default=None,
        title="Limit",
        description="Use at most this many pictures (for training and validation each, where the data set has its "
        "own test set), the same share of each class. Empty: all.",
        ge=2,
        le=2**31,
    )
    fit: Literal["crop", "stretch", "pad"] = Field(
        default="crop",
        title="Fit",
        description="How a picture of another shape becomes the network's Input: cut the overhang, stretch, or add "
        "black borders.",
    )
