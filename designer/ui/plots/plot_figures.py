"""A plot for every further figure that a run tells: each metric that was chosen, and what each output does."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from designer.train.metrics import metric_named
from designer.ui.plots.declared import Plot, Series

_TELLING = ("step", "validated", "epoch")


def plots_in(events: Sequence[Mapping[str, Any]], known: Collection[str]) -> Iterator[Plot]:
    """The plots of figures that these events tell and that no plot shows yet."""
    for name in _figures(events):
        if name not in known:
            yield _plot(name)
    for output in dict.fromkeys(name for event in events for name in _mapping(event, "outputs")):
        if f"loss of {output}" not in known:
            yield _output_plot(output, "loss", None)
        if f"accuracy of {output}" not in known and _has_accuracy(events, output):
            yield _output_plot(output, "accuracy", 1.0)


def _figures(events: Iterable[Mapping[str, Any]]) -> list[str]:
    found: dict[str, None] = {}
    for event in events:
        if event.get("type") in _TELLING:
            found.update(dict.fromkeys(_mapping(event, "figures")))
    return list(found)


def _mapping(event: Mapping[str, Any], field: str) -> Mapping[str, Any]:
    value = event.get(field)
    return value if isinstance(value, Mapping) else {}


def _has_accuracy(events: Iterable[Mapping[str, Any]], output: str) -> bool:
    found = (_mapping(event, "outputs").get(output) for event in events)
    return any(isinstance(each, Mapping) and isinstance(each.get("accuracy"), int | float) for each in found)


def _plot(name: str) -> Plot:
    try:
        metric = metric_named(name)
        title, about, percent = metric.title, metric.help, metric.percent
    except KeyError:  # of another version, or of somebody's own
        title = name.replace("_", " ").capitalize()
        about, percent = f"{title}, as the run tells it.", False
    y = ("figures", name)
    return Plot(
        name,
        title,
        about,
        (
            Series("Training", "step", y, "cloud", 0),
            Series("Epoch mean", "epoch", y, "means", 0, x="epoch"),
            Series("Validation", "validated", y, "marks", 1),
        ),
        text=_percent if percent else _number,
        ceiling=1.0 if percent else None,
        order=25,
    )


def _output_plot(output: str, figure: str, ceiling: float | None) -> Plot:
    return Plot(
        f"{figure} of {output}",
        f"{figure.capitalize()} of {output}",
        f"The {figure} of the output {output} on the validation samples.",
        (Series("Validation", "validated", ("outputs", output, figure), "marks", 1),),
        text=_percent if ceiling else _number,
        ceiling=ceiling,
        log=ceiling is None,
        shown=False,
        order=27,
    )


def _number(value: float) -> str:
    return f"{value:.4f}" if 1e-3 <= abs(value) < 1e4 else f"{value:.4g}"


def _percent(value: float) -> str:
    return f"{100 * value:.2f} %"
