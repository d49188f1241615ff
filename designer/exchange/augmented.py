"""The augmentation of a training as Python text, for those who go on without Layerloom. No torch at import."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from designer.data.augment.declare import step_called
from designer.data.augment.spec import Augment, written
from designer.data.augment.words import summary

__all__ = ["augment_text", "told"]

Params = Mapping[str, Any]

_TEXT = '''\
"""What the training of model.py did to its pictures at random, as transforms of torchvision. Needs torch, torchvision.

    from augment import augment
    picture = augment(picture)  # uint8 [channels, {height}, {width}], before `prepare` of predict.py

Pictures to validate or to predict are not changed. The kinds of change and their strengths are those of the training
({words}); the random numbers are others, and so are some details, such as the order in which
colours are varied.
"""

from torchvision.transforms import v2

SIZE = ({height}, {width})

augment = v2.Compose(
    [
{lines}
    ]
)
'''


def _crop(p: Params) -> str:
    mode = "reflect" if p["border"] == "reflect" else "constant"
    return f"v2.RandomCrop(SIZE, padding={p['padding']}, padding_mode={mode!r})"


def _resized(p: Params) -> str:
    ratio = (1 / p["ratio"], p["ratio"])
    return f"v2.RandomResizedCrop(SIZE, scale=({p['smallest']}, {p['largest']}), ratio={ratio}, antialias=True)"


def _affine(p: Params) -> str:
    scale = (round(1 - p["scale"], 6), round(1 + p["scale"], 6))
    return (
        f"v2.RandomAffine({p['degrees']}, translate=({p['shift']}, {p['shift']}), scale={scale}, "
        f"shear={p['shear']}, interpolation={_BILINEAR})"
    )


def _colour(p: Params) -> str:
    return f"v2.ColorJitter({p['brightness']}, {p['contrast']}, {p['saturation']}, {p['hue']})"


def _blur(p: Params) -> str:
    size = 2 * max(1, math.ceil(2.5 * p["largest"])) + 1
    return f"v2.RandomApply([v2.GaussianBlur({size}, ({p['smallest']}, {p['largest']}))], p={p['share']})"


def _erase(p: Params) -> str:
    told = "  # covered with noise in the training" if p["cover"] == "noise" else ""
    return f"v2.RandomErasing(p={p['share']}, scale=({p['smallest']}, {p['largest']}), ratio=(1 / 3, 3.0)),{told}"


_BILINEAR = "v2.InterpolationMode.BILINEAR"
_LINES: Mapping[str, Callable[[Params], str]] = {
    "flip": lambda p: f"v2.RandomHorizontalFlip({p['share']})",
    "flip-vertical": lambda p: f"v2.RandomVerticalFlip({p['share']})",
    "crop": _crop,
    "resized-crop": _resized,
    "rotate": lambda p: f"v2.RandomRotation({p['degrees']}, interpolation={_BILINEAR})",
    "affine": _affine,
    "colour": _colour,
    "grey": lambda p: f"v2.RandomGrayscale({p['share']})",
    "blur": _blur,
    "erase": _erase,
    "autoaugment": lambda p: f"v2.AutoAugment(v2.AutoAugmentPolicy({p['policy']!r}))",
    "randaugment": lambda p: f"v2.RandAugment({p['count']}, {p['strength']}, interpolation={_BILINEAR})",
    "trivialaugment": lambda p: f"v2.TrivialAugmentWide(interpolation={_BILINEAR})",
}


def augment_text(steps: Sequence[Augment], height: int, width: int) -> str:
    """The text of augment.py for pictures of this size; empty where torchvision has nothing for the steps."""
    lines = [_LINES[step.name](step.params) for step in steps if not step.off and step.name in _LINES]
    if not lines:
        return ""
    body = "\n".join("        " + (line if "),  #" in line or line.endswith(",") else f"{line},") for line in lines)
    return _TEXT.format(height=height, width=width, words=summary(steps), lines=body)


def told(steps: Sequence[Augment], written_out: bool) -> str:
    """What README.md says about the augmentation; empty where there was none."""
    on = [step for step in steps if not step.off]
    if not on:
        return ""
    kinds = ", ".join(step_called(step.name).title.lower() for step in on)
    command = f"`--augment {written(on)}`"
    if written_out:
        return f"\nTraining samples were changed at random ({kinds}): `augment.py` does the same kinds of change.\n"
    return (
        f"\nTraining samples were changed at random ({kinds}; for Layerloom: {command}). This folder leaves that out: "
        "it is for training only, and predictions do without it.\n"
    )
