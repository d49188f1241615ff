"""A list of augmentations as plain data, and as people type it: ``flip,crop:4,rotate:10``. No torch."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

from designer.data.augment.declare import step_called

__all__ = ["Augment", "read_steps", "written"]

_MOST = 40  # steps
_OFF = "off"


class Augment(BaseModel):
    """One step: which, and with what params. Those that are not given are as declared, so that a spec says them all."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(title="Step", description="Which change is made.", min_length=1, max_length=40)
    params: dict[str, bool | int | float | str] = Field(
        default_factory=dict, title="Params", description="How it is made."
    )
    off: bool = Field(default=False, title="Off", description="Left out for now; it keeps its place and its params.")

    @model_serializer(mode="wrap")
    def _short(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """A step that is on as it has always been written."""
        plain: dict[str, Any] = dump(self)
        if not self.off:
            del plain["off"]
        return plain

    @model_validator(mode="before")
    @classmethod
    def _complete(cls, values: Any) -> Any:
        if not isinstance(values, dict) or not isinstance(values.get("name"), str):
            return values
        step = step_called(values["name"])
        given = values.get("params", {})
        if not isinstance(given, dict):
            return values
        return {**values, "name": step.name, "params": step.complete(given)}

    def __hash__(self) -> int:
        return hash((self.name, self.off, *sorted(self.params.items())))


def read_steps(text: str) -> tuple[Augment, ...]:
    """The steps of ``name[:value[:name=value]][:off]`` with commas between. Raises ValueError with a sentence."""
    found = []
    for part in text.split(","):
        name, *words = (word.strip() for word in part.split(":"))
        if not name:
            if not text.strip():
                return ()
            raise ValueError("a step is missing between two commas; write it as in flip,crop:4,rotate:10")
        step, off = step_called(name), words[-1:] == [_OFF]
        params = step.complete(step.read(words[:-1] if off else words))
        found.append(Augment(name=step.name, params=params, off=off))
    if len(found) > _MOST:
        raise ValueError(f"at most {_MOST} steps of augmentation can follow each other, got {len(found)}")
    return tuple(found)


def written(augments: Iterable[Augment]) -> str:
    """As `read_steps` reads it; params that are as declared are left out."""
    parts = []
    for augment in augments:
        step = step_called(augment.name)
        words = [f"{p.name}={augment.params[p.name]}" for p in step.params if augment.params[p.name] != p.default]
        first = step.params[0].name if step.params else ""
        said = [augment.name, *(word.removeprefix(f"{first}=") for word in words), *([_OFF] if augment.off else [])]
        parts.append(":".join(said))
    return ",".join(parts)
