"""Exported programs (.pt2) as editable networks, our own and others': opened only after a person agreed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from designer.data.spec import Normalisation
from designer.errors import FileDamaged, LayerloomError
from designer.exchange.origin import Imported, Origin, Request

if TYPE_CHECKING:
    import torch

    from designer.exchange.from_module import Built
    from designer.exchange.imported import End

__all__ = ["ORIGIN"]


def _takes(source: str) -> bool:
    from designer.exchange.pt2.archive import is_program

    path = Path(source)
    return path.suffix.lower() == ".pt2" or is_program(path)


def _read(request: Request) -> Imported:
    from designer.exchange.from_module import drawn
    from designer.exchange.header import plain_file
    from designer.exchange.pt2.archive import clean_copy, notes_of
    from designer.exchange.pt2.tidy import tidied

    path = Path(request.source)
    plain_file(path)
    request.progress(None, f"Reading {path.name}")
    with clean_copy(path) as copy:
        built, leaves = _built(path, _loaded(copy, path), notes_of(path), request)
        return drawn(built, request, lambda sketch: tidied(sketch, leaves))


def _loaded(copy: Path, path: Path) -> Any:
    import torch

    try:
        return torch.export.load(copy)
    except LayerloomError:
        raise
    except MemoryError as error:
        raise FileDamaged(f"{path.name} needs more memory than is free. Choose a smaller file.") from error
    except Exception as error:  # the reader of a changed graph may stop in any way
        raise FileDamaged(
            f"{path.name} cannot be read by torch {torch.__version__}: it is damaged, or of another version. "
            "Export it again."
        ) from error


def _built(path: Path, program: Any, notes: Mapping[str, Any], request: Request) -> tuple[Built, set[str]]:
    import torch

    from designer.exchange.from_module import Built
    from designer.exchange.pt2.program import Program, samples_of

    model = Program(program, path.name)
    samples, fixed = samples_of(program, request.size, path.name)
    classes = _names(notes)
    normalisation = _normalisation(notes)
    compare = None
    if fixed:
        random = torch.Generator().manual_seed(0)
        compare = [torch.randn(x.shape, generator=random).to(x.dtype) for x in samples.values()]
    said = [f"It was exported for a batch of {fixed} only; here it takes any."] if fixed else []
    built = Built(
        name=path.stem,
        source=str(path),
        model=model.train(),
        inputs=samples,
        weighted=True,
        ends=lambda outputs: _ends(outputs, classes),
        original=_whole(program),
        compare=compare,
        normalisation=normalisation,
        labels=classes,
        notes=said,
    )
    return built, model.leaves


def _whole(program: Any) -> torch.nn.Module:
    """The program as torch runs it: the original that the drawing is compared with."""
    from torch import nn

    run = program.module()

    class Whole(nn.Module):
        """Neither mode changes what was exported."""

        def forward(self, *inputs: torch.Tensor) -> Any:
            """As it was exported."""
            return run(*inputs)

    return Whole()


def _ends(outputs: Sequence[str], classes: Sequence[str]) -> Mapping[str, End]:
    """What our own exports say of their classes makes the first output a Classification."""
    if not classes or not outputs:
        return {}
    return {
        outputs[0]: ("classification", "classification_output", {"classes": len(classes), "labels": tuple(classes)})
    }


def _names(notes: Mapping[str, Any]) -> tuple[str, ...]:
    try:
        found = json.loads(str(notes.get("classes", "[]")))
    except (ValueError, RecursionError):
        return ()
    good = isinstance(found, list) and all(isinstance(n, str) and 0 < len(n) <= 100 and n.isprintable() for n in found)
    return tuple(found) if good else ()


def _normalisation(notes: Mapping[str, Any]) -> Normalisation | None:
    try:
        return Normalisation(mean=tuple(json.loads(notes["mean"])), std=tuple(json.loads(notes["std"])))
    except (KeyError, ValueError, TypeError, RecursionError):
        return None


ORIGIN = Origin(
    name="pt2",
    title="PyTorch program (.pt2)",
    help="An exported program of torch.export by its path: model.pt2.",
    takes=_takes,
    read=_read,
    runs_code=True,
    order=40,
)
