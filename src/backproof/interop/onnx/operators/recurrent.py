"""Recurrent operators: LSTM, GRU and RNN as the shorthands that stand for their steps."""

from __future__ import annotations

from typing import Any

import numpy as np

from backproof.arrays import AnyArray
from backproof.interop.onnx.model import Node
from backproof.interop.onnx.operators import reads, writes
from backproof.interop.onnx.operators.shapes import reshape, take_slice
from backproof.interop.onnx.reader import Reader, Tensor, Turned, turn
from backproof.interop.onnx.recurrences import DIRECTIONS, OPERATORS, SQUASHING, Gates
from backproof.interop.onnx.writer import Writer
from backproof.layers import Layer
from backproof.operations.recurrence import Recurrence
from backproof.operations.shorthand import shorthands

#: Inputs that are not read, by place.
UNREAD = {4: "lengths of the sequences", 7: "peepholes"}


@reads("LSTM", "GRU", "RNN")
def read_recurrence(reader: Reader, node: Node) -> tuple[Tensor | Turned | None, ...]:
    """The states of all steps, and the one read last of each direction."""
    gates, batched = OPERATORS[node.operator], node.integer("layout", 0) == 1
    _refuse(reader, node)
    value, direction = _find_sequence(reader, node, batched), node.text("direction", "forward")
    if direction not in DIRECTIONS:
        raise node.fail(f"direction is '{direction}'; expected {', '.join(DIRECTIONS)}.")
    every, last = (place < len(node.outputs) and reader.uses[node.outputs[place]] > 0 for place in (0, 1))
    options = {"direction": DIRECTIONS[direction], "returns": "all" if every else "last", "bias": reader.has(node, 3)}
    arrays, units = _read_arrays(reader, node, gates, direction)
    kind: Any = shorthands.make({"name": gates.shorthand, "units": units, **options})
    made = reader.add_recurrence(node, kind, value, _read_activation(node, gates, direction), arrays)
    count = 2 if direction == "bidirectional" else 1
    states = ends = None
    if every:
        states = reshape(reader, node, made, (value.shape[0], count, units))
    if last:
        ends = reshape(reader, node, _take_last(reader, node, kind, made) if every else made, (count, units))
    return (
        None if states is None else turn(states, (0, 1, 2, 3) if batched else (1, 2, 0, 3)),
        None if ends is None else turn(ends, (0, 1, 2) if batched else (1, 0, 2)),
    )


def _refuse(reader: Reader, node: Node) -> None:
    """Raise ModelError for what no shorthand does."""
    for place, what in UNREAD.items():
        if reader.has(node, place):
            raise node.fail(f"it has {what} (input {place + 1}), which cannot be read; expected none.")
    for place in (5, 6):
        if reader.has(node, place) and not reader.holds_zeros(reader.given(node, place)):
            raise node.fail(f"its states start as other numbers than 0 (input {place + 1}).")
    if "clip" in node.attributes:
        raise node.fail("it clips what goes into its activations, which cannot be read.")
    node.require("input_forget", 0, 0)
    if node.operator == "GRU" and node.integer("linear_before_reset", 0) != 1:
        raise node.fail(
            "its reset gate comes before the product (linear_before_reset = 0); expected it after the product, as in "
            "PyTorch and cuDNN."
        )


def _find_sequence(reader: Reader, node: Node, batched: bool) -> Tensor:
    """What it receives, as samples of (steps, features)."""
    given = reader.given(node, 0)
    value, axes = (given.value, given.axes) if isinstance(given, Turned) else (reader.tensor(node), (0, 1, 2))
    if len(value.shape) != 2 or axes not in ((0, 1, 2), (1, 0, 2)) or (axes[0] == 0) != batched:
        raise node.fail(
            "expected a value of (samples, steps, features), by layout = 1, or of (steps, samples, features), by a "
            "Transpose with perm [1, 0, 2] before it."
        )
    return value


def _read_arrays(reader: Reader, node: Node, gates: Gates, direction: str) -> tuple[dict[str, AnyArray], int]:
    """The arrays of the shorthand by name, and the number of units."""
    w, r = (np.asarray(reader.constant(node, place), np.float64) for place in (1, 2))
    ways, count = ("forward.", "backward.") if direction == "bidirectional" else ("",), len(gates.names)
    units = node.integer("hidden_size", r.shape[-1] if r.ndim else 0)
    b = np.asarray(reader.constant(node, 3), np.float64) if reader.has(node, 3) else None
    shapes = [w.shape[:2], r.shape, None if b is None else b.shape]
    wanted = [(len(ways), count * units), (len(ways), count * units, units), (len(ways), 2 * count * units)]
    if units < 1 or w.ndim != 3 or any(each not in (None, one) for each, one in zip(shapes, wanted, strict=True)):
        raise node.fail(f"its arrays have shapes {w.shape}, {r.shape}; they do not fit {units} units.")
    arrays: dict[str, AnyArray] = {}
    for at, way in enumerate(ways):
        for number, gate in enumerate(gates.names):
            rows = slice(number * units, (number + 1) * units)
            arrays[f"{way}input{gate}.weight"] = w[at, rows].T
            arrays[f"{way}state{gate}.weight"] = r[at, rows].T
            if b is None:
                continue
            of_input, of_state = b[at, rows], b[at, count * units :][rows]
            apart = gate == "_n"  # whose bias the reset gate multiplies
            arrays[f"{way}input{gate}.bias"] = of_input if apart else of_input + of_state
            if apart:
                arrays[f"{way}state{gate}.bias"] = of_state
    return arrays, units


def _read_activation(node: Node, gates: Gates, direction: str) -> str | None:
    """What stands in the place of tanh, if anything."""
    ways = 2 if direction == "bidirectional" else 1
    given = node.attributes.get("activations") or list(gates.activations * ways)
    own = {
        each
        for place, usual in enumerate(gates.activations)
        if usual == "Tanh"
        for each in given[place :: len(gates.activations)]
    }
    sound = len(given) == ways * len(gates.activations) and all(isinstance(each, str) for each in given)
    usual = sound and all(
        each == "Sigmoid"
        for place, each in enumerate(given)
        if gates.activations[place % len(gates.activations)] != "Tanh"
    )
    if not usual or len(own) != 1 or not own <= SQUASHING.keys():
        raise node.fail(
            f"its activations are {given}; expected {', '.join(gates.activations)}, with one of {', '.join(SQUASHING)} "
            "in the place of Tanh."
        )
    found = SQUASHING[own.pop()]
    return None if found == "tanh" else found


def _take_last(reader: Reader, node: Node, kind: Recurrence, states: Tensor) -> Tensor:
    """Of the states of all steps those read last, one direction after the other."""

    def pick(step: int) -> Tensor:
        return reader.add(node, reader.make(node, "select", index=step, axis=0), states)

    steps = states.shape[0]
    if kind.direction != "both":
        return pick(steps - 1 if kind.direction == "forward" else 0)
    ends = [
        take_slice(reader, node, pick(step), 0, slice(at * kind.units, (at + 1) * kind.units, 1))
        for at, step in enumerate((steps - 1, 0))
    ]
    return reader.add(node, reader.make(node, "concatenate"), *ends)


@writes("lstm", "gru", "recurrent")
def write_recurrence(writer: Writer, layer: Layer, received: list[str]) -> str:
    """One operator for all steps of a shorthand, between transpositions."""
    plan: Any = layer.part_of
    kind, [(operator, gates)] = plan.kind, [each for each in OPERATORS.items() if each[1].shorthand == plan.kind.name]
    both = kind.direction == "both"
    ways, arrays = ("forward.", "backward.") if both else ("",), writer.network.parameters

    def stack(what: str) -> AnyArray:
        return np.stack(
            [
                np.concatenate([arrays[f"{plan.name}.{way}{what}{gate}.weight"].T for gate in gates.names])
                for way in ways
            ]
        )

    given = [
        writer.node("Transpose", received, perm=[1, 0, 2]),
        writer.constant(stack("input")),
        writer.constant(stack("state")),
    ]
    if kind.bias:
        zeros = np.zeros(kind.units)
        rows = [
            [
                arrays.get(f"{plan.name}.{way}{what}{gate}.bias", zeros)
                for what in ("input", "state")
                for gate in gates.names
            ]
            for way in ways
        ]
        given.append(writer.constant(np.stack([np.concatenate(row) for row in rows])))
    name = (
        "Tanh" if plan.activation is None else {own: theirs for theirs, own in SQUASHING.items()}[plan.activation.name]
    )
    own = [name if usual == "Tanh" else usual for usual in gates.activations] * len(ways)
    more: dict[str, Any] = {"linear_before_reset": 1} if operator == "GRU" else {}
    direction = {own: theirs for theirs, own in DIRECTIONS.items()}[kind.direction]
    options = {"hidden_size": kind.units, "direction": direction, "activations": own, **more}
    states = writer.recurrence(operator, given, last=kind.returns == "last", **options)
    order = [1, 0, 2] if kind.returns == "last" else [2, 0, 1, 3]
    turned = writer.node("Transpose", [states], perm=order)
    return writer.node("Reshape", [turned, writer.integers([0, *layer.shape])])
