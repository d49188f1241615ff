"""Groups: make them, look inside, show them here, repeat and link them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from designer.ui.actions.table import canvas_action, canvas_condition

if TYPE_CHECKING:
    from designer.ui.canvas.view import CanvasView

__all__: list[str] = []

ORDER = 63


def _group(view: CanvasView) -> str | None:
    """The one selected card of a group."""
    chosen = view.canvas.selection
    name = next(iter(chosen)) if len(chosen) == 1 else None
    return name if name is not None and name not in view.document.network else None


def _around(view: CanvasView) -> str | None:
    """The selected card, or the innermost open group around the selected block."""
    from designer.graph.names import prefixes

    found = _group(view)
    chosen = view.canvas.selection
    if found is not None or not chosen:
        return found
    inside = len(view.canvas.scope)
    paths = [{p for p in prefixes(name) if len(p) > inside} for name in chosen]
    shared = set.intersection(*paths)
    return max(shared, key=len) if shared else None


@canvas_condition("group")
def _is_group(view: CanvasView) -> bool:
    return _group(view) is not None


@canvas_condition("editable group")
def _is_editable_group(view: CanvasView) -> bool:
    return _group(view) is not None and not view.read_only


@canvas_condition("in group")
def _in_group(view: CanvasView) -> bool:
    return _around(view) is not None and not view.read_only


@canvas_condition("linked")
def _linked(view: CanvasView) -> bool:
    path = _group(view)
    found = view.document.network.groups.get(path) if path is not None else None
    return found is not None and bool(found.link) and not view.read_only


@canvas_condition("inside")
def _inside(view: CanvasView) -> bool:
    return bool(view.canvas.scope)


def _do(view: CanvasView, make: Callable[..., Any], *args: object) -> bool:
    return view.bridge.do_made(lambda: make(view.document, *args)) is not None


@canvas_action(
    "group",
    "&Group",
    "Network/&Group",
    shortcut="Ctrl+G",
    icon="mdi6.layers-plus",
    tip="Collapse the selected blocks into one card with its own inputs and outputs",
    when="editable selection",
    context="block",
)
def group(view: CanvasView) -> None:
    """One card for what is selected."""
    from designer.graph import groups

    before = set(view.document.network.groups)
    names = view.selected()
    if view.bridge.do_made(lambda: groups.group(view.document, names, sizes=view.canvas.staging.size_of)) is not None:
        new = [p for p, g in view.document.network.groups.items() if g.closed and p not in before]
        view.select(new or [p for p in view.canvas.selection if p in view.canvas.blocks])


@canvas_action(
    "ungroup",
    "&Ungroup",
    "Network/&Group",
    shortcut="Ctrl+Shift+G",
    icon="mdi6.layers-remove",
    tip="Dissolve the group: its blocks come to lie beside it",
    when="in group",
    context="block",
)
def ungroup(view: CanvasView) -> None:
    """Blocks again."""
    from designer.graph import groups

    _do(view, groups.ungroup, _around(view), view.canvas.staging.size_of)


@canvas_action(
    "look_inside",
    "&Look inside",
    "Network/&Group",
    shortcut="Ctrl+Return; Ctrl+Enter",
    icon="mdi6.arrow-collapse-down",
    tip="Show what is inside the group; Escape comes back",
    when="group",
    scope="canvas",
    line=True,
    context="block",
)
def look_inside(view: CanvasView) -> None:
    """Into the group."""
    path = _group(view)
    if path is not None:
        view.inside.enter(path)


@canvas_action(
    "leave_group",
    "&Back out",
    "Network/&Group",
    shortcut="Ctrl+Backspace",
    icon="mdi6.arrow-expand-up",
    tip="Back to where the group lies",
    when="inside",
    scope="canvas",
    context="paper",
)
def leave(view: CanvasView) -> None:
    """One level up."""
    view.inside.leave()


@canvas_action(
    "toggle_group",
    "&Open or close",
    "Network/&Group",
    shortcut="E",
    icon="mdi6.unfold-more-horizontal",
    tip="Show the blocks of the group here, or one card for them",
    when="in group",
    scope="canvas",
    context="block",
)
def toggle(view: CanvasView) -> None:
    """Open where it is closed, close where it is open."""
    view.inside.toggle(_around(view))


@canvas_action(
    "duplicate_linked",
    "Duplicate &linked",
    "Network/&Group",
    shortcut="Alt+D",
    icon="mdi6.link-plus",
    tip="Another instance of the group: an edit in one changes all",
    when="editable group",
    line=True,
    context="block",
)
def duplicate_linked(view: CanvasView) -> None:
    """A linked copy."""
    from designer.graph import instances

    before = set(view.document.network.groups)
    if _do(view, instances.link_copy, _group(view)):
        view.select(set(view.document.network.groups) - before)


@canvas_action(
    "unlink",
    "&Unlink",
    "Network/&Group",
    icon="mdi6.link-off",
    tip="Make the instance a group of its own",
    when="linked",
    context="block",
)
def unlink(view: CanvasView) -> None:
    """No longer like the others."""
    from designer.graph import instances

    _do(view, instances.unlink, _group(view))


def _repeat(view: CanvasView, step: int) -> None:
    from designer.graph import instances

    path = _group(view)
    if path is not None:
        _do(view, instances.repeat, path, max(1, instances.times(view.document.network, path) + step))


@canvas_action(
    "repeat_more",
    "&Repeat once more",
    "Network/&Group",
    shortcut="Ctrl+Alt+=; Ctrl+Alt++",
    icon="mdi6.repeat",
    tip="The group once more in series, with weights of its own",
    when="editable group",
    line=True,
    context="block",
)
def repeat_more(view: CanvasView) -> None:
    """×2, ×3, ..."""
    _repeat(view, 1)


@canvas_action(
    "repeat_less",
    "Repeat once l&ess",
    "Network/&Group",
    shortcut="Ctrl+Alt+-",
    tip="The group once less",
    when="editable group",
)
def repeat_less(view: CanvasView) -> None:
    """... ×2, plain."""
    _repeat(view, -1)


def _colour_row(colour: str) -> None:
    @canvas_action(f"group_{colour}", colour.title(), "Network/Group &colour", when="editable group", context="block")
    def paint(view: CanvasView) -> None:
        from designer.graph import groups

        _do(view, groups.recolour, _group(view), colour)


for _colour in ("grey", "blue", "green", "amber", "red", "violet"):
    _colour_row(_colour)
