"""Everything a run needs to go on in another process as if it had never stopped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated, Any

import torch
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, TypeAdapter, ValidationError

from designer.errors import FileDamaged, TrainError
from designer.train import randomness
from designer.train.averaging import Averaging
from designer.train.checkpoint import load_tensors, load_weights, save_tensors
from designer.train.learning import fill, frozen_weights
from designer.train.measures import Measures
from designer.train.spec import TrainSpec
from designer.train.watch import Watch
from designer.train.world import current

__all__ = [
    "BEST",
    "LAST",
    "STATE",
    "Moving",
    "Progress",
    "State",
    "find_state",
    "has_state",
    "network_number",
    "newest_state",
    "read_state",
    "save_state",
]

# Relative to the run folder.
STATE, LAST, BEST = "checkpoints/state.safetensors", "checkpoints/last.safetensors", "checkpoints/best.safetensors"

_VERSION = 1
_Count = Annotated[int, Field(ge=0, le=10**15)]


@dataclass
class Progress:
    """How far a run is. The position within the epoch follows from ``iteration`` (iterations done).

    ``loss_sum``, ``hits`` and ``samples`` are sums over the epoch that is under way. ``figures`` are the further ones
    of the last validation, ``best_figures`` those of the best. ``rate_factor`` is what people have made of the learning
    rate while it ran; ``network`` how often the network was changed (see refit.py).
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
    best_iteration: _Count = 0
    rate_factor: FiniteFloat = 1.0
    network: _Count = 0
    figures: dict[str, FiniteFloat] = field(default_factory=dict)
    best_figures: dict[str, FiniteFloat] = field(default_factory=dict)

    def begin_epoch(self, now: float) -> None:
        """Forget the sums of the epoch before."""
        self.loss_sum, self.hits, self.samples, self.epoch_began = 0.0, 0.0, 0, now


@dataclass
class Moving:
    """What changes with every iteration, beside the progress. What a run does not have is None."""

    module: torch.nn.Module
    optimizer: torch.optim.Optimizer
    watch: Watch
    averaging: Averaging | None = None
    measures: Measures | None = None
    scaler: torch.amp.GradScaler | None = None  # for gradients of 16-bit floats
    adding: bool = False  # whether gradients wait for those of the batches that belong to the same step
    whole: dict[str, torch.Tensor] = field(default_factory=dict)  # where weights are divided: all of them, collected
    beside: list[tuple[dict[str, torch.Tensor], dict[str, Any]]] = field(default_factory=list)  # each rank's generators

    @property
    def result(self) -> torch.nn.Module:
        """The network that is validated and kept."""
        return self.module if self.averaging is None else self.averaging.module

    def weights(self) -> dict[str, torch.Tensor]:
        """Those of the result; where they are divided among processes, as they were collected."""
        return {name: self.whole.get(f"model.{name}", tensor) for name, tensor in self.result.state_dict().items()}

    def collect(self) -> None:
        """Bring together what is divided among processes; all of them must do so at the same time."""
        if current().sharded:
            from designer.train.sharding import whole

            self.whole = {name: whole(tensor) for name, tensor in _tensors(self)[0].items()}


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
    watch: dict[str, FiniteFloat | None] = Field(default_factory=dict)
    averaged: _Count = 0
    scaler: dict[str, FiniteFloat] = Field(default_factory=dict)
    beside: tuple[dict[str, Any], ...] = ()  # as ``random``, of each of several processes


def save_state(
    folder: Path, moving: Moving, spec: TrainSpec, progress: Progress, train_samples: int, device: torch.device
) -> None:
    """Write the state of a run to its folder. The weights are in it too: one file is always of one moment."""
    module, averaging = moving.module, moving.averaging
    tensors, plain = _tensors(moving)
    tensors |= moving.whole
    if averaging is not None:
        tensors |= {f"average.{name}": tensor for name, tensor in averaging.module.state_dict().items()}
    if moving.measures is not None:
        tensors |= {f"measure.{name}": tensor for name, tensor in moving.measures.state().items()}
    generators, numbers = randomness.state(device)
    tensors.update({f"random.{name}": tensor for name, tensor in generators.items()})
    for rank, (others, _) in enumerate(moving.beside):
        tensors.update({f"beside.{rank}.{name}": tensor for name, tensor in others.items()})
    record = _Record(
        version=_VERSION,
        spec=spec,
        progress=asdict(progress),
        train_samples=train_samples,
        threads=torch.get_num_threads(),
        random=numbers,
        optimizer=plain,
        frozen=frozen_weights(module),
        watch=moving.watch.state(),
        averaged=averaging.steps if averaging is not None else 0,
        scaler=moving.scaler.state_dict() if moving.scaler is not None else {},
        beside=tuple(numbers for _, numbers in moving.beside),
    )
    save_tensors(folder / STATE, tensors, {"layerloom_state": record.model_dump_json()})


def _tensors(moving: Moving) -> tuple[dict[str, torch.Tensor], dict[str, dict[str, Any]]]:
    """Weights, gradients and what the optimiser remembers of them, by name; and its plain numbers."""
    tensors = {f"model.{name}": tensor for name, tensor in moving.module.state_dict().items()}
    plain: dict[str, dict[str, Any]] = {}
    for name, parameter in moving.module.named_parameters():
        if moving.adding and parameter.grad is not None:
            tensors[f"gradient.{name}"] = parameter.grad
        # By name: their numbers in the optimiser change when more weights begin to learn.
        for key, value in moving.optimizer.state.get(parameter, {}).items():
            if isinstance(value, torch.Tensor):
                tensors[f"optimizer.{name}.{key}"] = value
            else:
                plain.setdefault(name, {})[key] = value
    return tensors, plain


def find_state(path: Path) -> Path:
    """The state file in a run folder, in its checkpoints folder, or ``path`` itself. Raises TrainError."""
    for candidate in (path / STATE, path / Path(STATE).name, path):
        if candidate.is_file():
            return candidate
    raise TrainError(f"There is no checkpoint to go on from in “{path}”. Choose the folder of a run that saved one.")


def has_state(run: Path) -> bool:
    """Whether a run folder holds a state to go on from, sound or not."""
    return (run / STATE).is_file() or any((run / STATE).parent.glob("state-*.safetensors"))


def network_number(run: Path) -> int:
    """Which of its networks a run has come to, by its last state; 0 without one, or without a change."""
    try:
        return read_state(run / STATE).progress.network
    except TrainError:
        return 0  # there is none


def newest_state(path: Path) -> tuple[State, str]:
    """The newest sound state of a run folder, and a sentence where that is not its last one.

    Where ``path`` is a state file itself, only that one is read. Raises TrainError, and FileDamaged where none is
    sound.
    """
    last = find_state(path)
    try:
        return read_state(last), ""
    except FileDamaged:
        if path == last:
            raise
        older = last.parent.glob(f"{last.stem}-{'[0-9]' * 9}{last.suffix}")
        for candidate in sorted(older, reverse=True):
            try:
                state = read_state(candidate)
            except FileDamaged:
                continue
            why = "The last checkpoint is damaged. The run goes on from the one before it, of iteration"
            return state, f"{why} {state.progress.iteration:,}."
        raise


@dataclass(frozen=True)
class State:
    """What `save_state` wrote, read."""

    path: Path
    progress: Progress
    record: _Record
    tensors: Mapping[str, dict[str, torch.Tensor]]  # of the model, the average, gradients, optimiser, generators

    def restore(self, moving: Moving, spec: TrainSpec, train_samples: int, device: torch.device) -> None:
        """Put weights, optimiser and random generators back in place. The same weights must learn as then.

        Epochs, learning rate and schedule may differ from the saved run's. Raises TrainError when the state belongs
        to another network, data set, batch size, seed or optimiser, and FileDamaged when it is incomplete.
        """
        module = moving.module
        _must_match(self.record, spec, train_samples, adding=bool(self.tensors["gradient"]))
        if self.record.frozen != frozen_weights(module):
            raise TrainError(
                "The run was started with other frozen blocks. Freeze the same blocks again, or start a new run from "
                "its weights."
            )
        load_weights(module, self.tensors["model"], self.path)
        try:
            _load_optimizer(module, moving.optimizer, self.tensors["optimizer"], self.record.optimizer)
            _load_gradients(module, self.tensors["gradient"])
            moving.adding = bool(self.tensors["gradient"])
            if moving.averaging is not None and self.tensors["average"]:
                moving.averaging.restore(self.tensors["average"], self.record.averaged)
            moving.watch.restore(self.record.watch)
            _load_scaler(moving.scaler, self.record.scaler)
            randomness.restore(*self._generators(), device)
        except (KeyError, TypeError, ValueError, RuntimeError) as error:
            raise FileDamaged(f"The state in “{self.path}” is incomplete: {error}. Use another checkpoint.") from error
        if spec.threads == 0 and self.record.threads <= 2 * torch.get_num_threads():
            torch.set_num_threads(self.record.threads)  # sums of another number of threads differ in the last bit

    def _generators(self) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
        """Those of this process; of a run of another number of processes those of the leading one."""
        world, beside = current(), self.record.beside
        if world.size == 1 or len(beside) != world.size:
            return self.tensors["random"], self.record.random
        start = f"{world.rank}."
        own = {key.removeprefix(start): value for key, value in self.tensors["beside"].items() if key.startswith(start)}
        return own, beside[world.rank]


def read_state(path: Path) -> State:
    """Read the state of a run. Raises FileDamaged, and TrainError for one that is not there or too new."""
    tensors, metadata = load_tensors(path)
    try:
        record = _Record.model_validate_json(metadata["layerloom_state"])
        progress = TypeAdapter(Progress).validate_python(record.progress)
    except (KeyError, ValidationError) as error:
        raise FileDamaged(f"“{path}” is not the state of a run, or is damaged. Use another checkpoint.") from error
    if record.version != _VERSION:
        raise TrainError(f"“{path}” was written by another version of Layerloom. Start the run anew from its weights.")
    parts: dict[str, dict[str, torch.Tensor]] = {
        name: {} for name in ("model", "average", "gradient", "optimizer", "measure", "random")
    }
    for name, tensor in tensors.items():
        part, _, rest = name.partition(".")
        parts.setdefault(part, {})[rest] = tensor
    return State(path, progress, record, parts)


def _must_match(record: _Record, spec: TrainSpec, train_samples: int, adding: bool) -> None:
    together = (record.spec.accumulate, spec.accumulate) if adding else (1, 1)
    remembers = [s.momentum > 0 if s.optimizer == "rmsprop" else False for s in (record.spec, spec)]
    for what, saved, now in (
        ("optimiser", record.spec.optimizer, spec.optimizer),
        ("batches per step", *together),
        ("momentum", *((record.spec.momentum, spec.momentum) if remembers[0] != remembers[1] else (0, 0))),
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
    module: torch.nn.Module,
    optimizer: torch.optim.Optimizer,
    tensors: Mapping[str, torch.Tensor],
    plain: Mapping[str, Mapping[str, bool | int | float | None]],
) -> None:
    named = {name: parameter for name, parameter in module.named_parameters() if parameter.requires_grad}
    numbers = {p: index for index, p in enumerate(p for group in optimizer.param_groups for p in group["params"])}
    older = [*named]  # states of earlier versions number the weights that learn
    state: dict[int, dict[str, Any]] = {}

    def place(name: str) -> tuple[torch.nn.Parameter, dict[str, Any]]:
        name = older[int(name)] if name.isdecimal() and int(name) < len(older) else name
        if name not in named:
            raise ValueError(f"the optimiser knows no weight {name}")
        return named[name], state.setdefault(numbers[named[name]], {})

    for path, tensor in tensors.items():
        name, _, key = path.rpartition(".")
        parameter, values = place(name)
        # Of rows and columns alone there are smaller ones, which still fit the weight.
        if tensor.dim() > 0 and not _fits(tensor.shape, parameter.shape):
            raise ValueError(f"the optimiser's {key} of weight {name} has shape {tuple(tensor.shape)}")
        # Laid out in memory as the weight is, which fused optimisers count on.
        alike = tensor.shape == parameter.shape
        values[key] = _like(parameter, tensor) if alike else tensor
    for name, found in plain.items():
        place(name)[1].update(found)
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
    fill(optimizer)


def _load_scaler(scaler: torch.amp.GradScaler | None, saved: Mapping[str, float]) -> None:
    if scaler is None or not saved:
        return  # another precision than then: its scale begins anew
    whole = {name: int(saved[name]) for name in ("growth_interval", "_growth_tracker")}
    scaler.load_state_dict({**saved, **whole})


def _fits(shape: Sequence[int], whole: Sequence[int]) -> bool:
    return len(shape) == len(whole) and all(one in (1, all_) for one, all_ in zip(shape, whole, strict=True))


def _load_gradients(module: torch.nn.Module, tensors: Mapping[str, torch.Tensor]) -> None:
    named = dict(module.named_parameters())
    for name, tensor in tensors.items():
        if name not in named or named[name].shape != tensor.shape:
            raise ValueError(f"there is a gradient for {name}, which the network does not have like that")
        named[name].grad = _like(named[name], tensor)


def _like(parameter: torch.Tensor, tensor: torch.Tensor) -> torch.Tensor:
    if current().sharded:
        from designer.train.sharding import like

        return like(parameter, tensor)
    return torch.empty_like(parameter, dtype=tensor.dtype).copy_(tensor)
