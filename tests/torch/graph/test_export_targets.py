"""What is marked while drawing for a format is what its exporter really refuses, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from designer.blocks.catalog import catalog
from designer.blocks.dims import BATCH, Tensor
from designer.codegen.module import build
from designer.codegen.python import compile_network
from designer.errors import ExportError
from designer.exchange.verify import export_and_verify
from designer.graph.context import NOTHING_KNOWN
from designer.graph.document import Document
from designer.graph.targets import TARGETS
from tests.pure.blocks.block_cases import Case, example_cases
from tests.torch.blocks.block_oracle import filled
from tests.torch.blocks.test_block_codegen import network_of

SOURCES = {"parameter", "constant"}  # nothing goes in, so there is nothing to run them on by themselves
TYPES = [b.type for b in catalog().values() if b.role == "layer" and not b.measured and b.type not in SOURCES]
REFUSED = [(target, name) for target, facts in TARGETS.items() for name in facts.refuses]
TAKEN = [(target, name) for target, facts in TARGETS.items() for name in TYPES if name not in facts.refuses]


def exported(target: str, name: str, out: Path) -> None:
    case = next(iter(example_cases(catalog()[name])))
    case = Case(case.block, case.values, tuple(Tensor((BATCH, *x.dims[1:]), x.dtype) for x in case.inputs))
    program = compile_network(network_of(case), draft=True)
    samples = tuple(filled(Tensor((3, *x.dims[1:]), x.dtype), case) for x in case.inputs)
    export_and_verify(build(program), program, None, samples, target, out)


@pytest.mark.parametrize(("target", "name"), REFUSED)
def test_what_is_marked_cannot_be_exported(target: str, name: str, tmp_path: Path) -> None:
    with pytest.raises(ExportError) as caught:
        exported(target, name, tmp_path / "a")
    assert "\x1b" not in str(caught.value) and len(str(caught.value)) < 500


@pytest.mark.slow
@pytest.mark.parametrize(("target", "name"), TAKEN)
def test_what_is_not_marked_can(target: str, name: str, tmp_path: Path) -> None:
    exported(target, name, tmp_path / "a")


def test_a_mark_comes_and_goes_with_the_choice() -> None:
    target, name = REFUSED[0]
    case = next(iter(example_cases(catalog()[name])))
    document = Document(network_of(case))
    assert not [p for p in document.problems if p.code == "export_target"]
    assert document.set_context(replace(NOTHING_KNOWN, target=target))
    (found,) = [p for p in document.problems if p.code == "export_target"]
    assert found.block == "block" and TARGETS[target].title in found.message and found.mutable
    document.set_context(NOTHING_KNOWN)
    assert not [p for p in document.problems if p.code == "export_target"]
