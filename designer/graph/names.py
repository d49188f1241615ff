"""Names of blocks and groups: module paths that Python and PyTorch can take."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable
from functools import lru_cache

from designer.errors import EditRefused

__all__ = ["check_name", "common_parent", "natural", "prefixes"]

_PART = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}|[0-9]{1,6}", re.ASCII)
# What nn.Module already uses: a block of that name would break the module it becomes.
_TAKEN = frozenset(
    {
        "T_destination",
        "add_module",
        "append",
        "apply",
        "bfloat16",
        "buffers",
        "call_super_init",
        "children",
        "compile",
        "cpu",
        "cuda",
        "double",
        "dump_patches",
        "eval",
        "extend",
        "extra_repr",
        "float",
        "forward",
        "get_buffer",
        "get_extra_state",
        "get_parameter",
        "get_submodule",
        "half",
        "insert",
        "ipu",
        "load_state_dict",
        "modules",
        "mtia",
        "named_buffers",
        "named_children",
        "named_modules",
        "named_parameters",
        "nn",
        "parameters",
        "pop",
        "register_backward_hook",
        "register_buffer",
        "register_forward_hook",
        "register_forward_pre_hook",
        "register_full_backward_hook",
        "register_full_backward_pre_hook",
        "register_load_state_dict_post_hook",
        "register_load_state_dict_pre_hook",
        "register_module",
        "register_parameter",
        "register_state_dict_post_hook",
        "register_state_dict_pre_hook",
        "requires_grad_",
        "self",
        "set_extra_state",
        "set_submodule",
        "share_memory",
        "state_dict",
        "to",
        "to_empty",
        "torch",
        "train",
        "training",
        "type",
        "xpu",
        "zero_grad",
    }
)


@lru_cache(maxsize=200_000)
def natural(name: str) -> tuple[tuple[int, int, str], ...]:
    """A sort key by which conv2 comes before conv10."""
    parts = re.split(r"(\d+)", name)
    return tuple((0, int(p), "") if p.isdigit() else (1, 0, p) for p in parts if p)


def check_name(name: object) -> str:
    """The name, if it can be a module path such as ``layer1.0.conv1``. Raises EditRefused with a sentence."""
    if not isinstance(name, str) or not name or len(name) > 400:
        raise EditRefused("A block needs a name of 1 to 400 characters.")
    for i, part in enumerate(name.split(".")):
        if not _PART.fullmatch(part):
            raise EditRefused(
                f"{name!r} cannot be a block's name: use letters, digits and _, with dots between the parts of a path."
            )
        if keyword.iskeyword(part) or part in _TAKEN or part.startswith("__") or (i == 0 and part.isdigit()):
            raise EditRefused(f"{part!r} has a meaning of its own in Python or PyTorch; choose another name.")
        if part != str(int(part)) if part.isdigit() else False:
            raise EditRefused(f"{part!r} starts with a zero; write {int(part)}.")
    return name


def prefixes(name: str) -> list[str]:
    """The paths that a name lies inside of, the outermost first: ``layer1`` and ``layer1.0`` for ``layer1.0.conv1``."""
    parts = name.split(".")
    return [".".join(parts[:i]) for i in range(1, len(parts))]


def common_parent(names: Iterable[str]) -> str:
    """The innermost path that all of these lie inside of; empty where there is none."""
    parents = [name.split(".")[:-1] for name in names]
    shared = parents[0] if parents else []
    for parent in parents:
        same = next((i for i, pair in enumerate(zip(shared, parent, strict=False)) if pair[0] != pair[1]), None)
        shared = shared[: min(len(shared), len(parent)) if same is None else same]
    return ".".join(shared)
