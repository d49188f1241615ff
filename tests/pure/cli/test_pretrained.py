"""`layerloom pretrained`: the models that can be imported, without a window."""

from __future__ import annotations

import json
from typing import Any

import pytest

from designer.cli import main
from designer.exchange.gallery import gallery


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, Any]]:
    assert main(["pretrained", *arguments, "--json"]) == 0
    found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)["models"]
    return found


def test_all_of_them_with_their_facts(capsys: pytest.CaptureFixture[str]) -> None:
    models = {model["source"]: model for model in told(capsys)}
    assert set(models) == {model.source for model in gallery()}
    assert models["torchvision:resnet50"]["weights"][0]["metrics"]["acc@1"] == 80.858


@pytest.mark.parametrize("text, most", [("10M", 10_000_000), ("2500k", 2_500_000), ("1300000", 1_300_000)])
def test_sizes(capsys: pytest.CaptureFixture[str], text: str, most: int) -> None:
    models = told(capsys, "--under", text)
    assert models and all(model["weights"][0]["params"] < most for model in models)


def test_words_tasks_and_families(capsys: pytest.CaptureFixture[str]) -> None:
    assert [m["name"] for m in told(capsys, "vit", "b", "16")] == ["vit_b_16"]
    assert len(told(capsys, "--task", "video")) == 9
    assert {m["family"] for m in told(capsys, "--family", "resnext")} == {"ResNeXt"}


def test_a_table_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["pretrained", "googlenet"]) == 0
    out = capsys.readouterr().out
    assert "6.62 M" in out and "69.8 %" in out and "layerloom import torchvision:googlenet" in out


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["--under", "many"], "such as 10M"),
        (["--under", ""], "such as 10M"),
        (["--under", "infM"], "such as 10M"),
        (["--family", "Bagel"], "Choose one of"),
        (["zzzzqq"], "lists all of them"),
    ],
)
def test_what_cannot_be_is_said(capsys: pytest.CaptureFixture[str], arguments: list[str], words: str) -> None:
    assert main(["pretrained", *arguments]) != 0
    assert words in capsys.readouterr().err
