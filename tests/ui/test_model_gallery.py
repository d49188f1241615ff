"""The gallery of pretrained models: search, filters, order, facts, and what its buttons ask for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from designer.exchange.gallery import Pretrained, Weights, gallery
from designer.ui import theme
from designer.ui.models.page import ModelPage
from designer.ui.models.words import COLUMNS


@pytest.fixture
def page(qtbot: QtBot) -> Iterator[ModelPage]:
    made = ModelPage()
    qtbot.addWidget(made)
    made.resize(1280, 780)
    with qtbot.waitExposed(made):
        made.show()
    yield made


def shown(page: ModelPage) -> list[str]:
    return [model.name for model in page.table.models.models]


def type_in(page: ModelPage, qtbot: QtBot, text: str) -> None:
    page.filters.search.setFocus()
    with qtbot.waitSignal(page.filters.changed):
        QTest.keyClicks(page.filters.search, text)


def heading(page: ModelPage, key: str) -> None:
    """Click on the heading of a column."""
    at = next(i for i, column in enumerate(COLUMNS) if column.key == key)
    head = page.table.horizontalHeader()
    x = head.sectionViewportPosition(at) + head.sectionSize(at) // 2
    QTest.mouseClick(head.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(x, head.height() // 2))


def test_all_models_are_shown_and_the_first_one_is_chosen(page: ModelPage) -> None:
    assert len(shown(page)) == len(gallery())
    assert page.details.isVisible() and page.details.title.text() == page.table.models.models[0].title
    assert page.filters.tasks.tabText(0) == f"All  {len(gallery())}"
    assert page.filters.library_box.isHidden(), "one library is no choice"


def test_typing_finds_and_the_keyboard_opens(page: ModelPage, qtbot: QtBot) -> None:
    type_in(page, qtbot, "vit b 16")
    assert shown(page) == ["vit_b_16"]
    assert [page.filters.tasks.tabText(i) for i in range(3)] == ["All  1", "Classification  1", "Segmentation  0"]
    QTest.keyClick(page.filters.search, Qt.Key.Key_Down)
    assert page.table.hasFocus()
    with qtbot.waitSignal(page.asked) as asked:
        QTest.keyClick(page.table, Qt.Key.Key_Return)
    assert asked.args[0].source == "torchvision:vit_b_16" and asked.args[1] == "default"


def test_enter_right_after_typing_takes_the_answer_to_what_was_typed(page: ModelPage) -> None:
    page.filters.search.setFocus()
    QTest.keyClicks(page.filters.search, "swin v2 t")
    QTest.keyClick(page.filters.search, Qt.Key.Key_Return)
    assert shown(page) == ["swin_v2_t"] and page.table.hasFocus()


def test_nothing_found_offers_all_again(page: ModelPage, qtbot: QtBot) -> None:
    type_in(page, qtbot, "zzzzqq")
    assert shown(page) == [] and page.empty.isVisible() and page.details.isHidden()
    QTest.mouseClick(page.clear_button, Qt.MouseButton.LeftButton)
    assert len(shown(page)) == len(gallery()) and page.table.isVisible() and page.details.isVisible()


def test_filters_narrow_and_counts_follow(page: ModelPage) -> None:
    page.filters.size_box.setCurrentText("Under 10 M")
    page.filters.input_box.setCurrentText("Up to 224")
    found = page.table.models.models
    assert found and all((m.best.params or 0) < 10_000_000 and max(m.best.input or (999,)) <= 224 for m in found)
    page.filters.tasks.setCurrentIndex(1)
    assert all(m.task == "classification" for m in page.table.models.models)
    page.filters.family_box.setCurrentText("MNASNet")
    assert shown(page) == ["mnasnet0_5", "mnasnet0_75", "mnasnet1_0", "mnasnet1_3"]
    assert page.filters.tasks.tabText(1) == "Classification  4"


def test_headings_sort_and_the_chosen_model_stays_chosen(page: ModelPage) -> None:
    page.filters.tasks.setCurrentIndex(1)
    page.look_at("torchvision:googlenet")
    heading(page, "params")
    sizes = [m.best.params or 0 for m in page.table.models.models]
    assert sizes == sorted(sizes)
    heading(page, "params")
    assert [m.best.params or 0 for m in page.table.models.models] == sorted(sizes, reverse=True)
    heading(page, "score")
    assert shown(page)[0] == "vit_h_14", "the most accurate first"
    assert page.table.current is not None and page.table.current.name == "googlenet"
    assert page.details.title.text() == "GoogLeNet"


def test_scores_are_compared_with_their_like_only(page: ModelPage) -> None:
    heading(page, "score")
    tasks = [m.task for m in page.table.models.models]
    assert tasks == sorted(tasks, key=["classification", "segmentation", "detection", "video"].index)


def test_what_is_not_known_stands_last_either_way(page: ModelPage) -> None:
    page.add([Pretrained("timm", "odd.one", "odd", "Odd", "classification", (Weights("one"),))])
    for order in (Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder):
        page.table.sortByColumn(1, order)
        assert shown(page)[-1] == "odd.one"


def test_details_say_all_that_is_known(page: ModelPage) -> None:
    page.look_at("torchvision:resnet50")
    rows = dict(page.details.facts.rows())
    assert rows["Parameters"] == "25,557,032" and rows["Multiply-adds"] == "4.09 G at 224×224"
    assert rows["Top-1 accuracy"] == "80.86 %" and rows["Weights from"] == "download.pytorch.org"
    assert rows["Normalisation"] == "mean 0.485, 0.456, 0.406\ndeviation 0.229, 0.224, 0.225"
    assert rows["Licence"] == "code BSD-3-Clause\nweights: none stated"
    assert page.details.page.isVisible() and page.details.licence_page.isHidden()
    page.look_at("torchvision:vit_h_14")
    assert page.details.licence_page.isVisible(), "these weights have a licence of their own"
    page.look_at("torchvision:fasterrcnn_resnet50_fpn")
    assert dict(page.details.facts.rows())["Input"] == "3 channels, pictures of any size"


def test_other_weights_of_a_model_are_named_when_they_are_asked_for(page: ModelPage, qtbot: QtBot) -> None:
    page.look_at("torchvision:resnet50")
    page.details.sets.setCurrentIndex(1)
    assert dict(page.details.facts.rows())["Top-1 accuracy"] == "76.13 %"
    with qtbot.waitSignal(page.asked) as asked:
        QTest.mouseClick(page.details.with_weights, Qt.MouseButton.LeftButton)
    assert asked.args[1] == "IMAGENET1K_V1"
    with qtbot.waitSignal(page.asked) as asked:
        QTest.mouseClick(page.details.without, Qt.MouseButton.LeftButton)
    assert asked.args[1] == "none"
    with qtbot.waitSignal(page.fileWanted) as wanted:
        QTest.mouseClick(page.details.local, Qt.MouseButton.LeftButton)
    assert wanted.args[0].name == "resnet50"


def test_weights_without_a_drawing_look_for_their_model(page: ModelPage, qtbot: QtBot, tmp_path: Path) -> None:
    file = tmp_path / "my.safetensors"
    page.use_file(file)
    assert page.banner.isVisible() and "my.safetensors" in page.banner_words.text()
    page.look_at("torchvision:alexnet")
    assert page.details.with_weights.text() == "Open with my.safetensors"
    with qtbot.waitSignal(page.asked) as asked:
        QTest.mouseClick(page.details.with_weights, Qt.MouseButton.LeftButton)
    assert asked.args[1] == str(file)
    page.forget_file()
    assert page.details.with_weights.text() == "Open with weights" and page.banner.isHidden()


def test_another_library_comes_in_without_losing_the_place(page: ModelPage) -> None:
    page.look_at("torchvision:vgg16")
    new = Pretrained("timm", "a.b", "a", "Aardvark", "", (Weights("b", licence="mit"),), licence="Apache-2.0")
    page.add([new])
    page.add([new])
    assert sum(m.source == "timm:a.b" for m in page.models) == 1
    assert page.table.current is not None and page.table.current.name == "vgg16"
    assert page.filters.library_box.isVisible() and page.filters.family_box.itemText(1) == "Aardvark"
    page.look_at("timm:a.b")
    assert dict(page.details.facts.rows())["Licence"] == "code Apache-2.0\nweights mit"
    assert page.details.sets.isHidden() and page.details.page.isHidden()


@pytest.mark.parametrize("width", [880, 1024, 1280, 1920])
def test_columns_give_way_and_names_stay_readable(page: ModelPage, width: int) -> None:
    page.resize(width, 600)
    table = page.table
    seen = [c.key for i, c in enumerate(COLUMNS) if not table.isColumnHidden(i)]
    assert {"title", "params", "score"} <= set(seen) and (len(seen) == len(COLUMNS)) == (width >= 1280)
    assert sum(table.columnWidth(i) for i in range(len(COLUMNS)) if not table.isColumnHidden(i)) <= (
        table.viewport().width()
    )
    assert page.minimumSizeHint().width() <= 880


def test_a_change_of_theme_repaints(page: ModelPage) -> None:
    before = page.grab().toImage()
    theme.set_theme("dark")
    assert page.grab().toImage() != before


def test_thousands_of_models(page: ModelPage, qtbot: QtBot) -> None:
    page.add(Pretrained("timm", f"net{i}", f"net{i}", f"F{i % 50}", "", (Weights("w"),)) for i in range(3000))
    type_in(page, qtbot, "net2999")
    assert shown(page) == ["net2999"]


def test_a_list_of_a_library_is_kept_for_its_version(
    page: ModelPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from designer.ui.models import libraries

    class Window:
        closed: Any = type("S", (), {"connect": staticmethod(lambda _slot: None)})
        running = type("R", (), {"runs": None})

    monkeypatch.setattr(libraries, "version_of", lambda _name: "9.9/x")
    file = libraries._list_file("9.9/x")
    assert file.name == "timm-9.9_x.json"
    looks = libraries.Libraries(page, Window())  # type: ignore[arg-type]
    looks.look()
    assert len(page.models) == len(gallery())
    file.parent.mkdir(parents=True)
    file.write_text("{broken")
    looks.look()
    assert len(page.models) == len(gallery())
    item = {"name": "n.t", "title": "n", "family": "N", "task": "classification", "weights": [{"name": "t"}]}
    file.write_text(json.dumps({"library": "timm", "models": [item]}))
    looks.look()
    assert page.models[-1].source == "timm:n.t"
