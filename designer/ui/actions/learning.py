"""What training changes: freeze blocks, slow them down, all that lies before them too."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from designer.blocks.spec import Value
from designer.graph.choose import above
from designer.graph.edits import SetMarks
from designer.graph.marks import is_frozen, rate_of
from designer.graph.tuning import learners
from designer.ui.actions.table import canvas_action, canvas_condition
from designer.ui.words import plural

if TYPE_CHECKING:
    from designer.ui.canvas.view import CanvasView

__all__: list[str] = []

ORDER = 63
_RATES = "Network/Learning &rate"
_SLOW = 0.1
_FACTORS = ((1.0, "&Full rate"), (0.3, "&3 times slower"), (_SLOW, "&10 times slower"), (0.01, "1&00 times slower"))


def _chosen(view: CanvasView) -> list[str]:
    """The selected blocks, those inside selected groups too."""
    network = view.document.network
    return network.blocks_of(n for n in view.canvas.selection if n in network or network.is_prefix(n))


def _with_weights(view: CanvasView, names: Collection[str]) -> list[str]:
    return learners(view.document.network, view.document.shapes, names)


def _selected(view: CanvasView) -> list[str]:
    return _with_weights(view, _chosen(view))


def _up_to_here(view: CanvasView) -> list[str]:
    """What has weights among the selected blocks and all that feeds them."""
    return _with_weights(view, above(view.document.network, _chosen(view)))


def _mark(view: CanvasView, names: Sequence[str], name: str, value: Value, does: str, do: str) -> None:
    """Mark blocks as one edit, and say what that means for one (``does``) or several (``do``)."""
    if view.bridge.do(SetMarks(tuple(names), {name: value})) is not None:
        one = len(names) == 1
        view.statusMessage.emit(f"{names[0]} {does}" if one else f"{plural(len(names), 'block')} {do}")


def _freeze(view: CanvasView, names: Sequence[str], frozen: bool) -> None:
    if frozen:
        _mark(view, names, "frozen", True, "keeps its weights", "keep their weights")
    else:
        _mark(view, names, "frozen", False, "trains again", "train again")


def _all_frozen(view: CanvasView) -> bool:
    names = _selected(view)
    return bool(names) and all(is_frozen(view.document.network[name]) for name in names)


@canvas_condition("editable weights")
def _editable_weights(view: CanvasView) -> bool:
    return not view.read_only and bool(_selected(view))


@canvas_condition("editable weights up to here")
def _editable_up_to_here(view: CanvasView) -> bool:
    return not view.read_only and bool(_up_to_here(view))


@canvas_condition("frozen up to here")
def _frozen_up_to_here(view: CanvasView) -> bool:
    return not view.read_only and any(is_frozen(view.document.network[name]) for name in _up_to_here(view))


@canvas_action(
    "freeze",
    "Fro&zen",
    "Network",
    shortcut="Ctrl+Shift+F",
    icon="mdi6.snowflake",
    tip="Training leaves the weights of the selected blocks as they are",
    when="editable weights",
    scope="canvas",
    context="block",
    checked=_all_frozen,
    line=True,
)
def freeze(view: CanvasView) -> None:
    """Freeze the selected blocks, or let them train again where all are frozen."""
    _freeze(view, _selected(view), not _all_frozen(view))


@canvas_action(
    "freeze_up_to",
    "Freeze everything up to here",
    "Network",
    shortcut="Ctrl+Alt+F",
    icon="mdi6.snowflake",
    tip="Training leaves the weights of the selected blocks, and of all that feeds them, as they are",
    when="editable weights up to here",
    scope="canvas",
    context="block",
)
def freeze_up_to(view: CanvasView) -> None:
    """The backbone, when the last block of it is selected."""
    _freeze(view, _up_to_here(view), True)


@canvas_action(
    "thaw_up_to",
    "Thaw everything up to here",
    "Network",
    shortcut="Ctrl+Alt+Shift+F",
    icon="mdi6.snowflake-off",
    tip="The selected blocks, and all that feeds them, train again",
    when="frozen up to here",
    scope="canvas",
    context="block",
)
def thaw_up_to(view: CanvasView) -> None:
    """The way back."""
    _freeze(view, _up_to_here(view), False)


def _rate_row(factor: float, text: str) -> None:
    def common(view: CanvasView) -> bool:
        names = _selected(view)
        return bool(names) and all(rate_of(view.document.network[name]) == factor for name in names)

    plain = "The selected blocks learn at the rate of the run"
    tip = plain if factor == 1 else f"The learning rate of the selected blocks is {factor:g} times that of the run"

    @canvas_action(
        f"rate_{factor:g}".replace(".", "_"),
        f"{text} (×{factor:g})",
        _RATES,
        tip=tip,
        when="editable weights",
        context="block",
        checked=common,
        group="rate",
    )
    def set_rate(view: CanvasView) -> None:
        _set_rate(view, _selected(view), factor)


def _set_rate(view: CanvasView, names: Sequence[str], factor: float) -> None:
    words = "at the full rate" if factor == 1 else f"at {factor:g} times the rate"
    _mark(view, names, "rate", factor, f"learns {words}", f"learn {words}")


for _factor, _text in _FACTORS:
    _rate_row(_factor, _text)


@canvas_action(
    "slow_up_to",
    f"Everything up to here 10 times slower (×{_SLOW:g})",
    _RATES,
    tip=f"The learning rate of the selected blocks, and of all that feeds them, is {_SLOW:g} times that of the run",
    when="editable weights up to here",
    context="block",
    line=True,
)
def slow_up_to(view: CanvasView) -> None:
    """A backbone that moves a little."""
    _set_rate(view, _up_to_here(view), _SLOW)


@canvas_action(
    "full_up_to",
    "Everything up to here at the full rate (×1)",
    _RATES,
    tip="The selected blocks, and all that feeds them, learn at the rate of the run",
    when="editable weights up to here",
    context="block",
)
def full_up_to(view: CanvasView) -> None:
    """The way back."""
    _set_rate(view, _up_to_here(view), 1.0)
