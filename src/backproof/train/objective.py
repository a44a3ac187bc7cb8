"""The cost of all samples and its gradient, as a function of the parameters: what a line search asks."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from backproof.arrays import Array
from backproof.data.source import ArraySource, Batch
from backproof.train.settings import Settings
from backproof.train.state import State
from backproof.train.step import Recipe, slopes


class Objective:
    """Counts how often it is asked. In float64; the gradient of what is not trained is 0."""

    def __init__(self, recipe: Recipe, source: ArraySource, settings: Settings) -> None:
        weights = None if source.weights is None else source.weights[:, None]
        numbers = {**settings.numbers(), **(source.scaling._asdict() if source.scaling else {})}
        self.recipe, self.batch = recipe, Batch(source.x.astype(np.float64), source.y.astype(np.float64), weights)
        self.numbers = {key: np.asarray(value, np.float64)[()] for key, value in numbers.items()}
        self.evaluations = 0

    def __call__(self, parameters: Mapping[str, Array]) -> tuple[float, Mapping[str, Array]]:
        """The cost and its gradient there."""
        self.evaluations += 1
        with np.errstate(all="ignore"):
            value, gradient = slopes(self.recipe, State(parameters, {}), self.batch, self.numbers)
        return float(value), self.recipe.architecture.wiring.mask_frozen(gradient)
