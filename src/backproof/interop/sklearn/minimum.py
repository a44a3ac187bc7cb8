"""The solver lbfgs: SciPy's L-BFGS-B, as in scikit-learn, on the cost and gradient of this package."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize
from sklearn.utils.optimize import _check_optimize_result

from backproof.arrays import AnyArray
from backproof.data.source import ArraySource
from backproof.errors import NumberError
from backproof.network import Network
from backproof.train.lbfgs.flat import FlatObjective
from backproof.train.lbfgs.run import Objective
from backproof.train.options import TrainingOptions
from backproof.train.step import Recipe


class Minimum(NamedTuple):
    """Where the search ended: the parameters, their cost, and how many iterations it took."""

    parameters: dict[str, AnyArray]
    cost: float
    iterations: int


def find_minimum(
    network: Network, source: ArraySource, options: TrainingOptions, *, tolerance: float, evaluations: int
) -> Minimum:
    """The minimum that was found, with a warning where the limits came first.

    Errors: NumberError where numbers are not finite.
    """
    recipe = Recipe.of(network.architecture, options)
    cost = FlatObjective(Objective(recipe, source, options), network.parameters, options.dtype)
    found = minimize(
        cost, cost.start, method="L-BFGS-B", jac=cost.gradient,
        options={"maxfun": evaluations, "maxiter": options.epochs, "gtol": tolerance},
    )  # fmt: skip
    if not (np.isfinite(found.fun) and np.isfinite(found.x).all()):
        raise NumberError("the cost is not finite where the search ended.")
    cost.place(found.x)
    iterations = _check_optimize_result("lbfgs", found, options.epochs)
    return Minimum(cost.parameters, float(found.fun), int(iterations))
