"""What layers with weights do with channels: one rule a kind of layer, and the tensors in which it keeps them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from math import lcm

from designer.blocks.dims import Tensor
from designer.blocks.rules import fixed
from designer.graph.surgery.channels import Channels, Step
from designer.graph.surgery.spaces import Layout, Run, Size
from designer.graph.weight_steps import Part

__all__ = ["RULES"]

Rule = Callable[[Channels, Step, Tensor], Layout | None]


def _channel_layout(channels: Channels, step: Step) -> Layout | None:
    """Where channels arrive along axis 1; otherwise what arrives is fixed."""
    layout = step.layouts[0]
    if layout is not None and layout.axis != 1:
        channels.stop(step, f"{step.node.name} reads another dimension as its channels")
        return None
    return layout


def _conv(transposed: bool, channels: Channels, step: Step, out: Tensor) -> Layout | None:
    layout, groups, first = _channel_layout(channels, step), step.params.whole("groups"), channels.first_call(step)
    made, came = step.params.whole("out_channels"), step.inputs[0].dims[1]
    assert isinstance(came, int)
    if layout is not None and groups == came > 1:
        return _depthwise(channels, step, layout, made // came, transposed, first)
    spaces, weight = channels.spaces, f"{step.owner}.weight"
    if layout is not None:
        channels.reads(step, layout)
    if layout is not None and first:
        plain = len(layout.runs) == 1 and layout.runs[0].each == 1
        if groups > 1 and not plain:
            spaces.fix(layout.runs, f"{step.node.name} is a grouped convolution of several things joined")
        elif transposed:
            spaces.hold(layout.runs, weight, 0, shared=True)
        else:
            spaces.hold(layout.runs, weight, 1, groups=groups, shared=True)
        for run in layout.runs:
            spaces[run.space].grouped = lcm(spaces[run.space].grouped, groups)
    result = channels.makes(step, made, "out_channels", 1)
    if first:
        space = spaces[result.runs[0].space]
        space.grouped = lcm(space.grouped, groups)
        row = Part(weight, 1, groups=groups) if transposed else Part(weight)
        space.parts.append(row)
        space.makers.append(row)
        if step.params.flag("bias"):
            space.parts.append(Part(f"{step.owner}.bias"))
    return result


def _depthwise(
    channels: Channels, step: Step, layout: Layout, times: int, transposed: bool, first: bool
) -> Layout | None:
    """Each channel by itself, to ``times`` channels: the layer follows what it reads."""
    channels.reads(step, layout)
    result = Layout(1, tuple(Run(run.space, run.each * times) for run in layout.runs))
    if first:
        channels.made[step.owner] = result
        spaces = channels.spaces
        spaces.hold(layout.runs, f"{step.owner}.weight", each=1 if transposed else times)
        if step.params.flag("bias"):
            spaces.hold(layout.runs, f"{step.owner}.bias", each=times)
        spaces.sizes.append(Size(step.owner, "out_channels", result.runs))
        spaces.sizes.append(Size(step.owner, "groups", layout.runs))
    return result


def _linear(channels: Channels, step: Step, out: Tensor) -> Layout | None:
    layout, first = step.layouts[0], channels.first_call(step)
    spaces, weight = channels.spaces, f"{step.owner}.weight"
    if layout is not None and layout.axis != step.inputs[0].rank - 1:
        channels.stop(step, f"{step.node.name} works along another dimension")
        layout = None
    if layout is not None:
        channels.reads(step, layout)
        if first:
            spaces.hold(layout.runs, weight, 1, shared=True)
    result = channels.makes(step, step.params.whole("out_features"), "out_features", out.rank - 1)
    if first:
        space = spaces[result.runs[0].space]
        space.parts.append(Part(weight))
        space.makers.append(Part(weight))
        if step.params.flag("bias"):
            space.parts.append(Part(f"{step.owner}.bias"))
    return result


def _embedding(channels: Channels, step: Step, out: Tensor) -> Layout | None:
    first = channels.first_call(step)
    channels.stop(step, f"{step.node.name} looks numbers up")
    result = channels.makes(step, step.params.whole("embedding_dim"), "embedding_dim", out.rank - 1)
    if first:
        row = Part(f"{step.owner}.weight", 1)
        channels.spaces[result.runs[0].space].parts.append(row)
        channels.spaces[result.runs[0].space].makers.append(row)
    return result


def _each_channel(
    tensors: Callable[[Step], tuple[str, ...]], channels: Channels, step: Step, _: Tensor
) -> Layout | None:
    """A layer with one number a channel in each of its tensors."""
    layout, first = _channel_layout(channels, step), channels.first_call(step)
    if layout is None:
        return None
    channels.reads(step, layout)
    if first:
        for tensor in tensors(step):
            channels.spaces.hold(layout.runs, f"{step.owner}.{tensor}")
    return layout


def _batch_tensors(step: Step) -> tuple[str, ...]:
    learned = ("weight", "bias") if step.params.flag("affine") else ()
    return (*learned, "running_mean", "running_var")


def _instance_tensors(step: Step) -> tuple[str, ...]:
    learned = ("weight", "bias") if step.params.flag("affine") else ()
    return (*learned, *(("running_mean", "running_var") if step.params.flag("track_running_stats") else ()))


def _group_norm(channels: Channels, step: Step, _: Tensor) -> Layout | None:
    layout, first = _channel_layout(channels, step), channels.first_call(step)
    if layout is None:
        return None
    groups, spaces = step.params.whole("num_groups"), channels.spaces
    channels.reads(step, layout)
    if groups > 1 and (len(layout.runs) > 1 or layout.runs[0].each > 1):
        spaces.fix(layout.runs, f"{step.node.name} normalises groups of several things joined")
    for run in layout.runs:
        spaces[run.space].uniform.append(step.node.name)
        spaces[run.space].grouped = lcm(spaces[run.space].grouped, groups)
    if first and step.params.flag("affine"):
        for tensor in ("weight", "bias"):
            spaces.hold(layout.runs, f"{step.owner}.{tensor}")
    return layout


def _last_norm(channels: Channels, step: Step, _: Tensor) -> Layout | None:
    """What normalises the last dimensions, and may have a number for each place in them."""
    layout, first = step.layouts[0], channels.first_call(step)
    if layout is None:
        return None
    axis = layout.axis - (step.inputs[0].rank - step.params.whole("axes"))
    if axis < 0:
        return layout  # the channels stay apart, and it has no number for any of them
    channels.reads(step, layout)
    for run in layout.runs:
        channels.spaces[run.space].uniform.append(step.node.name)
    if first and step.params.flag("elementwise_affine"):
        channels.spaces.hold(layout.runs, f"{step.owner}.weight", axis)
        if "bias" in step.params and step.params.flag("bias"):
            channels.spaces.hold(layout.runs, f"{step.owner}.bias", axis)
    return layout


def _prelu(channels: Channels, step: Step, _: Tensor) -> Layout | None:
    if not step.params.flag("per_channel"):
        return step.layouts[0]
    return _each_channel(lambda _: ("weight",), channels, step, _)


def _excitation(channels: Channels, step: Step, _: Tensor) -> Layout | None:
    """Squeeze and excitation: it reads the mean of each channel and gives a factor for each."""
    layout, first = _channel_layout(channels, step), channels.first_call(step)
    if layout is not None:
        channels.reads(step, layout)
        if first:
            channels.spaces.hold(layout.runs, f"{step.owner}.fc1.weight", 1, shared=True)
            channels.spaces.hold(layout.runs, f"{step.owner}.fc2.weight")
            channels.spaces.hold(layout.runs, f"{step.owner}.fc2.bias")
    return layout


def _recurrent(channels: Channels, step: Step, _: Tensor) -> Layout | None:
    layout, first = step.layouts[0], channels.first_call(step)
    if layout is not None and layout.axis != 2:
        channels.stop(step, f"{step.node.name} works along another dimension")
    elif layout is not None:
        channels.reads(step, layout)
        if first:
            for way in ("", "_reverse") if step.params.flag("bidirectional") else ("",):
                channels.spaces.hold(layout.runs, f"{step.owner}.weight_ih_l0{way}", 1, shared=True)
    return None  # what a recurrent layer remembers cannot be widened by copying


def _flatten(channels: Channels, step: Step, _: Tensor) -> Layout | None:
    layout, x = step.layouts[0], step.inputs[0]
    if layout is None:
        return None
    start, end = step.params.whole("start_dim") % x.rank, step.params.whole("end_dim") % x.rank
    if layout.axis < start:
        return layout
    if layout.axis > end:
        return Layout(layout.axis - (end - start), layout.runs)
    return _row(channels, step, layout, start, end)


def _row(channels: Channels, step: Step, layout: Layout, start: int, end: int) -> Layout | None:
    """The channels in one row with the dimensions after them."""
    each = 1
    for dim in step.inputs[0].dims[layout.axis + 1 : end + 1]:
        if not isinstance(dim, int):
            channels.spaces.fix(layout.runs, f"{step.node.name} lays out a size that is left open")
            return None
        each *= dim
    if any(dim != 1 for dim in step.inputs[0].dims[start : layout.axis]):
        channels.spaces.fix(layout.runs, f"{step.node.name} ({step.node.block.title}) mixes or moves them")
        return None
    return Layout(start, tuple(Run(run.space, run.each * each) for run in layout.runs))


def _reshape(channels: Channels, step: Step, out: Tensor) -> Layout | None:
    layout = step.layouts[0]
    if layout is not None and out.rank == 2 and step.params.ints("shape") == (-1,):
        return _row(channels, step, layout, 1, step.inputs[0].rank - 1)
    if layout is not None:
        channels.spaces.fix(layout.runs, f"{step.node.name} (Reshape) mixes or moves them")
    return None


def _concatenate(channels: Channels, step: Step, out: Tensor) -> Layout | None:
    axis, spaces = step.params.whole("dim") % out.rank, channels.spaces
    layouts = [layout for layout in step.layouts if layout is not None]
    if layouts and all(layout.axis == axis for layout in layouts):
        runs: list[Run] = []
        for layout, tensor in zip(step.layouts, step.inputs, strict=True):
            size = tensor.dims[axis]
            if layout is None and not isinstance(size, int):
                channels.stop(step, f"{step.node.name} lays them beside a size that is left open")
                return None
            runs += layout.runs if layout is not None else [Run(spaces.new(fixed(size), "they cannot be followed"))]
        return Layout(axis, tuple(runs))
    if len(layouts) < len(step.layouts) or any(layout.axis == axis for layout in layouts):
        channels.stop(step, f"{step.node.name} lays them beside something that cannot be followed")
        return None
    for other in layouts[1:]:
        channels.spaces.equal(layouts[0], other, f"{step.node.name} joins them in another order")
    return layouts[0]


RULES: Mapping[str, Rule] = {
    **{f"conv{n}d": partial(_conv, False) for n in (1, 2, 3)},
    **{f"conv_transpose{n}d": partial(_conv, True) for n in (1, 2, 3)},
    **{f"batch_norm{n}d": partial(_each_channel, _batch_tensors) for n in (1, 2, 3)},
    **{f"instance_norm{n}d": partial(_each_channel, _instance_tensors) for n in (1, 2, 3)},
    "frozen_batch_norm2d": partial(_each_channel, lambda _: ("weight", "bias", "running_mean", "running_var")),
    **dict.fromkeys(("lstm", "gru", "rnn"), _recurrent),
    "layer_norm": _last_norm,
    "rms_norm": _last_norm,
    "group_norm": _group_norm,
    "prelu": _prelu,
    "squeeze_excitation": _excitation,
    "linear": _linear,
    "embedding": _embedding,
    "flatten": _flatten,
    "reshape": _reshape,
    "concatenate": _concatenate,
}
