"""Which weights learn in which epoch, and how fast: what the optimiser is given, and what stays still."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from itertools import accumulate
from typing import Any

import torch

from designer.errors import TrainError
from designer.train.spec import TrainSpec, Unfreeze

__all__ = ["Learning", "frozen_weights", "regroup"]

_NEVER = 10**9  # an epoch that no run reaches


class Learning:
    """Decides for a module, epoch by epoch; its own ``requires_grad`` says which weights could learn at all.

    ``frozen`` and ``rates`` are the paths of layers, of single tensors, or of whole parts. ``begins`` says for paths
    from which epoch (counted from 1) they learn, whether they are frozen or not; where it is None, the patterns of
    ``spec.unfreeze`` are looked up among the module's own paths. ``still`` are the layers to keep in evaluation mode:
    those with running statistics that would otherwise go on changing (batch normalisation). Dropout in a frozen layer
    still drops, as it has no weights to keep.
    """

    def __init__(
        self,
        module: torch.nn.Module,
        spec: TrainSpec,
        frozen: Collection[str] = (),
        rates: Mapping[str, float] | None = None,
        begins: Mapping[str, int] | None = None,
    ) -> None:
        self.still: list[torch.nn.Module] = []
        self._module, self._spec, self._frozen, self._rates = module, spec, frozenset(frozen), rates or {}
        self._begins = _look_up(module, spec.unfreeze) if begins is None else begins
        names: dict[torch.nn.Parameter, list[str]] = {}
        for name, parameter in module.named_parameters(remove_duplicate=False):
            if parameter.requires_grad:
                names.setdefault(parameter, []).append(name)
        self._first = {parameter: self._begin(paths) for parameter, paths in names.items()}
        self._factor = {parameter: self._rate(paths) for parameter, paths in names.items()}
        self._spared = _norms_and_biases(module)

    def enter(self, epoch: int) -> bool:
        """Let learn what learns in an epoch, counted from 1; whether that is other than before."""
        changed = False
        for parameter, first in self._first.items():
            learns = first <= epoch
            changed |= learns != parameter.requires_grad
            parameter.requires_grad_(learns)
        layers = () if self._spec.move_statistics else self._module.named_modules()
        self.still = [layer for name, layer in layers if _counts(layer) and self._begin((name,)) > epoch]
        return changed

    def groups(self) -> list[dict[str, Any]]:
        """Parameter groups for an optimiser, one a factor of the learning rate, those without weight decay apart.

        Raises TrainError where none learns.
        """
        spares = self._spec.spare_norms and self._spec.weight_decay > 0
        found: dict[tuple[float, bool], list[torch.nn.Parameter]] = {}
        for parameter, factor in self._factor.items():
            if parameter.requires_grad:
                found.setdefault((factor, spares and parameter in self._spared), []).append(parameter)
        if not found:
            raise TrainError(self._why_nothing())
        return [
            {"params": parameters, "lr": self._spec.learning_rate * factor, "factor": factor}
            | ({"weight_decay": 0.0} if spared else {})
            for (factor, spared), parameters in found.items()
        ]

    def count(self) -> int:
        """How many numbers learn now."""
        return sum(parameter.numel() for parameter in self._first if parameter.requires_grad)

    def _begin(self, names: Iterable[str]) -> int:
        """The first epoch in which something with these names learns."""
        paths = {path for name in names for path in _paths(name)}
        said = [self._begins[path] for path in paths if path in self._begins]
        if said:
            return min(said)
        return _NEVER if paths & self._frozen else 1

    def _rate(self, names: Iterable[str]) -> float:
        """The factor of the innermost of the paths that have one."""
        said = [path for name in names for path in _paths(name) if path in self._rates]
        return self._rates[max(said, key=len)] if said else 1.0

    def _why_nothing(self) -> str:
        if any(first < _NEVER for first in self._first.values()):
            return (
                "In the first epoch every block with weights is frozen, so there is nothing to learn. Let at least "
                "one learn from epoch 1 on."
            )
        if frozen_weights(self._module):
            return "Every block with weights is frozen, so there is nothing to learn. Unfreeze at least one."
        return "The network has nothing to learn. Add a layer with weights, such as Linear or Conv2d."


def regroup(optimizer: torch.optim.Optimizer, groups: Iterable[dict[str, Any]]) -> None:
    """Give an optimiser other parameter groups; what it knows of a weight it keeps."""
    optimizer.param_groups.clear()
    for group in groups:
        optimizer.add_param_group(group)
    fill(optimizer)


def fill(optimizer: torch.optim.Optimizer) -> None:
    """Let an optimiser begin with the weights of which it knows nothing yet."""
    if isinstance(optimizer, torch.optim.Adagrad):  # it alone makes room for what it remembers at its start
        for parameter in (p for group in optimizer.param_groups for p in group["params"]):
            if not optimizer.state[parameter]:
                optimizer.state[parameter] = {"step": torch.tensor(0.0), "sum": torch.zeros_like(parameter)}


def _norms_and_biases(module: torch.nn.Module) -> set[torch.nn.Parameter]:
    """The weights that weight decay only harms: vectors and biases, and all that a normalisation holds."""
    return {
        parameter
        for layer in module.modules()
        for name, parameter in layer.named_parameters(recurse=False)
        if parameter.dim() < 2 or name.startswith("bias") or "Norm" in type(layer).__name__
    }


def frozen_weights(module: torch.nn.Module) -> tuple[str, ...]:
    """The weights that do not train, by their paths."""
    return tuple(sorted(name for name, parameter in module.named_parameters() if not parameter.requires_grad))


def _paths(name: str) -> Iterator[str]:
    """``layer1``, ``layer1.0`` and ``layer1.0.conv1`` for the last of them."""
    return accumulate(name.split("."), lambda path, part: f"{path}.{part}")


def _counts(layer: torch.nn.Module) -> bool:
    """Whether a layer itself keeps statistics."""
    return any(True for _ in layer.buffers(recurse=False))


def _look_up(module: torch.nn.Module, timeline: Iterable[Unfreeze]) -> dict[str, int]:
    paths = {path for name, _ in module.named_parameters(remove_duplicate=False) for path in _paths(name)}
    found: dict[str, int] = {}
    for row in timeline:
        named = [path for path in paths if fnmatchcase(path, row.part)]
        if not named:
            raise TrainError(f"{row.part!r} is to learn from epoch {row.epoch} on, but no layer has that name.")
        found |= {path: min(row.epoch, found.get(path, row.epoch)) for path in named}
    return found
