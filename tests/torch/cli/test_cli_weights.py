"""`layerloom weights`: list, map, take; the project gets them, or is left as it was."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from designer.cli import main
from designer.codegen.module import build
from designer.codegen.python import compile_network
from designer.project.file import load_project
from designer.project.lock import FileLock


@pytest.fixture
def project(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    file = tmp_path / "net.loom"
    assert main(["new", "digits", "-o", str(file)]) == 0
    capsys.readouterr()
    return file


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str], project: Path) -> Any:
    def go(source: Path, *options: str | Path) -> tuple[int, dict[str, Any]]:
        code = main(["weights", str(project), "--from", str(source), *map(str, options), "--json"])
        return code, json.loads(capsys.readouterr().out)

    return go


def state(project: Path, seed: int = 5) -> dict[str, torch.Tensor]:
    return dict(build(compile_network(load_project(project).network), seed).state_dict())


def test_take_and_evaluate(project: Path, call: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    theirs = state(project)
    torch.save({"state_dict": {f"module.{n}": t for n, t in theirs.items()}}, tmp_path / "a.pth")
    code, data = call(tmp_path / "a.pth")
    assert code == 0 and data["ok"] and "without “module.”" in data["sentence"]
    saved = load_project(project)
    assert saved.weights == project.with_suffix(".safetensors") and not saved.weights_missing
    made = load_file(saved.weights)
    assert all(torch.equal(made[name], theirs[name]) for name in theirs)
    assert main(["evaluate", str(project), "--data", "digits", "--limit", "200", "--device", "cpu"]) == 0
    assert sorted(p.name for p in tmp_path.iterdir() if p.is_dir()) == ["net-runs"]  # the evaluation's, none of ours


def test_list_changes_nothing_and_its_map_can_be_edited(project: Path, call: Any, tmp_path: Path) -> None:
    theirs = state(project)
    theirs["conv1.weight"] = torch.randn(theirs["conv1.weight"].shape[0], 3, 3, 3)
    save_file(theirs, tmp_path / "a.safetensors")
    before = project.read_bytes()
    code, listed = call(tmp_path / "a.safetensors", "--list")
    assert code == 0 and not listed["complete"] and project.read_bytes() == before
    row = next(row for row in listed["weights"] if row["name"] == "conv1.weight")
    assert row["state"] == "shape" and row["offers"] == ["sum_inputs", "mean_inputs", "corner"]
    code, refused = call(tmp_path / "a.safetensors")
    assert code == 1 and "1 has another shape (first: conv1.weight" in refused["error"]
    assert project.read_bytes() == before
    listed["map"]["weights"]["conv1.weight"] = {"from": "conv1.weight", "by": "sum_inputs"}
    (tmp_path / "map.json").write_text(json.dumps(listed))
    code, done = call(tmp_path / "a.safetensors", "--map", tmp_path / "map.json")
    assert code == 0 and done["missing"] == done["wrong_shape"] == []
    made = load_file(load_project(project).weights or Path())
    torch.testing.assert_close(made["conv1.weight"], theirs["conv1.weight"].sum(1, keepdim=True))


def test_a_part_of_it_leaves_the_rest(project: Path, call: Any, tmp_path: Path) -> None:
    first, second = state(project, 1), state(project, 2)
    save_file(first, tmp_path / "first.safetensors")
    save_file({"conv1.weight": second["conv1.weight"]}, tmp_path / "second.safetensors")
    assert call(tmp_path / "first.safetensors")[0] == 0
    code, data = call(tmp_path / "second.safetensors", "--partial")
    assert code == 0 and data["rest"] == "stays as the project's weights have it"
    made = load_file(load_project(project).weights or Path())
    assert torch.equal(made["conv1.weight"], second["conv1.weight"])
    assert all(torch.equal(made[n], first[n]) for n in first if n != "conv1.weight")
    code, data = call(tmp_path / "second.safetensors", "--partial", "--fresh")
    made = load_file(load_project(project).weights or Path())
    assert code == 0 and not torch.equal(made["fc1.weight" if "fc1.weight" in made else "fc.weight"],
                                         first["fc1.weight" if "fc1.weight" in made else "fc.weight"])  # fmt: skip


def test_parts_and_guesses_are_named(project: Path, call: Any, tmp_path: Path) -> None:
    one, other = state(project, 1), state(project, 2)
    torch.save({"model": one, "ema": other}, tmp_path / "a.pth")
    assert call(tmp_path / "a.pth", "--list")[1]["parts"] == ["model", "ema"]
    assert call(tmp_path / "a.pth", "--part", "ema")[0] == 0
    made = load_file(load_project(project).weights or Path())
    assert all(torch.equal(made[n], other[n]) for n in other)
    code, data = call(tmp_path / "a.pth", "--part", "no")
    assert code in (1, 2) and "no part “no”" in data["error"]


@pytest.mark.parametrize("text", ["", "{", '{"weights": {"conv1.weight": "nowhere"}}', '{"weights": {"x": "conv1.weight"}}',
                                  '{"weights": {"conv1.weight": {"from": "conv1.weight", "by": "transpose"}}}'])  # fmt: skip
def test_wrong_maps_change_nothing(project: Path, call: Any, tmp_path: Path, text: str) -> None:
    save_file(state(project), tmp_path / "a.safetensors")
    (tmp_path / "map.json").write_text(text)
    before = project.read_bytes()
    code, data = call(tmp_path / "a.safetensors", "--map", tmp_path / "map.json", "--partial")
    assert code in (1, 2) and data["error"].count("\n") == 0
    assert project.read_bytes() == before and not project.with_suffix(".safetensors").exists()


def test_what_cannot_be_taken(project: Path, call: Any, tmp_path: Path) -> None:
    assert "cannot be opened" in call(tmp_path / "none.pth")[1]["error"]
    save_file({"quite.other": torch.zeros(2)}, tmp_path / "other.safetensors")
    assert "Nothing in" in call(tmp_path / "other.safetensors", "--partial")[1]["error"]
    save_file(state(project), tmp_path / "a.safetensors")
    with FileLock(project):
        code, data = call(tmp_path / "a.safetensors")
    assert code == 1 and data["kind"] == "FileInUse" and load_project(project).weights is None


def test_a_table_for_people(project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    theirs = state(project)
    theirs["[bold]odd"] = torch.zeros(1)
    save_file(theirs, tmp_path / "a.safetensors")
    assert main(["weights", str(project), "--from", str(tmp_path / "a.safetensors"), "--list"]) == 0
    out = capsys.readouterr().out
    assert "conv1.weight" in out and "1 of the file is not used (first: [bold]odd)" in out
