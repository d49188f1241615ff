"""Heat maps that look at the picture itself: saliency, SmoothGrad, integrated gradients, occlusion."""

from __future__ import annotations

import torch

from designer.evaluate.heat.asking import Asked, scores

__all__ = ["attributions", "covered", "integrated", "saliency", "smooth"]

_BATCH = 16
_NOISY, _NOISE = 24, 0.15  # copies, and the noise beside the range of the picture
_STEPS = 32
_PARTS = 8  # windows along the shorter side


def _slopes(asked: Asked, x: torch.Tensor) -> torch.Tensor:
    """The score's gradients by each picture of ``x``, in its shape."""
    x = x.detach().clone().requires_grad_()
    with torch.enable_grad():
        (found,) = torch.autograd.grad(scores(asked, x).sum(), x)
    return found


def _seen(asked: Asked, values: torch.Tensor) -> torch.Tensor:
    """Numbers of the picture's shape as a map [H, W]: the largest size over the channels."""
    return values.reshape(asked.dims).abs().amax(0)


def saliency(asked: Asked) -> torch.Tensor:
    """The size of the gradient at each pixel: [H, W]."""
    return _seen(asked, _slopes(asked, asked.x))


def smooth(asked: Asked) -> torch.Tensor:
    """Saliency, averaged over noisy copies; the noise is the same each time."""
    generator = torch.Generator().manual_seed(0)  # of its own: a training may be drawing in this process
    spread = _NOISE * float(asked.x.max() - asked.x.min())
    total = torch.zeros(asked.dims[1:], device=asked.x.device)
    for start in range(0, _NOISY, _BATCH):
        count = min(_BATCH, _NOISY - start)
        noise = torch.randn(count, *asked.x.shape[1:], generator=generator).to(asked.x.device)
        for row in _slopes(asked, asked.x + spread * noise):
            total += _seen(asked, row)
    return total / _NOISY


def attributions(asked: Asked) -> torch.Tensor:
    """What each number of the picture adds to the score on the way from the mean picture: the shape of ``x[0]``.

    Their sum is the difference of the two scores, as near as the steps come.
    """
    total = torch.zeros_like(asked.x[0])
    share = (torch.arange(_STEPS, dtype=asked.x.dtype, device=asked.x.device) + 0.5) / _STEPS
    for start in range(0, _STEPS, _BATCH):
        part = share[start : start + _BATCH].view(-1, *[1] * (asked.x.dim() - 1))
        total += _slopes(asked, asked.x * part).sum(0)
    return asked.x[0] * total / _STEPS


def integrated(asked: Asked) -> torch.Tensor:
    """Integrated gradients as a map [H, W]."""
    return _seen(asked, attributions(asked))


def covered(asked: Asked) -> torch.Tensor:
    """How much of the class's score goes where a window covers the place: [H, W], nothing below 0."""
    _, height, width = asked.dims
    size = max(1, min(height, width) // _PARTS)
    step = max(1, size // 2)
    places = [(top, left) for top in range(0, height, step) for left in range(0, width, step)]
    total, times = (torch.zeros(height, width, device=asked.x.device) for _ in range(2))
    with torch.no_grad():
        whole = scores(asked, asked.x)[0]
        for start in range(0, len(places), _BATCH):
            some = places[start : start + _BATCH]
            pictures = asked.x.reshape(1, *asked.dims).repeat(len(some), 1, 1, 1)
            for picture, (top, left) in zip(pictures, some, strict=True):
                picture[:, top : top + size, left : left + size] = 0  # the mean, as pictures are normalised
            lost = whole - scores(asked, pictures.reshape(len(some), *asked.x.shape[1:]))
            for (top, left), less in zip(some, lost, strict=True):
                total[top : top + size, left : left + size] += less
                times[top : top + size, left : left + size] += 1
    return (total / times.clamp(min=1)).relu()
