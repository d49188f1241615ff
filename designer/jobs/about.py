"""run.json: what people write to a run: its name, tags, notes, a star. The run itself never touches it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from designer.errors import FileDamaged, ProjectError, UsageError
from designer.project.atomic import write_atomic
from designer.project.strict_json import dump_json, read_json

__all__ = ["ABOUT", "About", "keep_about", "read_about", "tags_in"]

ABOUT = "run.json"
_LARGEST = 1 << 20

Tag = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60, pattern=r"^[^,\n\r\t]+$")]


class About(BaseModel):
    """Frozen: `changed` gives a checked copy."""

    model_config = ConfigDict(frozen=True, extra="ignore")  # a newer version's facts do no harm

    name: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] = ""
    tags: tuple[Tag, ...] = Field((), max_length=50)
    notes: str = Field("", max_length=100_000)
    starred: bool = False

    def changed(self, **values: Any) -> About:
        """A copy with these values. Raises UsageError."""
        try:
            return About.model_validate({**dict(self), **values})
        except ValidationError as error:
            first = error.errors()[0]
            raise UsageError(f"The {first['loc'][0]} of a run cannot be that: {first['msg']}.") from error


def read_about(run: Path) -> About:
    """What is written to a run; nothing where there is no such file. Raises FileDamaged."""
    file = run / ABOUT
    if not file.exists():
        return About()
    try:
        return About.model_validate(read_json(file, _LARGEST))
    except ValidationError as error:
        raise FileDamaged(f"{file} does not hold a run's name, tags and notes.") from error


def keep_about(run: Path, about: About) -> None:
    """Write it down, whole or not at all. Raises ProjectError."""
    if not (run / "events.jsonl").is_file():
        raise ProjectError(f"There is no run in {run} any more.")
    write_atomic(run / ABOUT, dump_json(about.model_dump(mode="json")))


def tags_in(text: str | Iterable[str]) -> tuple[str, ...]:
    """The tags in a line, parted by commas, each once, in its order."""
    parts = text.split(",") if isinstance(text, str) else text
    return tuple(dict.fromkeys(word for part in parts if (word := " ".join(part.split()))))
