"""What a network answers to many samples, and what that costs, a few thousand samples at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from backproof import propagation
from backproof.arrays import AnyArray
from backproof.data.source import ArraySource
from backproof.train.step import Recipe

ROWS = 1024


class Evaluation(NamedTuple):
    """Outputs (samples, outputs), and the cost of all samples together."""

    outputs: AnyArray
    cost: float


def evaluate(recipe: Recipe, parameters: Mapping[str, Any], data: ArraySource, dtype: str) -> Evaluation:
    """As in prediction, without penalty, computed in that precision, whatever the parameters' own is.

    The cost is a sum or a (weighted) mean over samples, as the network has it.
    """
    network = recipe.architecture.prediction
    parameters = {key: np.asarray(array, dtype) for key, array in parameters.items()}
    numbers = {"learning_rate": np.dtype(dtype).type(0)}
    numbers |= {key: np.asarray(value, dtype) for key, value in data.scaling_numbers.items()}
    outputs = np.empty(data.y.shape, dtype)
    terms = np.empty(data.count)
    with np.errstate(all="ignore"):
        for start in range(0, data.count, ROWS):
            rows = slice(start, start + ROWS)
            passed = propagation.forward(network, parameters, recipe.inputs(data.x[rows], numbers))
            outputs[rows] = network.collect_outputs(passed.a)
            y = np.asarray(data.y[rows], dtype)
            scale = len(y) if recipe.architecture.reduction == "mean" else 1
            terms[rows] = scale * propagation.cost_terms(network, passed, y).sum(axis=1, dtype=np.float64)
        weights = np.ones(len(terms)) if data.weights is None else data.weights
        cost = terms @ weights / (weights.sum() if recipe.architecture.reduction == "mean" else 1.0)
    return Evaluation(outputs, float(cost))
