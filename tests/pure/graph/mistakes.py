"""One network for each mistake that the catalogue knows, with the repairs that must be offered, best first."""

from __future__ import annotations

from typing import NamedTuple

from designer.graph.context import NOTHING_KNOWN, Context

__all__ = ["MISTAKES", "Mistake"]

CIFAR = Context("CIFAR-10", 10, (), (3, 32, 32))
HEAD = "f flatten\nfc linear out_features=10\nout classification_output"


class Mistake(NamedTuple):
    """``code`` at block ``at``; ``says`` is part of the sentence, ``repairs`` the first titles, or all."""

    code: str
    at: str | None
    text: str
    says: str
    repairs: tuple[str, ...]
    context: Context = NOTHING_KNOWN


def _row(kinds: str, count: int, params: str = "") -> str:
    """Blocks of these types in turn, ``count`` times: c1 r1 c2 r2 ..."""
    lines = []
    for i in range(1, count + 1):
        lines += [f"{kind[0]}{i} {kind} {params if kind.startswith('c') else ''}" for kind in kinds.split()]
    return "\n".join(lines)


MISTAKES = (
    # --- what cannot run ---------------------------------------------------------------------------------------
    Mistake(
        "needs_flatten",
        "out",
        "data input\nc conv2d\nout classification_output",
        "Expected 2 dimensions",
        ("Insert Flatten and a fully connected block with 10 outputs",),
    ),
    Mistake(
        "needs_flatten",
        "out",
        "data input size=(20,8)\nl lstm hidden_size=10 output='sequence'\nout classification_output",
        "Expected 2 dimensions",
        ("Let l give its last step only",),
    ),
    Mistake(
        "needs_reshape",
        "c2",
        f"data input\nc1 conv2d\nr relu\ng flatten\nc2 conv2d\nr2 relu\n{HEAD}",
        "4 dimensions",
        ("Remove g",),
    ),
    Mistake("needs_reshape", "c", f"data input size=(28,28)\nc conv2d\nr relu\n{HEAD}", "4 dimensions", (
        "Set the size of data to 1×28×28",
    )),
    Mistake(
        "needs_reshape",
        "c",
        f"data input size=(64,)\nl linear out_features=64\nr relu\nc conv2d kernel_size=1\nr2 relu\n{HEAD}",
        "4 dimensions",
        ("Insert Reshape to 64×1×1",),
    ),
    Mistake(
        "classes",
        "out",
        "data input size=(9,)\nfc linear out_features=7\nout classification_output",
        "Expected B×10",
        ("Set the outputs of fc to 10", "Set the number of classes to 7"),
    ),
    Mistake(
        "values",
        "out",
        "data input size=(9,)\nfc linear out_features=7\nout regression_output",
        "Expected B×1",
        ("Set the outputs of fc to 1", "Set the number of values to 7"),
    ),
    Mistake(
        "labels",
        "out",
        "data input size=(9,)\nfc linear out_features=10\nout classification_output labels=('a','b','c')",
        "10 class names",
        ("Set the number of classes to 3", "Number the classes instead"),
    ),
    Mistake(
        "merge",
        "a",
        f"data input size=(3,17,17)\nc conv2d out_channels=8 stride=2 padding=1\nr relu\na add < r, data\n{HEAD}",
        "inputs of the same shape",
        ("Project 1×1 after data",),
    ),
    Mistake(
        "merge",
        "m",
        "data input size=(3,8,8)\nc conv2d out_channels=8\nr relu\ng global_avg_pool\nl linear out_features=8\n"
        f"s sigmoid\nm multiply < r, s\n{HEAD}",
        "inputs of the same shape",
        ("Insert Reshape to 8×1×1 after s",),
    ),
    Mistake(
        "merge",
        "a",
        "data input size=(12,)\nl linear out_features=16\nr relu\na add < r, data\nfc linear out_features=10\n"
        "out classification_output",
        "(16 against 12 in dimension 1)",
        ("Insert a fully connected block with 16 outputs after data",),
    ),
    Mistake(
        "concat",
        "j",
        f"data input size=(3,16,16)\nc conv2d out_channels=8\nr relu\np max_pool2d\nj concatenate < r, p\n{HEAD}",
        "differ in dimension 1 only",
        ("Pool r to 8×8",),
    ),
    Mistake(
        "concat",
        "j",
        f"data input size=(3,16,16)\nc conv2d out_channels=8\nr relu\ng global_avg_pool\nj concatenate < g, r\n{HEAD}",
        "differ in dimension 1 only",
        ("Insert Flatten where there are maps",),
    ),
    Mistake(
        "concat",
        "j",
        "data input size=(3,18,18)\nc conv2d out_channels=8\nr relu\np max_pool2d\nd conv2d out_channels=16\nq relu\n"
        f"m max_pool2d kernel_size=3\nu upsample scale_factor=2.0\nj concatenate < p, u\n{HEAD}",
        "differ in dimension 1 only",
        ("Enlarge u to the size of p", "Pool p to 6×6"),
    ),
    Mistake(
        "merge",
        "a",
        f"data input size=(3,16,16)\nc conv2d out_channels=8\nr relu\np max_pool2d\na add < r, p\n{HEAD}",
        "inputs of the same shape",
        ("Project 1×1 after r", "Pool r to 8×8", "Enlarge p to the size of r"),
    ),
    Mistake(
        "window",
        "c",
        f"data input size=(1,4,4)\nc conv2d kernel_size=7 padding=0\nr relu\n{HEAD}",
        "at least 7 along each side",
        ("Set the kernel size of c to 4", "Set the padding of c to 3"),
    ),
    Mistake(
        "window",
        "p",
        f"data input size=(1,1,1)\nc conv2d kernel_size=1\nr relu\np max_pool2d\n{HEAD}",
        "at least 2 along each side",
        ("Remove p", "Set the padding of p to 1"),
    ),
    Mistake(
        "groups",
        "c",
        f"data input size=(6,8,8)\nc conv2d out_channels=8 groups=4\nr relu\n{HEAD}",
        "groups",
        ("Set the groups of c to 2",),
    ),
    Mistake(
        "groups",
        "g",
        f"data input size=(3,8,8)\nc conv2d out_channels=12\ng group_norm num_groups=8\nr relu\n{HEAD}",
        "divide into 8 groups",
        ("Set the groups of g to 6",),
    ),
    Mistake(
        "dtype",
        "e",
        "data input size=(12,)\ne embedding\nl lstm output='last\\x20step'\nfc linear out_features=10\nout classification_output",
        "int64 numbers",
        ("Set the data type of data to int64",),
    ),
    Mistake(
        "dtype",
        "c",
        f"data input dtype='int64'\nc conv2d\nr relu\n{HEAD}",
        "float32 numbers",
        ("Set the data type of data to float32",),
    ),
    Mistake(
        "missing_input",
        "r",
        f"data input\nc conv2d\nr relu <\n{HEAD}",
        "needs an input and has none",
        ("Wire c to r",),
    ),
    Mistake(
        "missing_input",
        "a",
        f"data input\nc conv2d\nr relu\na add < r\n{HEAD}",
        "needs at least 2 inputs and has 1",
        ("Remove a",),
    ),
    Mistake(
        "same_stride",
        "c",
        f"data input\nc conv2d kernel_size=5 stride=2\nr relu\n{HEAD}",
        "same",
        ("Set the padding of c to 2", "Set the stride of c to 1"),
    ),
    Mistake("padding", "p", f"data input\np max_pool2d padding=2\nc conv2d\nr relu\n{HEAD}", "half the kernel", (
        "Set the padding of p to 1",
    )),
    Mistake(
        "padding_mode",
        "c",
        f"data input size=(1,4,4)\nc conv2d padding=4 padding_mode='reflect'\nr relu\n{HEAD}",
        "padding below the size",
        ("Pad with zeros",),
    ),
    Mistake(
        "output_padding",
        "c",
        f"data input size=(1,4,4)\nc conv_transpose2d output_padding=3\nr relu\n{HEAD}",
        "output padding below the stride",
        ("Set the output padding to 0",),
    ),
    Mistake(
        "reshape",
        "s",
        "data input\ns reshape shape=(30,30)\nf flatten\nfc linear out_features=10\nout classification_output",
        "sizes that hold 784 numbers",
        ("Let s lay all numbers in a row",),
    ),
    Mistake(
        "permute",
        "p",
        f"data input size=(8,8,3)\np permute dims=(0,3,1)\nc conv2d\nr relu\n{HEAD}",
        "each dimension from 0 to 3 once",
        ("Set the order to 0 3 1 2",),
    ),
    Mistake("batch", "m", "data input size=(3,9)\nm mean dim=(0,)\nl linear out_features=10\n"
            "out classification_output", "a dimension after the batch", ("Use the last dimension",)),
    Mistake(
        "dim",
        "j",
        "data input size=(4,8)\nc linear\nr relu\nj concatenate dim=7 < r, c\n"
        f"{HEAD}",
        "a dimension between -3 and 2",
        ("Use the last dimension", "Use dimension 1, the channels"),
    ),
    Mistake(
        "one_value",
        "g",
        "data input size=(8,4,4)\np adaptive_avg_pool2d output_size=1\ng group_norm num_groups=8\n" + HEAD,
        "more than one number in each group",
        ("Set the groups of g to 1", "Remove g"),
    ),
    Mistake(
        "padding_idx",
        "e",
        "data input size=(12,) dtype='int64'\ne embedding num_embeddings=10 padding_idx=10\nl lstm output='last\\x20step'\n"
        "fc linear out_features=10\nout classification_output",
        "a padding index below 10",
        ("Set the vocabulary of e to 11", "Use no padding index"),
    ),
    Mistake("size", "data", f"data input size=(3,200000,200000)\nc conv2d\nr relu\np global_avg_pool\n{HEAD}", "numbers a",
            ("Set the size to 3×224×224",)),
    Mistake("range", "k", "data input size=(9,)\nk clamp min=None max=None\nfc linear out_features=10\nout classification_output",
            "at least one bound", ("Set the lower bound to 0",)),
    Mistake(
        "too_large",
        "l",
        "data input size=(1000,)\nl linear out_features=100000000\nr relu\nfc linear out_features=10\n"
        "out classification_output",
        "which no memory holds",
        ("Set the output features of l to 1,024",),
    ),
    Mistake("no_input", None, "c conv2d\nr relu\nf flatten\nl linear out_features=10\nout classification_output", "has no Input",
            ("Add an Input",)),
    Mistake("no_output", None, "data input\nf flatten\nl linear out_features=10", "has no output",
            ("Add a Classification output", "Add a Regression output")),
    # --- what runs and is unwise -------------------------------------------------------------------------------
    Mistake("unused", "x", f"data input\nc conv2d\nr relu\n{HEAD}\nx tanh < c", "Nothing that leads to an output uses x",
            ("Delete x",)),
    Mistake(
        "linear_on_images",
        "l",
        "data input\nc conv2d\nr relu\nl linear\nr2 relu\n"
        f"{HEAD}",
        "works on the last side",
        ("Insert Flatten", "Insert global average pooling"),
    ),
    Mistake(
        "large_linear",
        "l",
        "data input size=(3,224,224)\nf flatten\nl linear out_features=512\nr relu\nfc linear out_features=10\n"
        "out classification_output",
        "at most 50,000,000 parameters",
        ("Exchange f for a global average pooling", "Pool to 4×4 before it"),
    ),
    Mistake(
        "softmax_before_loss",
        "out",
        "data input\nf flatten\nfc linear out_features=10\ns softmax\nout classification_output",
        "expects logits",
        ("Remove s",),
    ),
    Mistake("softmax_before_loss", "out", "data input\nf flatten\nfc linear out_features=10\ns sigmoid\n"
            "out multilabel_output", "the loss applies the sigmoid itself", ("Remove s",)),
    Mistake("softmax_before_loss", "out", "data input\nf flatten\nfc linear out_features=10\ns softmax\n"
            "out multilabel_output", "lets the labels share one yes", ("Remove s",)),
    Mistake("softmax_before_loss", "out", "data input\nc conv2d\nr relu\nd conv2d out_channels=2\ns softmax2d\n"
            "out segmentation_output", "the loss applies the softmax itself", ("Remove s",)),
    Mistake("activation_before_output", "out", "data input\nc conv2d\nq relu\nd conv2d out_channels=2\nr relu\n"
            "out segmentation_output", "never below zero", ("Remove r",)),
    Mistake("table_rows", "e", "data input size=(3,16)\na argmax\ne embedding num_embeddings=10\n"
            "l lstm output='last\\x20step'\nfc linear out_features=10\nout classification_output",
            "up to 15 from a", ("Set the vocabulary of e to 16",)),
    Mistake("table_rows", "e", "k constant shape=(1,4) value=12.0 dtype='int64'\ns identity\nq roll\n"
            "e embedding num_embeddings=10 embedding_dim=8\nd input size=(4,8) <\na add < d, e\n"
            "l lstm output='last\\x20step'\nfc linear out_features=10\nout classification_output",
            "numbers below 10, its number of rows", ("Set the vocabulary of e to 13",)),
    Mistake("table_rows", "o", "data input size=(3,16)\na argmax\no one_hot num_classes=5\nv cast\n"
            + HEAD, "numbers below 5, its number of classes", ("Set the classes of o to 16",)),
    Mistake(
        "wrong_loss",
        "out",
        "data input size=(9,)\nfc linear out_features=4\ns softmax\nout regression_output values=4",
        "the probabilities of s",
        ("Exchange it for a Classification output and remove s", "Remove s"),
    ),
    Mistake(
        "activation_before_output",
        "out",
        "data input size=(9,)\nfc linear out_features=1\nr relu\nout regression_output",
        "never below zero",
        ("Remove r",),
    ),
    Mistake(
        "dropout_before_output",
        "out",
        "data input size=(9,)\nl linear\nr relu\nfc linear out_features=10\nd dropout\nout classification_output",
        "d, which sets some of them to zero",
        ("Move d before fc", "Remove d"),
    ),
    Mistake(
        "unlike_outputs",
        "out2",
        "data input size=(9,)\nl linear\nr relu\na linear out_features=10\nout1 classification_output\n"
        "b linear out_features=4 < r\nout2 classification_output classes=4",
        "Expected 10 classes, as at out1",
        ("Set out2 to 10 classes", "Set out1 to 4 classes"),
    ),
    Mistake(
        "no_nonlinearity",
        "fc",
        "data input size=(9,)\nl linear out_features=64\nd dropout\nfc linear out_features=10\nout classification_output",
        "an activation between l and fc",
        ("Insert ReLU",),
    ),
    Mistake("no_nonlinearity", "d", f"data input\nc conv2d\nd conv2d out_channels=16\nr relu\n{HEAD}",
            "an activation between c and d", ("Insert ReLU", "Insert batch norm and ReLU")),
    Mistake("before_activation", "d", f"data input\nc conv2d\nr relu\nd conv2d < c\nt relu\na add < r, t\n{HEAD}",
            "before its activation", ("Wire it to r",)),
    Mistake("bias_before_norm", "c", f"data input\nc conv2d\nb batch_norm2d\nr relu\n{HEAD}", "no bias before b",
            ("Switch the bias of c off",)),
    Mistake("two_activations", "t", f"data input\nc conv2d\nr relu\nt tanh\n{HEAD}", "a layer between r and t",
            ("Remove t",)),
    Mistake("softmax_inside", "d", f"data input\nc conv2d\ns softmax dim=1\nd conv2d\nr relu\n{HEAD}", "found s.",
            ("Exchange s for a ReLU", "Remove s")),
    Mistake("over_batch", "s", f"data input\nc conv2d\nq relu\ns softmax dim=0\n{HEAD}".replace("f flatten", "m multiply < q, s\nf flatten"),
            "dimension 0, the batch", ("Use the last dimension",)),
    Mistake("dropout_strong", "d", f"data input\nc conv2d\nr relu\nd dropout p=1.0\n{HEAD}", "a drop rate below 0.9",
            ("Set the rate to 0.5", "Remove d")),
    Mistake("dropout_before_norm", "b", f"data input\nc conv2d\nd dropout2d\nb batch_norm2d\nr relu\n{HEAD}",
            "b before d", ("Exchange d and b", "Remove d")),
    Mistake("norm_on_one_value", "b", f"data input\nc conv2d\np adaptive_avg_pool2d output_size=1\nb batch_norm2d\nr relu\n{HEAD}",
            "more than one pixel", ("Exchange p and b", "Remove b")),
    Mistake("stride_skips", "c", f"data input\nc conv2d kernel_size=3 stride=5 padding=1\nr relu\n{HEAD}",
            "a stride of at most 3", ("Set the stride of c to 3", "Set the kernel size of c to 5")),
    Mistake("mostly_padding", "c", f"data input size=(3,8,8)\np max_pool2d kernel_size=8\nc conv2d\nr relu\n{HEAD}",
            "maps of more than 1 pixels", ("Set the kernel size of c to 1", "Remove p")),
    Mistake("same_twice", "a", f"data input\nc conv2d out_channels=1\nr relu\na add < r, r\n{HEAD}", "those of r twice",
            ("Remove a", "Draw it from c")),
    Mistake("no_skips", "c21", "data input size=(8,16,16)\n" + _row("conv2d batch_norm2d relu", 21,
            "out_channels=8 bias=False") + f"\n{HEAD}", "c21 is number 21 in a row", ("Add 10 skip connections",)),
    Mistake("no_normalisation", "l21", "data input size=(8,)\n" + _row("linear relu", 22).replace(" linear", " linear out_features=8")
            + "\nfc linear out_features=10\nout classification_output", "l21 is number 21 in a row",
            ("Insert 21 batch norms",)),
    Mistake("saturating", "s6", "data input size=(8,)\n" + _row("linear sigmoid", 7)
            + "\nfc linear out_features=10\nout classification_output", "s6, one more",
            ("Exchange 7 activations for ReLU", "Insert a batch norm before it")),
    Mistake("all_frozen", "fc", "data input size=(8,)\nl linear frozen=True\nr relu\nfc linear out_features=10 frozen=True\n"
            "out classification_output", "Training would change nothing", ("Unfreeze fc", "Unfreeze all 2 blocks")),
    Mistake("frozen_head", "fc", "data input size=(8,)\nl linear\nr relu\nfc linear out_features=10 frozen=True\n"
            "out classification_output", "a last layer that learns", ("Unfreeze fc",)),
    # --- what does not fit the data ----------------------------------------------------------------------------
    Mistake("data_classes", "out", "data input size=(3,32,32)\nf flatten\nfc linear out_features=100\n"
            "out classification_output classes=100", "Expected 10 classes, as CIFAR-10 has",
            ("Set the number of classes to 10",), CIFAR),
    Mistake("data_kind", "out", "data input size=(3,32,32)\nf flatten\nfc linear out_features=1\nout regression_output",
            "class 4 is not twice class 2", ("Exchange it for a Classification output",), CIFAR),
    Mistake("data_kind", "out", "data input size=(3,32,32)\nf flatten\nfc linear out_features=4\n"
            "out multilabel_output classes=4", "has one class, not a yes or no",
            ("Exchange it for a Classification output",), CIFAR),
    Mistake("data_kind", "out", "data input size=(3,32,32)\nc conv2d\nr relu\nd conv2d out_channels=2\n"
            "out segmentation_output", "not one for every pixel",
            ("Pool it and exchange it for a Classification output",), CIFAR),
    Mistake("channel_order", "data", f"data input size=(32,32,3)\nc conv2d\nr relu\n{HEAD}", "channels first: 3×32×32",
            ("Set the size to 3×32×32",)),
    Mistake("data_channels", "data", f"data input size=(1,28,28)\nc conv2d\nr relu\n{HEAD}", "in colour",
            ("Set the size to 3×28×28", "Set the size to 3×32×32"), CIFAR),
    Mistake("data_size", "data", f"data input size=(3,64,64)\nc conv2d\nr relu\n{HEAD}", "Enlarged pictures cost more",
            ("Set the size to 3×32×32",), CIFAR),
    Mistake("batch_of_one", "b", f"data input\nc conv2d bias=False\nb batch_norm2d\nr relu\n{HEAD}", "a batch of 2 or more",
            ("Exchange b for a Group norm",), Context(batch=1)),
)  # fmt: skip
