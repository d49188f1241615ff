"""How busy the processor and the device are with a run."""

from designer.ui.plots.declared import Plot, Series

PLOT = Plot(
    "use",
    "Use",
    "The share of all processors that the run works, and of the moments in which the graphics card does.",
    (Series("Processor", "machine", "use", "line", 0), Series("Device", "machine", "device_use", "line", 1)),
    text=lambda value: f"{100 * value:.0f} %",
    ceiling=1.0,
    shown=False,
    order=60,
)
