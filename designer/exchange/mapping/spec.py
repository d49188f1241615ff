"""A mapping as plain data: what a window or a person wrote, and a job carries out. No torch."""

from __future__ import annotations

import json
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_serializer

from designer.errors import UsageError
from designer.exchange.mapping.transforms import TRANSFORMS

__all__ = ["Source", "WeightMap", "parse_map", "parse_rows", "rows_text"]

_MOST = 1_000_000
Name = Annotated[str, Field(min_length=1, max_length=2000)]
Row = Annotated[int, Field(ge=0, lt=1 << 40)]


class Source(BaseModel):
    """Where the numbers of one weight come from: a weight of the file, and how it is made to fit."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    name: Name = Field(alias="from")
    by: str = "as_is"
    rows: tuple[Row, ...] = Field((), max_length=_MOST)

    @field_validator("by")
    @classmethod
    def _known(cls, value: str) -> str:
        if value not in TRANSFORMS:
            raise ValueError(f"expected one of {', '.join(TRANSFORMS)}")
        return value


class WeightMap(BaseModel):
    """For each weight of the network its source in the file. What is not named starts anew or stays as it is.

    ``part`` is which state dict of a file with several, such as ``model_ema``; empty for the likeliest.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    part: str = Field("", max_length=400)
    weights: dict[Name, Source] = Field(default_factory=dict, max_length=_MOST)

    @field_validator("weights", mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        """A name alone stands for that weight as it is; null for none."""
        if not isinstance(value, dict):
            return value
        return {k: {"from": v} if isinstance(v, str) else v for k, v in value.items() if v is not None}

    @model_serializer
    def to_json(self) -> dict[str, Any]:
        """Plain data, as short as `parse_map` takes it."""
        weights: dict[str, Any] = {}
        for name, source in self.weights.items():
            plain = source.by == "as_is" and not source.rows
            weights[name] = (
                source.name if plain else source.model_dump(mode="json", by_alias=True, exclude_defaults=True)
            )
        return {"part": self.part, "weights": weights} if self.part else {"weights": weights}


def parse_map(text: str | bytes, where: str = "the mapping") -> WeightMap:
    """A mapping from JSON; also from what `layerloom weights --list --json` printed. Raises UsageError."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{where} is not JSON. Expected an object such as {_EXAMPLE}.") from error
    if isinstance(data, dict) and isinstance(data.get("map"), dict):
        data = data["map"]
    try:
        return WeightMap.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])[:120]
        reason = first["msg"].removeprefix("Value error, ")
        raise UsageError(f"{where}: {place or 'the top'}: {reason}. Expected an object such as {_EXAMPLE}.") from error


_EXAMPLE = '{"weights": {"fc.weight": {"from": "head.weight", "by": "pick_rows"}, "fc.bias": "head.bias"}}'


def parse_rows(text: str, wanted: int, there: int) -> tuple[int, ...]:
    """Rows as people write them, "0-4, 7, 207". Raises UsageError unless there are ``wanted``, each below ``there``."""
    rows: list[int] = []
    for part in text.replace(";", ",").replace("–", "-").split(","):
        first, dash, last = (piece.strip() for piece in part.partition("-"))
        ends = [first, last] if dash else [first]
        if not all(end.isascii() and end.isdigit() and len(end) < 12 for end in ends):
            raise UsageError(f"Expected row numbers such as 0-4, 7, 207; got {part.strip()[:40]!r}.")
        low, high = int(first), int(last or first)
        if high >= there or high < low:
            raise UsageError(f"Expected rows from 0 to {there - 1}, got {part.strip()}.")
        rows += range(low, high + 1)
        if len(rows) > wanted:
            break
    if len(rows) != wanted:
        more = "more" if len(rows) > wanted else f"{len(rows)}"
        raise UsageError(f"Expected {wanted} rows, got {more}.")
    return tuple(rows)


def rows_text(rows: tuple[int, ...]) -> str:
    """Rows as `parse_rows` takes them, runs written short."""
    parts: list[list[int]] = []
    for row in rows:
        if parts and row == parts[-1][1] + 1:
            parts[-1][1] = row
        else:
            parts.append([row, row])
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in parts)
