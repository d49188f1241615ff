"""What the kinds of jobs do, on a thread of this process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from safetensors.torch import load_file

from designer.data.spec import DataSpec
from designer.graph.model import Network
from designer.jobs.client import run_here
from designer.jobs.folder import RunFolder
from designer.jobs.specs import EvaluateJob, ExportJob, ImportWeightsJob, JobSpec, TrainJob
from designer.jobs.tasks.common import kept_normalisation

DATA = DataSpec(source="digits", limit=400)


@pytest.fixture(scope="module")
def trained(digits: Network, tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    spec = TrainJob.model_validate({"train": {"epochs": 1, "device": "cpu"}, "data": DATA})
    handle = run_here(spec, digits, tmp_path_factory.mktemp("trained") / "run")
    assert handle.wait()[-1]["type"] == "finished"
    return handle.folder


@pytest.fixture
def run(digits: Network, tmp_path: Path) -> Callable[..., Any]:
    """Runs a job to its end: the handle, and the last event."""

    def go(spec: JobSpec, name: str = "run", **settings: Any) -> Any:
        handle = run_here(spec, digits, tmp_path / name, **settings)
        return handle, handle.wait(timeout=60)[-1]

    return go


def test_what_is_remembered_of_the_data(trained: RunFolder) -> None:
    events = trained.tail().read()
    facts = next(event for event in events if event["type"] == "data")
    assert len(facts["classes"]) == 10
    assert facts["sample_dims"] == [1, 8, 8]
    kept = trained.data_facts()
    assert kept is not None and kept["classes"] == facts["classes"]
    normalisation = trained.normalisation()
    assert normalisation is not None and normalisation == kept_normalisation(trained.weights)
    assert kept_normalisation(trained.path.parent / "elsewhere.safetensors") is None
    assert trained.owner() is not None
    assert trained.network() is not None


def test_evaluation_agrees_with_the_training(trained: RunFolder, run: Any) -> None:
    spec = EvaluateJob(weights=str(trained.weights), data=DATA, device="cpu", metrics=("accuracy", "f1"))
    handle, end = run(spec)
    assert end["type"] == "finished", end
    (trainings_end,) = trained.tail().read()[-1:]
    result = handle.result
    assert result["accuracy"] == pytest.approx(trainings_end["final_accuracy"], abs=1e-6)
    assert result["loss"] == pytest.approx(trainings_end["final_loss"], rel=1e-4)
    assert len(result["classes"]) == len(result["per_class"]) == 10
    assert result["figures"] == pytest.approx({"accuracy": result["accuracy"], "f1": result["macro_f1"]})
    assert sum(map(sum, result["confusion"]["matrix"])) == result["samples"] == 80
    with Image.open(handle.folder.inside(result["unsure"][0]["picture"])) as picture:
        assert picture.size == (8, 8)
    assert result == handle.folder.result()
    assert result["top"][0] == {"k": 1, "accuracy": pytest.approx(result["accuracy"])}
    assert len(result["curves"]) == 10 and 0 <= result["calibration"]["error"] <= 1
    wrong = {(row["true"], row["predicted"]) for row in result["cells"]}
    matrix, names = result["confusion"]["matrix"], result["confusion"]["classes"]
    assert wrong == {(t, p) for i, t in enumerate(names) for j, p in enumerate(names) if i != j and matrix[i][j]}
    assert all(handle.folder.inside(row["picture"]).is_file() for row in result["cells"])


@pytest.mark.parametrize("data", [DATA, None])
def test_export_is_proved_equal(trained: RunFolder, run: Any, tmp_path: Path, data: DataSpec | None) -> None:
    out = tmp_path / "net.safetensors"
    spec = ExportJob(weights=str(trained.weights), data=data, format="safetensors", out=str(out), samples=70)
    handle, end = run(spec)
    assert end["type"] == "finished", end
    assert handle.result["max_abs_diff"] == 0.0
    assert handle.result["samples"] == 70
    assert handle.result["real_samples"] == (data is not None)
    assert load_file(out).keys() == load_file(trained.weights).keys()


def test_a_bad_export_is_a_sentence(trained: RunFolder, run: Any, tmp_path: Path) -> None:
    out = str(tmp_path / "net.x")
    _, end = run(ExportJob(weights=str(trained.weights), format="wax", out=out), "format")
    assert end["type"] == "failed" and "wax" in end["message"]
    _, end = run(ExportJob(weights=str(tmp_path / "none"), format="safetensors", out=out), "weights")
    assert end["type"] == "failed" and "none" in end["message"]
    assert not (tmp_path / "net.x").exists()


def test_import_of_weights(trained: RunFolder, run: Any, tmp_path: Path) -> None:
    handle, end = run(ImportWeightsJob(path=str(trained.weights)))
    assert end["type"] == "finished", end
    assert handle.result["missing"] == []
    mine, theirs = load_file(handle.folder.inside(handle.result["weights"])), load_file(trained.weights)
    assert all((mine[name] == theirs[name]).all() for name in theirs)
    (tmp_path / "bad.pt").write_bytes(b"cos\nsystem\n(S'true'\ntR.")
    _, end = run(ImportWeightsJob(path=str(tmp_path / "bad.pt")), "bad")
    assert end["type"] == "failed" and end["message"].count("\n") == 0


def test_training_starts_from_given_weights(trained: RunFolder, run: Any) -> None:
    spec = trained.spec()
    first = [event["loss"] for event in trained.tail().read() if event["type"] == "step"]
    handle, end = run(spec, weights=trained.weights)
    assert end["type"] == "finished"
    second = [event["loss"] for event in handle.folder.tail().read() if event["type"] == "step"]
    assert second[0] < first[0] * 0.7


def test_stopped_while_the_data_are_read(run: Any, digits: Network, tmp_path: Path, trained: RunFolder) -> None:
    folder = RunFolder.create(tmp_path / "early", trained.spec(), digits)
    folder.command("stop")
    from designer.jobs.work import run_job

    with folder.open_log() as log:
        for event in run_job(folder, log):
            log.append(event)
            assert event == {"type": "finished", "reason": "stopped"}
    assert [event["type"] for event in folder.tail().read()] == ["finished"]
