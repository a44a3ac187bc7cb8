"""Gemm and MatMul."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from backproof.interop.onnx.model import Node
from backproof.interop.onnx.operators import reads, writes
from backproof.interop.onnx.reader import Reader, Tensor
from backproof.interop.onnx.writer import Writer
from backproof.layers import Layer


@reads("Gemm")
def read_gemm(reader: Reader, node: Node) -> Tensor:
    """A dense layer; its weight keeps the layout that it has in the file."""
    for key, expected in (("alpha", 1.0), ("beta", 1.0), ("transA", 0)):
        node.require(key, expected, expected)
    transposed = bool(node.integer("transB", 0))
    weight = _check_weight(node, reader.constant(node, 1))
    units = weight.shape[0 if transposed else 1]
    given: dict[str, Any] = {"weight": 1}
    if bias := reader.has(node, 2):
        array = reader.constant(node, 2)
        if array.shape not in ((units,), (1, units), (1,), ()):
            raise node.fail(f"its biases have shape {array.shape}; expected ({units},).")
        given["bias"] = 2 if array.shape == (units,) else np.broadcast_to(array, (1, units)).reshape(units)
    kind = reader.make(node, "dense", units=units, bias=bias, transposed=transposed)
    return reader.add(node, kind, reader.tensor(node), **given)


@reads("MatMul")
def read_matmul(reader: Reader, node: Node) -> Tensor:
    """A dense layer without biases, or a product of two layers."""
    if isinstance(reader.value(node, 1), Tensor):
        return reader.add(node, reader.make(node, "matmul"), reader.tensor(node, 0), reader.tensor(node, 1))
    weight = _check_weight(node, reader.constant(node, 1))
    turned = reader.turned.get(node.inputs[1])
    if turned is not None:  # the weight as it is laid out in the file
        node = replace(node, inputs=(node.inputs[0], turned))
    kind = reader.make(node, "dense", units=weight.shape[1], bias=False, transposed=turned is not None)
    return reader.add(node, kind, reader.tensor(node), weight=1)


def _check_weight(node: Node, weight: Any) -> Any:
    if weight.ndim != 2:
        raise node.fail(f"its weight has shape {weight.shape}; expected two axes.")
    return weight


@writes("dense")
def write_dense(writer: Writer, layer: Layer, received: list[str]) -> str:
    """Gemm; over more axes than one MatMul and Add."""
    kind: Any = layer.works
    if len(layer.shape) == 1:
        names = [writer.parameter(layer, role) for role, _ in layer.arrays]
        attributes: dict[str, Any] = {"transB": 1} if kind.transposed else {}
        return writer.node("Gemm", [*received, *names], **attributes)
    weight = writer.parameter(layer, "weight")
    if kind.transposed:
        weight = writer.node("Transpose", [weight], perm=[1, 0])
    h = writer.node("MatMul", [*received, weight])
    return writer.node("Add", [h, writer.parameter(layer, "bias")]) if kind.bias else h


@writes("matmul")
def write_matmul(writer: Writer, layer: Layer, received: list[str]) -> str:
    """The product of two layers."""
    return writer.node("MatMul", received)
