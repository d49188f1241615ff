"""Whether the network fits the data that it is drawn for, as far as they are known."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from designer.graph.context import fits_input
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


@type_check("multilabel_output", "regression_output")
def width_of_the_data(case: Case) -> Iterator[Problem]:
    """One number for each label, or for each number that is to be predicted."""
    known = case.context
    key, kind, word = (
        ("classes", "labels", "labels") if case.node.type == "multilabel_output" else ("values", "values", "numbers")
    )
    if known.kind == kind and known.width is not None and known.width != case.node.params[key]:
        yield warning(
            case.name,
            "data_width",
            f"{known.width} {word}, as {known.title} has to predict",
            f"{case.node.params[key]}",
            "Training refuses an output of another width.",
            f"Set their number to {known.width}.",
        )


_TITLES = {"classes": "a Classification output", "values": "a Regression output", "labels": "a Multi-label output"}
_WHY_NOT = {
    ("regression_output", "classes"): "A class number is a name: class 4 is not twice class 2.",
    ("multilabel_output", "classes"): "Each sample has one class, not a yes or no for every label.",
    ("segmentation_output", "classes"): "Each picture has one class, not one for every pixel.",
    ("classification_output", "values"): "Numbers are to be predicted, and there are no classes to choose from.",
    ("multilabel_output", "values"): "Numbers are to be predicted, not a yes or no for every label.",
    ("segmentation_output", "values"): "Numbers are to be predicted, not a class for every pixel.",
    ("classification_output", "labels"): "A sample may have several labels or none, and this output chooses one.",
    ("segmentation_output", "labels"): "Labels are of the whole sample, not of each pixel.",
}


@type_check("classification_output", "regression_output", "multilabel_output", "segmentation_output")
def kind_of_the_data(case: Case) -> Iterator[Problem]:
    """Classes train a classification, numbers a regression, labels a multi-label output."""
    known = case.context
    kind = known.kind or ("classes" if known.classes is not None else "")
    why = _WHY_NOT.get((case.node.type, kind))
    if kind and why is not None:
        many = known.classes if kind == "classes" else known.width
        word = {"classes": "classes", "values": "numbers", "labels": "labels"}[kind]
        word = word.removesuffix("s") if many == 1 else word
        yield warning(
            case.name,
            "data_kind",
            f"{_TITLES[kind]} for the {many} {word} of {known.title}",
            f"a {case.node.block.title}",
            why,
            f"Exchange it for {_TITLES[kind]}.",
        )


def channels_last(size: tuple[int, ...]) -> bool:
    """Whether a size looks like height, width, channels."""
    return len(size) == 3 and size[2] in (1, 3, 4) and size[0] > 4 and size[1] > 4


@type_check("input")
def size_of_the_data(case: Case) -> Iterator[Problem]:
    """The channels come first, and are those that the pictures have."""
    size, known = case.node.params["size"], case.context
    assert isinstance(size, tuple)
    yield from _sample_of_the_data(case, tuple(d if isinstance(d, int) else None for d in size))
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
        why = "The pictures are turned to grey, which loses colour." if dims[0] == 1 else "The same grey is fed thrice."
        yield warning(
            case.name,
            "data_channels",
            f"{known.size[0]} channel{'s' * (known.size[0] != 1)}: the pictures of {known.title} are {colour}",
            f"{dims[0]}",
            why if dims[0] in (1, 3) else "Training refuses pictures of so many channels.",
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


def _sample_of_the_data(case: Case, asked: tuple[int | None, ...]) -> Iterator[Problem]:
    """What is no picture is not resized: it has to be what the Input asks for."""
    known = case.context
    if known.sample is not None:
        natural, word, can = known.sample, known.word, fits_input(asked, known.sample) is not None
    elif known.size is not None and len(asked) == 1:
        natural, word = known.size, "picture"
        can = asked[0] in (None, prod(known.size), known.size[1] * known.size[2])
    else:
        return
    if can:
        return
    have = "×".join(map(str, natural))
    yield warning(
        case.name,
        "data_sample",
        f"{have}, the size of a {word} of {known.title}",
        "×".join("?" if size is None else str(size) for size in asked),
        f"Training refuses {word}s of another size.",
        f"Set the size to {have}" + (", or have the data read in another way." if known.scales else "."),
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
