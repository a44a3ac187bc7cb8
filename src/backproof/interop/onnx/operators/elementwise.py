"""Activations, sums and products: what is computed number by number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from backproof.custom import H
from backproof.expression import Call, Number
from backproof.interop.onnx import formulas
from backproof.interop.onnx.model import Node
from backproof.interop.onnx.operators import reads, writes
from backproof.interop.onnx.reader import Reader, Tensor
from backproof.interop.onnx.writer import Writer
from backproof.layers import Layer
from backproof.operations.activation import activations
from backproof.operations.layer import kinds

_NAMED = {each.name: each for each in formulas.OPERATORS}
#: How closely an attribute in float32 agrees with the constant that it stands for.
NEAR = 1e-6
#: Scores below this are masked, as exporters write them.
LOW = -1e9


@reads(*formulas.ELEMENTWISE)
def read_elementwise(reader: Reader, node: Node) -> Tensor:
    """A formula of one layer's numbers, a bias, or a layer that receives from several."""
    if node.operator in ("Celu", "Swish"):
        node.require("alpha", 1.0, 1.0)
    count = formulas.count_inputs(node.operator)
    if len(node.inputs) != count:
        raise node.fail(f"it has {len(node.inputs)} inputs; only {count} can be read.")
    values = [reader.value(node, place) for place in range(count)]
    if not any(isinstance(each, Tensor) for each in values):
        raise node.fail("all its inputs are constants that cannot be computed beforehand.")
    scores = _read_mask(node, values)
    if scores is not None:
        return reader.mask(node, scores)
    trained = any(not isinstance(each, Tensor) and each.ndim and reader.is_parameter(name)
                  for name, each in zip(node.inputs, values, strict=True))  # fmt: skip
    found = None if trained else reader.apply(node, *values)
    if found is not None:
        return found
    tensors = [each for each in values if isinstance(each, Tensor)]
    if len(tensors) == len(values) == 2 and node.operator in (*formulas.JOINS, "Div"):
        return reader.join(node, *tensors)
    if len(tensors) == 1 and len(values) == 2:
        affine = _read_affine(reader, node, tensors[0], 0 if values[0] is tensors[0] else 1)
        if affine is not None:
            return affine
    shapes = " and ".join(str(each.shape) for each in values)
    raise node.fail(
        f"it computes with values of shapes {shapes} (samples not counted), which is no kind of layer; expected layers "
        "of one shape, a single constant, or the biases of a layer that has none."
    )


def _read_mask(node: Node, values: Sequence[Any]) -> Tensor | None:
    """The scores of which a node lets row i see the columns up to i alone, if that is what it does."""
    match node.operator, *values:
        case "Where", np.ndarray() as mask, Tensor() as scores, np.ndarray() as low if low.size == 1:
            seen, hidden = mask, low.reshape(-1)[0] < LOW
        case "Where", np.ndarray() as mask, np.ndarray() as low, Tensor() as scores if low.size == 1:
            seen, hidden = ~mask.astype(bool), low.reshape(-1)[0] < LOW
        case ("Add", Tensor() as scores, np.ndarray() as low) | ("Add", np.ndarray() as low, Tensor() as scores):
            seen, hidden = low == 0, bool(((low == 0) | (low < LOW)).all() and (low < LOW).any())
        case _:
            return None
    square = scores.shape[-2:]
    fits = len(square) == 2 and seen.shape[-2:] == square and seen.size == square[0] * square[1]
    return scores if hidden and fits and (seen.reshape(square) == np.tril(np.ones(square, dtype=bool))).all() else None


def _read_affine(reader: Reader, node: Node, value: Tensor, at: int) -> Tensor | None:
    """Constants that each number is multiplied by, or that are added: biases of a layer, or a layer of their own."""
    place, constant = 1 - at, reader.constant(node, 1 - at)
    if node.operator == "Add" and (biased := reader.add_bias(node, value, place)) is not None:
        return biased
    given: dict[str, Any]
    match node.operator, at:
        case "Add", _:
            given = {"bias": place}
        case "Mul", _:
            given = {"weight": place}
        case "Sub", 0:
            given = {"bias": -constant}
        case "Sub", 1:
            given = {"weight": -np.ones(constant.shape), "bias": place}
        case "Div", 0 if constant.all():
            given = {"weight": 1 / constant.astype(np.float64)}
        case _:
            return None
    if constant.ndim == len(value.shape) + 1 and constant.shape[0] == 1 and "affine" in kinds.names():
        given = {
            role: (constant if each is place else each).reshape(constant.shape[1:]) for role, each in given.items()
        }
    shape = constant.shape if constant.ndim <= len(value.shape) else constant.shape[1:]
    if not shape or "affine" not in kinds.names():
        return None
    kind = reader.make(node, "affine", shape=shape, weight="weight" in given, bias="bias" in given)
    return reader.add(node, kind, value, **given)


@reads("PRelu")
def read_prelu(reader: Reader, node: Node) -> Tensor:
    """A trained slope, one for all numbers or one for each channel."""
    value, slope = reader.tensor(node), reader.constant(node, 1)
    channels = value.shape[0]
    one = slope.size == 1 or slope.shape in ((channels, *(1,) * (len(value.shape) - 1)), (1, channels))
    if not one:
        raise node.fail(f"its slopes have shape {slope.shape}; expected one, or one for each of {channels} channels.")
    given = 1 if slope.shape == (slope.size,) else slope.reshape(-1)
    return reader.add(node, reader.make(node, "prelu", num_parameters=slope.size), value, weight=given)


@writes("prelu")
def write_prelu(writer: Writer, layer: Layer, received: list[str]) -> str:
    """PRelu, its slopes spread over the places of a channel."""
    kind: Any = layer.works
    slopes = writer.parameter(layer, "weight")
    if kind.num_parameters > 1 and len(layer.shape) > 1:
        slopes = writer.node("Reshape", [slopes, writer.integers([-1, *(1,) * (len(layer.shape) - 1)])])
    return writer.node("PRelu", [*received, slopes])


@writes("affine")
def write_affine(writer: Writer, layer: Layer, received: list[str]) -> str:
    """Mul and Add."""
    kind: Any = layer.works
    (h,) = received
    for operator, role in (("Mul", "weight"), ("Add", "bias")):
        if getattr(kind, role):
            array = writer.parameter(layer, role)
            more = len(kind.shape) - len(layer.shape)
            if more > 0:  # axes of size 1 that a sample does not have
                array = writer.node("Reshape", [array, writer.integers(list(kind.shape[more:]))])
            h = writer.node(operator, [h, array])
    return h


@reads("Sum")
def read_sum(reader: Reader, node: Node) -> Tensor:
    """The sum of several layers."""
    values = [reader.tensor(node, place) for place in range(len(node.inputs))]
    return values[0] if len(values) == 1 else reader.add(node, reader.make(node, "add"), *values)


@reads("Clip")
def read_clip(reader: Reader, node: Node) -> Tensor:
    """A number kept between two constants."""
    value = reader.tensor(node)
    for place, operator in ((1, "Max"), (2, "Min")):
        if reader.has(node, place):
            bound = reader.constant(node, place)
            made = reader.apply(Node(operator, node.name, node.inputs, node.outputs, {}), value, bound)
            if made is None:
                raise node.fail("its bounds are not single numbers.")
            value = made
    return value


@reads("Gelu")
def read_gelu(reader: Reader, node: Node) -> Tensor:
    """The exact form, or the one by tanh."""
    exact = node.text("approximate", "none") == "none"
    return reader.activate(node, reader.tensor(node), activations.make("gelu" if exact else "gelu_tanh"))


@reads(*(name for name in _NAMED if name not in formulas.ELEMENTWISE))
def read_activation(reader: Reader, node: Node) -> Tensor:
    """An operator that is an activation."""
    operator, value = _NAMED[node.operator], reader.tensor(node)
    fixed = {key: node.number(key, default) for key, (_, default) in operator.fixed.items()}
    if node.operator == "HardSigmoid" and not _is_near(fixed["alpha"], 1 / 6):
        line = Number(fixed["alpha"]) * H + Number(fixed["beta"])
        return reader.put(node, value, Call("maximum", (Call("minimum", (line, Number(1))), Number(0))))
    for key, found in fixed.items():
        if not _is_near(found, operator.fixed[key][0]):
            raise node.fail(f"attribute '{key}' is {found:g}; only {operator.fixed[key][0]:g} is supported.")
    options = {option: node.number(key, default) for option, (key, default) in operator.attributes.items()}
    activation = activations.make({"name": operator.activation, **_round(options)})
    if options:
        return reader.activate(node, value, activation)
    return reader.put(node, value, formulas.to_formula(activation))


@reads(*formulas.ROWS)
def read_row_activation(reader: Reader, node: Node) -> Tensor:
    """A softmax along one axis of a sample, whose scores may be masked."""
    value = reader.tensor(node)
    axis = reader.sample_axis(node, node.integer("axis", -1), value.shape)
    options: dict[str, Any] = {} if axis == len(value.shape) - 1 else {"axis": axis}
    if value in reader.masked:
        options["causal"] = True
    return reader.activate(node, value, activations.make({"name": formulas.ROWS[node.operator], **options}))


def _is_near(found: float, expected: float) -> bool:
    return bool(np.isclose(found, expected, rtol=NEAR))


def _round(options: dict[str, float]) -> dict[str, float]:
    """Attributes are of float32: 0.01 comes back as 0.009999999776, and is meant as 0.01."""
    return {key: float(str(np.float32(value))) for key, value in options.items()}


@writes("add", "subtract", "multiply")
def write_join(writer: Writer, layer: Layer, received: list[str]) -> str:
    """Add, Sub or Mul; Sum of more than two."""
    operator = {kind: name for name, kind in formulas.JOINS.items()}[layer.works.name]
    if len(received) == 2:
        return writer.node(operator, received)
    if operator == "Add":
        return writer.node("Sum", received)
    first, *others = received
    for other in others:
        first = writer.node(operator, [first, other])
    return first


@writes("scale")
def write_scale(writer: Writer, layer: Layer, received: list[str]) -> str:
    """Mul with a constant."""
    kind: Any = layer.works
    return writer.node("Mul", [*received, writer.number(kind.factor)])
