"""Do one training step again and look at every block: what came in, what went out, and so for the gradients."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import torch

from designer.train.health.listening import Call, Listening, Whose, owner_of
from designer.train.health.step import BlockRow, Range

__all__ = ["Trace", "range_of", "retrace"]


@dataclass
class _Seen:
    inputs: Range | None = None
    output: Range | None = None
    function: str = ""
    arriving: Range | None = None
    leaving: Range | None = None
    bad_samples: torch.Tensor | None = None


@dataclass
class Trace:
    """What was seen. ``forward`` and ``backward`` are the blocks that made the first number that is none."""

    loss: float = 0.0
    rows: list[BlockRow] = field(default_factory=list)
    forward: str | None = None
    backward: str | None = None
    bad_samples: list[int] = field(default_factory=list)  # positions in the batch, by the first bad output

    def row(self, block: str | None) -> BlockRow | None:
        """What was seen of a block."""
        return next((row for row in self.rows if row.block == block), None)


def retrace(module: torch.nn.Module, compute: Callable[[], torch.Tensor], whose: Whose, backward: bool = True) -> Trace:
    """Run ``compute``, which gives the loss, and its ``backward`` pass. Gradients of the module are replaced."""
    seen: dict[str, _Seen] = {}
    nodes: dict[torch.autograd.graph.Node, str | None] = {}
    trace = Trace()

    def called(call: Call) -> None:
        about = seen.setdefault(call.block, _Seen())
        if about.inputs is None:
            fed = [t for t in call.inputs if not isinstance(t, torch.nn.Parameter)]
            about.inputs = range_of(fed)
        if not about.function and not _finite((call.result,)):
            about.function = call.function
        _assign(nodes, call.result.grad_fn, call.block)

    def heard(block: str, output: torch.Tensor) -> None:
        about = seen.setdefault(block, _Seen())
        about.output = range_of((output,))
        if not about.output.finite and trace.forward is None:
            trace.forward = block
            about.bad_samples = (
                ~torch.isfinite(output.detach()).reshape(len(output), -1).all(1) if output.dim() else None
            )

    module.zero_grad(set_to_none=True)
    with torch.set_grad_enabled(backward), Listening(whose, heard, called):
        loss = compute()
    trace.loss = float(loss.detach())
    _assign(nodes, loss.grad_fn, None)
    if loss.requires_grad:
        _backward(loss, nodes, seen, trace)
    trace.rows = _rows(module, seen)
    first = seen[trace.forward].bad_samples if trace.forward is not None else None
    if first is not None:
        trace.bad_samples = [int(place) for place in first.nonzero().reshape(-1)]
    return trace


def range_of(tensors: Iterable[torch.Tensor]) -> Range:
    """What lies in these tensors."""
    low, high, nan, infinite, count = float("inf"), float("-inf"), 0, 0, 0
    for tensor in tensors:
        values = tensor.detach()
        if not values.numel() or not values.is_floating_point():
            continue
        good = torch.isfinite(values)
        nan += int(torch.isnan(values).sum())
        infinite += int(torch.isinf(values).sum())
        count += values.numel()
        if bool(good.any()):
            numbers = values if bool(good.all()) else values[good]
            low, high = min(low, float(numbers.min())), max(high, float(numbers.max()))
    if low > high:
        low = high = 0.0
    return Range(low=low, high=high, nan=nan, infinite=infinite, count=count)


def _assign(
    nodes: dict[torch.autograd.graph.Node, str | None], last: torch.autograd.graph.Node | None, block: str | None
) -> None:
    """Note whose the steps of the backward pass are, from the last one of a call to those that are known."""
    waiting = [last]
    while waiting:
        node = waiting.pop()
        if node is None or node in nodes or node.name().endswith("AccumulateGrad"):
            continue
        nodes[node] = block
        waiting.extend(following for following, _ in node.next_functions)


def _backward(
    loss: torch.Tensor,
    nodes: dict[torch.autograd.graph.Node, str | None],
    seen: dict[str, _Seen],
    trace: Trace,
) -> None:
    """The backward pass, with an ear at each of its steps."""
    first: list[str | None] = []

    def listen(node: torch.autograd.graph.Node, block: str | None) -> None:
        def hear(leaving: tuple[torch.Tensor | None, ...], arriving: tuple[torch.Tensor | None, ...]) -> None:
            came, went = [t for t in arriving if t is not None], [t for t in leaving if t is not None]
            if not first and _finite(came) and not _finite(went):
                first.append(block)
            if block is not None:
                about = seen.setdefault(block, _Seen())
                about.arriving = about.arriving or range_of(came)
                about.leaving = _joined(about.leaving, range_of(_outward(node, block, nodes, leaving)))

        handles.append(node.register_hook(hear))

    handles: list[torch.utils.hooks.RemovableHandle] = []
    for node, block in nodes.items():
        listen(node, block)
    try:
        loss.backward()  # type: ignore[no-untyped-call]
    finally:
        for handle in handles:
            handle.remove()
    trace.backward = next((block for block in first if block is not None), None)


def _outward(
    node: torch.autograd.graph.Node,
    block: str,
    nodes: Mapping[torch.autograd.graph.Node, str | None],
    leaving: Sequence[torch.Tensor | None],
) -> list[torch.Tensor]:
    """The gradients that go to other blocks, and not to further steps or to weights of the same."""
    found = []
    for (following, _), gradient in zip(node.next_functions, leaving, strict=False):
        if gradient is not None and following is not None and nodes.get(following, block) != block:
            found.append(gradient)
    return found


def _joined(one: Range | None, other: Range) -> Range | None:
    """The range of both; None for nothing."""
    if one is None or not other.count:
        return one if not other.count else other
    return Range(
        low=min(one.low, other.low), high=max(one.high, other.high), nan=one.nan + other.nan,
        infinite=one.infinite + other.infinite, count=one.count + other.count,
    )  # fmt: skip


def _finite(tensors: Iterable[torch.Tensor]) -> bool:
    return all(bool(torch.isfinite(tensor.detach()).all()) for tensor in tensors)


def _rows(module: torch.nn.Module, seen: dict[str, _Seen]) -> list[BlockRow]:
    weights: dict[str, list[torch.nn.Parameter]] = {}
    for name, weight in module.named_parameters():
        weights.setdefault(owner_of(name, seen), []).append(weight)
    rows = []
    for block in [*seen, *(block for block in weights if block not in seen)]:
        about, own = seen.get(block, _Seen()), weights.get(block, [])
        gradients = [weight.grad for weight in own if weight.grad is not None]
        rows.append(
            BlockRow(
                block=block,
                function=about.function,
                inputs=about.inputs,
                output=about.output,
                gradient_in=about.arriving,
                gradient_out=about.leaving,
                weights=range_of(own) if own else None,
                weight_gradients=range_of(gradients) if gradients else None,
            )
        )
    return rows
