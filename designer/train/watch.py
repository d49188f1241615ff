"""Figures of validations that decide: which weights are best, when the rate drops, when a run ends early. No torch."""

from __future__ import annotations

from collections.abc import Mapping

from designer.errors import TrainError
from designer.train.metrics import METRICS, WATCHED, Watched, metric_named
from designer.train.parts import SCHEDULES
from designer.train.spec import TrainSpec
from designer.train.told import figure_words

__all__ = ["Patience", "Watch"]

Figures = Mapping[str, float | None]


class Patience:
    """Counts the validations in which one figure has not got better by more than ``least``."""

    def __init__(self, watched: Watched, patience: int, least: float) -> None:
        self.watched, self._patience, self._least = watched, patience, least
        self.best: float | None = None
        self.bad = 0

    def hear(self, figures: Figures) -> bool:
        """Take in a validation; whether patience is over. A figure that its samples do not define is no better."""
        value = figures.get(self.watched.figure)
        if value is not None and (self.best is None or self.watched.sign * (value - self.best) > self._least):
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

    def __init__(self, spec: TrainSpec, validates: bool, watched: Mapping[str, Watched]) -> None:
        """``validates``: whether there are validation samples; ``watched``: the figures that they have in this run."""
        self.factor = 1.0
        self._spec, self._watched = spec, watched
        self._plateau = self._stop = None
        if SCHEDULES[spec.schedule].reacts:
            on = self._find(spec.plateau_on, validates)
            self._plateau = Patience(on, spec.plateau_patience, spec.min_change)
        if spec.early_stop != "off":
            self._stop = Patience(self._find(spec.early_stop, validates), spec.patience, spec.min_change)
        self._by = self._find(spec.best_by, True) if spec.best_by != "auto" else None

    def _find(self, name: str, validates: bool) -> Watched:
        """The figure of this name, which this run must have. Raises TrainError."""
        title = WATCHED[name].in_words if name in WATCHED else f"validation {metric_named(name).in_words}"
        if not validates:
            raise TrainError(f"The run watches the {title}, but the data have no validation samples. Keep some aside.")
        if name not in self._watched:
            why = "this network and these data do not have" if name in METRICS else "says not whether more is better"
            others = ", ".join(other for other in self._watched if other != "loss")
            instead = f"Watch the validation loss{', or one of: ' + others if others else ''}."
            raise TrainError(f"The run watches the {title}, which {why}. {instead}")
        return self._watched[name]

    def hear(self, figures: Figures) -> tuple[str, bool]:
        """Take in a validation: a sentence about the learning rate where that drops, and whether the run is to end."""
        said = ""
        if self._plateau is not None and self._plateau.hear(figures):
            self._plateau.bad = 0
            self.factor *= self._spec.gamma
            figure = self._plateau.watched.in_words
            said = f"The {figure} has not got better: the learning rate is multiplied by {self._spec.gamma:g}."
        return said, self._stop is not None and self._stop.hear(figures)

    @property
    def over(self) -> bool:
        """Whether the run has ended early; one that goes on with the same patience ends at once."""
        return self._stop is not None and self._stop.over

    def why_ended(self) -> str:
        """The sentence about an early end."""
        assert self._stop is not None
        watched, best = self._stop.watched, self._stop.best
        times = "validation" if self._spec.patience == 1 else f"{self._spec.patience} validations"
        if best is None:
            return f"The run ends early: for {times} there was no {watched.in_words}."
        words = figure_words(watched.name, best)
        return f"The run ends early: for {times} the {watched.in_words} was no better than {words}."

    def better(self, figures: Figures, best: Figures) -> bool:
        """Whether a validation is better than the ``best`` one before it, by what the run asks for."""
        if best["loss"] is None:
            return True
        if self._by is None:
            return _rank(figures) > _rank(best)
        value, before = figures.get(self._by.figure), best.get(self._by.figure)
        return value is not None and (before is None or self._by.sign * (value - before) > 0)

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


def _rank(figures: Figures) -> tuple[float, float]:
    return figures["accuracy"] or 0.0, -(figures["loss"] or 0.0)
