"""Several processes as one: torch.distributed behind the few questions that a run asks of its `World`."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
import torch.distributed as dist
from torch.distributed.distributed_c10d import Store
from torch.distributed.rendezvous import rendezvous
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.parallel import DistributedDataParallel

from designer.errors import TrainError
from designer.train.control import Command, Control, Order, parse_order
from designer.train.events import Event, Noted
from designer.train.readings import Pending, Readings
from designer.train.synced import synchronise
from designer.train.world import Forward, World, blame_peer

if TYPE_CHECKING:
    from designer.train.batches import EpochOrder
    from designer.train.objective import Measure
    from designer.train.spec import TrainSpec

__all__ = ["Together", "join"]

_SILENCE = timedelta(hours=1)  # after which processes that hear nothing of each other give up
_WORDS: tuple[Command, ...] = ("run", "pause", "stop")
_LISTEN_EVERY = 0.05  # seconds between two looks of a paused run


@contextmanager
def _speaking() -> Iterator[None]:
    """Turn the loss of another process into PeerLost."""
    try:
        yield
    except RuntimeError as error:
        blame_peer(error)
        raise


class Together(World):
    """One of ``size`` processes; ``local`` is its number on its own machine, ``beside`` how many there are there."""

    def __init__(self, rank: int, size: int, store: Store, local: int = 0, beside: int = 1) -> None:
        self.rank, self.size, self.leads = rank, size, rank == 0
        self._local, self._beside = local, beside
        self._least = 1  # samples that a part must have
        cuda = torch.cuda.is_available() and torch.cuda.device_count() >= beside
        self._cuda = cuda
        if cuda:
            torch.cuda.set_device(local)
        # Commands travel between the processors, so that no process waits for its GPU because of them.
        backend = "cpu:gloo,cuda:nccl" if cuda else "gloo"
        with _speaking():
            dist.init_process_group(backend, store=store, rank=rank, world_size=size, timeout=_SILENCE)

    def close(self) -> None:
        """Take leave of the others."""
        if dist.is_initialized():
            dist.destroy_process_group()

    def device(self, name: str) -> str:
        """A GPU for each process of a machine; "auto" takes them where there are enough."""
        if name in ("cuda", "auto"):
            return f"cuda:{self._local}" if self._cuda or name == "cuda" else "cpu"
        return name

    def prepare(self, module: torch.nn.Module, spec: TrainSpec) -> None:
        """Let layers that normalise by batch see whole batches, where the spec asks for it."""
        if spec.shard:
            self._divide(module, spec)
        norms = _norms(module)
        if norms and spec.sync_batch_norm:
            synchronise(norms)
        elif norms:
            self._least = 2  # of a single sample there is no spread

    def _divide(self, module: torch.nn.Module, spec: TrainSpec) -> None:
        from designer.train.sharding import shard

        if spec.ema:
            raise TrainError(
                "Averaged weights need a second copy of the network, and its weights are to be divided among the "
                "processes. Switch one of the two off."
            )
        self.sharded = True
        with _speaking():
            shard(module, torch.device(self.device(spec.device)), self.size)

    def wrap(self, module: torch.nn.Module, forward: Forward) -> Forward:
        """torch's DistributedDataParallel around a module and the way that it is called."""
        if self.sharded:
            return lambda x: self._levelled(module, forward, x)
        # What no trained output depends on, or a user's own layer leaves out, gets no gradient.
        with _speaking():
            return DistributedDataParallel(_Called(module, forward), find_unused_parameters=True)

    def _levelled(self, module: torch.nn.Module, forward: Forward, x: Any) -> Any:
        self.level(module)  # which DistributedDataParallel does by itself
        return forward(x)

    # ------------------------------------------------------------- a batch

    def part(self, samples: int) -> slice:
        """Parts of the same size, but for one sample; a process for which none is left repeats the first ones."""
        first, last = self._bounds(samples, self.rank)
        return slice(first, last) if last > first else slice(0, self._least)

    def weight(self, samples: int) -> float:
        """The part's share, times the number of processes: the gradients' mean is then that over all samples."""
        first, last = self._bounds(samples, self.rank)
        return (last - first) * self.size / samples

    def _bounds(self, samples: int, rank: int) -> tuple[int, int]:
        active = max(1, min(self.size, samples // self._least))
        if rank >= active:
            return samples, samples
        each, more = divmod(samples, active)
        first = rank * each + min(rank, more)
        return first, first + each + (rank < more)

    def readings(self, device: torch.device, order: EpochOrder) -> Readings:
        """Readings that sum up over the processes on the device, without waiting for it."""
        return _Summed(device, self, order)

    def total(self, tensor: torch.Tensor) -> torch.Tensor:
        """The sum of a tensor over all processes, in place."""
        with _speaking():
            dist.all_reduce(tensor)
        return tensor

    def measuring(self, measure: Measure | None, samples: Callable[[], int]) -> Measure | None:
        """Every process measures all answers: a figure such as F1 is not the mean of those of the parts."""
        if measure is None:
            return None

        def measured(answers: torch.Tensor, target: torch.Tensor) -> Mapping[str, torch.Tensor]:
            return measure(*self.whole(answers.detach(), target, samples()))

        return measured

    # ------------------------------------------------------------- commands and decisions

    def hear(self, control: Control) -> Control:
        """The leading process listens and tells the others, once an iteration."""
        return _Heard(control, self)

    def agree(self, answer: bool) -> bool:
        """What the leading process says."""
        return bool(self.tell(torch.tensor([int(answer)]))[0])

    def tell(self, values: torch.Tensor) -> list[int]:
        """The leading process's numbers, at every process."""
        with _speaking():
            dist.broadcast(values, 0)
        return [int(value) for value in values.tolist()]

    # ------------------------------------------------------------- validation and checkpoints

    def piece(self, start: int, stop: int) -> slice:
        """The same part of a batch as in training."""
        part = self.part(stop - start)
        return slice(start + part.start, min(start + part.stop, stop))

    def whole(self, answers: Any, target: torch.Tensor, samples: int) -> tuple[Any, torch.Tensor]:
        """Every process gets all answers, so that each figure is that of the whole batch, whatever it is made of."""
        if isinstance(answers, torch.Tensor):
            return self._all(answers, samples), self._all(target, samples)
        return type(answers)(self._all(answer, samples) for answer in answers), self._all(target, samples)

    def _all(self, mine: torch.Tensor, samples: int) -> torch.Tensor:
        counts = [last - first for first, last in (self._bounds(samples, rank) for rank in range(self.size))]
        padded = mine.new_zeros((max(counts), *mine.shape[1:]))
        kept = min(len(mine), counts[self.rank])
        padded[:kept] = mine[:kept]
        found = [torch.empty_like(padded) for _ in counts]
        with _speaking():
            dist.all_gather(found, padded)
        return torch.cat([part[:count] for part, count in zip(found, counts, strict=True)])

    def level(self, module: torch.nn.Module) -> None:
        """Running statistics are those of the leading process, as in each forward pass of the training."""
        with _speaking():
            for buffer in module.buffers():
                dist.broadcast(buffer, 0)

    def gather(self, value: Callable[[], Any]) -> list[Any]:
        """By rank, at the leading process; nothing elsewhere."""
        found: list[Any] | None = [None] * self.size if self.leads else None
        with _speaking():
            dist.gather_object(value(), found)
        return found or []

    def opening(self, module: torch.nn.Module, spec: TrainSpec, iteration: int) -> Iterator[Event]:
        """How the work is divided, and what that changes."""
        yield Noted(
            iteration,
            "processes",
            f"{self.size} processes train together: each takes its part of every batch of {spec.batch_size} samples.",
        )
        norms = [layer for layer in _norms(module) if layer.training]
        if norms and not spec.sync_batch_norm and iteration == 0:
            layers = "1 layer normalises" if len(norms) == 1 else f"{len(norms)} layers normalise"
            yield Noted(
                iteration,
                "warning",
                f"{layers} by batch, and each process by the statistics of its own part "
                f"({-(-spec.batch_size // self.size)} samples), so the run is not the one of a single process. Switch "
                "on “Synchronise batch norm” to use those of whole batches.",
            )


def _norms(module: torch.nn.Module) -> list[_BatchNorm]:
    return [layer for layer in module.modules() if isinstance(layer, _BatchNorm)]


class _Called(torch.nn.Module):
    """A module with another way of calling it, e.g. compiled; its weights are the module's own."""

    def __init__(self, module: torch.nn.Module, forward: Forward) -> None:
        super().__init__()
        self.module = module
        self._learn = forward

    def forward(self, x: Any) -> Any:
        return self._learn(x)


class _Summed(Readings):
    """Notes what each process computed as one batch."""

    def __init__(self, device: torch.device, world: Together, order: EpochOrder) -> None:
        super().__init__(device)
        self._world, self._order = world, order

    def add(self, pending: Pending) -> None:
        """Note an iteration of all processes without waiting for it."""
        samples = self._order.samples_in(pending.batch, pending.batch)
        weight = self._world.weight(samples) / self._world.size
        answers = pending.answers // max(pending.samples, 1) * samples
        mine = [pending.loss.to(torch.float64 if pending.loss.device.type != "mps" else torch.float32) * weight]
        if pending.hits is not None:
            mine.append(pending.hits.to(mine[0].dtype) * (weight > 0))
        total = self._world.total(torch.stack(mine))
        hits = None if pending.hits is None else total[1]
        super().add(replace(pending, samples=samples, answers=answers, loss=total[0], hits=hits))


class _Heard(Control):
    """What the leading process hears, at the same moment in every process."""

    def __init__(self, control: Control, world: Together) -> None:
        super().__init__()
        self._control, self._world = control, world

    def wanted(self) -> Command:
        """What the run shall do now; takes in what is asked for once as well."""
        word, orders = 0, b""
        if self._world.leads:
            word = _WORDS.index(self._control.wanted())
            orders = "\n".join(order.text() for order in self._control.orders()).encode()
        word, best, length = self._world.tell(torch.tensor([word, int(self._control.best), len(orders)]))
        self.best = bool(best)
        if length:
            codes = torch.tensor([*orders] if self._world.leads else [0] * length, dtype=torch.uint8)
            text = bytes(self._world.tell(codes)).decode()
            self._waiting.extend(parse_order(line) for line in text.splitlines())
        return _WORDS[word]

    def orders(self) -> list[Order]:
        """What came with the last command."""
        orders, self._waiting = self._waiting, []
        return orders

    def wait_while_paused(self) -> Command:
        """Block until the run shall go on or end, or something is asked for once."""
        while (command := self.wanted()) == "pause":
            if self._waiting:
                return "pause"
            if self._world.leads:
                time.sleep(_LISTEN_EVERY)  # the others wait for the next word of the leading process
        return command


def join(meeting: Path | None) -> Together:
    """Meet the processes that torchrun has started, as its environment variables say.

    ``meeting`` is a folder of this machine where they find each other, so that none listens on the network for it;
    None: over the network, at MASTER_ADDR and MASTER_PORT.
    """
    rank, size = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
    if meeting is not None:
        meeting.mkdir(parents=True, exist_ok=True)
        attempt = f"attempt-{os.environ.get('TORCHELASTIC_RESTART_COUNT', '0')}"
        store: Store = dist.FileStore(str(meeting / attempt), size)  # type: ignore[attr-defined]
    else:
        store = next(iter(rendezvous("env://")))[0]
    local, beside = int(os.environ.get("LOCAL_RANK", "0")), int(os.environ.get("LOCAL_WORLD_SIZE", "1"))
    return Together(rank, size, store, local, beside)
