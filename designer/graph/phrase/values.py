"""The values behind a block's word, read and written as people type them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence

from designer.blocks.spec import Block, Param, Value
from designer.errors import EditRefused, PhraseError
from designer.graph.composites import offered
from designer.graph.fuzzy import nearest, plain
from designer.graph.phrase.tokens import Token

__all__ = ["free_params", "key_of", "param_named", "read_values", "spell_step", "spell_value"]

_GLUED = re.compile(r"([a-z_]+?)([-+]?\.?\d.*)", re.ASCII | re.IGNORECASE)
_NUMBER = re.compile(r"[-+]?\.?\d", re.ASCII)
_OPEN = re.compile(r"[A-Z][A-Z0-9x×,]*")  # HxWx3: sizes of which the first is left open
_INT = re.compile(r"[-+]?\d{1,15}", re.ASCII)
_NUMERIC = ("int", "float", "size", "dims", "open")
_YES, _NO = ("yes", "true", "on", "1"), ("no", "false", "off", "0")


def read_values(block: Block, words: Sequence[Token]) -> dict[str, Value]:
    """The parameters that the words set. Raises PhraseError at the word that does not fit."""
    found: dict[str, Value] = {}
    for word in words:
        param, text = _assignment(block, word, found)
        if param.name in found:
            raise PhraseError(f"{param.label} is given twice; leave one out.", word.start, word.end)
        try:
            found[param.name] = param.check(_READ[param.kind](param, text))
        except EditRefused as error:
            raise PhraseError(f"{block.title}: {error.message}", word.start, word.end) from error
    return {**_brought(block, found), **found}


def _brought(block: Block, given: Mapping[str, Value]) -> Mapping[str, Value]:
    return block.typed(given) if block.typed is not None else {}


def _assignment(block: Block, word: Token, found: Mapping[str, Value]) -> tuple[Param, str]:
    """Which parameter a word sets, and to what."""
    text = word.text
    key, equals, value = text.partition("=")
    if equals and '"' not in key:
        param = param_named(block, key)
        if param is None:
            raise _no_param(block, word, key)
        return param, value
    opened = next((p for p in free_params(block) if p.name not in found), None)
    if _NUMBER.match(text) or (opened is not None and opened.kind == "open" and _OPEN.fullmatch(text)):
        return _next_free(block, word, found), text
    glued = _GLUED.fullmatch(text)
    param = param_named(block, glued[1]) if glued else None
    if glued and param is not None:
        return param, glued[2]
    return _bare_word(block, word)


def _next_free(block: Block, word: Token, found: Mapping[str, Value]) -> Param:
    for param in free_params(block):
        if param.name not in found:
            return param
    if not free_params(block):
        raise PhraseError(f"{block.title} takes no number, so “{word.text}” has no place.", word.start, word.end)
    raise PhraseError(f"{block.title} has its numbers already; “{word.text}” is one too many.", word.start, word.end)


def _bare_word(block: Block, word: Token) -> tuple[Param, str]:
    """A switch by its name, or the word of a choice."""
    wanted = plain(word.text)
    param = param_named(block, word.text)
    if param is not None and param.kind == "bool":
        return param, "yes"
    param = param_named(block, wanted.removeprefix("no")) if wanted.startswith("no") else None
    if param is not None and param.kind == "bool":
        return param, "no"
    holders = [p for p in block.params if wanted and wanted in map(plain, p.choices)]
    if len(holders) == 1:
        return holders[0], word.text
    raise _no_param(block, word, word.text)


def _no_param(block: Block, word: Token, key: str) -> PhraseError:
    names = [n for p in block.params for n in (p.short, p.name, *p.choices) if n]
    if param_named(block, key) is not None:
        return PhraseError(f"“{key}” needs a value, for example {key}=1.", word.start, word.end)
    near = nearest(key, names)
    if near:
        hint = f"Did you mean {near[0]}?"
    elif block.params:
        hint = f"It takes {', '.join(p.short or p.name for p in block.params[:6])}."
    else:
        hint = "It takes none. Write | before the next block."
    return PhraseError(f"{block.title} has no parameter “{key}”. {hint}", word.start, word.end, near)


def free_params(block: Block) -> tuple[Param, ...]:
    """The parameters that bare numbers fill, in this order."""
    return tuple(p for p in block.params if p.kind in _NUMERIC and not p.advanced)


def param_named(block: Block, key: str) -> Param | None:
    """The parameter with this short key, name or label."""
    wanted = plain(key)
    for names in (lambda p: (p.short, p.name), lambda p: (p.label,)):
        for param in block.params:
            if wanted and wanted in map(plain, names(param)):
                return param
    return None


# --- reading ---------------------------------------------------------------------------------------------------------


def _whole(param: Param, text: str) -> int:
    if not _INT.fullmatch(text):
        raise EditRefused(f"{param.label} must be a whole number; “{text}” is none.")
    return int(text)


def _numbers(param: Param, text: str) -> list[int]:
    inside = text[1:-1] if text[:1] in ("(", "[") and text[-1:] in (")", "]") else text
    return [_whole(param, part.strip()) for part in re.split(r"[x×,]", inside) if part.strip() or len(inside) > 1]


def _read_int(param: Param, text: str) -> object:
    return None if _nothing(text) else _whole(param, text)


def _read_float(param: Param, text: str) -> object:
    if _nothing(text):
        return None
    try:
        return float(text)
    except ValueError:
        raise EditRefused(f"{param.label} must be a number; “{text}” is none.") from None


def _read_bool(param: Param, text: str) -> object:
    word = plain(text)
    if word not in _YES and word not in _NO:
        raise EditRefused(f"{param.label} must be yes or no; “{text}” is neither.")
    return word in _YES


def _read_choice(param: Param, text: str) -> object:
    return next((c for c in param.choices if plain(c) == plain(text)), text)


def _read_size(param: Param, text: str) -> object:
    if _nothing(text):
        return None
    word = next((c for c in param.choices if plain(c) == plain(text)), None)
    if word is not None:
        return word
    sizes = _numbers(param, text)
    return sizes[0] if len(sizes) == 1 else sizes


def _read_dims(param: Param, text: str) -> object:
    return None if _nothing(text) else _numbers(param, text)


def _read_open(param: Param, text: str) -> object:
    """Sizes, of which some may be the names of open ones: 3xHxW."""
    inside = text[1:-1] if text[:1] in ("(", "[") and text[-1:] in (")", "]") else text
    parts = [part.strip() for part in re.split(r"[x×,]", inside) if part.strip()]
    return [int(part) if _INT.fullmatch(part) else part for part in parts]


def _read_text(param: Param, text: str) -> object:
    return _unquoted(param, text)


def _read_labels(param: Param, text: str) -> object:
    if text in ("", "()"):
        return ()
    parts = re.findall(r'"(?:[^"\\]|\\.)*"|[^,"]+', text, re.DOTALL)
    return [_unquoted(param, part) for part in parts]


def _unquoted(param: Param, text: str) -> str:
    if not text.startswith('"'):
        return text
    try:
        return str(json.loads(text, strict=False))
    except ValueError:
        raise EditRefused(f"{param.label}: {text} is no text in quotation marks.") from None


def _nothing(text: str) -> bool:
    return text.lower() in ("none", "empty", "")


_READ: dict[str, Callable[[Param, str], object]] = {
    "int": _read_int,
    "float": _read_float,
    "bool": _read_bool,
    "choice": _read_choice,
    "size": _read_size,
    "dims": _read_dims,
    "open": _read_open,
    "text": _read_text,
    "labels": _read_labels,
    "expression": _read_text,
}


# --- writing ---------------------------------------------------------------------------------------------------------


def spell_step(block_type: str, params: Mapping[str, Value], word: str = "") -> str:
    """A block with the parameters that are not at their defaults, as one would type it."""
    block = offered()[block_type]
    first = free_params(block)[:1]
    parts = [word or block_type]
    whole = {p.name: params.get(p.name, p.default) for p in block.params}
    own = {p.name: whole[p.name] for p in block.params if (whole[p.name], type(whole[p.name])) != _usual(p)}
    brought = _brought(block, own)
    for param in block.params:
        value = whole[param.name]
        if param.name not in own and brought.get(param.name, value) == value:
            continue
        shown = spell_value(param, value)
        number = _NUMBER.match(shown) is not None
        if first and param is first[0] and number and len(parts) == 1:
            parts.append(shown)
        else:
            parts.append(f"{param.short}{shown}" if param.short and number else f"{param.name}={shown}")
    return " ".join(parts)


def _usual(param: Param) -> tuple[Value, type]:
    return param.default, type(param.default)  # True is not 1 here


def key_of(param: Param) -> str:
    """What one types before the value: ``k``, or ``padding_mode=``."""
    return param.short or f"{param.name}="


def spell_value(param: Param, value: Value) -> str:
    """A value as one would type it."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        if param.kind == "labels":
            return ",".join(json.dumps(v, ensure_ascii=False) for v in value) or "()"
        return "x".join(map(str, value)) or "()"
    if isinstance(value, str):
        return (
            json.dumps(value, ensure_ascii=False) if param.kind in ("text", "expression") else value.replace(" ", "_")
        )
    return repr(value)
