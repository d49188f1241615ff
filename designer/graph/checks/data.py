"""Whether the network fits the data that it is drawn for, as far as they are known."""

from __future__ import annotations

from collections.abc import Iterator

from designer.graph.kinds import BATCH_NORMS
from designer.graph.problem import Case, Problem, note, shape_check, type_check, warning

__all__ = ["channels_last"]


@type_check("classification_output")
def classes_of_the_data(case: Case) -> Iterator[Problem]:
    """One number for each class that there is."""
    classes, known = case.node.params["classes"], case.context
    if known.classes is not None and known.classes != classes:
        yield warning(
            case.name,
            "data_classes",
            f"{known.classes} classes, as {known.title} has",
            f"{classes}",
            "Training refuses samples of a class without a number, and numbers without samples stay untrained.",
            f"Set the number of classes to {known.classes}.",
        )


_WHY_NOT = {
    "regression_output": "A class number is a name: class 4 is not twice class 2.",
    "multilabel_output": "Each picture has one class, not a yes or no for every label.",
    "segmentation_output": "Each picture has one class, not one for every pixel.",
}


@type_check(*_WHY_NOT)
def kind_of_the_data(case: Case) -> Iterator[Problem]:
    """Data with classes train a classification."""
    known = case.context
    if known.classes is not None:
        yield warning(
            case.name,
            "data_kind",
            f"a Classification output for the {known.classes} classes of {known.title}",
            f"a {case.node.block.title}",
            _WHY_NOT[case.node.type],
            "Exchange it for a Classification output.",
        )


def channels_last(size: tuple[int, ...]) -> bool:
    """Whether a size looks like height, width, channels."""
    return len(size) == 3 and size[2] in (1, 3, 4) and size[0] > 4 and size[1] > 4


@type_check("input")
def size_of_the_data(case: Case) -> Iterator[Problem]:
    """The channels come first, and are those that the pictures have."""
    size, known = case.node.params["size"], case.context
    assert isinstance(size, tuple)
    if any(isinstance(d, str) for d in size):  # the data say what is left open
        return
    dims = tuple(int(d) for d in size)
    if channels_last(dims) and any(r.type.endswith("2d") for r in case.readers()):
        height, width, channels = dims
        yield warning(
            case.name,
            "channel_order",
            f"channels first: {channels}×{height}×{width}",
            f"{height}×{width}×{channels}, channels last",
            f"As it stands, {height} rows of the picture are taken for channels.",
            f"Set the size to {channels}×{height}×{width}.",
        )
        return
    if known.size is None or len(dims) != 3 or dims == known.size:
        return
    have = "×".join(map(str, known.size))
    if dims[0] != known.size[0]:
        colour = "grey" if known.size[0] == 1 else "in colour"
        yield warning(
            case.name,
            "data_channels",
            f"{known.size[0]} channel{'s' * (known.size[0] != 1)}: the pictures of {known.title} are {colour}",
            f"{dims[0]}",
            "The pictures are turned to grey, which loses colour." if dims[0] == 1 else "The same grey is fed thrice.",
            f"Set the size to {have}.",
        )
    else:
        larger = dims[1] * dims[2] > known.size[1] * known.size[2]
        yield note(
            case.name,
            "data_size",
            f"pictures of {have}, as in {known.title}",
            "×".join(map(str, dims)),
            "Enlarged pictures cost more and show no more." if larger else "Shrunk pictures lose detail.",
            f"Set the size to {have}, unless that is meant.",
        )


@shape_check(*BATCH_NORMS)
def batch_of_one(case: Case) -> Iterator[Problem]:
    """The mean over a batch of one sample is the sample."""
    if case.context.batch == 1 and case.sound:
        yield warning(
            case.name,
            "batch_of_one",
            f"a batch of 2 or more at {case.name}",
            "a batch size of 1",
            "It takes mean and spread over the batch, and one sample has none of its own.",
            "Use a Group norm or Layer norm, or train with a larger batch.",
        )
