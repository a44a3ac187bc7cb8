"""What both estimators share: scikit-learn's order of things around a training of this package."""

from __future__ import annotations

import warnings
from abc import abstractmethod
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import check_scoring
from sklearn.model_selection import train_test_split
from sklearn.utils import check_random_state
from sklearn.utils.validation import _check_sample_weight

from backproof.arrays import AnyArray
from backproof.errors import NumberError
from backproof.interop.sklearn import layers
from backproof.interop.sklearn.minimum import find_minimum
from backproof.interop.sklearn.options import training_options
from backproof.interop.sklearn.sparse import as_source
from backproof.interop.sklearn.training import After, Before, Validation, train_network
from backproof.interop.sklearn.weights import Weights
from backproof.operations.schedules.adaptive import Plateau
from backproof.train.history import INTERRUPTED
from backproof.train.step import State

NOT_FINITE = (
    "Solver produced non-finite parameter weights. The input data may contain large values and need to be preprocessed."
)


class Base(Weights):
    """Abstract. Training, and all that scikit-learn wants of an estimator around it."""

    loss_curve_: list[float]
    best_loss_: float | None
    validation_scores_: Any
    validation_loss_curve_: Any
    best_validation_score_: Any
    _state: State | None

    @abstractmethod
    def _read(self, X: Any, y: Any, more: bool, reset: bool) -> tuple[AnyArray, AnyArray]:
        """X and targets (samples, outputs) from what the caller gave."""

    @abstractmethod
    def _output(self) -> Any:
        """The output activation that goes with the targets, by scikit-learn's name."""

    @abstractmethod
    def _worth(self, y: Any, answers: Any, weights: Any) -> float:
        """The score of answers."""

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
        """Train on X (samples, features), dense or sparse, and y; with warm_start from where the last fit ended."""
        self._validate_params()
        return self._fit(X, y, sample_weight, more=False)

    def _weights(self, y: Any, given: Any, X: AnyArray, more: bool) -> Any:
        """The weight of each sample, or None."""
        return None if given is None else _check_sample_weight(given, X)

    def _fit(self, X: Any, y: Any, weights: Any, *, more: bool) -> Any:
        hidden = layers.check_sizes(self.hidden_layer_sizes)
        fresh = not hasattr(self, "coefs_") or not (self.warm_start or more)
        given = y
        X, y = self._read(X, y, more, fresh)
        weights = self._weights(given, weights, X, more)
        random = check_random_state(self.random_state)
        self.n_outputs_ = y.shape[1]
        if fresh:
            self._begin([X.shape[1], *hidden, y.shape[1]], random, X.dtype)
        if self.solver == "lbfgs":
            self._minimise(X, y, weights)
        else:
            self._train(X, y, weights, random, more)
        return self

    def _begin(self, units: list[int], random: Any, dtype: Any) -> None:
        """Everything as before the first step."""
        self.n_iter_, self.t_, self.n_layers_ = 0, 0, len(units)
        self.out_activation_ = self._output() if self.out_activation is None else self.out_activation
        self.coefs_, self.intercepts_ = layers.draw_start(
            random, units, self._activations()[:-1] or [self.activation], dtype
        )
        self._state, self._no_improvement_count = None, 0
        for sentence in self._architecture().warnings:
            warnings.warn(sentence, stacklevel=4)
        if self.solver != "lbfgs":
            self._begin_curves(self.early_stopping)

    def _begin_curves(self, scored: bool) -> None:
        """The curves before the first epoch; something is held out and scored, or nothing is."""
        self.loss_curve_ = []
        self.best_loss_ = None if scored else np.inf
        self.validation_scores_, self.validation_loss_curve_ = ([], []) if scored else (None, None)
        self.best_validation_score_ = -np.inf if scored else None

    def _minimise(self, X: AnyArray, y: AnyArray, weights: Any) -> None:
        for name, given in (("dropout", np.any(self.dropout)), ("clip", self.clip), ("callbacks", self.callbacks)):
            if given:
                raise ValueError(f"{name} is only available for stochastic optimizers. lbfgs is not stochastic.")
        network = self._network()
        source = as_source(X, y, weights)
        precision = X.dtype.name if self.precision == "auto" else self.precision
        chosen = training_options(self, 0, None, dtype=precision)
        try:
            found = find_minimum(network, source, chosen, tolerance=self.tol, evaluations=int(self.max_fun))
        except NumberError as error:
            raise ValueError(f"{NOT_FINITE} ({error})") from error
        self.loss_, self.n_iter_, self.engine_, self.precision_ = found.cost, found.iterations, "numpy", precision
        self._put(found.parameters, X.dtype)

    def _train(self, X: AnyArray, y: AnyArray, weights: Any, random: Any, more: bool) -> None:
        if self.early_stopping and more:
            raise ValueError("partial_fit does not support early_stopping=True")
        if not hasattr(self, "loss_curve_") or self.early_stopping == (
            getattr(self, "validation_scores_", None) is None
        ):
            self._begin_curves(self.early_stopping)
        held = None
        if self.early_stopping:
            X, held, y, held_y, weights, held_weights = self._split(X, y, weights, random)
        before = self._before(more)
        if before.state is None or not hasattr(self, "_seed"):
            self._seed = int(random.randint(2**31 - 1))
        network = self._network()
        validation = None
        if held is not None:
            data = as_source(held, held_y, held_weights)
            validation = Validation(data, self._scorer(held, self._labels(held_y), held_weights))
        after = train_network(
            self, network, as_source(X, y, weights), validation, before,
            epochs=1 if more else int(self.max_iter), seed=self._seed,
        )  # fmt: skip
        self._take_over(after, X.dtype)
        self._complain(after, more)

    def _before(self, more: bool) -> Before:
        """What the training goes on from."""
        best = -self.best_validation_score_ if self.early_stopping else self.best_loss_
        plateau = Plateau(np.inf if best is None else best, self._no_improvement_count)
        on = (more or (self.warm_start and self.keep_optimizer)) and getattr(self, "_state", None) is not None
        return Before(self._state, self._factor, self.t_, plateau) if on else Before(None, 1.0, self.t_, plateau)

    def _take_over(self, after: After, dtype: Any) -> None:
        """Everything that scikit-learn's users look for after a fit."""
        history, before = after.history, after.before
        self.n_iter_, self.t_, self._no_improvement_count = len(history), before.seen, before.plateau.failed
        self._state, self._factor = before.state, before.factor
        self.learning_rate_ = float(self.learning_rate_init) * before.factor
        self.engine_, self.precision_ = history.engine, history.dtype
        self.loss_curve_ += history.cost
        self.loss_ = self.loss_curve_[-1] if self.loss_curve_ else np.nan
        if self.early_stopping:
            gone = [np.nan] if after.diverged else []
            self.validation_scores_ += history.metrics.get("score", []) + gone
            self.validation_loss_curve_ += history.metrics.get("loss", []) + gone
            self.best_validation_score_ = -before.plateau.best
        else:
            self.best_loss_ = before.plateau.best
        self._put(after.parameters, dtype)

    def _complain(self, after: After, more: bool) -> None:
        """What scikit-learn warns of, and raises."""
        if after.diverged and not self.early_stopping:
            raise ValueError(f"{NOT_FINITE} ({after.diverged})")
        if after.diverged:
            warnings.warn(after.diverged, ConvergenceWarning, stacklevel=5)
        elif after.history.stopped == INTERRUPTED:
            warnings.warn("Training interrupted by user.", stacklevel=5)
        elif not (after.history.stopped or more):
            warnings.warn(
                f"Stochastic Optimizer: Maximum iterations ({self.max_iter}) reached and the optimization hasn't "
                "converged yet.",
                ConvergenceWarning,
                stacklevel=5,
            )

    def _split(self, X: AnyArray, y: AnyArray, weights: Any, random: Any) -> tuple[Any, ...]:
        """What is trained on and what is held out: X, y and weights of each in turn."""
        parts = train_test_split(
            X, y, *([] if weights is None else [weights]), random_state=random, test_size=self.validation_fraction,
            stratify=self._strata(y),
        )  # fmt: skip
        if len(parts[3]) < 2:
            raise ValueError(
                "The validation set is too small. Increase 'validation_fraction' or the size of your dataset."
            )
        return (*parts, *[None] * (6 - len(parts)))

    def _strata(self, y: AnyArray) -> Any:
        """What is to be shared out evenly."""
        return None

    def _scorer(self, X: AnyArray, y: Any, weights: Any) -> Any:
        """A function of parameters: the score of what is held out."""
        scoring = None if self.scoring is None else check_scoring(self, self.scoring)

        def score(parameters: Any) -> float:
            self._put(parameters, X.dtype)
            if scoring is None:
                return self._own_score(X, y, weights)
            return float(scoring(self, X, y, **({} if weights is None else {"sample_weight": weights})))

        return score

    def _own_score(self, X: AnyArray, y: Any, weights: Any) -> float:
        answers = self._labels(self._outputs(X))
        if np.issubdtype(answers.dtype, np.floating) and not np.isfinite(answers).all():
            return float("nan")
        return float(self._worth(y, answers, weights))

    def _stochastic(self) -> bool:
        if self.solver == "lbfgs":
            raise AttributeError("partial_fit is only available for stochastic optimizers. lbfgs is not stochastic.")
        return True

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags
