"""A line of tensor arithmetic that a person or an imported model brings: read as a tree, checked, never evaluated here.

Allowed is what has no effect but its result: functions of torch and of torch.nn.functional and methods of tensors by
an allow-list, arithmetic, comparison, indexing. Nothing in it can reach a file, another module or Python itself.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from designer.errors import EditRefused

__all__ = ["LONGEST", "inputs_of", "plain_expression", "with_inputs"]

LONGEST = 4000
_INPUT = re.compile(r"x(0|[1-9]\d?)")
_DEPTH = 40


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_BOTH = _names(
    """
    abs absolute acos acosh add addcdiv addcmul addmm all allclose amax amin any argmax argmin argsort asin asinh
    atan atan2 atanh baddbmm bmm bitwise_and bitwise_left_shift bitwise_not bitwise_or bitwise_right_shift
    bitwise_xor broadcast_to bucketize ceil chunk clamp clamp_max clamp_min clone conj contiguous copysign cos cosh
    count_nonzero cross cummax cummin cumprod cumsum deg2rad detach diag diag_embed diagonal diff dist div divide
    dot eq erf erfc erfinv exp exp2 expand expand_as expm1 fix flatten flip fliplr flipud floor floor_divide fmax
    fmin fmod frac gather ge greater greater_equal gt heaviside histc hypot index_add index_select inner isclose
    isfinite isinf isnan kron kthvalue le lerp less less_equal lgamma log log10 log1p log2 log_softmax logaddexp
    logcumsumexp logical_and logical_not logical_or logical_xor logit logsumexp lt masked_fill masked_scatter
    masked_select matmul max maximum mean median min minimum mm mode moveaxis movedim mul multiply mv nan_to_num
    narrow ne neg negative nonzero norm not_equal outer permute pow prod quantile rad2deg ravel reciprocal relu
    remainder renorm repeat repeat_interleave reshape resolve_conj roll rot90 round rsqrt scatter scatter_add
    scatter_reduce select select_scatter sgn sigmoid sign sin sinc sinh slice_scatter softmax sort split sqrt square
    squeeze std sub subtract sum swapaxes swapdims t take take_along_dim tan tanh tensor_split tile topk trace
    transpose tril triu true_divide trunc type_as unbind unflatten unfold unsqueeze var view view_as xlogy
    """
)
_METHODS = _BOTH | _names("T bool double float half int item long mT new_full new_ones new_zeros numel to tolist")
_TORCH = _BOTH | _names(
    """
    arange as_tensor batch_norm bilinear block_diag cartesian_prod cat cdist celu channel_shuffle complex concat
    constant_pad_nd conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d cosine_similarity
    dropout einsum empty_like eye full full_like group_norm gru hstack instance_norm layer_norm linspace lstm
    meshgrid ones ones_like pixel_shuffle pixel_unshuffle polar prelu rms_norm rnn_relu rnn_tanh scalar_tensor
    scaled_dot_product_attention selu stack tensordot threshold tril_indices triu_indices view_as_complex
    view_as_real vstack where zeros zeros_like
    """
)
_FUNCTIONAL = _names(
    """
    adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d adaptive_max_pool1d adaptive_max_pool2d
    adaptive_max_pool3d affine_grid alpha_dropout avg_pool1d avg_pool2d avg_pool3d batch_norm bilinear celu
    channel_shuffle conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d cosine_similarity
    dropout dropout1d dropout2d dropout3d elu embedding feature_alpha_dropout fold gelu glu grid_sample group_norm
    hardshrink hardsigmoid hardswish hardtanh instance_norm interpolate layer_norm leaky_relu linear
    local_response_norm log_softmax logsigmoid lp_pool1d lp_pool2d lp_pool3d max_pool1d max_pool2d max_pool3d
    max_unpool1d max_unpool2d max_unpool3d mish normalize one_hot pad pairwise_distance pixel_shuffle
    pixel_unshuffle prelu relu relu6 rms_norm rrelu scaled_dot_product_attention selu sigmoid silu softmax softmin
    softplus softshrink softsign tanh tanhshrink threshold unfold upsample
    """
)
_CONSTANTS = _names(
    """
    bfloat16 bool channels_last contiguous_format float16 float32 float64 inf int16 int32 int64 int8 nan pi
    preserve_format uint16 uint32 uint64 uint8
    """
)
_OF_MODULES: Mapping[str, frozenset[str]] = {
    "torch": _TORCH,
    "F": _FUNCTIONAL,
    "torch.nn.functional": _FUNCTIONAL,
    "torch.fft": frozenset(("fft", "ifft", "irfft", "rfft")),
    "torch.linalg": frozenset(("det", "norm", "vector_norm", "matrix_norm")),
    "torch.special": frozenset(("expit", "logit", "xlogy", "gammaln", "erf")),
}
_FIELDS = frozenset(("T", "mT", "dtype", "device", "shape"))
_OPERATORS = (ast.BinOp, ast.UnaryOp, ast.Compare)


def plain_expression(text: str, label: str = "The expression") -> str:
    """The expression in its canonical form. Raises EditRefused with a sentence that says what cannot be in it."""
    return _checked(text.strip(), label)


@lru_cache(maxsize=4096)
def _checked(text: str, label: str) -> str:
    tree = _parsed(text, label)
    _Checker(label).visit(tree)
    return ast.unparse(tree)


def _parsed(text: str, label: str) -> ast.expr:
    if not text or len(text) > LONGEST:
        raise EditRefused(f"{label} must be one line of at most {LONGEST} characters, such as x0 * torch.sigmoid(x1).")
    try:
        tree = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        raise EditRefused(f"{label} is not a line of Python, such as x0 * torch.sigmoid(x1).") from error
    return tree


@lru_cache(maxsize=4096)
def inputs_of(text: str) -> tuple[int, ...]:
    """The numbers of the inputs that a checked expression reads, ascending."""
    names = {node.id for node in ast.walk(ast.parse(text, mode="eval")) if isinstance(node, ast.Name)}
    return tuple(sorted(int(name[1:]) for name in names if _INPUT.fullmatch(name)))


def with_inputs(text: str, args: Sequence[str]) -> str:
    """A checked expression with these variables in place of ``x0``, ``x1`` …"""
    tree = ast.parse(text, mode="eval")
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and _INPUT.fullmatch(node.id):
            number = int(node.id[1:])
            node.id = args[number] if number < len(args) else node.id
    return ast.unparse(tree)


def _dotted(node: ast.expr) -> str:
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else ""


class _Checker:
    """Walks the tree and lets only known kinds of nodes pass."""

    def __init__(self, label: str) -> None:
        self._label = label

    def _refuse(self, what: str) -> EditRefused:
        return EditRefused(
            f"{self._label} may use x0, x1 …, numbers, arithmetic and the functions of torch that compute; "
            f"{what} cannot be used."
        )

    def visit(self, node: ast.AST | None, depth: int = 0) -> None:
        """Raise EditRefused unless everything below is allowed."""
        if node is None:
            return
        if depth > _DEPTH:
            raise self._refuse("more than 40 brackets within one another")
        check = getattr(self, f"_{type(node).__name__.lower()}", None)
        if check is None:
            raise self._refuse(_shown(node))
        check(node, depth + 1)

    def _several(self, nodes: Sequence[ast.AST | None], depth: int) -> None:
        for node in nodes:
            self.visit(node, depth)

    def _constant(self, node: ast.Constant, depth: int) -> None:
        if not isinstance(node.value, bool | int | float | str | None | type(...)):
            raise self._refuse(_shown(node))
        if isinstance(node.value, int) and abs(node.value) >= 2**63:
            raise self._refuse("a whole number beyond 64 bits")
        if isinstance(node.value, str) and len(node.value) > 200:
            raise self._refuse("a long text")

    def _name(self, node: ast.Name, depth: int) -> None:
        if not _INPUT.fullmatch(node.id):
            raise self._refuse(f"“{node.id[:40]}”")

    def _tuple(self, node: ast.Tuple | ast.List, depth: int) -> None:
        self._several(node.elts, depth)

    _list = _tuple

    def _slice(self, node: ast.Slice, depth: int) -> None:
        self._several((node.lower, node.upper, node.step), depth)

    def _subscript(self, node: ast.Subscript, depth: int) -> None:
        self._several((node.value, node.slice), depth)

    def _unaryop(self, node: ast.UnaryOp, depth: int) -> None:
        if isinstance(node.op, ast.Not):
            raise self._refuse("“not”")
        self.visit(node.operand, depth)

    def _binop(self, node: ast.BinOp, depth: int) -> None:
        # Arithmetic of plain numbers runs in Python, where 9**9**9 never ends.
        if not any(isinstance(part, ast.Name) for part in ast.walk(node)):
            raise self._refuse(f"a sum without any input such as “{ast.unparse(node)[:40]}”")
        self._several((node.left, node.right), depth)

    def _compare(self, node: ast.Compare, depth: int) -> None:
        if len(node.ops) > 1 or isinstance(node.ops[0], ast.In | ast.NotIn | ast.Is | ast.IsNot):
            raise self._refuse(_shown(node))
        self._several((node.left, node.comparators[0]), depth)

    def _attribute(self, node: ast.Attribute, depth: int) -> None:
        module, _, name = _dotted(node).rpartition(".")
        if module == "torch" and name in _CONSTANTS:
            return
        if node.attr not in _FIELDS or module in _OF_MODULES:
            raise self._refuse(_shown(node))
        self.visit(node.value, depth)

    def _call(self, node: ast.Call, depth: int) -> None:
        if not isinstance(node.func, ast.Attribute):
            raise self._refuse(_shown(node.func))
        module, _, name = _dotted(node.func).rpartition(".")
        if module in _OF_MODULES:
            if name not in _OF_MODULES[module]:
                raise self._refuse(f"“{module}.{name}”")
        elif node.func.attr in _METHODS and not module.startswith(("torch.", "F.")) and module not in ("torch", "F"):
            self.visit(node.func.value, depth)
        else:
            raise self._refuse(f"“.{node.func.attr[:40]}”")
        self._several(node.args, depth)
        for keyword in node.keywords:
            if keyword.arg is None or keyword.arg == "out":
                raise self._refuse("“out” and “**”")
            self.visit(keyword.value, depth)


def _shown(node: ast.AST) -> str:
    try:
        return f"“{ast.unparse(node)[:60]}”"
    except (RecursionError, ValueError):
        return "something in it"
