"""Recurrent layers, opened into their steps: the same parameters at each of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from backproof.errors import ModuleError
from backproof.interop.torch.op import Call, converts
from backproof.interop.torch.ops.arithmetic import join_values
from backproof.interop.torch.ops.products import convert_linear
from backproof.interop.torch.ops.shapes import convert_cat, convert_select, convert_stack, cut
from backproof.interop.torch.value import SAMPLES, Given, Value
from backproof.layers import INPUTS

#: The state before a step, its two sums of weighted inputs and weighted states, to the state after it.
Cell: TypeAlias = Callable[[Call, "tuple[Value, ...]", Value, Value, int], "tuple[Value, ...]"]


def step_lstm(call: Call, state: tuple[Value, ...], given: Value, kept: Value, size: int) -> tuple[Value, ...]:
    """c = f c + i g, h = o tanh(c), with the gates i, f, g, o one after the other in the weights."""
    total = call.layer("add", given, kept, name="gates")
    i, f, g, o = (
        call.activate(cut(call, total, -1, at * size, (at + 1) * size, name=gate), activation)
        for at, (gate, activation) in enumerate(zip("ifgo", ("sigmoid", "sigmoid", "tanh", "sigmoid"), strict=True))
    )
    cell = join_values(call, "add", call.layer("multiply", f, state[1]), call.layer("multiply", i, g))
    return call.layer("multiply", o, call.activate(cell, "tanh")), cell


def step_gru(call: Call, state: tuple[Value, ...], given: Value, kept: Value, size: int) -> tuple[Value, ...]:
    """h = n + z (h - n), n = tanh(W x + r (U h)), with r, z, n one after the other in the weights."""
    sums = [[cut(call, each, -1, at * size, (at + 1) * size) for at in range(3)] for each in (given, kept)]
    r, z = (
        call.activate(call.layer("add", sums[0][at], sums[1][at], name=gate), "sigmoid") for at, gate in enumerate("rz")
    )
    n = call.activate(call.layer("add", sums[0][2], call.layer("multiply", r, sums[1][2]), name="n"), "tanh")
    apart = call.layer("subtract", state[0], n)
    return (call.layer("add", n, call.layer("multiply", z, apart)),)


def _step_plain(activation: str) -> Cell:
    def step(call: Call, state: tuple[Value, ...], given: Value, kept: Value, size: int) -> tuple[Value, ...]:
        return (call.activate(call.layer("add", given, kept), activation),)

    return step


def make_start(call: Call, given: Any, weight: Given) -> Value:
    """A state as it is given, or a layer of zeros."""
    if isinstance(given, Value):
        return given
    if given.trained or bool(given.tensor.any()):
        raise ModuleError("a recurrence that begins with numbers of its own is not known; expected zeros.")
    size = int(weight.tensor.shape[1])
    made = call.builder.add(f"{call.place}.start", "constant", [INPUTS], shape=[size])
    return Value(made, ((SAMPLES,), (size,)))


@dataclass(frozen=True)
class OneStep:
    """A cell by itself: one step of a recurrence."""

    cell: Cell
    states: int

    def __call__(
        self, call: Call, x: Value, states: Any, of_input: Given, of_state: Given, bias: Any = None, other: Any = None
    ) -> Any:
        """The state after the step."""
        begun = tuple(make_start(call, each, of_state) for each in (states if self.states > 1 else [states]))
        given, kept = convert_linear(call, x, of_input, bias), convert_linear(call, begun[0], of_state, other)
        made = self.cell(call, begun, given, kept, int(of_state.tensor.shape[1]))
        return list(made) if self.states > 1 else made[0]


@dataclass(frozen=True)
class Recurrence:
    """A recurrent operation: its cell, and how many numbers a state has."""

    cell: Cell
    states: int

    def __call__(
        self, call: Call, x: Value, states: Any, parameters: Sequence[Given], biases: bool, layers: int, rate: float,
        training: bool, both_ways: bool, samples_first: bool,
    ) -> list[Value]:  # fmt: skip
        """The states of the last layer at every step, then the last states of every layer."""
        each, ways = 4 if biases else 2, 2 if both_ways else 1
        if len(parameters) != each * layers * ways:
            raise ModuleError("a recurrence with a projection (proj_size) is not known.")
        starts = states if self.states > 1 else [states]
        time, last = 1 if samples_first else 0, list[tuple[Value, ...]]()
        if SAMPLES in x.axes[time]:
            raise ModuleError(
                "the first axis, that of the samples, is taken for the steps; give (samples, steps, features), and "
                "batch_first=True to the recurrence."
            )
        for layer in range(layers):
            passes = []
            for way in range(ways):
                at = layer * ways + way
                own = parameters[at * each : (at + 1) * each]
                begun = tuple(self._start(call, given, at, own[1]) for given in starts)
                made = self._run(call, x, begun, own, time, backwards=way == 1)
                passes.append(convert_stack(call, [state[0] for state in made], time))
                last.append(made[0] if way else made[-1])
            x = passes[0] if ways == 1 else convert_cat(call, passes, 2)
            if rate and training and layer < layers - 1:
                x = call.layer("dropout", x, rate=rate, name="dropout")
        return [x, *(convert_stack(call, [state[number] for state in last], 0) for number in range(self.states))]

    def _start(self, call: Call, given: Any, number: int, weight: Given) -> Value:
        """The state of a layer before the first step, (samples, size)."""
        return convert_select(call, given, 0, number) if isinstance(given, Value) else make_start(call, given, weight)

    def _run(
        self, call: Call, x: Value, state: tuple[Value, ...], own: Sequence[Given], time: int, *, backwards: bool
    ) -> list[tuple[Value, ...]]:
        """The states after every step, in the order of time."""
        steps, size = x.axes[time][0], int(own[1].tensor.shape[1])
        biases: Sequence[Given | None] = own[2:] or (None, None)
        made: list[tuple[Value, ...]] = []
        for at in reversed(range(steps)) if backwards else range(steps):
            here = convert_select(call, x, time, at)
            given = convert_linear(call, here, own[0], biases[0])
            kept = convert_linear(call, state[0], own[1], biases[1])
            state = self.cell(call, state, given, kept, size)
            made.append(state)
        return made[::-1] if backwards else made


converts("lstm")(Recurrence(step_lstm, 2))
converts("gru")(Recurrence(step_gru, 1))
converts("rnn_tanh")(Recurrence(_step_plain("tanh"), 1))
converts("lstm_cell")(OneStep(step_lstm, 2))
converts("gru_cell")(OneStep(step_gru, 1))
converts("rnn_tanh_cell")(OneStep(_step_plain("tanh"), 1))
converts("rnn_relu_cell")(OneStep(_step_plain("relu"), 1))
converts("rnn_relu")(Recurrence(_step_plain("relu"), 1))
