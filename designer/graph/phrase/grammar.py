"""Text to steps. A chain is steps with ``|`` between; ``x3`` after a step or after ``( … )`` repeats it.

A step is a block's word, then values: a bare number goes to the first parameter that is free, ``k3``, ``k3x5`` and
``kernel_size=3`` name theirs, and the word of a choice (``same``) or of a switch (``bidirectional``) is enough.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from designer.blocks.spec import Value
from designer.errors import PhraseError
from designer.graph.composites import offered
from designer.graph.phrase.tokens import Token, tokens
from designer.graph.phrase.values import read_values, spell_step
from designer.graph.phrase.words import LONGEST, family, like, meant, several

__all__ = ["MOST_STEPS", "Option", "Step", "name_of", "parse", "parse_front", "spell"]

MOST_STEPS = 500
_DEEPEST = 20
_TIMES = re.compile(r"[x×*](\d{1,9})", re.ASCII)
_NAME_GOES_ON = re.compile(r"[^\W\d]|[123]-?d$", re.IGNORECASE)


@dataclass(frozen=True)
class Option:
    """One block that a step may become, with the values that were typed for it."""

    type: str
    params: Mapping[str, Value]


@dataclass(frozen=True)
class Step:
    """One block of the chain: the options among which the arriving shape chooses, the usual one first."""

    options: tuple[Option, ...]
    start: int = field(default=0, compare=False)
    end: int = field(default=0, compare=False)


def parse(text: str) -> tuple[Step, ...]:
    """The steps of a chain, repetitions written out. Raises PhraseError, and nothing else, for any other text."""
    reader = _Reader(tokens(text), len(text))
    steps = reader.chain(0)
    stray = reader.peek()
    if stray is not None:
        raise PhraseError("There is a ) without its (.", stray.start, stray.end)
    return tuple(steps)


def parse_front(text: str) -> tuple[tuple[Step, ...], PhraseError | None]:
    """As much as can be read, and what is wrong with the rest: for text that is still being typed."""
    try:
        return parse(text), None
    except PhraseError as error:
        bars = [m.start() for m in re.finditer(r"\|", text[: error.start])]
        for bar in reversed(bars):
            front = text[:bar]
            try:
                return parse(front + ")" * max(0, front.count("(") - front.count(")"))), error
            except PhraseError:
                continue
        return (), error


def spell(steps: Iterable[Step]) -> str:
    """The chain as one would type it; read again, it gives equal steps."""
    parts = []
    for step in steps:
        one = step.options[0]
        parts.append(spell_step(one.type, one.params, family(one.type) if len(step.options) > 1 else one.type))
    return " | ".join(parts)


class _Reader:
    """Goes through the tokens once, from left to right."""

    def __init__(self, found: list[Token], length: int) -> None:
        self._tokens, self._at, self._length = found, 0, length

    def peek(self) -> Token | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _take(self) -> Token:
        self._at += 1
        return self._tokens[self._at - 1]

    def chain(self, depth: int) -> list[Step]:
        """Steps up to the end or to a closing bracket."""
        steps = self._repeated(depth)
        while (token := self.peek()) is not None and token.text == "|":
            self._take()
            more = self._repeated(depth)
            if len(steps) + len(more) > MOST_STEPS:
                raise PhraseError(f"A chain has at most {MOST_STEPS} blocks; this one is longer.", token.start)
            steps += more
        return steps

    def _repeated(self, depth: int) -> list[Step]:
        token = self.peek()
        if token is None or token.text in "|)":
            start, end = (token.start, token.end) if token else (self._length, self._length)
            raise PhraseError("Expected a block here, for example conv 64 k3.", start, end)
        steps = self._bracket(depth) if token.text == "(" else [self._step()]
        times = self.peek()
        match = _TIMES.fullmatch(times.text) if times is not None else None
        if times is not None and match is not None:
            self._take()
            many = int(match[1])
            if many < 1 or many * len(steps) > MOST_STEPS:
                words = "at least once" if many < 1 else f"to at most {MOST_STEPS} blocks"
                raise PhraseError(f"Repeat it {words}: “{times.text}” is not possible.", times.start, times.end)
            steps = steps * many
        after = self.peek()
        if after is not None and after.text not in ("|", ")"):
            raise PhraseError(f"Expected | before “{after.text}”.", after.start, after.end)
        return steps

    def _bracket(self, depth: int) -> list[Step]:
        opening = self._take()
        if depth >= _DEEPEST:
            raise PhraseError(f"Brackets inside brackets go {_DEEPEST} deep at most.", opening.start, opening.end)
        steps = self.chain(depth + 1)
        closing = self.peek()
        if closing is None or closing.text != ")":
            raise PhraseError("A ( is not closed. Write ) after the last block of it.", opening.start, opening.end)
        self._take()
        return steps

    def _step(self) -> Step:
        words: list[Token] = []
        while (token := self.peek()) is not None and token.text not in ("|", "(", ")"):
            if words and _TIMES.fullmatch(token.text):
                break
            words.append(self._take())
        count, types = name_of(words)
        options, first = [], None
        for block_type in types:
            try:
                options.append(Option(block_type, read_values(offered()[block_type], words[count:])))
            except PhraseError as error:
                first = first or error
        if not options and first is not None:
            raise first
        return Step(tuple(options), words[0].start, words[-1].end)


def name_of(words: Sequence[Token]) -> tuple[int, tuple[str, ...]]:
    """How many of the words are the block's name, and which types it may mean. Raises PhraseError for no name."""
    longest = 1
    while longest < min(LONGEST, len(words)) and _NAME_GOES_ON.match(words[longest].text):
        longest += 1
    for count in range(longest, 0, -1):
        types = meant(" ".join(w.text for w in words[:count]))
        if types and all("=" not in w.text for w in words[:count]):
            return count, types
    raise _unknown(words[0])


def _unknown(word: Token) -> PhraseError:
    choices = several(word.text)
    if choices:
        listed = f"{', '.join(choices[:4])}{' and others' if len(choices) > 4 else ''}"
        text = f"“{word.text}” may be several blocks: {listed}. Write which one."
        return PhraseError(text, word.start, word.end, choices)
    near = like(word.text)
    hint = f"Did you mean {_or(near)}?" if near else "Search for a block by its name, for example conv, linear or relu."
    return PhraseError(f"No block is called “{word.text}”. {hint}", word.start, word.end, near)


def _or(words: tuple[str, ...]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
