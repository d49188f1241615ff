"""Changes of pictures."""

from __future__ import annotations

from designer.blocks.spec import Param
from designer.data.augment.declare import PICTURES, Step


def _share(default: float, help: str = "The share of the pictures that it happens to.") -> Param:  # noqa: A002
    return Param("share", "Share", "float", default, help, minimum=0, maximum=1)


def _number(name: str, label: str, default: float, low: float, high: float, help: str) -> Param:  # noqa: A002
    return Param(name, label, "float", default, help, minimum=low, maximum=high)


STEPS = (
    Step(
        "flip",
        "Flip left and right",
        "Mirrors a picture. Not for writing, or where left and right mean something.",
        PICTURES,
        (_share(0.5),),
        "placing:flip",
        does=("mirrors",),
    ),
    Step(
        "flip-vertical",
        "Flip top and bottom",
        "Stands a picture on its head; for pictures without an up, such as those from above or from a microscope.",
        PICTURES,
        (_share(0.5),),
        "placing:flip_vertical",
        does=("overturns",),
    ),
    Step(
        "crop",
        "Crop after padding",
        "Adds a border all round and cuts out a piece of the old size, so that things move about.",
        PICTURES,
        (
            Param("padding", "Padding", "int", 4, "How many pixels are added on each side.", minimum=1, maximum=512),
            Param(
                "border",
                "Border",
                "choice",
                "black",
                "What is added: black, or the picture mirrored at its edge.",
                choices=("black", "reflect"),
            ),
        ),
        "placing:crop",
        does=("moves",),
    ),
    Step(
        "resized-crop",
        "Crop and resize",
        "Cuts out a piece of any size and brings it to the size of the whole. The piece is cut from the picture as it "
        "fits the Input.",
        PICTURES,
        (
            _number("smallest", "Smallest piece", 0.3, 0.01, 1, "The smallest share of the picture's area."),
            _number("largest", "Largest piece", 1.0, 0.01, 1, "The largest share of the picture's area."),
            _number("ratio", "Widest shape", 4 / 3, 1, 10, "How many times wider than high a piece may be, or higher."),
        ),
        "placing:resized_crop",
    ),
    Step(
        "rotate",
        "Rotate",
        "Turns a picture about its middle; the corners become black.",
        PICTURES,
        (_number("degrees", "Degrees", 10, 0, 180, "The largest angle, to either side."),),
        "placing:rotate",
        does=("turns",),
    ),
    Step(
        "affine",
        "Move, turn, scale and shear",
        "All four at once, in one pass over the pixels.",
        PICTURES,
        (
            _number("degrees", "Degrees", 10, 0, 180, "The largest angle, to either side."),
            _number("shift", "Shift", 0.1, 0, 1, "The largest shift, as a share of width and height."),
            _number("scale", "Scale", 0.1, 0, 0.95, "How much larger or smaller: 0.1 is from 90 to 110 percent."),
            _number("shear", "Shear", 0, 0, 80, "The largest shear in degrees."),
        ),
        "placing:affine",
        does=("turns",),
    ),
    Step(
        "colour",
        "Vary colours",
        "Changes brightness, contrast, saturation and hue, in any order. Grey pictures have the first two.",
        PICTURES,
        (
            _number("brightness", "Brightness", 0.3, 0, 1, "0.3 is from 70 to 130 percent."),
            _number("contrast", "Contrast", 0.3, 0, 1, "0.3 is from 70 to 130 percent."),
            _number("saturation", "Saturation", 0.3, 0, 1, "0.3 is from 70 to 130 percent."),
            _number("hue", "Hue", 0.03, 0, 0.5, "How far round the circle of colours; 0.5 is any colour."),
        ),
        "colours:colour",
        aliases=("color",),
    ),
    Step(
        "grey",
        "Make grey",
        "Takes the colours out of some pictures, so that the network does not rely on them.",
        PICTURES,
        (_share(0.1),),
        "colours:grey",
        aliases=("gray", "grayscale", "greyscale"),
        does=("drops colour",),
    ),
    Step(
        "blur",
        "Blur",
        "Makes some pictures soft.",
        PICTURES,
        (
            _share(0.5),
            _number("smallest", "Smallest", 0.1, 0.05, 20, "The smallest deviation, in pixels."),
            _number("largest", "Largest", 1.5, 0.05, 20, "The largest deviation, in pixels."),
        ),
        "colours:blur",
    ),
    Step(
        "erase",
        "Erase a piece",
        "Covers a rectangle, so that the network learns to see the rest.",
        PICTURES,
        (
            _share(0.5),
            _number("smallest", "Smallest piece", 0.02, 0.001, 1, "The smallest share of the picture's area."),
            _number("largest", "Largest piece", 0.33, 0.001, 1, "The largest share of the picture's area."),
            Param("cover", "Cover", "choice", "black", "What covers the piece.", choices=("black", "noise")),
        ),
        "placing:erase",
    ),
    Step(
        "autoaugment",
        "AutoAugment",
        "Pairs of changes that a search found best for one of three well-known data sets.",
        PICTURES,
        (Param("policy", "Found for", "choice", "imagenet", "The data set.", choices=("imagenet", "cifar10", "svhn")),),
        "policies:autoaugment",
        does=("is a policy",),
    ),
    Step(
        "randaugment",
        "RandAugment",
        "Some changes of one strength, drawn from fourteen kinds.",
        PICTURES,
        (
            Param("count", "Changes", "int", 2, "How many follow each other.", minimum=1, maximum=10),
            Param("strength", "Strength", "int", 9, "From 0, nothing, to 30.", minimum=0, maximum=30),
        ),
        "policies:randaugment",
        does=("is a policy",),
    ),
    Step(
        "trivialaugment",
        "TrivialAugment",
        "One change of any strength, drawn from fourteen kinds. Nothing to set, and hard to beat.",
        PICTURES,
        (),
        "policies:trivialaugment",
        does=("is a policy",),
    ),
)
