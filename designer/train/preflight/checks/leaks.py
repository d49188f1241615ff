"""Are pictures that are validated on among those that are learned, too?"""

from __future__ import annotations

import time

import numpy as np

from designer.data.dividing import Division, divide
from designer.data.fitting import Rows
from designer.data.source import Loaded, source_for
from designer.data.twins import Twins, find_twins
from designer.train.preflight.case import Case
from designer.train.preflight.declare import check
from designer.train.preflight.finding import Finding, Repair

__all__: list[str] = []

_FIRST = 400  # samples that tell how long the others will take
_SHARE = 0.01  # of the validation samples: from here on a leak is red


@check("leaks", "Leaks between the splits", 80, seconds=4.0)
def leaks(case: Case) -> Finding:
    """No identical, and no nearly identical, samples on both sides."""
    if case.source is None:
        return Finding("none", "Where the data come from is not known.")
    if not len(case.data.validation):
        return Finding("none", "There are no validation samples to compare with.")
    loaded = source_for(case.source).open(case.source, lambda fraction, text: case.heard())
    division = divide(case.source, loaded, lambda fraction, text: case.heard())
    twins, looked, whole = _compared(case, loaded, division)
    listed = "; ".join(f"{twin.validation} = {twin.training}" for twin in twins.listed[:3])
    near = twins.near or 0
    leaking = twins.same + near
    figures = {"same": twins.same, "near": near, "looked_at": looked, "whole": whole}
    among = "" if whole else f" among the {looked:,} samples that there was time for"
    if not leaking:
        return Finding("good", f"No sample is on both sides of the split{among}.", figures=figures)
    said = []
    if twins.same:
        said.append(f"{twins.same:,} validation samples are among those for training as well")
    if near:
        said.append(f"{near:,} look like one for training")
    many = leaking >= max(2, _SHARE * min(looked, len(division.held)))
    repair = None
    if twins.same and loaded.held_out is None and case.source.split != "content" and not case.source.group:
        repair = Repair("data", "split", "Split by content", "content")
    text = f"{' and '.join(said)}{among} ({listed}): the figures will look better than they are."
    return Finding("bad" if many else "warning", f"{text[0].upper()}{text[1:]}", repair, figures=figures)


def _compared(case: Case, loaded: Loaded, division: Division) -> tuple[Twins, int, bool]:
    """What was found, among how many samples, and whether those are all; a first part tells how many there is time for.

    Raises what ``case.heard`` raises.
    """
    whole = len(division.train) + len(division.held)
    part = _part(division, _FIRST)
    began = time.perf_counter()
    found = find_twins(loaded, part, lambda fraction, text: case.heard())
    looked = len(part.train) + len(part.held)
    if looked == whole:
        return found, looked, True
    most = int(looked * case.left() / max(time.perf_counter() - began, 1e-6) * 0.8)
    if most <= looked:
        return found, looked, False
    part = _part(division, most)
    looked = len(part.train) + len(part.held)
    return find_twins(loaded, part, lambda fraction, text: case.heard()), looked, looked == whole


def _part(division: Division, most: int) -> Division:
    """Samples of both sides, evenly picked: of the smaller side as many as there are, up to half."""
    if len(division.train) + len(division.held) <= most:
        return division
    held = min(len(division.held), max(1, most // 2))
    return division._replace(train=_picked(division.train, most - held), held=_picked(division.held, held))


def _picked(rows: Rows, most: int) -> Rows:
    if len(rows) <= most:
        return rows
    picked: Rows = rows[np.linspace(0, len(rows) - 1, most).astype(np.int64)]
    return picked
