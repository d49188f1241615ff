"""Is the learning rate near the one that a range test suggests?"""

from __future__ import annotations

from designer.train.preflight.case import Case
from designer.train.preflight.declare import check
from designer.train.preflight.finding import Finding, Repair
from designer.train.range_test import HIGHEST, LOWEST, POINTS, range_test
from designer.train.rate_curve import RateCurve, Suggestion, rate_words
from designer.train.softening import training_objective

__all__: list[str] = []

_SECONDS, _FEWEST = 6.0, 40
_BRISK = 1e-5  # where the test of a slow network begins: there is no time for rates that move nothing
_HIGH, _LOW = 10.0, 100.0  # times above and below the suggestion


@check("rate", "Learning rate", 90, seconds=_SECONDS, needs=("labels", "norms", "memory", "gradients"),
       causes=("inputs", "outputs", "one_batch"))  # fmt: skip
def rate(case: Case) -> Finding:
    """A range test: near its suggestion, and well below where the loss soars."""
    spec, forecast = case.spec, case.forecast
    if forecast.iteration is not None and forecast.iteration * _FEWEST > _SECONDS:
        size = max(2, int(forecast.batch * _SECONDS / (forecast.iteration * _FEWEST)))
        spec = spec.model_copy(update={"batch_size": size})
    trial, curve, points = case.trial(epoch=1), RateCurve(), POINTS
    objective = training_objective(case.objective, case.outputs, case.data, spec, case.device)
    for point in range_test(
        trial.module, trial.learning, objective, case.data, spec, curve,
        lowest=_BRISK if forecast.iteration is not None and forecast.iteration * POINTS > _SECONDS else LOWEST,
        highest=max(HIGHEST, 3 * case.spec.learning_rate),
        seconds=_SECONDS, heard=case.heard, blame=case.blame,
    ):  # fmt: skip
        points = point.points
        case.tell({"type": "rate", "number": point.number, "rate": point.rate, "loss": point.loss})
    smaller = spec.batch_size != case.spec.batch_size
    finding = _told(case.spec.learning_rate, curve.suggestion(), smaller or points < POINTS)
    if smaller and finding.verdict != "none":
        return Finding(finding.verdict, f"{finding.text} Measured with batches of {spec.batch_size}.", finding.repair,
                       figures=finding.figures)  # fmt: skip
    return finding


def _told(chosen: float, found: Suggestion, short: bool) -> Finding:
    figures = found.to_dict()
    soared = f"; at {rate_words(found.diverged)} the loss soared" if found.diverged is not None else ""
    if found.rate is None:
        text = f"The loss falls at no rate that was tried{soared}."
        if found.diverged is not None and chosen >= found.diverged:
            return Finding("bad", text, figures=figures)
        if short:
            text = f"In {_SECONDS:g} s there was no time to see at which rate the loss falls{soared}."
            return Finding("none", f"{text} Measure longer, or run `layerloom rates`.", figures=figures)
        return Finding("warning", text, figures=figures)
    told = f"{rate_words(chosen)} is chosen, {rate_words(found.rate)} is suggested{soared}."
    repair = Repair("train", "learning_rate", f"Use {rate_words(found.rate)}", found.rate)
    if found.diverged is not None and chosen >= found.diverged:
        return Finding("bad", f"{told} The run would fail.", repair, figures=figures)
    if chosen > _HIGH * found.rate:
        return Finding("warning", f"{told} That is high: the loss may jump.", repair, figures=figures)
    if chosen < found.rate / _LOW:
        return Finding("warning", f"{told} That is low: it will take long.", repair, figures=figures)
    return Finding("good", told, figures=figures)
