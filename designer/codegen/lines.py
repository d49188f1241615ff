"""One line of the source run by itself: to measure what it gives. The only place where a line of text is evaluated.

What comes here was written by `python.layer_text`, by a block's ``forward`` or by `plain_expression`, all of which let
nothing but calls of torch with plain values pass. Imports torch.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from types import CodeType
from typing import Any

import torch
import torchvision
from torch import nn

__all__ = ["line"]

_NAMES = {"torch": torch, "nn": nn, "F": nn.functional, "torchvision": torchvision}  # as the source imports them


def line(text: str, title: str) -> Callable[[Mapping[str, Any]], Any]:
    """The line as a function of its variables. ``title`` names it in tracebacks. Raises SyntaxError for no line."""
    code: CodeType = compile(text, f"<{title}>", "eval")
    names = {**_NAMES, "timm": importlib.import_module("timm")} if "timm.create_model(" in text else _NAMES

    def run(variables: Mapping[str, Any]) -> Any:
        return eval(code, {**names, "__builtins__": {}, **variables})

    return run
