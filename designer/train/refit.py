"""A run goes on with another network: what it has learned so far, put where it fits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch

from designer.train.checkpoint import save_tensors
from designer.train.learning import Learning, frozen_weights
from designer.train.state import BEST, STATE, State, read_state

__all__ = ["Refit", "refit"]

Tensors = dict[str, torch.Tensor]
Follow = Callable[[Tensors], Tensors]


@dataclass(frozen=True)
class Refit:
    """How many tensors of the new network are those of the old one, and which blocks begin anew."""

    carried: int
    reset: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """For a person."""
        kept = f"The run goes on with the changed network: {self.carried:,} tensors of the weights are carried over"
        if not self.reset:
            return f"{kept}."
        more = f" and {len(self.reset) - 4} more" if len(self.reset) > 4 else ""
        return f"{kept}; {', '.join(self.reset[:4])}{more} {'begins' if len(self.reset) == 1 else 'begin'} anew."


def refit(run: Path, module: torch.nn.Module, learning: Learning, per_epoch: int, follow: Follow, number: int) -> Refit:
    """Write the last state of ``run`` anew, as it fits ``module``, which holds first values of all weights.

    ``follow`` brings tensors by the names and sizes of the old network to those of the new one. What the optimiser
    remembers of a weight stays where the weight's numbers stayed as they were. ``number`` says which network of the run
    this is. The best weights so far are of another network: they are put aside, and a new best is looked for. Raises
    TrainError, NotSaved and FileDamaged; the state is then as it was.
    """
    old = read_state(run / STATE)
    progress = replace(
        old.progress, network=number, best_loss=None, best_accuracy=None, best_iteration=0, loss=None, accuracy=None,
        validated_at=0,
    )  # fmt: skip
    learning.enter(max(1, -(-progress.iteration // per_epoch)))
    fresh = {name: tensor.detach().cpu() for name, tensor in module.state_dict().items()}
    model = _fitting(follow(old.tensors["model"]), fresh)
    origin = _origins(model, old)
    trained = {name for name, parameter in module.named_parameters() if parameter.requires_grad}
    tensors = {f"model.{name}": model.get(name, first) for name, first in fresh.items()}
    if old.tensors["average"]:
        average = _fitting(follow(old.tensors["average"]), fresh)
        tensors |= {f"average.{name}": average.get(name, tensors[f"model.{name}"]) for name in fresh}
    for path, tensor in old.tensors["optimizer"].items():
        name, _, key = path.rpartition(".")
        for new in origin.get(name, set()) & trained:
            tensors[f"optimizer.{new}.{key}"] = tensor
    plain = {new: kept for name, kept in old.record.optimizer.items() for new in origin.get(name, set()) & trained}
    for part in old.tensors.keys() - {"model", "average", "gradient", "optimizer"}:
        tensors |= {f"{part}.{name}": tensor for name, tensor in old.tensors[part].items()}
    record = old.record.model_copy(
        update={"progress": asdict(progress), "optimizer": plain, "frozen": frozen_weights(module)}
    )
    _put_aside(run, number)
    save_tensors(run / STATE, tensors, {"layerloom_state": record.model_dump_json()})
    reset = {name.rpartition(".")[0] or name for name in fresh if name not in model and _counts(name)}
    order = list(dict.fromkeys(name.rpartition(".")[0] or name for name in fresh))
    return Refit(len(model), tuple(block for block in order if block in reset))


def _fitting(brought: Tensors, wanted: Tensors) -> Tensors:
    return {name: tensor for name, tensor in brought.items() if name in wanted and tensor.shape == wanted[name].shape}


def _origins(model: Tensors, old: State) -> Mapping[str, set[str]]:
    """Of each weight of the old network the names under which its very numbers are in the new one."""
    found: dict[str, set[str]] = {}
    before = old.tensors["model"]
    for name, tensor in model.items():
        same = [name] if name in before and torch.equal(before[name], tensor) else []
        if not same:
            same = [other for other, there in before.items() if there.shape == tensor.shape and there.equal(tensor)]
        if len(same) == 1:  # two weights of the same numbers, such as two biases of zero, cannot be told apart
            found.setdefault(same[0], set()).add(name)
    return found


def _put_aside(run: Path, number: int) -> None:
    """What belongs to the network before: its best weights get another name, its older states go."""
    best = run / BEST
    if best.is_file():
        best.replace(best.with_name(f"best-before-change-{number}{best.suffix}"))
    state = run / STATE
    for older in state.parent.glob(f"{state.stem}-{'[0-9]' * 9}{state.suffix}"):
        older.unlink(missing_ok=True)


def _counts(name: str) -> bool:
    """Whether a tensor is worth telling of: not a counter."""
    return not name.endswith("num_batches_tracked")
