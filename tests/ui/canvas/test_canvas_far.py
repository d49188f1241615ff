"""Seen from far: a change costs what it changes, names of groups never cover each other, and nothing is left over."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtWidgets import QApplication

from designer.graph.document import Document
from designer.graph.edits import AddBlock, Connect, apply
from designer.graph.model import Network, Wire
from designer.ui import theme
from designer.ui.canvas.bars import Bars
from designer.ui.canvas.look import Look
from designer.ui.canvas.names import groups_of, place

BLOCKS = 600


@pytest.fixture
def many(view, bridge):
    """A canvas of 600 blocks in chains, in groups by column."""
    network, names = Network(), []
    for i in range(BLOCKS):
        row, column = divmod(i, 20)
        names.append(f"layer{column // 5}.{column % 5}.relu{row}")
        apply(network, AddBlock(names[-1], "relu", {}, column * 300.0, row * 124.0))
        if row:
            apply(network, Connect(Wire(names[i - 20], 0, names[-1], 0)))
    bridge.set_document(Document(network))
    view.fit()
    QApplication.processEvents()
    return names


def contents(bars, scene):
    """What is drawn, in no order."""
    bars.refresh(scene)
    rects = {kind: sorted(r.getRect() for r in rects) for kind, rects in bars.bodies.items() if rects}
    lines = sorted((x.x1(), x.y1(), x.x2(), x.y2()) for x in bars.lines if x.x1() > -8e6)
    rings, alarms = (sorted(r.getRect() for r in rects) for rects in (bars.rings, bars.alarms))
    return rects, lines, rings, alarms


def test_dragging_one_of_many_looks_at_it_and_its_wires_only(view, many, hand):
    view.canvas.bars.refresh(view.canvas)
    start = hand.middle(many[310])
    hand.press(start)
    before = view.canvas.bars.looked_at
    for step in range(1, 6):
        hand.move(start + QPointF(40 * step, 90 * step))
        view.canvas.bars.refresh(view.canvas)
    assert 5 <= view.canvas.bars.looked_at - before <= 5 * 3
    hand.release(start + QPointF(200, 450))
    assert contents(view.canvas.bars, view.canvas) == contents(Bars(), view.canvas)


def test_selecting_all_repaints_once(view, many, qtbot):
    asked = []
    item = view.canvas.blocks[many[0]]
    update, type(item).update = type(item).update, lambda self, *a: asked.append(self)
    try:
        view.select_all()
    finally:
        type(item).update = update
    assert not asked
    assert len(view.canvas.selection) == BLOCKS


@pytest.mark.parametrize("seed", range(3))
def test_bars_stay_equal_to_what_one_would_gather_anew(view, many, document, bridge, seed):
    dice = random.Random(seed)
    scene, here = view.canvas, bridge.document
    for _ in range(25):
        names = list(scene.blocks)
        deed = dice.choice(("select", "shift", "delete", "connect", "undo", "settle"))
        few = dice.sample(names, dice.choice((1, 3, 40)))
        if deed == "select":
            scene.select(few)
        elif deed == "shift":
            by = QPointF(dice.randrange(-400, 400), dice.randrange(-400, 400))
            scene.shift({name: scene.blocks[name].pos() + by for name in few})
            scene.bars.refresh(scene)
            scene.settle(few)
        elif deed == "delete":
            here.do(here.removal(few[:2]))
        elif deed == "connect":
            a, b = few[0], dice.choice(names)
            if here.why_not(a, 0, b, 0) is None:
                here.do(here.connection(a, 0, b, 0))
        elif deed == "undo" and here.can_undo:
            here.undo()
        bars = contents(scene.bars, scene)
        assert bars == contents(Bars(), scene)


def test_wires_lie_properly_again_after_a_drag_of_many(view, many, hand):
    before = {wire: item.route.path for wire, item in view.canvas.wires.items()}
    view.select(many[:300])
    start = hand.middle(many[150])
    hand.press(start)
    hand.move(start + QPointF(0, 900))
    hand.move(start + QPointF(300, 900))
    hand.key(Qt.Key.Key_Escape)
    hand.release(start)
    assert all(item.pos().isNull() for item in view.canvas.wires.values())
    assert {wire: item.route.path for wire, item in view.canvas.wires.items()} == before


def painted(view):
    """What is on the screen, not what would be painted anew."""
    QApplication.processEvents()
    return view.screen().grabWindow(view.winId()).toImage()


@pytest.mark.parametrize("zoom", [1.0, 0.6, 0.2])
def test_scrolling_and_dragging_leave_nothing_behind(view, many, hand, qtbot, zoom):
    view.set_zoom(zoom)
    view.centerOn(view.canvas.content().center())
    qtbot.waitUntil(lambda: not view.canvas.pixmaps.coarse)
    QApplication.processEvents()
    for by in ((7, 7), (-31, 12), (0, -40), (55, 3)):
        view.scroll_by(*by)
        QApplication.processEvents()
    middle = view.visible_area().center()
    name = min(many, key=lambda n: (hand.middle(n) - middle).manhattanLength())
    start = hand.middle(name)
    hand.press(start)
    for step in range(1, 5):
        hand.move(start + QPointF(30 * step, -25 * step) / zoom)
    view.scroll_by(20, -30)
    hand.move(start + QPointF(60, 90) / zoom)
    seen = painted(view)
    view.viewport().update()
    assert painted(view) == seen
    hand.key(Qt.Key.Key_Escape)
    hand.release(start)


ROWS = st.lists(
    st.tuples(st.integers(0, 6), st.integers(0, 4), st.integers(0, 9), st.integers(0, 60)), min_size=1, max_size=80
)


@given(rows=ROWS, zoom=st.floats(0.03, 0.39))
@settings(max_examples=60)
def test_names_of_groups_never_cover_each_other(qapp, rows, zoom):
    rects = {f"layer{a}.{b}.block{i}": QRectF(x * 300.0, y * 124.0, 216, 68) for i, (a, b, x, y) in enumerate(rows)}
    boxes = groups_of(rects)
    for path, box in boxes.items():
        inside = [r for name, r in rects.items() if name.startswith(path + ".")]
        assert len(inside) > 1
        assert box == (
            min(r.left() for r in inside),
            min(r.top() for r in inside),
            max(r.right() for r in inside),
            max(r.bottom() for r in inside),
        )
    placed = place(sorted(boxes.items()), zoom, Look(theme.LIGHT))
    assert len({p.path for p in placed}) == len(placed)
    for i, one in enumerate(placed):
        assert not any(one.rect.intersects(other.rect) for other in placed[i + 1 :])
        left, top, right, bottom = boxes[one.path]
        assert top * zoom - 14 <= one.rect.center().y() <= bottom * zoom + 14
        assert abs(one.rect.center().x() - (left + right) / 2 * zoom) < 1


def test_a_network_with_groups_says_their_names_from_far(view, many):
    view.set_zoom(0.12)
    view.centerOn(view.canvas.content().center())
    with_names = view.grab().toImage()
    names = {p.path for p in view._far._names.placed(0.12)}
    assert {"layer0", "layer1", "layer2", "layer3"} <= names
    spot = next(p for p in view._far._names.placed(0.12) if p.path == "layer1")
    origin = view.viewportTransform().map(QPointF(0, 0)).toPoint()
    box = spot.rect.toRect().translated(origin)
    text = view.canvas.look.theme.text
    dark = [
        with_names.pixelColor(QPoint(x, y))
        for x in range(box.left(), box.right())
        for y in range(box.top(), box.bottom())
    ]
    assert any(abs(c.lightness() - text.lightness()) < 25 for c in dark)


def test_names_of_groups_do_not_lie_on_bars_that_can_be_read(view, many):
    zoom = 0.3
    view.set_zoom(zoom)
    view.centerOn(view.canvas.content().center())
    view.grab()
    names, rects = view._far._names.placed(zoom), view.canvas.cells.rects
    assert {"layer0", "layer3"} <= {name.path for name in names}
    bars = [QRectF(r.x() * zoom, r.y() * zoom, r.width() * zoom, r.height() * zoom) for r in rects.values()]
    covering = [name.path for name in names if any(name.rect.intersects(bar) for bar in bars)]
    assert covering == []


def test_a_bar_says_its_name_like_the_card_and_a_mere_number_its_type_too(view, bridge):
    network = Network()
    for name, kind in (("stem.conv", "conv2d"), ("features.0", "relu")):
        apply(network, AddBlock(name, kind, {"out_channels": 8} if kind == "conv2d" else {}, 0.0, 0.0))
    bridge.set_document(Document(network))
    cards = {name: item.card for name, item in view.canvas.blocks.items()}

    def said(name, letters):
        return cards[name].fitting(lambda words: len(words) <= letters)

    assert said("stem.conv", 20) == "stem.conv" and said("stem.conv", 5) == "conv"
    assert said("features.0", 20) == "features.0" and said("features.0", 5) == "0 ReLU"
    asked = []
    words = view._far._words
    original = words.picture
    words.picture = lambda text, *rest: asked.append(text) or original(text, *rest)
    view.set_zoom(0.35)
    view.grab()
    assert asked and "Conv 2-D" not in asked and "stem.conv" in asked
