"""Divergence: where a run first came to a number that is not finite, and what is likely to blame.

An engine only tells that it happened in its last call. The same steps are then taken again, one by one in NumPy, from
the state before that call, and looked into.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from backproof import propagation
from backproof.data.source import Batch
from backproof.errors import Diverged
from backproof.train.engines.numpy import NumpyEngine, chosen
from backproof.train.state import State
from backproof.train.step import Recipe, step

if TYPE_CHECKING:
    from backproof.train.run import Run

#: An input beyond this, once scaled, is blamed before the learning rate is.
LARGE_INPUT = 1e6


class Place(NamedTuple):
    """A step of a run: its state before, its samples, epoch and batch from 1, and the samples' numbers from 1."""

    state: State
    batch: Batch
    epoch: int
    number: int
    samples: Any


def found(run: Run, before: State, epochs: int) -> tuple[State, Diverged]:
    """The last good state, and the error that names epoch, batch, layer and quantity."""
    engine = NumpyEngine(run.recipe, run.settings.dtype)
    numbers = engine.typed(run.numbers())
    place = None
    with np.errstate(all="ignore"):
        for place in _places(run, engine, before, epochs, numbers):
            quantity = first_bad(run.recipe, place, numbers)
            if quantity:
                return place.state, Diverged(f"{_where(quantity, place)} {_cause(run, place, numbers)}")
    rate = float(run.numbers()["learning_rate"])
    return before, Diverged(_said(f"a number is not finite in epoch {before.epoch + 1}", rate))


def _places(run: Run, engine: NumpyEngine, state: State, epochs: int, numbers: Mapping[str, Any]) -> Iterator[Place]:
    """Every step of some epochs from a state on."""
    for first in range(state.epoch, state.epoch + epochs):
        number = 0
        for data, order, steps in run.pieces(first, 1):
            data = engine.place(data)
            for position in range(steps):
                batch = data if order is None else chosen(data, order, 0, position)
                number += 1
                samples = None if order is None or not run.resident else order.rows[0, position] + 1
                yield Place(state, batch, first + 1, number, samples)
                state = step(run.recipe, state, batch, numbers)[0]
        state = state._replace(epoch=first + 1)


def first_bad(recipe: Recipe, place: Place, numbers: Mapping[str, Any]) -> str:
    """The first quantity of a step that is not finite, in words, or the empty string."""
    network, parameters = recipe.architecture, place.state.parameters
    x = recipe.inputs(place.batch.x, numbers)
    passed = propagation.forward(network, parameters, x, recipe.kept(x, numbers, place.state.step))
    for layer in range(1, network.depth + 1):
        for what, group in (("pre-activation h", passed.h), ("activation a", passed.a)):
            if not np.isfinite(group[layer]).all():
                return f"{what} of layer {layer} ({network.activations[layer - 1].name})"
    weights = recipe.weights(place.batch)
    if not np.isfinite(propagation.cost(network, passed, place.batch.y, weights)):
        return f"the cost ({network.cost.name})"
    errors = propagation.backward(network, parameters, passed, place.batch.y, weights=weights, lowest=1)
    for layer in range(network.depth, 0, -1):
        if not np.isfinite(errors.dh[layer]).all():
            return f"the error delta of layer {layer} ({network.activations[layer - 1].name})"
        for key in (f"W{layer}", f"b{layer}"):
            if not np.isfinite(errors.gradients[key]).all():
                return f"the gradient dE/d{key} of layer {layer}"
    after, met = step(recipe, place.state, place.batch, numbers)
    if not np.isfinite(met):
        return "the penalty on the weights"
    return next((_updated(key) for key, array in after.parameters.items() if not np.isfinite(array).all()), "") or (
        "" if after.finite else f"a running number of {recipe.optimiser.name}"
    )


def _updated(key: str) -> str:
    return f"the update of {key} of layer {key[1:]}"


def _where(quantity: str, place: Place) -> str:
    return f"{quantity} is not finite in epoch {place.epoch}, batch {place.number}: the run has diverged."


def _cause(run: Run, place: Place, numbers: Mapping[str, Any]) -> str:
    """What is likely to blame, in a sentence."""
    sizes = np.abs(run.recipe.inputs(place.batch.x, numbers)).max(axis=1)
    worst = int(np.argmax(sizes))
    if not sizes[worst] < LARGE_INPUT:
        which = f"sample {int(place.samples[worst])}" if place.samples is not None else f"row {worst + 1} of the batch"
        return f"An input of {sizes[worst]:.3g} in {which} is likely to blame; scale the inputs, or look at that row."
    return _blame(float(run.numbers()["learning_rate"]))


def _said(what: str, rate: float) -> str:
    return f"{what}: the run has diverged. {_blame(rate)}"


def _blame(rate: float) -> str:
    return f"The learning rate, {rate:g}, is likely too high; try a tenth of it."
