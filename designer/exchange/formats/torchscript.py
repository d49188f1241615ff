"""The network with its weights as TorchScript, for programs that still load it. torch calls it deprecated."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from designer.exchange.format import Bundle, Format, Inputs, Outputs

__all__ = ["FORMAT"]


@contextmanager
def _quietly() -> Iterator[None]:
    """That it is deprecated is said once, in the report, and what tracing is unsure of is proved by running it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.simplefilter("ignore", FutureWarning)
        warnings.filterwarnings("ignore", module="torch")
        yield


def _write(bundle: Bundle, path: Path) -> None:
    import torch

    with _quietly(), torch.no_grad():
        traced = torch.jit.trace(bundle.module, bundle.example, check_trace=False)  # type: ignore[no-untyped-call]
        extra = {"layerloom.json": json.dumps(bundle.metadata(), ensure_ascii=False)}
        torch.jit.save(traced, str(path), _extra_files=extra)


def _opened(bundle: Bundle, path: Path) -> Callable[[Inputs], Outputs]:
    import torch

    from designer.exchange.engine import run_module

    with _quietly():
        module = torch.jit.load(str(path), map_location="cpu")  # type: ignore[no-untyped-call]
    return lambda batch: run_module(module, [batch])[0]


def _run(bundle: Bundle, path: Path, batches: Sequence[Inputs]) -> list[Outputs]:
    run = _opened(bundle, path)
    with _quietly():
        return [run(batch) for batch in batches]


FORMAT = Format(
    name="torchscript",
    title="TorchScript (deprecated)",
    suffix=".ts",
    help="For older C++ and phone programs that load TorchScript. torch will drop it: take .pt2 or ONNX where you can.",
    write=_write,
    run=_run,
    opened=_opened,
    engine="TorchScript's interpreter",
    deprecated="TorchScript is deprecated in torch and will go. Take .pt2 or ONNX where you can.",
    order=50,
)
