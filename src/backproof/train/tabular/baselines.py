"""Baselines: what simpler models predict for the same rows from the same inputs, so that one sees if a network pays."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from backproof.arrays import AnyArray
from backproof.data.source import Batch
from backproof.data.targets import ClassTarget, Target, split_columns

#: Baselines are fitted to no more rows than this, nor to more numbers.
MOST_ROWS, MOST_NUMBERS = 20_000, 4_000_000
#: Trees are grown for no more inputs times outputs than this: beyond, they would take longer than most networks.
MOST_HISTOGRAMS = 700
#: Steps of the solver of logistic regression.
MOST_STEPS = 300


def predict_constant(targets: Sequence[Target], training: Batch, rows: int) -> tuple[str, AnyArray]:
    """The same answer for every row: the most frequent label of the training rows, or the mean of their targets."""
    name = "the most frequent label" if isinstance(targets[0], ClassTarget) else "the mean"
    answers = [_find_constant(target, training.y[:, part]) for target, part in split_columns(targets)]
    return name, np.repeat(np.concatenate(answers, axis=1), rows, axis=0)


def _find_constant(target: Target, y: AnyArray) -> AnyArray:
    if not isinstance(target, ClassTarget):
        return np.asarray(y.mean(axis=0, keepdims=True, dtype=np.float64))
    counts = np.bincount(target.predict_places(y), minlength=len(target.labels))
    return _spread_labels(target, np.eye(len(target.labels))[[counts.argmax()]])


def take_sample(training: Batch, seed: int) -> Batch:
    """As many of the training rows as baselines are fitted to, drawn by the seed."""
    most = max(1, min(MOST_ROWS, MOST_NUMBERS // training.x.shape[1]))
    if len(training.x) <= most:
        return training
    rows = np.sort(np.random.default_rng(seed).choice(len(training.x), most, replace=False))
    return Batch(*(None if part is None else part[rows] for part in training))


def predict_baselines(
    targets: Sequence[Target], training: Batch, x: AnyArray, seed: int
) -> Iterator[tuple[str, AnyArray | None]]:
    """A linear model and gradient boosting by name, fitted to training rows target by target, with their outputs for x.

    There are none of gradient boosting where it would take too long. Training rows of a single label fit no model.
    """
    labels = isinstance(targets[0], ClassTarget)
    parts = [
        (target, target.predict_places(y) if isinstance(target, ClassTarget) else y[:, 0])
        for target, y in ((target, training.y[:, columns]) for target, columns in split_columns(targets))
    ]
    if labels and any(len(np.unique(y)) < 2 for _, y in parts):
        return
    histograms = training.x.shape[1] * training.y.shape[1]
    for name, model in _make_models(labels, seed).items():
        if name == "gradient boosting" and histograms > MOST_HISTOGRAMS:
            yield name, None
            continue
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")  # a solver that has not converged is a baseline all the same
            fitted = ((target, model.fit(training.x, y, sample_weight=training.weights)) for target, y in parts)
            yield name, np.concatenate([_predict_outputs(*each, x) for each in fitted], axis=1)


def _make_models(labels: bool, seed: int) -> dict[str, Any]:
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
    from sklearn.linear_model import LogisticRegression, Ridge

    boosting = HistGradientBoostingClassifier if labels else HistGradientBoostingRegressor
    linear = (
        ("logistic regression", LogisticRegression(max_iter=MOST_STEPS)) if labels else ("ridge regression", Ridge())
    )
    return {linear[0]: linear[1], "gradient boosting": boosting(random_state=seed)}


def _predict_outputs(target: Target, model: Any, x: AnyArray) -> AnyArray:
    """What a model predicts, as the network has it."""
    if not isinstance(target, ClassTarget):
        return np.asarray(model.predict(x))[:, None]
    found = np.zeros((len(x), len(target.labels)))
    found[:, model.classes_] = model.predict_proba(x)
    return _spread_labels(target, found)


def _spread_labels(target: ClassTarget, probabilities: AnyArray) -> AnyArray:
    """The probability of each label, (rows, labels), as the outputs of a network."""
    return probabilities[:, 1:] if target.units == 1 else probabilities
