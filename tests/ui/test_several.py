"""Several of many words: the menu stays open while one ticks, and what is chosen is read in the field."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from designer.train.spec import TrainSpec
from designer.ui.dialogs.suited_metrics import offer_suited_metrics
from designer.ui.editing import MIXED
from designer.ui.form import form_for_model
from tests.pure.graph.sketch import sketched


@pytest.fixture
def form(qtbot):
    form = form_for_model(TrainSpec, TrainSpec(), include=("metrics", "epochs"), advanced=())
    form.seen = []
    form.changed.connect(lambda name, value: form.seen.append((name, value)))
    qtbot.addWidget(form)
    form.resize(600, 200)
    form.show()
    form.more.setChecked(True)
    form.activateWindow()
    qtbot.waitUntil(form.isActiveWindow)
    return form


def opened(form, qtbot):
    combo = form.editor("metrics").combo
    QTest.mouseClick(combo, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(combo.menu.isVisible)
    return combo, combo.menu


def tick(menu, title):
    action = next(action for action in menu.actions() if action.text() == title)
    QTest.mouseClick(menu, Qt.MouseButton.LeftButton, pos=menu.actionGeometry(action).center())


def test_ticking_leaves_the_menu_open_and_is_committed_each_time(form, qtbot):
    combo, menu = opened(form, qtbot)
    tick(menu, "F1")
    tick(menu, "Top-5 accuracy")
    assert menu.isVisible() and combo.said == "Top-5 accuracy, F1"
    tick(menu, "F1")
    QTest.keyClick(menu, Qt.Key.Key_Escape)
    assert not menu.isVisible()
    assert form.seen == [("metrics", ("f1",)), ("metrics", ("top5", "f1")), ("metrics", ("top5",))]
    assert form.model(TrainSpec).metrics == ("top5",)


def test_the_keyboard_ticks(form, qtbot):
    combo = form.editor("metrics").combo
    combo.setFocus()
    QTest.keyClick(combo, Qt.Key.Key_Space)
    qtbot.waitUntil(combo.menu.isVisible)
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Space, Qt.Key.Key_Down, Qt.Key.Key_Return):
        QTest.keyClick(combo.menu, key)
    assert combo.menu.isVisible() and form.values()["metrics"] == ("top3", "top5")
    QTest.keyClick(combo.menu, Qt.Key.Key_Escape)
    assert QApplication.activePopupWidget() is None


def test_a_name_that_is_not_offered_stays_and_can_be_taken_off(form, qtbot):
    form.set_values({"metrics": ("torchmetrics:HammingDistance", "f1")})
    combo, menu = opened(form, qtbot)
    assert combo.said == "F1, torchmetrics:HammingDistance" and form.seen == []
    tick(menu, "torchmetrics:HammingDistance")
    assert form.seen == [("metrics", ("f1",))] and combo.said == "F1"
    menu.close()


def test_it_can_stand_for_several_things(form):
    form.show_all([{"metrics": ("f1",), "epochs": 1}, {"metrics": (), "epochs": 1}])
    assert form.editor("metrics").combo.said == MIXED and form.commit() and form.seen == []
    form.set_values({"metrics": ()})
    assert form.editor("metrics").combo.said == "None"


def test_what_does_not_fit_is_cut_off_with_dots(form, qtbot):
    combo = form.editor("metrics").combo
    form.set_values({"metrics": tuple(form.entries["metrics"].choices)})
    assert combo.currentText().endswith("…") and combo.said.endswith("R²") and combo.said in combo.toolTip()
    form.set_values({"metrics": ("f1", "top5")})
    assert combo.currentText() == combo.said == "Top-5 accuracy, F1"


def visible(form, name):
    combo = form.editor(name).combo
    if name == "metrics":
        return [choice for choice, action in form.editor(name).actions_of.items() if action.isVisible()]
    return [combo.itemData(row) for row in range(combo.count()) if not combo.view().isRowHidden(row)]


@pytest.mark.parametrize(
    ("text", "there", "not_there"),
    [
        ("x input size=(8,)\nfc linear out_features=4\ny classification_output classes=4", "top3", "mae"),
        ("x input size=(8,)\nfc linear out_features=3\ny classification_output classes=3", "kappa", "top3"),
        ("x input size=(8,)\nfc linear out_features=3\ny multilabel_output classes=3", "f1", "kappa"),
        ("x input size=(8,)\nfc linear out_features=1\ny regression_output", "rmse", "f1"),
    ],
)
def test_a_dialog_offers_what_the_output_has(qtbot, text, there, not_there):
    spec = TrainSpec(early_stop=not_there, plateau_on="torchmetrics:KLDivergence")
    fields = ("metrics", "best_by", "early_stop", "plateau_on")
    form = form_for_model(TrainSpec, spec, include=fields)
    qtbot.addWidget(form)
    offer_suited_metrics(form, sketched(text).network)
    for name in fields:
        assert there in visible(form, name)
        assert (not_there in visible(form, name)) == (name == "early_stop")  # what is chosen stays
    assert {"auto", "loss"} <= {*visible(form, "best_by")} and "off" in visible(form, "early_stop")
    assert form.editor("plateau_on").combo.currentText() == "torchmetrics:KLDivergence"
    assert form.model(TrainSpec) == spec
