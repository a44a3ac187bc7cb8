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
from backproof.train.engines.exchange import add_partners
from backproof.train.shared_memory import SharedMemory
from backproof.train.step import Recipe, Slope, State, add_penalty, differentiate_samples

#: The axis of devices.
AXIS = "devices"


@dataclass
class SumOverMicroBatches:
    """Finds the cost of a batch and its gradient, as `differentiate_cost` does, from micro-batches on all devices.

    The batch holds those of this device for many steps, of which it takes number `step`: arrays (micro-batches, steps,
    samples, ...), with the weight of each sample, 0 for what only fills up.

    `exact`: in the fixed tree; else in any order. `shared`: the memory that all devices exchange their sums through,
    each in a process of its own. `partial_sums`: the memory of `allocate_sums`, which each step overwrites.

    `count` is the number of micro-batches, and `none` is 0, both as the program is told when it runs: a compiler that
    knew them would join what comes before and after a loop in another way for one device than for two, and round in
    other places.
    """

    devices: int
    exact: bool
    shared: SharedMemory | None
    count: Any
    none: Any
    step: Any
    partial_sums: Any

    def __call__(self, recipe: Recipe, state: State, batch: Batch, numbers: Mapping[str, Any]) -> Slope:
        """The cost of the step, penalty included, and its gradient; the pass is left out."""
        self.partial_sums = self._add_own(recipe, state, batch, numbers)
        cost, weight, gradients = self._add_devices()
        if recipe.architecture.reduction == "mean":
            share = where(weight > 0, 1 / where(weight > 0, weight, 1.0), 0.0)
            cost, gradients = cost * share, {key: gradient * share for key, gradient in gradients.items()}
        slope = Slope(cost, gradients, Forward((), ()))
        return add_penalty(recipe, state, Batch(batch.x, batch.y, weight), numbers, slope)

    def _add_own(self, recipe: Recipe, state: State, batch: Batch, numbers: Mapping[str, Any]) -> Any:
        """The partial sums of this device; the last row of each array is the sum over all of its micro-batches.

        There is a row for a sum of 1, 2, 4 ... micro-batches each, as in a binary counter: to a new one those of as
        many that came before are added.
        """
        own, _, samples = batch.y.shape[:3]
        summing = replace(recipe, architecture=replace(recipe.architecture, reduction="sum"))
        first = lax.axis_index(AXIS) * own

        def differentiate(number: Any) -> Any:
            # XLA compiles a small loop as a whole, and rounds in other places there, but none that sorts: all sizes of
            # it, and so all numbers of devices, are compiled operation by operation
            number = lax.sort(jnp.stack([number, number]))[0]
            part = Batch(*(each[number, self.step] for each in batch))
            given = summing.give(state, part, numbers, (first + number) * samples)
            slope = differentiate_samples(summing.architecture, state.parameters, given)
            return slope.cost, part.weights.sum(), slope.gradients

        def add(number: Any, held: Any) -> Any:
            level = lax.population_count(number ^ (number + 1)) - 1
            total = lax.fori_loop(
                0, level, lambda below, sums: jax.tree.map(lambda all_, one: all_[below] + one, held, sums),
                differentiate(number),
            )  # fmt: skip
            return jax.tree.map(lambda all_, one: lax.dynamic_update_index_in_dim(all_, one, level, 0), held, total)

        return lax.fori_loop(0, self.count, add, self.partial_sums)

    @staticmethod
    def allocate_sums(state: State, batch: Batch) -> Any:
        """Memory for the sums of cost, weight and gradients over 1, 2, 4 ... micro-batches of a device."""
        levels, dtype = len(batch.y).bit_length(), batch.y.dtype
        gradients = {key: jnp.zeros((levels, *each.shape), each.dtype) for key, each in state.parameters.items()}
        return jnp.zeros(levels, dtype), jnp.zeros(levels, dtype), gradients

    def _add_devices(self) -> Any:
        """The sums of cost, weight and gradients over all devices, on each of them."""
        sums, distance = jax.tree.map(lambda each: each[-1], self.partial_sums), 1
        if not self.exact:
            return lax.psum(sums, AXIS)  # type: ignore[no-untyped-call]
        if self.shared is not None:
            rows, form = jax.tree.flatten(self.partial_sums)
            sums, distance = jax.tree.unflatten(form, add_partners(self.shared, rows)), self.devices
        while distance < self.devices:
            pairs = [(device, device ^ distance) for device in range(self.devices)]
            others = lax.ppermute(sums, AXIS, pairs)  # type: ignore[no-untyped-call]
            sums, distance = jax.tree.map(jnp.add, sums, others), 2 * distance
        return lax.fori_loop(0, self.none, lambda _, held: jax.tree.map(jnp.add, held, held), sums)
