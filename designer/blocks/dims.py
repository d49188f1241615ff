"""Sizes that may be unknown while one draws: the batch ``B``, an open height ``H``.

A ``Dim`` is an ``int`` or an ``Expr``. An ``Expr`` is a polynomial with integer coefficients over symbols and
floor quotients, kept in one canonical form, so that two equal sizes compare equal: ``(H - 1) // 2 + 1`` and
``(H + 1) // 2`` are the same object to ``==``. Symbols stand for whole numbers of at least 1.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

__all__ = ["BATCH", "Dim", "Expr", "Tensor", "concrete", "divide_exactly", "divisible", "filled", "known", "product"]


@dataclass(frozen=True)
class Floor:
    """``num // den`` where the quotient cannot be taken apart any further."""

    num: Expr
    den: int

    def __str__(self) -> str:
        # floor((x + d - 1) / d) is x / d rounded up, which is what people read.
        up = sum(f for m, f in self.num.terms if not m) == self.den - 1 > 0
        inner = str(self.num - (self.den - 1)) if up else str(self.num)
        left, right = "⌈⌉" if up else "⌊⌋"
        return f"{left}{inner}/{self.den}{right}" if " " not in inner else f"{left}({inner})/{self.den}{right}"


Atom = str | Floor
Monomial = tuple[Atom, ...]


def _key(atom: Atom) -> str:
    return str(atom)


class Expr:
    """A polynomial over symbols and floor quotients, never a plain number (that is an ``int``)."""

    __slots__ = ("_hash", "terms")

    def __init__(self, terms: tuple[tuple[Monomial, int], ...]) -> None:
        self.terms = terms
        self._hash = hash(terms)

    @staticmethod
    def symbol(name: str) -> Expr:
        """The unknown size called ``name``."""
        return Expr((((name,), 1),))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Expr) and self.terms == other.terms

    def __hash__(self) -> int:
        return self._hash

    def __add__(self, other: Dim) -> Dim:
        total = dict(self.terms)
        for monomial, factor in _terms(other):
            total[monomial] = total.get(monomial, 0) + factor
        return _make(total)

    __radd__ = __add__

    def __neg__(self) -> Dim:
        return _make({monomial: -factor for monomial, factor in self.terms})

    def __sub__(self, other: Dim) -> Dim:
        return self + (-other)

    def __rsub__(self, other: int) -> Dim:
        return (-self) + other

    def __mul__(self, other: Dim) -> Dim:
        total: dict[Monomial, int] = {}
        for left, a in self.terms:
            for right, b in _terms(other):
                monomial = tuple(sorted(left + right, key=_key))
                total[monomial] = total.get(monomial, 0) + a * b
        return _make(total)

    __rmul__ = __mul__

    def __floordiv__(self, den: int) -> Dim:
        if den == 1:
            return self
        # floor((d*k + r) / d) = k + floor(r / d): what divides comes out, and 0 <= constant of r < d.
        whole = {m: f // den for m, f in self.terms if f % den == 0 or not m}
        rest = _make({m: (f % den if not m else f) for m, f in self.terms if f % den})
        if isinstance(rest, int):
            return _make(whole) + (rest // den)
        return _make(whole) + _floor(rest, den)

    def __str__(self) -> str:
        text = ""
        for monomial, factor in self.terms:
            body = "·".join(str(atom) for atom in monomial)
            size = str(abs(factor)) if not body else body if abs(factor) == 1 else f"{abs(factor)}·{body}"
            sign = "-" if factor < 0 else "+"
            text += f" {sign} {size}" if text else (f"-{size}" if factor < 0 else size)
        return text

    __repr__ = __str__


Dim = int | Expr
BATCH = Expr.symbol("B")


def _terms(dim: Dim) -> tuple[tuple[Monomial, int], ...]:
    return dim.terms if isinstance(dim, Expr) else (((), dim),)


def _make(terms: Mapping[Monomial, int]) -> Dim:
    kept = {m: f for m, f in terms.items() if f}
    if not kept:
        return 0
    if set(kept) == {()}:
        return kept[()]
    order = sorted(kept.items(), key=lambda item: (-len(item[0]), [_key(a) for a in item[0]]))
    return Expr(tuple(order))


def _floor(rest: Expr, den: int) -> Dim:
    # floor(floor(x / a) / b) = floor(x / (a * b)), with a constant carried inside.
    loose = [(m, f) for m, f in rest.terms if m]
    constant = sum(f for m, f in rest.terms if not m)
    if len(loose) == 1 and loose[0][1] == 1 and len(loose[0][0]) == 1:
        atom = loose[0][0][0]
        if isinstance(atom, Floor):
            inner = atom.num + constant * atom.den
            return inner // (atom.den * den)
    return Expr((((Floor(rest, den),), 1),))


def known(dim: Dim) -> bool:
    """Whether the size is a plain number."""
    return isinstance(dim, int)


def product(dims: Iterable[Dim]) -> Dim:
    """The product of sizes; 1 for none."""
    total: Dim = 1
    for dim in dims:
        total = dim * total
    return total


def divisible(dim: Dim, by: int) -> bool | None:
    """Whether ``by`` divides the size; None where that depends on an unknown."""
    if isinstance(dim, int):
        return dim % by == 0
    return True if all(f % by == 0 for _, f in dim.terms) else None


def divide_exactly(dim: Dim, by: Dim) -> Dim | None:
    """``dim / by`` where the quotient is exact and can be written down, else None."""
    if isinstance(by, int):
        if by == 0:
            return None
        if isinstance(dim, int):
            return dim // by if dim % by == 0 else None
        return _make({m: f // by for m, f in dim.terms}) if divisible(dim, by) else None
    if dim == 0:
        return 0
    if len(by.terms) != 1:
        return 1 if dim == by else None
    (gone, factor) = by.terms[0]
    quotient: dict[Monomial, int] = {}
    for monomial, f in _terms(dim):
        left = list(monomial)
        for atom in gone:
            if atom not in left:
                return None
            left.remove(atom)
        if f % factor:
            return None
        quotient[tuple(left)] = f // factor
    return _make(quotient)


def concrete(dim: Dim, sizes: Mapping[str, int]) -> int:
    """The size with every unknown filled in. Raises KeyError for an unknown that is not given."""
    if isinstance(dim, int):
        return dim
    total = 0
    for monomial, factor in dim.terms:
        value = factor
        for atom in monomial:
            value *= sizes[atom] if isinstance(atom, str) else concrete(atom.num, sizes) // atom.den
        total += value
    return total


def filled(dim: Dim, sizes: Mapping[str, int]) -> Dim:
    """The size with the given unknowns filled in; it stays as it is where others are left."""
    if isinstance(dim, int) or dim is BATCH:
        return dim
    total: Dim = 0
    for monomial, factor in dim.terms:
        value: Dim = factor
        for atom in monomial:
            if isinstance(atom, Floor):
                value = value * (filled(atom.num, sizes) // atom.den)
            else:
                value = value * sizes.get(atom, Expr.symbol(atom))
        total = total + value
    return total


@dataclass(frozen=True)
class Tensor:
    """What travels on a wire: sizes, batch first, and the kind of number."""

    dims: tuple[Dim, ...]
    dtype: str = "float32"

    @property
    def rank(self) -> int:
        """How many dimensions, the batch included."""
        return len(self.dims)

    def at(self, sizes: Mapping[str, int]) -> Tensor:
        """The same with open sizes filled in."""
        return Tensor(tuple(filled(d, sizes) for d in self.dims), self.dtype) if sizes else self

    def __str__(self) -> str:
        sizes = (
            "×".join(f"({d})" if isinstance(d, Expr) and len(d.terms) > 1 else str(d) for d in self.dims) or "scalar"
        )
        return sizes if self.dtype == "float32" else f"{sizes} {self.dtype}"
