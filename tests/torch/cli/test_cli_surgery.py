"""Train, widen, deepen, prune, replace, keep, insert and train on, in a row from the command line."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from designer.cli import main
from designer.codegen.module import build
from designer.codegen.python import compile_network
from designer.graph.templates import load_template
from designer.project.file import Project, load_project, save_project


@pytest.fixture
def project(tmp_path: Path) -> Path:
    network = load_template("digits")
    module = build(compile_network(network), 4)
    save_file(module.state_dict(), tmp_path / "net.safetensors")
    save_project(Project(network=network, weights=tmp_path / "net.safetensors"), tmp_path / "net.loom")
    return tmp_path / "net.loom"


def _run(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    assert main([*words, "--json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def _outputs(file: Path) -> torch.Tensor:
    """What the project computes, with its weights loaded strictly."""
    project = load_project(file)
    assert project.weights is not None
    module = build(compile_network(project.network), 0)
    module.load_state_dict(load_file(project.weights), strict=True)
    with torch.no_grad():
        result: torch.Tensor = module.eval()(torch.randn(4, 1, 8, 8, generator=torch.Generator().manual_seed(1)))
    return result


def test_what_says_that_it_is_the_same_is_the_same(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before, file = _outputs(project), str(project)
    assert _run(capsys, "widen", file, "conv1", "--to", "40")["same"]
    assert _run(capsys, "deepen", file, "conv2")["same"]
    assert _run(capsys, "widen", file, "fc1", "--to", "140")["same"]
    assert torch.allclose(before, _outputs(project), atol=1e-5)
    told = _run(capsys, "prune", file, "fc1", "--to", "50")
    assert not told["same"] and "the largest weights" in told["sentence"]
    assert _outputs(project).shape == before.shape


def test_out_leaves_the_project_alone(project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    was = project.read_bytes(), project.with_suffix(".safetensors").read_bytes()
    other = tmp_path / "wide.loom"
    told = _run(capsys, "widen", str(project), "conv1", "--to", "40", "-o", str(other))
    assert told["file"] == str(other) and told["weights"] == str(tmp_path / "wide.safetensors")
    assert _run(capsys, "replace", str(project), "--type", "ReLU", "--by", "gelu", "--dry-run")["file"] is None
    assert (project.read_bytes(), project.with_suffix(".safetensors").read_bytes()) == was
    assert torch.allclose(_outputs(project), _outputs(other), atol=1e-5)
    assert main(["widen", str(project), "conv1", "--to", "40", "-o", str(other)]) == 2
    assert "is there already" in capsys.readouterr().err


def test_replace_finds_by_type_name_and_value(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = str(project)
    told = _run(capsys, "replace", file, "--type", "relu", "--by", "GELU", "--in", "relu1", "relu2")
    assert told["changed"] == ["relu1", "relu2"] and told["sentence"] == "2 ReLU become GELU."
    told = _run(capsys, "replace", file, "--name", "bn*", "--by", "group_norm", "--set", "num_groups=2")
    assert told["changed"] == ["bn1", "bn2"]
    node = load_project(project).network["bn1"]
    assert node.type == "group_norm" and node.params["num_groups"] == 2
    state = load_file(project.with_suffix(".safetensors"))
    assert "bn1.weight" in state and "bn1.running_mean" not in state
    told = _run(
        capsys, "replace", file, "--type", "conv2d", "--where", "kernel_size=3", "--set", "padding_mode=reflect"
    )
    assert told["sentence"] == "2 Conv 2-D get other values."


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("replace", "--type", "relux", "--by", "gelu"), "Did you mean relu"),
        (("replace", "--by", "gelu"), "Say which blocks"),
        (("replace", "--type", "relu"), "Say what they become"),
        (("replace", "--type", "relu", "--by", "relu"), "None of these blocks would change"),
        (("replace", "--type", "lstm", "--by", "gru"), "No block is meant"),
        (("replace", "--type", "relu", "--by", "elu", "--set", "alpha"), "expected PARAM=VALUE"),
        (("replace", "--type", "relu", "--by", "elu", "--set", "alpha=much"), "Alpha must be a number"),
        (("widen", "conv11", "--to", "64"), "Did you mean conv1"),
        (("widen", "conv1", "--to", "3"), "Choose more than that"),
        (("widen", "fc2", "--to", "30"), "what the network gives"),
        (("prune", "relu1", "--to", "3"), "no channels of its own"),
        (("deepen", "pool"), "neither a convolution nor a Linear"),
        (("keep", "output"), "ends the network"),
        (("insert", "--from", "nowhere.loom"), "There is no file"),
    ],
)
def test_one_sentence_and_nothing_changed(
    words: tuple[str, ...], told: str, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    was = project.read_bytes(), project.with_suffix(".safetensors").read_bytes()
    assert main([words[0], str(project), *words[1:]]) in (1, 2)
    said = capsys.readouterr().err
    assert told in said and "Traceback" not in said
    assert (project.read_bytes(), project.with_suffix(".safetensors").read_bytes()) == was


def test_a_backbone_in_another_drawing_trains_on(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = load_file(project.with_suffix(".safetensors"))
    told = _run(capsys, "keep", str(project), "pool")
    assert told["anew"].endswith("head starts anew.")
    empty = tmp_path / "new.loom"
    assert main(["new", "blank", "-o", str(empty)]) == 0
    capsys.readouterr()
    told = _run(capsys, "insert", str(empty), "--from", str(project), "--up-to", "pool", "--as", "backbone")
    assert told["sentence"].endswith("come in as backbone with their weights.")
    state = load_file(empty.with_suffix(".safetensors"))
    assert torch.equal(state["backbone.conv1.weight"], first["conv1.weight"])
    run = ["--data", "digits", "--epochs", "1", "--device", "cpu", "--limit", "200"]
    assert main(["train", str(project), *run]) == 0
    said = capsys.readouterr().out
    assert "Starting from trained weights:" in said and "2 are missing (first: head.weight)" in said
    assert load_project(project).train.start == "weights"  # type: ignore[union-attr]
    assert main(["train", str(project), *run]) == 0
    assert "Starting from trained weights:" in capsys.readouterr().out
    assert main(["train", str(project), "--start", "fresh", *run]) == 0
    assert "Starting from" not in capsys.readouterr().out
    shutil.rmtree(tmp_path / "net-runs")


def test_weights_of_something_else_are_refused_in_a_sentence(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save_file({"other.weight": torch.zeros(3)}, tmp_path / "other.safetensors")
    run = ["--data", "digits", "--epochs", "1", "--device", "cpu", "--limit", "100"]
    assert main(["train", str(project), "--weights", str(tmp_path / "other.safetensors"), *run]) == 1
    assert "None of the weights fit this network" in capsys.readouterr().err
