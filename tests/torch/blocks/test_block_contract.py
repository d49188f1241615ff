"""Every block against torch: the rule and torch's meta device and CPU agree, both where they accept and refuse.

The rule is stricter than torch in a few places, on purpose; ``on_purpose`` lists them with the reason. Nowhere is it
more lenient.
"""

from __future__ import annotations

import ast
import inspect
import json
from dataclasses import replace

import pytest
import torch
from hypothesis import given

from designer.blocks.catalog import catalog
from designer.blocks.dims import Tensor, concrete
from designer.blocks.spec import Block, Layer, Named
from designer.errors import ShapeError
from tests.pure.blocks.block_cases import Case, cases, example_cases, examples
from tests.torch.blocks.block_oracle import (
    SCOPE,
    arguments,
    build,
    filled,
    forward_text,
    is_huge,
    layer_text,
    listed,
    run_training,
    spelled,
    verdict,
)

RULED = {kind: block for kind, block in catalog().items() if not block.measured}
LAYERS = [b for b in RULED.values() if b.role == "layer"]
every_layer = pytest.mark.parametrize("block", LAYERS, ids=[b.type for b in LAYERS])
every_block = pytest.mark.parametrize("block", list(RULED.values()), ids=list(RULED))

MOVES_NUMBERS = {b.type for b in LAYERS if b.group == "Shape"} | {"add", "multiply", "concatenate", "stack", "cast"}
IN_FORWARD = {"causal"}  # implied values of what a layer takes when it is called


def on_purpose(case: Case, error: ShapeError, truth: tuple[Tensor, ...] | None) -> bool:
    """Whether the rule refuses what torch would take, and means it."""
    block, x = case.block, case.inputs[0]
    if error.code == "batch":
        return True  # torch would mix the samples of a batch
    if error.code == "dtype":
        # Whole numbers are names of words or classes. torch computes with them in some layers, on some devices.
        return block.type not in MOVES_NUMBERS
    if error.code == "needs_reshape":
        # torch takes a sample without its batch here; in a drawing the first dimension is always the batch.
        if x.rank + 1 == min(len(s) for _, shapes in block.examples for s in shapes):
            return True
        # torch quietly averages the last two dimensions of anything.
        if block.type in ("adaptive_avg_pool2d", "adaptive_avg_pool3d"):
            return case.params["output_size"] == 1
        if block.type in ("frozen_batch_norm2d", "position_embedding"):
            return True  # torch would broadcast: B×C against C×1×1
        if block.type == "matmul":
            return min(y.rank for y in case.inputs) == 1  # torch would take the batch for a vector
        # It pads the last dimensions of anything, be they channels or the batch.
        return block.type.startswith(("zero_pad", "constant_pad")) or block.type == "pad"
    if error.code == "one_value":
        # torch refuses this for a batch of 1 only, and gives zeros for larger ones.
        # A single number has no spread: torch gives 0 and no slope.
        return block.type in ("var", "std") or (block.type == "group_norm" and verdict(case.with_batch(1)) is None)
    if error.code == "dim":
        # torch would normalise over the batch, too, as long as it never changes.
        return block.type in ("layer_norm", "rms_norm") and case.params.whole("axes") >= x.rank
    if error.code == "padding" and block.type == "pad":
        # With some modes, on some sizes, torch takes negative numbers and crops.
        return min(case.params.ints("pad"), default=0) < 0
    if block.type == "multihead_attention" and error.code == "merge":
        # What lies behind a step of another sequence nobody knows; some of torch's kernels answer all the same.
        return case.params.flag("causal") and x.dims[1] != case.inputs[-1].dims[1]
    if block.type == "dot_product_attention" and error.code == "merge":
        return True  # torch would stretch a batch or a head over all others
    if block.type == "unbind" and error.code == "parts":
        return case.params.whole("count") == 1  # torch's first place would be taken, and the others lost in silence
    if block.type == "repeat" and error.code == "reshape":
        # torch puts the further copies in front of the batch.
        return len(case.params.ints("repeats")) >= x.rank
    # torch makes a tensor without a single number; nothing can be learned from that.
    return error.code in ("window", "reshape") and truth is not None and 0 in truth[0].dims


def rule(case: Case) -> tuple[Tensor, ...] | ShapeError:
    try:
        return case.block.shape(case.params, case.inputs)
    except ShapeError as error:
        return error


@every_layer
def test_rule_equals_torch(block: Block) -> None:
    @examples(20)
    @given(cases(block))
    def check(case: Case) -> None:
        ours, truth = rule(case), verdict(case)
        if isinstance(ours, ShapeError):
            assert truth is None or on_purpose(case, ours, truth), f"refused ({ours}), but torch makes {truth}"
        else:
            assert ours == truth

    check()


@every_layer
def test_unknown_batch_equals_torch_for_every_batch(block: Block) -> None:
    @examples(10)
    @given(cases(block))
    def check(case: Case) -> None:
        ours = rule(case.symbolic())
        runs = {n: case.with_batch(n) for n in (1, 3, 5)}
        if isinstance(ours, ShapeError):
            truths = [verdict(c) for c in runs.values()]
            # B×5 and B×1×5 would give B×B×5: every sample added to every other one. Nobody wants that.
            paired = ours.code == "merge" and "batch in the same place" in ours.expected
            meant = paired or ours.code == "needs_fixed" or on_purpose(case, ours, truths[0])
            assert None in truths or meant, f"refused ({ours}), but torch makes {truths}"
            return
        for n, c in runs.items():
            assert tuple(Tensor(tuple(concrete(d, {"B": n}) for d in x.dims), x.dtype) for x in ours) == verdict(c)

    check()


def fits(case: Case) -> bool:
    return not isinstance(rule(case), ShapeError)


def check_trains(case: Case) -> None:
    """One forward and one backward: all gradients finite, as many learnable numbers as the declaration says."""
    module = build(case)
    tensors = [filled(x, case) for x in case.inputs]
    for tensor in tensors:
        if tensor.is_floating_point():
            tensor.requires_grad_()
    outs = [out for out in listed(run_training(case, module, tensors)) if out.requires_grad]
    if outs:
        torch.stack([out.sum() for out in outs]).sum().backward()
    weights = list(module.parameters()) if module else []
    assert all(w.grad is not None and torch.isfinite(w.grad).all() for w in weights)
    assert all(torch.isfinite(t.grad).all() for t in tensors if t.grad is not None)
    declared = (
        case.block.cost(case.params, case.inputs, case.block.shape(case.params, case.inputs))
        if case.block.cost
        else None
    )
    assert (declared.params if declared else 0) == sum(w.numel() for w in weights)


@every_layer
def test_builds_and_trains(block: Block) -> None:
    for case in example_cases(block):
        check_trains(case)

    @examples(10)
    @given(cases(block))
    def check(case: Case) -> None:
        made = rule(case)
        if not isinstance(made, ShapeError) and not is_huge(made):
            check_trains(case)

    check()


def check_plain(call: ast.expr) -> None:
    """A call of torch's with literal values, names of torch's own, and such calls."""
    assert isinstance(call, ast.Call) and ast.unparse(call.func).startswith(("nn.", "torch.", "torchvision.ops."))
    for value in (*call.args, *(k.value for k in call.keywords)):
        if isinstance(value, ast.Call):
            check_plain(value)
        elif isinstance(value, ast.Attribute):
            assert ast.unparse(value).startswith(("nn.", "torch."))
        else:
            ast.literal_eval(value)


@every_layer
def test_text_is_plain(block: Block) -> None:
    """The text that is executed holds one call with literal values, and names nothing but torch and its inputs."""

    @examples(20)
    @given(cases(block))
    def check(case: Case) -> None:
        if not fits(case):
            return
        if layer_text(case):
            check_plain(ast.parse(layer_text(case), mode="eval").body)
        tree = ast.parse(forward_text(case), mode="eval")
        names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        assert names <= {"torch", "F", "nn", "layer", *arguments(len(case.inputs))}
        assert set(arguments(len(case.inputs))) <= names

    check()


@every_block
def test_json_round_trip(block: Block) -> None:
    @examples(20)
    @given(cases(block))
    def check(case: Case) -> None:
        checked = block.check(case.values)
        assert block.check(checked) == checked
        again = block.check(json.loads(json.dumps(checked, allow_nan=False)))
        assert again == checked and list(map(type, again.values())) == list(map(type, checked.values()))

    check()


@every_layer
def test_implied_values_are_torchs_own(block: Block) -> None:
    """Leaving an implied value out builds the same module as writing it."""
    for case in example_cases(block):
        implied = {p.name: p.implied for p in block.params if p.is_implied(p.implied)}
        plain = Case(block, {**case.values, **implied}, case.inputs)
        if block.layer is None or not implied or not fits(plain):
            continue
        layer = block.layer(plain.params, plain.inputs)
        assert not set(layer.kwargs) & set(implied)
        if layer.holds_tensor or any(isinstance(a, Layer) for a in layer.args):
            continue
        kind = eval(layer.call, dict(SCOPE))
        known = {k: v for k, v in implied.items() if k in inspect.signature(kind.__init__).parameters}
        if layer.call not in ("nn.LSTM", "nn.GRU", "nn.RNN"):  # their parameters are *args
            assert set(known) == set(implied) - IN_FORWARD
        if layer.call.startswith("torchvision."):  # it takes activations as classes
            known = {
                k: Named(f"nn.{v}") if isinstance(v, str) and hasattr(torch.nn, v) else v for k, v in known.items()
            }
        written = spelled(replace(layer, kwargs={**layer.kwargs, **known}))
        assert repr(eval(written, dict(SCOPE))) == repr(build(plain))
