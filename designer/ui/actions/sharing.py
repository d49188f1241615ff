"""One layer called by several blocks: share it, and give blocks layers of their own again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from designer.errors import EditRefused
from designer.graph.sharing import apart, together
from designer.graph.words import plural
from designer.ui.actions.table import canvas_action, canvas_condition

if TYPE_CHECKING:
    from designer.ui.canvas.view import CanvasView

__all__: list[str] = []

ORDER = 62


def _blocks(view: CanvasView) -> list[str]:
    """The selected blocks; cards of groups do not count."""
    return [name for name in view.canvas.selection if name in view.document.network]


@canvas_condition("blocks that could share")
def _could_share(view: CanvasView) -> bool:
    network, names = view.document.network, _blocks(view)
    if view.read_only or len(names) < 2:
        return False
    first = network[names[0]]
    alike = all(network[name].type == first.type for name in names)
    return alike and first.block.layer is not None and len({network.owner(name) for name in names}) > 1


@canvas_condition("blocks that share")
def _share(view: CanvasView) -> bool:
    network = view.document.network
    return not view.read_only and any(len(network.family(name)) > 1 for name in _blocks(view))


@canvas_action(
    "share_layer",
    "S&hare layer",
    "Network",
    icon="mdi6.link-variant",
    tip="The selected blocks of one type call one and the same layer; the weights exist once",
    when="blocks that could share",
    context="block",
    line=True,
)
def share_layer(view: CanvasView) -> None:
    """The first on the way of the data owns the layer, unless one of them shares its own already."""
    try:
        edit = together(view.document.network, _blocks(view))
    except EditRefused as refused:
        view.statusMessage.emit(str(refused))
        return
    if view.bridge.do(edit) is not None:
        network = view.document.network
        family = network.family(_blocks(view)[0])
        others = family[1] if len(family) == 2 else plural(len(family) - 1, "block")
        view.statusMessage.emit(f"{others} {'calls' if len(family) == 2 else 'call'} the layer of {family[0]}")


@canvas_action(
    "unshare_layer",
    "&Unshare layer",
    "Network",
    icon="mdi6.link-variant-off",
    tip="Give each of the selected blocks a layer and weights of its own",
    when="blocks that share",
    context="block",
)
def unshare_layer(view: CanvasView) -> None:
    """Blocks that are not selected go on sharing."""
    names = [name for name in _blocks(view) if len(view.document.network.family(name)) > 1]
    if view.bridge.do(apart(view.document.network, names)) is not None:
        whose = (
            f"{names[0]} has a layer of its own" if len(names) == 1 else f"{len(names)} blocks have layers of their own"
        )
        view.statusMessage.emit(whose)
