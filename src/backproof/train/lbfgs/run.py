"""A run whose optimiser searches for the length of each step: L-BFGS, all samples in each, an iteration an epoch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from backproof import propagation
from backproof.arrays import Array
from backproof.data.source import ArraySource, Batch, Source
from backproof.errors import OptionError
from backproof.network import Network
from backproof.operations.optimisers.lbfgs import LBFGS
from backproof.train.lbfgs.minimise import minimise
from backproof.train.options import TrainingOptions
from backproof.train.run import Epochs, Run
from backproof.train.step import Recipe, State, differentiate_cost

LEVEL = "the cost no longer decreases"


class LbfgsRun(Run):
    """As every Run; it ends by itself where the cost no longer decreases. The learning rate has no part in it.

    Errors: OptionError for what makes the cost another from step to step, and for single precision.
    """

    def __init__(self, network: Network, source: Source, options: TrainingOptions, **more: Any) -> None:
        whole = options.batch_size is None or options.batch_size >= source.count
        refused = {
            "batch_size": not whole, "batches": options.batches, "dropout": any(options.dropout_rates(network.depth)),
            "clip": options.clip, "schedule": options.schedule.name != "constant",
            "dtype='float32'": options.dtype != "float64", "engine='jax'": options.engine == "jax",
            "a stream of samples": not isinstance(source, ArraySource),
        }  # fmt: skip
        for what, given in refused.items():
            if given:
                raise OptionError(f"{options.optimizer.title} with a line search takes all samples in each step, in "
                                  f"float64 and on NumPy; leave out {what}.")  # fmt: skip
        super().__init__(network, source, replace(options, engine="numpy"), **more)

    def __iter__(self) -> Iterator[Epochs]:
        assert isinstance(self.source, ArraySource)
        assert isinstance(self.options.optimizer, LBFGS)
        objective = Objective(self.recipe, self.source, self.options)
        if self.stopped or self.state.epoch >= self.options.epochs:
            return
        value = objective(self.state.parameters)[0]
        for found in minimise(
            objective, self.state.parameters, history=int(self.options.optimizer.history),
            iterations=self.options.epochs - self.state.epoch, slots=self.state.slots, step=self.state.step,
            dot=self.start.wiring.dot,
        ):  # fmt: skip
            self.state = self.state._replace(
                parameters=objective.renew(found.parameters, self.state.parameters),
                slots=found.slots,
                step=found.step,
                epoch=self.state.epoch + 1,
            )
            if found.level:  # known before anybody looks, so that a checkpoint of this epoch knows it too
                self.stopped = LEVEL
            self.costs.append(np.array([value]))
            yield Epochs(self.state.epoch, self.costs[-1], 1.0)
            value = found.value
            if self.stopped:
                return
        if self.state.epoch < self.options.epochs:
            self.stopped = LEVEL


class Objective:
    """Counts how often it is asked. In the precision of the options; the gradient of what is not trained is 0."""

    def __init__(self, recipe: Recipe, source: ArraySource, options: TrainingOptions) -> None:
        numbers = {**options.numbers, **source.scaling_numbers}
        cast = partial(np.asarray, dtype=options.dtype)
        weights = None if source.weights is None else cast(source.weights)[:, None]
        x = cast(source.x) if isinstance(source.x, np.ndarray) else source.x.astype(options.dtype)
        self.recipe, self.batch = recipe, Batch(x, cast(source.y), weights)
        self.numbers = {key: cast(value)[()] for key, value in numbers.items()}
        self.evaluations = 0

    def __call__(self, parameters: Mapping[str, Array]) -> tuple[float, Mapping[str, Array]]:
        """The cost and its gradient there."""
        self.evaluations += 1
        with np.errstate(all="ignore"):
            value, gradient, _ = differentiate_cost(self.recipe, State(parameters, {}), self.batch, self.numbers)
        return float(value), self.recipe.architecture.wiring.mask_frozen(gradient)

    def renew(self, parameters: Mapping[str, Array], before: Mapping[str, Array]) -> dict[str, Array]:
        """The parameters, with those arrays moved on that no gradient trains, such as running statistics."""
        network, kept = self.recipe.architecture, dict(parameters)
        kept |= {key: before[key] for key in network.fresh_buffers}
        if len(network.fresh_buffers):
            x = self.recipe.inputs(self.batch.x, self.numbers)
            passed = propagation.forward(network, kept, x, self.recipe.masks(x, self.numbers, 0))
            kept |= {key: kept[key] + change for key, change in propagation.renewals(network, kept, passed).items()}
        return kept
