"""What a check is given: the training that is planned, copies of its network to try things on, and its time."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import torch

from designer.data.counts import Samples
from designer.train.batches import EpochOrder, Inputs, TrainingData, answers_of
from designer.train.device import choose
from designer.train.failures import Blame, computing
from designer.train.forecast import Forecast
from designer.train.learning import Learning
from designer.train.preflight.heads import Heads, Said
from designer.train.probe import probe
from designer.train.spec import TrainSpec

if TYPE_CHECKING:
    from designer.codegen.program import OutputInfo
    from designer.data.spec import DataSpec

__all__ = ["Case", "Trial", "named"]

_STEP = 0.25  # seconds that a trial step should take at most
_DROPOUTS = (torch.nn.modules.dropout._DropoutNd,)


@dataclass
class Trial:
    """A copy of the network on its device, with what learns in it."""

    module: torch.nn.Module
    learning: Learning
    objective: Heads
    computing: Callable[[int], AbstractContextManager[None]]

    def loss(self, x: Inputs, target: torch.Tensor) -> torch.Tensor:
        """The loss of a batch. Raises BlockFailed."""
        return self.objective.loss(self.said(x, target))

    def said(self, x: Inputs, target: torch.Tensor) -> list[Said]:
        """What the outputs say to a batch, and its targets. Raises BlockFailed, and DataError where they do not fit."""
        with self.computing(len(target)):
            return self.objective.said(answers_of(self.module, x), target)

    def answers(self, x: Inputs) -> Any:
        """What it says. Raises BlockFailed."""
        with self.computing(len(x if isinstance(x, torch.Tensor) else x[0])):
            return answers_of(self.module, x)


@dataclass
class Case:
    """The planned training. The module is only copied, the data only read.

    ``learns`` are the arguments frozen, rates and begins of Learning. ``activations`` gives the bytes that autograd
    keeps for a batch. ``source`` is where the data came from, ``misfit`` why network and data do not go together (""
    where they do), ``fresh`` whether the weights are random ones. ``heard`` is called often and may raise to stop.
    ``tell`` passes on points of the range test while they are measured.
    """

    module: torch.nn.Module
    data: TrainingData
    spec: TrainSpec
    outputs: Sequence[OutputInfo]
    learns: Mapping[str, Any] = field(default_factory=dict)
    activations: Callable[[int], int] = lambda batch: 0
    source: DataSpec | None = None
    misfit: str = ""
    fresh: bool = True
    heard: Callable[[], None] = lambda: None
    tell: Callable[[Mapping[str, Any]], None] = lambda event: None
    blame: Blame | None = None
    until: float = field(default=float("inf"), init=False)

    @cached_property
    def device(self) -> torch.device:
        """Where the training will be. Raises TrainError."""
        return torch.device(choose(self.spec.device).name)

    @cached_property
    def objective(self) -> Heads:
        """What is made small, without what only training adds to it. Raises TrainError."""
        return Heads(self.outputs, self.spec.output_weights)

    @cached_property
    def forecast(self) -> Forecast:
        """What the training will take, by a few steps on stand-ins for the data."""
        module = copy.deepcopy(self.module)
        learning = Learning(module, self.spec, **self.learns)
        learning.enter(self.spec.epochs)
        x, _ = self.data.train.batch(slice(0, 1), torch.device("cpu"))
        sample = tuple((x if isinstance(x, torch.Tensor) else x[0]).shape[1:])
        samples = Samples(len(self.data.train), len(self.data.validation))
        return probe(
            module, learning, self.outputs, self.spec, sample, samples, self.activations,
            heard=self.heard, blame=self.blame,
        )  # fmt: skip

    def begin(self, seconds: float) -> None:
        """A check has so much time from now on."""
        self.until = time.monotonic() + seconds

    def over(self) -> bool:
        """Whether the time of a check is over. Raises what ``heard`` raises."""
        self.heard()
        return time.monotonic() >= self.until

    def left(self) -> float:
        """Seconds that a check still has."""
        return max(0.0, self.until - time.monotonic())

    def trial(self, epoch: int | None = None, dropout: bool = True, **settings: Any) -> Trial:
        """A fresh copy in training mode; what learns in an epoch does (usual: all that ever will).

        ``settings`` are fields of the spec that differ; without ``dropout`` nothing is left out.
        """
        module = copy.deepcopy(self.module).to(self.device)
        spec = self.spec.model_copy(update=settings)
        learning = Learning(module, spec, **self.learns)
        learning.enter(spec.epochs if epoch is None else epoch)
        module.train()
        for layer in learning.still:
            layer.eval()
        if not dropout:
            _without_dropout(module)
        return Trial(module, learning, self.objective, lambda size: computing(self.blame, 1, size, str(self.device)))

    def batch(self, size: int, epoch: int = 0) -> tuple[Inputs, torch.Tensor]:
        """The first samples that an epoch would go through."""
        order = EpochOrder(len(self.data.train), min(size, len(self.data.train)), self.spec.seed)
        return self.data.train.batch(next(order.batches(epoch)), self.device)

    def few(self, most: int) -> int:
        """So many samples, or fewer where a step with them would take long; at least two, as norms need them."""
        each = None
        if "forecast" in self.__dict__ and self.forecast.iteration is not None:
            each = self.forecast.iteration / self.forecast.batch
        elif "forecast" in self.__dict__ and self.forecast.fitting is not None:
            most = min(most, self.forecast.fitting)
        fits = most if not each else int(_STEP / each)
        return max(2, min(most, fits, len(self.data.train)))


def named(items: Collection[str], most: int = 4) -> str:
    """a, b, c and 5 more."""
    listed = list(items)
    rest = len(listed) - most
    return ", ".join(listed[:most]) + (f" and {rest:,} more" if rest > 0 else "")


def _without_dropout(module: torch.nn.Module) -> None:
    for layer in module.modules():
        if isinstance(layer, _DROPOUTS):
            layer.eval()
        elif isinstance(layer, torch.nn.RNNBase | torch.nn.MultiheadAttention):
            layer.dropout = 0.0
