"""``layerloom pretrained``: the models that can be imported with weights."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import asdict
from typing import Any

from designer.commands.command import Command, Console
from designer.errors import LayerloomError, UsageError
from designer.exchange.gallery import TASKS, Pretrained, Wanted, find, gallery
from designer.graph.words import short

__all__ = ["COMMAND"]

_TASKS = [task for task in TASKS if task]
_UNITS = {"k": 1e3, "M": 1e6, "G": 1e9}


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("word", nargs="*", default=[], metavar="WORD", help="only models that answer to these words")
    parser.add_argument("--task", choices=_TASKS, help="only models for this kind of task")
    parser.add_argument("--family", metavar="NAME", help="only models of this family, such as ResNet")
    parser.add_argument("--under", metavar="N", help="only models with fewer parameters, such as 10M")


def _run(options: Namespace, console: Console) -> int:
    wanted = Wanted(
        text=" ".join(options.word),
        task=options.task,
        family=_family(options.family),
        most_params=_count(options.under),
    )
    found = find(gallery(), wanted)
    if not found:
        raise LayerloomError("No model is like that. `layerloom pretrained` lists all of them.")
    if not console.as_json:
        console.rich.print(_table(found))
    console.result({"ok": True, "models": [_data(model) for model in found]})
    return 0


def _table(found: list[Pretrained]) -> Any:
    from rich.table import Table

    view = Table(title=f"{len(found)} models", title_justify="left", caption_justify="left")
    view.caption = f"Open one with `layerloom import {found[0].source} -o model.loom`."
    view.add_column("name", no_wrap=True)
    for heading in ("parameters", "multiply-adds", "accuracy", "input"):
        view.add_column(heading, justify="right", no_wrap=True)
    for model in found:
        best = model.best
        numbers = [short(n) if n is not None else "" for n in (best.params, best.macs)]
        size = "×".join(map(str, best.input)) if best.input else "any"
        view.add_row(model.name, *numbers, best.score_words, size)
    return view


def _data(model: Pretrained) -> dict[str, Any]:
    return {"source": model.source, **asdict(model)}


def _family(name: str | None) -> str | None:
    """The family as the gallery spells it."""
    if name is None:
        return None
    known = {model.family.casefold(): model.family for model in gallery()}
    if name.casefold() not in known:
        raise UsageError(f"There is no family {name!r}. Choose one of {', '.join(sorted(known.values()))}.")
    return known[name.casefold()]


def _count(text: str | None) -> int | None:
    """10M, 500k, 2000000."""
    if text is None:
        return None
    number, unit = (text[:-1], text[-1]) if text[-1:] in _UNITS else (text, "")
    try:
        value = float(number) * _UNITS.get(unit, 1)
        return int(value)
    except (ValueError, OverflowError):
        raise UsageError(f"Expected a number of parameters for --under, such as 10M, found {text!r}.") from None


COMMAND = Command("pretrained", "List the models that can be imported with weights.", _arguments, _run, order=7)
