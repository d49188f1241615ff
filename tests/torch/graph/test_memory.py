"""Activation memory, parameters and multiply-adds against what torch itself makes, keeps and counts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from designer.blocks.catalog import catalog
from designer.blocks.dims import BATCH, Tensor
from designer.codegen.module import build
from designer.codegen.python import compile_network
from designer.graph.document import Document
from designer.graph.memory import Memory, measure_memory, size_of
from designer.graph.model import Network, Node, Wire
from designer.graph.templates import load_template, templates
from tests.pure.blocks.block_cases import Case, example_cases
from tests.torch.blocks.block_oracle import filled
from tests.torch.blocks.test_block_codegen import network_of
from tests.torch.codegen.test_build import example

RECURRENT = {"lstm", "gru", "rnn"}  # what they keep is up to the library that runs them: a test of their own
NAMES = [
    t.name for t in templates() if len(t.network) and not any(n.type in RECURRENT for n in t.network.nodes.values())
]
CASES = [
    case
    for block in catalog().values()
    if block.role == "layer" and not block.measured
    for case in example_cases(block)
]


def saved_by(module: torch.nn.Module, inputs: list[torch.Tensor]) -> tuple[int, int]:
    """The bytes of the results, and of all storages that autograd keeps, weights and running statistics left out."""
    own = {t.untyped_storage().data_ptr() for t in (*module.parameters(), *module.buffers())}
    kept: dict[int, torch.UntypedStorage] = {}

    def pack(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in own:
            kept[storage.data_ptr()] = storage  # held, so that the address is not given out again
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda t: t):
        out: Any = module.train()(*inputs)
    results = out if isinstance(out, tuple) else (out,)
    return sum(r.nbytes for r in results), sum(s.nbytes() for s in kept.values())


def on_cpu(network: Network, memory: dict[str, Memory], batch: int) -> int:
    """What the model says is kept; on the CPU a dropout keeps its mask as numbers instead of bytes."""
    extra = 0
    for name, node in network.nodes.items():
        if node.type == "dropout":
            before = Document(network).shapes[name].inputs[0]
            assert before is not None
            size = size_of(before, {"B": batch})
            assert size is not None
            extra += size * 3 // 4
    return sum(m.kept for m in memory.values()) + extra


@pytest.mark.parametrize("batch", [2, 5])
@pytest.mark.parametrize("name", NAMES)
def test_templates_keep_what_is_forecast(name: str, batch: int) -> None:
    document = Document(load_template(name))
    module = build(compile_network(document.network))
    memory = measure_memory(document.network, document.shapes, {"B": batch})
    _, kept = saved_by(module, [example(name, batch)])
    assert on_cpu(document.network, memory, batch) == kept
    assert memory.keys() == document.network.nodes.keys()


@pytest.mark.parametrize("name", NAMES)
def test_results_are_as_large_as_torch_makes_them(name: str) -> None:
    document = Document(load_template(name))
    module = build(compile_network(document.network))
    memory = measure_memory(document.network, document.shapes, {"B": 3})
    measured: dict[str, int] = {}
    for path, part in module.named_modules():
        if path in document.network and not document.network[path].block.view:
            part.register_forward_hook(lambda _m, _i, out, path=path: measured.__setitem__(path, out.nbytes))
    module(example(name))
    assert measured and measured == {name: memory[name].made for name in measured}


@pytest.mark.parametrize("name", NAMES)
def test_multiply_adds_equal_torchs_counter(name: str) -> None:
    document = Document(load_template(name))
    module = build(compile_network(document.network)).eval()
    with FlopCounterMode(display=False, depth=None) as counter:
        module(example(name, 2))
    assert counter.get_total_flops() == 2 * 2 * document.totals().macs
    root = type(module).__name__
    by_module = {path.removeprefix(f"{root}."): sum(f.values()) for path, f in counter.get_flop_counts().items()}
    costs = {n: s.cost.macs for n, s in document.shapes.items() if s.cost.macs}
    assert {n: by_module[n] for n in costs} == {n: 4 * macs for n, macs in costs.items()}


# Whole numbers have no gradient: what takes them keeps nothing for one.
WITH_GRADIENT = [case for case in CASES if case.block.in_dtype == "float32"]


@pytest.mark.parametrize("case", WITH_GRADIENT, ids=repr)
def test_each_block_keeps_what_it_declares(case: Case) -> None:
    """Behind a layer with weights, so that a gradient flows: only what the block adds is compared."""
    case = Case(case.block, case.values, tuple(Tensor((BATCH, *x.dims[1:]), x.dtype) for x in case.inputs))
    network = network_of(case)
    document = Document(network)
    memory = measure_memory(network, document.shapes, {"B": 3})
    module = build(compile_network(network, draft=True))
    inputs = [filled(Tensor((3, *x.dims[1:]), x.dtype), case).requires_grad_() for x in case.inputs]
    made, kept = saved_by(module, inputs)
    # Inputs that ask for a gradient: what a block without weights keeps of them is counted here, too.
    learning = bool(document.shapes["block"].cost.params)
    assert memory["block"].made == (0 if case.block.view else made)
    if learning and case.block.type not in RECURRENT:
        assert on_cpu(network, memory, 3) == kept


@pytest.mark.parametrize("case", [c for c in CASES if c.block.cost is None and c.block.in_dtype == "float32"], ids=repr)
def test_blocks_without_weights_keep_what_they_declare(case: Case) -> None:
    """Each input comes from a layer that learns one number, so that a gradient flows."""
    case = Case(case.block, case.values, tuple(Tensor((BATCH, *x.dims[1:]), x.dtype) for x in case.inputs))
    network = network_of(case)
    for slot in range(len(case.inputs)):
        network.unlink(Wire(f"input{slot}", 0, "block", slot))
        network.put(Node(f"slope{slot}", "prelu", catalog()["prelu"].check({})))
        network.link(Wire(f"input{slot}", 0, f"slope{slot}", 0))
        network.link(Wire(f"slope{slot}", 0, "block", slot))
    memory = measure_memory(network, Document(network).shapes, {"B": 3})
    module = build(compile_network(network, draft=True))
    made, kept = saved_by(module, [filled(Tensor((3, *x.dims[1:]), x.dtype), case) for x in case.inputs])
    assert on_cpu(network, memory, 3) == kept
    assert memory["block"].made == (0 if case.block.view else made)


@pytest.mark.filterwarnings("ignore:TF32 acceleration")
@pytest.mark.parametrize(
    "values", [{}, {"num_layers": 2}, {"num_layers": 2, "bidirectional": True}, {"output": "last step"}]
)
@pytest.mark.parametrize("kind", sorted(RECURRENT))
def test_recurrent_blocks_keep_about_what_they_declare(kind: str, values: dict[str, Any]) -> None:
    network = network_of(Case(catalog()[kind], {"hidden_size": 64, **values}, (Tensor((BATCH, 40, 32)),)))
    memory = measure_memory(network, Document(network).shapes, {"B": 4})
    with torch.backends.mkldnn.flags(enabled=False):  # torch's own kernels
        _, kept = saved_by(build(compile_network(network, draft=True)), [torch.randn(4, 40, 32)])
    assert sum(m.kept for m in memory.values()) == pytest.approx(kept, rel=0.05)


def frozen(network: Network, names: list[str]) -> None:
    for name in names:
        network.put(replace(network[name], marks={"frozen": True}))


def test_frozen_blocks_keep_nothing_above_the_first_that_learns() -> None:
    network = load_template("small-resnet")
    shapes = Document(network).shapes
    whole = measure_memory(network, shapes, {"B": 2})
    order = network.order()
    frozen(network, order[: order.index("layer2.conv1")])
    part = measure_memory(network, shapes, {"B": 2})
    module = build(compile_network(network))
    for name, weights in module.named_parameters():
        weights.requires_grad_(name.rpartition(".")[0] not in order[: order.index("layer2.conv1")])
    _, kept = saved_by(module, [example("small-resnet", 2)])
    assert sum(m.kept for m in part.values()) == kept < sum(m.kept for m in whole.values()) / 2
    assert part["input"].kept == part["conv1"].kept == 0


def test_the_batch_the_kind_of_number_and_views() -> None:
    document = Document(load_template("small-resnet"))
    one = measure_memory(document.network, document.shapes, {"B": 1})
    many = measure_memory(document.network, document.shapes, {"B": 64})
    half = measure_memory(document.network, document.shapes, {"B": 64}, "bfloat16")
    assert all(many[n].made == 64 * m.made for n, m in one.items())
    assert all(2 * half[n].made == m.made for n, m in many.items())
