"""A part of a library's model that could not be drawn: it is built by the library and taken as it is.

Only two functions can be called by it, torchvision.models.get_model and timm.create_model, with a plain name and no
weights; neither reads a file or the network then.
"""

from __future__ import annotations

import re

from designer.blocks.dims import Tensor
from designer.blocks.footprint import Keeps
from designer.blocks.spec import Argument, Block, Layer, Param, Params, Port
from designer.errors import ShapeError

__all__ = ["OPAQUE"]

_NAME = re.compile(r"[a-z][a-z0-9_]{0,79}", re.ASCII)
_PATH = re.compile(r"[A-Za-z0-9_]{1,80}(\.[A-Za-z0-9_]{1,80}){0,30}", re.ASCII)
# Without a word on it, these would download weights of their backbone.
_WITH_BACKBONE = ("deeplabv3", "fasterrcnn", "fcn", "fcos", "keypointrcnn", "lraspp", "maskrcnn", "retinanet", "ssd")


def _unknown(params: Params, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    raise ShapeError("measured sizes", "a part without a rule", "Wait until it was measured.", "measured")


def _ports(p: Params) -> tuple[Port, ...]:
    count = p.whole("outputs")
    return tuple(Port("out" if count == 1 else f"out {n + 1}") for n in range(count))


def _layer(p: Params, _: tuple[Tensor, ...]) -> Layer:
    model, path = p.text("model"), p.text("path")
    for text, pattern, what in ((model, _NAME, "name of a model, such as resnet18"), (path, _PATH, "path in a model")):
        if not pattern.fullmatch(text):
            raise ShapeError(f"the {what}", repr(text[:60]), "Write letters, digits and _ only.", "opaque")
    if p["library"] == "timm":
        whole = Layer("timm.create_model", (model,), {"pretrained": False})
    else:
        options: dict[str, Argument] = {"weights": None}
        if model.startswith(_WITH_BACKBONE):
            options["weights_backbone"] = None
        whole = Layer("torchvision.models.get_model", (model,), options)
    return Layer("nn.Module.get_submodule", (whole, path))


OPAQUE = Block(
    type="opaque",
    title="Closed part",
    group="Math",
    help="A part of a library's model that could not be drawn. It computes and learns as it is; nothing inside of it "
    "can be seen or changed.",
    shape=_unknown,
    params=(
        Param(
            "library",
            "Library",
            "choice",
            "torchvision",
            "Where the model comes from.",
            choices=("torchvision", "timm"),
        ),
        Param("model", "Model", "text", "resnet18", "The name of the whole model in that library."),
        Param("path", "Part", "text", "layer1", "Where the part lies in the model: layer1.0 is the first of layer1."),
        Param("outputs", "Outputs", "int", 1, "How many tensors it gives.", 1, 64),
    ),
    inputs=(Port("in", many=True, least=1),),
    gives=_ports,
    layer=_layer,
    keeps=Keeps(inputs=True),
    summary=lambda p: f"{p['path']} of {p['model']}"[:59],
    torch="torch.nn.Module",
    synonyms=("opaque", "closed", "black box", "foreign", "library", "imported"),
    examples=(({}, ((2, 64, 8, 8),)), ({"path": "layer1.0"}, ((2, 64, 4, 4),))),
    measured=True,
)
