"""Looking into a file of weights and taking them, as jobs on a thread of this process."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from designer.codegen.module import build
from designer.codegen.python import compile_network
from designer.exchange.mapping.fit import propose
from designer.exchange.mapping.spec import WeightMap
from designer.exchange.mapping.weight import weights_from
from designer.graph.model import Network
from designer.jobs.client import run_here
from designer.jobs.specs import ImportWeightsJob, JobSpec, LookJob, parse_spec


@pytest.fixture
def run(digits: Network, tmp_path: Path) -> Callable[..., Any]:
    """Runs a job to its end: its result, and the last event."""

    def go(spec: JobSpec, name: str = "run", **settings: Any) -> Any:
        handle = run_here(parse_spec(json.loads(spec.model_dump_json())), digits, tmp_path / name, **settings)
        end = handle.wait(timeout=60)[-1]
        return (handle.result, end, handle.folder) if end["type"] == "finished" else (None, end, handle.folder)

    return go


def trained(network: Network, seed: int = 7) -> dict[str, torch.Tensor]:
    return dict(build(compile_network(network), seed).state_dict())


def test_what_a_window_needs_to_propose(run: Any, digits: Network, tmp_path: Path) -> None:
    state = trained(digits)
    torch.save({"model": {f"module.{n}": t for n, t in state.items()}, "ema": state, "epoch": 3}, tmp_path / "a.pth")
    result, _, folder = run(LookJob(path=str(tmp_path / "a.pth")))
    assert result["kind"] == "pth" and [part["name"] for part in result["parts"]] == ["model", "ema"]
    network = weights_from(result["network"])
    assert [weight.name for weight in network] == list(state)
    fit = propose(network, weights_from(result["parts"][0]["weights"]))
    assert fit.complete and fit.prefix == ("module.", "")
    assert not folder.weights.exists()


def test_names_alone_are_enough(run: Any, digits: Network, tmp_path: Path) -> None:
    state = trained(digits)
    save_file({f"net.{n}": t for n, t in state.items()}, tmp_path / "a.safetensors")
    result, _, folder = run(ImportWeightsJob(path=str(tmp_path / "a.safetensors")))
    made = load_file(folder.inside(result["weights"]))
    assert made.keys() == state.keys() and all(torch.equal(made[n], state[n]) for n in state)
    assert result["warning"] == "" and "without “net.”" in result["sentence"]


def test_a_map_on_top_of_the_weights_that_are_there(run: Any, digits: Network, tmp_path: Path) -> None:
    mine, theirs = trained(digits, 1), trained(digits, 2)
    save_file(mine, tmp_path / "mine.safetensors")
    torch.save({"x": {"y": theirs["conv1.weight"], "z": theirs["bn1.bias"]}}, tmp_path / "a.pth")
    wanted = WeightMap.model_validate({"part": "x", "weights": {"conv1.weight": "y", "bn1.bias": "z"}})
    spec = ImportWeightsJob(path=str(tmp_path / "a.pth"), map=wanted, partial=True)
    result, _, folder = run(spec, weights=tmp_path / "mine.safetensors")
    made = load_file(folder.inside(result["weights"]))
    for name in mine:
        source = theirs if name in ("conv1.weight", "bn1.bias") else mine
        assert torch.equal(made[name], source[name]), name
    assert WeightMap.model_validate(result["map"]) == wanted


def test_not_all_of_it_is_said_unless_a_part_is_enough(run: Any, digits: Network, tmp_path: Path) -> None:
    state = trained(digits)
    del state["conv1.weight"]
    save_file(state, tmp_path / "a.safetensors")
    result, end, folder = run(ImportWeightsJob(path=str(tmp_path / "a.safetensors")), "whole")
    assert result is None and "1 is missing (first: conv1.weight)" in end["message"] and not folder.weights.exists()
    result, _, _ = run(ImportWeightsJob(path=str(tmp_path / "a.safetensors"), partial=True), "part")
    assert result["missing"] == ["conv1.weight"]


def test_a_guess_is_taken_only_when_it_is_asked_for(run: Any, digits: Network, tmp_path: Path) -> None:
    state = trained(digits)
    layers = list(dict.fromkeys(name.rpartition(".")[0] for name in state))
    torch.save({f"{layers.index(n.rpartition('.')[0])}.{n.rpartition('.')[2]}": t for n, t in state.items()},
               tmp_path / "a.pth")  # fmt: skip
    spec = ImportWeightsJob(path=str(tmp_path / "a.pth"), partial=True)
    result, _, _ = run(spec, "names")
    assert result["matched"] == 0
    result, _, folder = run(spec.model_copy(update={"guess": True}), "guess")
    made = load_file(folder.inside(result["weights"]))
    learned = [name for name in state if not name.endswith("num_batches_tracked")]
    assert result["matched"] == len(learned) and all(torch.equal(made[n], state[n]) for n in learned)


def test_a_mapping_of_thousands_of_weights_reaches_the_job(tmp_path: Path) -> None:
    names = {f"features.denseblock3.denselayer{i}.norm1.weight": f"module.backbone.layer{i}.w" for i in range(10_000)}
    spec = ImportWeightsJob(path="x", map=WeightMap.model_validate({"weights": names}))
    handle = run_here(spec, None, tmp_path / "run")
    assert "needs a network" in handle.wait(timeout=60)[-1]["message"]  # read, and then refused for what it lacks
    assert handle.folder.spec() == spec


def test_values_that_are_no_numbers_are_taken_and_told(run: Any, digits: Network, tmp_path: Path) -> None:
    state = trained(digits)
    state["bn1.bias"][0] = float("nan")
    save_file(state, tmp_path / "a.safetensors")
    result, _, _ = run(ImportWeightsJob(path=str(tmp_path / "a.safetensors")))
    assert result["not_finite"] == ["bn1.bias"] and result["warning"].startswith("One weight holds values")
