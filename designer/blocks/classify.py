"""Where results leave, and what training should make of them."""

from __future__ import annotations

from designer.blocks.dims import Tensor
from designer.blocks.rules import need_dtype, need_int, need_rank
from designer.blocks.spec import Block, Output, Param, Params
from designer.errors import ShapeError

__all__ = ["CLASSIFICATION_OUTPUT", "REGRESSION_OUTPUT"]


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
    classes, labels = p.whole("classes"), p.words("labels")
    _need_width(inputs[0], classes, "classes", "the Classification output", "classes")
    if labels and len(labels) != classes:
        raise ShapeError(
            f"{classes} class names at the Classification output, or none",
            f"{len(labels)}",
            "Complete the names, or change the number of classes.",
            "labels",
        )
    return ()


CLASSIFICATION_OUTPUT = Block(
    type="classification_output",
    title="Classification output",
    group="Input and output",
    help="The end of a network that tells classes apart. It takes one number a class (logits), without a Softmax.",
    params=(
        Param("classes", "Classes", "int", 10, "How many classes there are.", 2),
        Param("labels", "Class names", "labels", (), "One name a class; empty means 0, 1, 2 and so on."),
        Param(
            "loss",
            "Loss",
            "choice",
            "cross_entropy",
            "cross_entropy_smooth asks for a little less certainty (label smoothing 0.1).",
            choices=("cross_entropy", "cross_entropy_smooth"),
        ),
    ),
    outputs=(),
    shape=_classification_shape,
    output=lambda p: Output("classification", p.text("loss"), p.whole("classes"), p.words("labels")),
    role="output",
    summary=lambda p: f"{p['classes']} classes",
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
    ),
    outputs=(),
    shape=_regression_shape,
    output=lambda p: Output("regression", p.text("loss")),
    role="output",
    summary=lambda p: f"{p['values']} value" + ("s" if p["values"] != 1 else ""),
    synonyms=("regress", "prediction", "mean squared error", "target", "regressionLayer"),
    examples=(({}, ((2, 1),)), ({"values": 3}, ((2, 3),))),
)
