"""Where results leave, and what training should make of them."""

from __future__ import annotations

from designer.blocks.dims import Tensor
from designer.blocks.rules import need_dtype, need_int, need_rank
from designer.blocks.spec import Block, Output, Param, Params
from designer.errors import ShapeError

__all__ = ["CLASSIFICATION_OUTPUT", "MULTILABEL_OUTPUT", "REGRESSION_OUTPUT", "SEGMENTATION_OUTPUT", "TENSOR_OUTPUT"]


def _need_width(x: Tensor, width: int, what: str, who: str, code: str) -> None:
    need_rank(x, 2, who, f"B×{what}")
    need_dtype(x, "float32", who)
    if need_int(x.dims[1], what, who) != width:
        raise ShapeError(
            f"B×{width} at {who}: one number for each of the {width} {what}" if width > 1 else f"B×1 at {who}",
            str(x),
            f"Set the Output features of the Linear before it to {width}, or the number of {what} here to {x.dims[1]}.",
            code,
        )


def _classification_shape(p: Params, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    _need_width(inputs[0], p.whole("classes"), "classes", "the Classification output", "classes")
    _need_names(p, "the Classification output")
    return ()


def _need_names(p: Params, who: str) -> None:
    classes, labels = p.whole("classes"), p.words("labels")
    if labels and len(labels) != classes:
        raise ShapeError(
            f"{classes} class names at {who}, or none",
            f"{len(labels)}",
            "Complete the names, or change the number of classes.",
            "labels",
        )


_NAMES = Param("labels", "Class names", "labels", (), "One name a class; empty means 0, 1, 2 and so on.")
_WEIGHT = Param(
    "weight",
    "Weight of the loss",
    "float",
    1.0,
    "How much its loss counts where the network has several outputs; 0 leaves this one out of training.",
    0.0,
    1000.0,
    advanced=True,
)
_CROSS_ENTROPY = Param(
    "loss",
    "Loss",
    "choice",
    "cross_entropy",
    "cross_entropy_smooth asks for a little less certainty (label smoothing 0.1).",
    choices=("cross_entropy", "cross_entropy_smooth"),
)


def _weighed(text: str, p: Params) -> str:
    return text if p["weight"] == 1.0 else f"{text}, weight {p.number('weight'):g}"


CLASSIFICATION_OUTPUT = Block(
    type="classification_output",
    title="Classification output",
    group="Input and output",
    help="The end of a network that tells classes apart. It takes one number a class (logits), without a Softmax.",
    params=(
        Param("classes", "Classes", "int", 10, "How many classes there are.", 2),
        _NAMES,
        _CROSS_ENTROPY,
        _WEIGHT,
    ),
    outputs=(),
    shape=_classification_shape,
    output=lambda p: Output(
        "classification", p.text("loss"), p.whole("classes"), p.words("labels"), p.number("weight")
    ),
    role="output",
    summary=lambda p: _weighed(f"{p['classes']} classes", p),
    synonyms=("classify", "classes", "labels", "cross entropy", "target", "classificationLayer", "softmax"),
    examples=(({"classes": 4}, ((2, 4),)), ({"classes": 2, "labels": ("cat", "dog")}, ((2, 2),))),
)


def _regression_shape(p: Params, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    _need_width(inputs[0], p.whole("values"), "values", "the Regression output", "values")
    return ()


REGRESSION_OUTPUT = Block(
    type="regression_output",
    title="Regression output",
    group="Input and output",
    help="The end of a network that predicts numbers.",
    params=(
        Param("values", "Values", "int", 1, "How many numbers it predicts for a sample.", 1),
        Param(
            "loss",
            "Loss",
            "choice",
            "mse",
            "mse punishes large errors most; l1 all alike; huber is between.",
            choices=("mse", "l1", "huber"),
        ),
        _WEIGHT,
    ),
    outputs=(),
    shape=_regression_shape,
    output=lambda p: Output("regression", p.text("loss"), weight=p.number("weight")),
    role="output",
    summary=lambda p: _weighed(f"{p['values']} value" + ("s" if p["values"] != 1 else ""), p),
    synonyms=("regress", "prediction", "mean squared error", "target", "regressionLayer"),
    examples=(({}, ((2, 1),)), ({"values": 3}, ((2, 3),))),
)


def _multilabel_shape(p: Params, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    _need_width(inputs[0], p.whole("classes"), "labels", "the Multi-label output", "classes")
    _need_names(p, "the Multi-label output")
    return ()


MULTILABEL_OUTPUT = Block(
    type="multilabel_output",
    title="Multi-label output",
    group="Input and output",
    help="The end of a network that answers yes or no for each of several labels. It takes one number a label, "
    "without a Sigmoid.",
    params=(
        Param("classes", "Labels", "int", 10, "How many labels there are; any number of them may be right.", 1),
        Param("labels", "Label names", "labels", (), "One name a label; empty means 0, 1, 2 and so on."),
        Param("loss", "Loss", "choice", "bce", "Cross-entropy of each label by itself.", choices=("bce",)),
        _WEIGHT,
    ),
    outputs=(),
    shape=_multilabel_shape,
    output=lambda p: Output("multilabel", p.text("loss"), p.whole("classes"), p.words("labels"), p.number("weight")),
    role="output",
    summary=lambda p: _weighed(f"{p['classes']} label" + ("s" if p["classes"] != 1 else ""), p),
    synonyms=("tags", "attributes", "binary cross entropy", "BCE", "yes or no", "target", "sigmoid"),
    examples=(({"classes": 4}, ((2, 4),)), ({"classes": 2, "labels": ("sun", "rain")}, ((2, 2),))),
)


def _segmentation_shape(p: Params, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    who, classes = "the Segmentation output", p.whole("classes")
    (x,) = inputs
    need_rank(x, 4, who)
    need_dtype(x, "float32", who)
    if need_int(x.dims[1], "classes", who) != classes:
        raise ShapeError(
            f"{classes} channels at {who}: one number a class for each pixel",
            str(x),
            f"Set the filters of the last convolution to {classes}, or the number of classes here to {x.dims[1]}.",
            "classes",
        )
    _need_names(p, who)
    return ()


SEGMENTATION_OUTPUT = Block(
    type="segmentation_output",
    title="Segmentation output",
    group="Input and output",
    help="The end of a network that gives every pixel a class. It takes one channel a class, without a Softmax.",
    params=(
        Param("classes", "Classes", "int", 2, "How many classes there are, background included.", 2),
        _NAMES,
        _CROSS_ENTROPY,
        _WEIGHT,
    ),
    outputs=(),
    shape=_segmentation_shape,
    output=lambda p: Output("segmentation", p.text("loss"), p.whole("classes"), p.words("labels"), p.number("weight")),
    role="output",
    summary=lambda p: _weighed(f"{p['classes']} classes a pixel", p),
    synonyms=("mask", "per pixel", "semantic", "U-Net", "cross entropy", "pixelClassificationLayer", "target"),
    examples=(({}, ((2, 2, 4, 5),)), ({"classes": 3, "labels": ("sky", "road", "car")}, ((2, 3, 4, 4),))),
)


TENSOR_OUTPUT = Block(
    type="tensor_output",
    title="Output",
    group="Input and output",
    help="An end of the network that is only read: feature maps, boxes, an embedding. Training asks nothing of it.",
    outputs=(),
    shape=lambda p, inputs: (),
    output=lambda p: Output("tensor", ""),
    role="output",
    synonyms=("result", "features", "embedding", "return", "end", "plain output"),
    examples=(({}, ((2, 4),)), ({}, ((2, 3, 4, 5),))),
)
