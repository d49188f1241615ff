"""A fault while something is painted is told, and the next paint is whole: no painter stays on what it painted."""

import gc

import pytest

from designer.ui.canvas.far import FarView
from designer.ui.canvas.pixmaps import Pixmaps
from designer.ui.canvas.sheets import Sheets


def broken(*_args, **_kwargs):
    raise ArithmeticError("a fault in painting")


@pytest.mark.parametrize(
    ("zoom", "part", "name"),
    [(0.2, FarView, "_bars"), (0.2, Sheets, "paint"), (1.0, Sheets, "paint"), (1.0, Pixmaps, "blit")],
)
def test_a_fault_while_painting_leaves_the_canvas_whole(view, document, chain, monkeypatch, zoom, part, name):
    chain(document, "input", "conv2d", "relu", "flatten", "linear", "classification_output")
    view.fit()
    view.set_zoom(zoom)
    view.centerOn(view.canvas.content().center())
    whole = view.grab().toImage()
    with monkeypatch.context() as patch:
        patch.setattr(part, name, broken)
        for _ in range(3):
            with pytest.raises(ArithmeticError) as fault:
                view.viewport().repaint()
    del fault  # and with it the frames in which it happened
    gc.collect()
    view.viewport().repaint()
    assert view.grab().toImage() == whole
