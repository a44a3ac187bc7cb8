"""Steps of the NumPy engine from tapes: one for each number of samples that steps take."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple

import numpy as np

from backproof.arrays import AnyArray
from backproof.data.source import Batch
from backproof.operations.layers.dense import Dense
from backproof.train.engines.packing import Packing
from backproof.train.engines.tape import Count, ForeignMatrix, Tape
from backproof.train.step import Recipe, State, find_slope, follow_slope

#: Maximum number of sizes of steps, and of numbers in a layer; what is larger has little to win.
MOST_TAPES, MOST_NUMBERS = 4, 10_000_000


class Recording(NamedTuple):
    """A tape ready to be played: its samples, its numbers that depend on the step, its calls, and its cost."""

    batch: Batch
    counts: list[tuple[Count, AnyArray]]
    calls: list[Callable[[], Any]]
    cost: AnyArray


class Player:
    """Takes steps in arrays of its own."""

    def __init__(self, recipe: Recipe, numbers: Mapping[str, Any], state: State) -> None:
        self.recipe, self.numbers = recipe, numbers
        self.packing = Packing.of(recipe.architecture, state.parameters)
        self.parameters = self._pack(state.parameters)
        self.slots = {name: self._pack(group) for name, group in state.slots.items()}
        self.rate = np.zeros((), numbers["learning_rate"].dtype)
        self._tapes: dict[Any, Recording] = {}

    def fits(self, numbers: Mapping[str, Any]) -> bool:
        """Whether the tapes, which have all numbers but the learning rate in them, hold with these."""
        return all(np.array_equal(value, self.numbers[key]) for key, value in numbers.items() if key != "learning_rate")

    def load(self, state: State) -> None:
        """Go on from a state."""
        for mine, given in self._pair(state):
            np.copyto(mine, given)

    def _pack(self, arrays: Mapping[str, AnyArray]) -> dict[str, AnyArray]:
        """The arrays to work in, with these numbers."""
        return {key: np.array(array) for key, array in self.packing.pack(arrays).items()}

    def _pair(self, state: State) -> Any:
        groups = [(self.parameters, state.parameters), *((self.slots[name], state.slots[name]) for name in self.slots)]
        return ((mine, given[key]) for own, given in groups for key, mine in self.packing.unpack(own).items())

    def copy_state(self, state: State) -> State:
        """A state with the numbers as they are now."""
        parameters, *slots = (
            {key: array.copy() for key, array in self.packing.unpack(group).items()}
            for group in (self.parameters, *self.slots.values())
        )
        return state._replace(parameters=parameters, slots=dict(zip(self.slots, slots, strict=True)))

    def take_step(self, t: int, data: Batch, rows: AnyArray | None, numbers: Mapping[str, Any]) -> Any:
        """The cost before step t (from 1) on some rows of the data, or on all; afterwards the arrays are new."""
        size = (id(data.x), id(data.y)) if rows is None else len(rows)
        tape = self._tapes.get(size) or self._record(size, data, rows)
        if rows is not None:
            for mine, given in zip(tape.batch, data, strict=True):
                _fill(mine, given, rows)
        self.rate[...] = self.recipe.rate(numbers, t)
        for count, array in tape.counts:
            array[...] = count.compute(t)
        for call in tape.calls:
            call()
        return tape.cost[()]

    def _record(self, size: Any, data: Batch, rows: AnyArray | None) -> Recording:
        """The tape of a step of these samples. Errors: Untraceable."""
        batch = data if rows is None else Batch(*(None if each is None else each[rows] for each in data))
        tape, cost = Tape(), np.zeros((), self.rate.dtype)
        traced = tape.take_batch(batch, self.rate.dtype)
        parameters = {key: tape.take(array) for key, array in self.parameters.items()}
        slots = {name: {key: tape.take(each) for key, each in group.items()} for name, group in self.slots.items()}
        slope = find_slope(self.recipe, State(self.packing.unpack(parameters), slots), traced, self.numbers)
        packed = slope._replace(gradients=self.packing.pack(slope.gradients))
        moved, after = follow_slope(self.recipe, State(parameters, slots), packed, tape.take(self.rate), Count())
        results = [(moved[key], array) for key, array in self.parameters.items()]
        results += [(after[name][key], array) for name, group in self.slots.items() for key, array in group.items()]
        calls = tape.finish([*results, (slope.cost, cost)])
        batch = batch._replace(x=traced.x) if isinstance(traced.x, ForeignMatrix) else batch
        self._tapes[size] = Recording(batch, list(tape.counts.values()), calls, cost)
        return self._tapes[size]


def _fill(mine: Any, given: Any, rows: AnyArray) -> None:
    """Put some rows of what is given into an array, or in the place of a matrix, of a tape."""
    if isinstance(mine, ForeignMatrix):
        mine.matrix = given[rows].astype(mine.dtype)
    elif mine is not None and given.flags.c_contiguous:
        given.take(rows, 0, mine, "clip")
    elif mine is not None:
        np.copyto(mine, given[rows])


def can_play(recipe: Recipe, sizes: Collection[int]) -> bool:
    """Whether steps of such numbers of samples come from tapes: dense layers of a moderate size."""
    layers = recipe.architecture.layers
    plain = all(isinstance(layer.kind, Dense) and not layer.kind.transposed for layer in layers[1:])
    small = max(sizes) * max(layer.size for layer in layers[1:]) <= MOST_NUMBERS and len(sizes) <= MOST_TAPES
    return plain and small and not recipe.optimiser.shared
