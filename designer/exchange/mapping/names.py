"""Which name of a file is meant by which name of a network: wrappers taken off, endings compared. No torch."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence

from designer.exchange.mapping.weight import Weight, leaf

__all__ = ["Pairs", "by_ending", "by_prefix", "by_spelling", "cleaned", "ordinary", "role"]

Pairs = dict[str, str]  # of the network -> of the file
_WRAPPERS = frozenset({"_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module", "_ddp_module"})
_ALIASES = {"gamma": "weight", "beta": "bias", "moving_mean": "running_mean", "moving_variance": "running_var",
            "moving_var": "running_var"}  # fmt: skip
_SHARE, _MOST = 0.2, 12  # a prefix stands before this share of the names; so many prefixes are tried
_FEW, _MOSTLY = 3, 0.9  # so many names must agree where both sides lose a prefix


def cleaned(names: Iterable[str]) -> dict[str, str]:
    """Names without what compilers and wrappers put between their parts -> as they are; the first of equals counts."""
    found: dict[str, str] = {}
    for name in names:
        found.setdefault(".".join(part for part in name.split(".") if part not in _WRAPPERS), name)
    return found


def by_prefix(network: Mapping[str, Weight], file: Mapping[str, Weight]) -> tuple[str, str]:
    """The prefix to take off the file's names and the one to put before them, so that most of them fit.

    Both are empty where the names agree already, or never do.
    """
    best, most = ("", ""), (-1, 0)
    for off in _prefixes(file):
        for on in _prefixes(network):
            ends = _agreeing(network, file, off, on)
            if off and on and not _telling_enough(ends, min(len(network), len(file))):
                continue  # any two BatchNorms agree so far
            fits = len(ends)
            score = (fits, -len(off) - len(on))
            if score > most:
                best, most = (off, on), score
    return best if most[0] > 0 else ("", "")


def _agreeing(network: Mapping[str, Weight], file: Mapping[str, Weight], off: str, on: str) -> list[str]:
    """What follows the prefixes where names and shapes agree."""
    cut, found = len(off), []
    for name, weight in file.items():
        if name.startswith(off):
            target = network.get(on + name[cut:])
            if target is not None and target.shape == weight.shape:
                found.append(name[cut:])
    return found


def _telling_enough(ends: Sequence[str], of: int) -> bool:
    """Whether endings that agree say that their prefixes mean the same: a few names of layers, or nearly everything."""
    names = sum(_telling(end.split(".")) for end in ends)
    return names >= _FEW or (len(ends) >= _FEW and len(ends) >= _MOSTLY * of)


def _prefixes(names: Iterable[str]) -> list[str]:
    """Prefixes that many names share, the short ones first; the empty one always."""
    found: Counter[str] = Counter()
    total = 0
    for name in names:
        total += 1
        parts = name.split(".")
        for depth in range(1, min(len(parts), 7)):
            found[".".join(parts[:depth]) + "."] += 1
    often = [p for p, number in found.most_common() if number >= max(1, _SHARE * total)]
    return ["", *sorted(often, key=len)[:_MOST]]


def by_spelling(network: Mapping[str, Weight], file: Mapping[str, Weight]) -> Pairs:
    """Names that differ in dots, underscores, capitals or old words only, of one shape: norm.1.gamma, norm1.weight."""
    return _unique(network, file, _loose)


def role(name: str) -> str:
    """What a weight is in its layer, in torch's words: weight, bias, running_mean, ..."""
    last = leaf(name).removeprefix("in_proj_")  # an attention's projection is a layer of its own elsewhere
    return _ALIASES.get(last.lower(), last)


def _loose(name: str) -> str:
    last = leaf(name)
    name = name[: len(name) - len(last)] + _ALIASES.get(last.lower(), last)
    return "".join(c for c in name.lower() if c.isalnum())


def by_ending(network: Mapping[str, Weight], file: Mapping[str, Weight], same_shape: bool = True) -> Pairs:
    """Names whose ending, the longest there is, occurs once on both sides (with one shape, where ``same_shape``)."""
    found: Pairs = {}
    parts = {name: _parts(name) for name in (*network, *file)}
    longest = min(max((len(parts[n]) for n in side), default=0) for side in (network, file))
    left, right = dict(network), dict(file)
    for length in range(min(longest, 12), 0, -1):
        # A default binds the loop's value: the function is used within this turn only.
        def ending(name: str, length: int = length) -> Hashable | None:
            tail = parts[name][-length:]
            return tail if len(tail) == length and _telling(tail) else None

        pairs = _unique(left, right, ending, same_shape)
        found |= pairs
        for target, source in pairs.items():
            del left[target], right[source]
    return found


def _parts(name: str) -> tuple[str, ...]:
    return tuple(_ALIASES.get(part, part) for part in name.split("."))


_COMMON = frozenset({"weight", "bias", "running_mean", "running_var", "num_batches_tracked"})


def ordinary(name: str) -> bool:
    """Whether it is what most layers have, in whatever words: weight, bias, statistics."""
    return role(name) in _COMMON


def _telling(ending: Sequence[str]) -> bool:
    """Whether an ending says which layer it is: not with numbers and words that every layer has alone."""
    return any(not part.isdigit() and part not in _COMMON for part in ending)


def _unique(
    network: Mapping[str, Weight],
    file: Mapping[str, Weight],
    key: Callable[[str], Hashable | None],
    same_shape: bool = True,
) -> Pairs:
    """The names that alone have their key, on both sides."""

    def sorted_in(side: Mapping[str, Weight]) -> dict[Hashable, list[str]]:
        made: dict[Hashable, list[str]] = defaultdict(list)
        for name, weight in side.items():
            found = key(name)
            if found is not None:
                made[(found, weight.shape if same_shape else None)].append(name)
        return made

    sources = sorted_in(file)
    pairs = {}
    for found, targets in sorted_in(network).items():
        there = sources.get(found, [])
        if len(targets) == len(there) == 1:
            pairs[targets[0]] = there[0]
    return pairs
