"""Sums and means over axes of a sample."""

from __future__ import annotations

from typing import Any

from backproof.interop.onnx.model import Node
from backproof.interop.onnx.operators import reads, writes
from backproof.interop.onnx.reader import Reader, Tensor
from backproof.interop.onnx.writer import Writer
from backproof.layers import Layer

OPERATORS = {"ReduceMean": "mean", "ReduceSum": "sum"}


@reads(*OPERATORS)
def read_reduction(reader: Reader, node: Node) -> Tensor:
    """A sum or mean; its axes are an attribute in older files."""
    value = reader.tensor(node)
    axes = reader.integers(node, 1) if reader.has(node, 1) else node.integers("axes", ())
    if not axes:
        raise node.fail("it is taken over all axes, the samples among them.")
    places = sorted({reader.sample_axis(node, axis, value.shape) for axis in axes})
    kind = reader.make(
        node, OPERATORS[node.operator], axis=places if len(places) > 1 else places[0],
        keepdims=bool(node.integer("keepdims", 1)),
    )  # fmt: skip
    return reader.add(node, kind, value)


@writes(*OPERATORS.values())
def write_reduction(writer: Writer, layer: Layer, received: list[str]) -> str:
    """ReduceMean or ReduceSum."""
    kind: Any = layer.works
    operator = next(name for name, each in OPERATORS.items() if each == kind.name)
    axes = writer.integers([axis + 1 for axis in kind.axes])
    return writer.node(operator, [*received, axes], since=18, keepdims=int(kind.keepdims))
