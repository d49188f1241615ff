"""The figures of validations by their names, as people read and compare them. No torch."""

from __future__ import annotations

from designer.train.metrics import LIBRARY, METRICS, WATCHED, metric_named

__all__ = ["better", "figure_text", "figure_title", "less_is_better"]


def less_is_better(figure: str) -> bool:
    """Whether a figure of that name, or of an output's, is the better the smaller it is."""
    watched = WATCHED.get(figure) or WATCHED.get(figure.rpartition(".")[2])
    return watched is not None and watched.sign < 0


def better(figure: str, one: float, other: float) -> bool:
    """Whether a value of a figure is better than another."""
    return one < other if less_is_better(figure) else one > other


def figure_text(figure: str, value: float) -> str:
    """98.61 %, or 0.0512."""
    metric = METRICS.get(figure) or METRICS.get(figure.rpartition(".")[2])
    return metric.text(value) if metric is not None else f"{value:.4g}"


def figure_title(figure: str) -> str:
    """Accuracy; of one of several outputs with its name: Accuracy of head2."""
    output, _, name = (figure if figure not in METRICS else f".{figure}").rpartition(".")
    if name in METRICS:
        title = METRICS[name].title
    elif name.startswith(LIBRARY):
        title = metric_named(name).title
    else:
        title = name[:1].upper() + name[1:]
    return f"{title} of {output}" if output else title
