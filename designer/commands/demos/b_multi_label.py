"""Pictures with any number of labels."""

from designer.commands.demonstrating import Demo, Goal

DEMO = Demo(
    "multi-label",
    "which of ten digits are in a picture of several",
    "several-digits",
    (Goal("macro_f1", least=0.95),),
)
