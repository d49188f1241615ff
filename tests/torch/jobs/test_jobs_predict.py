"""What a trained network says to single pictures."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from designer.cli import main
from designer.codegen.module import build
from designer.data.open import Data, open_data
from designer.data.spec import DataSpec, Normalisation
from designer.graph.model import Network
from designer.graph.reading import network_from_json
from designer.jobs.client import run_here
from designer.jobs.folder import RunFolder
from designer.jobs.handle import JobHandle
from designer.jobs.specs import ImportModelJob, PredictJob, TrainJob
from designer.jobs.user_code import program_of

DATA = DataSpec(source="digits", limit=600)


@pytest.fixture(scope="module")
def trained(digits: Network, tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    spec = TrainJob.model_validate({"train": {"epochs": 3, "device": "cpu", "threads": 1}, "data": DATA})
    handle = run_here(spec, digits, tmp_path_factory.mktemp("trained") / "run")
    assert handle.wait()[-1]["type"] == "finished"
    return handle.folder


@pytest.fixture(scope="module")
def data() -> Data:
    return open_data(DATA)


@pytest.fixture
def pictures(data: Data, tmp_path: Path) -> list[Path]:
    """Validation samples as files: what the network says to a file must be what it says to the sample."""
    made = []
    for index in range(12):
        made.append(tmp_path / f"{index}.png")
        Image.fromarray(data.validation.raw(index)[..., 0]).save(made[-1])
    return made


Ask = Callable[..., JobHandle]


@pytest.fixture
def ask(trained: RunFolder, digits: Network, tmp_path: Path) -> Ask:
    def go(pictures: list[Path], name: str = "asked", **more: Any) -> JobHandle:
        named = tuple(map(str, pictures))
        spec = PredictJob(weights=str(trained.weights), pictures=named, device="cpu", **more)
        handle = run_here(spec, digits, tmp_path / name)
        handle.wait(timeout=60)
        return handle

    return go


def test_files_are_answered_as_the_samples_that_they_are(
    ask: Ask, pictures: list[Path], data: Data, trained: RunFolder, digits: Network
) -> None:
    from designer.exchange.weights import load_weights

    handle = ask(pictures, top=10)
    result = handle.result
    assert result is not None and result["target"] == "classes" and result["note"] == ""
    module = build(program_of(digits), None).eval()
    load_weights(module, trained.weights)
    kept = open_data(DATA, (1, 8, 8), normalisation=trained.normalisation())
    x, labels = kept.validation.batch(slice(0, 12), torch.device("cpu"))
    with torch.no_grad():
        wanted = module(x).softmax(1)
    for row, one in zip(wanted, result["pictures"], strict=True):
        values = {entry["index"]: entry["value"] for entry in one["top"]}
        assert [values[i] for i in range(10)] == pytest.approx(row.tolist(), abs=1e-5)
        assert list(values.values()) == sorted(values.values(), reverse=True)
    right = sum(one["top"][0]["label"] == str(int(y)) for one, y in zip(result["pictures"], labels, strict=True))
    assert right >= 8
    with Image.open(handle.folder.inside(result["pictures"][0]["picture"])) as seen:
        assert np.array_equal(np.asarray(seen), data.validation.raw(0)[..., 0])


def test_heat_of_a_block_and_of_a_class(ask: Ask, pictures: list[Path]) -> None:
    handle = ask(pictures[:1], way="grad-cam", block="conv1", target="7")
    assert handle.result is not None
    heat = handle.result["pictures"][0]["heat"]
    assert (heat["label"], heat["block"], heat["way"]) == ("7", "conv1", "grad-cam")
    with Image.open(handle.folder.inside(heat["map"])) as grey:
        assert grey.size == (8, 8) and grey.mode == "L" and np.asarray(grey).max() == 255


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"way": "grad-cam", "target": "eleven"}, "There is no class 'eleven'. Choose one of 0, 1, 2"),
        ({"way": "grad-cam", "block": "nowhere"}, "nowhere puts out no map of features"),
        ({"way": "x-ray"}, "There is no heat map called 'x-ray'"),
    ],
)
def test_what_cannot_be_is_said(ask: Ask, pictures: list[Path], settings: dict[str, str], words: str) -> None:
    outcome = ask(pictures[:1], **settings).outcome
    assert outcome is not None and outcome["type"] == "failed" and words in outcome["message"]


def test_one_damaged_picture_does_not_stop_the_others(ask: Ask, pictures: list[Path], tmp_path: Path) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no picture")
    result = ask([broken, pictures[0], tmp_path / "gone.png"]).result
    assert result is not None
    first, second, third = result["pictures"]
    assert "broken.png cannot be used: not a picture" in first["error"]
    assert second["top"] and "gone.png cannot be used" in third["error"]
    outcome = ask([broken], name="alone").outcome
    assert outcome is not None and outcome["type"] == "failed" and "broken.png" in outcome["message"]


def test_the_model_stays_loaded_until_its_weights_change(ask: Ask, pictures: list[Path], trained: RunFolder) -> None:
    from designer.jobs.tasks import kept_model

    ask(pictures[:1], name="first")
    (kept,) = [one for one in kept_model._KEPT.values() if one.program.outputs[0].classes == 10][-1:]
    ask(pictures[:1], name="second")
    assert kept is list(kept_model._KEPT.values())[-1]
    trained.weights.touch()
    ask(pictures[:1], name="third")
    assert kept is not list(kept_model._KEPT.values())[-1] and len(kept_model._KEPT) <= 2


def imported(name: str, tmp_path: Path) -> tuple[Network, Path]:
    """A torchvision model as a drawing, with weights by chance."""
    job = ImportModelJob(source=f"torchvision:{name}", weights="none")
    handle = run_here(job, None, tmp_path / f"import-{name}")
    handle.wait(timeout=240)
    assert handle.result is not None, handle.outcome
    network = network_from_json(json.loads(handle.folder.inside(handle.result["network"]).read_bytes()))
    weights = tmp_path / f"{name}.safetensors"
    save_file(build(program_of(network), 0).state_dict(), str(weights))
    return network, weights


def seen_at(name: str, tmp_path: Path) -> str:
    network, weights = imported(name, tmp_path)
    picture = tmp_path / "noise.png"
    pixels = np.random.default_rng(0).integers(0, 256, (224, 224, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(picture)
    look = Normalisation(mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225))
    job = PredictJob(weights=str(weights), pictures=(str(picture),), normalisation=look, way="grad-cam", device="cpu")
    handle = run_here(job, network, tmp_path / f"asked-{name}")
    handle.wait(timeout=240)
    assert handle.result is not None, handle.outcome
    assert len(handle.result["pictures"][0]["top"]) == 5
    return str(handle.result["pictures"][0]["heat"]["block"])


def test_grad_cam_of_an_imported_resnet_looks_before_the_pooling(tmp_path: Path) -> None:
    assert seen_at("resnet18", tmp_path).startswith("layer4.")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "part"), [("googlenet", "inception5b"), ("vit_b_16", "encoder_layer_11"), ("swin_t", "permute")]
)
def test_grad_cam_of_other_imported_models(name: str, part: str, tmp_path: Path) -> None:
    block = seen_at(name, tmp_path)
    assert part in block, block


def test_from_the_command_line(
    trained: RunFolder, pictures: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = str(tmp_path / "net.loom")
    assert main(["new", "digits", "-o", file]) == 0
    given = ["predict", file, str(pictures[0]), "--weights", str(trained.weights), "--device", "cpu"]
    capsys.readouterr()
    assert main([*given, "--heat", "occlusion", "-o", str(tmp_path / "seen")]) == 0
    said = capsys.readouterr().out
    assert "0.png: " in said and "Occlusion of " in said
    (written,) = (tmp_path / "seen").iterdir()
    with Image.open(written) as picture:
        assert picture.size == (224, 224) and picture.mode == "RGB"
    assert main([*given, "--top", "2", "--json"]) == 0
    (one,) = json.loads(capsys.readouterr().out)["pictures"]
    assert len(one["top"]) == 2 and "heat" not in one and "picture" not in one
    assert main(["predict", file, str(tmp_path / "gone.png"), "--weights", str(trained.weights)]) == 1
    assert "gone.png cannot be used" in capsys.readouterr().err
