"""The NumPy engine: a plain loop, at once at work, for short runs and for looking into."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, final

import numpy as np
from numpy.typing import NDArray

from backproof.data.source import Batch
from backproof.train.batches import Order
from backproof.train.engines.engine import Engine, Span
from backproof.train.step import State, step


@final
class NumpyEngine(Engine):
    """One step after the other in Python."""

    name: ClassVar[str] = "numpy"
    operation, number = 4e-6, 3e-11

    def place(self, batch: Batch) -> Batch:
        weights = None if batch.weights is None else self.cast(batch.weights)[:, None]
        return Batch(batch.x, self.cast(batch.y), weights)

    def begin(self, state: State) -> State:
        return state

    def run(
        self, begun: State, data: Batch, order: Order | None, numbers: Mapping[str, Any], span: Span
    ) -> tuple[State, NDArray[np.floating[Any]]]:
        numbers = self.typed(numbers)
        costs = np.empty((span.epochs, span.steps), self.dtype)
        with np.errstate(all="ignore"):
            for epoch, position in np.ndindex(span.epochs, span.steps):
                batch = data if order is None else select_batch(data, order, epoch, position)
                begun, costs[epoch, position] = step(self.recipe, begun, batch, numbers)
        return begun, costs

    def to_numpy(self, begun: State) -> State:
        return begun


def select_batch(data: Batch, order: Order, epoch: int, position: int) -> Batch:
    """The samples of one step."""
    rows = order.rows[epoch, position]
    if order.counts is not None:
        rows = rows[order.counts[position]]
    return Batch(data.x[rows], data.y[rows], None if data.weights is None else data.weights[rows])
