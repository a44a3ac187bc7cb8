"""The regressor."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.metrics import r2_score
from sklearn.utils import column_or_1d
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import validate_data

from backproof.arrays import AnyArray
from backproof.interop.sklearn.base import Base
from backproof.interop.sklearn.parameters import COSTS, Parameters, allow_losses
from backproof.interop.sklearn.weights import to_dense
from backproof.operations.cost import Cost, costs


class MLPRegressor(RegressorMixin, Base):
    """A multi-layer perceptron that answers with numbers: scikit-learn's, with what its users asked for.

    Parameters, attributes and methods are those of `sklearn.neural_network.MLPRegressor`; see `Parameters` for what
    there is beside them. As there, "squared_error" stands for half of it. The loss of several outputs is the sum of
    theirs, which is what is minimised there, too; scikit-learn shows their mean.

    `validation_loss_curve_`: with early stopping, the loss of what is held out after each epoch. `engine_` and
    `precision_`: what it was trained with.
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **Parameters._parameter_constraints,
        "loss": allow_losses("squared_error", "poisson"),
    }

    def __init__(
        self,
        loss: Any = "squared_error",
        hidden_layer_sizes: Any = (100,),
        activation: Any = "relu",
        *,
        solver: str = "adam",
        alpha: float = 0.0001,
        batch_size: Any = "auto",
        learning_rate: str = "constant",
        learning_rate_init: float = 0.001,
        power_t: float = 0.5,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: Any = None,
        tol: float = 1e-4,
        verbose: Any = False,
        warm_start: bool = False,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        n_iter_no_change: float = 10,
        max_fun: int = 15000,
        out_activation: Any = None,
        l1: float = 0.0,
        dropout: Any = 0.0,
        clip: float | None = None,
        scoring: Any = None,
        callbacks: Any = (),
        keep_optimizer: bool = False,
        engine: str = "auto",
        precision: str = "auto",
    ) -> None:
        self._take(locals())

    def predict(self, X: Any) -> AnyArray:
        """The numbers: (samples,), or (samples, outputs) where y had several columns."""
        return self._labels(self._answered(X))

    @available_if(lambda self: self._stochastic())
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
        """Train for one epoch more on X and y."""
        self._validate_params()
        return self._fit(X, y, sample_weight, more=True)

    def _read(self, X: Any, y: Any, more: bool, reset: bool) -> tuple[AnyArray, AnyArray]:
        X, y = validate_data(
            self, X, y, accept_sparse=["csr", "csc"], multi_output=True, y_numeric=True,
            dtype=(np.float64, np.float32), reset=reset,
        )  # fmt: skip
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        return to_dense(X), self._targets(y)

    def _targets(self, y: AnyArray) -> AnyArray:
        return y.reshape(-1, 1) if y.ndim == 1 else y

    def _labels(self, targets: AnyArray) -> AnyArray:
        return targets.ravel() if targets.shape[1] == 1 else targets

    def _output(self) -> str:
        return "exp" if self.loss == "poisson" else "identity"

    def _cost(self) -> Cost:
        return costs.make(COSTS.get(self.loss, self.loss) if isinstance(self.loss, str) else self.loss)

    def _worth(self, y: Any, answers: Any, weights: Any) -> float:
        return float(r2_score(y, answers, sample_weight=weights))
