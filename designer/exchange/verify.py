"""Export, run what was written in its own engine on real samples, compare, and only then put it in place."""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import nn

from designer import __version__
from designer.codegen.program import Program
from designer.data.open import Data
from designer.data.source import Progress, nothing
from designer.data.spec import Normalisation
from designer.errors import ExportError, LayerloomError
from designer.exchange.atomic import beside, check_target, replace_with, write_text
from designer.exchange.engine import first_line, run_module
from designer.exchange.format import Bundle, Format, Inputs, Outputs, format_named
from designer.exchange.weights import load_weights

__all__ = ["BATCH_SIZES", "TOLERANCE", "Report", "export_and_verify", "validation_samples"]

TOLERANCE = 1e-4
"""Largest difference allowed where another engine computes, as a part of the largest output (at least 0.1)."""

BATCH_SIZES = (1, 2, 7, 32, 64, 128)
"""The samples are run in batches of these sizes, again and again, so that a fixed batch cannot hide."""


@dataclass(frozen=True)
class Report:
    """How an export compares with the trained network.

    Differences are of the raw outputs (logits). ``agree`` is the part of samples whose largest logit is the
    same one; None for a network that does not classify. ``samples`` is how many were compared.
    """

    format: str
    title: str
    path: str
    samples: int
    batch_sizes: tuple[int, ...]
    max_abs_diff: float
    mean_abs_diff: float
    tolerance: float
    agree: float | None
    size_bytes: int
    seconds: float
    layerloom_version: str = __version__

    def to_dict(self) -> dict[str, object]:
        """Plain data for events and JSON."""
        return asdict(self)

    @property
    def sentence(self) -> str:
        """What was checked and what came out."""
        same = f", the same class for {self.agree:.1%}" if self.agree is not None else ""
        return (
            f"{self.title}: equal on {self.samples:,} samples in batches of {min(self.batch_sizes)} to "
            f"{max(self.batch_sizes)}, largest difference {self.max_abs_diff:.2g} "
            f"(allowed: {self.tolerance:.2g}){same}."
        )


def validation_samples(data: Data, count: int = 256) -> torch.Tensor:
    """``count`` validation samples, spread evenly (all, if there are fewer), normalised: [n, *sample_dims]."""
    total = len(data.validation)
    rows = torch.linspace(0, total - 1, min(count, total)).round().to(torch.int64)
    return data.validation.batch(rows)[0]


def export_and_verify(
    module: nn.Module,
    program: Program,
    weights: Mapping[str, torch.Tensor] | Path | None,
    data_samples: torch.Tensor | Sequence[torch.Tensor],
    fmt: Format | str,
    out: Path,
    *,
    classes: Sequence[str] = (),
    normalisation: Normalisation | None = None,
    progress: Progress | None = None,
) -> Report:
    """Write ``module`` to ``out`` in format ``fmt`` and prove that the file computes the same.

    ``weights`` are loaded first when given. ``data_samples`` are real inputs, normalised: one tensor [N, ...]
    per input. ``classes`` and ``normalisation`` go into the file for those who use it; without ``classes``
    the labels of the first output are taken. The caller's module is not changed.

    The file is made and run beside ``out`` and moved there only when it is equal: a failure leaves nothing
    behind and keeps the old file. A report is saved as ``out`` + ".report.json".
    Raises ExportError; ProjectError when the weights do not fit.
    """
    progress = progress or nothing
    fmt = format_named(fmt) if isinstance(fmt, str) else fmt
    assert fmt.write is not None and fmt.run is not None
    started = time.perf_counter()
    out = Path(out)
    check_target(out, fmt.folder, weights if isinstance(weights, Path) else None)
    samples = _samples(data_samples)
    ready = copy.deepcopy(module).cpu()
    if weights is not None:
        load_weights(ready, weights)
    ready.eval()
    batches = _batches(samples)
    bundle = _bundle(ready, program, samples, classes, normalisation)

    progress(0.1, "Running the network")
    expected = run_module(ready, batches)
    if not all(bool(torch.isfinite(t).all()) for outputs in expected for t in outputs if t.is_floating_point()):
        raise ExportError(
            "The network's own outputs are not finite (NaN or infinity), so an export cannot be compared. "
            "Train it again with a lower learning rate."
        )
    with beside(out, fmt.suffix) as part:
        progress(0.3, f"Writing {fmt.title}")
        with _in_our_words(fmt, out):
            fmt.write(bundle, part)
        progress(0.6, f"Checking {fmt.title}")
        with _in_our_words(fmt, out):
            found = fmt.run(bundle, part, batches)
        report = _compare(fmt, out, part, expected, found, started, bool(bundle.classes) or _classifies(program))
        try:
            replace_with(part, out)
        except OSError as error:
            raise ExportError(f"The export cannot be saved as {out}: {error.strerror}.") from error
    write_text(
        out.with_name(f"{out.name}.report.json"), json.dumps(report.to_dict(), indent=2, ensure_ascii=False) + "\n"
    )
    progress(1.0, report.sentence)
    return report


@contextmanager
def _in_our_words(fmt: Format, out: Path) -> Iterator[None]:
    """Foreign exporters and engines raise anything; all of it becomes an ExportError of one sentence or two."""
    try:
        yield
    except LayerloomError:
        raise
    except OSError as error:
        raise ExportError(f"The export cannot be saved beside {out}: {error.strerror or error}.") from error
    except Exception as error:
        raise ExportError(
            f"The network cannot be exported as {fmt.title}: {first_line(error)} "
            "Try another format, or change the block it speaks of."
        ) from error


def _samples(given: torch.Tensor | Sequence[torch.Tensor]) -> Inputs:
    found = (given,) if isinstance(given, torch.Tensor) else tuple(given)
    counts = {len(tensor) for tensor in found}
    if len(counts) != 1 or 0 in counts:
        raise ExportError("At least one sample is needed to check an export, the same number for every input.")
    return tuple(tensor.detach().cpu() for tensor in found)


def _batches(samples: Inputs) -> list[Inputs]:
    batches: list[Inputs] = []
    start, total = 0, len(samples[0])
    while start < total:
        size = BATCH_SIZES[len(batches) % len(BATCH_SIZES)]
        batches.append(tuple(tensor[start : start + size].contiguous() for tensor in samples))
        start += size
    return batches


def _bundle(
    module: nn.Module,
    program: Program,
    samples: Inputs,
    classes: Sequence[str],
    normalisation: Normalisation | None,
) -> Bundle:
    # Zeros, because a .pt2 keeps its example and nobody's pictures belong in there; two of them, because an
    # exporter takes a size of one for a constant.
    example = tuple(tensor.new_zeros((2, *tensor.shape[1:])) for tensor in samples)
    labels = program.main.labels if program.main is not None else ()
    return Bundle(module, program, example, tuple(classes) or labels, normalisation)


def _classifies(program: Program) -> bool:
    return program.main is not None and program.main.kind == "classification"


def _compare(
    fmt: Format,
    out: Path,
    part: Path,
    expected: Sequence[Outputs],
    found: Sequence[Outputs],
    started: float,
    classifies: bool,
) -> Report:
    """Measure the differences. Raises ExportError when they are too large."""
    largest = total = scale = 0.0
    numbers = same = samples = 0
    for want, got in zip(expected, found, strict=True):
        if [tuple(t.shape) for t in want] != [tuple(t.shape) for t in got]:
            raise ExportError(
                f"{fmt.title} gives outputs of another shape: expected {[tuple(t.shape) for t in want]}, "
                f"got {[tuple(t.shape) for t in got]} for a batch of {len(want[0])}. It was not saved."
            )
        for a, b in zip(want, got, strict=True):
            difference = (a.double() - b.double()).abs()
            if not bool(torch.isfinite(difference).all()):
                raise ExportError(f"{fmt.title} gives values that are not finite where the network does not.")
            largest = max(largest, float(difference.max()))
            total += float(difference.sum())
            numbers += difference.numel()
            scale = max(scale, float(a.double().abs().max()))
        samples += len(want[0])
        if classifies and want[0].ndim >= 2:
            same += int((want[0].argmax(1) == got[0].argmax(1)).sum())
    tolerance = 0.0 if fmt.exact else TOLERANCE * max(scale, 0.1)
    if largest > tolerance:
        raise ExportError(
            f"{fmt.title} does not compute what the network does: outputs differ by {largest:.3g} "
            f"(allowed: {tolerance:.3g}) on {samples} samples. It was not saved."
        )
    files = [part] if part.is_file() else [path for path in part.rglob("*") if path.is_file()]
    votes = sum(want[0].numel() // want[0].shape[1] for want in expected) if expected[0][0].ndim >= 2 else 0
    return Report(
        format=fmt.name,
        title=fmt.title,
        path=str(out),
        samples=samples,
        batch_sizes=tuple(sorted({len(want[0]) for want in expected})),
        max_abs_diff=largest,
        mean_abs_diff=total / max(1, numbers),
        tolerance=tolerance,
        agree=same / votes if classifies and votes else None,
        size_bytes=sum(path.stat().st_size for path in files),
        seconds=round(time.perf_counter() - started, 3),
    )
