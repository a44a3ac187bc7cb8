"""Recurrent layers and LSTMs: one step, or a sequence of them; the weights of the gates in one array, or in four."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import permutations, product
from re import fullmatch

import numpy as np

from backproof.arrays import Array
from backproof.checking.code.recognise import assign_shapes
from backproof.checking.tape import Step, Tape
from backproof.operations.layers.select import Select
from backproof.operations.layers.slice import Slice
from backproof.operations.layers.stack import Stack
from backproof.operations.recurrence import Recurrence
from backproof.operations.shorthands.lstm import GATES, Lstm
from backproof.operations.shorthands.recurrent import Recurrent

#: The gates in the orders in which people lay them out, the usual ones first.
USUAL = (("i", "f", "o", "g"), ("i", "f", "g", "o"))
ORDERS = (*USUAL, *(each for each in permutations(USUAL[0]) if each not in USUAL))
CELLS = ("tanh", "relu", "sigmoid")
MATRICES = ("input", "state")
NAMES = {"i": "input", "f": "forget", "o": "output", "g": "new"}
WORDS = {
    "x": "the inputs of each time",
    "u": "the inputs' weights",
    "v": "the state's weights",
    "kept": "what the forget gate keeps",
    "added": "what the input gate lets in",
    "c": "the new cell",
    "r g": "the tanh of the cell",
    **dict.fromkeys(GATES, "the sum"),
    **{f"{gate} g": f"the {NAMES[gate]} gate's {function}" for gate, function in GATES.items()},
}


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
        if gates == 1 and len(outputs) != 1:
            continue
        cells = ["c0"] if gates == 4 and time is None else []
        for begun, bias in product(("h0",) if time is None else ("h0", ""), (True, False)):
            states, wide = [*([begun] if begun else []), *cells], [*MATRICES, *(["bias"] if bias else [])]
            for named in _assign(parameters, size, states, wide, gates):
                first = [parameters[named[each][0]] for each in MATRICES]
                own = gates // len(named["input"])
                for turned in product(*map(size.orient, first, MATRICES, [own] * 2)):
                    for choice in CELLS if gates == 1 else ORDERS:
                        maker = _Maker(size, parameters, named, dict(zip(MATRICES, turned, strict=True)), choice)
                        yield maker.make(x, len(outputs))


def _assign(
    parameters: Mapping[str, Array], size: _Size, states: list[str], wide: list[str], gates: int
) -> Iterator[dict[str, tuple[str, ...]]]:
    """The names of what plays each part: one, or one for each gate, which then stand in the same order everywhere."""
    parts = [*states, *wide]
    for names in assign_shapes(parameters, [size.allow(part, gates) for part in parts]):
        yield {part: (name,) for part, name in zip(parts, names, strict=True)}
    if gates == 1 or len(parameters) != len(states) + gates * len(wide):
        return
    for begun in permutations(parameters, len(states)):
        others = [name for name in parameters if name not in begun]
        count = len(wide)
        rows = [others[at : at + gates] for at in range(0, len(others), gates)]  # all of a part, then of the next
        columns = [others[at::count] for at in range(count)]  # all of a gate, then of the next
        for groups in (*permutations(rows), *permutations(columns)):
            found = dict(zip(parts, [*((name,) for name in begun), *map(tuple, groups)], strict=True))
            if all(
                parameters[name].shape in size.allow(part, 1) and parameters[name].shape == parameters[each[0]].shape
                for part, each in found.items()
                for name in each
            ):
                yield found


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
        if part in ("h0", "c0"):
            shape = (self.samples, self.units)
            return [tuple(shape[axis] for axis in self.axes)] if self.time is None else [shape]
        if part == "bias":
            return [(wide,), (1, wide), (wide, 1)]
        sent = self.inputs if part == "input" else self.units
        return [(sent, wide), (wide, sent)]

    def orient(self, array: Array, part: str, gates: int) -> list[bool]:
        """Whether a matrix is to be transposed: as its shape says, or either way where it is square."""
        return [turned for turned, shape in enumerate(self.allow(part, gates)) if array.shape == shape]  # type: ignore[misc]


@dataclass(frozen=True)
class _Maker:
    """Makes the tape of one reading: the parts of the shorthand, step by step."""

    size: _Size
    parameters: Mapping[str, Array]
    named: Mapping[str, tuple[str, ...]]
    turned: Mapping[str, bool]
    choice: str | tuple[str, ...]
    found: dict[tuple[str, str], Step] = field(default_factory=dict)

    @property
    def is_lstm(self) -> bool:
        return not isinstance(self.choice, str)

    def make(self, x: Array, outputs: int) -> Tape:
        size = self.size
        tape = Tape(("an LSTM" if self.is_lstm else "a recurrent layer") + (" step" if size.time is None else ""))
        leaf = tape.leaf("x", x)
        kind: Recurrence = (Lstm if self.is_lstm else Recurrent)(size.units, bias="bias" in self.named)
        begun = {f"{state}0": self._begin(tape, f"{state}0") for state in kind.states}
        made = dict(begun)
        for step in range(1, size.steps + 1):
            time = None if size.time is None else step - 1
            if size.time is None:
                made["x1"] = tape.turn(leaf, size.axes)
            else:
                now = Select(step - 1, size.time)
                made[f"x{step}"] = tape.do(WORDS["x"], now, leaf, time=time, whole=True)
            before = {state: f"{state}{step - 1}" for state in kind.states}
            parts = kind.write_step("", step, before, None if self.is_lstm else self.choice)
            tape.expand(parts, made, lambda name, role: self._find(tape, name, role), self._describe, time)
        if size.time is not None:
            row = (made[f"h{step}"] for step in range(1, size.steps + 1))
            tape.made.append(tape.do("the states of all times", Stack(size.time), *row, whole=True))
        else:
            tape.made += [tape.turn(made[f"{state}1"], size.axes) for state in kind.states[:outputs]]
        return tape

    def _begin(self, tape: Tape, state: str) -> Step:
        """The state before the first step, 0 where it is not given."""
        if state not in self.named:
            return tape.constant(np.zeros((self.size.samples, self.size.units)))
        step = tape.leaf(self.named[state][0], self.parameters[self.named[state][0]])
        return tape.turn(step, self.size.axes) if self.size.time is None else step

    def _find(self, tape: Tape, weights: str, role: str) -> Step:
        """The weight or bias of a gate, cut out where all gates have theirs in one array."""
        part, _, gate = weights.partition("_")
        part = part if role == "weight" else "bias"
        if (part, gate) not in self.found:
            names, number = self.named[part], self.choice.index(gate) if gate else 0
            whole = self._place(tape, part, names[number if len(names) > 1 else 0])
            if gate and len(names) == 1:
                cut = Slice(whole.value.ndim - 1, number * self.size.units, (number + 1) * self.size.units)
                whole = tape.do("", cut, whole, whole=True)
            self.found[part, gate] = whole
        return self.found[part, gate]

    def _place(self, tape: Tape, part: str, name: str) -> Step:
        """An array as the kinds want it."""
        if ("array", name) not in self.found:
            step = tape.leaf(name, self.parameters[name])
            if part == "bias":
                step = tape.reshape(step, (step.value.size,))
            self.found["array", name] = tape.turn(step, (1, 0)) if self.turned.get(part) else step
        return self.found["array", name]

    def _describe(self, name: str) -> str:
        match = fullmatch(r"([a-z]+)(?:_([ifgo]))?\d+( g)?", name)
        assert match is not None
        part, gate, function = match.groups()
        if part == "h":
            plain = ("the sum", f"the {self.choice}")[bool(function)]
            return "what the output gate shows" if self.is_lstm else plain
        words = WORDS.get(part + (function or ""), "")
        return f"{words} of the {NAMES[gate]} gate" if gate and len(self.named["input"]) > 1 else words
