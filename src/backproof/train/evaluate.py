"""What a network answers to many samples, and what that costs, a thousand samples at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from backproof import propagation
from backproof.arrays import AnyArray, Array
from backproof.data.source import ArraySource
from backproof.train.step import Recipe

#: Samples that go through the network together.
ROWS = 1024


class Evaluation(NamedTuple):
    """Outputs (samples, outputs), and the cost of all samples together."""

    outputs: AnyArray
    cost: float


def evaluate(recipe: Recipe, parameters: Mapping[str, Any], data: ArraySource, dtype: str) -> Evaluation:
    """As in prediction, without penalty, computed in that precision, whatever the parameters' own is.

    The cost is a sum or a (weighted) mean over samples, as the network has it.
    """
    outputs, terms = np.empty(data.y.shape, dtype), np.empty(data.count)
    for rows, answers, costs in _evaluate_rows(recipe, parameters, data, dtype):
        outputs[rows], terms[rows] = answers, costs
    return Evaluation(outputs, _add_terms(recipe, data, terms))


def evaluate_cost(recipe: Recipe, parameters: Mapping[str, Any], data: ArraySource, dtype: str) -> float:
    """The cost alone, for which no outputs are kept."""
    terms = np.empty(data.count)
    for rows, _, costs in _evaluate_rows(recipe, parameters, data, dtype):
        terms[rows] = costs
    return _add_terms(recipe, data, terms)


def _evaluate_rows(
    recipe: Recipe, parameters: Mapping[str, Any], data: ArraySource, dtype: str
) -> Iterator[tuple[slice, AnyArray, Array]]:
    """The outputs for some rows after the other, and what each of these samples costs by itself."""
    network = recipe.architecture.prediction
    parameters = {key: np.asarray(array, dtype) for key, array in parameters.items()}
    numbers = {"learning_rate": np.dtype(dtype).type(0)}
    numbers |= {key: np.asarray(value, dtype) for key, value in data.scaling_numbers.items()}
    for start in range(0, data.count, ROWS):
        rows = slice(start, start + ROWS)
        with np.errstate(all="ignore"):
            passed = propagation.forward(network, parameters, recipe.inputs(data.x[rows], numbers))
            y = np.asarray(data.y[rows], dtype)
            scale = len(y) if recipe.architecture.reduction == "mean" else 1
            costs = scale * propagation.cost_terms(network, passed, y).sum(axis=1, dtype=np.float64)
        yield rows, network.collect_outputs(passed.a), costs


def _add_terms(recipe: Recipe, data: ArraySource, terms: Array) -> float:
    """The cost of all samples, of what each costs by itself."""
    weights = np.ones(len(terms)) if data.weights is None else data.weights
    with np.errstate(all="ignore"):
        return float(terms @ weights / (weights.sum() if recipe.architecture.reduction == "mean" else 1.0))
