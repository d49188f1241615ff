"""What could be typed at the cursor: blocks at the start of a step, parameters and their choices behind it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from designer.blocks.dims import Tensor
from designer.blocks.spec import Block, Param
from designer.errors import PhraseError
from designer.graph.composites import draft, offered
from designer.graph.fuzzy import plain
from designer.graph.infer import infer_block
from designer.graph.phrase.grammar import name_of, parse_front
from designer.graph.phrase.plan import shape_after
from designer.graph.phrase.tokens import Token, tokens
from designer.graph.phrase.values import free_params, key_of, param_named, spell_value
from designer.graph.phrase.words import family, meant, short_words
from designer.graph.search import ordered, score

__all__ = ["Completion", "apply_completion", "complete"]

_MOST_BLOCKS = 8


@dataclass(frozen=True)
class Completion:
    """``insert`` takes the place of the text from ``start`` to ``end``. ``type`` is the block that it is about."""

    insert: str
    label: str
    help: str
    start: int
    end: int
    type: str
    block: bool = False  # whether it is a block's word, rather than a parameter
    open: bool = False  # whether a value must follow at once


def complete(text: str, cursor: int, shape: Tensor | None = None) -> list[Completion]:
    """The completions at the cursor, best first, where ``shape`` arrives at the chain; never raises."""
    cursor = max(0, min(cursor, len(text)))
    bar = max((text.rfind(c, 0, cursor) for c in "|("), default=-1)
    try:
        words = tokens(text[bar + 1 : cursor])
    except PhraseError:  # inside a quotation: people write what they like
        return []
    words = [Token(w.text, w.start + bar + 1, w.end + bar + 1) for w in words]
    partial = words.pop() if words and words[-1].end == cursor else Token("", cursor, cursor)
    end = _end_of_word(text, cursor)
    if words:
        found = _of_block(words, partial, end)
        if found:
            return found
    steps, _ = parse_front(text[: bar + 1]) if bar >= 0 else ((), None)
    start = words[0].start if words else partial.start
    return _blocks(text[start:cursor], start, end, shape_after(steps, shape))


def apply_completion(text: str, chosen: Completion) -> tuple[str, int]:
    """The text with the completion in it, and where the cursor goes: behind it, ready to type on."""
    spaced = text[chosen.end : chosen.end + 1].isspace()
    front = text[: chosen.start] + chosen.insert + ("" if chosen.open or spaced else " ")
    return front + text[chosen.end :], len(front) + (spaced and not chosen.open)


def _end_of_word(text: str, cursor: int) -> int:
    while cursor < len(text) and not text[cursor].isspace() and text[cursor] not in "|()":
        cursor += 1
    return cursor


def _blocks(typed: str, start: int, end: int, shape: Tensor | None) -> list[Completion]:
    """Blocks that answer to the letters; those that take what arrives come first among equals."""
    scored = []
    for i, block in enumerate(ordered()):
        points = score(typed, block) if typed.strip() else 1.0
        if points > 0:
            scored.append((-points, not _takes(block, shape), i, block))
    scored.sort(key=lambda s: s[:3])
    return [
        Completion(_word(block, typed, shape), block.title, block.help, start, end, block.type, block=True)
        for *_, block in scored[:_MOST_BLOCKS]
    ]


def _takes(block: Block, shape: Tensor | None) -> bool:
    if shape is None:
        return True
    if not block.inputs:
        return False
    node = draft(block.type, block.type, {})
    shapes = infer_block(node, {0: shape})
    return shapes.error is None and not shapes.missing  # in a chain, a block gets one input


def _word(block: Block, typed: str, shape: Tensor | None) -> str:
    """The shortest word that continues what was typed and becomes this block; else its family, else its type."""
    usual = [w for w in short_words(block.type) if _becomes(w, block, shape)]
    going_on = [w for w in usual if plain(w).startswith(plain(typed))]
    if going_on and plain(typed):
        return going_on[0]
    return next((w for w in (family(block.type), block.type) if w in usual), block.type)


def _becomes(word: str, block: Block, shape: Tensor | None) -> bool:
    types = meant(word)
    taking = [t for t in types if _takes(offered()[t], shape)] if shape is not None else list(types)
    return block.type == (taking or list(types))[0]


def _of_block(words: Sequence[Token], partial: Token, end: int) -> list[Completion]:
    """Parameters of the block that the words name; none where they name no block."""
    try:
        count, types = name_of(words)
    except PhraseError:
        return []
    block = offered()[types[0]]
    used = {p.name for p in _used(block, words[count:])}
    key, equals, value = partial.text.partition("=")
    if equals:
        param = param_named(block, key)
        found = [] if param is None else list(_values(block, param, value, f"{key}=", partial.start, end))
    else:
        found = list(_params(block, used, partial, end))
    return [c for c in found if c.insert != partial.text]


def _used(block: Block, words: Sequence[Token]) -> Iterator[Param]:
    free = list(free_params(block))
    for word in words:
        key = word.text.partition("=")[0].rstrip("-+0123456789.x×")
        param = param_named(block, key)
        if param is None and not key and free:
            param = free[0]
        if param is not None:
            if param in free:
                free.remove(param)
            yield param


def _params(block: Block, used: set[str], partial: Token, end: int) -> Iterator[Completion]:
    wanted = plain(partial.text)
    bare = next((p for p in free_params(block)[:1] if p.name not in used and p.default is not None), None)
    if bare is not None and not wanted:
        shown = spell_value(bare, bare.default)
        yield Completion(shown, f"{bare.label}, a number (usually {shown})", bare.help, partial.start, end, block.type)
    for param in block.params:
        names = [plain(n) for n in (param.short, param.name, param.label) if n]
        begins = any(n.startswith(wanted) for n in names)
        if param.name in used or (param is bare and not wanted):
            continue
        if begins:
            yield _key(block, param, partial.start, end)
        else:
            yield from _values(block, param, partial.text, "", partial.start, end)


def _key(block: Block, param: Param, start: int, end: int) -> Completion:
    label = f"{param.label} (usually {spell_value(param, param.default)})"
    if param.kind == "bool":
        insert = param.name if param.default is False else f"{param.name}=no"
        return Completion(insert, label, param.help, start, end, block.type)
    return Completion(key_of(param), label, param.help, start, end, block.type, open=True)


def _values(block: Block, param: Param, typed: str, front: str, start: int, end: int) -> Iterator[Completion]:
    choices = ("yes", "no") if param.kind == "bool" and front else param.choices
    for choice in choices:
        if plain(choice).startswith(plain(typed)):
            shown = choice.replace(" ", "_")
            yield Completion(front + shown, f"{param.label}: {choice}", param.help, start, end, block.type)
