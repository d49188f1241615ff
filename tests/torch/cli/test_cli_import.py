"""A pretrained model from its name to a trained project, three commands in a row."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
import torchvision
from safetensors.torch import load_file, save_file

from designer.cli import main
from designer.project.file import load_project


def as_json(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, dict[str, Any]]:
    code = main([*map(str, arguments), "--json"])
    data = json.loads(capsys.readouterr().out)
    assert isinstance(data, dict)
    return code, data


def test_import_adapt_train(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    original = torchvision.models.squeezenet1_1()
    torch.manual_seed(0)
    save_file(original.state_dict(), tmp_path / "local.safetensors")
    file = tmp_path / "s.loom"
    source = "torchvision:squeezenet1_1"
    code, told = as_json(
        capsys, "import", source, "-o", file, "--size", "32", "--weights", tmp_path / "local.safetensors"
    )
    assert code == 0 and told["report"]["difference"] == 0.0 and told["blocks"] == 68
    project = load_project(file)
    assert project.weights == tmp_path / "s.safetensors" and project.normalisation is not None
    assert project.network.groups and project.imported is not None  # grouped for a first look, with its report
    assert not list(tmp_path.glob("s-runs"))

    code, told = as_json(capsys, "adapt", file, "--data", "digits", "--freeze-backbone")
    assert code == 0 and told["heads"] == ["classifier.1"] and told["body"] == "frozen"
    code, told = as_json(capsys, "train", file, "--epochs", "1", "--limit", "100")
    assert code == 0 and told["iteration"] > 0
    trained = load_project(file)
    assert trained.normalisation == project.normalisation  # pictures are seen as the body was trained on them
    weights = load_file(trained.weights)
    assert weights["classifier.1.weight"].shape[0] == 10
    for name, tensor in original.state_dict().items():
        if not name.startswith("classifier.1"):
            assert torch.equal(weights[name], tensor), name  # the body is as it was


def test_what_is_there_is_not_written_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "a.loom"
    file.write_text("mine")
    code, told = as_json(capsys, "import", "torchvision:alexnet", "-o", file, "--weights", "none")
    assert code != 0 and "--force" in told["error"] and file.read_text() == "mine"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("import", "torchvision:alexnot"), "alexnet"),
        (("import", "alexnet"), "torchvision:NAME"),
        (("import", "torchvision:alexnet", "-o", "a.txt"), ".loom"),
    ],
)
def test_mistakes_are_told(arguments, words, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, told = as_json(capsys, *arguments)
    assert code != 0 and words in told["error"] and not list(tmp_path.iterdir())


def test_what_has_no_weights_is_adapted_with_everything_learning(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "net.loom"
    assert main(["new", "small-resnet", "-o", str(file)]) == 0
    capsys.readouterr()
    code, told = as_json(capsys, "adapt", file, "--data", "digits")
    assert code == 0 and told["body"] == "whole"
    train = load_project(file).train
    assert train is not None and train.start == "fresh"
