"""Families of block types that checks and repairs speak of."""

from __future__ import annotations

__all__ = [
    "ACTIVATIONS",
    "BATCH_NORMS",
    "CONVS",
    "COUNTING",
    "DROPOUTS",
    "ENLARGING",
    "LEARNED",
    "MOVES",
    "NORMS",
    "POOLS",
    "SATURATING",
    "THROUGH",
]

CONVS = frozenset({"conv1d", "conv2d", "conv3d"})
TRANSPOSED = frozenset({"conv_transpose1d", "conv_transpose2d", "conv_transpose3d"})
ENLARGING = TRANSPOSED | {"upsample", "resize_like", "pixel_shuffle"}
LEARNED = CONVS | TRANSPOSED | {"linear"}
BATCH_NORMS = frozenset({"batch_norm1d", "batch_norm2d", "batch_norm3d"})
NORMS = BATCH_NORMS | {
    "layer_norm",
    "group_norm",
    "instance_norm1d",
    "instance_norm2d",
    "instance_norm3d",
    "rms_norm",
    "local_response_norm",
    "frozen_batch_norm2d",
}
# Number by number and not linear.
ACTIVATIONS = frozenset(
    {"relu", "leaky_relu", "relu6", "gelu", "silu", "elu", "selu", "celu", "sigmoid", "tanh", "hardswish", "mish"}
    | {"hardsigmoid", "hardtanh", "softplus", "softsign", "logsigmoid", "rrelu", "prelu", "threshold"}
)
SATURATING = frozenset({"sigmoid", "tanh", "hardsigmoid", "hardtanh", "softsign"})
DROPOUTS = frozenset({"dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout", "feature_alpha_dropout"})
POOLS = frozenset(
    {f"{kind}_pool{n}d" for kind in ("max", "avg", "lp", "adaptive_avg", "adaptive_max") for n in (1, 2, 3)}
    | {"global_avg_pool", "global_max_pool"}
)
# A check may look past these: they change no number, or only drop some.
THROUGH = DROPOUTS | {"identity"}
# They lay the same numbers out in another way: a check of what the numbers are may look past these too.
MOVES = frozenset(
    {"flatten", "reshape", "permute", "transpose", "movedim", "squeeze", "unsqueeze", "unflatten", "slice", "select"}
    | {"flip", "roll", "expand", "expand_batch", "repeat", "repeat_interleave"}
)
COUNTING = frozenset({"argmax"})  # their whole numbers go as far as a side of what arrives
