"""What every recurrence is: the same layers at each time step, with a state that goes from one step to the next."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from backproof.errors import ShapeError
from backproof.operations.layer import LARGEST, Shapes
from backproof.operations.layers.add import Add
from backproof.operations.layers.concatenate import Concatenate
from backproof.operations.layers.constant import Constant
from backproof.operations.layers.dense import Dense
from backproof.operations.layers.identity import Identity
from backproof.operations.layers.select import Select
from backproof.operations.layers.stack import Stack
from backproof.operations.shorthand import Cell, Part, Shorthand
from backproof.validate import check_choice, check_flag, check_whole

DIRECTIONS = ("forward", "backward", "both")
RETURNS = ("all", "last")
#: Each step is a dozen layers.
MOST_STEPS = 10_000


@dataclass(frozen=True)
class Recurrence(Shorthand):
    """Abstract: receives a sequence of shape (steps, features) and sends its states, (steps, units), or the last one.

    Parameters
    ----------
    units : int
        Number of units of the state.
    direction : {"forward", "backward", "both"}, default "forward"
        From the first step to the last, the other way, or both side by side.
    returns : {"all", "last"}, default "all"
        The state of every step, or of the one read last.
    bias : bool, default True
    """

    units: int
    direction: str = "forward"
    returns: str = "all"
    bias: bool = True

    #: The numbers that go from a step to the next, the one that is sent first.
    states: ClassVar[tuple[str, ...]] = ("h",)
    #: How the parts of a step are drawn: row by row, from the input to the state.
    rows: ClassVar[tuple[tuple[str, ...], ...]] = (("u",), ("h",), ("v",))

    def __post_init__(self) -> None:
        check_whole("units", self.units, 1, LARGEST)
        check_choice("direction", self.direction, DIRECTIONS)
        check_choice("returns", self.returns, RETURNS)
        check_flag("bias", self.bias)

    def expand(self, shapes: Shapes, activation: Any) -> Sequence[Part]:
        if len(shapes[0]) != 2:
            raise ShapeError(f"{self.name} expects a sequence of shape (steps, features), received {shapes[0]}.")
        steps = shapes[0][0]
        if steps > MOST_STEPS:
            raise ShapeError(f"{self.name} is opened into layers for each step; {steps:,} are too many.")
        parts = [Part(f"x{step}", Select(step - 1), (0,)) for step in range(1, steps + 1)]
        ends: list[str] = []
        for way in DIRECTIONS[:2] if self.direction == "both" else [self.direction]:
            prefix = f"{way}." if self.direction == "both" else ""
            order = range(1, steps + 1) if way == "forward" else range(steps, 0, -1)
            parts += self._run(prefix, order, activation)
            state = prefix + self.states[0]
            parts.append(
                Part(f"{prefix}states", Stack(), tuple(f"{state}{step}" for step in range(1, steps + 1)))
                if self.returns == "all"
                else Part(f"{prefix}last", Identity(), (f"{state}{order[-1]}",))
            )
            ends.append(parts[-1].name)
        if len(ends) == 1:
            return [*parts[:-1], parts[-1]._replace(name="")]
        return [*parts, Part("", Concatenate(axis=1 if self.returns == "all" else 0), tuple(ends))]

    def locate(self, part: str) -> Cell | None:
        """Steps side by side, the states before the first one in a column of their own."""
        match = re.fullmatch(r"(?:(forward|backward)\.)?([a-z_]+?)(\d+)", part)
        if match is None:
            return None
        step = int(match[3])
        if match[2] == "x":
            return Cell(0, step, 0)
        below = 1 + (len(self.rows) if match[1] == "backward" else 0)
        found = ((row, names.index(match[2])) for row, names in enumerate(self.rows) if match[2] in names)
        row, place = next(found)
        return Cell(below + row, step, place)

    def _run(self, prefix: str, order: Sequence[int], activation: Any) -> Iterator[Part]:
        """Every step of one direction, from states that are 0."""
        before = {state: f"{prefix}{state}0" for state in self.states}
        for name in before.values():
            yield Part(name, Constant((self.units,)), (0,))
        for step in order:
            yield from self.write_step(prefix, step, before, activation)
            before = {state: f"{prefix}{state}{step}" for state in self.states}

    @abstractmethod
    def write_step(self, prefix: str, step: int, before: dict[str, str], activation: Any) -> Iterator[Part]:
        """The layers of one step, from its input `x` and the states before it; the new states are `h` and so on."""

    def write_sum(
        self, prefix: str, step: int, before: str, activation: Any, gate: str = "", name: str = "h"
    ) -> Iterator[Part]:
        """g(W x + U h + b), of a gate with its own W, U and b."""
        suffix = f"_{gate}" if gate else ""
        yield self.write_input(prefix, step, suffix)
        yield self.write_state(prefix, step, before, suffix)
        received = (f"{prefix}u{suffix}{step}", f"{prefix}v{suffix}{step}")
        yield Part(f"{prefix}{name}{step}", Add(), received, activation)

    def write_input(self, prefix: str, step: int, suffix: str) -> Part:
        """u = W x + b"""
        dense = Dense(self.units, bias=self.bias)
        return Part(f"{prefix}u{suffix}{step}", dense, (f"x{step}",), weights=f"{prefix}input{suffix}")

    def write_state(self, prefix: str, step: int, before: str, suffix: str, *, bias: bool = False) -> Part:
        """v = U h, perhaps with a bias of its own"""
        dense = Dense(self.units, bias=bias)
        return Part(f"{prefix}v{suffix}{step}", dense, (before,), weights=f"{prefix}state{suffix}")
