"""The processes that train one network together. A single process is a world of its own, which costs nothing.

All run the same loop. Each takes its part of every batch, so that a run is the same run at any number of processes:
gradients are the mean over the whole batch (torch's DistributedDataParallel), and losses, hits and figures are summed
up. The first process leads: it alone hears what people ask for and writes to the disk, and tells the others in the
same iteration. What a process decides by its own clock must go through `World.agree`, or the others wait for ever.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from designer.train.control import Control
from designer.train.events import Event

if TYPE_CHECKING:
    from designer.train.batches import EpochOrder
    from designer.train.objective import Measure
    from designer.train.readings import Readings
    from designer.train.spec import TrainSpec

__all__ = ["ALONE", "NOT_TOGETHER", "Forward", "PeerLost", "World", "blame_peer", "current", "enter"]


NOT_TOGETHER = (
    "Several processes train this network, so it stays as it is while they do. Stop the run, change the network, and "
    "start from the weights."
)

Forward = Callable[[Any], Any]  # from the inputs of a batch to what the network says


class PeerLost(BaseException):
    """Another process of the run is gone, so this one cannot go on. Whoever started them starts all of them again.

    No Exception, so that nobody on the way takes it for a failure of the network, or saves weights because of it.
    """


class World:
    """One process by itself. `together.Together` is the same for several."""

    rank = 0
    size = 1
    sharded = False  # whether weights are divided among the processes
    leads = True  # whether this process speaks, listens and writes for all

    def device(self, name: str) -> str:
        """The device of this process, where a person asked for ``name``."""
        return name

    def prepare(self, module: torch.nn.Module, spec: TrainSpec) -> None:
        """Make a module ready to be trained together, before anything takes hold of its weights."""

    def wrap(self, module: torch.nn.Module, forward: Forward) -> Forward:
        """What the loop calls instead of ``forward`` of a module; to be wrapped anew when other weights learn."""
        return forward

    def part(self, samples: int) -> slice:
        """Which samples of a batch this process takes."""
        return slice(0, samples)

    def weight(self, samples: int) -> float:
        """How much the loss of this process's part of a batch counts in the mean of the gradients."""
        return 1.0

    def hear(self, control: Control) -> Control:
        """The commands that all processes hear alike."""
        return control

    def readings(self, device: torch.device, order: EpochOrder) -> Readings:
        """Losses and hits of whole batches on their way from the device."""
        from designer.train.readings import Readings

        return Readings(device)

    def measuring(self, measure: Measure | None, samples: Callable[[], int]) -> Measure | None:
        """What measures whole batches, of as many samples as is said, where each process gives it its own part."""
        return measure

    def agree(self, answer: bool) -> bool:
        """What the leading process says to a question that each would answer by its own clock or disk."""
        return answer

    def piece(self, start: int, stop: int) -> slice:
        """Which samples of a batch this process measures."""
        return slice(start, stop)

    def whole(self, answers: Any, target: torch.Tensor, samples: int) -> tuple[Any, torch.Tensor]:
        """What all processes answered to a batch of so many samples, in order, and the target of all."""
        return answers, target

    def level(self, module: torch.nn.Module) -> None:
        """Give all processes the running statistics of the leading one."""

    def gather(self, value: Callable[[], Any]) -> list[Any]:
        """What each process has, by rank, at the leading one; a single process has nothing to gather."""
        return []

    def keeps(self, folder: Path) -> Path | None:
        """The run folder, for the process that writes it."""
        return folder if self.leads else None

    def opening(self, module: torch.nn.Module, spec: TrainSpec, iteration: int) -> Iterator[Event]:
        """What there is to say about the processes when a run begins."""
        return iter(())


ALONE = World()
_here = [ALONE]


def current() -> World:
    """The world that this process is in."""
    return _here[-1]


def enter(world: World) -> None:
    """From here on this process trains in ``world``."""
    _here[-1] = world


def blame_peer(error: BaseException) -> None:
    """Raise PeerLost where ``error`` says that another process is gone."""
    if current().size > 1 and _tells_of_peer(error):
        raise PeerLost(str(error).splitlines()[0][:300] if str(error) else type(error).__name__) from error


def _tells_of_peer(error: BaseException) -> bool:
    if isinstance(error, torch.distributed.DistError):
        return True
    words = ("gloo", "NCCL", "nccl", "ProcessGroup", "process group", "Connection closed by peer", "Connection reset")
    return isinstance(error, RuntimeError) and any(word in str(error) for word in words)
