"""Training by L-BFGS: all samples in each step, in float64."""

from __future__ import annotations

import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from backproof.data.source import ArraySource
from backproof.network import Network
from backproof.train.lbfgs import Minimum, minimise
from backproof.train.objective import Objective
from backproof.train.settings import Settings


def minimum(
    network: Network, source: ArraySource, settings: Settings, *, tolerance: float, evaluations: int
) -> tuple[Minimum, int]:
    """The minimum that was found, and after how many iterations; with a warning where the limits came first."""
    cost = Objective(settings.recipe(network), source, settings)
    parameters = {key: np.array(array) for key, array in network.parameters.items()}
    points = minimise(cost, parameters, iterations=settings.epochs, tolerance=tolerance, max_evaluations=evaluations)
    found, iterations = None, 0
    for iterations, found in enumerate(points, start=1):  # noqa: B007 - the last ones are wanted
        pass
    if iterations == settings.epochs:
        _warn(iterations, "ITERATIONS", settings.epochs)
    elif cost.evaluations >= evaluations:
        _warn(iterations, "EVALUATIONS OF THE LOSS", settings.epochs)
    return found or Minimum(parameters, *cost(parameters), 1, {}, 0), iterations


def _warn(iterations: int, what: str, limit: int) -> None:
    more = f"\n\nIncrease the number of iterations to improve the convergence (max_iter={limit})."
    warnings.warn(
        f"lbfgs failed to converge after {iterations} iteration(s) (status=1):\nSTOP: TOTAL NO. OF {what} REACHED LIMIT"
        f"{more if iterations == limit else ''}\nYou might also want to scale the data as shown in:\n"
        "    https://scikit-learn.org/stable/modules/preprocessing.html",
        ConvergenceWarning,
        stacklevel=6,
    )
