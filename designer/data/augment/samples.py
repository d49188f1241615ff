"""Training samples one at a time, as the network will see them: nothing else is read, so a person need not wait."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from designer.data.augment.apply import augmentation
from designer.data.augment.compute.draws import About
from designer.data.augment.declare import Sort
from designer.data.augment.own_draws import OwnDraws
from designer.data.augment.spec import Augment
from designer.data.decode import Damaged
from designer.data.dividing import divide
from designer.data.fitting import target_for
from designer.data.numbers import Numbers, numbers_target
from designer.data.open_numbers import sort_of
from designer.data.source import Progress, nothing, source_for
from designer.data.spec import DataSpec
from designer.errors import DataError

__all__ = ["Mix", "Samples", "Seen"]

Mix = Callable[[torch.Tensor, torch.Tensor], tuple[torch.Tensor, torch.Tensor]]
"""What mixes a batch float32 [n, C, H, W] and its classes [n], and gives the shares of the classes [n, classes]."""

_MEASURED = 128  # samples whose mean and deviation stand for those of all
_MEASURED_BYTES = 64 << 20
_TRIED = 50  # damaged samples that are passed over
_APART = 7919  # so that the partners of neighbouring seeds differ


@dataclass(frozen=True)
class Seen:
    """One sample many times, the plain one first.

    ``values`` are pictures uint8 [n, H, W, C], or numbers float32 [n, *dims] as they were before normalising.
    ``shares`` say for each of them how much of which class is in it; empty where the targets are not classes.
    """

    sort: Sort
    values: npt.NDArray[np.uint8] | npt.NDArray[np.float32]
    index: int
    name: str
    target: str
    shares: tuple[tuple[tuple[str, float], ...], ...]


class Samples:
    """The training samples of ``spec``, fitted to ``input_dims``. Its augmentation is given later, and may change.

    Raises DataError.
    """

    def __init__(self, spec: DataSpec, input_dims: tuple[int | None, ...] | None, progress: Progress = nothing) -> None:
        loaded = source_for(spec).open(spec, progress)
        self._samples, self._targets = loaded.train.samples, loaded.train.targets
        self._rows = divide(spec, loaded, progress).train
        self._spec = spec
        self.classes, self.kind = loaded.classes, loaded.kind
        try:
            self.dims = self._fitted(input_dims)
        except Damaged as error:
            raise DataError(f"In {spec.source} {error}. Check the files.") from error
        self._about: About | None = None

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def sort(self) -> Sort:
        """What they are."""
        return sort_of(self._samples) if isinstance(self._samples, Numbers) else "pictures"

    def seen(self, steps: Sequence[Augment], index: int, seed: int, times: int = 15, mix: Mix | None = None) -> Seen:
        """Sample ``index`` (behind the last one comes the first again) as it is, and ``times`` times changed.

        The same seed, the same pictures; the random numbers of the process are left alone. Raises DataError.
        """
        index, first = self._readable(index % len(self))
        about = self._known()
        changes = augmentation(steps, about)
        mean, std = self._scale(about)
        plain = ((torch.from_numpy(first[None]) - mean) / std) if about.mean else torch.from_numpy(first[None])
        with OwnDraws(seed):
            x = plain.repeat(times, *([1] * first.ndim))
            x = changes(x) if changes is not None else x
            shares = (self._own_share(index),) * times
            if mix is not None:
                x, shares = self._mixed(x, index, seed, mix, (mean, std))
        both = torch.cat([plain, x])
        values = (both * std + mean if about.mean else both.permute(0, 2, 3, 1)).contiguous().numpy()
        row = int(self._rows[index])
        told = (self._own_share(index), *shares) if self.kind == "classes" else ()
        return Seen(self.sort, values, index, self._samples.name(row), self._target(row), told)

    # ------------------------------------------------------------ reading

    def _fitted(self, input_dims: tuple[int | None, ...] | None) -> tuple[int, ...]:
        """What a sample is while it is changed; numbers are brought to the Input's shape after that."""
        if isinstance(self._samples, Numbers):
            numbers_target(input_dims, self._samples.dims)
            return self._samples.dims
        return target_for(input_dims, self._samples.natural()).dims

    def _one(self, row: int) -> npt.NDArray[np.uint8] | npt.NDArray[np.float32]:
        if isinstance(self._samples, Numbers):
            return np.array(self._samples.one(row), dtype=np.float32)
        channels, height, width = self.dims
        return np.array(self._samples.one(row, (channels, height, width), self._spec.fit), order="C")

    def _readable(self, index: int) -> tuple[int, npt.NDArray[np.uint8] | npt.NDArray[np.float32]]:
        """The sample, or the next one that can be read."""
        trouble = ""
        for place in range(index, index + min(_TRIED, len(self))):
            row = int(self._rows[place % len(self)])
            try:
                return place % len(self), self._one(row)
            except Damaged as error:
                trouble = trouble or f"{self._samples.name(row)} cannot be read: {error}."
        raise DataError(f"{trouble} Nor can those that follow. Check the files.")

    def _known(self) -> About:
        """What augmentation knows of them: of numbers also mean and deviation, as some hundred samples have them."""
        if self._about is None:
            self._about = About(self.sort, *(self._moments() if isinstance(self._samples, Numbers) else ()))
        return self._about

    def _moments(self) -> tuple[tuple[float, ...], tuple[float, ...]]:
        most = max(1, min(_MEASURED, _MEASURED_BYTES // (4 * max(1, int(np.prod(self.dims))))))
        found = []
        for row in self._rows[:: max(1, len(self) // most)].tolist():
            try:
                found.append(self._one(row).astype(np.float64))
            except Damaged:
                continue
        if not found:
            raise DataError(f"None of the samples of {self._spec.source} that were tried can be read. Check the files.")
        rows = np.moveaxis(np.stack(found), 1, 0).reshape(self.dims[0], -1)
        std = rows.std(axis=1)
        return tuple(rows.mean(axis=1).tolist()), tuple(np.where(std > 0, std, 1.0).tolist())

    def _scale(self, about: About) -> tuple[torch.Tensor, torch.Tensor]:
        shape = (1, -1, *([1] * (len(self.dims) - 1)))
        return torch.tensor(about.mean).view(shape), torch.tensor(about.std).view(shape)

    # ------------------------------------------------------------ targets

    def _target(self, row: int) -> str:
        target = self._targets[row]
        if self.kind == "classes":
            return self.classes[int(target)]
        values = np.atleast_1d(target).tolist()
        if self.kind == "labels":
            return ", ".join(name for name, on in zip(self.classes, values, strict=True) if on) or "no label"
        return ", ".join(f"{name} {value:.4g}" for name, value in zip(self.classes, values, strict=False))

    def _own_share(self, index: int) -> tuple[tuple[str, float], ...]:
        return ((self._target(int(self._rows[index])), 1.0),)

    # ------------------------------------------------------------ mixing

    def _mixed(
        self, x: torch.Tensor, index: int, seed: int, mix: Mix, scale: tuple[torch.Tensor, torch.Tensor]
    ) -> tuple[torch.Tensor, tuple[tuple[tuple[str, float], ...], ...]]:
        """Each with a sample of its own, as two of a batch."""
        drawn = np.random.default_rng(seed * _APART + index)
        results, shares = [], []
        for one in x:
            other, values = self._readable(int(drawn.integers(len(self))))
            partner = torch.from_numpy(values)
            pair = torch.stack([one, (partner[None] - scale[0])[0] / scale[1][0] if scale[0].numel() else partner])
            classes = torch.tensor([int(self._targets[int(self._rows[place])]) for place in (index, other)])
            made, parts = mix(pair.float(), classes)
            results.append(made[0].round().clamp(0, 255).to(x.dtype) if x.dtype == torch.uint8 else made[0])
            found = [(self.classes[at], float(part)) for at, part in enumerate(parts[0].tolist()) if part > 0.005]
            shares.append(tuple(sorted(found, key=lambda share: -share[1])))
        return torch.stack(results), tuple(shares)
