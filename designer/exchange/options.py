"""What a person may choose of an export. Plain data; each format heeds those that it names. No torch."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["ExportOptions"]


class ExportOptions(BaseModel):
    """Choices of an export; the defaults fit nearly everybody."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    opset: int | None = Field(
        None,
        ge=18,
        le=24,
        title="ONNX opset",
        description="The version of the ONNX operators, from 18 to 24; older engines need a lower one. Empty: the "
        "exporter's own choice.",
    )
    open_size: bool = Field(
        False,
        title="Open picture size",
        description="Height and width are open too, for networks that do not fix them.",
    )
    preprocessing: bool = Field(
        False,
        title="Preprocessing inside",
        description="The file takes pixels from 0 to 1 and normalises them itself.",
    )
    probabilities: bool = Field(
        False,
        title="Probabilities",
        description="The file gives chances that sum to 1 instead of raw scores (a softmax at its end).",
    )
    simplify: bool = Field(
        True, title="Simplify", description="Fold constants and join operations that belong together."
    )

    def changed(self) -> dict[str, Any]:
        """Those that are not as they are by default."""
        return self.model_dump(exclude_defaults=True)
