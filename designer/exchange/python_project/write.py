"""Writing the folder, and running it in a Python of its own."""

from __future__ import annotations

import importlib.metadata
import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import nn

from designer import __version__
from designer.codegen.program import Program
from designer.data.batches import Split
from designer.data.open import Data
from designer.errors import ExportError
from designer.exchange.formats.python_source import write_sources
from designer.exchange.formats.safetensors_file import save_state
from designer.exchange.python_project.plan import Plan
from designer.exchange.python_project.text import README, TRAIN

__all__ = ["losses_there", "write_project"]

_MOST_BYTES = 2_000_000_000
_CHUNK, _SECONDS = 512, 600


def write_project(folder: Path, program: Program, initial: nn.Module, data: Data, plan: Plan, proof: str) -> None:
    """Make the folder. ``initial`` has the weights that training starts from. Raises ExportError."""
    sample = 4 * torch.Size(data.sample_dims).numel()
    size = sample * (len(data.train) + len(data.validation))
    if size > _MOST_BYTES:
        raise ExportError(
            f"The samples take {size / 1e9:.1f} GB, and a project takes 2 GB along at most. Limit the number of "
            "samples, or export the network alone as Python source."
        )
    folder.mkdir()
    packages = write_sources(program, folder) | {"torch", "safetensors", "numpy"}
    save_state(initial, folder / "initial.safetensors", {})
    (folder / "data").mkdir()
    for name, split in (("train", data.train), ("validation", data.validation)):
        _keep_samples(split, data.sample_dims, folder / "data" / f"{name}.safetensors")
    facts = {
        "source": data.source,
        "note": data.note,
        "classes": list(data.classes),
        "normalisation": data.normalisation.model_dump(mode="json"),
        "train": "data/train.safetensors",
        "validation": "data/validation.safetensors",
    }
    options = "".join(f", {name}={value!r}" for name, value in plan.loss_options.items())
    names = {"class_name": program.class_name}
    texts = {
        "data.json": _json(facts),
        "settings.json": _json(plan.settings),
        "train.py": TRAIN.substitute(names, loss=plan.loss, loss_options=options, classifies=plan.classifies),
        "requirements.txt": "".join(f"{name}\n" for name in sorted(map(_pinned, packages))),
        "README.md": README.substitute(names, version=__version__, seed=plan.settings["seed"], proof=proof),
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")


def losses_there(folder: Path, steps: int) -> list[str]:
    """The loss of the first steps, run in a Python of its own, as exact text. Raises ExportError."""
    with tempfile.TemporaryDirectory(prefix="layerloom-") as place:
        kept = Path(place, "losses.json")
        code = (
            "import runpy, sys; folder = sys.argv.pop(1); sys.path.insert(0, folder); "
            "runpy.run_path(folder + '/train.py', run_name='__main__'); "
            "strangers = [m for m in sys.modules if m.split('.')[0] in ('designer', 'layerloom')]; "
            "sys.exit('the project imports ' + strangers[0] if strangers else 0)"
        )
        command = [sys.executable, "-I", "-B", "-c", code, str(folder), "--steps", str(steps), "--losses", str(kept)]
        command += ["--threads", str(torch.get_num_threads())]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False, cwd=place)
        except subprocess.TimeoutExpired as error:
            raise ExportError(f"The project did not do {steps} steps within {_SECONDS} seconds.") from error
        if done.returncode != 0 or not kept.exists():
            last = done.stderr.strip().splitlines()[-1:] or ["no message"]
            raise ExportError(f"The project does not run on its own: {last[0]}")
        found: list[str] = json.loads(kept.read_text(encoding="utf-8"))
    return found


def _keep_samples(split: Split, dims: Sequence[int], path: Path) -> None:
    parts = [split.batch(slice(n, min(n + _CHUNK, len(split)))) for n in range(0, len(split), _CHUNK)]
    samples = torch.cat([x for x, _ in parts]) if parts else torch.empty(0, *dims)
    targets = torch.cat([y for _, y in parts]) if parts else torch.empty(0, dtype=torch.int64)
    save_file({"samples": samples.contiguous(), "targets": targets.contiguous()}, path)


def _json(data: Mapping[str, Any]) -> str:
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def _pinned(package: str) -> str:
    """The version that is used here, where there is one; the part behind a + is of a build, not of a release."""
    try:
        return f"{package}=={importlib.metadata.version(package).split('+')[0]}"
    except importlib.metadata.PackageNotFoundError:
        return package
