"""Multiply-adds against torch's own counter, and what the recurrent blocks hand out."""

from __future__ import annotations

import pytest
import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from designer.blocks.catalog import catalog
from designer.blocks.dims import Tensor
from tests.pure.blocks.block_cases import Case, example_cases
from tests.torch.blocks.block_oracle import build, evaluator, filled

# torch's counter does not see recurrent layers, whose sums are in one kernel, and skips those of a bilinear form.
OTHERWISE = {"lstm", "gru", "rnn"}
COUNTED = [
    case
    for name, block in catalog().items()
    if block.cost and block.inputs and name not in OTHERWISE
    for case in example_cases(catalog()[name])
]


@pytest.mark.parametrize("case", COUNTED, ids=lambda c: c.block.type)
def test_multiply_adds_equal_torchs_counter(case: Case) -> None:
    module = build(case)
    tensors = [filled(x, case) for x in case.inputs]
    # The counter knows attention's plain kernel, and not the fused one of the CPU.
    with sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
        evaluator(case)(module, tensors)
    assert case.block.cost is not None
    cost = case.block.cost(case.params, case.inputs, case.block.shape(case.params, case.inputs))
    assert counter.get_total_flops() == 2 * cost.macs * tensors[0].shape[0]


@pytest.mark.parametrize("kind", ["lstm", "gru", "rnn"])
@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("both", [False, True])
def test_last_step_is_what_each_reader_knows_at_its_end(kind: str, layers: int, both: bool) -> None:
    values = {"hidden_size": 4, "num_layers": layers, "bidirectional": both}
    block = catalog()[kind]
    last = Case(block, {**values, "output": "last step"}, (Tensor((3, 5, 2)),))
    module, x = build(last), torch.randn(3, 5, 2)
    steps = evaluator(Case(block, values, last.inputs))(module, [x])
    wanted = torch.cat([steps[:, -1, :4], steps[:, 0, 4:]], dim=1)
    assert torch.equal(evaluator(last)(module, [x]), wanted)
