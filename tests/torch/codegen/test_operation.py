"""The Operation block: measured, written into the source, and run."""

from __future__ import annotations

import pytest
import torch

from designer.blocks.dims import BATCH, Tensor
from designer.codegen.module import build
from designer.codegen.python import compile_network
from designer.errors import NetworkInvalid
from designer.graph.edits import AddBlock, Connect, apply
from designer.graph.model import Network, Wire
from designer.jobs.user_code import measure_network, program_of


def drawn(expression: str, size: tuple[int | str, ...] = (4, 6, 6), inputs: int = 1, outputs: int = 1) -> Network:
    network = Network()
    for number in range(inputs):
        apply(network, AddBlock(f"input{number}", "input", {"size": size}))
    apply(network, AddBlock("op", "operation", {"expression": expression, "outputs": outputs}))
    for number in range(inputs):
        apply(network, Connect(Wire(f"input{number}", 0, "op", number)))
    for number in range(outputs):
        apply(network, AddBlock(f"out{number}", "tensor_output"))
        apply(network, Connect(Wire("op", number, f"out{number}", 0)))
    return network


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("torch.roll(x0, (1, -2), dims=(2, 3)) * 2", (BATCH, 4, 6, 6)),
        ("x0[:, ::2, 1:-1].mean(dim=(2, 3))", (BATCH, 2)),
        ("x0.reshape(-1, 3, 4, 6, 6)", (BATCH, 3, 4, 6, 6)),
        ("x0.permute(0, 2, 3, 1).reshape(-1, 6, 4)", (6 * BATCH, 6, 4)),
        ("F.pad(x0, [1, 1, 0, 0], mode='replicate')", (BATCH, 4, 6, 8)),
    ],
)
def test_its_sizes_are_measured_and_it_computes_what_it_says(expression, expected):
    network = drawn(expression, (12, 6, 6) if "3, 4" in expression else (4, 6, 6))
    assert measure_network(network)["op"].outputs == (Tensor(expected),)
    program = program_of(network)
    x = torch.randn(3, *(12 if "3, 4" in expression else 4, 6, 6))
    truth = eval(expression, {"torch": torch, "F": torch.nn.functional, "x0": x})
    assert torch.equal(build(program)(x), truth)


def test_several_inputs_and_outputs():
    network = drawn("torch.cat([x1, x0], dim=1).chunk(2, dim=1)", inputs=2, outputs=2)
    first, second = torch.randn(2, 2, 4, 6, 6)
    found = build(program_of(network))(first, second)
    assert torch.equal(found[0], second) and torch.equal(found[1], first)


@pytest.mark.parametrize(
    ("expression", "outputs", "word"),
    [("x0.view(-1, 7)", 1, "stopped"), ("x0.unbind(1)", 3, "3"), ("x0 + x1", 1, "x1"), ("x0.shape", 1, "int")],
)
def test_what_does_not_fit_is_said_at_the_block(expression, outputs, word):
    network = drawn(expression, outputs=outputs)
    error = measure_network(network)["op"].error
    assert error is not None and word in str(error)
    with pytest.raises(NetworkInvalid):
        compile_network(network, shapes=measure_network(network))
