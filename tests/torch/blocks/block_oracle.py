"""What torch itself says of a block: its layer and forward text, executed."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import torch
import torchvision.ops
from torch import nn
from torch.nn import functional

from designer.blocks.dims import Tensor
from designer.blocks.spec import Argument, Call, Layer, Named
from tests.pure.blocks.block_cases import Case

SCOPE = {"nn": nn, "torch": torch, "torchvision": torchvision, "F": functional}
DTYPES = {"float32": torch.float32, "int64": torch.int64, "bool": torch.bool}
# Others have no finite result or gradient for numbers of 0 and below.
POSITIVE = {
    "log",
    "log1p",
    "sqrt",
    "rsqrt",
    "reciprocal",
    "power",
    "pow",
    "divide",
    "lp_pool1d",
    "lp_pool2d",
    "lp_pool3d",
    "vector_norm",  # of a high order: powers of small numbers are 0
}
MOST_NUMBERS = 1 << 22  # of a result that is computed in earnest; an Upsample by 1,000 would fill the memory
# A warning counts as a refusal: torch warns before it forbids, and in our tests every warning is an error.
REFUSALS = (RuntimeError, ValueError, IndexError, TypeError, AssertionError, ZeroDivisionError, UserWarning)


def arguments(count: int) -> tuple[str, ...]:
    """The variables that arrive at a block."""
    return tuple(f"x{i}" for i in range(count))


def layer_text(case: Case) -> str:
    """The line that makes the module; empty where the block has none."""
    if case.block.layer is None:
        return ""
    return spelled(case.block.layer(case.params, case.inputs))


def spelled(value: Argument) -> str:
    """A layer as Python text."""
    if isinstance(value, Named):
        return value.name
    if not isinstance(value, Layer):
        return repr(value)
    words = [spelled(a) for a in value.args] + [f"{k}={spelled(v)}" for k, v in value.kwargs.items()]
    return f"{value.call}({', '.join(words)})"


class Held(nn.Module):
    """A tensor that stands by itself."""

    def __init__(self, tensor: torch.Tensor) -> None:
        super().__init__()
        self.tensor = tensor


def forward_text(case: Case) -> str:
    """The expression of the block's line in forward."""
    args = arguments(len(case.inputs))
    if case.block.forward is None:
        return f"layer({', '.join(args)})"
    return case.block.forward(Call(case.params, case.inputs, "layer", args))


def build(case: Case) -> nn.Module | None:
    """The module that the text makes."""
    text = layer_text(case)
    made = eval(text, dict(SCOPE)) if text else None
    return Held(made) if isinstance(made, torch.Tensor) else made


def listed(result: Any) -> tuple[torch.Tensor, ...]:
    """All results of a block."""
    found = tuple(result) if isinstance(result, tuple | list) else (result,)
    assert all(isinstance(tensor, torch.Tensor) for tensor in found)
    return found


def evaluator(case: Case) -> Callable[[nn.Module | None, list[torch.Tensor]], Any]:
    """A function that runs the forward text; it gives a tensor, or several."""
    code = compile(forward_text(case), "<forward>", "eval")
    names = arguments(len(case.inputs))

    def run(layer: nn.Module | None, tensors: list[torch.Tensor]) -> Any:
        reached = layer.tensor if isinstance(layer, Held) else layer
        scope: dict[str, Any] = {**SCOPE, "layer": reached, **dict(zip(names, tensors, strict=True))}
        with warnings.catch_warnings():
            # Said once of the first even kernel with padding 'same'; it costs a copy and changes nothing.
            warnings.filterwarnings("ignore", message="Using padding='same' with even kernel")
            # Said once, too, where whole numbers meet weights.
            warnings.filterwarnings("ignore", message="Mismatch dtype between input and weight")
            result = eval(code, scope)
        assert len(listed(result)) == len(case.block.outputs_for(case.params))
        return result

    return run


def filled(x: Tensor, case: Case) -> torch.Tensor:
    """A tensor of that shape with fitting numbers."""
    dims = tuple(int(d) for d in x.dims)  # type: ignore[arg-type]
    if x.dtype == "float32":
        return torch.rand(dims) + 0.5 if case.block.type in POSITIVE else torch.randn(dims)
    most = case.params.whole("num_embeddings") if "num_embeddings" in case.params else 2
    return torch.randint(0, most, dims).to(DTYPES[x.dtype])


def run_training(case: Case, layer: nn.Module | None, tensors: list[torch.Tensor]) -> Any:
    """One forward in training mode; a norm that cannot train on a single number is run as it is after training."""
    run = evaluator(case)
    try:
        return run(layer, tensors)
    except ValueError as error:
        if layer is None or "more than 1 value per channel" not in str(error):
            raise
        return run(layer.eval(), tensors)


def is_huge(outputs: Sequence[Tensor]) -> bool:
    """Whether results are too large to compute them here."""
    return sum(math.prod(int(d) for d in x.dims) for x in outputs) > MOST_NUMBERS  # type: ignore[arg-type]


def verdict(case: Case) -> tuple[Tensor, ...] | None:
    """The outputs that torch computes on the meta device and on the CPU alike; None when either refuses.

    Huge ones are not computed: of those the meta device alone knows the shapes.
    """
    answers: list[tuple[Tensor, ...]] = []
    for device in ("meta", "cpu"):
        if answers and is_huge(answers[0]):
            return answers[0]
        try:
            with torch.device(device):
                layer, tensors = build(case), [filled(x, case).to(device) for x in case.inputs]
                if layer and device == "meta" and case.params.get("momentum", 0.1) is None:
                    layer.eval()  # a plain running average reads a number, which meta has not
                outs = listed(run_training(case, layer, tensors))
        except REFUSALS:
            return None
        answers.append(tuple(Tensor(tuple(out.shape), str(out.dtype).removeprefix("torch.")) for out in outs))
    assert answers[0] == answers[1], f"meta and CPU disagree: {answers}"
    return answers[0]
