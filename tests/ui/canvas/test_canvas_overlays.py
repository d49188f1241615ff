"""What overlays say on the cards: colours that can be told apart and read on, figures that follow every edit."""

from itertools import pairwise

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from designer.graph.edits import Move, SetMarks, SetParams
from designer.graph.groups import group
from designer.ui import theme
from designer.ui.actions.table import allowed, rows
from designer.ui.canvas.look import Look, mix
from designer.ui.canvas.overlays.ramp import STEPS, class_colours, distance, ramp, shares, unsaid
from designer.ui.canvas.overlays.spec import overlays
from designer.ui.theme import DARK, LIGHT, contrast

both_themes = pytest.mark.parametrize("of", [LIGHT, DARK], ids=["light", "dark"])


def colour_in(view, name):
    """The colour of a card's or bar's body, away from words and ports."""
    body = view.canvas.blocks[name].body
    image = view.grab().toImage()
    point = view.mapFromScene(body.bottomLeft()) * image.devicePixelRatio()
    inside = max(2, round(6 * view.zoom))
    return image.pixelColor(point.x() + 2 * inside, point.y() - inside)


# --- colours ------------------------------------------------------------------------------------------------------


@both_themes
def test_steps_of_the_ramp_look_equally_far_apart(of):
    colours = ramp(of.dark)
    assert len({c.name() for c in colours}) == STEPS
    steps = [distance(a, b) for a, b in pairwise(colours)]
    assert max(steps) < 1.25 * min(steps)
    assert distance(colours[0], colours[-1]) > 0.3
    # The more, the further from the paper: it is understood without colour, too.
    away = [contrast(c, of.canvas) for c in colours]
    assert all(b > a - 0.02 for a, b in pairwise(away)) and away[-1] > away[0] + 1.5


@both_themes
def test_words_can_be_read_on_every_colour(of):
    look = Look(of)
    for colour in (*ramp(of.dark), *class_colours(of), unsaid(of)):
        assert contrast(of.text, colour) >= 4.5, "a bar far out"
        card = mix(colour, of.raised, look.tinge)
        assert contrast(of.text, card) >= 4.5
        assert contrast(look.muted_on_tint, card) >= 4.5


def test_the_colours_come_from_the_ramp_that_was_asked_for():
    white, black = QColor("white"), QColor("black")
    assert distance(white, white) == 0 and distance(white, black) == pytest.approx(1.0, abs=0.001)


def test_amounts_far_apart_are_spread_by_ratio():
    assert shares({}) == {}
    assert shares({"a": 5.0, "b": 5.0}) == {"a": 0.5, "b": 0.5}
    assert shares({"a": 0.0, "b": 5.0, "c": 10.0}) == {"a": 0.0, "b": 0.5, "c": 1.0}
    assert shares({"a": 1.0, "b": 1000.0, "c": 1e6}) == pytest.approx({"a": 0.0, "b": 0.5, "c": 1.0})


# --- on the canvas ------------------------------------------------------------------------------------------------


def test_every_overlay_has_a_row_in_the_menu():
    menu = [row for row in rows() if row.group == "overlay"]
    assert [row.id for row in menu] == ["overlay_none", *(f"overlay_{name}" for name in overlays())]
    assert {"parameters", "multiply_adds", "activation_memory", "receptive_field", "output_shape", "training"} <= set(
        overlays()
    )
    assert all(overlay.tip and overlay.title[0].isupper() for overlay in overlays().values())


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("zoom", [1.0, 0.6, 0.2])
def test_cards_are_coloured_near_and_far(view, small, zoom, mode):
    theme.set_theme(mode)
    view.heat.choose("parameters")
    view.set_zoom(zoom)
    view.centerOn(view.canvas.content().center())
    now, scene = theme.theme(), view.canvas
    share = 1.0 if zoom < 0.4 else scene.look.tinge
    for name in (small[1], small[4], small[2]):
        if view.visible_area().contains(scene.blocks[name].body):
            wanted = mix(scene.tints[name], now.raised, share)
            assert distance(colour_in(view, name), wanted) < 0.02, name
    assert scene.tints[small[2]] == unsaid(now)
    assert scene.tints[small[4]] == ramp(now.dark)[-1] and scene.tints[small[1]] == ramp(now.dark)[0]
    assert scene.figures == {small[1]: "320", small[4]: "251 k"}


def test_each_overlay_says_what_it_is_about(view, small, document):
    said = {}
    for name in overlays():
        view.heat.choose(name)
        said[name] = dict(view.canvas.figures)
    conv, linear = small[1], small[4]
    assert said["multiply_adds"] == {conv: "226 k", linear: "251 k"}
    assert said["output_shape"][conv] == "B×32×28×28" and said["output_shape"][linear] == "B×10"
    assert said["receptive_field"][conv] == "3×3" and said["receptive_field"][linear] == "all"
    assert said["training"] == {conv: "Trains", linear: "Trains"}
    # The ReLU's result is kept, which the Linear reads through the Flatten; the convolution's own is not.
    assert said["activation_memory"] == {small[0]: "100 kB", small[2]: "3.21 MB"}


def test_figures_follow_edits_and_nothing_is_worked_out_for_a_move(view, small, document):
    view.heat.choose("parameters")
    before = view.canvas.tints
    document.do(Move({small[1]: (400.0, 300.0)}))
    assert view.canvas.tints is before
    document.do(SetParams(small[1], {"out_channels": 8}))
    assert view.canvas.figures[small[1]] == "80"
    document.undo()
    assert view.canvas.figures[small[1]] == "320"
    document.do(document.removal([small[4]]))
    assert set(view.canvas.figures) == {small[1]} and small[4] not in view.canvas.tints


def test_what_is_broken_hides_only_what_depends_on_it(view, small, document):
    document.do(SetParams(small[1], {"kernel_size": 99, "padding": 0}))
    for name in overlays():
        view.heat.choose(name)
        assert small[4] not in view.canvas.figures
    view.heat.choose("receptive_field")
    assert view.canvas.figures[small[0]] == "1×1"


def test_an_empty_network_has_a_legend_and_no_figures(view):
    for name in overlays():
        view.heat.choose(name)
        assert view.canvas.figures == {} and view.heat.legend.isVisible()


# --- legend and keys ----------------------------------------------------------------------------------------------


def test_the_legend_says_the_range_and_ends_the_overlay(view, small, qtbot):
    legend = view.heat.legend
    assert not legend.isVisible()
    view.heat.choose("parameters")
    assert legend.isVisible()
    assert (legend.title.text(), legend.total.text(), legend.words()) == (
        "Parameters",
        "251 k in all",
        ["320", "251 k"],
    )
    assert legend.x() < view.width() / 4 and legend.geometry().bottom() > view.height() - 40
    assert not legend.batch.isVisible()
    with qtbot.waitSignal(view.optionChanged) as caught:
        QTest.mouseClick(legend.close_button, Qt.MouseButton.LeftButton)
    assert caught.args == ["overlay", ""]
    assert not legend.isVisible() and view.canvas.tints == {} and view.canvas.figures == {}


def test_a_batch_typed_into_the_legend_counts(view, small, qtbot):
    view.heat.choose("activation_memory")
    spin = view.heat.legend.batch
    assert spin.isVisible() and spin.value() == 32
    spin.setFocus()
    spin.selectAll()
    with qtbot.waitSignal(view.optionChanged) as caught:
        QTest.keyClicks(spin, "64")
        QTest.keyClick(spin, Qt.Key.Key_Return)
    assert caught.args == ["batch", 64]
    assert view.canvas.figures[small[2]] == "6.42 MB"


def test_words_of_the_legend_fit_in_every_overlay(view, small):
    legend = view.heat.legend
    for name in overlays():
        view.heat.choose(name)
        QApplication.processEvents()  # Qt lays out what has changed
        shown = [w for w in legend.findChildren(type(legend.title)) if w.isVisible()]
        assert shown and [w.text() for w in shown if w.width() < w.sizeHint().width()] == [], name
        assert all(legend.rect().contains(w.mapTo(legend, w.rect().bottomRight())) for w in shown)


def test_a_key_goes_through_all_overlays(view, small, hand):
    seen = []
    for _ in range(len(overlays()) + 1):
        hand.key(Qt.Key.Key_O, Qt.KeyboardModifier.ShiftModifier)
        seen.append(view.heat.chosen)
    assert seen == [*overlays(), ""]


# --- frozen or training -------------------------------------------------------------------------------------------


def freeze_row():
    return next(row for row in rows() if row.id == "freeze")


def test_freezing_by_key_is_one_edit_and_shows(view, small, hand, document):
    view.heat.choose("training")
    view.select(small)
    depth = document.depth
    hand.key(Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert document.depth == depth + 1
    assert view.canvas.figures == {small[1]: "Frozen", small[4]: "Frozen"}
    assert "frozen" not in document.network[small[2]].marks, "it has no weights"
    assert freeze_row().checked(view)
    hand.key(Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert view.canvas.figures == {small[1]: "Trains", small[4]: "Trains"}
    document.undo()
    assert view.canvas.figures[small[1]] == "Frozen"


def test_frozen_above_the_first_that_learns_keeps_nothing(view, small, document):
    view.heat.choose("activation_memory")
    document.do(SetMarks((small[1],), {"frozen": True}))
    # The Linear needs its input for its own weights; nothing above it needs a gradient.
    assert view.canvas.figures == {small[2]: "3.21 MB"}


def test_freezing_needs_weights_and_a_document_that_can_be_edited(view, small):
    row = freeze_row()
    view.select([small[2]])
    assert not allowed(row.when, view)
    view.select([small[1], small[2]])
    assert allowed(row.when, view)
    view.set_read_only(True)
    assert not allowed(row.when, view)


# --- groups -------------------------------------------------------------------------------------------------------


def test_a_closed_group_shows_what_its_blocks_cost_together(view, small, document):
    path = "body"
    document.do(group(document, small[1:5], path))
    said = {}
    for name in overlays():
        view.heat.choose(name)
        assert set(view.canvas.figures) <= set(view.canvas.blocks)
        said[name] = view.canvas.figures.get(path)
    assert said == {
        "parameters": "251 k",
        "multiply_adds": "477 k",
        "activation_memory": "3.21 MB",
        "receptive_field": "all",
        "output_shape": None,
        "training": "Trains",
        "health": None,
    }
    document.do(SetMarks((f"{path}.{small[1]}",), {"frozen": True}))
    view.heat.choose("training")
    assert view.canvas.figures[path] == "Some frozen"
    view.select([path])
    freeze_row().run(view)
    assert view.canvas.figures[path] == "Frozen"
    document.undo()
    view.canvas.enter(path)
    assert view.canvas.figures == {f"{path}.{small[1]}": "Frozen", f"{path}.{small[4]}": "Trains"}
