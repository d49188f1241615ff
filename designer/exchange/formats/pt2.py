"""The network with its weights as a torch.export archive (.pt2), with an open batch.

Loading a .pt2 can run code, so only files that were written a moment ago are ever loaded here.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from designer.exchange.format import Bundle, Format, Inputs, Outputs

if TYPE_CHECKING:
    import torch
    from torch.export import ExportedProgram

__all__ = ["FORMAT", "export_program", "exporter_warnings"]


@contextmanager
def exporter_warnings() -> Iterator[None]:
    """Silences what the exporters say about torch's own layers and nobody can act on."""
    with warnings.catch_warnings():
        # nn.LSTM and nn.GRU keep their flattened weights in a plain list; the exported weights are right.
        warnings.filterwarnings("ignore", message="The tensor attributes? .* assigned during export")
        warnings.filterwarnings("ignore", "_check_is_size will be removed", FutureWarning)  # torch of itself
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


def _opened(bundle: Bundle, path: Path) -> Callable[[Inputs], Outputs]:
    import torch

    from designer.exchange.engine import run_module

    module = torch.export.load(path).module()
    return lambda batch: run_module(module, [batch])[0]


def _run(bundle: Bundle, path: Path, batches: Sequence[Inputs]) -> list[Outputs]:
    run = _opened(bundle, path)
    return [run(batch) for batch in batches]


def _inside(bundle: Bundle, path: Path, batch: Inputs) -> dict[str, torch.Tensor]:
    """What comes out of each block, by interpreting the program operation by operation."""
    import torch

    from designer.exchange.suspect import block_in_trace

    found: dict[str, torch.Tensor] = {}

    class Watching(torch.fx.Interpreter):
        def run_node(self, n: torch.fx.Node) -> Any:
            value = super().run_node(n)
            block = block_in_trace(bundle.program, n.meta.get("stack_trace") or "")
            if block is not None and isinstance(value, torch.Tensor):
                found[block] = value.detach().clone()
            return value

    module = torch.export.load(path).module()
    assert isinstance(module, torch.fx.GraphModule)
    with torch.inference_mode():
        Watching(module).run(*batch)
    return found


FORMAT = Format(
    name="pt2",
    title="PyTorch program (.pt2)",
    suffix=".pt2",
    help="Graph and weights in one file, for torch.export.load in Python, AOTInductor and ExecuTorch. Any batch size.",
    write=_write,
    run=_run,
    opened=_opened,
    inside=_inside,
    options=frozenset({"open_size"}),
    engine="torch.export's own program",
    order=20,
)
