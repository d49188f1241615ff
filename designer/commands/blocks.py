"""``layerloom blocks``: the catalogue."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import Any

from designer.blocks.catalog import catalog
from designer.blocks.spec import Block
from designer.commands.command import Command, Console
from designer.errors import LayerloomError
from designer.graph.composites import composites

__all__ = ["COMMAND"]


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("word", nargs="?", default="", metavar="WORD", help="only blocks about this word")


def _about(block: Block, word: str) -> bool:
    texts = (block.type, block.title, block.group, block.help, *block.synonyms)
    return any(word.lower() in text.lower() for text in texts)


def _data(block: Block) -> dict[str, Any]:
    return {
        "type": block.type,
        "title": block.title,
        "group": block.group,
        "help": block.help,
        "torch": block.torch,
        "params": [{"name": p.name, "kind": p.kind, "default": p.default, "help": p.help} for p in block.params],
    }


def _run(options: Namespace, console: Console) -> int:
    found = [b for b in catalog().values() if _about(b, options.word)]
    made = [c.block for c in composites().values() if _about(c.block, options.word)]
    if not found and not made:
        raise LayerloomError(f"No block is about {options.word!r}. `layerloom blocks` lists all of them.")
    if not console.as_json:
        from rich.table import Table

        title = f"{len(found)} blocks" + (f", {len(made)} ready-made groups" if made else "")
        view = Table("type", "name", "parameters", "what it does", title=title, title_justify="left")
        group = ""
        for block in (*sorted(found, key=lambda b: b.group), *made):
            if group and block.group != group:
                view.add_section()
            group = block.group
            view.add_row(block.type, block.title, ", ".join(block.param_names), block.help)
        console.rich.print(view)
    console.result({"ok": True, "blocks": [_data(b) for b in found], "composites": [_data(b) for b in made]})
    return 0


COMMAND = Command("blocks", "List the blocks with their parameters.", _arguments, _run, order=6)
