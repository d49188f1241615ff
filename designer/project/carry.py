"""Weights carried along when a network changes: the steps of graph/weight_steps.py done to the numbers. No torch.

What fits the network now is kept, bit for bit where nothing had to be computed; what does not is left out and told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from designer.errors import ProjectError
from designer.graph.infer import Shapes
from designer.graph.model import Network
from designer.graph.names import prefixes
from designer.graph.state import Tensors, state_of
from designer.graph.weight_steps import Bring, Copy, Drop, Fresh, Name, Part, Pick, Step
from designer.graph.words import plural
from designer.project.tensors import TensorFile, Weight, numpy_type, write_tensors

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Carried", "bake", "carried", "channel_norms", "fitting"]


@dataclass(frozen=True)
class Carried:
    """What of some weights fits a network: ``kept`` tensors; ``reset`` are blocks that start anew, each with why;
    ``left`` are tensors that belong to no block."""

    kept: int = 0
    reset: Mapping[str, str] | None = None
    left: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether every block has its weights, as far as that is known."""
        return not self.reset

    @property
    def sentence(self) -> str:
        """What is carried over, and what starts anew."""
        fits = f"{plural(self.kept, 'tensor')} of the weights {'is' if self.kept == 1 else 'are'} carried over"
        names = list(self.reset or ())
        if not names:
            return f"{fits}."
        told = ", ".join(names[:4]) + (f" and {plural(len(names) - 4, 'more block')}" if len(names) > 4 else "")
        return f"{fits}; {told} {'starts' if len(names) == 1 else 'start'} anew."


def carried(tensors: Mapping[str, Weight], steps: Iterable[Step]) -> dict[str, Weight]:
    """The tensors after these steps. Raises ProjectError where a step does not fit, FileDamaged for a bad file."""
    work = _Work(dict(tensors))
    for step in steps:
        work.do(step)
    return work.tensors


def fitting(network: Network, tensors: Mapping[str, Weight]) -> tuple[dict[str, Weight], Carried]:
    """The tensors that fit the network by name and sizes, and what that amounts to.

    Of a block of which only torch can tell the tensors, all are kept.
    """
    wanted = state_of(network, Shapes(network))
    kept: dict[str, Weight] = {}
    reset: dict[str, str] = {}
    left: list[str] = []
    for name, weight in tensors.items():
        block = _block_of(name, wanted)
        sizes = wanted.get(block) if block is not None else None
        end = name[len(block) + 1 :] if block is not None else ""
        if block is None or (sizes is not None and end not in sizes):
            left.append(name)
        elif sizes is not None and sizes[end] != weight.shape:
            reset[block] = f"{_text(weight.shape)} in the file, {_text(sizes[end])} now"
        else:
            kept[name] = weight
    for block, sizes in wanted.items():
        missing = [end for end in sizes or () if _joined(block, end) not in kept and end != "num_batches_tracked"]
        if missing:
            reset.setdefault(block, "not in the file")
    order = {name: i for i, name in enumerate(network.order())}
    return kept, Carried(len(kept), dict(sorted(reset.items(), key=lambda item: order[item[0]])), tuple(left))


def bake(source: Path | None, steps: Sequence[Step], network: Network, target: Path) -> Carried:
    """Write the weights of ``source`` as they are after the steps to ``target``, whole or not at all.

    Raises ProjectError when the disk refuses, FileDamaged when a file cannot be read.
    """
    file = TensorFile(source) if source is not None else None
    kept, report = fitting(network, carried(file.all() if file is not None else {}, steps))
    metadata = dict(file.header.metadata) if file is not None else {}
    metadata.pop("format", None)
    write_tensors(target, kept, metadata)
    return report


def channel_norms(tensors: Mapping[str, Weight]) -> Callable[[Sequence[Part], int], Sequence[float] | None]:
    """How large the weights of each channel are: the root of the sum of their squares; None without weights."""

    def norms(parts: Sequence[Part], count: int) -> Sequence[float] | None:
        import numpy as np

        total, found = np.zeros(count), False
        for part in parts:
            weight = tensors.get(part.tensor)
            if weight is None or part.groups > 1 or not _has_room(weight, part, count):
                continue
            rows = np.moveaxis(_real(weight), part.axis, 0)[part.start : part.start + count * part.each]
            total += (rows.reshape(count, -1) ** 2).sum(axis=1)
            found = True
        return [float(value) for value in np.sqrt(total)] if found else None

    return norms


# --- the steps ---------------------------------------------------------------------------------------------------


class _Work:
    """Tensors on their way from one network to another."""

    def __init__(self, tensors: dict[str, Weight]) -> None:
        self.tensors = tensors
        self._gone: dict[str, dict[str, Weight]] = {}  # of blocks that were taken away, by the end of the name
        self._files: dict[str, TensorFile] = {}

    def do(self, step: Step) -> None:
        match step:
            case Pick():
                for part in sorted(step.parts, key=lambda part: -part.start):  # what lies in front keeps its place
                    if part.tensor in self.tensors:
                        self.tensors[part.tensor] = _picked(self.tensors[part.tensor], part, step)
            case Fresh():
                self.tensors[step.tensor] = _fresh(step)
            case Bring():
                self._bring(step)
            case Copy():
                for new, old in step.blocks.items():
                    self._put(new, dict(self._of(old)), over=False)
            case Name():
                self._put(step.new, self._take(step.old))
            case Drop():
                self._drop(step)

    def _of(self, block: str) -> Mapping[str, Weight]:
        start = f"{block}."
        found = {n[len(start) :]: w for n, w in self.tensors.items() if n.startswith(start)}
        return found | ({"": self.tensors[block]} if block in self.tensors else {})

    def _take(self, block: str) -> dict[str, Weight]:
        found = dict(self._of(block))
        for end in found:
            del self.tensors[_joined(block, end)]
        return found

    def _put(self, block: str, found: Mapping[str, Weight], over: bool = True) -> None:
        if found and (over or not self._of(block)):
            self._take(block)
            self.tensors |= {_joined(block, end): weight for end, weight in found.items()}

    def _drop(self, step: Drop) -> None:
        if step.back:
            self._put(step.block, self._gone.pop(step.block, {}), over=False)
            return
        found = self._take(step.block)
        if step.to and not self._of(step.to):
            self._put(step.to, found)
        elif found:
            self._gone[step.block] = found

    def _bring(self, step: Bring) -> None:
        file = self._files.get(step.file)
        if file is None and not Path(step.file).is_file():
            return  # gone meanwhile: these blocks start anew, and that is told
        if file is None:
            file = self._files[step.file] = TensorFile(Path(step.file))
        there = file.all()
        for new, old in step.blocks.items():
            start = f"{old}."
            found = {n[len(start) :]: w for n, w in there.items() if n.startswith(start)}
            self._put(new, found | ({"": there[old]} if old in there else {}))


def _has_room(weight: Weight, part: Part, count: int) -> bool:
    shape = weight.shape
    if part.axis >= len(shape):
        return False
    if part.groups > 1:
        return count % part.groups == 0 and shape[0] % part.groups == 0 and shape[part.axis] * part.groups == count
    return part.start + count * part.each <= shape[part.axis]


def _picked(weight: Weight, part: Part, step: Pick) -> Weight:
    """The channels of one tensor, chosen anew."""
    import numpy as np

    if not _has_room(weight, part, step.count) or max(step.index) >= step.count:
        return weight  # it was of other sizes before: told when it is compared with the network
    groups, size = part.groups, step.count // part.groups
    blocks = np.split(weight.numbers, groups, axis=0) if groups > 1 else [weight.numbers]
    made = []
    for number, numbers in enumerate(blocks):
        index = [i - number * size for i in step.index if i // size == number] if groups > 1 else list(step.index)
        made.append(_along(Weight(weight.dtype, numbers), part, index, size))
    if len({rows.shape for rows in made}) > 1:
        raise ProjectError(f"The weights {part.tensor} cannot follow: its groups would have unlike sizes.")
    return Weight(weight.dtype, made[0] if len(made) == 1 else np.concatenate(made))


def _along(weight: Weight, part: Part, index: Sequence[int], count: int) -> NDArray[Any]:
    import numpy as np

    rows = np.moveaxis(weight.numbers, part.axis, 0)
    stop = part.start + count * part.each
    places = (part.start + np.repeat(index, part.each) * part.each + np.tile(np.arange(part.each), len(index))).astype(
        int
    )
    chosen = rows[places]
    if part.shared and len(set(index)) < len(index):
        shares = np.repeat(_shares(index), part.each).reshape(-1, *(1,) * (rows.ndim - 1))
        chosen = _as(weight.dtype, _real(Weight(weight.dtype, chosen)) * shares)
    return np.moveaxis(np.concatenate([rows[: part.start], chosen, rows[stop:]]), 0, part.axis)


def _shares(index: Sequence[int]) -> list[float]:
    """How much of a channel's weight each of its copies takes: of two 1/3 and 2/3, so that they learn apart."""
    times: dict[int, int] = {}
    number = []
    for channel in index:
        times[channel] = times.get(channel, 0) + 1
        number.append(times[channel])
    return [n * 2 / (times[c] * (times[c] + 1)) for c, n in zip(index, number, strict=True)]


def _real(weight: Weight) -> NDArray[Any]:
    """The numbers as doubles. Raises ProjectError for a type that cannot be computed with."""
    import numpy as np

    if weight.dtype == "BF16":  # the upper half of a float
        return (weight.numbers.astype(np.uint32) << 16).view(np.float32).astype(np.float64)
    if weight.dtype in ("F16", "F32", "F64"):
        return weight.numbers.astype(np.float64)
    raise ProjectError(f"Expected weights of real numbers, found {weight.dtype}, which cannot be shared out.")


def _as(dtype: str, numbers: NDArray[Any]) -> NDArray[Any]:
    import numpy as np

    if dtype != "BF16":
        return numbers.astype(numpy_type(dtype))
    bits = numbers.astype(np.float32).view(np.uint32)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16)  # to the nearest, ties to even


def _fresh(step: Fresh) -> Weight:
    import numpy as np

    numbers = np.ones(step.shape, np.float32) if step.start == "ones" else np.zeros(step.shape, np.float32)
    if step.start == "identity":
        middle = tuple((side - 1) // 2 for side in step.shape[2:])
        for i in range(min(step.shape[:2])):
            numbers[(i, i, *middle)] = 1.0
    return Weight("F32", numbers)


# --- names -------------------------------------------------------------------------------------------------------


def _joined(block: str, end: str) -> str:
    return f"{block}.{end}" if end else block


def _block_of(tensor: str, blocks: Mapping[str, Tensors | None]) -> str | None:
    return next((path for path in (tensor, *reversed(prefixes(tensor))) if path in blocks), None)


def _text(shape: tuple[int, ...]) -> str:
    return "×".join(map(str, shape)) or "a single number"
