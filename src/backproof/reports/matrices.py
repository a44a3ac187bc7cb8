"""A training step in matrix form: one equation a layer, with the shape of everything in it."""

from __future__ import annotations

from math import prod

import numpy as np

from backproof.architecture import Architecture
from backproof.derivation.definitions import drop_ones
from backproof.document import Block, Heading, Note, Paragraph, Piece, Table
from backproof.expression import Call, Compare, Expression
from backproof.operations.activation import Coupled
from backproof.quantity import Quantity
from backproof.trace import Trace

TIED = (
    "A place without a connection holds 0 in W and b, and its derivative counts for nothing; the derivative with "
    "respect to a parameter that is used at several places is the sum of theirs."
)


def layer_table(architecture: Architecture) -> Table:
    """Every layer of a graph: its kind, what it receives, its activation, the shapes of its units and parameters."""
    rows = []
    for layer in architecture.layers:
        kind = "inputs" if layer.kind is None else layer.works.name.replace("_", " ")
        senders = ", ".join(architecture.layers[sender].name for sender in layer.receives)
        parameters = ", ".join(f"{array} {_write_shape(architecture.shapes[array])}" for _, array in layer.arrays)
        applied = "" if layer.kind is None else layer.activation.name.replace("_", " ")
        rows.append((layer.name, kind, senders, applied, _write_shape(layer.shape), parameters))
    header = ("layer", "kind", "receives from", "activation", "shape", "parameters")
    return Table(header, tuple(rows), "The layers, in the order in which they are computed")


def _write_shape(shape: tuple[int, ...]) -> str:
    return " × ".join(map(str, shape))


def matrix_form(trace: Trace) -> tuple[Block, ...]:
    """The generalised form of this network: forward, backward and update, shapes above; of a graph its layers."""
    if not trace.architecture.is_chain:
        return Heading("Layers"), layer_table(trace.architecture)
    depth = trace.network.depth
    forward = [row for layer in range(1, depth + 1) for row in _forward(trace, layer)]
    backward = [row for layer in range(depth, 0, -1) for row in _backward(trace, layer)]
    header = ("equation", "shapes")
    wiring = trace.network.wiring
    places = sum(prod(shape) for _, shape in wiring.shapes)
    tied = () if wiring.count == places and not wiring.shared else (Note(TIED),)
    return (
        Heading("In matrix form"),
        Paragraph("Rows are samples or the units a weight comes from, columns are units."),
        Table(header, tuple(forward), "Forward pass"),
        Table(header, tuple(backward), "Backward pass"),
        *tied,
    )


def _layer(role: str, layer: int) -> Quantity:
    return Quantity(role, (f"#{layer}",))


def _shape(trace: Trace, *layers: int | None) -> str:
    sizes = (str(len(trace.numbers) if layer is None else len(trace.network.units[layer])) for layer in layers)
    return f"({' × '.join(sizes)})"


def _equation(left: Expression, right: Expression) -> Expression:
    return Compare("=", left, right)


def _forward(trace: Trace, layer: int) -> list[tuple[Piece, ...]]:
    activation = trace.network.activations[layer - 1]
    weighed = Call("matmul", (_layer("a", layer - 1), _layer("w", layer))) + _layer("b", layer)
    factors = f"{_shape(trace, None, layer - 1)} {_shape(trace, layer - 1, layer)}"
    here = _shape(trace, None, layer)
    return [
        (_equation(_layer("h", layer), weighed), f"{here} = {factors} + {_shape(trace, layer)}"),
        (_equation(_layer("a", layer), Call(activation.letter, (_layer("h", layer),))), here),
    ]


def _backward(trace: Trace, layer: int) -> list[tuple[Piece, ...]]:
    error, shapes = _error(trace, layer)
    weights = Call("matmul", (Call("transpose", (_layer("a", layer - 1),)), _layer("delta", layer)))
    sizes = f"{_shape(trace, layer - 1, layer)} = {_shape(trace, layer - 1, None)} {_shape(trace, None, layer)}"
    bias = Call("column_sum", (_layer("delta", layer),))
    return [
        (_equation(_layer("delta", layer), error), shapes),
        (_equation(_layer("dE/dw", layer), weights), sizes),
        (_equation(_layer("dE/db", layer), bias), _shape(trace, layer)),
    ]


def _error(trace: Trace, layer: int) -> tuple[Expression, str]:
    """delta of a layer: what comes from above times g', or the short form at the output."""
    network, here = trace.network, _shape(trace, None, layer)
    if layer == network.depth and network.identity:
        return _short_form(trace, layer), f"{here} = {here} - {here}"
    if layer == network.depth:
        upstream: Expression = _layer("dE/da", layer)
        shapes = here
    else:
        upstream = Call("matmul", (_layer("delta", layer + 1), Call("transpose", (_layer("w", layer + 1),))))
        shapes = f"{_shape(trace, None, layer + 1)} {_shape(trace, layer + 1, layer)}"
    activation = network.activations[layer - 1]
    if isinstance(activation, Coupled):
        return activation.error_of_layer(upstream, _layer("a", layer)), f"{here} = {here} ⊙ {shapes}"
    slope = Call(f"{activation.letter}_prime", (_layer("h", layer),))
    return Call("hadamard", (upstream, slope)), f"{here} = {shapes} ⊙ {here}"


def _short_form(trace: Trace, layer: int) -> Expression:
    """The stated identity on whole layers, with the 1/n and 1/K of means."""
    assert trace.network.identity is not None
    a, y = _layer("a", layer), _layer("y", layer)
    one = np.allclose(trace.y.sum(-1), 1, rtol=0, atol=1e-12)
    total = 1 if one else Call("row_sum", (y,))
    short: Expression = drop_ones(trace.network.identity.delta(a, y, total))
    count = len(trace.numbers) if trace.network.reduction == "mean" else 1
    count *= round(1 / trace.network.cost.scale(trace.y.shape[-1]))
    return short / count if count > 1 else short
