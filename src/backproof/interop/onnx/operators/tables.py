"""Operators of `ai.onnx.ml` that are layers: what tools for scikit-learn write before and after a network."""

from __future__ import annotations

import numpy as np

from backproof.arrays import AnyArray
from backproof.interop.onnx.model import Node
from backproof.interop.onnx.operators import reads
from backproof.interop.onnx.reader import Reader, Tensor


@reads("ai.onnx.ml.Scaler")
def read_scaler(reader: Reader, node: Node) -> Tensor:
    """(x - offset) scale"""
    value = reader.tensor(node)
    offset, scale = _read_numbers(node, "offset"), _read_numbers(node, "scale")
    if not {offset.size, scale.size} <= {1, value.shape[-1]}:
        raise node.fail(f"it has {offset.size} offsets and {scale.size} scales for {value.shape[-1]} columns.")
    size = max(offset.size, scale.size)
    weight, bias = np.broadcast_to(scale, (size,)), np.broadcast_to(-offset * scale, (size,))
    return reader.add(node, reader.make(node, "affine", shape=(size,)), value, weight=weight, bias=bias)


@reads("ai.onnx.ml.LinearRegressor")
def read_linear_regressor(reader: Reader, node: Node) -> Tensor:
    """A dense layer."""
    node.require("post_transform", "NONE", "NONE")
    value, units = reader.tensor(node), node.integer("targets", 1)
    weight = _read_numbers(node, "coefficients")
    if units < 1 or weight.size != units * value.shape[-1]:
        raise node.fail(f"it has {weight.size} coefficients for {value.shape[-1]} columns and {units} targets.")
    bias = _read_numbers(node, "intercepts") if node.attributes.get("intercepts") else np.zeros(units)
    kind = reader.make(node, "dense", units=units, transposed=True)
    return reader.add(node, kind, value, weight=weight.reshape(units, -1), bias=bias)


def _read_numbers(node: Node, key: str) -> AnyArray:
    """An attribute that is a list of numbers."""
    found = node.attributes.get(key)
    if not isinstance(found, list) or not found:
        raise node.fail(f"attribute '{key}' is missing or no list of numbers.")
    return np.asarray(found, dtype=np.float64)
