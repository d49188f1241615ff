"""What the gallery says is what the libraries say."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest
import timm
import torchvision

from designer.errors import UsageError
from designer.exchange.gallery import from_json, gallery
from designer.exchange.listing import list_models
from designer.resources import resource

SCRIPT = Path(__file__).parents[3] / "packaging" / "make_pretrained.py"


def test_the_bundled_file_is_what_torchvision_says(tmp_path: Path) -> None:
    found = importlib.util.spec_from_file_location("make_pretrained", SCRIPT)
    assert found is not None and found.loader is not None
    script = importlib.util.module_from_spec(found)
    found.loader.exec_module(script)
    script.TARGET = tmp_path / "torchvision.json"
    script.main()
    bundled = json.loads(resource("pretrained", "torchvision.json").read_text(encoding="utf-8"))
    made = json.loads(script.TARGET.read_text(encoding="utf-8"))
    if bundled["version"] == made["version"]:
        assert bundled == made
    names = {m.name for m in gallery()}
    assert set(torchvision.models.list_models(module=torchvision.models)) <= names


def test_timm_lists_its_models() -> None:
    data = list_models("timm")
    models = {model.name: model for model in from_json(json.loads(json.dumps(data)))}
    assert set(models) == set(timm.list_pretrained()) and len(models) > 1000
    one = models["resnet50.a1_in1k"]
    config = timm.models.get_pretrained_cfg("resnet50.a1_in1k")
    assert one.family == "ResNet" and one.best.input == tuple(config.input_size[1:])
    assert one.best.mean == tuple(config.mean) and one.best.licence == config.license
    assert one.page == "https://huggingface.co/timm/resnet50.a1_in1k"


def test_another_library_is_refused() -> None:
    with pytest.raises(UsageError, match="timm"):
        list_models("keras")
