"""The job that looks at data: facts, thumbnails of just what is asked for, figures, and what is damaged or twice there."""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from designer.data.spec import DataSpec
from designer.errors import FileDamaged
from designer.jobs.browsing import ASKED, AskedFile, Tile, ask, read_tiles, write_tiles
from designer.jobs.client import JobHandle, run_here
from designer.jobs.specs import BrowseJob


class Desk:
    """A look at data on a thread of this process."""

    def __init__(self, folder: Path, data: DataSpec, **more: Any) -> None:
        self.folder = folder
        self.job: JobHandle = run_here(BrowseJob(data=data, **more), None, folder)

    def ask(self, **what: Any) -> None:
        ask(self.folder, what)

    def wait(self, kind: str, **want: Any) -> dict[str, Any]:
        """The next event of a kind."""
        until = time.monotonic() + 30
        while time.monotonic() < until:
            for event in self.job.poll():
                assert event["type"] != "failed", event
                if event["type"] == kind and all(event.get(k) == v for k, v in want.items()):
                    return dict(event)
            time.sleep(0.005)
        raise AssertionError(f"no {kind} came")

    def tiles(self, event: dict[str, Any]) -> list[Tile]:
        return list(read_tiles(self.folder / event["file"]))


@pytest.fixture
def pets(tmp_path: Path) -> Path:
    """Two classes, one file of them damaged, one a copy of another."""
    draw = random.Random(3)
    for name in ("cat", "dog"):
        (tmp_path / "pets" / name).mkdir(parents=True)
        for k in range(20):
            pixels = bytes(draw.randrange(256) for _ in range(3 * 40 * 30))
            Image.frombytes("RGB", (40, 30), pixels).save(tmp_path / "pets" / name / f"{k:02}.png")
    (tmp_path / "pets" / "cat" / "05.png").write_bytes(b"\x89PNG\r\n\x1a\n broken")
    for k in range(6):
        shutil.copy(tmp_path / "pets" / "cat" / "07.png", tmp_path / "pets" / "cat" / f"copy{k}.png")
    return tmp_path / "pets"


@pytest.fixture
def desk(pets: Path, tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path / "look", DataSpec(source=str(pets)))
    yield made
    made.job.stop()
    made.job.wait("finished")


def test_facts_come_first(desk: Desk) -> None:
    facts = desk.wait("result")["data"]
    assert facts["total"] == 46 and facts["overview"]["size"] == [3, 30, 40]
    assert facts["splits"]["Training"] + facts["splits"]["Validation"] == 46
    rows = facts["distribution"]["counts"]
    assert [sum(column) for column in zip(*rows, strict=True)] == [26, 20]
    split, targets = np.load(desk.folder / "split.npy"), np.load(desk.folder / "targets.npy")
    assert len(split) == len(targets) == 46 and (targets == 0).sum() == 26


def test_tiles_are_the_pictures_that_were_asked_for(desk: Desk, pets: Path) -> None:
    desk.ask(tiles=[45, 5, 0], side=32)
    tiles = desk.tiles(desk.wait("tiles"))
    assert [tile.number for tile in tiles] == [45, 5, 0]
    assert (tiles[0].width, tiles[0].height, tiles[0].channels, tiles[0].target) == (32, 24, 3, "dog")
    assert tiles[1].why and not tiles[1].pixels  # damaged, and said so
    want = np.asarray(Image.open(pets / "cat" / "00.png").resize((32, 24), Image.Resampling.BILINEAR))
    got = np.frombuffer(tiles[2].pixels, np.uint8).reshape(24, 32, 3)
    assert np.array_equal(got, want)


def test_one_is_shown_large_with_its_own_size(desk: Desk) -> None:
    desk.ask(large=3)
    (tile,) = desk.tiles(desk.wait("large"))
    assert (tile.width, tile.height) == (40, 30) and tile.facts["size"] == [3, 30, 40]
    assert tile.name.endswith("03.png")


def test_figures_are_those_of_the_pixels(desk: Desk, pets: Path) -> None:
    found = desk.wait("figures", over=True)
    pixels = [np.asarray(Image.open(p)) for p in sorted(pets.glob("*/*.png")) if p.parent.name + p.stem != "cat05"]
    want = np.stack(pixels).reshape(-1, 3) / 255
    assert [row["mean"] for row in found["channels"]] == pytest.approx(want.mean(axis=0), abs=1e-4)
    assert [row["std"] for row in found["channels"]] == pytest.approx(want.std(axis=0), abs=1e-4)
    assert found["damaged"] == 1 and "05.png" in found["skipped"][0][0]
    assert [h["title"] for h in found["histograms"]] == ["Width", "Height", "Width / height", "Brightness"]


def test_a_check_of_all_flags_what_is_damaged_or_there_twice(desk: Desk) -> None:
    desk.ask(check=True)
    found = desk.wait("checked", over=True)
    assert found["damaged"] == 1 and found["twins"] == 7 and found["done"] == 46
    flags, split = np.load(desk.folder / "flags.npy"), np.load(desk.folder / "split.npy")
    assert flags[5] == 1 and (flags & 2 > 0).sum() == 7
    sides = set(split[flags & 2 > 0].tolist())
    assert (found["across"] > 0) == (len(sides) == 2)


def test_it_ends_when_nobody_watches_any_more(pets: Path, tmp_path: Path) -> None:
    gone = {"pid": 2**22 + 12345, "created": 1.0, "host": __import__("platform").node(), "user": "u", "since": 1.0}
    desk = Desk(tmp_path / "alone", DataSpec(source=str(pets)), watcher=gone)
    assert desk.job.wait("finished", timeout=20)[-1]["reason"] == "completed"


def test_the_newest_list_counts_and_nonsense_is_passed_over(tmp_path: Path) -> None:
    asked = AskedFile(tmp_path)
    assert asked.new() is None
    ask(tmp_path, {"tiles": [1, 2], "side": 64})
    ask(tmp_path, {"tiles": [3, "x", 4.5], "side": 1 << 40})
    with (tmp_path / ASKED).open("ab") as file:
        file.write(b'not json\n[1]\n{"large": "x"}\n{"check": 1}\n{"large": 9}\n{"ti')
    new = asked.new()
    assert new is not None and (new.tiles, new.side, new.large, new.check) == ((3,), 96, (9,), False)
    assert asked.new() is None  # half a line is still being written


@pytest.mark.parametrize("cut", [0, 3, 10, 60, -1])
def test_a_torn_sheet_is_damaged(tmp_path: Path, cut: int) -> None:
    file = tmp_path / "t.bin"
    write_tiles(file, [Tile(1, 2, 2, 3, False, bytes(12), "a"), Tile(2, why="broken")])
    assert [tile.number for tile in read_tiles(file)] == [1, 2]
    file.write_bytes(file.read_bytes()[:cut])
    with pytest.raises(FileDamaged):
        list(read_tiles(file))
