"""``layerloom data``: what a folder, a file or a named data set holds, before anything is trained on it."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from designer.commands.augmented import add_preview, write_preview
from designer.commands.command import Command, Console
from designer.commands.options import add_data_fields, given_data
from designer.errors import DataError

if TYPE_CHECKING:
    from designer.data.recognise import Overview
    from designer.data.spec import DataSpec

__all__ = ["COMMAND"]

_SHOWN = 40  # classes that are printed; --json has all of them


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("path", metavar="PATH", help="a folder, a file, or the name of a data set such as digits")
    add_data_fields(parser)
    parser.add_argument(
        "--trust-code", action="store_true", help="trust the text of a Python file (.py), from now on: it is run"
    )
    parser.add_argument(
        "--twins",
        action="store_true",
        help="look for the same and for nearly the same samples on both sides of the split",
    )
    add_preview(parser)


def _run(options: Namespace, console: Console) -> int:
    from designer.data.consent import let_run
    from designer.data.dividing import divide
    from designer.data.recognise import overview
    from designer.data.source import source_for
    from designer.project.trusted import read_code, text_of, trust

    spec = given_data(options, options.path)
    let_run(text_of)
    if options.trust_code and Path(spec.source).suffix.lower() == ".py":
        trust(read_code(Path(spec.source).expanduser()))
    others = _others(spec)
    found = overview(spec)
    loaded = source_for(spec).open(spec, lambda fraction, text: None)
    try:
        division = divide(spec, loaded)
        split: dict[str, Any] = {"train": len(division.train), "validation": len(division.held), "how": division.how}
    except DataError as error:
        split = {"train": 0, "validation": 0, "how": str(error)}
        division = None
    console.say(found.sentence)
    _tell(found, console)
    console.say(
        f"Split: {split['train']:,} for training, {split['validation']:,} for validation ({split['how']})."
        if division is not None
        else f"It cannot be split: {split['how']}"
    )
    twins = None
    if options.twins and division is not None:
        from designer.data.twins import find_twins

        twins = find_twins(loaded, division)
        for line in twins.sentences():
            console.say(line)
    for title, sentence in others:
        console.say(f"It can also be read as {title}: {sentence}")
    preview = write_preview(options, spec, console) if options.preview is not None else None
    console.result(
        {
            "ok": True,
            **asdict(found),
            "sentence": found.sentence,
            "split": split,
            "twins": asdict(twins) if twins is not None else None,
            "also": [name for name, _ in others],
            "preview": preview,
        }
    )
    return 0


def _others(spec: DataSpec) -> list[tuple[str, str]]:
    """The other kinds that the path can be read as, where nobody chose one."""
    from designer.data.recognise import candidates_of, overview

    path = Path(spec.source).expanduser()
    if spec.reader or not path.exists():
        return []
    found = []
    for source in list(candidates_of(path))[1:]:
        try:
            told = overview(type(spec)(source=spec.source, reader=source.name))
        except DataError:
            continue
        found.append((source.name, told.sentence))
    return found


def _tell(found: Overview, console: Console) -> None:
    width = max((len(name) for name in found.classes[:_SHOWN]), default=0)
    for place, (name, count) in enumerate(zip(found.classes[:_SHOWN], found.counts, strict=False)):
        boxes = f" pictures  {found.boxes[place]:>9,} boxes" if found.boxes else ""
        console.say(f"  {name:<{width}}  {count:>9,}{boxes}")
    for name, (low, high) in zip(found.classes[:_SHOWN], found.targets, strict=False):
        console.say(f"  {name:<{width}}  from {low:.6g} to {high:.6g}")
    if len(found.classes) > _SHOWN:
        console.say(f"  and {len(found.classes) - _SHOWN:,} more")
    if found.groups:
        console.say(f"Groups that stay together: {found.groups:,}.")
    for note in found.notes:
        console.say(note)


COMMAND = Command(
    "data",
    "Say what a folder or file of data holds.",
    _arguments,
    _run,
    "The kind is recognised: pictures, sounds or signals in one folder per class, tables, arrays, zip and Parquet "
    "files, COCO and Pascal VOC annotations. With "
    "--reader it is read as another kind.",
    order=18,
)
