"""Labels of axes, which plots a run has, where runs lie, and the table of their numbers."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from designer.errors import UsageError
from designer.ui.plots.declared import columns, plots, plots_in
from designer.ui.plots.grid import HIGH, WIDE, arranged
from designer.ui.plots.marks import marks_in
from designer.ui.plots.places import run_name, runs_in
from designer.ui.plots.recorded import read_runs
from designer.ui.plots.scale import settled, tick_words, time_ticks
from tests.pure.ui.plots_kit import PER_EPOCH, log, write


@given(st.floats(-1e6, 1e6), st.floats(1e-6, 1e5), st.integers(2, 8))
def test_no_two_labels_of_an_axis_are_the_same(start: float, step: float, number: int) -> None:
    ticks = [start + i * step for i in range(number)]
    if step >= 1e-8 * max(abs(t) for t in ticks):
        texts = tick_words(ticks, step)
        assert len(set(texts)) == number, texts


def test_labels_have_as_many_digits_as_they_need() -> None:
    assert tick_words([0, 0.5, 1], 0.5) == ["0", "0.5", "1.0"]
    assert tick_words([1000, 2000], 1000) == ["1,000", "2,000"]
    assert tick_words([1e-5, 2.5e-5], 1.5e-5) == ["1.0e-5", "2.5e-5"]
    assert tick_words([], 1) == []


@given(st.floats(0, 1e6), st.floats(0.01, 1e7), st.integers(2, 12))
def test_times_are_round_and_fit(start: float, span: float, room: int) -> None:
    ticks = time_ticks(start, start + span, room)
    assert len(ticks) <= room + 1 and all(start - 1e-6 <= tick <= start + span + 1e-6 for tick in ticks)


def test_a_single_value_lies_in_the_middle_of_its_own_size() -> None:
    for value in (1.8, 0.01, 3000.0, -2.0):
        low, high = settled(value, value, None)
        assert low < value < high and high - low == pytest.approx(0.2 * 1.16 * abs(value), rel=0.2)
        assert settled(value, value, (low, high)) == (low, high)


@pytest.mark.parametrize("number", [1, 2, 3, 6, 9])
@pytest.mark.parametrize("size", [(300, 200), (600, 400), (1900, 500), (2400, 1300)])
def test_plots_are_never_too_small_to_read(number: int, size: tuple[int, int]) -> None:
    columns_, high = arranged(number, *size)
    assert 1 <= columns_ <= 4
    assert columns_ == 1 or (size[0] - 12 * (columns_ - 1)) / columns_ >= WIDE
    assert high >= HIGH or number <= columns_


def test_every_figure_that_a_run_tells_has_a_plot() -> None:
    events = [
        {"type": "step", "iteration": 1, "figures": {"f1": 0.25, "odd_one": 3.0, "accuracy": 0.5}},
        {
            "type": "validated",
            "iteration": 1,
            "figures": {"f1": 0.5},
            "outputs": {"a.b": {"loss": 1.0, "accuracy": None}},
        },
    ]
    found = {plot.name: plot for plot in plots_in(events)}
    assert list(found) == ["f1", "odd_one", "loss of a.b"]  # accuracy has one anyway
    assert found["f1"].title == "F1" and found["f1"].text(0.25) == "25.00 %" and found["odd_one"].title == "Odd one"
    points = columns(events, found.values())
    assert points["f1"] == {"Training": ([1], [0.25]), "Epoch mean": ([], []), "Validation": ([1], [0.5])}
    assert points["loss of a.b"]["Validation"] == ([1], [1.0])
    assert plots_in(events, found) == ()


def test_means_of_epochs_lie_at_their_ends() -> None:
    points = columns(log(2), plots(), PER_EPOCH)["loss"]["Epoch mean"]
    assert points == ([10, 20], [0.15, 0.075])
    assert columns(log(2), plots())["loss"]["Epoch mean"] == ([], [])


def test_marks_tell_what_happened() -> None:
    events = [
        {"type": "noted", "iteration": 5, "what": "rate", "text": "The learning rate is 0.1 from iteration 6 on."},
        {"type": "noted", "iteration": 6, "what": "refused", "text": "No."},
        {"type": "checkpoint", "iteration": 7, "best": True},
        {"type": "checkpoint", "iteration": 8, "best": False},
        {"type": "noted", "iteration": 9, "what": "early_stop", "text": "The run ends early."},
    ]
    assert [(mark.at, mark.kind) for mark in marks_in(events)] == [
        (5, "rate"), (7, "best"), (8, "checkpoint"), (9, "early_stop"),
    ]  # fmt: skip


def test_runs_are_found_alone_and_as_series(tmp_path: Path) -> None:
    alone = write(tmp_path / "alone", log())
    series = [write(tmp_path / "series" / f"seed-{i}", log()) for i in range(3)]
    assert runs_in(alone) == [alone] and runs_in(tmp_path / "series") == series
    (tmp_path / "none").mkdir()
    with pytest.raises(UsageError, match="holds no run"):
        runs_in(tmp_path / "none")
    with pytest.raises(UsageError, match="cannot be read"):
        runs_in(tmp_path / "gone")
    (alone / "run.json").write_text('{"name": "The good one"}')
    assert run_name(alone) == "The good one" and run_name(series[0]) == "seed-0"
    (alone / "run.json").write_text("[nonsense")
    assert run_name(alone) == "alone"


def test_the_table_has_every_point_with_all_its_places(tmp_path: Path) -> None:
    write(tmp_path / "one", log(2, figures=True))
    for i in range(2):
        write(tmp_path / "series" / f"seed-{i}", log(1, shift=float(i)))
    record = read_runs([tmp_path / "one", tmp_path / "series"])
    assert record.plots_with_values() == ["loss", "accuracy", "f1", "learning_rate", "throughput", "memory", "use"]
    number = record.write_csv(tmp_path / "out.csv", ["loss", "f1"])
    with (tmp_path / "out.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == number == (20 + 2 + 2) + 2 * (10 + 1 + 1) + 20
    row = next(r for r in rows if r["run"] == "one" and r["series"] == "Training" and r["iteration"] == "15")
    assert float(row["value"]) == 1 / 15 and float(row["epoch"]) == 1.5 and float(row["seconds"]) == 7.5
    assert float(row["smoothed"]) > 1 / 15
    validated = [r for r in rows if r["series"] == "Validation" and r["run"] == "series 2"]
    assert [(r["iteration"], float(r["value"]), r["smoothed"]) for r in validated] == [("10", 1.2, "")]
