"""Operators that the standard writes in terms of others, and functions that a file brings itself."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import onnx
from onnx import defs

from designer.blocks.dims import Expr
from designer.exchange.onnx_import.values import Kinds, Val, tensor_of

if TYPE_CHECKING:
    from designer.exchange.onnx_import.file import Model
    from designer.exchange.onnx_import.table import Call

__all__ = ["body_of", "has_body"]

_NUMBERS = {kind: number for number, kind in Kinds.items()}


def has_body(op: str, domain: str, opset: int) -> bool:
    """Whether the standard writes an operator in terms of others."""
    schema = _schema(op, domain, opset)
    return schema is not None and (schema.has_function or schema.has_context_dependent_function)


@lru_cache(maxsize=4096)
def _schema(op: str, domain: str, opset: int) -> defs.OpSchema | None:
    try:
        return defs.get_schema(op, opset, domain)
    except defs.SchemaError:
        return None


def body_of(model: Model, call: Call) -> onnx.FunctionProto | None:
    """The nodes that a node stands for, its attributes put in; None where there are none."""
    node = call.node
    own = model.functions.get((node.domain, node.op_type))
    if own is not None:
        return _bound(own, node)
    schema = _schema(node.op_type, node.domain, call.opset)
    if schema is None:
        return None
    if schema.has_function:
        versions = [version for version in schema.function_opset_versions if version <= call.opset]
        text = schema.get_function_with_opset_version(max(versions)) if versions else b""
        return _bound(onnx.FunctionProto.FromString(text), node, schema) if text else None
    if schema.has_context_dependent_function:
        types = [_type_of(value).SerializeToString() for value in call.inputs]
        versions = [v for v in schema.context_dependent_function_opset_versions if v <= call.opset]
        if not versions:
            return None
        text = schema.get_context_dependent_function_with_opset_version(max(versions), node.SerializeToString(), types)
        return _bound(onnx.FunctionProto.FromString(text), node, schema) if text else None
    return None


def _type_of(value: Val | None) -> onnx.TypeProto:
    if value is None:
        return onnx.TypeProto()
    tensor = tensor_of(value)
    dims = [str(dim) if isinstance(dim, Expr) else dim for dim in tensor.dims]
    return onnx.helper.make_tensor_type_proto(_NUMBERS[tensor.dtype], dims)


def _bound(
    function: onnx.FunctionProto, node: onnx.NodeProto, schema: defs.OpSchema | None = None
) -> onnx.FunctionProto:
    """The function with the attributes of a node in place of the references to them."""
    given = {attribute.name: attribute for attribute in function.attribute_proto}
    if schema is not None:
        given |= {n: a.default_value for n, a in schema.attributes.items() if a.default_value.name}
    given |= {attribute.name: attribute for attribute in node.attribute}
    bound = onnx.FunctionProto()
    bound.CopyFrom(function)
    for inner in bound.node:
        _bind(inner, given)
    return bound


def _bind(node: onnx.NodeProto, given: dict[str, onnx.AttributeProto]) -> None:
    for number in reversed(range(len(node.attribute))):
        attribute = node.attribute[number]
        if attribute.ref_attr_name:
            name, source = attribute.name, given.get(attribute.ref_attr_name)
            if source is None:
                del node.attribute[number]
                continue
            attribute.CopyFrom(source)
            attribute.name = name
        for graph in [attribute.g] if attribute.HasField("g") else attribute.graphs:
            for inner in graph.node:
                _bind(inner, given)
