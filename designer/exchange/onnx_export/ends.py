"""The ends of an ONNX graph: pictures are normalised in it, and scores become chances."""

from __future__ import annotations

import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper

from designer.exchange.format import Bundle
from designer.exchange.ready import picture_dims, softmax_slot

__all__ = ["finish_ends"]


def finish_ends(model: onnx.ModelProto, bundle: Bundle) -> None:
    """Put in front and behind what the options ask for. Raises ExportError where that cannot be."""
    if bundle.options.preprocessing:
        _normalise(model, bundle)
    if bundle.options.probabilities:
        _softmax(model, softmax_slot(bundle))


def _normalise(model: onnx.ModelProto, bundle: Bundle) -> None:
    graph, norm = model.graph, bundle.normalisation
    assert norm is not None  # the samples could not have been made otherwise
    sample = tuple(bundle.example[0].shape[1:])
    dims = picture_dims(sample, len(norm.mean))
    assert dims is not None
    entry, inner = graph.input[0], f"{graph.input[0].name}_normalised"
    for node in graph.node:
        for slot, name in enumerate(node.input):
            if name == entry.name:
                node.input[slot] = inner
    figures = {"mean": norm.mean, "std": norm.std}
    for name, values in figures.items():
        array = numpy.asarray(values, dtype=numpy.float32).reshape(1, -1, 1, 1)
        graph.initializer.append(numpy_helper.from_array(array, f"{inner}_{name}"))
    shaped = len(sample) == 3
    steps = [
        helper.make_node("Sub", [entry.name, f"{inner}_mean"], [f"{inner}_centred"], name=f"{inner}_sub"),
        helper.make_node(
            "Div", [f"{inner}_centred", f"{inner}_std"], [inner if shaped else f"{inner}_scaled"], name=f"{inner}_div"
        ),
    ]
    if not shaped:
        shape = numpy.asarray((-1, *sample), dtype=numpy.int64)
        graph.initializer.append(numpy_helper.from_array(shape, f"{inner}_shape"))
        steps.append(
            helper.make_node("Reshape", [f"{inner}_scaled", f"{inner}_shape"], [inner], name=f"{inner}_reshape")
        )
        batch = entry.type.tensor_type.shape.dim[0].dim_param or "batch"
        entry.CopyFrom(helper.make_tensor_value_info(entry.name, TensorProto.FLOAT, [batch, *dims]))
    for number, node in enumerate(steps):
        graph.node.insert(number, node)


def _softmax(model: onnx.ModelProto, slot: int) -> None:
    graph = model.graph
    name = graph.output[slot].name
    scores = f"{name}_scores"
    for node in graph.node:
        for place, found in enumerate(node.output):
            if found == name:
                node.output[place] = scores
        for place, found in enumerate(node.input):
            if found == name:
                node.input[place] = scores
    graph.node.append(helper.make_node("Softmax", [scores], [name], name=f"{name}_softmax", axis=1))
