"""A library of 1,000 runs: read for the first time, from digests, and again; and how long the window stands still meanwhile.

The ratios are of one run on one machine; the seconds are printed only.
"""

from __future__ import annotations

import time
from pathlib import Path

from pytestqt.qtbot import QtBot

from designer.jobs.library import Library
from designer.ui.runs_library.page import RunsPage
from tests.pure.jobs.made_runs import events, finished, made_run

RUNS = 1000


def many(root: Path) -> None:
    """A thousand runs with logs of 2 MB each at every tenth."""
    first = made_run(root / "r0000", [*events(0.5, 0.6), finished()])
    files = {file.name: file.read_bytes() for file in first.iterdir() if file.is_file() and file.name != "model.py"}
    lines = files["events.jsonl"].splitlines(keepends=True)
    step = next(line for line in lines if b'"type":"step"' in line)
    long = b"".join([*lines[:-1], *[step] * (2_000_000 // len(step)), lines[-1]])
    for i in range(1, RUNS):
        copy = root / f"r{i:04}"
        copy.mkdir()
        for name, data in files.items():
            (copy / name).write_bytes(long if name == "events.jsonl" and i % 10 == 0 else data)


def test_a_thousand_runs(tmp_path: Path, qtbot: QtBot) -> None:
    many(tmp_path)

    def took(library: Library) -> float:
        began = time.process_time()
        assert len(library.runs()) == RUNS
        return time.process_time() - began

    library = Library(tmp_path)
    first, kept, again = took(library), took(Library(tmp_path)), took(library)
    page = RunsPage()
    qtbot.addWidget(page)
    page.resize(1280, 800)
    turns: list[float] = []
    began = [0.0]
    read_on = page.reader._read_on

    def timed() -> None:
        began[0] = time.thread_time()
        read_on()
        turns.append(time.thread_time() - began[0])

    page.reader._turn.timeout.disconnect()
    page.reader._turn.timeout.connect(timed)
    page.look_at(tmp_path)
    page.show()
    qtbot.waitUntil(lambda: page.reader.complete, timeout=60_000)
    turns.sort()
    print(f"\n{RUNS} runs: {first:.2f} s at first, {kept:.3f} s from digests, {again:.3f} s again; in the window "
          f"{len(turns)} turns, median {1000 * turns[len(turns) // 2]:.1f} ms, longest {1000 * turns[-1]:.1f} ms")  # fmt: skip
    assert kept < first / 3 and again < kept
    assert turns[-1] < first / 3, "the window stood still for a good part of the reading"
