"""The Data panel beside a real job on a thread: facts, samples, filters, findings, and what the checks learn."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from designer.data.spec import DataSpec
from designer.jobs.client import JobHandle, run_here
from designer.jobs.specs import JobSpec
from designer.ui.data.browser import Browser
from designer.ui.data.page import DataPanel

LEFT = Qt.MouseButton.LeftButton


class OnThreads:
    """What a worker process does, in this one."""

    def __init__(self) -> None:
        self.jobs: list[JobHandle] = []

    def submit(self, spec: JobSpec, network: Any, folder: Path) -> JobHandle:
        self.jobs.append(run_here(spec, network, folder))
        return self.jobs[-1]


@pytest.fixture
def pets(tmp_path: Path) -> Path:
    draw = random.Random(5)
    for name, count in (("cat", 30), ("dog", 12)):
        (tmp_path / "pets" / name).mkdir(parents=True)
        for k in range(count):
            Image.frombytes("RGB", (24, 16), bytes(draw.randrange(256) for _ in range(3 * 24 * 16))).save(
                tmp_path / "pets" / name / f"{k:02}.png"
            )
    (tmp_path / "pets" / "dog" / "bad.png").write_bytes(b"nothing")
    shutil.copy(tmp_path / "pets" / "cat" / "01.png", tmp_path / "pets" / "dog" / "again.png")
    return tmp_path / "pets"


@pytest.fixture
def panel(qtbot: QtBot) -> Iterator[DataPanel]:
    worker = OnThreads()
    made = DataPanel(Browser(worker))  # type: ignore[arg-type]
    made.browser.setParent(made)
    qtbot.addWidget(made)
    made.resize(1000, 420)
    made.show()
    qtbot.waitExposed(made)
    yield made
    made.close_down()
    for job in worker.jobs:
        job.wait()


def shown(panel: DataPanel, qtbot: QtBot, spec: DataSpec) -> None:
    panel.show_data(spec)
    qtbot.waitUntil(lambda: bool(panel.facts), timeout=20_000)


def rows(panel: DataPanel) -> dict[str, str]:
    return dict(panel.rows.rows())


def test_it_says_what_the_data_are(panel: DataPanel, qtbot: QtBot, pets: Path) -> None:
    assert panel.empty.isVisible()
    seen: list[Any] = []
    panel.seen.connect(lambda spec, found: seen.append((spec, found)))
    shown(panel, qtbot, DataSpec(source=str(pets)))
    said = rows(panel)
    assert panel.title.text() == "pets" and panel.kind.text() == "Folder of pictures"
    assert (said["Samples"], said["Classes"], said["Size"]) == ("44 pictures", "2: cat, dog", "3×16×24")
    assert int(said["Training"]) + int(said["Validation"]) == 44
    assert seen[0][0].source == str(pets) and seen[0][1].size == (3, 16, 24)


def test_samples_are_filtered_and_shown_large(panel: DataPanel, qtbot: QtBot, pets: Path) -> None:
    shown(panel, qtbot, DataSpec(source=str(pets)))
    assert len(panel.grid.numbers) == 44
    panel.filters.classes.setCurrentIndex(2)
    assert len(panel.grid.numbers) == 14 and panel.filters.count.text() == "14 of 44"
    panel.filters.sides.setCurrentIndex(2)
    assert 0 < len(panel.grid.numbers) < 14
    panel.filters.show_facts(("cat", "dog"))
    panel.filters.changed.emit()
    qtbot.waitUntil(lambda: 2 in panel.grid.shelf, timeout=10_000)
    QTest.mouseClick(panel.grid.viewport(), LEFT, pos=panel.grid.rect_of(2).center())
    qtbot.waitUntil(panel.details.isVisible, timeout=10_000)
    facts = dict(panel.details.facts.rows())
    assert facts["Name"] == "02.png" and facts["Class"] == "cat" and facts["Size"] == "3×16×24"
    assert panel.details.show_button.isVisible()


def test_boxes_are_drawn_on_the_large_picture(panel: DataPanel, qtbot: QtBot, tmp_path: Path) -> None:
    """As COCO annotates them: in pixels of the picture, from its upper left corner on."""
    images, boxes = [], []
    for k in range(10):
        Image.new("RGB", (60, 40), (20, 20, 20)).save(tmp_path / f"{k}.png")
        images.append({"id": k, "file_name": f"{k}.png", "width": 60, "height": 40})
        boxes.append({"id": k, "image_id": k, "category_id": k % 2, "bbox": [6, 10, 30, 20]})
    names = [{"id": 0, "name": "cat"}, {"id": 1, "name": "dog"}]
    text = json.dumps({"images": images, "annotations": boxes, "categories": names})
    (tmp_path / "instances.json").write_text(text)
    shown(panel, qtbot, DataSpec(source=str(tmp_path)))
    qtbot.waitUntil(lambda: 1 in panel.grid.shelf, timeout=10_000)
    QTest.mouseClick(panel.grid.viewport(), LEFT, pos=panel.grid.rect_of(1).center())
    qtbot.waitUntil(lambda: bool(panel.details.picture.boxes), timeout=10_000)
    (box,) = panel.details.picture.boxes
    assert box.name == "dog" and box.place.getRect() == pytest.approx((0.1, 0.25, 0.5, 0.5))
    picture = panel.details.picture
    drawn, across = picture.grab().toImage(), picture.width()
    down = across * 40 / 60
    frame = [drawn.pixelColor(round(x * across), round(y * down)) for x, y in ((0.6, 0.5), (0.4, 0.75), (0.1, 0.6))]
    assert all(colour != drawn.pixelColor(round(0.8 * across), round(0.5 * down)) for colour in frame)
    assert "dog" in picture.toolTip()


def test_a_check_lists_what_is_damaged_or_there_twice(panel: DataPanel, qtbot: QtBot, pets: Path) -> None:
    shown(panel, qtbot, DataSpec(source=str(pets)))
    QTest.mouseClick(panel.check, LEFT)
    qtbot.waitUntil(lambda: panel.out.isVisible() and panel.check.isEnabled(), timeout=20_000)
    lines = [panel.out.item(k).text() for k in range(panel.out.count())]
    assert lines[0].startswith("1 cannot be read; 2 are there more than once.")
    assert lines[1].startswith(str(Path("dog", "bad.png"))) and "same as" in lines[2]
    panel.filters.states.setCurrentIndex(1)
    assert len(panel.grid.numbers) == 1
    panel.filters.states.setCurrentIndex(2)
    assert len(panel.grid.numbers) == 2


def test_figures_come_and_lead_to_a_class(panel: DataPanel, qtbot: QtBot, pets: Path) -> None:
    shown(panel, qtbot, DataSpec(source=str(pets)))
    panel.tabs.setCurrentIndex(1)
    qtbot.waitUntil(lambda: len(panel.figures.channels.rows()) == 3, timeout=20_000)
    assert panel.figures.bars.words_at(panel.figures.bars.rect().topLeft()).startswith("cat: ")

    at = panel.figures.bars.rect().topLeft()
    at.setY(30)
    QTest.mouseClick(panel.figures.bars, LEFT, pos=at)
    assert panel.tabs.currentIndex() == 0 and panel.filters.classes.currentText() == "dog"


def test_a_table_shows_its_first_rows_with_a_summary(panel: DataPanel, qtbot: QtBot, tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_text("a,b,kind\n" + "\n".join(f"{k},{2 * k},{'xy'[k % 2]}" for k in range(30)))
    shown(panel, qtbot, DataSpec(source=str(file)))
    assert panel.tabs.isTabVisible(2)
    model = panel.head.model()
    assert [model.headerData(k, Qt.Orientation.Horizontal) for k in range(3)] == ["a", "b", "kind"]
    assert model.index(0, 0).data() == "14.5" and model.index(0, 2).data() == "2 words"
    assert model.index(6, 1).data() == "2"


def test_sounds_are_shown_as_wave_and_spectrogram(panel: DataPanel, qtbot: QtBot) -> None:
    shown(panel, qtbot, DataSpec(source="tones", rate=8000))
    qtbot.waitUntil(lambda: 3 in panel.grid.shelf, timeout=20_000)
    panel.grid.choose(3)
    qtbot.waitUntil(panel.details.isVisible, timeout=10_000)
    assert panel.details.picture.isVisible() and panel.details._plot.isVisible()
    assert len(panel.details._plot.getPlotItem().listDataItems()) == 1


def test_data_that_cannot_be_read_say_why(panel: DataPanel, qtbot: QtBot, tmp_path: Path) -> None:
    panel.show_data(DataSpec(source=str(tmp_path / "gone")))
    qtbot.waitUntil(lambda: "cannot be shown" in panel.empty.title.text(), timeout=20_000)
    assert "gone" in panel.empty.hint.text() and panel.empty.isVisible()


def test_other_data_take_the_place_of_the_first(panel: DataPanel, qtbot: QtBot, pets: Path) -> None:
    shown(panel, qtbot, DataSpec(source=str(pets)))
    panel.facts = {}
    shown(panel, qtbot, DataSpec(source="digits"))
    assert rows(panel)["Samples"] == "1,797 pictures" and len(panel.grid.numbers) == 1797
    panel.show_data(None)
    qtbot.waitUntil(panel.empty.isVisible)


def test_nothing_is_asked_while_nobody_looks(panel: DataPanel, qtbot: QtBot) -> None:
    panel.hide()
    panel.show_data(DataSpec(source="digits"))
    later: list[bool] = []
    QTimer.singleShot(panel._soon.interval(), lambda: later.append(True))  # as long as the panel puts things off
    qtbot.waitUntil(lambda: bool(later))
    assert panel.browser.spec is None
    panel.show()
    qtbot.waitUntil(lambda: panel.browser.spec is not None)
