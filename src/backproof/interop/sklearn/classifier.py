"""The classifier."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.metrics import accuracy_score
from sklearn.utils import column_or_1d, compute_sample_weight
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import _check_partial_fit_first_call, type_of_target, unique_labels
from sklearn.utils.validation import _check_sample_weight, validate_data

from backproof.arrays import AnyArray
from backproof.interop.sklearn.base import Base
from backproof.interop.sklearn.labels import Columns, Labels
from backproof.interop.sklearn.parameters import COSTS, PROBABLE, Parameters, allow_losses
from backproof.interop.sklearn.sparse import to_dense, to_rows
from backproof.operations.cost import Cost, costs


class MLPClassifier(ClassifierMixin, Base):
    """Multi-layer perceptron classifier with the interface of scikit-learn.

    Parameters, attributes and methods are those of `sklearn.neural_network.MLPClassifier`, and more of them.

    Parameters
    ----------
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
    class_weight : 'balanced', dict or list of dict, default None
        Weight of each class in the loss; for several columns of classes a list with one for each.
    loss : str or Cost, default 'log_loss'
        Cost: 'log_loss', or one of this package, by its name or itself.
    out_activation : str or Activation, default None
        Activation of the outputs; by default 'softmax', or 'logistic' for two classes or several labels.
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
    MLPRegressor : The same for numbers.
    backproof.train.fit : Training without scikit-learn.

    Notes
    -----
    y may have several columns of classes. Then `classes_` and the result of `predict_proba` are lists with one entry
    for each column.

    Examples
    --------
    >>> from backproof.sklearn import MLPClassifier
    >>> X, y = [[0, 0], [0, 1], [1, 0], [1, 1]], ["no", "yes", "yes", "yes"]
    >>> model = MLPClassifier((4,), max_iter=500, learning_rate_init=0.1, random_state=0).fit(X, y)
    >>> model.predict(X).tolist()
    ['no', 'yes', 'yes', 'yes']
    """

    _labelling: Labels | Columns

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **Parameters._parameter_constraints,
        "class_weight": [dict, list, str, None],
        "loss": allow_losses("log_loss"),
    }

    def __init__(
        self,
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
        class_weight: Any = None,
        loss: Any = "log_loss",
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
        """The classes: (samples,), or (samples, columns) where y had several."""
        return self._labels(self._answered(X))

    @available_if(lambda self: self.out_activation in (None, *PROBABLE))
    def predict_proba(self, X: Any) -> Any:
        """The probability of each class, (samples, classes); where y had several columns of classes, a list of them."""
        outputs = self._answered(X)
        return self._labelling.probabilities(outputs)

    @available_if(lambda self: self.out_activation in (None, *PROBABLE))
    def predict_log_proba(self, X: Any) -> Any:
        """The logarithm of `predict_proba`."""
        found = self.predict_proba(X)
        with np.errstate(divide="ignore"):
            return [np.log(each) for each in found] if isinstance(found, list) else np.log(found)

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """The share of right answers; of several columns of classes, of all of them together."""
        return float(self._worth(np.asarray(y), self.predict(X), sample_weight))

    @available_if(lambda self: self._stochastic())
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None, classes: Any = None) -> Any:
        """Train for one epoch more on X and y; the first call wants all classes there are."""
        self._validate_params()
        if classes is not None and len(classes) and np.ndim(classes[0]):
            self._first_columns(classes)
        elif _check_partial_fit_first_call(self, classes):
            self._labelling = Labels(y if type_of_target(y).startswith("multilabel") else classes)
        return self._fit(X, y, sample_weight, more=True)

    def _first_columns(self, classes: Any) -> None:
        """The classes of several columns, which stay the same."""
        found = Columns(classes)
        if not hasattr(self, "classes_"):
            self._labelling, self.classes_ = found, found.classes
        elif not _are_same(found.classes, self.classes_):
            raise ValueError(f"`classes={classes}` is not the same as on last call to partial_fit.")

    def _read(self, X: Any, y: Any, more: bool, reset: bool) -> tuple[AnyArray, AnyArray]:
        X = self._to_numbers(X, reset)
        X, y = validate_data(
            self,
            X,
            y,
            accept_sparse=["csr", "csc"],
            multi_output=True,
            dtype=(np.float64, np.float32),
            reset=reset or self._is_vectorized,
        )
        self._keep_columns()
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        if not hasattr(self, "classes_") or not (self.warm_start or more):
            several = y.ndim == 2 and type_of_target(y) == "multiclass-multioutput"
            self._labelling = Columns(y.T) if several else Labels(y)
            self.classes_ = self._labelling.classes
        else:
            self._same_classes(y, all_of_them=not more)
        return to_rows(X), self._targets(y)

    def _same_classes(self, y: AnyArray, *, all_of_them: bool) -> None:
        """That y has no other classes than before, in a warm start all of them, in a partial fit perhaps only some."""
        columns = y.T if isinstance(self.classes_, list) else [y]
        known = self.classes_ if isinstance(self.classes_, list) else [self.classes_]
        for column, before in zip(columns, known, strict=True):
            classes = unique_labels(column)
            if all_of_them and set(classes) != set(before):
                raise ValueError(
                    "warm_start can only be used where `y` has the same classes as in the previous call to fit. "
                    f"Previously got {before}, `y` has {classes}"
                )
            if len(np.setdiff1d(classes, before, assume_unique=True)):
                raise ValueError(
                    f"`y` has classes not in `self.classes_`. `self.classes_` has {before}. 'y' has {classes}."
                )

    def _weights(self, y: Any, given: Any, X: AnyArray, more: bool) -> Any:
        if self.class_weight is None:
            return super()._weights(y, given, X, more)
        if more and isinstance(self.class_weight, str):
            raise ValueError(
                "class_weight 'balanced' is not supported for partial_fit. Give the weights that compute_class_weight "
                "finds for all of y."
            )
        by_class = compute_sample_weight(self.class_weight, to_dense(y))
        return by_class if given is None else by_class * _check_sample_weight(given, X)

    def _targets(self, y: AnyArray) -> AnyArray:
        return self._labelling.targets(y)

    def _labels(self, targets: AnyArray) -> AnyArray:
        return self._labelling.labels(targets)

    def _output(self) -> str:
        return self._labelling.output

    def _cost(self) -> Cost:
        if self.loss != "log_loss":
            return costs.make(COSTS.get(self.loss, self.loss) if isinstance(self.loss, str) else self.loss)
        several = self.n_outputs_ > 1 and self._labelling.output == "softmax"
        return costs.make("cross_entropy" if several else "binary_cross_entropy")

    def _strata(self, y: AnyArray) -> Any:
        return y if self.n_outputs_ == 1 else None

    def _worth(self, y: Any, answers: Any, weights: Any) -> float:
        if isinstance(self.classes_, list):
            return float(np.average((y == answers).mean(axis=1), weights=weights))
        return float(accuracy_score(y, answers, sample_weight=weights))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        tags.target_tags.multi_output = True
        return tags


def _are_same(one: list[AnyArray], other: list[AnyArray]) -> bool:
    return len(one) == len(other) and all(np.array_equal(*each) for each in zip(one, other, strict=True))
