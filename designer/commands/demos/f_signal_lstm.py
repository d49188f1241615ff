"""Time series, step by step."""

from designer.commands.demonstrating import Demo, Goal

DEMO = Demo(
    "signal-lstm",
    "the same waves, by an LSTM",
    "signals-lstm",
    (Goal("accuracy", least=0.8),),
)
