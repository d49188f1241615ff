"""``layerloom plot`` draws what the window would, and writes every number."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtSvg import QSvgRenderer

from designer.cli import main
from tests.pure.ui.plots_kit import log, write


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return write(tmp_path / "run", log(3, figures=True))


def plotted(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, dict[str, object]]:
    code = main(["plot", *map(str, arguments), "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_a_picture_of_a_run(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "a.png"
    code, data = plotted(
        capsys, run, "-o", out, "--plots", "loss,f1", "--size", "900x400", "--scale", "1", "--x", "time"
    )
    assert code == 0 and data["plots"] == ["loss", "f1"]
    with Image.open(out) as light:
        assert light.size == (900, 400) == (data["width"], data["height"])
        bright = light.getpixel((1, 1))
    plotted(capsys, run, "-o", out, "--theme", "dark", "--scale", "1", "--means", "--log", "loss")
    with Image.open(out) as dark:
        assert sum(dark.getpixel((1, 1))[:3]) < 200 < sum(bright[:3])


def test_several_runs_as_lines_that_can_be_scaled(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for i in range(2):
        write(tmp_path / "series" / f"seed-{i}", log(2, shift=float(i)))
    out = tmp_path / "a.svg"
    code, data = plotted(capsys, run, tmp_path / "series", "-o", out, "--band", "deviation", "--x", "epoch")
    assert code == 0 and data["runs"] == 2
    text = out.read_text()
    assert QSvgRenderer(str(out)).isValid() and "series, 2 runs" in text and "Epochs" in text and "<image" not in text


def test_the_numbers_need_no_window(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "a.csv"
    code, data = plotted(capsys, run, "-o", out)
    with out.open() as file:
        rows = list(csv.DictReader(file))
    assert code == 0 and len(rows) == data["points"] and {row["plot"] for row in rows} == set(data["plots"])  # type: ignore[call-overload]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("-o", "a.gif"), "expected a name that ends in .png, .svg or .csv"),
        (("-o", "a.csv", "--plots", "los"), "Did you mean loss?"),
        (("-o", "a.png", "--size", "9"), "such as 1600x900"),
        (("-o", "a.png", "--smoothing", "2"), "--smoothing must be from 0 to 0.99"),
        (("-o", "nowhere/a.csv"), "Could not write"),
    ],
)
def test_what_cannot_be_is_said(
    run: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    sentence: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["plot", str(run), *arguments]) != 0
    assert sentence in capsys.readouterr().err


def test_no_run_and_no_values_are_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "none").mkdir()
    assert main(["plot", str(tmp_path / "none"), "-o", str(tmp_path / "a.csv")]) != 0
    assert "holds no run" in capsys.readouterr().err
    empty = write(tmp_path / "empty", [{"type": "submitted", "seq": 1, "time": 0.0}])
    assert main(["plot", str(empty), "-o", str(tmp_path / "a.csv")]) != 0
    assert "nothing to plot" in capsys.readouterr().err
