"""Grey pictures, few of them with what is looked for."""

from designer.commands.demonstrating import Demo, Goal

DEMO = Demo(
    "medical",
    "the 8 % of synthetic pictures with an ill cell",
    "cells",
    (Goal("auroc", least=0.95), Goal("sensitivity", least=0.75), Goal("specificity", least=0.9)),
)
