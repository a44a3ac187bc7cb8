"""The training loop: forward, backward and update, over and over, as `propagation` has them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from backproof import propagation
from backproof.errors import NumberError, OptionError, ShapeError
from backproof.network import Network, rate, samples
from backproof.operations.optimiser import optimisers
from backproof.operations.registry import shown
from backproof.train.history import History

Array = NDArray[np.float64]
Report = Callable[[int, float], None]


def fit(
    network: Network,
    x: ArrayLike,
    y: ArrayLike,
    *,
    epochs: int = 1000,
    learning_rate: float = 0.1,
    optimizer: Any = "sgd",
    batch_size: int | None = None,
    batches: Sequence[Sequence[int]] = (),
    seed: int = 0,
    report: Report | None = None,
) -> History:
    """Train a network on inputs x (samples, inputs) and targets y (samples, outputs), in float64 on NumPy.

    optimizer: a name or a table such as {"name": "sgd", "momentum": 0.9}. batch_size: samples a step, shuffled anew
    each epoch by `seed`; left out, each step takes all samples in order. batches: instead, the samples (from 1) of each
    step of an epoch, as a worksheet's [training] has them. report: called after each epoch with its number, from 1,
    and its cost.

    Errors: ShapeError and NumberError for data that does not fit or is not finite, OptionError for options out of
    range, NumberError at the first cost that is not finite, with the epoch and the likely cause.
    """
    inputs, targets = _data(network, x, y)
    _whole("epochs", epochs, 0)
    _whole("seed", seed, 0)
    rate(learning_rate)
    chosen = _batches(batches, batch_size, len(inputs))
    optimiser = optimisers.make(optimizer)
    parameters: dict[str, Any] = dict(network.parameters)
    slots = propagation.first_slots(optimiser, parameters)
    random = np.random.default_rng(seed)
    costs: list[float] = []
    step = 0
    with np.errstate(all="ignore"):
        for epoch in range(1, epochs + 1):
            met = []
            for batch in rows_of_steps(len(inputs), batch_size, chosen, random):
                step += 1
                passed = propagation.forward(network, parameters, inputs[batch])
                errors = propagation.backward(network, parameters, passed, targets[batch])
                met.append(float(propagation.cost(network, passed, targets[batch])))
                steps, slots = propagation.changes(
                    network, optimiser, errors.gradients, slots, step, learning_rate, parameters
                )
                parameters = propagation.update(parameters, steps)
            costs.append(_finite(sum(met) / len(met), epoch, learning_rate))
            if report is not None:
                report(epoch, costs[-1])
        final = float(propagation.cost(network, propagation.forward(network, parameters, inputs), targets))
    _finite(final, epochs, learning_rate)
    return History(network.with_parameters(parameters), costs, final)


def rows_of_steps(
    count: int, size: int | None, batches: Sequence[Sequence[int]], random: np.random.Generator
) -> Iterator[Any]:
    """The rows of each step of one epoch."""
    if batches:
        yield from ([number - 1 for number in batch] for batch in batches)
    elif size is None or size >= count:
        yield slice(None)
    else:
        order = random.permutation(count)
        yield from (order[start : start + size] for start in range(0, count, size))


def _data(network: Network, x: ArrayLike, y: ArrayLike) -> tuple[Array, Array]:
    """Inputs and targets that fit the network and each other."""
    inputs = samples(x, len(network.units[0]), "inputs")
    targets = samples(y, len(network.units[-1]), "targets")
    if len(inputs) != len(targets):
        raise ShapeError(f"there are {len(inputs)} inputs and {len(targets)} targets; expected as many of each.")
    return inputs, targets


def _batches(given: Any, size: Any, count: int) -> list[list[int]]:
    """The numbers of the samples of each step, where they are given: from 1 to `count`."""
    if size is not None:
        _whole("batch_size", size, 1)
    try:
        batches = [list(batch) for batch in given]
    except TypeError:
        batches = [[]]
    numbers = [number for batch in batches for number in batch]
    whole = all(isinstance(number, int | np.integer) and not isinstance(number, bool) for number in numbers)
    if not (all(batches) and whole and all(1 <= number <= count for number in numbers)):
        raise OptionError(
            f"batches must hold numbers of samples from 1 to {count}, a list for each step as in [[1], [2]]; "
            f"received {shown(given)}."
        )
    if batches and size is not None:
        raise OptionError("batches and batch_size both say which samples a step takes; give one of them.")
    return batches


def _whole(what: str, value: Any, least: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
        raise OptionError(f"{what} must be a whole number from {least}, received {shown(value)}.")


def _finite(cost: float, epoch: int, rate: float) -> float:
    if not np.isfinite(cost):
        raise NumberError(
            f"the cost is not finite in epoch {epoch}: the run has diverged. The learning rate, {rate:g}, is likely "
            "too high; try a tenth of it."
        )
    return cost
