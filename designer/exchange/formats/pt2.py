"""The network with its weights as a torch.export archive (.pt2), with an open batch.

Loading a .pt2 can run code, so only files that were written a moment ago are ever loaded here.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from designer.exchange.format import Bundle, Format, Inputs, Outputs

if TYPE_CHECKING:
    from torch.export import ExportedProgram

__all__ = ["FORMAT", "export_program", "exporter_warnings"]


@contextmanager
def exporter_warnings() -> Iterator[None]:
    """Silences what the exporters say about torch's own layers and nobody can act on."""
    with warnings.catch_warnings():
        # nn.LSTM and nn.GRU keep their flattened weights in a plain list; the exported weights are right.
        warnings.filterwarnings("ignore", message="The tensor attributes? .* assigned during export")
        yield


def export_program(bundle: Bundle) -> ExportedProgram:
    """The traced graph of the network."""
    import torch

    from designer.exchange.engine import dynamic_shapes

    with exporter_warnings(), torch.no_grad():
        return torch.export.export(bundle.module, bundle.example, dynamic_shapes=dynamic_shapes(bundle))


def _write(bundle: Bundle, path: Path) -> None:
    import torch

    extra = {"layerloom.json": json.dumps(bundle.metadata(), ensure_ascii=False)}
    torch.export.save(export_program(bundle), path, extra_files=extra)


def _run(bundle: Bundle, path: Path, batches: Sequence[Inputs]) -> list[Outputs]:
    import torch

    from designer.exchange.engine import run_module

    return run_module(torch.export.load(path).module(), batches)


FORMAT = Format(
    name="pt2",
    title="PyTorch program (.pt2)",
    suffix=".pt2",
    help="Graph and weights in one file, for torch.export.load in Python, AOTInductor and ExecuTorch. Any batch size.",
    write=_write,
    run=_run,
    order=20,
)
