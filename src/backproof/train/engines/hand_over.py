"""An engine that begins with NumPy, at once, and hands over to JAX once NumPy has taken as long as a compile does.

For runs that may end early, nobody knows when: one that ends soon never waits for a compile, and a long one takes at
most that time more than JAX alone. The step at which it hands over is settled beforehand, so the same run has the same
bits each time.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, final

import numpy as np

from backproof.data.source import Batch
from backproof.train.batches import Order
from backproof.train.engines.engine import Engine, Span
from backproof.train.engines.numpy import NumpyEngine
from backproof.train.step import Recipe, State


class PlacedBatch(NamedTuple):
    """Samples as they were given, and where each engine has them, by its name."""

    given: Batch
    places: dict[str, Batch]


@final
class HandOverEngine(Engine):
    """NumPy for the first steps of a run, then JAX."""

    operation, number = NumpyEngine.operation, NumpyEngine.number

    def __init__(self, recipe: Recipe, dtype: str, steps: int) -> None:
        super().__init__(recipe, dtype)
        self.steps, self._step = steps, 0
        self._end: int | None = None
        self._now = NumpyEngine.name
        self._engines: dict[str, Engine] = {self._now: NumpyEngine(recipe, dtype)}

    @property
    def name(self) -> str:  # type: ignore[override]
        """That of the engine at work."""
        return self._now

    def place(self, batch: Batch) -> PlacedBatch:  # type: ignore[override]
        return PlacedBatch(batch, {})

    def begin(self, state: State) -> tuple[str, Any]:
        self._step = state.step
        self._end = state.step + self.steps if self._end is None else self._end
        return NumpyEngine.name, state

    def run(
        self, begun: Any, data: Any, order: Order | None, numbers: Mapping[str, Any], span: Span
    ) -> tuple[Any, Any]:
        assert self._end is not None
        early = min(span.epochs, max(0, -(-(self._end - self._step) // span.steps)))  # they begin before the end
        self._step += span.epochs * span.steps
        if early == span.epochs:
            return self._take(NumpyEngine.name, begun, data, order, numbers, span)
        if early == 0:
            return self._take("jax", begun, data, order, numbers, span)
        begun, costs = self._take(NumpyEngine.name, begun, data, order, numbers, span._replace(epochs=early))
        rest = None if order is None else order._replace(rows=np.roll(order.rows, -early, axis=0))
        begun, later = self._take("jax", begun, data, rest, numbers, span._replace(epochs=span.epochs - early))
        return begun, np.concatenate([costs, np.asarray(later)[: span.epochs - early]])

    def _take(
        self, name: str, begun: Any, data: PlacedBatch, order: Order | None, numbers: Mapping[str, Any], span: Span
    ) -> tuple[Any, Any]:
        """Some epochs on one engine."""
        engine, (before, inner) = self._find(name), begun
        if before != name:
            inner = engine.begin(self._engines[before].to_numpy(inner))
        if name not in data.places:
            with np.errstate(over="ignore"):
                data.places[name] = engine.place(data.given)
        self._now = name
        inner, costs = engine.run(inner, data.places[name], order, numbers, span)
        return (name, inner), costs

    def _find(self, name: str) -> Engine:
        if name not in self._engines:
            from backproof.train.engines.jax import JaxEngine

            self._engines[name] = JaxEngine(self.recipe, self.dtype.name)
        return self._engines[name]

    def to_numpy(self, begun: Any) -> State:
        name, inner = begun
        return self._engines[name].to_numpy(inner)
