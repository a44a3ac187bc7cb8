"""An Evaluation: how good a trained network is on rows that it has not seen, and what simpler models reach there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import sqrt

import numpy as np

from backproof.arrays import AnyArray, Array
from backproof.data.source import ArraySource, Batch
from backproof.data.targets import ClassTarget, Target
from backproof.train.tabular.baselines import predict_baselines, predict_constant, take_sample
from backproof.train.tabular.measures import MISSING, LabelScore, compute_measures, score_labels
from backproof.train.tabular.score import Accuracy, Score, compute_score
from backproof.validate import is_installed

#: Two models are told apart by so many standard errors of the mean difference of their losses.
APART = 2.0


@dataclass(frozen=True, eq=False)
class Contender:
    """A model on the rows: its score and measures, and each row's loss, 1 for a wrong label or the squared error.

    A model that was left out has neither, and `note` says why.
    """

    name: str
    measures: dict[str, float]
    losses: Array
    score: Score | None
    note: str = ""

    def compare(self, other: Contender) -> float:
        """By how many standard errors this model's loss is lower than another's on the same rows; negative: higher."""
        gain = other.losses - self.losses
        error = float(gain.std(ddof=1)) / sqrt(len(gain)) if len(gain) > 1 else 0.0
        mean = float(gain.mean())
        return mean / error if error else (0.0 if mean == 0 else float(np.copysign(np.inf, mean)))


@dataclass(frozen=True, eq=False)
class Evaluation:
    """A network on some rows: its score, measures and those of each label, beside baselines for the same rows.

    `part` tells which rows: test, validation or training. `x` are their scaled inputs, `y` and `outputs` as the
    network has them. `fitted_rows`: how many training rows the baselines were fitted to, of `training_rows`.
    `missing` is a sentence where scikit-learn is not installed.
    """

    part: str
    target: Target
    x: AnyArray
    y: AnyArray
    outputs: AnyArray
    network: Contender
    labels: tuple[LabelScore, ...] = ()
    baselines: tuple[Contender, ...] = ()
    fitted_rows: int = 0
    training_rows: int = 0
    missing: str = ""

    @property
    def score(self) -> Score:
        """The score of the network."""
        assert self.network.score is not None
        return self.network.score

    def find_worst_rows(self, count: int) -> list[int]:
        """The rows (from 0) whose targets the network misses most, worst first; of those it predicts right none."""
        if isinstance(self.target, ClassTarget):
            places = self.target.predict_places(self.y)
            chances = self.target.label_probabilities(self.outputs)
            order = np.argsort(chances[np.arange(len(places)), places], kind="stable")
            return [int(row) for row in order[:count] if self.network.losses[row]]
        return [int(row) for row in np.argsort(-self.network.losses, kind="stable")[:count]]


def evaluate_network(
    part: str,
    target: Target,
    data: ArraySource,
    outputs: AnyArray,
    training: ArraySource,
    *,
    baselines: bool,
    seed: int,
) -> Evaluation:
    """Evaluate outputs for some rows, and baselines fitted to the training rows."""
    x = _scale_inputs(data.data, data)
    network = _score_outputs("this network", target, data.y, outputs)
    labels = score_labels(network.score) if isinstance(network.score, Accuracy) else ()
    known = is_installed("sklearn")
    sample = take_sample(training.data, seed)
    sample = sample._replace(x=_scale_inputs(sample, training))
    fitted = tuple(_score_baselines(target, training.data, sample, x, data.y, seed)) if baselines else ()
    return Evaluation(
        part, target, x, data.y, outputs, network, labels, fitted,
        fitted_rows=len(sample.x) if len(fitted) > 1 else 0, training_rows=len(training.x),
        missing="" if known else MISSING,
    )  # fmt: skip


def _scale_inputs(batch: Batch, source: ArraySource) -> AnyArray:
    scaled: AnyArray = batch.x if source.scaling is None else source.scaling.apply(batch.x)
    return scaled


def _score_baselines(
    target: Target, training: Batch, sample: Batch, x: AnyArray, y: AnyArray, seed: int
) -> Iterator[Contender]:
    name, outputs = predict_constant(target, training, len(y))
    yield _score_outputs(name, target, y, outputs)
    if is_installed("sklearn"):
        for name, found in predict_baselines(target, sample, x, seed):
            if found is None:
                note = f"left out: {x.shape[1]:,} inputs would take too long"
                yield Contender(name, {}, np.empty(0), None, note)
            else:
                yield _score_outputs(name, target, y, found)


def _score_outputs(name: str, target: Target, y: AnyArray, outputs: AnyArray) -> Contender:
    score = compute_score(target, y, outputs)
    losses = (
        target.predict_places(y) != target.predict_places(outputs)
        if isinstance(target, ClassTarget)
        else ((y.astype(np.float64) - outputs) ** 2).sum(axis=1)
    )
    return Contender(name, compute_measures(target, y, outputs, score), losses.astype(np.float64), score)
