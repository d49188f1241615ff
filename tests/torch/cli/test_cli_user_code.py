"""A project with a class of one's own on the command line: refused until trusted, then checked and trained."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from designer.blocks.userclass import declare, forget_all
from designer.blocks.userfile import read_classes
from designer.cli import main
from designer.graph.document import Document
from designer.graph.measured import forget
from designer.graph.templates import load_template
from designer.project.file import Project, save_project

TEXT = """from torch import nn
open({mark!r}, "w").close()
class Weigh(nn.Module):
    def __init__(self, in_features: int):
        super().__init__()
        self.fc = nn.Linear(in_features, in_features)
    def forward(self, x):
        return x + self.fc(x)
"""


@pytest.fixture(autouse=True)
def no_classes() -> Iterator[None]:
    yield
    forget_all()
    forget(lambda query: True)


def test_refused_until_trusted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mark, code, file = tmp_path / "ran", tmp_path / "my_layers.py", tmp_path / "p.loom"
    code.write_text(TEXT.format(mark=str(mark)))
    (cls,) = read_classes(code.read_bytes(), code.name)
    document = Document(load_template("digits"))
    (output,) = [n for n, node in document.network.nodes.items() if node.block.role == "output"]
    document.do(document.insertion(document.network.inputs_of(output)[0], declare(cls)))
    save_project(Project(network=document.network, code={cls.sha256: code}), file)
    forget_all()

    assert main(["check", str(file)]) == 2
    said = capsys.readouterr().err
    assert str(code) in said
    assert cls.sha256 in said
    assert not mark.exists()

    right = code.read_text()
    code.write_text(right + "# changed\n")
    assert main(["check", "--trust-code", str(file)]) == 2
    assert "has changed" in capsys.readouterr().err
    assert not mark.exists()

    code.write_text(right)
    assert main(["check", "--trust-code", str(file), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["unknown"] == 0
    assert mark.exists()
    code.unlink()  # what was trusted is kept
    assert main(["train", str(file), "--data", "digits", "--epochs", "1", "--device", "cpu"]) == 0
