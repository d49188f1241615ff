"""What was found in a step that went wrong, as a sentence: which block, when, why, and what to do. No torch calls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from designer.train.health.step import BlockRow, Cause, Range, Sample

if TYPE_CHECKING:
    from designer.train.health.retrace import Trace

__all__ = ["sentence_of"]

_LARGE = 1e4
_NEEDS_POSITIVE = {"log", "log2", "log10", "sqrt", "rsqrt", "log_", "sqrt_", "log1p", "pow", "div", "truediv",
                   "__rtruediv__", "__truediv__", "reciprocal"}  # fmt: skip
_CALM = "Lower the learning rate, clip the gradients, or add a normalisation before it."


def sentence_of(
    when: str,
    trace: Trace,
    samples: Sequence[Sample],
    poisoned: Sequence[str],
    stepped: Sequence[str],
    bad_data: bool,
) -> tuple[Cause, str | None, str]:
    """The cause, the block and the sentence.

    ``when`` says which batch it was. ``poisoned`` are the weights that were no numbers when the run stopped,
    ``stepped`` those whose gradients were none in the last step.
    """
    if bad_data:
        return "data", None, _of_data(samples, when)
    if trace.forward is not None:
        row = trace.row(trace.forward)
        assert row is not None and row.output is not None
        return "forward", trace.forward, f"{trace.forward} gave the first {_what(row.output)} in {when}{_why(row)}"
    if trace.backward is not None:
        row = trace.row(trace.backward)
        assert row is not None
        return "backward", trace.backward, _of_gradient(row, when)
    if _none(trace.loss):
        last = next((row for row in reversed(trace.rows) if row.output is not None), None)
        reach = f": the answers of {last.block} reach {_number(last.output)}" if last and last.output else ""
        return "loss", last.block if last else None, f"The loss became NaN or infinite in {when}{reach}. {_CALM}"
    if stepped:
        block = _last_block(trace, stepped)
        return "backward", block, f"The gradient of {block} became NaN or infinite in {when}. {_CALM}"
    if poisoned:
        block = _last_block(trace, poisoned)
        row = trace.row(block)
        reach = f": they had reached {_number(row.weights)}" if row is not None and row.weights is not None else ""
        return "update", block, (
            f"The step of {when} made the weights of {block} NaN or infinite{reach}. Lower the learning rate."
        )  # fmt: skip
    return (
        "unknown",
        None,
        (
            f"The loss became NaN or infinite in {when}; done again, the same step gave numbers. Lower the learning "
            "rate, or look at the data of that batch."
        ),
    )


def _of_data(samples: Sequence[Sample], when: str) -> str:
    bad = [sample.name for sample in samples if sample.bad]
    more = f" and {len(bad) - 1} more hold" if len(bad) > 1 else " holds"
    return (
        f"The data of {when} are no numbers: {bad[0] if bad else 'a sample'}{more} NaN or infinity. Correct "
        "these samples or leave them out."
    )


def _of_gradient(row: BlockRow, when: str) -> str:
    inputs = f": its inputs lie from {row.inputs.low:.3g} to {row.inputs.high:.3g}" if row.inputs else ""
    what = next((_what(r) for r in (row.gradient_out, row.weight_gradients) if r and not r.finite), "infinite value")
    advice = "Keep its inputs away from 0, or clip the gradients."
    if row.inputs is not None and row.inputs.largest > _LARGE:
        advice = _CALM
    return f"{row.block} gave the first {what} on the way back, as a gradient, in {when}{inputs}. {advice}"


def _why(row: BlockRow) -> str:
    """The inputs of a block that gave no number, and what to do."""
    by = f", in {row.function}" if row.function else ""
    if row.weights is not None and not row.weights.finite:
        return f"{by}: its weights are no numbers. Start again from good weights, with a lower learning rate."
    inputs = row.inputs
    if inputs is None or not inputs.count:
        return f"{by}. {_CALM}"
    if row.function in _NEEDS_POSITIVE and inputs.low <= 0:
        place = "reach" if inputs.low == 0 else "go down to"
        return f"{by}: its inputs {place} {inputs.low:.3g}. Keep them above 0, for example by adding a small number."
    return f"{by}: its inputs reach {inputs.largest:.3g}. {_CALM}"


def _what(found: Range) -> str:
    return "infinite value" if found.infinite else "NaN"


def _number(found: Range) -> str:
    return f"{found.largest:.3g}"


def _none(loss: float) -> bool:
    return loss != loss or loss in (float("inf"), float("-inf"))


def _last_block(trace: Trace, weights: Sequence[str]) -> str:
    """Of the blocks of some weights the last one of the network, which is the first on the way back."""
    found = [row.block for row in trace.rows if any(name.startswith(f"{row.block}.") for name in weights)]
    return found[-1] if found else weights[-1].rpartition(".")[0] or weights[-1]
