"""Runs the checks one by one, each on copies, and leaves every random generator as it was."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace

import torch

from designer.errors import LayerloomError, UsageError
from designer.train import randomness
from designer.train.device import choose
from designer.train.failures import memory_error, out_of_memory
from designer.train.preflight.case import Case
from designer.train.preflight.declare import Check, checks
from designer.train.preflight.finding import Finding, Line

__all__ = ["preflight", "untouched"]


def preflight(case: Case, only: Collection[str] = ()) -> Iterator[Line]:
    """A line for each check, as soon as it is known; ``only`` names those that are asked for.

    The case's network, its data and the random generators of this process are afterwards as they were before. What
    ``case.heard`` raises comes through; everything else that a check raises becomes its own red line. Raises
    UsageError for a check that there is not.
    """
    unknown = sorted(set(only) - {one.name for one in checks()})
    if unknown:
        names = ", ".join(one.name for one in checks())
        raise UsageError(f"There is no check called {unknown[0]!r}. Choose among {names}.")
    found: dict[str, Line] = {}
    for one in checks():
        if only and one.name not in only:
            continue
        case.heard()
        began = time.perf_counter()
        finding = _looked_at(one, case, found)
        line = found[one.name] = Line(one.name, one.title, finding, time.perf_counter() - began)
        yield line


def _looked_at(one: Check, case: Case, found: dict[str, Line]) -> Finding:
    red = [found[name].title for name in one.needs if name in found and found[name].finding.verdict == "bad"]
    if red:
        return Finding("none", f"Not looked at. First solve “{red[0]}”.")
    case.begin(one.seconds)
    with untouched(case):
        finding = _run(one, case)
    causes = [found[n].title for n in one.causes if n in found and found[n].finding.verdict in ("bad", "warning")]
    if causes and finding.verdict in ("bad", "warning"):
        return replace(finding, verdict="none", text=f"{finding.text} This may well follow from “{causes[0]}”.")
    return finding


def _run(one: Check, case: Case) -> Finding:
    try:
        return one.run(case)
    except LayerloomError as error:
        return Finding("bad", error.message)
    except Exception as error:  # noqa: BLE001  (whatever a network or a file can do: the other lines are still wanted)
        if out_of_memory(error):
            return Finding("bad", memory_error(str(case.device), case.spec.batch_size).message)
        text = str(error).strip().splitlines()
        return Finding("bad", f"This could not be checked: {type(error).__name__}: {text[0] if text else 'no message'}")


@contextmanager
def untouched(case: Case) -> Iterator[None]:
    """Every random generator, and the number of threads, as they were; the memory of a device is given back."""
    try:
        device = torch.device(choose(case.spec.device).name)
    except LayerloomError:  # said by the checks themselves
        device = torch.device("cpu")
    tensors, numbers = randomness.state(device)
    threads = torch.get_num_threads()
    if case.spec.threads:
        torch.set_num_threads(case.spec.threads)
    try:
        randomness.seed_all(case.spec.seed)
        yield
    finally:
        randomness.restore(tensors, numbers, device)
        torch.set_num_threads(threads)
        if device.type == "cuda":
            torch.cuda.empty_cache()
