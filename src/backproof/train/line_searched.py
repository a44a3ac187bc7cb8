"""A run whose optimiser searches for the length of each step: L-BFGS, all samples in each, an iteration an epoch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from backproof.data.source import ArraySource, Source
from backproof.errors import OptionError
from backproof.network import Network
from backproof.operations.optimisers.lbfgs import LBFGS
from backproof.train.lbfgs import minimise
from backproof.train.objective import Objective
from backproof.train.run import Epochs, Run
from backproof.train.settings import Settings

LEVEL = "the cost does not fall any more"


class LineSearched(Run):
    """As every Run; it ends by itself where the cost does not fall any more. The learning rate has no part in it.

    Errors: OptionError for what makes the cost another from step to step, and for single precision.
    """

    def __init__(self, network: Network, source: Source, settings: Settings, **options: Any) -> None:
        whole = settings.batch_size is None or settings.batch_size >= source.count
        refused = {
            "batch_size": not whole, "batches": settings.batches, "dropout": any(settings.dropout),
            "clip": settings.clip, "schedule": settings.schedule.name != "constant",
            "dtype='float32'": settings.dtype != "float64", "engine='jax'": options.get("engine") == "jax",
            "a stream of samples": not isinstance(source, ArraySource),
        }  # fmt: skip
        for what, given in refused.items():
            if given:
                raise OptionError(f"{settings.optimiser.title} with a line search takes all samples in each step, in "
                                  f"float64 and on NumPy; leave out {what}.")  # fmt: skip
        super().__init__(network, source, settings, **{**options, "engine": "numpy"})

    def __iter__(self) -> Iterator[Epochs]:
        assert isinstance(self.source, ArraySource)
        assert isinstance(self.settings.optimiser, LBFGS)
        objective = Objective(self.recipe, self.source, self.settings)
        if self.stopped or self.state.epoch >= self.settings.epochs:
            return
        value = objective(self.state.parameters)[0]
        for found in minimise(
            objective, self.state.parameters, history=int(self.settings.optimiser.history),
            iterations=self.settings.epochs - self.state.epoch, slots=self.state.slots, step=self.state.step,
            dot=self.start.wiring.dot,
        ):  # fmt: skip
            self.state = self.state._replace(
                parameters=found.parameters, slots=found.slots, step=found.step, epoch=self.state.epoch + 1
            )
            if found.level:  # known before anybody looks, so that a checkpoint of this epoch knows it too
                self.stopped = LEVEL
            self.costs.append(np.array([value]))
            yield Epochs(self.state.epoch, self.costs[-1], 1.0)
            value = found.value
            if self.stopped:
                return
        if self.state.epoch < self.settings.epochs:
            self.stopped = LEVEL
