"""How a run computes: number format, memory layout, compiler, and what is kept for the backward pass."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from designer.errors import TrainError
from designer.train.batches import Inputs, answers_of
from designer.train.compiling import Compiled
from designer.train.spec import TrainSpec

__all__ = ["Speed", "kept_share", "precision_of", "process_settings"]

_FORMATS = {"float32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}
_HALVES = (torch.float16, torch.bfloat16)
_AMPERE = (8, 0)  # the first generation of NVIDIA GPUs with TF32 and fast bfloat16

Forward = Callable[[Inputs], Any]


class Speed:
    """The switches of a spec, as they are on one device. Called with a batch, it gives what the network says to it.

    With everything off it is the network itself and costs nothing. ``said`` collects sentences about what could not
    be switched on; a switch never ends a run that could do without it. ``scaler`` is there for 16-bit floats only:
    it is part of a run's state. Raises TrainError for a number format that the device does not have.
    """

    def __init__(self, module: torch.nn.Module, spec: TrainSpec, device: torch.device) -> None:
        self.said: list[str] = []
        self._module, self._device = module, device
        self.precision = precision_of(spec, device)
        self._format = None if self.precision == "float32" else _FORMATS[self.precision]
        self.scaler = torch.amp.GradScaler(device.type) if self.precision == "fp16" else None
        self._last = _lies_last(module, spec, device, self.precision)
        if self._last:
            module.to(memory_format=torch.channels_last)
        if device.type == "cuda":
            _set_cuda(spec, device)
        self._again = False
        self._forward: Forward = self._forward_by(spec)
        plain = self._format is None and not self._last
        self._learn: Forward = self._forward if plain else self._converted(self._forward)

    def __call__(self, x: Inputs) -> Any:
        """What the network says to a batch that it learns from, in 32-bit floats."""
        return self._learn(x)

    def answers(self, module: torch.nn.Module, x: Inputs) -> Any:
        """What the network, or its average, says to a batch that is measured, in 32-bit floats."""
        if self._format is None and not self._last:
            return answers_of(module, x)
        return self._converted(lambda inputs: answers_of(module, inputs))(x)

    @property
    def words(self) -> str:
        """What is other than in a plain loop: "bf16, channels last, compiled"; empty where nothing is."""
        found = [] if self._format is None else [self.precision]
        if self._last:
            found.append("channels last")
        if isinstance(self._forward, Compiled):
            found.append(self._forward.words)
        elif self._again:
            found.append("activations computed again")
        return ", ".join(found)

    def _plain(self, x: Inputs) -> Any:
        return answers_of(self._module, x)

    def _forward_by(self, spec: TrainSpec) -> Forward:
        if spec.compile != "off":
            if spec.checkpoint_activations:
                self.said.append(
                    "The network is compiled, so its intermediate results are kept: switch off Compile to compute "
                    "them again."
                )
            graphs = spec.compile == "graphs" and spec.accumulate == 1  # gradients that add up would be overwritten
            return Compiled(self._module, spec.batch_size, graphs, self.said)
        if spec.checkpoint_activations:
            from designer.train.segments import segmented  # torch's tracer is not imported for nothing

            found = segmented(self._module)
            self._again = found is not None
            if found is not None:
                return found
            self.said.append(
                "This network cannot be cut into parts, so its intermediate results are kept as if Compute again "
                "were off."
            )
        return self._plain

    def _converted(self, forward: Forward) -> Forward:
        """With inputs and numbers as the switches say, and 32-bit floats at the end: losses add up in them."""
        kind, number, last = self._device.type, self._format, self._last

        def run(x: Inputs) -> Any:
            if last:
                x = tuple(map(_laid, x)) if isinstance(x, tuple) else _laid(x)
            if number is None:
                return forward(x)
            with torch.autocast(kind, number):
                result = forward(x)
            return _in_full(result)

        return run


def process_settings() -> Callable[[], None]:
    """What sets threads, TF32 and the search for kernels back to what they are now, for the whole process."""
    threads, cuda = torch.get_num_threads(), _cuda_settings()

    def set_back() -> None:
        torch.set_num_threads(threads)
        if _cuda_settings() != cuda:
            _use_cuda_settings(*cuda)

    return set_back


def _cuda_settings() -> tuple[str, str, bool]:
    backends = torch.backends
    convolutions = backends.cudnn.conv.fp32_precision  # type: ignore[attr-defined]
    return backends.cuda.matmul.fp32_precision, convolutions, backends.cudnn.benchmark


def _use_cuda_settings(matmul: str, conv: str, benchmark: bool) -> None:
    torch.backends.cuda.matmul.fp32_precision = matmul
    torch.backends.cudnn.conv.fp32_precision = conv  # type: ignore[attr-defined]
    torch.backends.cudnn.benchmark = benchmark


def precision_of(spec: TrainSpec, device: torch.device) -> str:
    """float32, bf16 or fp16. Raises TrainError where the device does not have it."""
    if spec.precision == "auto":
        return "bf16" if device.type == "cuda" and _ampere(device) else "float32"
    if spec.precision == "bf16" and device.type == "cuda" and not _ampere(device):
        raise TrainError("This GPU does not compute with bf16. Choose the precision fp16, float32 or auto.")
    if spec.precision != "float32" and not torch.amp.is_autocast_available(device.type):
        raise TrainError(f"{device.type} does not compute with {spec.precision}. Choose the precision float32 or auto.")
    return spec.precision


def kept_share(spec: TrainSpec, device: torch.device) -> float:
    """About which share of the activations is held at once, beside 32-bit floats that are all kept."""
    share = 1.0 if precision_of(spec, device) == "float32" else 0.6  # some layers keep 32-bit floats
    return share * 0.4 if spec.checkpoint_activations and spec.compile == "off" else share


def _ampere(device: torch.device) -> bool:
    return torch.cuda.get_device_capability(device) >= _AMPERE


def _lies_last(module: torch.nn.Module, spec: TrainSpec, device: torch.device, precision: str) -> bool:
    """Auto: where a GPU computes convolutions in half precision, whose units want it."""
    if spec.channels_last != "auto":
        return spec.channels_last == "on"
    folds = any(isinstance(layer, torch.nn.Conv2d) for layer in module.modules())
    return device.type == "cuda" and precision != "float32" and folds


def _set_cuda(spec: TrainSpec, device: torch.device) -> None:
    """TF32 and the search for kernels: switches of the whole process, see `process_settings`."""
    tf32 = "tf32" if (_ampere(device) if spec.tf32 == "auto" else spec.tf32 == "on") else "ieee"
    _use_cuda_settings(tf32, tf32, spec.kernel_search != "off")


def _laid(x: torch.Tensor) -> torch.Tensor:
    return x.contiguous(memory_format=torch.channels_last) if x.dim() == 4 else x


def _in_full(result: Any) -> Any:
    if isinstance(result, torch.Tensor):
        return result.float() if result.dtype in _HALVES else result
    return type(result)(map(_in_full, result)) if isinstance(result, list | tuple) else result
