"""A class of a person's own Python file as an editable network: only the very text that they trusted is run."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from designer.errors import DataError, JobError, UsageError
from designer.exchange.origin import Imported, Origin, Request

if TYPE_CHECKING:
    import torch
    from torch import nn

    from designer.exchange.from_module import Built

__all__ = ["ORIGIN"]

_LENGTH = 16  # words of a sentence, where a model reads words and nothing says how many


def _parts(source: str) -> tuple[Path, str]:
    """``nets/model.py:Net`` as file and class; the class may be left out where the file has one only."""
    head, _, last = source.rpartition(":")
    return (Path(head), last) if head.lower().endswith(".py") else (Path(source), "")


def _takes(source: str) -> bool:
    return _parts(source)[0].suffix.lower() == ".py"


def _read(request: Request) -> Imported:
    from designer.blocks.userfile import read_classes, sha256_of
    from designer.exchange.from_module import drawn
    from designer.exchange.python_class import CodeRead, made

    path, name = _parts(request.source)
    if request.code is None:
        raise JobError(f"Nobody has trusted the text of {path.name}, so it was not run. Look at it and agree first.")
    classes = {cls.name: cls for cls in read_classes(request.code, path.name)}
    if not name and len(classes) > 1:
        raise UsageError(f"{path.name} has several classes. Say which: {path.name}:{', '.join(classes)}.")
    name = name or next(iter(classes))
    if name not in classes:
        raise UsageError(f"{path.name} has no layer or network called “{name[:80]}”. It has {', '.join(classes)}.")
    code = CodeRead(path.name, request.code, sha256_of(request.code), classes)
    request.progress(None, f"Making {name}")
    model = made(code, name, request.args)
    built = _built(request, code, name, model)
    try:
        return drawn(built, request)
    except DataError as error:
        if code.block(model.module) is None:
            raise
        try:
            return drawn(_closed(built, name, model, _reason(error)), request)
        except DataError:
            raise error from None  # it says where within the class it is


def _built(request: Request, code: Any, name: str, model: Any) -> Built:
    from designer.exchange.from_module import Built

    return Built(
        name=name,
        source=request.source,
        model=model.module.train(),
        inputs=_samples(model.module, request, name),
        weighted=request.weights == "default",
        opaque=lambda path, module: code.block(module),
        texts={code.sha256: code.text},
        notes=["Its weights are those that the class starts with; nothing was learned."],
    )


def _reason(error: DataError) -> str:
    """Why it cannot be drawn, without the words around it."""
    return str(getattr(error.__cause__, "reason", "") or "its forward cannot be written down as blocks")


def _closed(built: Built, name: str, model: Any, why: str) -> Built:
    """The whole class as one block, where its forward cannot be drawn."""
    from dataclasses import replace

    from torch import nn

    home = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()

    class Whole(nn.Module):
        """The model as the only part of another one."""

        def __init__(self) -> None:
            super().__init__()
            self.add_module(home, model.module)

        def forward(self, *inputs: torch.Tensor) -> Any:
            """What the model gives."""
            return self.get_submodule(home)(*inputs)

    return replace(built, model=Whole().train(), closed={home: why})


def _samples(model: nn.Module, request: Request, name: str) -> dict[str, torch.Tensor]:
    """Empty samples of the inputs by their names in ``forward``. Raises UsageError that says what to pass."""
    import torch

    names = [
        p.name
        for p in inspect.signature(model.forward).parameters.values()
        if p.default is inspect.Parameter.empty and p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
    ] or ["input"]
    shapes = list(request.shapes)
    dtype = torch.float32
    if not shapes and len(names) == 1:
        shape, dtype = _guess(model, request.size)
        shapes = [shape] if shape is not None else []
    if len(shapes) != len(names):
        told = ", ".join(names)
        raise UsageError(
            f"{name} takes {told}, and nothing says of which size. "
            f"Pass --input {','.join(['3x224x224'] * len(names))}, without the batch."
        )
    if any(dim < 1 for shape in shapes for dim in shape) or any(_count(shape) > 1 << 28 for shape in shapes):
        raise UsageError("The sizes of an input are whole numbers from 1 on, of at most 268,435,456 numbers in all.")
    if isinstance(_first(model), torch.nn.Embedding):
        dtype = torch.int64
    return {
        _known(n): torch.empty(2, *shape, dtype=dtype, device="meta") for n, shape in zip(names, shapes, strict=True)
    }


def _count(shape: tuple[int, ...]) -> int:
    found = 1
    for dim in shape:
        found *= dim
    return found


def _known(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z]\w*", name) else "input"


def _first(model: nn.Module) -> nn.Module | None:
    """The layer that is declared first among those that tell what they take."""
    from torch import nn

    told = (nn.Linear, nn.Embedding, nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.LSTM, nn.GRU, nn.RNN)
    return next((m for m in model.modules() if isinstance(m, told)), None)


def _guess(model: nn.Module, size: int | None) -> tuple[tuple[int, ...] | None, torch.dtype]:
    """The shape of a sample, by the layer that is declared first and the size that was said."""
    import torch
    from torch import nn

    layer = _first(model)
    if isinstance(layer, nn.Embedding):
        return (size or _LENGTH,), torch.int64
    if isinstance(layer, nn.Linear):
        return (layer.in_features,), torch.float32
    if isinstance(layer, nn.LSTM | nn.GRU | nn.RNN):
        return (size or _LENGTH, layer.input_size), torch.float32
    for number, kind in ((1, nn.Conv1d), (2, nn.Conv2d), (3, nn.Conv3d)):
        if isinstance(layer, kind) and size is not None:
            return (int(layer.in_channels), *([size] * number)), torch.float32
    return None, torch.float32


def _code(source: str) -> Path | None:
    return _parts(source)[0]


ORIGIN = Origin(
    name="python",
    title="Python file",
    help="A class of a Python file: model.py:Net.",
    takes=_takes,
    read=_read,
    runs_code=True,
    code=_code,
    order=50,
)
