"""Time series, by convolutions."""

from designer.commands.demonstrating import Demo, Goal

DEMO = Demo(
    "signal-cnn",
    "five shapes of synthetic waves, by a 1-D CNN",
    "signals",
    (Goal("accuracy", least=0.9),),
)
