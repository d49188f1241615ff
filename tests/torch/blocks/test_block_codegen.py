"""Each block in a real program: the text that is shown is the text that runs, and its result is what the rule said."""

from __future__ import annotations

import pytest
import torch

from designer.blocks.catalog import catalog
from designer.blocks.dims import BATCH, Tensor, concrete
from designer.codegen.module import build
from designer.codegen.python import compile_network
from designer.graph.model import Network, Node, Wire
from tests.pure.blocks.block_cases import Case, example_cases
from tests.torch.blocks.block_oracle import filled, layer_text, listed

CASES = [
    case
    for block in catalog().values()
    if block.role == "layer" and not block.measured
    for case in example_cases(block)
]


def network_of(case: Case) -> Network:
    """Inputs, wired to the block in slot order."""
    network, entry = Network(), catalog()["input"]
    network.put(Node("block", case.block.type, case.block.check(case.values), 0.0, 0.0))
    for slot, x in enumerate(case.inputs):
        values = entry.check({"size": x.dims[1:], "dtype": x.dtype})
        network.put(Node(f"input{slot}", "input", values, 0.0, 0.0))
        network.link(Wire(f"input{slot}", 0, "block", slot))
    return network


def evaluated(module: torch.nn.Module, tensors: list[torch.Tensor]) -> torch.Tensor:
    """The result after training; fractional pooling draws its steps even then."""
    torch.manual_seed(0)
    return torch.cat([result.flatten() for result in listed(module.eval()(*tensors))])


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_block_runs_in_a_program(case: Case) -> None:
    case = Case(case.block, case.values, tuple(Tensor((BATCH, *x.dims[1:]), x.dtype) for x in case.inputs))
    program = compile_network(network_of(case), draft=True)
    assert layer_text(case).replace("'", '"') in program.source
    outs = case.block.shape(case.params, case.inputs)
    module = build(program)
    for batch in (2, 3):
        tensors = [filled(Tensor((batch, *x.dims[1:]), x.dtype), case) for x in case.inputs]
        shapes = [tuple(result.shape) for result in listed(module(*tensors))]
        assert shapes == [tuple(concrete(d, {"B": batch}) for d in out.dims) for out in outs]
        assert torch.equal(*(evaluated(build(program), tensors) for _ in range(2)))
