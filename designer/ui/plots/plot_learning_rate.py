"""The learning rate that the schedule chose for every iteration."""

from designer.ui.plots.declared import Plot, Series

PLOT = Plot(
    "learning_rate",
    "Learning rate",
    "The size of a step as the schedule sets it.",
    (Series("Learning rate", "step", "learning_rate", "line", 0),),
    text=lambda value: f"{value:.3g}",
    log=True,
    shown=False,
    order=30,
)
