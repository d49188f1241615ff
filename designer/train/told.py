"""A forecast, and figures, as people read them. No torch."""

from __future__ import annotations

from collections.abc import Mapping

from designer.graph.words import count, in_bytes, plural
from designer.train.forecast import Forecast
from designer.train.metrics import metric_named

__all__ = ["figure_words", "figures_told", "memory_told", "shortage_told", "time_told", "time_words"]


def time_words(seconds: float) -> str:
    """As exact as a forecast can be: 1.6 ms, 0.17 s, 38 s, 6 min 22 s, 1 h 20 min, 3 days 4 h."""
    if seconds < 0.0995:
        return f"{seconds * 1000:.2g} ms" if seconds < 0.00995 else f"{seconds * 1000:.0f} ms"
    if seconds < 0.995:
        return f"{seconds:.2f} s"
    if seconds < 59.5:
        return f"{seconds:.1f} s" if seconds < 9.95 else f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(round(seconds / 60), 60)
    if hours < 48:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    days, hours = divmod(round(seconds / 3600), 24)
    return f"{plural(days, 'day')} {hours} h" if hours else plural(days, "day")


def time_told(forecast: Forecast, epochs: int) -> str:
    """About 38 s per epoch, 6 min 22 s for 10 epochs; nothing where the batch does not fit."""
    if forecast.iteration is None:
        return ""
    if forecast.epoch is None:
        return f"About {time_words(forecast.iteration)} per iteration"
    whole = f", {time_words(forecast.epoch * epochs)} for {plural(epochs, 'epoch')}" if epochs > 1 else ""
    return f"About {time_words(forecast.epoch)} per epoch{whole}"


def memory_told(forecast: Forecast) -> str:
    """85 MB of memory, with 24.1 GB free."""
    free = f", with {in_bytes(forecast.room)} free" if forecast.room is not None else ""
    return f"{in_bytes(forecast.peak)} of memory{free}"


def shortage_told(forecast: Forecast) -> str:
    """What does not fit, and what would; nothing where all is well."""
    if forecast.fits:
        return ""
    free = f", and {in_bytes(forecast.room)} are free" if forecast.room is not None else ""
    needs = (
        f"{plural(forecast.batch, 'sample')} at once need about {in_bytes(forecast.peak)} on {forecast.device_title}"
    )
    if forecast.fitting is not None:
        advice = f"A batch size of {count(forecast.fitting)} fits."
    else:
        advice = "Not even one sample fits: use a smaller network, or another device."
    return f"{needs}{free}. {advice}"


def figure_words(name: str, value: float) -> str:
    """A figure of a validation: 98.61 %, or a loss of 0.0512."""
    return f"{value:.4g}" if name == "loss" else metric_named(name).text(value)


def figures_told(figures: Mapping[str, float | None]) -> str:
    """As in: loss 0.0512, accuracy 98.61 %, F1 98.4 %. What there is not is left out."""
    there = {name: value for name, value in figures.items() if value is not None}
    words = {name: "loss" if name == "loss" else metric_named(name).in_words for name in there}
    return ", ".join(f"{words[name]} {figure_words(name, value)}" for name, value in there.items())
