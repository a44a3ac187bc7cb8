"""From the parameters of an estimator to the settings of a run."""

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
from backproof.train import engines
from backproof.train.orders import Orders
from backproof.train.settings import Settings, settings

#: Samples of a step, where `batch_size` is "auto".
BATCH = 200
#: A number that is larger has a square that leaves float32.
LARGEST = 1e15


def optimiser(given: Parameters) -> Optimiser:
    """What `solver` names, with its numbers."""
    if given.solver == "sgd":
        momentum = float(given.momentum)
        return Sgd(momentum, bool(given.nesterovs_momentum) and momentum > 0)
    return Adam(float(given.beta_1), float(given.beta_2), float(given.epsilon))


def batch_size(given: Any, count: int) -> int:
    """The samples of a step."""
    if given == "auto":
        return min(BATCH, count)
    if given > count:
        warnings.warn(
            "Got `batch_size` less than 1 or larger than sample size. It is going to be clipped", stacklevel=7
        )
    return int(min(given, count))


def chosen(given: Parameters, network: Network, count: int, seed: int, size: int | None) -> Settings:
    """The settings of a run on `count` samples, in float64."""
    return settings(
        network, count, epochs=int(given.max_iter), learning_rate=float(given.learning_rate_init),
        optimizer=optimiser(given), batch_size=size, shuffle=bool(given.shuffle), seed=seed, l1=given.l1,
        l2=given.alpha, share_penalty=True, dropout=given.dropout, clip=given.clip,
    )  # fmt: skip


def engine(given: Parameters, network: Network, settings: Settings, count: int) -> str:
    """The name of the engine."""
    orders = Orders.of(settings, count)
    steps = orders.steps * settings.epochs
    return engines.choose(given.engine, settings.recipe(network), settings.dtype, steps, orders.width).name


def precise(given: Parameters, settings: Settings, engine: str, data: ArraySource) -> Settings:
    """The settings in the precision that is asked for; by itself float32 where a program is compiled and it will do."""
    if given.precision != "auto":
        return replace(settings, dtype=given.precision)
    quick = engine == "jax" and not (_large(data.x) or _large(data.y))
    return replace(settings, dtype="float32" if quick else "float64")


def _large(array: Any) -> bool:
    return bool(array.size) and max(float(np.max(array)), -float(np.min(array))) > LARGEST
