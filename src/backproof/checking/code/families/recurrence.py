"""Recurrent layers and LSTMs: one step, or a sequence of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations, product

import numpy as np

from backproof.arrays import Array
from backproof.checking.code.recognise import assign_shapes, reshape, turn
from backproof.checking.tape import Joined, OfActivation, Plus, Product, Sliced, Step, Tape, Times
from backproof.operations.activation import activations

#: The gates in the orders in which people lay them out, the usual ones first.
USUAL = (("input", "forget", "output", "new"), ("input", "forget", "new", "output"))
ORDERS = (*USUAL, *(each for each in permutations(USUAL[0]) if each not in USUAL))
CELLS = ("tanh", "relu", "sigmoid")


def build_tapes(x: Array, parameters: Mapping[str, Array], outputs: Sequence[Array]) -> Iterator[Tape]:
    """Steps with samples as rows or columns, and sequences with samples or time first."""
    if x.dtype.kind != "f" or x.ndim not in (2, 3) or len(parameters) < 2 or len(outputs) > 2:
        return
    if any(each.ndim != x.ndim for each in outputs):
        return
    if x.ndim == 2:
        for axes in ((0, 1), (1, 0)):
            yield from _build(x, parameters, outputs, axes, None)
    elif len(outputs) == 1:
        for time in (1, 0):
            yield from _build(x, parameters, outputs, (0, 1, 2), time)


def _build(
    x: Array, parameters: Mapping[str, Array], outputs: Sequence[Array], axes: tuple[int, ...], time: int | None
) -> Iterator[Tape]:
    """Every reading of the parameters by their shapes; `axes` bring a single step to rows."""
    rows, made = x.transpose(axes), outputs[0].transpose(axes)
    steps = 1 if time is None else x.shape[time]
    samples = rows.shape[0] if time is None else x.shape[1 - time]
    if made.shape[:-1] != rows.shape[:-1]:
        return
    size = _Size(samples, rows.shape[-1], made.shape[-1], axes, time, steps)
    for gates in (1, 4):
        cells = [] if gates == 1 else ["cell"] if time is None else []
        for begun, bias in product(("h",) if time is None else ("h", ""), (True, False)):
            parts = [*(["state"] if begun else []), *cells, "inputs", "recurrent", *(["bias"] if bias else [])]
            if gates == 1 and len(outputs) != 1:
                continue
            shapes = [size.allow(part, gates) for part in parts]
            for names in assign_shapes(parameters, shapes):
                named = dict(zip(parts, names, strict=True))
                for turned in product(*(_orient(parameters[named[each]], each, size, gates) for each in MATRICES)):
                    choices = CELLS if gates == 1 else ORDERS
                    for choice in choices:
                        made_tape = _Maker(size, parameters, named, dict(zip(MATRICES, turned, strict=True)), choice)
                        yield made_tape.make(x, len(outputs))


MATRICES = ("inputs", "recurrent")


@dataclass(frozen=True)
class _Size:
    samples: int
    inputs: int
    units: int
    axes: tuple[int, ...]
    time: int | None
    steps: int

    def allow(self, part: str, gates: int) -> list[tuple[int, ...]]:
        """The shapes that a part may have."""
        wide = gates * self.units
        if part in ("state", "cell"):
            shape = (self.samples, self.units)
            return [tuple(shape[axis] for axis in self.axes)] if self.time is None else [shape]
        if part == "bias":
            return [(wide,), (1, wide), (wide, 1)]
        sent = self.inputs if part == "inputs" else self.units
        return [(sent, wide), (wide, sent)]


def _orient(array: Array, part: str, size: _Size, gates: int) -> list[bool]:
    """Whether a matrix is to be transposed: as its shape says, or either way where it is square."""
    sent = size.inputs if part == "inputs" else size.units
    wide = gates * size.units
    return [turned for turned, shape in ((False, (sent, wide)), (True, (wide, sent))) if array.shape == shape]


@dataclass(frozen=True)
class _Maker:
    """Makes the tape of one reading."""

    size: _Size
    parameters: Mapping[str, Array]
    named: Mapping[str, str]
    turned: Mapping[str, bool]
    choice: str | tuple[str, ...]

    @property
    def is_lstm(self) -> bool:
        return not isinstance(self.choice, str)

    def make(self, x: Array, outputs: int) -> Tape:
        size = self.size
        tape = Tape(("an LSTM" if self.is_lstm else "a recurrent layer") + (" step" if size.time is None else ""))
        leaf = tape.leaf("x", x)
        leaves = {part: tape.leaf(name, self.parameters[name]) for part, name in self.named.items()}
        arrays = {part: self._orient(tape, part, step) for part, step in leaves.items()}
        zeros = np.zeros((size.samples, size.units))
        h = arrays.get("state") or tape.constant(zeros)
        c = arrays.get("cell") or tape.constant(zeros)
        row, cells = [], []
        for time in range(size.steps):
            at = None if size.time is None else time
            if at is None:
                now = turn(tape, leaf, size.axes)
            else:
                assert size.time is not None
                now = tape.do("the inputs of each time", Sliced(size.time, time), leaf, time=at)
            h, c = self._step(tape, now, h, c, arrays, at)
            row.append(h)
            cells.append(c)
        if size.time is not None:
            tape.made.append(tape.do("the states of all times", Joined(size.time), *row))
        else:
            tape.made += [turn(tape, each, size.axes) for each in (h, c)[:outputs]]
        return tape

    def _orient(self, tape: Tape, part: str, step: Step) -> Step:
        if part in MATRICES:
            return turn(tape, step, (1, 0)) if self.turned[part] else step
        if part == "bias":
            return reshape(tape, step, (step.value.size,))
        return turn(tape, step, self.size.axes) if self.size.time is None else step

    def _step(
        self, tape: Tape, now: Step, h: Step, c: Step, arrays: Mapping[str, Step], at: int | None
    ) -> tuple[Step, Step]:
        own = tape.do("the inputs' weights", Product(), now, arrays["inputs"], time=at)
        from_state = tape.do("the state's weights", Product(), h, arrays["recurrent"], time=at)
        total = tape.do("the sum", Plus(), own, from_state, time=at)
        if "bias" in arrays:
            total = tape.do("the bias", Plus(bias=True), total, arrays["bias"], time=at)
        if isinstance(self.choice, str):
            return tape.do(f"the {self.choice}", OfActivation(activations.make(self.choice)), total, time=at), c
        gates = {}
        for number, gate in enumerate(self.choice):
            part = tape.do("", Sliced(1, number * self.size.units, (number + 1) * self.size.units), total, time=at)
            function = activations.make("tanh" if gate == "new" else "sigmoid")
            gates[gate] = tape.do(f"the {gate} gate's {function.name}", OfActivation(function), part, time=at)
        kept = tape.do("what the forget gate keeps", Times(), gates["forget"], c, time=at)
        new = tape.do("what the input gate lets in", Times(), gates["input"], gates["new"], time=at)
        cell = tape.do("the new cell", Plus(), kept, new, time=at)
        shown = tape.do("the tanh of the cell", OfActivation(activations.make("tanh")), cell, time=at)
        return tape.do("what the output gate shows", Times(), gates["output"], shown, time=at), cell
