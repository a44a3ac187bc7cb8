"""The NumPy engine: a plain loop, at once at work, for short runs and for looking into."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, final

import numpy as np
from numpy.typing import NDArray

from backproof.arrays import AnyArray
from backproof.data.source import Batch
from backproof.train.batches import Order
from backproof.train.engines.engine import Engine, Span
from backproof.train.engines.player import Player, can_play
from backproof.train.engines.tape import Untraceable
from backproof.train.step import Recipe, State, step

#: Number of steps from which on it pays to write them down.
FEW = 8
#: What a step from a tape takes, of one without.
TAPE = 0.4


@final
class NumpyEngine(Engine):
    """One step after the other in Python, where it can from a tape, with the same bits."""

    name: ClassVar[str] = "numpy"
    operation, number = 4e-6, 3e-11

    @classmethod
    def seconds(cls, recipe: Recipe, steps: int, samples: int) -> float:
        usual = super().seconds(recipe, steps, samples)
        return usual * TAPE if can_play(recipe, {samples}) else usual

    def __init__(self, recipe: Recipe, dtype: str) -> None:
        super().__init__(recipe, dtype)
        self._player: Player | None = None
        self._taken, self._plays = 0, True

    def place(self, batch: Batch) -> Batch:
        weights = None if batch.weights is None else self.cast(batch.weights)[:, None]
        return Batch(self.shrink(batch.x), self.cast(batch.y), weights)

    def begin(self, state: State) -> State:
        return state

    def run(
        self, begun: State, data: Batch, order: Order | None, numbers: Mapping[str, Any], span: Span
    ) -> tuple[State, NDArray[np.floating[Any]]]:
        numbers = self.typed(numbers)
        costs = np.empty((span.epochs, span.steps), self.dtype)
        self._taken += costs.size
        with np.errstate(all="ignore"):
            if self._can_play(data, order):
                try:
                    return self._play(begun, data, order, numbers, costs), costs
                except Untraceable:
                    self._plays, self._player = False, None
            for epoch, position in np.ndindex(*costs.shape):
                batch = data if order is None else select_batch(data, order, epoch, position)
                begun, costs[epoch, position] = step(self.recipe, begun, batch, numbers)
        return begun, costs

    def _can_play(self, data: Batch, order: Order | None) -> bool:
        if not self._plays or self._taken <= FEW:
            return False
        sizes = {data.x.shape[0]} if order is None else {order.rows.shape[-1]}
        if order is not None and order.counts is not None:
            sizes = set(order.counts.sum(axis=1).tolist())
        return can_play(self.recipe, sizes)

    def _play(
        self, begun: State, data: Batch, order: Order | None, numbers: Mapping[str, Any], costs: AnyArray
    ) -> State:
        if self._player is None or not self._player.fits(numbers):
            self._player = Player(self.recipe, numbers, begun)
        player, t = self._player, begun.step
        player.load(begun)
        for epoch, position in np.ndindex(*costs.shape):
            t += 1
            rows = None if order is None else select_rows(order, epoch, position)
            costs[epoch, position] = player.take_step(t, data, rows, numbers)
        return player.copy_state(begun._replace(step=t))

    def to_numpy(self, begun: State) -> State:
        return begun


def select_rows(order: Order, epoch: int, position: int) -> AnyArray:
    """The rows of one step."""
    rows: AnyArray = order.rows[epoch, position]
    return rows if order.counts is None else rows[: np.count_nonzero(order.counts[position])]


def select_batch(data: Batch, order: Order, epoch: int, position: int) -> Batch:
    """The samples of one step."""
    rows = select_rows(order, epoch, position)
    return Batch(data.x[rows], data.y[rows], None if data.weights is None else data.weights[rows])
