"""How many samples were trained on in a second."""

from designer.ui.plots.declared import Plot, Series

PLOT = Plot(
    "throughput",
    "Throughput",
    "Samples that were trained on in a second, over about the last second.",
    (Series("Samples / s", "step", "samples_per_second", "cloud", 0),),
    text=lambda value: f"{value:,.0f} / s" if value >= 100 else f"{value:.3g} / s",
    shown=False,
    order=40,
)
