"""Divergence: where a run first came to a number that is not finite, and what is likely to blame.

An engine only tells that it happened in its last call. The same steps are then taken again, one by one in NumPy, from
the state before that call, and looked into.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from backproof import propagation
from backproof.architecture import Architecture
from backproof.data.source import Batch
from backproof.errors import Diverged
from backproof.train.batches import Piece
from backproof.train.engines.numpy import NumpyEngine, select_batch
from backproof.train.step import Recipe, State, step

#: An input beyond this, once scaled, is blamed before the learning rate is.
LARGE_INPUT = 1e6


class Place(NamedTuple):
    """A step of a run: its state before, its samples, epoch and batch from 1, and the samples' numbers from 1."""

    state: State
    batch: Batch
    epoch: int
    number: int
    samples: Any


#: The samples of some epochs, from a first one (counted from 0).
Pieces = Callable[[int, int], Iterator[Piece]]


def find_divergence(
    recipe: Recipe, numbers: Mapping[str, Any], dtype: str, pieces: Pieces, before: State, epochs: int
) -> tuple[State, Diverged]:
    """The last good state, and the error that names epoch, batch, layer and quantity.

    `before` is the state before those epochs, `numbers` are those of their steps.
    """
    engine = NumpyEngine(recipe, dtype)
    typed, rate = engine.typed(numbers), float(numbers["learning_rate"])
    with np.errstate(all="ignore"):
        for place in _replay_steps(recipe, engine, pieces, before, epochs, typed):
            quantity = find_bad_quantity(recipe, place, typed)
            if quantity:
                cause = _input_to_blame(recipe, place, typed) or _blame_rate(rate)
                return place.state, Diverged(f"{_describe_place(quantity, place)} {cause}")
    what = f"a number is not finite in epoch {before.epoch + 1}"
    return before, Diverged(f"{what}: the run has diverged. {_blame_rate(rate)}")


def _replay_steps(
    recipe: Recipe, engine: NumpyEngine, pieces: Pieces, state: State, epochs: int, numbers: Mapping[str, Any]
) -> Iterator[Place]:
    """Every step of some epochs from a state on."""
    for first in range(state.epoch, state.epoch + epochs):
        number = 0
        for data, order, steps, numbered in pieces(first, 1):
            data = engine.place(data)
            for position in range(steps):
                batch = data if order is None else select_batch(data, order, 0, position)
                number += 1
                samples = None if order is None or not numbered else order.rows[0, position] + 1
                yield Place(state, batch, first + 1, number, samples)
                state = step(recipe, state, batch, numbers)[0]
        state = state._replace(epoch=first + 1)


def find_bad_quantity(recipe: Recipe, place: Place, numbers: Mapping[str, Any]) -> str:
    """The first quantity of a step that is not finite, in words, or the empty string."""
    network, parameters = recipe.architecture, place.state.parameters
    x = recipe.inputs(place.batch.x, numbers)
    passed = propagation.forward(network, parameters, x, recipe.masks(x, numbers, place.state.step))
    for layer in range(1, network.depth + 1):
        for what, group in (("pre-activation h", passed.h), ("activation a", passed.a)):
            if not np.isfinite(group[layer]).all():
                return f"{what} of {_name_layer(network, layer)}"
    weights = recipe.weights(place.batch)
    if not np.isfinite(propagation.cost(network, passed, place.batch.y, weights)):
        return f"the cost ({network.cost.name})"
    errors = propagation.backward(network, parameters, passed, place.batch.y, weights=weights, lowest=1)
    for layer in range(network.depth, 0, -1):
        if errors.dh[layer] is not None and not np.isfinite(errors.dh[layer]).all():
            return f"the error delta of {_name_layer(network, layer)}"
        for _, key in network.layers[layer].arrays:
            if not np.isfinite(errors.gradients[key]).all():
                return f"the gradient dE/d{key}"
    after, met = step(recipe, place.state, place.batch, numbers)
    if not np.isfinite(met):
        return "the penalty on the weights"
    return next(
        (f"the update of {key}" for key, array in after.parameters.items() if not np.isfinite(array).all()), ""
    ) or ("" if after.finite else f"a running mean or sum of {recipe.optimiser.name}")


def _name_layer(network: Architecture, number: int) -> str:
    """A layer by its number in a chain, else by its name, with its activation."""
    layer = network.layers[number]
    weights = layer.arrays[0][1] if layer.arrays else ""  # W1, W2 ... in a chain, whatever dropout stands between
    name = f"layer {weights[1:]}" if re.fullmatch(r"W\d+", weights) else f"layer '{layer.name}'"
    return f"{name} ({layer.activation.name})"


def _describe_place(quantity: str, place: Place) -> str:
    return f"{quantity} is not finite in epoch {place.epoch}, batch {place.number}: the run has diverged."


def _input_to_blame(recipe: Recipe, place: Place, numbers: Mapping[str, Any]) -> str:
    """A sentence on the largest input of a batch if that is likely to blame, else the empty string."""
    sizes = np.abs(recipe.inputs(place.batch.x, numbers)).reshape(len(place.batch.x), -1).max(axis=1)
    worst = int(np.argmax(sizes))
    if sizes[worst] < LARGE_INPUT:
        return ""
    which = f"sample {int(place.samples[worst])}" if place.samples is not None else f"row {worst + 1} of the batch"
    return f"An input of {sizes[worst]:.3g} in {which} is the likely cause; scale the inputs, or look at that row."


def _blame_rate(rate: float) -> str:
    return f"The learning rate, {rate:g}, is probably too high; try a tenth of it."
