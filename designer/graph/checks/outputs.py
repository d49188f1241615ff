"""What stands right before an output, and whether the loss can work with it."""

from __future__ import annotations

from collections.abc import Iterator

from designer.graph.kinds import DROPOUTS, THROUGH
from designer.graph.problem import Case, Problem, type_check, warning

__all__: list[str] = []

_LABELLED = ("classification_output", "multilabel_output", "segmentation_output")
_OUTPUTS = (*_LABELLED, "regression_output")
_SOFTMAX = frozenset({"softmax", "softmax2d", "log_softmax", "softmin"})
_PROBABILITIES = _SOFTMAX | {"sigmoid", "logsigmoid", "hardsigmoid"}
_ONE_SIDED = frozenset({"relu", "relu6", "softplus"})


@type_check(*_LABELLED)
def softmax_before_loss(case: Case) -> Iterator[Problem]:
    """The loss takes logits and applies the softmax itself, or the sigmoid where labels stand by themselves."""
    before = case.behind(THROUGH)
    if before is not None and before.type in _PROBABILITIES:
        own = "sigmoid" if case.node.type == "multilabel_output" else "softmax"
        advice = f"Remove {before.name}: the loss applies the {own} itself, and learning is slow with two."
        if own == "sigmoid" and before.type in _SOFTMAX:
            advice = f"Remove {before.name}: it lets the labels share one yes, and the loss applies the sigmoid itself."
        message = f"{case.name} expects logits and gets the output of a {before.block.title}. {advice}"
        yield Problem(case.name, message, "warning", "softmax_before_loss", 0, "logits", before.block.title, advice)


@type_check("regression_output")
def probabilities_before_distance(case: Case) -> Iterator[Problem]:
    """A distance between numbers is the wrong loss for probabilities of classes."""
    before = case.behind(THROUGH)
    if before is not None and before.type in ("softmax", "log_softmax"):
        yield warning(
            case.name,
            "wrong_loss",
            "free numbers at a Regression output",
            f"the probabilities of {before.name}",
            f"The loss {case.node.params['loss']} hardly corrects an answer that is sure and wrong.",
            "Use a Classification output, which takes the numbers before the Softmax.",
            0,
        )


@type_check(*_OUTPUTS)
def activation_before_output(case: Case) -> Iterator[Problem]:
    """What leaves the network may be of either sign."""
    before = case.behind(THROUGH)
    if before is None or before.type not in _ONE_SIDED:
        return
    regression = case.node.type == "regression_output"
    why = (
        "Values below zero can never be predicted, and where it gives zero nothing is learned."
        if regression
        else "Logits below zero are how a network says no; where it gives zero nothing is learned."
    )
    yield warning(
        case.name,
        "activation_before_output",
        "numbers of either sign",
        f"the output of {before.name}, never below zero",
        why,
        f"Remove {before.name}" + (", unless only positive values are asked for." if regression else "."),
        0,
    )


@type_check(*_OUTPUTS)
def dropout_before_output(case: Case) -> Iterator[Problem]:
    """Dropout stands before the last layer, not behind it."""
    before = case.before
    if before is not None and before.type in DROPOUTS:
        yield warning(
            case.name,
            "dropout_before_output",
            "the numbers of the last layer",
            f"{before.name}, which sets some of them to zero",
            "The loss then punishes answers that were thrown away, not wrong.",
            f"Move {before.name} before the last layer, or remove it.",
            0,
        )


@type_check("classification_output")
def like_the_other_outputs(case: Case) -> Iterator[Problem]:
    """A sample has one class, so all Classification outputs count the same classes."""
    classes = case.node.params["classes"]
    order = case.network.names()
    for name in order[: order.index(case.name)]:
        other = case.network[name]
        if other.type == "classification_output" and other.params["classes"] != classes:
            yield warning(
                case.name,
                "unlike_outputs",
                f"{other.params['classes']} classes, as at {name}",
                f"{classes} classes",
                "Both outputs are trained with the one class that each sample has.",
                "Give both the same number of classes.",
            )
            return
