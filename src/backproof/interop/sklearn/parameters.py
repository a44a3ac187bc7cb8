"""The parameters of the estimators: scikit-learn's with their bounds, and those that it has not."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
from sklearn.utils._param_validation import HasMethods, Interval, Options, StrOptions

from backproof.operations.activation import Activation, activations
from backproof.operations.cost import Cost, costs

#: What scikit-learn calls an activation, where the name is another here.
ACTIVATIONS = {"logistic": "sigmoid", "exp": "exponential"}
#: What scikit-learn calls a loss; log_loss goes by the outputs.
COSTS = {"squared_error": "half_squared_error", "poisson": "poisson"}
#: Activations whose outputs can be read as probabilities.
PROBABLE = ("logistic", "sigmoid", "softmax")

_ACTIVATION = [StrOptions({*ACTIVATIONS, *activations.names()}), Activation]
_SHARE = Interval(Real, 0, 1, closed="left")
_FROM_0, _ABOVE_0 = Interval(Real, 0, None, closed="left"), Interval(Real, 0, None, closed="neither")
_FROM_1 = Interval(Integral, 1, None, closed="left")


class Parameters:
    """Every parameter, in scikit-learn's order and then those that it has not; MLPClassifier describes them."""

    hidden_layer_sizes: Any
    activation: Any
    solver: str
    alpha: float
    batch_size: Any
    learning_rate: str
    learning_rate_init: float
    power_t: float
    max_iter: int
    loss: Any
    shuffle: bool
    random_state: Any
    tol: float
    verbose: Any
    warm_start: bool
    momentum: float
    nesterovs_momentum: bool
    early_stopping: bool
    validation_fraction: float
    beta_1: float
    beta_2: float
    epsilon: float
    n_iter_no_change: float
    max_fun: int
    out_activation: Any
    l1: float
    dropout: Any
    clip: float | None
    scoring: Any
    callbacks: Any
    keep_optimizer: bool
    engine: str
    precision: str

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "hidden_layer_sizes": ["array-like", _FROM_1],
        "activation": [*_ACTIVATION, list, tuple],
        "solver": [StrOptions({"lbfgs", "sgd", "adam"})],
        "alpha": [_FROM_0],
        "batch_size": [StrOptions({"auto"}), _FROM_1],
        "learning_rate": [StrOptions({"constant", "invscaling", "adaptive"})],
        "learning_rate_init": [_ABOVE_0],
        "power_t": [_FROM_0],
        "max_iter": [_FROM_1],
        "shuffle": ["boolean"],
        "random_state": ["random_state"],
        "tol": [_FROM_0],
        "verbose": ["verbose"],
        "warm_start": ["boolean"],
        "momentum": [Interval(Real, 0, 1, closed="both")],
        "nesterovs_momentum": ["boolean"],
        "early_stopping": ["boolean"],
        "validation_fraction": [_SHARE],
        "beta_1": [_SHARE],
        "beta_2": [_SHARE],
        "epsilon": [_ABOVE_0],
        "n_iter_no_change": [_FROM_1, Options(Real, {np.inf})],
        "max_fun": [_FROM_1],
        "out_activation": [*_ACTIVATION, None],
        "l1": [_FROM_0],
        "dropout": ["array-like", _SHARE],
        "clip": [_ABOVE_0, None],
        "scoring": [str, callable, None],
        "callbacks": [HasMethods("__iter__")],
        "keep_optimizer": ["boolean"],
        "engine": [StrOptions({"auto", "numpy", "jax"})],
        "precision": [StrOptions({"auto", "float32", "float64"})],
    }

    def _take(self, given: Mapping[str, Any]) -> None:
        """Keep the arguments of a constructor as they are, as scikit-learn wants it."""
        vars(self).update({name: value for name, value in given.items() if name in self._parameter_constraints})


def allow_losses(*theirs: str) -> list[Any]:
    """What a parameter `loss` may be."""
    return [StrOptions({*theirs, *costs.names()}), Cost]
