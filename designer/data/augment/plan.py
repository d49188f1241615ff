"""All that is done to training samples, as a list that is edited: the steps, then mixup and cutmix. No torch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from designer.blocks.spec import Param, Value
from designer.data.augment.declare import PICTURES, Sort, Step, step_called, steps
from designer.data.augment.spec import Augment, read_steps
from designer.data.augment.words import summary

__all__ = ["MIXES", "PRESETS", "History", "Plan", "Preset", "Row", "choices"]


def _mix(name: str, title: str, usual: float, help: str) -> Step:  # noqa: A002
    strength = Param("strength", "Strength", "float", usual, f"{usual:g} is usual.", minimum=0.01, maximum=100)
    return Step(name, title, help, (*PICTURES, "spectrograms", "maps"), (strength,), "")


MIXES: Mapping[str, Step] = {
    "mixup": _mix(
        "mixup",
        "Mixup",
        0.2,
        "Lays two samples over each other, with their classes. After all steps; with cutmix, one of the two is chosen "
        "for each batch.",
    ),
    "cutmix": _mix(
        "cutmix",
        "Cutmix",
        1.0,
        "Pastes a piece of another sample into each, and mixes their classes accordingly. After all steps.",
    ),
}
"""What mixes the samples of a batch: settings of the training, shown at the end of the list."""


@dataclass(frozen=True)
class Row:
    """One line of the list."""

    step: Step
    params: Mapping[str, Value]
    off: bool = False

    @property
    def mixes(self) -> bool:
        """Whether it mixes samples, and so comes last."""
        return self.step.name in MIXES

    def augment(self) -> Augment:
        """As data say it."""
        return Augment.model_validate({"name": self.step.name, "params": dict(self.params), "off": self.off})


@dataclass(frozen=True)
class Plan:
    """The whole list. Every edit gives another plan."""

    rows: tuple[Row, ...] = ()

    @classmethod
    def of(cls, augments: Iterable[Augment], mixup: float = 0.0, cutmix: float = 0.0) -> Plan:
        """The list that a data spec and a train spec say."""
        rows = [Row(step_called(one.name), dict(one.params), one.off) for one in augments]
        mixes = (("mixup", mixup), ("cutmix", cutmix))
        return cls((*rows, *(Row(MIXES[name], {"strength": strength}) for name, strength in mixes if strength)))

    @property
    def steps(self) -> tuple[Augment, ...]:
        """What DataSpec.augment says."""
        return tuple(row.augment() for row in self.rows if not row.mixes)

    def strength(self, mix: str) -> float:
        """What TrainSpec.mixup or cutmix says; 0 where it is not there or off."""
        found = (row.params["strength"] for row in self.rows if row.step.name == mix and not row.off)
        return float(str(next(found, 0.0)))

    @property
    def words(self) -> str:
        """One line; empty where nothing is on."""
        return summary(self.steps, self.strength("mixup"), self.strength("cutmix"))

    def added(self, step: Step) -> Plan:
        """With one more step, as it is declared, at its place: behind the others, before what mixes."""
        if step.name in MIXES and any(row.step.name == step.name for row in self.rows):
            return self
        row = Row(step, {param.name: param.default for param in step.params})
        return self._sorted((*self.rows, row))

    def removed(self, at: int) -> Plan:
        """Without a row."""
        return replace(self, rows=self.rows[:at] + self.rows[at + 1 :])

    def moved(self, at: int, to: int) -> Plan:
        """With a row at another place, as far as what mixes stays last."""
        rest = [row for number, row in enumerate(self.rows) if number != at]
        rest.insert(max(0, min(to, len(rest))), self.rows[at])
        return self._sorted(tuple(rest))

    def switched(self, at: int) -> Plan:
        """With a row off that was on, or on that was off."""
        return self._with(at, replace(self.rows[at], off=not self.rows[at].off))

    def set(self, at: int, name: str, value: Value) -> Plan:
        """With another value of a param. Raises ValueError with a sentence where it does not go with the others."""
        row = self.rows[at]
        whole = row.step.complete({**row.params, name: value})
        return self._with(at, replace(row, params=whole))

    def _with(self, at: int, row: Row) -> Plan:
        return replace(self, rows=(*self.rows[:at], row, *self.rows[at + 1 :]))

    def _sorted(self, rows: tuple[Row, ...]) -> Plan:
        return replace(self, rows=tuple(sorted(rows, key=lambda row: row.mixes)))


@dataclass
class History:
    """The plans that there were, to go back to and forth."""

    now: Plan
    _past: list[Plan] = field(default_factory=list)
    _future: list[Plan] = field(default_factory=list)

    def do(self, plan: Plan) -> bool:
        """Go on with this one; whether it is another."""
        if plan == self.now:
            return False
        self._past.append(self.now)
        self._future.clear()
        self.now = plan
        return True

    @property
    def can_undo(self) -> bool:
        """Whether there is one before."""
        return bool(self._past)

    @property
    def can_redo(self) -> bool:
        """Whether one was gone back from."""
        return bool(self._future)

    def undo(self) -> None:
        """Back to the one before, if there is one."""
        if self._past:
            self._future.append(self.now)
            self.now = self._past.pop()

    def redo(self) -> None:
        """Forth again, if there is one."""
        if self._future:
            self._past.append(self.now)
            self.now = self._future.pop()


@dataclass(frozen=True)
class Preset:
    """A list that is a good start."""

    title: str
    help: str
    works: tuple[Sort, ...]
    text: str
    mixup: float = 0.0

    def plan(self) -> Plan:
        """The list."""
        return Plan.of(read_steps(self.text), self.mixup)


_WAVES: tuple[Sort, ...] = ("signals",)
_SPECTRA: tuple[Sort, ...] = ("spectrograms",)
PRESETS = (
    Preset(
        "Light",
        "Moves, turns and scales a little; suits digits and signs too.",
        PICTURES,
        "affine:5:shift=0.05:scale=0.05",
    ),
    Preset("Usual for small pictures", "Flip and crop, as for pictures of 32 pixels.", PICTURES, "flip,crop:4"),
    Preset(
        "Usual for photos", "Pieces of any size, flipped, in other light.", PICTURES, "resized-crop:0.5,flip,colour"
    ),
    Preset(
        "Strong",
        "For long runs on few photos: drawn changes, erased pieces, mixup.",
        PICTURES,
        "resized-crop,flip,randaugment,erase:0.25",
        mixup=0.2,
    ),
    Preset("Light", "A little noise.", ("signals", "rows", "maps"), "noise:0.02"),
    Preset("Sounds", "Earlier or later, louder or softer, in some noise.", _WAVES, "shift,gain,noise"),
    Preset("Strong", "The same, more of it, with gaps.", _WAVES, "shift:0.2,gain:10,noise:0.1,time-mask"),
    Preset("Light", "One short gap.", _SPECTRA, "time-mask:0.1"),
    Preset(
        "Sounds",
        "Shifted and louder or softer, with hidden times and bands.",
        _SPECTRA,
        "shift,gain,time-mask,frequency-mask",
    ),
    Preset(
        "Strong",
        "Two hidden times and bands each, in noise.",
        _SPECTRA,
        "shift:0.2,gain,noise:0.1,time-mask:0.2:count=2,frequency-mask:0.2:count=2",
    ),
)


def choices(sort: Sort | None) -> list[Step]:
    """The steps that can be added for samples of one sort, what mixes last; None: not known yet, all."""
    return [step for step in (*steps().values(), *MIXES.values()) if sort is None or sort in step.works]
