"""Everything a run needs to go on in another process as if it had never stopped."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import torch
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, TypeAdapter, ValidationError

from designer.errors import FileDamaged, TrainError
from designer.train import randomness
from designer.train.checkpoint import load_tensors, load_weights, save_tensors
from designer.train.freeze import frozen_weights
from designer.train.spec import TrainSpec

__all__ = ["BEST", "LAST", "STATE", "Progress", "find_state", "load_state", "save_state"]

# Relative to the run folder.
STATE, LAST, BEST = "checkpoints/state.safetensors", "checkpoints/last.safetensors", "checkpoints/best.safetensors"

_VERSION = 1
_Count = Annotated[int, Field(ge=0, le=10**15)]


@dataclass
class Progress:
    """How far a run is. The position within the epoch follows from ``iteration`` (iterations done).

    ``loss_sum``, ``hits`` and ``samples`` are sums over the epoch that is under way.
    """

    iteration: _Count = 0
    loss_sum: FiniteFloat = 0.0
    hits: FiniteFloat = 0.0
    samples: _Count = 0
    epoch_began: FiniteFloat = 0.0
    elapsed: FiniteFloat = 0.0
    validated_at: _Count = 0
    loss: FiniteFloat | None = None
    accuracy: FiniteFloat | None = None
    best_loss: FiniteFloat | None = None
    best_accuracy: FiniteFloat | None = None

    def begin_epoch(self, now: float) -> None:
        """Forget the sums of the epoch before."""
        self.loss_sum, self.hits, self.samples, self.epoch_began = 0.0, 0.0, 0, now

    def better(self, loss: float, accuracy: float | None) -> bool:
        """Whether a validation is the best so far: by accuracy, then by loss."""
        if self.best_loss is None:
            return True
        return (accuracy or 0.0, -loss) > (self.best_accuracy or 0.0, -self.best_loss)


class _Record(BaseModel):
    """The part of a state that is not tensors."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int
    spec: TrainSpec
    progress: dict[str, Any]
    train_samples: _Count
    threads: int = Field(ge=1, le=4096)
    random: dict[str, Any]
    optimizer: dict[str, dict[str, bool | int | float | None]]
    frozen: tuple[str, ...] = ()  # weights that do not train, and that the optimiser therefore does not count


def save_state(
    folder: Path,
    module: torch.nn.Module,
    optimizer: torch.optim.Optimizer,
    spec: TrainSpec,
    progress: Progress,
    train_samples: int,
    device: torch.device,
) -> None:
    """Write the state of a run to its folder. The weights are in it too: one file is always of one moment."""
    tensors = {f"model.{name}": tensor for name, tensor in module.state_dict().items()}
    plain: dict[str, dict[str, Any]] = {}
    for index, values in optimizer.state_dict()["state"].items():
        for key, value in values.items():
            if isinstance(value, torch.Tensor):
                tensors[f"optimizer.{index}.{key}"] = value
            else:
                plain.setdefault(str(index), {})[key] = value
    generators, numbers = randomness.state(device)
    tensors.update({f"random.{name}": tensor for name, tensor in generators.items()})
    record = _Record(
        version=_VERSION,
        spec=spec,
        progress=asdict(progress),
        train_samples=train_samples,
        threads=torch.get_num_threads(),
        random=numbers,
        optimizer=plain,
        frozen=frozen_weights(module),
    )
    save_tensors(folder / STATE, tensors, {"layerloom_state": record.model_dump_json()})


def find_state(path: Path) -> Path:
    """The state file in a run folder, in its checkpoints folder, or ``path`` itself. Raises TrainError."""
    for candidate in (path / STATE, path / Path(STATE).name, path):
        if candidate.is_file():
            return candidate
    raise TrainError(f"There is no checkpoint to go on from in “{path}”. Choose the folder of a run that saved one.")


def load_state(
    path: Path,
    module: torch.nn.Module,
    optimizer: torch.optim.Optimizer,
    spec: TrainSpec,
    train_samples: int,
    device: torch.device,
) -> Progress:
    """Put a run back where ``save_state`` left it; weights, optimiser and random generators are changed in place.

    Epochs, learning rate and schedule may differ from the saved run's. Raises TrainError when the state belongs
    to another network, data set, batch size, seed or optimiser, and FileDamaged when it cannot be read.
    """
    tensors, metadata = load_tensors(path)
    try:
        record = _Record.model_validate_json(metadata["layerloom_state"])
        progress = TypeAdapter(Progress).validate_python(record.progress)
    except (KeyError, ValidationError) as error:
        raise FileDamaged(f"“{path}” is not the state of a run, or is damaged. Use another checkpoint.") from error
    if record.version != _VERSION:
        raise TrainError(f"“{path}” was written by another version of Layerloom. Start the run anew from its weights.")
    _must_match(record, spec, train_samples)
    if record.frozen != frozen_weights(module):
        raise TrainError(
            "The run was started with other frozen blocks. Freeze the same blocks again, or start a new run from its "
            "weights."
        )
    parts: dict[str, dict[str, torch.Tensor]] = {"model": {}, "optimizer": {}, "random": {}}
    for name, tensor in tensors.items():
        part, _, rest = name.partition(".")
        parts.setdefault(part, {})[rest] = tensor
    load_weights(module, parts["model"], path)
    try:
        _load_optimizer(optimizer, parts["optimizer"], record.optimizer)
        randomness.restore(parts["random"], record.random, device)
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise FileDamaged(f"The state in “{path}” is incomplete: {error}. Use another checkpoint.") from error
    if spec.threads == 0 and record.threads <= 2 * torch.get_num_threads():
        torch.set_num_threads(record.threads)  # sums of another number of threads differ in the last bit
    return progress


def _must_match(record: _Record, spec: TrainSpec, train_samples: int) -> None:
    for what, saved, now in (
        ("optimiser", record.spec.optimizer, spec.optimizer),
        ("batch size", record.spec.batch_size, spec.batch_size),
        ("seed", record.spec.seed, spec.seed),
        ("number of training samples", record.train_samples, train_samples),
    ):
        if saved != now:
            raise TrainError(
                f"The run was started with the {what} {saved}, but shall go on with {now}. Keep the {what}, or "
                "start a new run from its weights."
            )


def _load_optimizer(
    optimizer: torch.optim.Optimizer,
    tensors: dict[str, torch.Tensor],
    plain: dict[str, dict[str, bool | int | float | None]],
) -> None:
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    state: dict[int, dict[str, Any]] = {}
    for name, tensor in tensors.items():
        index, _, key = name.partition(".")
        shape = parameters[_index(index, len(parameters))].shape
        if tensor.dim() > 0 and tensor.shape != shape:
            raise ValueError(f"the optimiser's {key} of weight {index} has shape {tuple(tensor.shape)}")
        state.setdefault(int(index), {})[key] = tensor
    for index, values in plain.items():
        state.setdefault(_index(index, len(parameters)), {}).update(values)
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})


def _index(text: str, count: int) -> int:
    if not text.isdecimal() or int(text) >= count:
        raise ValueError(f"the optimiser knows no weight {text}")
    return int(text)
