"""Sounds as spectrograms."""

from designer.commands.demonstrating import Demo, Goal

DEMO = Demo(
    "sound",
    "six kinds of synthetic sounds, by their spectrograms",
    "sounds",
    (Goal("accuracy", least=0.9),),
)
