"""Normalisations: of a batch, of the last axes of a sample, of groups of channels."""

from __future__ import annotations

from typing import Any

import numpy as np

from backproof.interop.onnx.model import Node
from backproof.interop.onnx.operators import reads, writes
from backproof.interop.onnx.reader import Reader, Tensor
from backproof.interop.onnx.writer import Writer
from backproof.layers import Layer

EPSILON = 1e-5


@reads("BatchNormalization")
def read_batch_norm(reader: Reader, node: Node) -> Tensor:
    """With the running statistics, as in prediction; in training mode with those of the batch."""
    options = {"momentum": round(1 - node.number("momentum", 0.9), 6), "running": not node.integer("training_mode", 0)}
    return _read_norm(reader, node, "batch_norm", {"weight": 1, "bias": 2}, options, running_mean=3, running_var=4)


@writes("batch_norm")
def write_batch_norm(writer: Writer, layer: Layer, received: list[str]) -> str:
    """BatchNormalization with the running statistics."""
    kind: Any = layer.works
    affine = _write_affine(writer, layer, writer.received_shapes(layer)[0][:1])
    running = [writer.parameter(layer, role) for role in ("running_mean", "running_var")]
    return writer.node(
        "BatchNormalization", [*received, *affine, *running], epsilon=kind.epsilon, momentum=1 - kind.momentum
    )


@reads("LayerNormalization", "RMSNormalization")
def read_layer_norm(reader: Reader, node: Node) -> Tensor:
    """Over the last axes of a sample, from a first one on."""
    shape = reader.tensor(node).shape
    axes = len(shape) - reader.sample_axis(node, node.integer("axis", -1), shape)
    affine: dict[str, Any] = {"weight": 1}
    if node.operator == "LayerNormalization":
        affine["bias"] = 2 if reader.has(node, 2) else np.zeros(shape[-axes:])
    return _read_norm(reader, node, "layer_norm" if "bias" in affine else "rms_norm", affine, {"axes": axes})


@writes("layer_norm", "rms_norm")
def write_layer_norm(writer: Writer, layer: Layer, received: list[str]) -> str:
    """LayerNormalization or RMSNormalization."""
    kind: Any = layer.works
    affine = _write_affine(writer, layer, layer.shape[-kind.axes :])
    options: dict[str, Any] = {"axis": -kind.axes, "epsilon": kind.epsilon}
    if kind.name == "rms_norm":
        return writer.node("RMSNormalization", [*received, affine[0]], since=23, **options)
    return writer.node("LayerNormalization", [*received, *affine], **options)


@reads("GroupNormalization", "InstanceNormalization")
def read_group_norm(reader: Reader, node: Node) -> Tensor:
    """Over groups of channels; each channel by itself in an instance normalisation."""
    channels = reader.tensor(node).shape[0]
    groups = node.integer("num_groups", 1) if node.operator == "GroupNormalization" else channels
    return _read_norm(reader, node, "group_norm", {"weight": 1, "bias": 2}, {"groups": groups})


@writes("group_norm")
def write_group_norm(writer: Writer, layer: Layer, received: list[str]) -> str:
    """GroupNormalization."""
    kind: Any = layer.works
    affine = _write_affine(writer, layer, layer.shape[:1])
    return writer.node(
        "GroupNormalization", [*received, *affine], since=21, num_groups=kind.groups, epsilon=kind.epsilon
    )


def _write_affine(writer: Writer, layer: Layer, shape: tuple[int, ...]) -> list[str]:
    """Gamma and beta; 1 and 0 where the layer has none."""
    known = dict(layer.arrays)
    return [
        writer.parameter(layer, role) if role in known else writer.constant(np.full(shape, start))
        for role, start in (("weight", 1.0), ("bias", 0.0))
    ]


def _read_norm(
    reader: Reader, node: Node, name: str, affine: dict[str, Any], options: dict[str, Any], **more: int
) -> Tensor:
    """A normalisation; a gamma of 1 and a beta of 0 that are no parameters by their names are none."""
    neutral = {"weight": 1.0, "bias": 0.0}
    places = {role: each for role, each in affine.items() if isinstance(each, int)}
    plain = all((reader.constant(node, place) == neutral[role]).all() for role, place in places.items())
    if plain and not any(reader.is_parameter(node.inputs[place]) for place in places.values()):
        affine, options = {}, {**options, "affine": False}
    kind = reader.make(node, name, epsilon=_read_epsilon(node), **options)
    return reader.add(node, kind, reader.tensor(node), **affine, **more)


def _read_epsilon(node: Node) -> float:
    """An attribute of float32: 1e-5 comes back as 9.999999747e-06, and is meant as 1e-5."""
    return float(str(np.float32(node.number("epsilon", EPSILON))))
