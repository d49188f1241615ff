"""A class of a Python file as a drawing: equal to the class, what cannot be drawn stays a block of its class."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from designer.blocks.userclass import forget_all
from designer.blocks.userfile import sha256_of
from designer.cli import main
from designer.codegen.module import load_code
from designer.codegen.program import CodeFile
from designer.errors import DataError, JobError, UsageError
from designer.exchange.imported import loaded
from designer.exchange.origin import Imported, Request, origin_of
from designer.jobs.user_code import program_of
from designer.project.file import load_project
from designer.project.trusted import is_trusted, trust

TEXT = '''
import torch
import torch.nn.functional as F
from torch import nn


class Turned(nn.Module):
    """No block can say what this does."""

    def __init__(self, width: int, k: float = 2.0):
        super().__init__()
        self.scale = nn.Parameter(torch.linspace(0.5, 1.5, width))
        self.k = k

    def forward(self, x):
        return torch.fft.fft(x).real * self.scale * self.k


class Unit(nn.Module):
    def __init__(self, a, b):
        super().__init__()
        self.conv = nn.Conv2d(a, b, 3, padding=1)
        self.bn = nn.BatchNorm2d(b)

    def forward(self, x):
        return F.relu(self.bn(self.conv(x)))


class Plain(nn.Module):
    def __init__(self, width=8, classes=10, channels=3):
        super().__init__()
        self.body = nn.Sequential(Unit(channels, width), Unit(width, width))
        self.drop = nn.Dropout(0.2)
        self.fc = nn.Linear(width, classes)

    def forward(self, x):
        return self.fc(self.drop(F.adaptive_avg_pool2d(self.body(x), 1).flatten(1)))


class Mixed(Plain):
    def __init__(self, width=8):
        super().__init__(width)
        self.turned = Turned(width, k=3)

    def forward(self, x):
        return self.fc(self.turned(F.adaptive_avg_pool2d(self.body(x), 1).flatten(1)))


class Needs(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.fc = nn.Linear(width, 2)

    def forward(self, x):
        return self.fc(x)


class Two(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(6, 2)

    def forward(self, left, right):
        return self.fc(torch.cat([left, right], 1)), left.mean(1)


class Words(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(30, 6)
        self.fc = nn.Linear(6, 2)

    def forward(self, tokens):
        return self.fc(self.embed(tokens).mean(1))


class Numbers(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 4)

    def forward(self, x):
        return self.fc(x) if x.sum() > 0 else x


class Fails(nn.Module):
    def __init__(self):
        super().__init__()
        raise ValueError("no such thing")

    def forward(self, x):
        return x
'''
BYTES = TEXT.encode()


@pytest.fixture(autouse=True)
def no_classes() -> Any:
    yield
    forget_all()


def read(name: str, **options: Any) -> Imported:
    source = f"model.py:{name}" if name else "model.py"
    origin = origin_of(source)
    assert origin.name == "python" and origin.runs_code and origin.code(source) == Path("model.py")
    return origin.read(Request(source, trust=True, code=BYTES, **options))


def original(name: str, found: Imported, **args: Any) -> torch.nn.Module:
    """The class itself with the weights that were drawn."""
    names = vars(load_code(CodeFile("model_layers", sha256_of(BYTES), BYTES)))
    module: torch.nn.Module = names[name](**args)
    assert found.tensors is not None
    module.load_state_dict(dict(found.tensors), strict=True)
    return module.eval()


def test_a_class_becomes_blocks_with_its_own_names() -> None:
    found = read("Plain", size=16)
    kinds = {name: node.type for name, node in found.network.nodes.items()}
    assert kinds["body.0.conv"] == "conv2d" and kinds["body.1.bn"] == "batch_norm2d" and kinds["drop"] == "dropout"
    assert found.report["difference"] == 0.0 and found.report["opaque"] == [] and found.report["input"] == [3, 16, 16]
    trust(BYTES)
    module = loaded(program_of(found.network), dict(found.tensors or {})).eval()
    x = torch.randn(5, 3, 16, 16)
    with torch.no_grad():
        assert torch.equal(module(x), original("Plain", found)(x))


def test_what_cannot_be_drawn_stays_a_block_of_its_class_with_what_it_was_made_with() -> None:
    found = read("Mixed", size=16)
    (node,) = [n for n in found.network.nodes.values() if n.type.startswith("user_")]
    assert node.name == "turned" and node.params["width"] == 8 and node.params["k"] == 3.0
    assert [part["block"] for part in found.report["opaque"]] == ["turned"]
    assert found.report["difference"] == 0.0 and "turned.scale" in (found.tensors or {})
    trust(BYTES)
    module = loaded(program_of(found.network), dict(found.tensors or {})).eval()
    x = torch.randn(4, 3, 16, 16)
    with torch.no_grad():
        assert torch.equal(module(x), original("Mixed", found)(x))


def test_a_class_that_cannot_be_drawn_at_all_is_one_block() -> None:
    found = read("Turned", args={"width": 6}, shapes=((6,),))
    assert [n.type for n in found.network.nodes.values() if n.type.startswith("user_")] and len(found.network) == 3
    assert found.report["difference"] == 0.0 and found.report["opaque"][0]["block"] == "turned"


def test_a_forward_that_looks_at_its_numbers_is_one_block_or_says_so() -> None:
    try:
        found = read("Numbers")
    except DataError as error:
        assert "depends on the numbers" in error.message
        return
    (part,) = found.report["opaque"]
    assert part["block"] == "numbers" and "depends on the numbers" in part["why"]
    assert found.report["difference"] == 0.0 and "numbers.fc.weight" in (found.tensors or {})


def test_arguments_shapes_and_words() -> None:
    found = read("Plain", args={"width": 4, "channels": 1}, shapes=((1, 12, 20),))
    assert (
        found.network["body.0.conv"].params[
            "filters" if "filters" in found.network["body.0.conv"].params else "out_channels"
        ]
        == 4
    )
    assert found.report["input"] == [1, 12, 20]
    assert read("Needs", args={"width": 5}).report["input"] == [5]  # a Linear says what it takes
    both = read("Two", shapes=((4,), (2,)))
    assert both.report["difference"] == 0.0 and {"left", "right"} <= set(both.network.nodes)
    words = read("Words", size=9)
    assert words.report["difference"] == 0.0 and words.network["tokens"].params["dtype"] == "int64"
    assert read("Plain", size=16, weights="none").tensors is None


@pytest.mark.parametrize(
    ("name", "options", "error", "words"),
    [
        ("", {}, UsageError, "several classes"),
        ("Nothing", {}, UsageError, "It has Turned, Unit"),
        ("Plain", {}, UsageError, "--input 3x224x224"),
        ("Two", {}, UsageError, "takes left, right"),
        ("Needs", {}, UsageError, "cannot be made without width"),
        ("Plain", {"size": 16, "args": {"depth": 3}}, UsageError, "takes no 'depth'"),
        ("Plain", {"shapes": ((1 << 20, 1 << 20),)}, UsageError, "at most"),
        ("Fails", {"shapes": ((3,),)}, DataError, "no such thing"),
    ],
)
def test_what_cannot_be_made_is_said(name: str, options: dict[str, Any], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        read(name, **options)


def test_nothing_runs_before_the_text_was_trusted() -> None:
    with pytest.raises(JobError, match="Look at it"):
        origin_of("model.py:Plain").read(Request("model.py:Plain", trust=True))


def test_the_command_line_trusts_imports_and_the_project_opens(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, out = tmp_path / "model.py", tmp_path / "m.loom"
    file.write_bytes(BYTES)
    assert main(["import", f"{file}:Mixed", "--size", "16", "-o", str(out)]) != 0
    assert not is_trusted(sha256_of(BYTES)) and not out.exists()
    given = ["--input", "3x16x16", "--args", '{"width": 4}', "--trust"]
    assert main(["import", f"{file}:Mixed", *given, "-o", str(out)]) == 0
    assert is_trusted(sha256_of(BYTES))
    project = load_project(out)
    assert project.network["turned"].params["width"] == 4 and project.weights is not None
    assert main(["import", f"{file}:Mixed", "--input", "3xAx16", "-o", str(out), "--force"]) != 0
    assert main(["import", f"{file}:Mixed", "--args", "[1]", "-o", str(out), "--force"]) != 0
    told = capsys.readouterr()
    assert "stays closed" in told.out + told.err
