"""How the weights of a file fit a drawn network: proposed by names, changed by a person, told in words. No torch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

from designer.errors import UsageError
from designer.exchange.mapping.guess import by_order
from designer.exchange.mapping.names import Pairs, by_ending, by_prefix, by_spelling, cleaned
from designer.exchange.mapping.spec import Source, WeightMap
from designer.exchange.mapping.transforms import AS_IS, TRANSFORMS, Transform, default_for, offers
from designer.exchange.mapping.weight import Weight, counts, shape_text

__all__ = ["Choice", "Fit", "How", "State", "propose"]

How = Literal["name", "prefix", "spelling", "ending", "order", "person"]
State = Literal["fits", "made", "shape", "guess", "missing", "spare"]


class Choice(NamedTuple):
    """What one weight of the network is taken from. Without ``by`` its shape does not fit, and a person has to say."""

    source: str
    by: str = "as_is"
    rows: tuple[int, ...] = ()
    how: How = "name"


class Fit:
    """The choices so far. ``guesses`` are offered for weights that no name explains; ``prefix`` is (off, on)."""

    def __init__(self, network: Iterable[Weight], file: Iterable[Weight]) -> None:
        self.network = {weight.name: weight for weight in network}
        self.file = {weight.name: weight for weight in file}
        self.choices: dict[str, Choice] = {}
        self.guesses: Pairs = {}
        self.prefix = ("", "")
        self.uses: Counter[str] = Counter()

    # --- choosing ----------------------------------------------------------------------------------------------

    def assign(
        self, target: str, source: str, by: str | None = None, rows: tuple[int, ...] = (), how: How = "person"
    ) -> None:
        """Take a weight from one of the file's; without ``by`` as it is, or as keeps every number, or undecided.

        Raises UsageError for names that are not there and for a way that does not fit.
        """
        if target not in self.network or source not in self.file:
            where, name = ("network", target) if target not in self.network else ("file", source)
            raise UsageError(f"The {where} has no weight “{name}”. `--list` shows the names.")
        wanted, there = self.network[target].shape, self.file[source].shape
        if by is None:
            unasked = default_for(wanted, there)
            by = unasked.name if unasked is not None else ""
        elif by and not TRANSFORMS[by].fits(wanted, there):
            possible = ", ".join(one.name for one in offers(wanted, there)) or "none"
            raise UsageError(
                f"{target}: “{by}” does not make {shape_text(wanted)} of {shape_text(there)}. Possible: {possible}."
            )
        if rows and (not by or not TRANSFORMS[by].rows or len(rows) != wanted[0] or max(rows) >= there[0]):
            raise UsageError(f"{target}: expected {wanted[0]} row numbers below {there[0]}, and a way that takes rows.")
        self.clear(target)
        self.choices[target] = Choice(source, by, rows, how)
        self.uses[source] += 1

    def clear(self, target: str) -> None:
        """Take it from nowhere."""
        old = self.choices.pop(target, None)
        if old is not None:
            self.uses[old.source] -= 1

    def restore(self, choices: Mapping[str, Choice]) -> None:
        """Choices as they once were."""
        self.choices = dict(choices)
        self.uses = Counter(choice.source for choice in choices.values())

    def accept_guesses(self) -> list[str]:
        """Take what order and shapes suggest; the weights concerned."""
        taken = [target for target in self.guesses if target not in self.choices]
        for target in taken:
            self.assign(target, self.guesses[target], how="order")
        return taken

    def undecided(self, way: Transform) -> list[str]:
        """The weights that wait for a decision and that this way would fit."""
        return [t for t in self.network if self.state(t) == "shape" and way in self.offers(t)]

    # --- what it comes to --------------------------------------------------------------------------------------

    def state(self, target: str) -> State:
        """How it stands with a weight of the network."""
        choice = self.choices.get(target)
        if choice is None:
            return "guess" if target in self.guesses else "spare" if counts(target) else "missing"
        return "fits" if choice.by == "as_is" else "made" if choice.by else "shape"

    def offers(self, target: str) -> tuple[Transform, ...]:
        """What can be done to the weight that was chosen."""
        choice = self.choices.get(target)
        return () if choice is None else offers(self.network[target].shape, self.file[choice.source].shape)

    def words(self, target: str) -> str:
        """What is done for a weight, in a sentence."""
        choice, wanted = self.choices.get(target), self.network[target].shape
        if choice is None:
            if target in self.guesses:
                return f"No name fits. By order and shapes it could be {self.guesses[target]}; look before you take it."
            return (
                "Not needed; it starts at 0." if counts(target) else "Not in the file: it stays as the network has it."
            )
        there = self.file[choice.source].shape
        if not choice.by:
            possible = "Choose what to do." if self.offers(target) else "It cannot be used here."
            return f"Expected {shape_text(wanted)}, got {shape_text(there)}. {possible}"
        return TRANSFORMS[choice.by].words(wanted, there)

    @property
    def unused(self) -> list[str]:
        """The file's weights that go nowhere, counters left out."""
        return [name for name in self.file if not self.uses[name] and not counts(name)]

    @property
    def complete(self) -> bool:
        """Whether every weight of the network gets its numbers."""
        return all(self.state(target) in ("fits", "made", "spare") for target in self.network)

    def tally(self) -> Counter[State]:
        """How many weights stand how."""
        return Counter(self.state(target) for target in self.network)

    @property
    def sentence(self) -> str:
        """What fits and what does not."""
        number = self.tally()
        total = len(self.network) - number["spare"]
        text = f"{number['fits'] + number['made']} of {total} weights fit"
        if self.prefix != ("", "") and number["fits"]:
            text += f" ({_renamed(*self.prefix)})"
        if number["made"]:
            text += f", {number['made']} of them changed to fit"
        parts = [text]
        for state, words in (("shape", "another shape"), ("guess", "no name that fits"), ("missing", "")):
            first = next((t for t in self.network if self.state(t) == state), None)
            if first is None:
                continue
            if state == "shape":
                choice = self.choices[first]
                wanted, there = self.network[first].shape, self.file[choice.source].shape
                first += f", expected {shape_text(wanted)}, got {shape_text(there)}"
            n = number[state]  # type: ignore[index]
            what = f"{'has' if n == 1 else 'have'} {words}" if words else f"{'is' if n == 1 else 'are'} missing"
            parts.append(f"{n} {what} (first: {first})")
        unused = self.unused
        if unused:
            parts.append(
                f"{len(unused)} of the file {'is' if len(unused) == 1 else 'are'} not used (first: {unused[0]})"
            )
        return "; ".join(parts) + "."

    def to_map(self, part: str = "") -> WeightMap:
        """The choices as plain data; what is undecided is left out."""
        weights = {
            target: Source.model_validate({"from": choice.source, "by": choice.by, "rows": choice.rows})
            for target, choice in self.choices.items()
            if choice.by
        }
        return WeightMap(part=part, weights=weights)

    def use(self, mapping: WeightMap) -> None:
        """Take these choices and no others. Raises UsageError where they do not fit."""
        for target in list(self.choices):
            self.clear(target)
        self.guesses, self.prefix = {}, ("", "")
        for target, source in mapping.weights.items():
            self.assign(target, source.name, source.by, source.rows)


def _renamed(off: str, on: str) -> str:
    if off and on:
        return f"“{off}” in the file stands for “{on}”"
    return f"without “{off}”" if off else f"under “{on}”"


def propose(network: Iterable[Weight], file: Iterable[Weight]) -> Fit:
    """Pair by equal names, then under another prefix, other spelling, equal endings; guess the rest by order."""
    fit = Fit(network, file)
    clean = cleaned(fit.file)
    sources = {name: fit.file[real] for name, real in clean.items()}
    off, on = by_prefix(fit.network, sources)
    renamed = {on + name[len(off) :]: weight for name, weight in sources.items() if name.startswith(off)}
    # Equal names first: in a checkpoint of two models, one may need no new name.
    if (off, on) != ("", ""):
        fit.prefix = (off, on)
    _take(fit, {n: w.name for n, w in renamed.items() if n in fit.network}, "prefix" if off or on else "name")
    _take(fit, {n: w.name for n, w in sources.items() if n in fit.network}, "name")
    _take(fit, _named(by_spelling(_open(fit), _free(fit, renamed)), renamed), "spelling")
    for same_shape in (True, False):
        _take(fit, _named(by_ending(_open(fit), _free(fit, sources), same_shape), sources), "ending")
    fit.guesses = by_order(_open(fit), {w.name: w for w in _free(fit, sources).values()})
    _distrust(fit)
    return fit


def _distrust(fit: Fit) -> None:
    """Numbered names may agree by chance: where order explains nearly all and names explain little, believe order."""
    total, fits = sum(not counts(name) for name in fit.network), fit.tally()["fits"]
    if not fits or fits >= 0.5 * total:
        return
    ordered = by_order(fit.network, fit.file)
    if len(ordered) >= max(0.8 * total, 1.5 * fits):
        fit.restore({})
        fit.guesses, fit.prefix = ordered, ("", "")


def _take(fit: Fit, pairs: Mapping[str, str], how: How) -> None:
    for target, source in pairs.items():
        if target not in fit.choices and not fit.uses[source]:
            wanted, there = fit.network[target].shape, fit.file[source].shape
            if AS_IS.fits(wanted, there) or offers(wanted, there) or how in ("name", "prefix"):
                fit.assign(target, source, how=how)


def _named(pairs: Pairs, names: Mapping[str, Weight]) -> Pairs:
    return {target: names[source].name for target, source in pairs.items()}


def _open(fit: Fit) -> dict[str, Weight]:
    return {name: weight for name, weight in fit.network.items() if name not in fit.choices}


def _free(fit: Fit, names: Mapping[str, Weight]) -> dict[str, Weight]:
    return {name: weight for name, weight in names.items() if not fit.uses[weight.name]}
