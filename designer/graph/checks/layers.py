"""Layers that get in each other's way."""

from __future__ import annotations

from collections.abc import Iterator

from designer.graph.kinds import ACTIVATIONS, BATCH_NORMS, CONVS, DROPOUTS, LEARNED, POOLS, THROUGH
from designer.graph.model import Node
from designer.graph.problem import Case, Problem, note, shape_check, type_check, warning

__all__ = ["LARGE"]

_PICTURES = CONVS | POOLS | BATCH_NORMS | {"input"}
LARGE = 50_000_000  # parameters of one fully connected block: 200 MB, and as much again three times in training


@shape_check("linear")
def linear_on_images(case: Case) -> Iterator[Problem]:
    """A fully connected block straight after feature maps sees only their width."""
    x, before = case.arriving(), case.behind(THROUGH | ACTIVATIONS)
    # Behind a Permute, a layer norm or another Linear the last side is meant to be the features.
    if x is None or x.rank != 4 or not case.sound or before is None or before.type not in _PICTURES:
        return
    advice = "Insert a Flatten or a global pooling before it if it should see the whole image."
    message = f"{case.name} works on the last side of {x} only. {advice}"
    yield Problem(case.name, message, "warning", "linear_on_images", 0, "B×features", str(x), advice)


@shape_check("linear")
def large_linear(case: Case) -> Iterator[Problem]:
    """Most networks that flatten large feature maps meant to pool them."""
    params = case.shapes.params
    before = case.behind(THROUGH)
    if params > LARGE and before is not None and before.type == "flatten":
        yield warning(
            case.name,
            "large_linear",
            f"at most {LARGE:,} parameters in a fully connected block",
            f"{params:,}",
            f"It reads {case.arriving()} at once, which is slow and learns the training pictures by heart.",
            f"Use a global average pooling instead of {before.name}.",
        )


def _low_rank(first: Node, second: Node, through: str) -> bool:
    """Whether two layers in a row are a product that is meant: first narrow, then wide again."""
    middle, last = first.params[through], second.params[through]
    return isinstance(middle, int) and isinstance(last, int) and middle < last


def _plain(node: Node) -> bool:
    """Whether a convolution is neither depthwise nor one half of a square kernel."""
    return node.params["groups"] == 1 and not isinstance(node.params["kernel_size"], tuple)


@type_check(*CONVS, "linear")
def something_between(case: Case) -> Iterator[Problem]:
    """Two linear maps in a row are one linear map."""
    before, node = case.behind(THROUGH), case.node
    if before is None or before.type != node.type or len(case.readers(before.name)) != 1:
        return
    if node.type == "linear":
        if _low_rank(before, node, "out_features"):
            return
    elif not (_plain(before) and _plain(node)) or _low_rank(before, node, "out_channels"):
        return
    yield warning(
        case.name,
        "no_nonlinearity",
        f"an activation between {before.name} and {case.name}",
        "none",
        "Two linear layers in a row can do no more than one.",
        "Insert a ReLU between them.",
        0,
    )


@type_check(*LEARNED)
def bias_before_norm(case: Case) -> Iterator[Problem]:
    """The batch normalisation takes the mean away, and the bias with it."""
    if case.node.params.get("bias") is not True:
        return
    readers = case.readers()
    if readers and all(r.type in BATCH_NORMS for r in readers):
        yield note(
            case.name,
            "bias_before_norm",
            f"no bias before {readers[0].name}",
            "one",
            "The normalisation subtracts it again, so it only costs memory.",
            f"Switch the bias of {case.name} off.",
        )


@type_check(*ACTIVATIONS)
def one_activation(case: Case) -> Iterator[Problem]:
    """A second activation right behind the first adds nothing, or takes away what is left."""
    before = case.behind(THROUGH)
    if before is None or before.type not in ACTIVATIONS or before.type == "softplus":
        return
    same = before.type == case.node.type
    yield warning(
        case.name,
        "two_activations",
        f"a layer between {before.name} and {case.name}",
        "two activations in a row",
        "The second changes nothing." if same else "The second only narrows what the first lets through.",
        f"Remove {case.name}.",
        0,
    )


@type_check(*CONVS, "linear")
def reads_after_activation(case: Case) -> Iterator[Problem]:
    """A layer that reads another layer's output past its activation is mostly a wire drawn from the wrong block."""
    before = case.before
    if before is None or before.type not in LEARNED:
        return
    beside = [r for r in case.readers(before.name) if r.type in ACTIVATIONS]
    if len(beside) == 1:
        yield warning(
            case.name,
            "before_activation",
            f"the output of {beside[0].name}",
            f"that of {before.name}, before its activation",
            "Two layers without an activation between them can do no more than one.",
            f"Wire it to {beside[0].name}.",
            0,
        )


@type_check(*LEARNED)
def no_softmax_inside(case: Case) -> Iterator[Problem]:
    """Between layers a softmax makes nearly all numbers small."""
    before = case.behind(THROUGH)
    if before is not None and before.type in ("softmax", "softmax2d", "log_softmax"):
        yield warning(
            case.name,
            "softmax_inside",
            "an activation such as ReLU between two layers",
            f"{before.name}",
            "Its numbers sum to one, so each is tiny, and layers before it hardly learn.",
            f"Use a ReLU instead of {before.name}.",
            0,
        )


@shape_check("softmax", "log_softmax", "softmin")
def samples_stay_apart(case: Case) -> Iterator[Problem]:
    """A softmax over the batch makes the samples compete with each other."""
    dim, x = case.node.params["dim"], case.arriving()
    if x is not None and dim in (0, -x.rank):
        yield warning(
            case.name,
            "over_batch",
            "a dimension of the sample, 1 or -1",
            "dimension 0, the batch",
            "The numbers of a sample would then depend on which other samples happen to be beside it.",
            "Use the last dimension.",
        )


@type_check(*DROPOUTS)
def dropout_leaves_something(case: Case) -> Iterator[Problem]:
    """Beyond nine in ten, next to nothing is left to learn from."""
    p = case.node.params["p"]
    if isinstance(p, int | float) and p >= 0.9:
        yield warning(
            case.name,
            "dropout_strong",
            "a drop rate below 0.9",
            f"{p:g}",
            "Hardly anything gets through in training. 0.1 to 0.5 is usual.",
            "Set it to 0.5.",
        )


@type_check(*BATCH_NORMS)
def dropout_before_norm(case: Case) -> Iterator[Problem]:
    """Dropout changes the spread in training only, and the normalisation remembers that spread."""
    before = case.before
    if before is not None and before.type in DROPOUTS:
        yield warning(
            case.name,
            "dropout_before_norm",
            f"{case.name} before {before.name}",
            f"{before.name} before {case.name}",
            "The spread that the normalisation learns holds with dropout only, so the network does worse in use.",
            "Exchange the two.",
            0,
        )


@shape_check("batch_norm2d", "batch_norm3d")
def norm_has_numbers(case: Case) -> Iterator[Problem]:
    """Behind a pooling to one number, a batch normalisation sees one number a sample."""
    x, before = case.arriving(), case.before
    if x is None or before is None or before.type not in POOLS or any(d != 1 for d in x.dims[2:]):
        return
    yield warning(
        case.name,
        "norm_on_one_value",
        f"feature maps of more than one pixel at {case.name}",
        str(x),
        "One number of each sample is left, so a batch of one cannot be trained and small ones are noisy.",
        f"Normalise before {before.name}.",
        0,
    )


def _pairs(value: object, n: int) -> tuple[int, ...]:
    return tuple(int(v) for v in value) if isinstance(value, tuple) else (int(value),) * n  # type: ignore[call-overload]


@type_check(*CONVS, *(f"{kind}_pool{n}d" for kind in ("max", "avg", "lp") for n in (1, 2, 3)))
def windows_meet(case: Case) -> Iterator[Problem]:
    """Steps that are longer than the window skip pixels. A kernel of 1 with stride 2 is a usual shortcut."""
    kernel, stride = case.node.params["kernel_size"], case.node.params["stride"]
    if stride is None:
        return
    n = int(case.node.type[-2])
    k, s = _pairs(kernel, n), _pairs(stride, n)
    if any(b > a > 1 for a, b in zip(k, s, strict=True)):
        yield warning(
            case.name,
            "stride_skips",
            f"a stride of at most {'×'.join(map(str, sorted(set(k))))}, the kernel",
            "×".join(map(str, sorted(set(s)))),
            "The pixels between two windows are never looked at.",
            "Lower the stride, or enlarge the kernel.",
        )


@shape_check(*CONVS)
def kernel_sees_something(case: Case) -> Iterator[Problem]:
    """A kernel that is far larger than the maps looks at padding."""
    x, node = case.arriving(), case.node
    if x is None or not case.sound or node.params["padding"] in (0, "valid"):
        return
    sides = [d for d in x.dims[2:] if isinstance(d, int)]
    kernel = _pairs(node.params["kernel_size"], len(x.dims) - 2)
    if len(sides) == len(kernel) and all(k > 2 and k // 2 >= d for k, d in zip(kernel, sides, strict=True)):
        yield warning(
            case.name,
            "mostly_padding",
            f"maps of more than {max(k // 2 for k in kernel)} pixels along a side for a kernel of {max(kernel)}",
            str(x),
            "Most of the kernel only ever sees the padding around them.",
            "Pool less before it, or make the kernel smaller.",
        )


@type_check("add", "concatenate")
def not_twice(case: Case) -> Iterator[Problem]:
    """The same values twice are mostly a shortcut whose wire begins at the wrong block."""
    wires = case.network.inputs_of(case.name)
    starts = [(w.src, w.out) for w in wires]
    twice = next((w for i, w in enumerate(wires) if (w.src, w.out) in starts[:i]), None)
    if twice is not None:
        yield warning(
            case.name,
            "same_twice",
            "values from different blocks",
            f"those of {twice.src} twice",
            "Adding a value to itself only doubles it." if case.node.type == "add" else "The copy tells nothing new.",
            "Draw one of the wires from another block, or remove it.",
            twice.slot,
        )
