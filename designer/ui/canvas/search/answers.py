"""What the search at the cursor answers: blocks to add, or the chain that is being typed with the shapes it makes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from designer.blocks.dims import Tensor
from designer.blocks.spec import Block
from designer.errors import PhraseError
from designer.graph.composites import offered
from designer.graph.document import Document
from designer.graph.fuzzy import fuzzy
from designer.graph.phrase.complete import Completion, complete
from designer.graph.phrase.grammar import parse, parse_front
from designer.graph.phrase.plan import Ends, Link, Plan, arriving_at, plan
from designer.graph.search import ordered, score, search
from designer.ui.picker_rows import Row
from designer.ui.words import plural

__all__ = ["Answer", "Insert", "answer", "is_chain"]

_MOST_COMPLETIONS = 4


@dataclass(frozen=True)
class Insert:
    """The value of a row that changes the text: a completion, or the block that makes the next one fit."""

    text: str
    start: int
    end: int
    completion: Completion | None = None


@dataclass(frozen=True)
class Answer:
    """Rows, whether the first is current at once, the plan that Enter would draw, and what the foot says."""

    rows: Sequence[Row]
    first: bool
    plan: Plan = field(default_factory=Plan)
    says: str = ""
    keys: str = ""


def is_chain(text: str) -> bool:
    """Whether a text is more than the name of one block: it has bars, or values behind a name."""
    if any(c in text for c in "|("):
        return True
    words = text.split()
    steps, error = parse_front(text)
    if error is None and steps:
        return text[-1:].isspace() or (len(words) > 1 and not _begins_title(text))
    return len(words) > 1 and not search(text)


def _begins_title(text: str) -> bool:
    """Whether the text is the beginning of a block's title, as "max po" is."""
    wanted = " ".join(text.lower().replace("_", " ").split())
    return any(b.title.lower().startswith(wanted) and " " in wanted for b in ordered())


def answer(document: Document, ends: Ends, text: str, cursor: int, recent: Sequence[str], strict: bool) -> Answer:
    """What to show for a text. With ``strict``, a wire waits for its other end: blocks that do not fit come last."""
    if is_chain(text):
        return _chain(document, ends, text, cursor)
    return _blocks(document, ends, text, recent, strict)


# --- blocks ----------------------------------------------------------------------------------------------------------


def _blocks(document: Document, ends: Ends, text: str, recent: Sequence[str], strict: bool) -> Answer:
    query = text.strip()
    scored: list[tuple[tuple[float, ...], Row]] = []
    for i, block in enumerate(ordered()):
        points = score(query, block) if query else 1.0
        if points <= 0 or (strict and not _could(block, ends)):
            continue
        why = _why_not(document, block, ends) if strict or query else ""
        late = recent.index(block.type) if block.type in recent and not query else len(recent)
        key = (bool(why), -points, late, i) if strict else (-points, late, bool(why), i)
        scored.append((key, _block_row(block, query, why if strict else "", block.type in recent and not query)))
    found = [row for _, row in sorted(scored, key=lambda pair: pair[0])]
    if not found:
        words = f"No block matches “{query}”"
        hint = "Search by name or purpose, for example conv, dense or skip; or type a chain: conv 64 k3 | relu."
        return Answer([Row(words, hint, icon="mdi6.magnify-close", wraps=True)], False, says="")
    return Answer(found, True, says=_where(ends, "it"), keys="Tab: set values")


def _could(block: Block, ends: Ends) -> bool:
    """Whether a wire could end at the block at all."""
    return bool(block.inputs if ends.after else block.outputs)


def _why_not(document: Document, block: Block, ends: Ends) -> str:
    if not ends.after and ends.into is None:
        return ""
    found = plan(document, parse(block.type), ends)
    error = found.links[0].shapes.error
    return str(error) if error is not None else found.follows


def _block_row(block: Block, query: str, why: str, used: bool) -> Row:
    match = fuzzy(query, block.title) if query else None
    hits = match.hits if match is not None and _whole(match.hits, block.title) else ()
    right = "Used lately" if used else block.group
    return Row(
        block.title,
        why or block.help,
        right,
        tone="faded" if why else "",
        hits=hits,
        block=block.type,
        value=block.type,
    )


def _whole(hits: tuple[int, ...], title: str) -> bool:
    """Whether the letters found are beginnings of words, so that marking them explains the answer."""
    return all(h - 1 in hits or h == 0 or not title[h - 1].isalnum() for h in hits)


def _where(ends: Ends, what: str) -> str:
    if ends.cut is not None:
        return f"Enter puts {what} between {ends.cut.src} and {ends.cut.dst}"
    if ends.after:
        return f"Enter adds {what} after {', '.join(name for name, _ in ends.after[:3])}"
    if ends.into is not None:
        return f"Enter adds {what} before {ends.into[0]}"
    return f"Enter adds {what} here"


# --- chains ----------------------------------------------------------------------------------------------------------


def _chain(document: Document, ends: Ends, text: str, cursor: int) -> Answer:
    steps, error = parse_front(text)
    found = plan(document, steps, ends) if steps else Plan(ends=ends)
    arriving = arriving_at(document, ends)
    offered = complete(text, cursor, arriving[0] if len(arriving) == 1 else None)[:_MOST_COMPLETIONS]
    typing = error is not None and error.start <= cursor <= error.end and bool(offered)
    words = [_completion_row(c) for c in offered]
    becomes = _becomes(found)
    if typing:  # the word is not finished: what it may be comes first
        rows = [*words, *([Row("Before it", heading=True)] if becomes else []), *becomes]
    elif error is not None:
        rows = [*_trouble(text, error), *becomes]
    else:
        rows = [*becomes, *([Row("Go on with", heading=True)] if words else []), *words]
    keys = "Tab: complete" if offered and (typing or error is None) else ""
    return Answer(rows, typing, found if error is None else Plan(), _says(found, error, typing), keys)


def _becomes(found: Plan) -> list[Row]:
    """The blocks with their shapes, what would make them fit, and what the block behind them says."""
    rows = [_step_row(link) for link in found.links]
    rows += list(dict.fromkeys(_fix_row(link) for link in found.links if link.fix))[:2]
    if found.follows and found.ends.into is not None:
        title = f"{found.ends.into[0]} would not fit any more"
        rows.append(Row(title, found.follows, icon="mdi6.alert", tone="warning", wraps=True))
    return rows


def _trouble(text: str, error: PhraseError) -> list[Row]:
    """What cannot be read, and the words that may be meant instead."""
    rows = [Row("This cannot be read", error.message, icon="mdi6.alert-circle", tone="error", wraps=True)]
    key, equals, _ = text[error.start : error.end].partition("=")
    end = error.start + len(key) if equals else error.end
    for word in error.nearest[:3]:
        rows.append(Row(f"Write {word}", icon="mdi6.auto-fix", value=Insert(word, error.start, end)))
    return rows


def _says(found: Plan, error: PhraseError | None, typing: bool) -> str:
    if typing:
        return "Enter takes the marked word"
    if error is not None:
        return "Enter waits until all can be read"
    if found.refused:
        return "This cannot be drawn in this order"
    return _where(found.ends, plural(len(found.links), "block"))


def _completion_row(found: Completion) -> Row:
    value = Insert(found.insert, found.start, found.end, found)
    tile = found.type if found.block else ""
    group = offered()[found.type].group if found.block else ""
    return Row(found.insert, "", group, aside=found.label, block=tile, value=value, code=True)


def _step_row(link: Link) -> Row:
    block, node = link.node.block, link.node
    aside = block.summary(block.bind(node.params)) if block.summary else ""
    tone: dict[str, str] = {"error": "error", "warning": "warning"}
    return Row(
        block.title,
        link.problem,
        _result(link.result, block),
        aside,
        tone=tone.get(link.severity, ""),  # type: ignore[arg-type]
        block=block.type,
        wraps=True,
    )


def _result(shape: Tensor | None, block: Block) -> str:
    return str(shape) if shape is not None else "?" if block.outputs else ""


def _fix_row(link: Link) -> Row:
    value = Insert(f"{link.fix} | ", link.step.start, link.step.start)
    return Row(f"Put {link.fix} before {link.node.block.title}", icon="mdi6.auto-fix", value=value)
