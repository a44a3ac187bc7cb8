"""From the parameters of an estimator to the options of a run."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import Any

import numpy as np

from backproof.data.source import ArraySource
from backproof.interop.sklearn.parameters import Parameters
from backproof.network import Network
from backproof.operations.optimiser import Optimiser
from backproof.operations.optimisers.adam import Adam
from backproof.operations.optimisers.sgd import Sgd
from backproof.train.batches import Orders
from backproof.train.engines.numpy import NumpyEngine
from backproof.train.options import TrainingOptions
from backproof.train.step import Recipe

#: The options of a run that are parameters of the estimators, by the names that they have there.
NAMES = {
    "epochs": "max_iter", "learning_rate": "learning_rate_init", "shuffle": "shuffle", "l1": "l1", "l2": "alpha",
    "dropout": "dropout", "clip": "clip", "engine": "engine",
}  # fmt: skip
#: Samples of a step, where `batch_size` is "auto".
BATCH = 200
#: Number of seconds from which a run is long.
LONG = 0.2
#: A number that is larger has a square that leaves float32.
LARGEST = 1e15


def make_optimiser(given: Parameters) -> Optimiser:
    """What `solver` names, with its numbers."""
    if given.solver == "sgd":
        momentum = float(given.momentum)
        return Sgd(momentum, bool(given.nesterovs_momentum) and momentum > 0)
    return Adam(float(given.beta_1), float(given.beta_2), float(given.epsilon))


def choose_batch_size(given: Any, count: int) -> int:
    """The samples of a step."""
    if given == "auto":
        return min(BATCH, count)
    if given > count:
        warnings.warn(
            "Got `batch_size` less than 1 or larger than sample size. It is going to be clipped", stacklevel=7
        )
    return int(min(given, count))


def training_options(given: Parameters, seed: int, size: int | None, **more: Any) -> TrainingOptions:
    """The options of a run, in float64 unless `more` says otherwise."""
    same = {name: getattr(given, theirs) for name, theirs in NAMES.items()}
    options = {**same, "optimizer": make_optimiser(given), "batch_size": size, "seed": seed, "share_penalty": True}
    return TrainingOptions(**(options | more))


def choose_precision(
    given: Parameters, options: TrainingOptions, network: Network, data: ArraySource
) -> TrainingOptions:
    """The options in the precision that is asked for; by itself float32 for a long run, or JAX, where it will do."""
    if given.precision != "auto":
        return replace(options, dtype=given.precision)
    quick = options.engine == "jax" or (options.engine == "auto" and _is_long(options, network, data.count))
    large = quick and (_is_large(data.x) or _is_large(data.y))
    return replace(options, dtype="float32" if quick and not large else "float64")


def _is_long(options: TrainingOptions, network: Network, count: int) -> bool:
    """Whether a run on `count` samples may take some time."""
    orders, recipe = Orders.of(options, count), Recipe.of(network.architecture, options)
    return NumpyEngine.seconds(recipe, orders.steps * options.epochs, orders.width) > LONG


def _is_large(array: Any) -> bool:
    return bool(array.size) and max(float(np.max(array)), -float(np.min(array))) > LARGEST
