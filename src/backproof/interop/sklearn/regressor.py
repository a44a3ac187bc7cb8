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
from backproof.interop.sklearn.sparse import to_rows
from backproof.operations.cost import Cost, costs


class MLPRegressor(RegressorMixin, Base):
    """Multi-layer perceptron regressor with the interface of scikit-learn.

    Parameters, attributes and methods are those of `sklearn.neural_network.MLPRegressor`, and those below.

    Parameters
    ----------
    activation, out_activation : str, list of str, Activation, optional
        Activation of the hidden layers, or a list with one for each, and of the outputs: scikit-learn's names, those
        of this package, or one made with `backproof.activation`.
    loss : str or Cost, default 'squared_error'
        Cost: scikit-learn's name or one of this package's.
    l1 : float, default 0.0
        Penalty on the absolute values of the weights, as `alpha` is on their squares.
    dropout : float or list of float, default 0.0
        Fraction of hidden units that a step leaves out, of all hidden layers or of each.
    clip : float, optional
        Maximum norm of a step's gradient.
    scoring : str or callable, optional
        Scorer that early stopping goes by.
    callbacks : list of callable, default ()
        Called with (run, epochs) after each epoch; one that returns True ends the training.
    keep_optimizer : bool, default False
        Whether a warm start keeps the moments of the optimiser too.
    engine : {'auto', 'numpy', 'jax'}, default 'auto'
        What computes.
    precision : {'auto', 'float32', 'float64'}, default 'auto'
        Precision to compute in. By itself that of X with L-BFGS, float64 for short runs, and else float32, which is
        twice as fast. Parameters and predictions have the precision of X.

    Attributes
    ----------
    coefs_, intercepts_ : list of ndarray
        Weights, shape (units from, units to), and biases of each layer. They may be set by hand.
    validation_loss_curve_ : list of float or None
        With early stopping, the loss of the held-out samples after each epoch.
    engine_, precision_ : str
        What it was trained with.

    See Also
    --------
    MLPClassifier : The same for classes.
    backproof.train.fit : Training without scikit-learn.

    Notes
    -----
    As in scikit-learn, "squared_error" stands for half of it. The loss of several outputs is the sum of theirs, which
    is what scikit-learn minimises too; it shows their mean.

    Examples
    --------
    >>> from backproof.sklearn import MLPRegressor
    >>> X, y = [[0.0], [1.0], [2.0], [3.0]], [1.0, 3.0, 5.0, 7.0]
    >>> model = MLPRegressor(hidden_layer_sizes=(8,), solver="lbfgs", random_state=0).fit(X, y)
    >>> model.predict([[1.0]]).round(1).tolist()
    [3.0]
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
        return to_rows(X), self._targets(y)

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
