"""What is looked at before a training: the checks, and the learning-rate range test."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, cast

from designer.codegen.module import block_of, build
from designer.data.open import Data, check_classes, open_data
from designer.errors import DataError, TrainError
from designer.exchange.weights import load_weights
from designer.jobs.specs import PreflightJob, RangeTestJob
from designer.jobs.tasks.common import input_dims, what_learns
from designer.jobs.tasks.probe import activations_of, at_sample
from designer.jobs.work import Job
from designer.train.parts import LOSSES
from designer.train.preflight.case import Case
from designer.train.preflight.declare import checks
from designer.train.preflight.finding import Finding, Line, summary
from designer.train.preflight.runner import preflight, untouched
from designer.train.range_test import RatePoint, range_test
from designer.train.rate_curve import RateCurve
from designer.train.softening import training_objective

__all__ = ["check_training", "test_rates"]

Event = Mapping[str, Any]


def check_training(job: Job) -> Iterator[Event]:
    """Yields `checks` (what will be looked at), `check` for each line, `rate` for points of the range test, `result`.

    Data that cannot be read are a red line like any other.
    """
    spec = cast(PreflightJob, job.spec)
    wanted = [one for one in checks() if not spec.checks or one.name in spec.checks]
    yield {"type": "checks", "checks": [{"name": one.name, "title": one.title} for one in wanted]}
    lines: list[Line] = []
    try:
        case = _case(job, spec)
    except DataError as error:
        lines.append(Line("data", "Data", Finding("bad", error.message), 0.0))
        yield {"type": "check", **lines[-1].to_dict()}
    else:
        for line in preflight(case, spec.checks):
            lines.append(line)
            yield {"type": "check", **line.to_dict()}
    red = any(line.finding.verdict == "bad" for line in lines)
    plain = [line.to_dict() for line in lines]
    yield job.folder.keep_result({"passed": not red, "summary": summary(lines), "lines": plain})


def test_rates(job: Job) -> Iterator[Event]:
    """Yields `rate` for each point, then `result`: the suggestion, and all points with their smoothed losses."""
    spec = cast(RangeTestJob, job.spec)
    case = _case(job, spec)
    if case.misfit:
        raise DataError(case.misfit)
    curve = RateCurve()
    with untouched(case):
        for point in _points(case, spec, curve):
            yield {"type": "rate", "number": point.number, "rate": point.rate, "loss": point.loss}
            job.progress(point.number / point.points, "Trying learning rates")
    job.progress(1.0, "Tried")
    points = [list(row) for row in zip(curve.rates, curve.losses, curve.smooth(), strict=True)]
    yield job.folder.keep_result({**curve.suggestion().to_dict(), "points": points})


def _points(case: Case, spec: RangeTestJob, curve: RateCurve) -> Iterator[RatePoint]:
    trial = case.trial(epoch=1)
    objective = training_objective(case.objective, case.outputs, case.data, spec.train, case.device)
    return range_test(
        trial.module,
        trial.learning,
        objective,
        case.data,
        spec.train,
        curve,
        lowest=spec.lowest,
        highest=spec.highest,
        points=spec.points,
        heard=case.heard,
        blame=case.blame,
    )


def _case(job: Job, spec: PreflightJob | RangeTestJob) -> Case:
    """The training that is planned. Raises DataError, and TrainError for weights that do not fit."""
    program, network = job.program(), job.folder.network()
    assert network is not None  # there is no program without one
    data = open_data(spec.data, input_dims(program), job.progress, normalisation=spec.normalisation)
    misfit = ""
    for output in program.outputs:
        misfit = misfit or _misfit(data, output.classes, output.loss)
    module = build(program, spec.train.seed)
    fresh = not job.folder.initial.exists()
    if not fresh:
        match = load_weights(module, job.folder.initial, partial=True)
        if not match.matched:
            raise TrainError(f"None of the weights fit this network: {match.sentence} Choose others, or start fresh.")
    case = Case(
        module,
        data,
        spec.train,
        program.outputs,
        what_learns(job, spec.train),
        source=spec.data,
        misfit=misfit,
        fresh=fresh,
        heard=lambda: job.progress(None, "Checking"),
        tell=job.tell,
        blame=partial(block_of, program),
    )
    # Counted for what learns, so on a copy that is told so.
    case.activations = activations_of(at_sample(network, data.sample_dims), case.trial().module)
    return case


def _misfit(data: Data, classes: int | None, loss: str) -> str:
    try:
        check_classes(data, classes, LOSSES[loss].target if loss in LOSSES else None)
    except DataError as error:
        return error.message
    return ""
