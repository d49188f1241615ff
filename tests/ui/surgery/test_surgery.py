"""Layers and models changed in the real window: said, shown, done in one step, undone; the weights come along when saved."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog
from safetensors.numpy import load_file, save_file

from designer.graph.edits import Rename
from designer.graph.surgery.join import insert_model
from designer.graph.templates import load_template
from designer.project.carry import fitting
from designer.project.file import Project, load_project, save_project
from designer.project.journal import list_recoverable
from designer.project.tensors import TensorFile
from designer.ui.surgery.browse import insert
from designer.ui.surgery.insert import InsertDialog
from designer.ui.surgery.replace import ReplaceDialog
from designer.ui.surgery.width import WidthDialog
from designer.ui.window import MainWindow

WAIT = 60_000


def weights_for(network, path, seed=1):
    """A file with random weights of the right names and sizes."""
    import numpy

    from designer.graph.infer import Shapes
    from designer.graph.state import state_of

    random = numpy.random.default_rng(seed)
    tensors = {}
    for name, sizes in state_of(network, Shapes(network)).items():
        for end, shape in (sizes or {}).items():
            whole = end == "num_batches_tracked"
            tensors[f"{name}.{end}"] = numpy.array(3) if whole else random.random(shape, numpy.float32)
    save_file(tensors, path)
    return tensors


@pytest.fixture
def project(tmp_path):
    network = load_template("small-resnet")
    path = tmp_path / "net.loom"
    weights_for(network, tmp_path / "net.safetensors")
    save_project(Project(network=network, weights=tmp_path / "net.safetensors"), path)
    return path


@pytest.fixture
def window(qtbot, project):
    made = MainWindow(project, start_worker=False)
    with qtbot.waitSignal(made.painted, timeout=WAIT):
        made.show()
    qtbot.waitUntil(lambda: not made._todo and made.editing, timeout=WAIT)
    yield made
    made._sure = True
    made.close()
    made.deleteLater()


def trigger(window, name, selected=()):
    """Choose an action as a person does, after selecting; the dialog it opens, if any."""
    window.canvas.select(selected)
    window.refresh_actions()
    item = window.actions_by_id[name]
    assert item.isEnabled(), name
    item.trigger()
    return next((d for d in window.findChildren(QDialog) if d.isVisible()), None)


def typed(field, text):
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, text)


def test_widen_is_said_shown_done_saved_and_undone(window, project):
    old = load_file(project.with_suffix(".safetensors"))
    dialog = trigger(window, "widen", ["layer1.conv1"])
    assert isinstance(dialog, WidthDialog) and dialog.width_box.value() == 32
    assert "computes the same as before" in dialog.sentence.text()
    assert window.canvas.preview.item is not None
    typed(dialog.width_box, "8")
    assert "has 16 channels" in dialog.sentence.text() and not dialog.do.isEnabled()
    assert window.canvas.preview.item is None
    typed(dialog.width_box, "24")
    assert dialog.do.isEnabled()
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    document = window.bridge.document
    assert (
        document.network["layer1.conv1"].params["out_channels"] == 24
        and document.undo_label == "Widen layer1.conv1 to 24"
    )
    assert window.canvas.preview.item is None
    assert window.files.save_to(project)
    new = load_file(project.with_suffix(".safetensors"))
    assert new["layer1.conv1.weight"].shape[0] == 24 and new["layer1.bn1.running_mean"].shape == (24,)
    assert (new["layer1.conv1.weight"][:16] == old["layer1.conv1.weight"]).all()
    window.bridge.document.undo()
    assert window.files.save_to(project)
    back = load_file(project.with_suffix(".safetensors"))
    assert back.keys() == old.keys() and all((back[name] == old[name]).all() for name in old)


def test_what_cannot_be_widened_says_why(window):
    dialog = trigger(window, "widen", ["fc"])
    assert "what the network gives" in dialog.sentence.text() and not dialog.do.isEnabled()
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    window.canvas.select(["relu"])
    window.refresh_actions()
    assert not window.actions_by_id["widen"].isEnabled()


def test_prune_takes_the_largest_and_a_whole_stage_along(window, project):
    dialog = trigger(window, "prune", ["layer2.conv2"])
    assert dialog.width_box.value() == 16
    assert "layer2.downsample" in dialog.sentence.text() and "those with the largest weights" in dialog.sentence.text()
    QTest.mouseClick(dialog.do, Qt.MouseButton.LeftButton)
    nodes = window.bridge.document.network
    assert nodes["layer2.conv2"].params["out_channels"] == nodes["layer2.downsample"].params["out_channels"] == 16
    assert not window.bridge.document.has_errors
    window.files.save_to(project)
    kept, report = fitting(nodes, TensorFile(project.with_suffix(".safetensors")).all())
    assert report.complete and kept["layer2.bn3.weight"].shape == (16,)


def test_deepen_and_keep_at_once(window):
    document = window.bridge.document
    trigger(window, "deepen", ["layer1.conv1"])
    assert "layer1.conv3" in document.network and "layer1.conv3" in window.canvas.canvas.selection
    trigger(window, "keep_up_to", ["layer1.relu2"])
    assert "layer2.conv1" not in document.network and document.network["head"].type == "linear"
    assert not document.has_errors
    assert window.session.weights.trail.report(document.network).reset == {"head": "not in the file"}
    document.undo()
    trigger(window, "keep_up_to_bare", ["layer1.relu2"])
    assert "output" not in document.network and len(document.network) == 13
    document.undo()
    document.undo()
    assert document.network == load_template("small-resnet")


def test_find_and_replace_counts_shows_and_undoes(window, qtbot):
    document = window.bridge.document
    dialog = trigger(window, "replace_blocks")
    assert isinstance(dialog, ReplaceDialog)
    assert dialog.sentence.text().startswith("7 ReLU become GELU.")
    assert len(window.canvas.preview.item.ghosts) == 7
    typed(dialog.name, "layer2.*")
    assert dialog.sentence.text().startswith("2 ReLU become GELU.")
    dialog.by.setCurrentIndex(dialog.by.findData("silu"))
    assert dialog.sentence.text().startswith("2 ReLU become SiLU.")
    document.do(Rename("layer2.relu1", "layer2.first"))
    assert "layer2.first" in dialog.sentence.text()
    QTest.mouseClick(dialog.choose, Qt.MouseButton.LeftButton)
    assert set(window.canvas.canvas.selection) == {"layer2.first", "layer2.relu2"}
    dialog.name.clear()
    QTest.mouseClick(dialog.do, Qt.MouseButton.LeftButton)
    assert sum(node.type == "silu" for node in document.network.nodes.values()) == 7
    document.undo()
    assert sum(node.type == "relu" for node in document.network.nodes.values()) == 7


def test_replace_in_a_selection_and_nothing_found(window):
    dialog = trigger(window, "replace_blocks", ["relu", "layer1.relu1", "conv1"])
    assert dialog.kind.currentData() == "relu" and dialog.scope.currentText() == "The selection (3 blocks)"
    assert dialog.sentence.text().startswith("2 ReLU become GELU.")
    typed(dialog.name, "nothing like it")
    assert "No block is meant" in dialog.sentence.text()
    assert not dialog.do.isEnabled() and not dialog.choose.isEnabled()
    dialog.name.clear()
    dialog.by.setCurrentIndex(dialog.by.findData("relu"))
    assert "None of these blocks would change" in dialog.sentence.text()


def test_insert_from_file_with_its_weights(window, tmp_path, qtbot):
    other = load_template("small-vgg")
    file = tmp_path / "other.loom"
    theirs = weights_for(other, tmp_path / "other.safetensors", 5)
    save_project(Project(network=other, weights=tmp_path / "other.safetensors"), file)
    last = next(n for n in other.order() if other[n].type == "max_pool2d")
    window.canvas.select(["relu"])
    insert(window, file)
    dialog = next(d for d in window.findChildren(InsertDialog) if d.isVisible())
    dialog.feed.setCurrentIndex(dialog.feed.findData(""))
    dialog.up_to.setCurrentIndex(dialog.up_to.findData(last))
    typed(dialog.path, "trunk")
    assert "come in as trunk with their weights." in dialog.sentence.text()
    typed(dialog.path, "not a name")
    assert not dialog.do.isEnabled()
    typed(dialog.path, "trunk")
    QTest.mouseClick(dialog.do, Qt.MouseButton.LeftButton)
    document = window.bridge.document
    assert document.network.groups["trunk"].closed and "trunk" in window.canvas.canvas.selection
    first = next(n for n in other.order() if other[n].type == "conv2d")
    (tmp_path / "other.safetensors").unlink()  # what was inserted is kept from then on
    window.files.save_to(tmp_path / "joined.loom")
    state = load_file(tmp_path / "joined.safetensors")
    assert (state[f"trunk.{first}.weight"] == theirs[f"{first}.weight"]).all() and "fc.weight" in state
    document.undo()
    window.files.save_to(tmp_path / "joined.loom")
    assert not any(name.startswith("trunk") for name in load_file(tmp_path / "joined.safetensors"))


CRASH = """
import os, sys
from pathlib import Path
from designer.graph.edits import Rename
from designer.graph.surgery.widths import widen
from designer.ui.app import create
app, window = create(Path(sys.argv[1]), start_worker=False)
document = window.bridge.document
window.bridge.do(widen(document, "layer1.conv1", 24).edit)
window.bridge.do(widen(document, "layer1.conv1", 30).edit)
document.undo()
window.bridge.do(Rename("layer1.conv1", "layer1.wide"))
os._exit(3)
"""


def test_after_a_crash_the_weights_still_follow(window, project):
    old = load_file(project.with_suffix(".safetensors"))
    window.session.new()
    done = subprocess.run([sys.executable, "-c", CRASH, str(project)], env=os.environ, capture_output=True, timeout=60)
    assert done.returncode == 3, done.stderr.decode()
    (item,) = list_recoverable()
    window.files.restore(item)
    assert window.bridge.document.network["layer1.wide"].params["out_channels"] == 24
    assert window.files.save_to(project)
    new = load_file(project.with_suffix(".safetensors"))
    assert new["layer1.wide.weight"].shape[0] == 24
    assert (new["layer1.wide.weight"][:16] == old["layer1.conv1.weight"]).all() and "layer1.conv1.weight" not in new


def test_insert_is_one_undoable_step():
    from designer.graph.document import Document

    document = Document(load_template("digits"))
    before = document.network.copy()
    document.do(insert_model(document, load_template("small-vgg"), "backbone").edit)
    assert "backbone" in document.network.groups and document.depth == 1
    document.undo()
    assert document.network == before


def test_a_missing_file_stops_no_saving(window, project, tmp_path):
    project.with_suffix(".safetensors").write_bytes(b"no weights at all")
    window.bridge.document.do(Rename("conv1", "stem"))
    assert window.files.save_to(project)
    assert "stem" in load_project(project).network


def test_the_train_dialog_says_what_a_training_starts_from(window):
    from designer.graph.edits import SetParams
    from designer.ui.dialogs.train import TrainDialog

    window.bridge.document.do(SetParams("output", {"classes": 7}))
    window.bridge.document.do(SetParams("fc", {"out_features": 7}))
    window.running.ask_train()
    dialog = next(d for d in window.findChildren(TrainDialog) if d.isVisible())
    assert dialog.carried.isVisible() and dialog.carried.text().endswith("; fc starts anew.")
    assert dialog.form.editor("start").isVisible() and dialog.form.values()["start"] == "auto"
    dialog.reject()
    window.session.new(load_template("digits"))
    window.running.ask_train()
    dialog = next(d for d in window.findChildren(TrainDialog) if d.isVisible())
    assert not dialog.carried.isVisible() and not dialog.form.editor("start").isVisible()
    dialog.reject()
