"""Text to tokens: words, bars and brackets, each with its place."""

from __future__ import annotations

from dataclasses import dataclass

from designer.errors import PhraseError

__all__ = ["MOST_LETTERS", "Token", "tokens"]

MOST_LETTERS = 20_000


@dataclass(frozen=True)
class Token:
    """A word, ``|``, ``(`` or ``)``. ``end`` is where the next letter is."""

    text: str
    start: int
    end: int


def tokens(text: str) -> list[Token]:
    """The tokens of a chain. Raises PhraseError for a quotation mark that is not closed, and for a whole book."""
    if len(text) > MOST_LETTERS:
        raise PhraseError(f"A chain has at most {MOST_LETTERS} letters; this one has {len(text)}.", 0, len(text))
    found: list[Token] = []
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        end = at + 1 if text[at] in "|()" else _word(text, at)
        found.append(Token(text[at:end], at, end))
        at = end
    return found


def _word(text: str, at: int) -> int:
    """Where the word ends that begins here. Quotes and ``k=(3, 5)`` may hold what would else end it."""
    start = at
    while at < len(text) and not text[at].isspace() and text[at] not in "|)":
        if text[at] == '"':
            at = _quoted(text, at)
        elif text[at] == "(":
            if text[at - 1] != "=":
                break
            closing = text.find(")", at)
            if closing < 0:
                raise PhraseError("A ( is not closed. Write ) after the last number.", at, len(text))
            at = closing + 1
        else:
            at += 1
    return max(at, start + 1)


def _quoted(text: str, at: int) -> int:
    start, at = at, at + 1
    while at < len(text) and text[at] != '"':
        at += 2 if text[at] == "\\" else 1
    if at >= len(text):
        raise PhraseError('A " is not closed. Write another one after the text.', start, len(text))
    return at + 1
