"""Export, run what was written in its own engine on real samples, compare, and only then put it in place."""

from __future__ import annotations

import copy
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import torch
from torch import nn

from designer.codegen.module import block_of
from designer.codegen.program import Program
from designer.data.augment.spec import Augment
from designer.data.batches import Split
from designer.data.open import Data
from designer.data.source import Progress, nothing
from designer.data.spec import Normalisation
from designer.errors import ExportError, LayerloomError, UsageError
from designer.exchange.atomic import beside, check_target, replace_with
from designer.exchange.comparing import Compared, Judge
from designer.exchange.engine import first_line, run_module
from designer.exchange.format import Bundle, Format, Inputs, Outputs, format_named
from designer.exchange.options import ExportOptions
from designer.exchange.ready import finished, larger_pictures, raw_pictures
from designer.exchange.report import Report, keep_report
from designer.exchange.suspect import block_in_trace
from designer.exchange.timing import latencies
from designer.exchange.weights import load_weights

__all__ = ["BATCH_SIZES", "Report", "export_and_verify", "spread", "validation_pairs", "validation_samples"]

BATCH_SIZES = (1, 2, 7, 32, 64, 128)
"""The samples are run in batches of these sizes, again and again, so that a fixed batch cannot hide."""


def validation_samples(data: Data, count: int = 256) -> torch.Tensor:
    """``count`` validation samples, spread evenly (all, if there are fewer), normalised: [n, *sample_dims]."""
    return validation_pairs(data, count)[0]


def validation_pairs(data: Data, count: int = 256) -> tuple[torch.Tensor, torch.Tensor]:
    """The same samples with the right answers."""
    return spread(data.validation, count)


def spread(split: Split, count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """``count`` samples of a split, spread evenly, with their answers."""
    total = len(split)
    rows = torch.linspace(0, total - 1, min(count, total)).round().to(torch.int64)
    return split.batch(rows)


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
    targets: torch.Tensor | None = None,
    options: ExportOptions | None = None,
    calibration: Inputs = (),
    augment: Sequence[Augment] = (),
) -> Report:
    """Write ``module`` to ``out`` in format ``fmt`` and prove that the file computes the same.

    ``weights`` are loaded first when given. ``data_samples`` are real inputs, normalised: one tensor [N, ...]
    per input. ``classes`` and ``normalisation`` go into the file for those who use it; without ``classes``
    the labels of the main output are taken. ``targets`` are the right classes, for the accuracy before and after;
    ``calibration`` training samples for formats that round; ``augment`` is what was done to
    training samples. The caller's module is not changed.

    The file is made and run beside ``out`` and moved there only when it is equal: a failure leaves nothing
    behind, keeps the old file and names the first block that differs. A report is saved as ``out`` + ".report.json"
    and ".report.md".
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
    bundle = _bundle(ready, program, samples, classes, normalisation, _heeded(fmt, options), calibration)
    bundle = replace(bundle, augment=tuple(augment))
    if fmt.calibrated and not calibration:
        raise ExportError(f"{fmt.title} is calibrated on real samples. Say which data the network was trained on.")
    batches = _batches(samples)
    if bundle.options.open_size:
        batches += larger_pictures(samples)

    progress(0.1, "Running the network")
    logits = _answers(ready, batches, bundle.options.open_size)
    if not all(bool(torch.isfinite(t).all()) for outputs in logits for t in outputs if t.is_floating_point()):
        raise ExportError(
            "The network's own outputs are not finite (NaN or infinity), so an export cannot be compared. "
            "Train it again with a lower learning rate."
        )
    with beside(out, fmt.suffix) as part:
        progress(0.3, f"Writing {fmt.title}")
        with _in_our_words(fmt, out, program):
            fmt.write(bundle, part)
        progress(0.6, f"Checking {fmt.title}")
        with _in_our_words(fmt, out, program):
            fed = [raw_pictures(bundle, batch) for batch in batches]
            found = fmt.run(bundle, part, fed)
            judge = Judge(fmt, bundle, part, batches, fed, bool(bundle.classes) or _classifies(program))
            compared = judge.compare([finished(bundle, outputs) for outputs in logits], found, targets)
            progress(0.9, f"Taking the time of {fmt.title}")
            times = latencies(ready, fmt.opened(bundle, part), batches, fed) if fmt.opened is not None else {}
        report = _report(fmt, out, part, bundle, compared, times, started)
        try:
            replace_with(part, out)
        except OSError as error:
            raise ExportError(f"The export cannot be saved as {out}: {error.strerror}.") from error
    keep_report(report, out)
    progress(1.0, report.sentence)
    return report


def _answers(module: nn.Module, batches: Sequence[Inputs], open_size: bool) -> list[Outputs]:
    try:
        return run_module(module, batches)
    except RuntimeError as error:
        if not open_size:
            raise
        raise ExportError(
            f"The network itself takes pictures of one size only: {first_line(error)} Put a Global average pool before "
            "its head, or switch off “Open picture size”."
        ) from error


@contextmanager
def _in_our_words(fmt: Format, out: Path, program: Program) -> Iterator[None]:
    """Foreign exporters and engines raise anything; all of it becomes an ExportError of one sentence or two."""
    try:
        yield
    except LayerloomError:
        raise
    except OSError as error:
        raise ExportError(f"The export cannot be saved beside {out}: {error.strerror or error}.") from error
    except Exception as error:
        chain = [error, *_causes(error)]
        named = (block_of(program, each) or block_in_trace(program, str(each)) for each in reversed(chain))
        block = next((name for name in named if name is not None), None)
        where = f" at the block {block}" if block is not None else ""
        raise ExportError(
            f"The network cannot be exported as {fmt.title}{where}: {first_line(chain[-1])} "
            "Try another format, or change the block it speaks of."
        ) from error


def _causes(error: BaseException) -> Iterator[BaseException]:
    """What lies behind an error; the last one says it best."""
    while error.__cause__ is not None:
        error = error.__cause__
        yield error


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
    options: ExportOptions,
    calibration: Inputs,
) -> Bundle:
    # Zeros, because a .pt2 keeps its example and nobody's pictures belong in there; two of them, because an
    # exporter takes a size of one for a constant.
    example = tuple(tensor.new_zeros((2, *tensor.shape[1:])) for tensor in samples)
    labels = program.main.labels if program.main is not None else ()
    return Bundle(module, program, example, tuple(classes) or labels, normalisation, options, calibration)


def _classifies(program: Program) -> bool:
    return program.main is not None and program.main.kind == "classification"


def _heeded(fmt: Format, options: ExportOptions | None) -> ExportOptions:
    """Raises UsageError for a choice that the format knows nothing of."""
    chosen = options or ExportOptions()
    for name in chosen.changed():
        if name not in fmt.options:
            title = ExportOptions.model_fields[name].title
            raise UsageError(f"{fmt.title} has no option “{title}”. Switch it off, or choose another format.")
    return chosen


def _report(
    fmt: Format,
    out: Path,
    part: Path,
    bundle: Bundle,
    compared: Compared,
    times: dict[str, dict[str, float]],
    started: float,
) -> Report:
    files = [part] if part.is_file() else [path for path in part.rglob("*") if path.is_file()]
    return Report(
        format=fmt.name,
        title=fmt.title,
        path=str(out),
        samples=compared.samples,
        batch_sizes=compared.batch_sizes,
        max_abs_diff=compared.largest,
        mean_abs_diff=compared.mean,
        tolerance=compared.tolerance,
        agree=compared.agree,
        size_bytes=sum(path.stat().st_size for path in files),
        seconds=round(time.perf_counter() - started, 3),
        accuracy_before=compared.before,
        accuracy_after=compared.after,
        latency=times,
        weights_bytes=sum(tensor.nbytes for tensor in bundle.module.state_dict().values()),
        engine=fmt.engine,
        options=bundle.options.changed(),
        notes=(fmt.deprecated,) if fmt.deprecated else (),
    )
