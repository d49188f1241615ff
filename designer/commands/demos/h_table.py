"""A table of numbers."""

from designer.commands.demonstrating import Demo, Goal

DEMO = Demo(
    "table",
    "benign and malignant tumours of a real table",
    "table",
    (Goal("accuracy", least=0.92), Goal("auroc", least=0.96)),
)
