"""The cost of all samples as a function of all parameters in a row, as minimisers from elsewhere take it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from backproof.arrays import AnyArray, Array
from backproof.data.source import Batch
from backproof.train.engines.player import can_play
from backproof.train.engines.tape import Tape, Untraceable
from backproof.train.lbfgs.minimise import not_finite
from backproof.train.lbfgs.run import Objective
from backproof.train.step import Recipe, State, differentiate_cost


class FlatObjective:
    """The cost of numbers in a row, `start` first, and its gradient; from a tape where the steps can have one."""

    def __init__(self, objective: Objective, parameters: Mapping[str, AnyArray], dtype: str) -> None:
        self.objective = objective
        self.start: Array = np.concatenate([np.ravel(array) for array in parameters.values()]).astype(np.float64)
        self._row = np.empty(0)
        self._at, self._gradient = self.start.astype(dtype), np.empty_like(self.start)
        self.parameters = split_row(self._at, parameters)
        self._gradients = split_row(self._gradient, parameters)
        self._cost = np.zeros((), dtype)
        self._calls = self._record()

    def __call__(self, row: Array) -> float:
        """The cost there. Errors: NumberError where the first cost is not finite."""
        self._row = row
        self.place(row)
        with np.errstate(all="ignore"):
            value = self._evaluate()
        if self.objective.evaluations == 1 and not np.isfinite(value):
            raise not_finite(value)
        return value

    def gradient(self, row: Array) -> Array:
        """The gradient there; nothing is computed where the cost was asked for last."""
        if not np.array_equal(row, self._row):
            self(row)
        return self._gradient.copy()

    def place(self, row: Array) -> None:
        """Have the parameters be these numbers."""
        with np.errstate(over="ignore"):
            np.copyto(self._at, row, casting="same_kind")

    def _evaluate(self) -> float:
        if not self._calls:
            value, gradient = self.objective(self.parameters)
            for key, array in gradient.items():
                np.copyto(self._gradients[key], array)
            return value
        self.objective.evaluations += 1
        for call in self._calls:
            call()
        return float(self._cost)

    def _record(self) -> list[Callable[[], Any]]:
        recipe, batch = self.objective.recipe, self.objective.batch
        if not can_play(recipe, {batch.x.shape[0]}):
            return []
        tape, dtype = Tape(), self._at.dtype
        state = State({key: tape.take(array) for key, array in self.parameters.items()}, {})
        try:
            with np.errstate(all="ignore"):
                met, gradient = differentiate(recipe, state, tape.take_batch(batch, dtype), self.objective.numbers)
        except Untraceable:
            return []
        return tape.finish([(met, self._cost), *((gradient[key], array) for key, array in self._gradients.items())])


def differentiate(
    recipe: Recipe, state: State, batch: Batch, numbers: Mapping[str, Any]
) -> tuple[Any, Mapping[str, Any]]:
    """The cost of a batch and its gradient, 0 for what is not trained."""
    value, gradient, _ = differentiate_cost(recipe, state, batch, numbers)
    return value, recipe.architecture.wiring.mask_frozen(gradient)


def split_row(row: AnyArray, like: Mapping[str, AnyArray]) -> dict[str, AnyArray]:
    """Numbers in a row as arrays by name, which are views of it."""
    parts, end = {}, 0
    for key, array in like.items():
        start, end = end, end + array.size
        parts[key] = row[start:end].reshape(array.shape)
    return parts
