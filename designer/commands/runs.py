"""``layerloom runs``: the runs of a project or a folder, compared, tagged, named, deleted."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from designer.commands.command import Command, Console
from designer.commands.running import runs_beside
from designer.errors import LayerloomError, UsageError
from designer.graph.words import plural
from designer.jobs.about import About, keep_about, read_about, tags_in
from designer.jobs.columns import COLUMNS, Column, column, sorted_by
from designer.jobs.comparing import Line, compared, network_differences
from designer.jobs.folder import run_of
from designer.jobs.library import STATES, RunEntry, one_run, runs_in, wanted
from designer.jobs.trash import bring_back, throw_away
from designer.project.file import SUFFIX

__all__ = ["COMMAND"]

_SHOWN = ("name", "state", "best", "last", "epochs", "duration", "learning_rate", "started", "tags")

_LONGEST_NAME = 40  # letters of a name that are always shown


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "words",
        nargs="*",
        metavar="WORD",
        help="a folder or a .loom project whose runs are listed; or what to do with runs: " + ", ".join(_DEEDS),
    )
    keys = ", ".join(entry.key for entry in COLUMNS)
    parser.add_argument("--sort", default="started", metavar="COLUMN", help=f"{keys}, or any figure such as f1")
    parser.add_argument("--reverse", action="store_true", help="the other way round")
    parser.add_argument("--columns", metavar="LIST", help="the columns to show, parted by commas")
    parser.add_argument(
        "--find", default="", metavar="TEXT", help="only runs with these words: name, tag, setting=value"
    )
    parser.add_argument("--state", default="", choices=("going", *STATES), help="only runs in this state")
    parser.add_argument("--tag", default="", help="only runs with this tag")
    parser.add_argument("--starred", action="store_true", help="only runs with a star")
    parser.add_argument("--all", action="store_true", help="compare: the settings that are alike, too")


def _run(options: Namespace, console: Console) -> int:
    words: list[str] = options.words
    if words and words[0] in _DEEDS:
        return _DEEDS[words[0]](words[1:], options, console)
    if len(words) > 1:
        raise UsageError(f"Expected one folder or project, or one of {', '.join(_DEEDS)}, got {' '.join(words)!r}.")
    return _list(words, options, console)


# --- the list ----------------------------------------------------------------------------------------------------


def _list(words: Sequence[str], options: Namespace, console: Console) -> int:
    place = _place(words[0]) if words else None
    entries = [entry for folder in _roots(place) for entry in runs_in(folder)]
    found = wanted(entries, options.find, options.state, options.tag, options.starred)
    by = _column(options.sort)
    found = sorted_by(found, by, (by.down or by.key == "best") != options.reverse)
    if not found:
        here = place if place is not None else Path.cwd()
        console.say(f"No run in {here} is like that." if entries else f"There are no runs in {here} yet.")
    else:
        usual = [key for key in _SHOWN if key != "tags" or any(entry.about.tags for entry in found)]
        chosen = options.columns.split(",") if options.columns else usual
        if not options.columns and by.key not in chosen:
            chosen.append(by.key)
        columns = [_column(key.strip()) for key in chosen]
        if not options.columns and not console.as_json:
            columns = _fitting(columns, found, console.rich.width, by)
        _table(columns, found, console)
    console.result({"ok": True, "runs": [_told(entry) for entry in found]})
    return 0


def _place(word: str) -> Path:
    place = Path(word)
    if place.suffix == SUFFIX:
        return runs_beside(place)
    if not place.is_dir():
        raise UsageError(f"There is no folder {place}. Name a folder of runs, or a .loom project.")
    return place


def _roots(place: Path | None) -> list[Path]:
    """Where to look: the folder, and the runs of each project in it."""
    here = place if place is not None else Path.cwd()
    return [here, *(folder for folder in sorted(here.glob("*-runs")) if folder.is_dir())]


def _column(key: str) -> Column:
    found = column(key)
    if found is None or not key:
        raise UsageError(f"There is no column {key!r}. There are {', '.join(entry.key for entry in COLUMNS)}.")
    return found


def _fitting(columns: list[Column], entries: Sequence[RunEntry], width: int, by: Column) -> list[Column]:
    """As many of the usual columns as the terminal has room for; what is sorted by stays."""

    def wide(column: Column) -> int:
        text = max(len(column.text(entry)) for entry in entries) + (2 if column.key == "name" else 0)
        return max(len(column.title), min(text, _LONGEST_NAME)) + 2

    for key in ("tags", "started", "learning_rate", "duration", "last", "epochs"):
        if sum(map(wide, columns)) > width:
            columns = [column for column in columns if column.key != key or column.key == by.key]
    return columns


def _table(columns: Sequence[Column], entries: Sequence[RunEntry], console: Console) -> None:
    if console.as_json:
        return
    from rich.table import Table
    from rich.text import Text  # people's own words are no markup

    table = Table(box=None, pad_edge=False, header_style="bold")
    for entry in columns:
        longest = max(len(entry.text(run)) for run in entries) + 2 if entry.key == "name" else 0
        table.add_column(
            Text(entry.title),
            justify="right" if entry.right else "left",
            no_wrap=True,
            overflow="ellipsis",
            min_width=min(longest, _LONGEST_NAME),
        )
    for run in entries:
        star = "★ " if run.about.starred else ""
        cells = [entry.text(run) for entry in columns]
        table.add_row(*(Text(star + cell if columns[i].key == "name" else cell) for i, cell in enumerate(cells)))
    console.rich.print(table)
    console.check()


def _told(entry: RunEntry) -> dict[str, Any]:
    digest = entry.digest.model_dump(mode="json", exclude={"version", "stamp", "kind", "paused", "began"})
    return {
        "run": str(entry.path),
        "id": entry.id,
        "state": entry.state,
        **entry.about.model_dump(mode="json"),
        **digest,
    }


# --- what is done with runs ------------------------------------------------------------------------------------------


def _entry(word: str) -> RunEntry:
    place = Path(word)
    found = one_run(run_of(place)) if place.exists() else None
    if found is None:
        raise UsageError(f"There is no training in {word}. Name the folder of a run.")
    return found


def _compare(words: Sequence[str], options: Namespace, console: Console) -> int:
    if len(words) < 2:
        raise UsageError("Name at least two runs to compare: layerloom runs compare RUN RUN.")
    entries = [_entry(word) for word in words]
    lines = compared(entries)
    shown = [line for line in lines if options.all or line.differs or line.group == "Figures"]
    drawn = []
    for other in entries[1:]:
        try:
            told = [difference.text for difference in network_differences(entries[0], other)]
        except LayerloomError as error:
            told = [error.message]
        drawn.append(told)
    _compared_table(entries, shown, console)
    alike = sum(not line.differs for line in lines)
    if not options.all:
        console.say(f"{plural(alike, 'line is', 'lines are')} alike; --all shows them.")
    for other, told in zip(entries[1:], drawn, strict=True):
        if not told:
            console.say(f"The network of {other.name} is the one of {entries[0].name}.")
            continue
        console.say(f"The network of {other.name} against that of {entries[0].name}:")
        for text in told:
            console.say(f"  {text}")
    rows = [
        {"group": line.group, "title": line.title, "values": line.values, "differs": line.differs} for line in lines
    ]
    networks = [{"run": str(entry.path), "differences": told} for entry, told in zip(entries[1:], drawn, strict=True)]
    console.result({"ok": True, "runs": [str(entry.path) for entry in entries], "lines": rows, "networks": networks})
    return 0


def _compared_table(entries: Sequence[RunEntry], lines: Sequence[Line], console: Console) -> None:
    if console.as_json:
        return
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("")
    for entry in entries:
        table.add_column(Text(entry.name), overflow="fold")
    group = ""
    for line in lines:
        if line.group != group:
            group = line.group
            table.add_row(Text(group, style="bold"))
        cells = [Text(value, style="bold" if i in line.best else "") for i, value in enumerate(line.values)]
        table.add_row(Text(f"  {line.title}"), *cells)
    console.rich.print(table)
    console.check()


def _change(words: Sequence[str], console: Console, change: Callable[[About], About]) -> int:
    entry = _entry(words[0])
    about = change(read_about(entry.path))
    keep_about(entry.path, about)
    tags = f" Tags: {', '.join(about.tags)}." if about.tags else ""
    console.say(f"{about.name or entry.id}: written down.{tags}")
    console.result({"ok": True, "run": str(entry.path), **about.model_dump(mode="json")})
    return 0


def _need(words: Sequence[str], least: int, usage: str) -> None:
    if len(words) < least:
        raise UsageError(f"Expected: layerloom runs {usage}.")


def _tag(words: Sequence[str], options: Namespace, console: Console) -> int:
    _need(words, 2, "tag RUN TAG [TAG ...]")
    return _change(
        words, console, lambda about: about.changed(tags=tags_in([*about.tags, *tags_in(",".join(words[1:]))]))
    )


def _untag(words: Sequence[str], options: Namespace, console: Console) -> int:
    _need(words, 2, "untag RUN TAG [TAG ...]")
    gone = tags_in(",".join(words[1:]))
    return _change(words, console, lambda about: about.changed(tags=tuple(t for t in about.tags if t not in gone)))


def _name(words: Sequence[str], options: Namespace, console: Console) -> int:
    _need(words, 1, "name RUN [NAME]")
    return _change(words, console, lambda about: about.changed(name=" ".join(words[1:])))


def _note(words: Sequence[str], options: Namespace, console: Console) -> int:
    _need(words, 1, "note RUN [TEXT]")
    return _change(words, console, lambda about: about.changed(notes=" ".join(words[1:])))


def _star(words: Sequence[str], options: Namespace, console: Console) -> int:
    _need(words, 1, "star RUN")
    return _change(words, console, lambda about: about.changed(starred=True))


def _unstar(words: Sequence[str], options: Namespace, console: Console) -> int:
    _need(words, 1, "unstar RUN")
    return _change(words, console, lambda about: about.changed(starred=False))


def _delete(words: Sequence[str], options: Namespace, console: Console) -> int:
    _need(words, 1, "delete RUN [RUN ...]")
    thrown = [str(throw_away(_entry(word).path)) for word in words]
    for place in thrown:
        console.say(f"Moved to the trash. `layerloom runs restore {place}` brings it back; after a month it is "
                    "gone.")  # fmt: skip
    console.result({"ok": True, "thrown": thrown})
    return 0


def _restore(words: Sequence[str], options: Namespace, console: Console) -> int:
    _need(words, 1, "restore PATH [PATH ...]")
    back = []
    for word in words:
        if not (Path(word) / "events.jsonl").is_file():
            raise UsageError(f"There is no deleted run in {word}.")
        back.append(str(bring_back(Path(word).absolute())))
        console.say(f"Brought back: {back[-1]}.")
    console.result({"ok": True, "runs": back})
    return 0


_DEEDS: dict[str, Callable[[Sequence[str], Namespace, Console], int]] = {
    "compare": _compare,
    "tag": _tag,
    "untag": _untag,
    "name": _name,
    "note": _note,
    "star": _star,
    "unstar": _unstar,
    "delete": _delete,
    "restore": _restore,
}

COMMAND = Command(
    "runs",
    "List, compare, tag and delete the runs of a project or a folder.",
    _arguments,
    _run,
    "layerloom runs digits.loom --sort best; layerloom runs compare RUN RUN; layerloom runs tag RUN good.",
    order=26,
)
