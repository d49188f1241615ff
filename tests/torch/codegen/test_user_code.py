"""Classes of people's own, measured against torch itself and built from trusted bytes only."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from designer.blocks.dims import BATCH, Expr, Tensor, concrete
from designer.blocks.userclass import declare, forget_all, from_json, to_json
from designer.blocks.userfile import read_classes
from designer.codegen.module import block_of, build
from designer.codegen.python import compile_network
from designer.errors import JobError, NetworkInvalid
from designer.graph.document import Document
from designer.graph.edits import AddBlock, Connect
from designer.graph.measured import forget, query_of
from designer.graph.measured_data import answer_from_json, answer_to_json, query_from_json, query_to_json
from designer.graph.model import Wire
from designer.graph.reading import network_from_json
from designer.jobs.user_code import answers, measure_network, program_of
from designer.project.trusted import text_of, trust

TEXT = b"""
import torch
from torch import nn

class Squeeze(nn.Module):
    def __init__(self, channels: int, reduction: int = 4, act=nn.ReLU):
        super().__init__()
        self.norm = nn.BatchNorm2d(channels)
        self.fc = nn.Sequential(nn.Linear(channels, channels // reduction), act(), nn.Linear(channels // reduction, channels))
    def forward(self, x, mask=None, other=None):
        w = self.fc(self.norm(x).mean((2, 3))).sigmoid()
        x = x if other is None else x + other
        return x * w[:, :, None, None]

class Halves(nn.Module):
    def __init__(self, stride=2, odd=False):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, stride, 1)
    def forward(self, x):
        y = self.conv(x)
        return y, y.flatten(0, 1)

class Looks(nn.Module):
    def forward(self, x):
        return x * 2 if x.sum().item() >= 0 else x

class Loops(nn.Module):
    def forward(self, x):
        while True:
            pass

class Raises(nn.Module):
    def forward(self, x):
        raise SystemExit(3)

class Wrong(nn.Module):
    def forward(self, x):
        return {"a": x}

class Sorted(nn.Module):
    def forward(self, x):
        return x.new_zeros(x.shape[0] ** 3, 2)
"""
H, W = Expr.symbol("H"), Expr.symbol("W")


@pytest.fixture(autouse=True)
def kinds() -> Iterator[dict[str, str]]:
    trust(TEXT)
    yield {cls.name: declare(cls) for cls in read_classes(TEXT, "my_layers.py")}
    forget_all()
    forget(lambda query: True)


def ask(kind: str, *inputs: Tensor, **params: Any) -> Any:
    from designer.blocks.catalog import catalog

    query = query_of(kind, catalog()[kind].check(params), dict(enumerate(inputs)))
    assert query_from_json(query_to_json(query)) == query
    answer = answers([query])[query]
    again = answer_from_json(answer_to_json(answer))
    assert (again.outputs, again.cost, str(again.error)) == (answer.outputs, answer.cost, str(answer.error))
    return answer


def test_shapes_are_symbolic_and_equal_torch(kinds: dict[str, str]) -> None:
    answer = ask(kinds["Halves"], Tensor((BATCH, 3, H, W)))
    conv = torch.nn.Conv2d(3, 8, 3, 2, 1)
    for b, h, w in ((1, 7, 9), (4, 33, 20), (2, 100, 101)):
        real = conv(torch.zeros(b, 3, h, w))
        sizes = {"B": b, "H": h, "W": w}
        assert [tuple(concrete(d, sizes) for d in t.dims) for t in answer.outputs] == [
            tuple(real.shape),
            tuple(real.flatten(0, 1).shape),
        ]
    fixed = ask(kinds["Halves"], Tensor((BATCH, 3, 9, 9)), stride=3)
    assert [str(t) for t in fixed.outputs] == ["B×8×3×3", "(8·B)×3×3"] or [t.dims for t in fixed.outputs] == [
        (BATCH, 8, 3, 3),
        (8 * BATCH, 3, 3),
    ]
    assert fixed.cost.params == sum(p.numel() for p in conv.parameters())
    assert fixed.cost.macs == 8 * 9 * 27


def test_sizes_that_are_left_empty_come_from_the_input(kinds: dict[str, str]) -> None:
    assert ask(kinds["Squeeze"], Tensor((BATCH, 16, 5, 5))).outputs == (Tensor((BATCH, 16, 5, 5)),)
    assert "32" in str(ask(kinds["Squeeze"], Tensor((BATCH, 16, 5, 5)), channels=32).error)


def test_what_looks_at_its_numbers_is_measured_with_numbers(kinds: dict[str, str]) -> None:
    assert ask(kinds["Looks"], Tensor((BATCH, 6))).outputs == (Tensor((BATCH, 6)),)


@pytest.mark.parametrize("name", ["Loops", "Raises", "Wrong", "Sorted"])
def test_what_goes_wrong_is_one_sentence(name: str, kinds: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("designer.codegen.measure.SECONDS", 0.5)
    error = str(ask(kinds[name], Tensor((BATCH, 6))).error)
    assert error.startswith("Expected ")
    assert "Traceback" not in error
    assert "\n" not in error


def drawing(kinds: dict[str, str]) -> Document:
    document = Document()
    params: dict[str, Any] = {
        "input": {"size": (3, 8, 8)},
        "flat": {},
        "fc": {"out_features": 4},
        "out": {"classes": 4},
    }
    types = {"input": "input", "h": kinds["Halves"], "s": kinds["Squeeze"], "flat": "flatten", "fc": "linear"}
    for name, kind in {**types, "out": "classification_output"}.items():
        document.do(AddBlock(name, kind, params.get(name, {})))
    for src, dst in (("input", "h"), ("h", "s"), ("s", "flat"), ("flat", "fc"), ("fc", "out")):
        document.do(Connect(Wire(src, 0, dst, 0)))
    document.do(Connect(Wire("h", 0, "s", 2)))  # past an input that is left out
    return document


def test_the_text_imports_the_class_and_the_module_keeps_its_names(kinds: dict[str, str]) -> None:
    document = drawing(kinds)
    assert set(document.shapes.wanted) == {"h"}
    assert not document.has_errors
    with pytest.raises(NetworkInvalid, match="still being measured"):
        compile_network(document.network)
    while document.shapes.wanted:
        document.measured(answers(document.shapes.wanted.values()))
    program = program_of(document.network)
    assert "from my_layers import Halves, Squeeze" in program.source
    assert "self.s = Squeeze(channels=8)" in program.source
    assert "self.s(h_0, other=h_0)" in program.source
    module = build(program)
    assert module(torch.randn(5, 3, 8, 8)).shape == (5, 4)
    assert {"h.conv.weight", "s.fc.0.weight", "fc.weight"} <= set(module.state_dict())
    assert document.totals().params == sum(p.numel() for p in module.parameters())
    assert all(torch.equal(a, b) for a, b in zip(module.parameters(), build(program).parameters(), strict=True))
    with pytest.raises(RuntimeError) as caught:
        module(torch.randn(5, 4, 8, 8))
    assert block_of(program, caught.value) == "h"


def test_nothing_runs_without_trust_or_when_the_kept_text_was_changed(tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    text = TEXT + f"\nopen({str(mark)!r}, 'w').close()\n".encode()
    named = {cls.name: declare(cls) for cls in read_classes(text, "my_layers.py")}
    document = drawing(named)
    assert "Nobody has trusted" in str(answers(document.shapes.wanted.values()).popitem()[1].error)
    with pytest.raises(JobError, match="Nobody has trusted"):
        program_of(document.network)
    assert not mark.exists()
    sha = trust(text)
    from designer.project.paths import trusted_folder

    (trusted_folder() / f"{sha}.py").write_bytes(text + b"#")
    assert text_of(sha) is None
    with pytest.raises(JobError, match="Nobody has trusted"):
        program_of(document.network)
    assert not mark.exists()
    trust(text)
    assert measure_network(document.network)["h"].complete
    assert mark.exists()


def test_a_project_that_describes_a_trusted_text_wrongly_runs_nothing(kinds: dict[str, str]) -> None:
    data = drawing(kinds).network.to_json()
    for item in data["classes"]:
        item |= {"outputs": 2, "help": "No harm at all."}
    data["blocks"] = [b for b in data["blocks"] if b["name"] in ("input", "h")]
    data["wires"] = [["input", 0, "h", 0]]
    data["classes"] = [item for item in data["classes"] if item["class"] == "Halves"]
    data["blocks"][0 if data["blocks"][0]["name"] == "h" else 1]["type"] = declare(from_json(data["classes"][0]))
    network = network_from_json(data)
    with pytest.raises(JobError, match="describes Halves otherwise"):
        program_of(network)
    assert to_json(read_classes(TEXT, "my_layers.py")[1]) != data["classes"][0]


def test_two_texts_of_one_name_live_side_by_side(kinds: dict[str, str]) -> None:
    newer = TEXT.replace(b"x * 2", b"x * 3")
    trust(newer)
    other = {cls.name: declare(cls) for cls in read_classes(newer, "my_layers.py")}
    document = Document()
    for name, kind in (("input", "input"), ("a", kinds["Looks"]), ("b", other["Looks"])):
        document.do(AddBlock(name, kind, {"size": (3,)} if kind == "input" else {}))
    document.do(AddBlock("out", "tensor_output" if "tensor_output" in _types() else "regression_output", {}))
    for src, dst in (("input", "a"), ("a", "b"), ("b", "out")):
        document.do(Connect(Wire(src, 0, dst, 0)))
    measure_network(document.network)
    program = program_of_draft(document)
    module = build(program)
    assert torch.equal(module(torch.ones(1, 3)), torch.full((1, 3), 6.0))


def _types() -> Any:
    from designer.blocks.catalog import catalog

    return catalog()


def program_of_draft(document: Document) -> Any:
    from dataclasses import replace

    program = compile_network(document.network, shapes=measure_network(document.network), draft=True)
    return replace(program, files=tuple(replace(f, text=text_of(f.sha256)) for f in program.files))
