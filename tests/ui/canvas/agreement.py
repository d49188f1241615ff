"""Whether a canvas shows exactly its document: everything is worked out from scratch and compared."""

from collections import Counter

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication

from designer.graph.document import Document
from designer.graph.links import why_unequal
from designer.graph.visible import Visible
from designer.ui.canvas.bars import Bars
from designer.ui.canvas.items import BlockItem, WireItem
from designer.ui.canvas.note_editor import NoteEditor
from designer.ui.canvas.search.find import FindBar
from designer.ui.canvas.search.popup import SearchPopup


def put_away(view):
    """What a person who looks up has put away: menus, the search, the find bar, a note in hand; the mouse is gone."""
    while (popup := QApplication.activePopupWidget()) is not None:
        popup.close()
    for field in view.findChildren(NoteEditor):
        field.finish()
    for search in view.findChildren(SearchPopup):
        search.close_now()
    for bar in view.findChildren(FindBar):
        bar.end()
    QApplication.sendEvent(view, QEvent(QEvent.Type.Leave))
    view.cancel_gesture()
    view.glide.stop()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def check(view):
    """Fail where the canvas and its document differ."""
    document, scene = view.document, view.canvas
    check_document(document)
    visible = Visible(document.network, scene.scope)
    assert visible.scope == scene.scope
    _check_visible(scene.visible, visible)
    _check_items(scene)
    _check_blocks(scene, visible)
    _check_wires(scene, visible)
    _check_selection(scene)
    _check_quiet(view)
    _check_far(scene)


def check_document(document):
    """Shapes, problems and links are what they would be if the network had just been read."""
    network = document.network
    fresh = Document(network)
    for name in network.nodes:
        assert fresh.shapes[name].outputs == document.shapes[name].outputs, name
        assert fresh.shapes[name].inputs == document.shapes[name].inputs, name
        assert str(fresh.shapes[name].error) == str(document.shapes[name].error), name
    assert fresh.problems == document.problems, (
        set(fresh.problems) ^ set(document.problems),
        len(fresh.problems),
        len(document.problems),
    )
    assert fresh.totals() == document.totals()
    for link in network.links:
        assert why_unequal(network, link) is None


def _check_visible(kept, fresh):
    assert kept.plain == fresh.plain
    assert kept.names() == fresh.names()
    assert kept.cards() == fresh.cards()
    assert kept.wires() == fresh.wires()
    assert kept.stubs() == fresh.stubs()


def _check_items(scene):
    """One item for everything that is shown, and no other item."""
    found = Counter(scene.items())
    wanted = Counter([*scene.blocks.values(), *scene.wires.values(), *scene.stubs.values()])
    assert found == wanted, (found - wanted, wanted - found)
    assert all(isinstance(item, BlockItem | WireItem) for item in found)
    assert scene.over == []


def _check_blocks(scene, visible):
    assert set(scene.blocks) == visible.names()
    assert set(scene.stubs) == {stub.key for stub in visible.stubs()}
    assert scene.staging._trouble == scene.staging._troubles()
    assert set(scene.cells.rects) == set(scene.blocks)
    for name, item in scene.blocks.items():
        assert item.pos() == scene.staging.place_of(name), name
        assert item.card == scene.staging._card(name), (item.card, scene.staging._card(name))
        assert scene.cells.rects[name] == item.body, name
        assert name in scene.cells.within(item.body), name
        assert (item.zValue(), item.opacity(), item.isVisible()) == (1, 1, True)


def _check_wires(scene, visible):
    document, shown = scene.document, visible.wires()
    assert set(scene.wires) == set(shown)
    for wire, item in scene.wires.items():
        assert item.shown == shown[wire], wire
        assert item.pos().isNull(), wire
        assert item.route.corners[0] == scene.start_of(wire), wire
        assert item.route.corners[-1] == scene.end_of(wire), wire
        assert [(p.x(), p.y()) for p in item.via] == list(document.network.bends.get(wire, ())), wire
        tensor = document.shapes[wire.src].outputs[wire.out]
        assert (item.label, item.bad) == (str(tensor) if tensor else "", document.shapes[wire.dst].error is not None)
        assert not (item.hidden_end or item.doomed), wire
        assert wire in scene.wires_at(item.shown.src), wire
        assert wire in scene.wires_at(item.shown.dst), wire
        drawn = item.route.path.boundingRect().adjusted(-0.5, -0.5, 0.5, 0.5)  # Qt says no of what has no width
        assert item.rect().contains(drawn), wire
    ends = Counter(wire for name in (*scene.blocks, *scene.stubs) for wire in scene.wires_at(name))
    assert ends == Counter(dict.fromkeys(shown, 2))


def _check_selection(scene):
    assert scene.selection <= set(scene.blocks)
    assert scene.cut <= set(scene.wires)
    assert all(scene.alike(wire) <= scene.cut for wire in scene.cut)
    assert scene.sheets.chosen <= {note.id for note in scene.sheets.all()}
    assert {n for n, item in scene.blocks.items() if item.selected} == scene.selection
    assert {w for w, item in scene.wires.items() if item.selected} == scene.cut
    assert scene.lit == scene.selection


def _check_quiet(view):
    """Nothing half-done: no gesture, no hint, nothing faded but by focus, nothing carried."""
    scene = view.canvas
    assert view.gesture is None
    assert not view.hint.isVisible()
    assert scene._asked is None
    assert scene.sheets.shifted == {}
    assert scene.sheets.edited is None
    assert scene.allowed == scene.focused
    if view.focus.on and (scene.selection or scene.cut):
        assert scene.focused == view.focus._path()
    else:
        assert scene.focused is None
    before = dict(scene.tints), dict(scene.figures)
    view.heat.refresh()
    assert (dict(scene.tints), dict(scene.figures)) == before
    assert not [i for i in (*scene.blocks.values(), *scene.wires.values()) if i.hovered]
    assert view.invitation.isVisibleTo(view) == (not scene.blocks and not view.read_only)
    assert view.inside.trail.isVisibleTo(view) == bool(scene.scope)


def _check_far(scene):
    """What is painted from far off is what would be gathered anew."""
    scene.bars.refresh(scene)
    fresh = Bars()
    fresh.refresh(scene)
    for kept, new in ((scene.bars.bodies, fresh.bodies),):
        assert {k: _sorted(v) for k, v in kept.items() if v} == {k: _sorted(v) for k, v in new.items() if v}
    assert _sorted(scene.bars.alarms) == _sorted(fresh.alarms)
    assert _sorted(scene.bars.rings) == _sorted(fresh.rings)
    assert _sorted(scene.bars.frozen) == _sorted(fresh.frozen)
    drawn = [line.toTuple() for line in scene.bars.lines if line.x1() > -8e6]
    assert sorted(drawn) == sorted(line.toTuple() for line in fresh.lines)


def _sorted(rects):
    return sorted(rect.getCoords() for rect in rects)
