"""What data to read, as plain data: the dialog and the command line are made from these fields. No torch."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    FiniteFloat,
    SerializerFunctionWrapHandler,
    field_validator,
    model_serializer,
    model_validator,
)

from designer.data.augment.declare import steps
from designer.data.augment.spec import Augment, read_steps

__all__ = ["DataSpec", "Normalisation"]

Positive = Annotated[FiniteFloat, Field(gt=0)]
_MAX_CHANNELS = 16_384  # a table has a mean for each of its columns


class Normalisation(BaseModel):
    """What is subtracted and divided by, per channel: of pixels scaled to 0..1, of other numbers as they are."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    mean: tuple[FiniteFloat, ...] = Field(title="Mean", description="One mean per channel, of pixels from 0 to 1.")
    std: tuple[Positive, ...] = Field(title="Standard deviation", description="One deviation per channel, above 0.")
    of: Literal["pixels", "numbers"] = Field(
        default="pixels", title="Of", description="Pixels from 0 to 1, or other numbers as they are in the data."
    )

    @model_serializer(mode="wrap")
    def _short(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Of pixels as it has always been written."""
        plain: dict[str, Any] = dump(self)
        if self.of == "pixels":
            del plain["of"]
        return plain

    @model_validator(mode="after")
    def _same_length(self) -> Normalisation:
        if not 1 <= len(self.mean) == len(self.std) <= _MAX_CHANNELS:
            raise ValueError(f"mean and std must have the same number of channels, from 1 to {_MAX_CHANNELS:,}")
        return self


class DataSpec(BaseModel):
    """Which data set, where it lies and how it is split."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: str = Field(
        title="Source",
        description="The name of a data set (digits, fashion-mnist, mnist, cifar10), a folder (one sub-folder of "
        "pictures, sounds or signals per class; COCO or Pascal VOC annotations; IDX or Parquet files) or a file (.csv, "
        ".json, .npz, .npy, .pt, .zip, .parquet, .py).",
        min_length=1,
        max_length=4096,
    )
    reader: str = Field(
        default="",
        title="Read as",
        description="The kind of the folder or file (folder, idx, list, coco, voc, parquet, table, signals, sounds, "
        "tensors, zip, python). Empty: found out from what is there.",
        max_length=40,
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
    target: str = Field(
        default="",
        title="Target",
        description="The column that is to be predicted, or several with commas between. Empty: a column called "
        "target, label, class or y, else the last one.",
        max_length=4096,
    )
    targets: Literal["auto", "classes", "values", "labels"] = Field(
        default="auto",
        title="Kind of target",
        description="One class a sample, numbers, or several labels a sample, each yes or no. Auto: by their look.",
    )
    ignore: str = Field(
        default="",
        title="Columns left out",
        description="Columns that the network must not see, with commas between.",
        max_length=4096,
    )
    missing: Literal["refuse", "mean", "zero", "drop"] = Field(
        default="refuse",
        title="Missing numbers",
        description="What to do with empty cells: refuse the table, fill in the mean of the column, fill in 0, or "
        "leave out the row.",
    )
    window: int | None = Field(
        default=None,
        title="Window",
        description="How many time steps of a long signal make one sample. Empty: 128.",
        ge=2,
        le=1_000_000,
    )
    stride: int | None = Field(
        default=None,
        title="Stride",
        description="How many time steps lie between the starts of two windows. Empty: half a window.",
        ge=1,
        le=1_000_000,
    )
    rate: int = Field(
        default=16_000,
        title="Sample rate",
        description="Sounds are brought to so many numbers a second.",
        ge=100,
        le=384_000,
    )
    seconds: Positive = Field(
        default=1.0,
        title="Seconds",
        description="The length of a sound: longer ones are cut around their middle, shorter ones end in silence.",
        le=600,
    )
    sound: Literal["waveform", "spectrogram"] = Field(
        default="waveform",
        title="Sound as",
        description="The wave itself, or a picture of it: the logarithm of the energy in each mel band over time.",
    )
    bands: int = Field(
        default=64,
        title="Mel bands",
        description="The height of a spectrogram.",
        ge=8,
        le=256,
    )
    split: Literal["stratified", "random", "content", "name"] = Field(
        default="stratified",
        title="Split",
        description="How samples are kept for validation: the same share of each class; at random; or by what is in "
        "the file or by its name, so that a sample stays on its side when others are added.",
    )
    group: str = Field(
        default="",
        title="Group column",
        description="Samples with the same value in this column (a patient, a speaker) stay on one side of the split.",
        max_length=400,
    )
    folds: int | None = Field(
        default=None,
        title="Folds",
        description="Cut the samples into so many parts of one size for cross-validation. Empty: one split.",
        ge=2,
        le=100,
    )
    fold: int = Field(
        default=0,
        title="Fold",
        description="Which of the folds is validated on, counted from 0.",
        ge=0,
        le=99,
    )

    augment: tuple[Augment, ...] = Field(
        default=(),
        title="Augmentation",
        description="What is done to training samples at random, in this order, such as flip,crop:4,rotate:10. The "
        "numbers are the usual setting of a step; others are written as colour:hue=0.1. Steps: "
        + ", ".join(steps())
        + ".",
        max_length=40,
    )

    @field_validator("augment", mode="before")
    @classmethod
    def _as_people_type(cls, value: Any) -> Any:
        return read_steps(value) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _a_fold_there_is(self) -> DataSpec:
        if self.fold >= (self.folds or 1):
            raise ValueError(f"fold must be below folds ({self.folds or 1}), as it counts from 0")
        return self
