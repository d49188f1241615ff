"""Figures of validations that decide: which weights are best, when the rate drops, when a run ends early. No torch."""

from __future__ import annotations

from collections.abc import Mapping

from designer.errors import TrainError
from designer.train.parts import SCHEDULES, WATCHED
from designer.train.spec import TrainSpec
from designer.train.told import figure_words

__all__ = ["Patience", "Watch", "better"]

Figures = Mapping[str, float | None]


class Patience:
    """Counts the validations in which one figure has not got better by more than ``least``."""

    def __init__(self, watched: str, patience: int, least: float) -> None:
        self.watched, self._patience, self._least = WATCHED[watched], patience, least
        self.best: float | None = None
        self.bad = 0

    def hear(self, figures: Figures) -> bool:
        """Take in a validation; whether patience is over."""
        value = figures[self.watched.figure]
        if value is None:
            raise TrainError(
                f"The run watches the {self.watched.title.lower()}, which these data and this network do not have. "
                "Watch the validation loss."
            )
        if self.best is None or self.watched.sign * (value - self.best) > self._least:
            self.best, self.bad = value, 0
            return False
        self.bad += 1
        return self.over

    @property
    def over(self) -> bool:
        """Whether there were as many validations without getting better as were to be borne."""
        return self.bad >= self._patience

    def state(self) -> dict[str, float | int | None]:
        """What `restore` needs to go on counting."""
        return {"best": self.best, "bad": self.bad}

    def restore(self, state: Mapping[str, float | int | None]) -> None:
        """Go on counting where a run was."""
        self.best, self.bad = state["best"], int(state["bad"] or 0)


class Watch:
    """What validations decide in one run. ``factor`` is what plateaus have made of the learning rate."""

    def __init__(self, spec: TrainSpec, validates: bool, counts: bool) -> None:
        """``validates``: whether there are validation samples; ``counts``: whether there is an accuracy."""
        self.factor = 1.0
        self._spec = spec
        self._plateau = self._stop = None
        if SCHEDULES[spec.schedule].reacts:
            self._plateau = Patience(spec.plateau_on, spec.plateau_patience, spec.min_change)
        if spec.early_stop != "off":
            self._stop = Patience(spec.early_stop, spec.patience, spec.min_change)
        for patience in (self._plateau, self._stop):
            if patience is not None:
                _check(patience.watched.name, validates, counts)
        if spec.best_by != "auto":
            _check(spec.best_by, True, counts)

    def hear(self, figures: Figures) -> tuple[str, bool]:
        """Take in a validation: a sentence about the learning rate where that drops, and whether the run is to end."""
        said = ""
        if self._plateau is not None and self._plateau.hear(figures):
            self._plateau.bad = 0
            self.factor *= self._spec.gamma
            figure = self._plateau.watched.title.lower()
            said = f"The {figure} has not got better: the learning rate is multiplied by {self._spec.gamma:g}."
        return said, self._stop is not None and self._stop.hear(figures)

    @property
    def over(self) -> bool:
        """Whether the run has ended early; one that goes on with the same patience ends at once."""
        return self._stop is not None and self._stop.over

    def why_ended(self) -> str:
        """The sentence about an early end."""
        assert self._stop is not None and self._stop.best is not None
        watched = self._stop.watched
        best = figure_words(watched.name, self._stop.best)
        times = "validation" if self._spec.patience == 1 else f"{self._spec.patience} validations"
        return f"The run ends early: for {times} the {watched.title.lower()} was no better than {best}."

    def state(self) -> dict[str, float | int | None]:
        """What `restore` needs to go on."""
        found: dict[str, float | int | None] = {"factor": self.factor}
        for name, patience in (("plateau", self._plateau), ("stop", self._stop)):
            if patience is not None:
                found |= {f"{name}.{key}": value for key, value in patience.state().items()}
        return found

    def restore(self, state: Mapping[str, float | int | None]) -> None:
        """Go on where a run was. What that one did not watch begins anew."""
        self.factor = float(state.get("factor") or 1.0)
        for name, patience in (("plateau", self._plateau), ("stop", self._stop)):
            if patience is not None and f"{name}.bad" in state:
                patience.restore({key: state[f"{name}.{key}"] for key in ("best", "bad")})


def better(by: str, figures: Figures, best: Figures) -> bool:
    """Whether a validation is better than the ``best`` before it; ``by`` is that of `TrainSpec.best_by`."""
    if best["loss"] is None:
        return True
    if by == "auto":
        return _rank(figures) > _rank(best)
    watched = WATCHED[by]
    value, before = figures[watched.figure], best[watched.figure]
    return before is None or (value is not None and watched.sign * (value - before) > 0)


def _rank(figures: Figures) -> tuple[float, float]:
    return figures["accuracy"] or 0.0, -(figures["loss"] or 0.0)


def _check(watched: str, validates: bool, counts: bool) -> None:
    title = WATCHED[watched].title.lower()
    if not validates:
        raise TrainError(f"The run watches the {title}, but the data have no validation samples. Keep some aside.")
    if watched == "accuracy" and not counts:
        raise TrainError(f"The run watches the {title}, but this network gives numbers. Watch the validation loss.")
