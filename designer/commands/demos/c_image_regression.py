"""Pictures with a number each."""

from designer.commands.demonstrating import Demo, Goal

DEMO = Demo(
    "image-regression",
    "by how many degrees a digit is turned",
    "turned-digits",
    (Goal("mean_absolute_error", most=5.0), Goal("r2", least=0.95)),
)
