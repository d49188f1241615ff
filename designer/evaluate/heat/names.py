"""The ways to make a heat map, in words. No torch: the window and the command line list them."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["WAYS", "Way"]


@dataclass(frozen=True)
class Way:
    """One way: how it is called, what it shows, and whether it looks at what a chosen block puts out."""

    title: str
    help: str
    of_block: bool = False


WAYS = {
    "grad-cam": Way("Grad-CAM", "The parts of a block's output that speak for the class.", True),
    "grad-cam++": Way("Grad-CAM++", "As Grad-CAM, better where the class is there several times.", True),
    "saliency": Way("Saliency", "The pixels whose change would change the answer most."),
    "smooth-grad": Way("SmoothGrad", "Saliency, averaged over noisy copies of the picture."),
    "integrated-gradients": Way("Integrated gradients", "What each pixel adds on the way from a grey picture to this."),
    "occlusion": Way("Occlusion", "How much less sure the network is where a part is covered."),
}
"""By the name that a job has; the functions are in maps.py."""
