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

    Parameters, attributes and methods are those of `sklearn.neural_network.MLPRegressor`, and more of them.

    Parameters
    ----------
    loss : str or Cost, default 'squared_error'
        Cost: 'squared_error', 'poisson', or one of this package, by its name or itself.
    hidden_layer_sizes : int or array_like of int, default (100,)
        Number of units of each hidden layer; ``()`` for none.
    activation : str or Activation, or list of them, default 'relu'
        Activation of the hidden layers, or a list with one for each: 'identity', 'logistic', 'tanh', 'relu', another
        one of this package by its name, or one made with `backproof.activation`.
    solver : {'lbfgs', 'sgd', 'adam'}, default 'adam'
        'sgd' and 'adam' take a step for each batch of samples; 'lbfgs' searches with all samples at once, and suits
        small tables.
    alpha : float, default 0.0001
        Penalty on the squares of the weights, ``alpha / 2`` times their sum, divided by the number of samples.
    batch_size : int or 'auto', default 'auto'
        Number of samples of a step; 'auto' is ``min(200, n_samples)``. Not used by 'lbfgs'.
    learning_rate : {'constant', 'invscaling', 'adaptive'}, default 'constant'
        How the learning rate of 'sgd' changes: not at all; divided by ``t ** power_t`` after t samples; divided by 5
        each time that `n_iter_no_change` epochs bring no improvement of `tol`.
    learning_rate_init : float, default 0.001
        The first learning rate of 'sgd' and 'adam'.
    power_t : float, default 0.5
        The exponent of 'invscaling'.
    max_iter : int, default 200
        Maximum number of epochs, or of iterations of 'lbfgs'.
    shuffle : bool, default True
        Whether the samples are shuffled before each epoch.
    random_state : int, RandomState instance or None, default None
        Draws the first weights, what is held out, the order of the samples and dropout. The same int gives the same
        numbers on the same machine.
    tol : float, default 1e-4
        Smallest improvement of the loss, or of the score of what is held out, that counts; of 'lbfgs', the largest
        entry of the gradient with which it ends.
    verbose : bool, default False
        Whether to print the loss of each epoch.
    warm_start : bool, default False
        Whether `fit` goes on from the weights of the fit before.
    momentum : float, default 0.9
        Momentum of 'sgd', from 0 to 1.
    nesterovs_momentum : bool, default True
        Whether it is Nesterov's.
    early_stopping : bool, default False
        Whether a part of the samples is held out, and training ends when their score no longer improves; the weights
        of the best epoch are kept. Otherwise it ends when the training loss no longer improves.
    validation_fraction : float, default 0.1
        The part that is held out.
    beta_1, beta_2 : float, default 0.9 and 0.999
        Decay of the running means of the gradient and of its square in 'adam', from 0 to below 1.
    epsilon : float, default 1e-8
        Added to the root in the denominator of 'adam', after the correction of the moments.
    n_iter_no_change : int or inf, default 10
        Number of epochs without an improvement after which training ends.
    max_fun : int, default 15000
        Maximum number of evaluations of the loss by 'lbfgs'.
    out_activation : str or Activation, default None
        Activation of the outputs; by default 'identity', with the loss 'poisson' 'exp'.
    l1 : float, default 0.0
        Penalty on the absolute values of the weights, as `alpha` is on their squares.
    dropout : float or list of float, default 0.0
        Fraction of hidden units that a step leaves out, of all hidden layers or of each.
    clip : float, default None
        Maximum norm of a step's gradient.
    scoring : str or callable, default None
        Scorer that early stopping goes by; by default `score`.
    callbacks : list of callable, default ()
        Called with (run, epochs) after each epoch; one that returns True ends the training.
    keep_optimizer : bool, default False
        Whether a warm start keeps the moments of the optimiser too.
    engine : {'auto', 'numpy', 'jax'}, default 'auto'
        What computes. 'auto' begins with NumPy and goes on with JAX once that pays, whatever was fitted before; sparse
        inputs stay with NumPy. 'jax' is quicker for many fits of the same sizes: it compiles for the first one alone.
    precision : {'auto', 'float32', 'float64'}, default 'auto'
        Precision to compute in. 'auto' is that of X with 'lbfgs', float64 for short runs, and else float32, which is
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
        X = self._to_numbers(X, reset)
        X, y = validate_data(
            self, X, y, accept_sparse=["csr", "csc"], multi_output=True, y_numeric=True,
            dtype=(np.float64, np.float32), reset=reset or self._is_vectorized,
        )  # fmt: skip
        self._keep_columns()
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
