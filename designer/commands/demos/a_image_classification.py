"""Pictures of one class each."""

from designer.commands.demonstrating import Demo, Goal

DEMO = Demo(
    "image-classification",
    "the bundled digits, ten classes",
    "digits",
    (Goal("accuracy", least=0.96),),
)
