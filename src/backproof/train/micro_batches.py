"""Micro-batches: a step's samples in parts, whose sums are added in a fixed tree, spread over any number of devices.

    8 micro-batches:   ((0 + 1) + (2 + 3)) + ((4 + 5) + (6 + 7))
    on 2 devices:      device 0 adds the left half, device 1 the right one; then both exchange and add

Every micro-batch has the same shape, and each addition the same two terms on any number of devices, so that the sums
are the same to the last bit. Imported with JAX alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import jax
from jax import lax
from jax import numpy as jnp

from backproof.data.source import Batch
from backproof.functions import where
from backproof.propagation import Forward
from backproof.train.engines.exchange import exchange_arrays
from backproof.train.shared_memory import SharedMemory
from backproof.train.step import Recipe, Slope, State, add_penalty, differentiate_samples

#: The axis of devices.
AXIS = "devices"


@dataclass(frozen=True)
class SumOverMicroBatches:
    """Finds the cost of a batch and its gradient, as `differentiate_cost` does, from micro-batches on all devices.

    The batch holds those of this device: arrays (micro-batches, samples of each, ...), with the weight of each sample,
    0 for what only fills up. `exact`: in the fixed tree; else in any order.

    `count` is their number, and `none` is 0, both as the program is told when it runs: a compiler that knew them would
    join what comes before and after a loop in another way for one device than for two, and round in other places.
    `shared`: the memory that all devices exchange their sums through, each in a process of its own.
    """

    devices: int
    exact: bool
    count: Any
    none: Any
    shared: SharedMemory | None = None

    def __call__(self, recipe: Recipe, state: State, batch: Batch, numbers: Mapping[str, Any]) -> Slope:
        """The cost of the batch, penalty included, and its gradient; the pass is left out."""
        cost, weight, gradients = self._exchange(_add_pairs(self._differentiate_each(recipe, state, batch, numbers)))
        if recipe.architecture.reduction == "mean":
            share = where(weight > 0, 1 / where(weight > 0, weight, 1.0), 0.0)
            cost, gradients = cost * share, {key: gradient * share for key, gradient in gradients.items()}
        slope = Slope(cost, gradients, Forward((), ()))
        return add_penalty(recipe, state, Batch(batch.x, batch.y, weight), numbers, slope)

    def _differentiate_each(self, recipe: Recipe, state: State, batch: Batch, numbers: Mapping[str, Any]) -> Any:
        """Cost, weight and gradients of each micro-batch, stacked."""
        own, samples = batch.y.shape[:2]
        summing = replace(recipe, architecture=replace(recipe.architecture, reduction="sum"))
        first = lax.axis_index(AXIS) * own

        def differentiate(number: Any) -> Any:
            part = Batch(*(each[number] for each in batch))
            given = summing.give(state, part, numbers, (first + number) * samples)
            slope = differentiate_samples(summing.architecture, state.parameters, given)
            return slope.cost, part.weights.sum(), slope.gradients

        def add(number: Any, stacked: Any) -> Any:
            return jax.tree.map(lambda all_, one: all_.at[number].set(one), stacked, differentiate(number))

        like = jax.eval_shape(differentiate, 0)
        return lax.fori_loop(
            0, self.count, add, jax.tree.map(lambda each: jnp.zeros((own, *each.shape), each.dtype), like)
        )

    def _exchange(self, sums: Any) -> Any:
        """The sums of all devices, on each of them."""
        if not self.exact:
            return lax.psum(sums, AXIS)  # type: ignore[no-untyped-call]
        distance = 1
        while distance < self.devices:
            sums = jax.tree.map(jnp.add, sums, self._receive(sums, distance))
            distance *= 2
        return lax.fori_loop(0, self.none, lambda _, held: jax.tree.map(jnp.add, held, held), sums)

    def _receive(self, sums: Any, distance: int) -> Any:
        """The sums of the device at a distance."""
        if self.shared is None:
            pairs = [(device, device ^ distance) for device in range(self.devices)]
            return lax.ppermute(sums, AXIS, pairs)  # type: ignore[no-untyped-call]
        arrays, form = jax.tree.flatten(sums)
        return jax.tree.unflatten(form, exchange_arrays(self.shared, distance, arrays))


def _add_pairs(stacked: Any) -> Any:
    """The sum of stacked arrays: neighbours first, then those sums in pairs, and so on."""
    count = jax.tree.leaves(stacked)[0].shape[0]
    while count > 1:
        stacked = jax.tree.map(lambda each: each[0::2] + each[1::2], stacked)
        count //= 2
    return jax.tree.map(lambda each: each[0], stacked)
