"""``layerloom data PATH --augment … --preview FILE``: one sample many times, as the network will see it."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from designer.errors import UsageError

if TYPE_CHECKING:
    from designer.commands.command import Console
    from designer.data.spec import DataSpec

__all__ = ["add_preview", "write_preview"]

_TIMES = 15


def add_preview(parser: ArgumentParser) -> None:
    """What the preview takes beside --augment."""
    group = parser.add_argument_group("preview of the augmentation")
    group.add_argument(
        "--preview",
        type=Path,
        metavar="FILE",
        help="write a picture (.png) of one training sample as it is, and as often as it takes with --augment",
    )
    group.add_argument("--sample", type=int, default=0, metavar="N", help="which training sample. Default: 0.")
    group.add_argument("--draw", type=int, default=0, metavar="SEED", help="the seed of the changes. Default: 0.")
    group.add_argument("--mixup", type=float, default=0.0, help="show mixup of this strength, too")
    group.add_argument("--cutmix", type=float, default=0.0, help="show cutmix of this strength, too")


def write_preview(options: Namespace, spec: DataSpec, console: Console) -> dict[str, Any]:
    """Write the sheet; the facts about it. Raises UsageError or DataError."""
    from pydantic import ValidationError

    from designer.data.augment.draw import draw_sheet
    from designer.data.augment.hints import Facts, hints
    from designer.data.augment.plan import Plan
    from designer.jobs.specs import ShowAugmentationJob
    from designer.jobs.tasks.augmentation import look

    try:
        job = ShowAugmentationJob(
            data=spec, index=options.sample, seed=options.draw, times=_TIMES, mixup=options.mixup, cutmix=options.cutmix
        )
    except ValidationError as error:
        first = error.errors()[0]
        flag = {"index": "--sample", "seed": "--draw"}.get(str(first["loc"][0]), f"--{first['loc'][0]}")
        raise UsageError(f"{flag}: {first['msg']}, got {first['input']!r}.") from error
    samples, seen, sheet = look(job, lambda fraction, text: None)
    plan = Plan.of(spec.augment, job.mixup, job.cutmix)
    for hint in hints(plan, Facts(samples.sort, samples.classes, samples.dims, samples.kind)):
        if hint.severity == "error":
            raise UsageError(hint.sentence)
        console.say(hint.sentence)
    captions = ["as it is", *(_shares(share) for share in seen.shares[1:])]
    captions += [""] * (len(sheet.cells) - len(captions))
    target = f" ({seen.target})" if f"({seen.target})" not in seen.name else ""
    title = f"{Path(seen.name).name}{target}   {plan.words or 'no augmentation'}   seed {job.seed}"
    draw_sheet(sheet, captions, title, options.preview)
    console.say(f"Wrote {options.preview}: {seen.name}, {_TIMES} times ({plan.words or 'no augmentation'}).")
    return {
        "path": str(options.preview),
        "sample": seen.index,
        "name": seen.name,
        "target": seen.target,
        "augment": plan.words,
    }


def _shares(share: tuple[tuple[str, float], ...]) -> str:
    return ", ".join(f"{name}: {part:.0%}" for name, part in share) if len(share) > 1 else ""
