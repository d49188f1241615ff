"""How samples reach a run: in time, with their augmentation, and with a word about what was lost on the way."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterator
from itertools import islice

import torch

from designer.data.batches import Split as OurSplit
from designer.data.loading import AHEAD, Loader, cores, worth
from designer.train.batches import EpochOrder, Inputs, TrainingData
from designer.train.events import Event, Noted

__all__ = ["Feeding"]

_EACH = 20  # lost samples that are told by name; after them the count, each time that it has doubled


class Feeding:
    """The batches of a run on its device. Where samples must be read from files, the coming ones are read ahead.

    Random numbers are drawn when a batch is asked for, never ahead of it, so a run that goes on draws the same ones.
    """

    def __init__(self, data: TrainingData, order: EpochOrder, epochs: int, device: torch.device) -> None:
        self._order, self._epochs, self._device = order, epochs, device
        self._train = data.train
        self._fetch = data.train.augmented if isinstance(data.train, OurSplit) else data.train.batch
        ours = [split for split in (data.train, data.validation) if isinstance(split, OurSplit)]
        self._loaders = [split.loader for split in ours if split.loader is not None]
        self._told = dict.fromkeys(self._loaders, 0)

    def begin(self, iteration: int) -> Iterator[Event]:
        """Say where the samples lie, unless that is plain; find out how many workers are to read them (a second)."""
        if not isinstance(self._train, OurSplit) or (self._device.type == "cpu" and self._train.loader is None):
            return
        words = self._train.told(self._device)
        if self._train.loader is not None:
            words = f"{words} {self._start(self._train.loader)}"
        yield Noted(iteration, "loading", words)

    def batches(self, epoch: int, first: int = 0) -> Iterator[torch.Tensor]:
        """As EpochOrder.batches; what comes after them is read meanwhile."""
        if not self._loaders:
            return self._order.batches(epoch, first)
        return self._ahead(epoch, first)

    def __call__(self, indices: torch.Tensor, iteration: int) -> Generator[Event, None, tuple[Inputs, torch.Tensor]]:
        """What is learned from in an iteration; yields what was lost since the last one."""
        batch: tuple[Inputs, torch.Tensor] = self._fetch(indices, self._device)
        if self._loaders:
            yield from self._lost(iteration)
        return batch

    def close(self) -> None:
        """End what reads ahead."""
        for loader in self._loaders:
            loader.close()

    def _ahead(self, epoch: int, first: int) -> Iterator[torch.Tensor]:
        coming: deque[torch.Tensor] = deque()
        for indices in self._order.batches(epoch, first):
            self._expect(indices)
            coming.append(indices)
            if len(coming) > AHEAD:
                yield coming.popleft()
        while coming:
            if len(coming) == 1 and epoch + 1 < self._epochs:  # a validation may come in between
                for indices in islice(self._order.batches(epoch + 1), AHEAD):
                    self._expect(indices)
            yield coming.popleft()

    def _expect(self, indices: torch.Tensor) -> None:
        if isinstance(self._train, OurSplit):
            self._train.expect(indices)

    def _start(self, loader: Loader) -> str:
        order = torch.cat(list(islice(self._order.batches(0), 64))).tolist()
        beside = self._device.type != "cpu"
        rates = loader.rates(order, cores())
        workers = worth(rates, beside)
        for one in self._loaders:
            one.start(workers, pin=self._device.type == "cuda")
        if not workers:
            others = max(rate for number, rate in rates.items() if number)
            return f"No workers read them: {rates[0]:,.0f} a second, and no more than {others:,.0f} with workers."
        who = "One worker reads" if workers == 1 else f"{workers} workers read"
        return f"{who} them ahead: {rates[workers]:,.0f} a second instead of {rates[0]:,.0f}."

    def _lost(self, iteration: int) -> Iterator[Event]:
        for loader in self._loaders:
            if loader.lost_count > self._told[loader]:
                for number, one in enumerate(loader.lost[self._told[loader] :], start=self._told[loader] + 1):
                    if number <= _EACH:
                        why = one.reason.rstrip(".")
                        text = f"{one.name} cannot be read any more: {why}. Another sample takes its place."
                        yield Noted(iteration, "lost", text)
                    elif number & (number - 1) == 0:
                        text = f"{number:,} samples cannot be read any more; others take their places."
                        yield Noted(iteration, "lost", text)
                self._told[loader] = loader.lost_count
