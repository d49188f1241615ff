"""What a person has chosen, kept between starts. One field is one setting: the dialog and the file follow."""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.config import JsonDict

from designer.errors import ProjectError
from designer.project.atomic import write_atomic
from designer.project.paths import settings_file
from designer.project.strict_json import dump_json, read_json

__all__ = ["LoadedSettings", "Settings", "load_settings", "save_settings"]

_MAX_RECENT = 12
_MAX_BYTES = 1 << 20
_KEPT: JsonDict = {"kept": True}  # the window remembers it by itself; the dialog does not show it


class Settings(BaseModel):
    """Every setting with its default. Frozen: `changed` gives a checked copy."""

    model_config = ConfigDict(frozen=True, extra="ignore")  # a newer version's settings do no harm

    theme: Literal["system", "light", "dark"] = Field("system", title="Theme")
    code_font_size: int = Field(11, ge=6, le=40, title="Code font size", description="In points.")
    animate: bool = Field(True, title="Animate the canvas", description="Zoom, jumps and Arrange move in 150 ms.")
    overlay: str = Field("", max_length=100, title="Overlay", json_schema_extra=_KEPT)
    batch: int = Field(32, ge=1, le=65536, title="Batch size of the figures", json_schema_extra=_KEPT)
    minimap: bool = Field(True, title="Minimap", json_schema_extra=_KEPT)
    export_target: Literal["", "onnx"] = Field(
        "",
        title="I will export to",
        description="Blocks that this format cannot take are marked while you draw.",
    )
    confirm_close: bool = Field(True, title="Ask before closing with unsaved edits")
    runs_folder: str = Field("", max_length=4096, title="Runs folder", description="Empty: beside the project.")
    run_columns: tuple[str, ...] = Field((), max_length=60, title="Columns of the runs", json_schema_extra=_KEPT)
    run_order: str = Field("", max_length=100, title="Order of the runs", json_schema_extra=_KEPT)
    recent: tuple[str, ...] = Field((), max_length=_MAX_RECENT, title="Recent projects", json_schema_extra=_KEPT)
    recent_blocks: tuple[str, ...] = Field((), max_length=6, title="Blocks added last", json_schema_extra=_KEPT)
    plots: dict[str, bool] = Field({}, max_length=200, title="Plots", json_schema_extra=_KEPT)
    plot_axis: Literal["iteration", "epoch", "time"] = Field("iteration", title="X axis", json_schema_extra=_KEPT)
    plot_smoothing: int = Field(80, ge=0, le=99, title="Smoothing", json_schema_extra=_KEPT)
    plot_marks: bool = Field(True, title="Marks in plots", json_schema_extra=_KEPT)
    plot_means: bool = Field(False, title="Means of epochs", json_schema_extra=_KEPT)
    plot_spread: Literal["range", "deviation"] = Field("range", title="Band of several runs", json_schema_extra=_KEPT)
    plot_log: tuple[str, ...] = Field((), max_length=200, title="Logarithmic plots", json_schema_extra=_KEPT)
    window: str = Field("", max_length=65536, title="Window place and size", json_schema_extra=_KEPT)
    panels: str = Field("", max_length=65536, title="Panel arrangement", json_schema_extra=_KEPT)

    def changed(self, **values: Any) -> Settings:
        """A copy with these values. Raises ProjectError naming the setting that cannot take its value."""
        try:
            return Settings.model_validate({**dict(self), **values})
        except ValidationError as error:
            first = error.errors()[0]
            name = str(first["loc"][0]) if first["loc"] else "settings"
            raise ProjectError(
                f"The setting {name.replace('_', ' ')} cannot be {values.get(name)!r}: {first['msg']}."
            ) from error

    @classmethod
    def shown(cls) -> tuple[str, ...]:
        """The fields that people change by hand, in the order of the dialog."""
        return tuple(name for name, field in cls.model_fields.items() if field.json_schema_extra != _KEPT)

    def with_recent(self, path: Path) -> Settings:
        """A copy with this project at the head of the recent ones."""
        shown = str(path.absolute())
        return self.changed(recent=(shown, *(item for item in self.recent if item != shown))[:_MAX_RECENT])


class LoadedSettings(NamedTuple):
    """Settings, and a sentence for the person when the file was damaged."""

    settings: Settings
    notice: str | None


def load_settings(file: Path | None = None) -> LoadedSettings:
    """The settings on disk, or the defaults. Never raises: a damaged file is set aside, what is sound in it is kept."""
    file = file if file is not None else settings_file()
    if not os.path.lexists(file):
        return LoadedSettings(Settings(), None)
    try:
        data = read_json(file, _MAX_BYTES)
        if not isinstance(data, dict):
            raise ProjectError(f"{file.name} does not hold settings.")
        return LoadedSettings(Settings.model_validate(data), None)
    except ValidationError as error:
        bad = {str(item["loc"][0]) for item in error.errors() if item["loc"]}
        sound = Settings.model_validate({key: value for key, value in data.items() if key not in bad})
        names = ", ".join(sorted(name.replace("_", " ") for name in bad))
        return LoadedSettings(sound, f"These settings had unusable values and were reset: {names}. {_set_aside(file)}")
    except ProjectError as error:
        return LoadedSettings(Settings(), f"Your settings were reset: {error} {_set_aside(file)}")


def save_settings(settings: Settings, file: Path | None = None) -> None:
    """Write the settings, whole or not at all. Raises ProjectError when the system refuses."""
    file = file if file is not None else settings_file()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ProjectError(f"Settings cannot be kept in {file.parent}: {error.strerror}.") from error
    write_atomic(file, dump_json(settings.model_dump(mode="json")))


def _set_aside(file: Path) -> str:
    """Rename the damaged file so that its owner can look at it; the sentence that says where it is."""
    aside = file.with_name(f"{file.stem}-damaged-{time.strftime('%Y%m%d-%H%M%S')}{file.suffix}")
    with contextlib.suppress(OSError):
        file.replace(aside)
        return f"The old file is kept as {aside}."
    return f"The old file is {file}."
