"""Health on the canvas, its page, and the page of the step that went wrong, fed from run folders."""

import json
import math

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from designer.data.spec import DataSpec
from designer.graph.document import Document
from designer.graph.edits import SetParams
from designer.graph.groups import group
from designer.jobs.folder import RunFolder
from designer.jobs.specs import TrainJob
from designer.project.file import Project, save_project
from designer.train.control import Order
from designer.train.health.histograms import BINS, FILE, HistogramFile, read_strips
from designer.train.health.signs import STATES, figures_of, judge, usual_gradient
from designer.train.health.step import BlockRow, Range, Sample, StepReport
from designer.ui import theme
from designer.ui.canvas.look import Look, mix
from designer.ui.canvas.overlays.ramp import class_colours
from designer.ui.canvas.overlays.sparks import spark_place
from designer.ui.canvas.overlays.spec import overlays
from designer.ui.canvas.view import CanvasView
from designer.ui.health.maps import read_maps
from designer.ui.health.page import HealthPanel
from designer.ui.health.step_page import StepPage
from designer.ui.theme import DARK, LIGHT, contrast
from designer.ui.window import MainWindow

GOOD = [0.1, 1.0, -3.0, 3.0, 0.0, 0.2, 5.0, 1e-3]
DEAD = [0.0, 0.1, 0.0, 1.0, 0.97, None, None, None]


@pytest.fixture
def view(qtbot, bridge, small):
    made = CanvasView(bridge)
    qtbot.addWidget(made)
    made.resize(900, 900)
    made.show()
    qtbot.waitExposed(made)
    yield made
    made.close()


@pytest.fixture
def run(tmp_path, document, small):
    """A run folder of the drawing, with histograms and maps of its convolution."""
    path = tmp_path / "run"
    RunFolder.create(path, TrainJob(data=DataSpec(source="digits")), document.network)
    file = HistogramFile(path)
    for iteration in (1, 50, 90):
        row = [0] * BINS
        row[23], row[30] = 10, iteration
        file.add(iteration, {"conv1": [row, row, row], "relu1": [row, [], []]})
    about = {"iteration": 90, "blocks": [{"name": "conv1", "channels": 32}]}
    np.savez(
        path / "health/maps.npz",
        about=np.frombuffer(json.dumps(about).encode(), np.uint8),
        inputs=np.full((4, 1, 8, 8), 200, np.uint8),
        **{"map 0": np.arange(4 * 16 * 36, dtype=np.uint32).astype(np.uint8).reshape(4, 16, 6, 6)},
    )
    return path


def sample(iteration=10, **blocks):
    return {"type": "health", "iteration": iteration, "epoch": 1, "blocks": blocks}


def fed(view, run, *events):
    view.vitals.begin(str(run))
    view.vitals.take(events or [sample(conv1=GOOD, relu1=DEAD), sample(20, conv1=[*GOOD[:7], 4e-3], relu1=DEAD)])


# --- what the figures mean ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "activates", "state", "words"),
    [
        (GOOD, False, "Fine", "moves the weights of b by 0.1 %"),
        (DEAD, True, "Dying", "97 % of the units of b are never active: lower the learning rate, or use LeakyReLU."),
        (DEAD, False, "Fine", "spread"),
        ([0, 1, -1, 1, 0, 1e-9, 5.0, 1e-3], False, "Vanishing", "Hardly any gradient reaches b (1.0e-9; 0.2 is usual"),
        ([0, 1, -1, 1, 0, 9.0, 5.0, 0.4], False, "Exploding", "by 40 % of their size"),
        ([0, 1, -1, 3e7, 0, 9.0, 5.0, 0.01], False, "Exploding", "reach 3.0e7"),
    ],
)
def test_figures_become_a_sentence_with_advice(values, activates, state, words):
    sign = judge("b", figures_of(values), activates, usual=0.2)
    assert sign.state == state and words in sign.sentence and sign.state in STATES


def test_the_first_steps_may_be_large_and_what_is_no_number_is_left_out():
    assert judge("b", figures_of([0, 1, -1, 1, 0, 9.0, 5.0, 0.4]), early=True).state == "Fine"
    wild = judge("b", figures_of([0, 1, -1, 1, 0, 2.6, 257.0, 45.4]), early=True)  # larger than the weights were
    assert (wild.state, wild.short) == ("Exploding", "4,540 %")
    assert judge("b", figures_of([0, 1, -1, 1, 0, 2.6, 0.02, 45.4]), early=True).state == "Fine"  # began near 0
    found = figures_of([math.nan, None, "x", 1.0])
    assert (found.mean, found.spread, found.low, found.high, found.dead) == (None, None, None, 1.0, None)
    assert usual_gradient([figures_of(GOOD), figures_of(DEAD)]) == 0.2 and usual_gradient([]) == 0.0


# --- on the canvas --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("of", [LIGHT, DARK], ids=["light", "dark"])
def test_words_can_be_read_on_every_colour(of):
    colours = class_colours(of, overlays()["health"].tones)
    assert len({colour.name() for colour in colours}) == len(STATES) == 4
    for colour in colours:
        assert contrast(of.text, colour) >= 4.5
        assert contrast(of.text, mix(colour, of.raised, Look(of).tinge)) >= 4.5


def test_cards_show_state_figure_and_course(view, run):
    view.heat.choose("health")
    assert view.heat.legend.total.text() == "No training has told of its blocks yet"
    fed(view, run)
    scene, colours = view.canvas, class_colours(theme.theme(), overlays()["health"].tones)
    assert scene.figures == {"conv1": "0.4 %", "relu1": "97 % dead"}
    assert scene.tints["conv1"] == colours[0] and scene.tints["relu1"] == colours[2]
    assert scene.tints["linear1"] not in colours
    assert view.heat.legend.words() == list(STATES) and view.heat.legend.total.text() == "Iteration 20"
    assert view.heat.sparks.courses == {"conv1": (1e-3, 4e-3), "relu1": (0.1, 0.1)}
    view.set_zoom(1.0)
    view.centerOn(scene.blocks["conv1"])
    item = scene.blocks["conv1"]
    place = spark_place(item.body, item.card.height)
    assert item.body.contains(place)
    image, inside = view.grab().toImage(), view.mapFromScene(place).boundingRect()
    seen = {image.pixelColor(x, y).name() for x in range(inside.left(), inside.right()) for y in
            range(inside.top(), inside.bottom())}  # fmt: skip
    assert any(contrast(theme.theme().text, image.pixelColor(0, 0).__class__(name)) < 2 for name in seen)
    view.heat.choose("")
    assert not view.heat.sparks.courses


def test_the_tooltip_has_the_advice(view, run):
    view.heat.choose("health")
    fed(view, run)
    assert "<b>Dying</b>: 97 % of the units of relu1 are never active" in view.hover._block_words("relu1")
    view.heat.choose("")
    assert "Dying" not in view.hover._block_words("relu1")


def test_a_block_that_was_changed_since_has_no_figures(view, run, document):
    view.heat.choose("health")
    fed(view, run)
    view.bridge.do(SetParams("conv1", {"out_channels": 5}))
    assert (
        set(view.canvas.figures) == {"relu1"}
        and view.heat.legend.total.text() == "Iteration 20 · 1 block changed since"
    )
    view.bridge.set_document(Document())
    assert not view.canvas.figures


def test_a_closed_group_shows_its_worst_block(view, run, document, small):
    fed(view, run)
    view.bridge.do(group(document, ["conv1", "relu1"], "body"))
    view.vitals._network = document.network  # as if it had been trained like that
    view.vitals.take([sample(30, **{"body.conv1": GOOD, "body.relu1": DEAD})])
    view.heat.choose("health")
    assert view.canvas.figures["body"] == "1 dying"


def test_changes_are_told_once_a_second_at_most(view, run, qtbot):
    fed(view, run)
    told = []
    view.vitals.changed.connect(lambda: told.append(1))
    for iteration in range(21, 200):
        view.vitals.take([sample(iteration, conv1=GOOD)])
    assert not told and view.vitals._soon.isActive()
    qtbot.waitUntil(lambda: told == [1], timeout=3000)
    assert view.vitals.iteration == 199 and len(view.vitals.past("conv1")) == 64


def test_the_block_that_broke_is_marked(view, run):
    view.heat.choose("health")
    fed(view, run, {"type": "failed", "kind": "non_finite", "block": "relu1", "message": "relu1 gave the first NaN"})
    assert view.canvas.figures == {"relu1": "NaN or ∞"}
    assert view.heat.legend.total.text() == "NaN or infinity in relu1"


# --- the page -------------------------------------------------------------------------------------------------------


@pytest.fixture
def panel(view, qtbot):
    made = HealthPanel(view.bridge, view.vitals)
    qtbot.addWidget(made)
    made.resize(1200, 260)
    made.show()
    qtbot.waitExposed(made)
    return made


def test_the_page_of_a_block_has_figures_histograms_and_maps(view, run, panel, qtbot):
    assert "Train the network" in panel.empty.hint.text()
    fed(view, run, sample(90, conv1=GOOD, relu1=DEAD), {"type": "maps", "iteration": 90, "path": "health/maps.npz"})
    panel.show_blocks(["conv1"])
    qtbot.waitUntil(lambda: panel.title.text() == "conv1")
    assert ("Step / weights", "1.00e-03") in panel.facts.rows() and ("Dead units", "0.0%") in panel.facts.rows()
    strips = {name: strip.strip for name, strip in panel.strips.items()}
    assert all(list(strip.iterations) == [1, 50, 90] for strip in strips.values())
    assert strips == read_strips(run / FILE, "conv1")
    weights = panel.strips["weights"]
    row = weights.place.top() + round((46 - 30 + 0.5) * weights.place.height() / 47)
    words = weights.words_at(QPoint(weights.place.right() - 2, row))
    assert words.startswith("Iteration 90: 90.0% from 1.5e-05 to 4.3e-05")
    assert panel.grid.maps.channels == 32 and len(panel.grid.maps.tiles[0]) == 16
    assert panel.map_words.text() == "Iteration 90 · 16 of 32 channels"
    assert not panel.now.isVisible()  # nobody would answer
    panel.show_blocks(["relu1"])
    qtbot.waitUntil(lambda: panel.title.text() == "relu1")
    assert panel.strips["weights"].strip is None and panel.grid.maps is None
    panel.show_blocks(["linear1"])
    qtbot.waitUntil(lambda: panel._stack.currentWidget() is panel.empty)
    assert "no figures of linear1" in panel.empty.hint.text()


def test_maps_are_asked_for_while_the_run_goes_on(view, run, panel, qtbot, monkeypatch):
    monkeypatch.setattr(type(view.vitals), "active", property(lambda self: True))
    fed(view, run)
    panel.show_blocks(["conv1"])
    qtbot.waitUntil(panel.now.isVisible)
    with qtbot.waitSignal(panel.ordered) as asked:
        qtbot.mouseClick(panel.now, Qt.MouseButton.LeftButton)
    assert asked.args == [Order("maps", name="conv1")]


def test_out_of_sight_no_file_is_read(view, run, panel, qtbot, monkeypatch):
    from designer.ui.health import page

    monkeypatch.setattr(page, "read_strips", lambda *a: pytest.fail("nobody looks"))
    panel.hide()
    panel.show_blocks(["conv1"])
    fed(view, run)
    QApplication.processEvents()


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 cut", b"\x00" * 500])
def test_damaged_maps_are_no_maps(tmp_path, damage):
    (tmp_path / "maps.npz").write_bytes(damage)
    assert read_maps(tmp_path / "maps.npz", "conv1") is None and read_maps(tmp_path / "none.npz", "conv1") is None


# --- the step that went wrong ---------------------------------------------------------------------------------------


@pytest.fixture
def broken(run):
    (run / "nonfinite").mkdir()
    good, bad = Range(low=0, high=1, count=10), Range(low=-3, high=-1, infinite=2, count=10)
    rows = (
        BlockRow(block="conv1", inputs=good, output=good, weights=good),
        BlockRow(block="relu1", inputs=good, output=bad, gradient_in=Range(nan=10, count=10)),
    )
    report = StepReport(
        cause="forward", block="relu1", sentence="relu1 gave the first infinite value in iteration 3.", iteration=3,
        rows=rows, samples=(Sample(index=7, name="b.png", bad=True), Sample(index=2, name="a.png")), places=(1, 0),
        replayable=True, loss=math.inf,
    )  # fmt: skip
    (run / "nonfinite/step.json").write_text(report.model_dump_json())
    spot = np.zeros((2, 8, 8), bool)
    spot[0, 2, 3] = True
    np.savez(run / "nonfinite/samples.npz", pictures=np.full((2, 8, 8, 1), 90, np.uint8), bad=spot)
    return run


def test_the_step_shows_blocks_samples_and_goes_to_the_block(broken, qtbot):
    page = StepPage()
    qtbot.addWidget(page)
    page.resize(1000, 300)
    page.read(broken)
    page.show()
    assert "relu1 gave the first infinite value" in page.sentence.text()
    cells = [[page.table.item(row, column).text() for column in range(4)] for row in range(2)]
    assert cells == [["conv1", "0 … 1", "0 … 1", ""], ["relu1", "0 … 1", "-3 … -1, 2 ∞", "10 NaN"]]
    assert page.table.item(1, 2).foreground().color() == theme.theme().bad
    assert [page.samples.item(i).text() for i in range(2)] == ["b.png", "a.png"]
    assert not page.samples.item(0).icon().isNull()
    image = page.samples.item(0).icon().pixmap(56, 56).toImage()
    reds = [image.pixelColor(x, y) for x in range(56) for y in range(56)]
    assert any(colour.red() > 200 and colour.green() < 100 for colour in reds)
    with qtbot.waitSignal(page.showBlock) as asked:
        qtbot.mouseClick(page.show_block, Qt.MouseButton.LeftButton)
    assert asked.args == ["relu1"]
    with qtbot.waitSignal(page.replayAsked) as asked:
        qtbot.mouseClick(page.replay, Qt.MouseButton.LeftButton)
    assert asked.args == [str(broken)] and not page.replay.isEnabled()
    page.show_again({"same": True, "device": "cpu", "again": {"loss": "inf", "block": "conv1", "rows": []}})
    assert "Done again, the step gave the same, on cpu" in page.again_words.text() and page.replay.isEnabled()
    page.failed("No.")
    assert page.again_words.text() == "No."


def test_a_damaged_step_is_told(broken, qtbot):
    page = StepPage()
    qtbot.addWidget(page)
    (broken / "nonfinite/step.json").write_text("{")
    page.read(broken)
    assert "cannot be read" in page.sentence.text() and page.table.rowCount() == 0
    (broken / "nonfinite/step.json").unlink()
    page.read(broken)
    assert "cannot be read" in page.sentence.text()


@pytest.mark.slow
def test_a_run_that_breaks_is_shown_and_done_again(qtbot, tmp_path, chain):
    """With a real worker: the block is selected, the banner leads to the step, and the step gives the same again."""
    from designer.train.spec import TrainSpec

    document = Document()
    chain(document, "input", "flatten", "linear", "relu", "log", "linear", "classification_output",
          linear={"out_features": 10}, input={"size": (1, 8, 8)})  # fmt: skip
    save_project(Project(network=document.network), tmp_path / "log.loom")
    window = MainWindow(tmp_path / "log.loom")
    qtbot.addWidget(window, before_close_func=lambda w: setattr(w, "_sure", True))
    with qtbot.waitSignal(window.painted):
        window.show()
    qtbot.waitUntil(lambda: not window._todo and window.running.runs is not None)
    window.running.train(TrainSpec(epochs=2, device="cpu"), DataSpec(source="digits"))
    training = window.editor.training
    qtbot.waitUntil(lambda: training.failure.isVisible(), timeout=60_000)
    assert window.canvas.canvas.selection == {"log1"} and training.look.isVisible()
    QTest.mouseClick(training.look, Qt.MouseButton.LeftButton)
    page = window.editor.health.step
    qtbot.waitUntil(page.isVisible)
    assert "log1 gave the first" in page.sentence.text()
    QTest.mouseClick(page.replay, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "gave the same" in page.again_words.text(), timeout=60_000)
    window._sure = True
    window.close()
