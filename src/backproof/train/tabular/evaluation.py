"""An Evaluation: how good a trained network is on rows that it has not seen, and what simpler models reach there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import sqrt

import numpy as np

from backproof.arrays import AnyArray, Array
from backproof.data.source import ArraySource, Batch
from backproof.data.targets import ClassTarget, Target, split_columns
from backproof.train.tabular.baselines import predict_baselines, predict_constant, take_sample
from backproof.train.tabular.measures import MISSING, LabelScore, compute_measures, score_labels
from backproof.train.tabular.score import Accuracy, Score, score_targets
from backproof.validate import is_installed

#: Minimum difference of two models that are told apart, in standard errors of the mean difference of their losses.
APART = 2.0


@dataclass(frozen=True, eq=False)
class Contender:
    """A model on the rows: the score and measures of each target by its name, and each row's loss.

    losses: (rows, targets), 1 for a wrong label or the squared error. A model that was left out has no scores, and
    `note` says why.
    """

    name: str
    scores: dict[str, Score]
    measures: dict[str, dict[str, float]]
    losses: Array
    note: str = ""

    @property
    def means(self) -> dict[str, float]:
        """The mean of each measure over the targets for which it is defined."""
        names = dict.fromkeys(name for each in self.measures.values() for name in each)
        return {name: float(np.mean([each[name] for each in self.measures.values() if name in each])) for name in names}

    def compare(self, other: Contender) -> float:
        """By how many standard errors this model's loss is lower than another's on the same rows; negative: higher."""
        gain = other.losses.sum(axis=1) - self.losses.sum(axis=1)
        error = float(gain.std(ddof=1)) / sqrt(len(gain)) if len(gain) > 1 else 0.0
        mean = float(gain.mean())
        return mean / error if error else (0.0 if mean == 0 else float(np.copysign(np.inf, mean)))


@dataclass(frozen=True, eq=False)
class Evaluation:
    """A network on some rows: its scores, measures and those of each label, beside baselines for the same rows.

    `part` tells which rows: test, validation or training. `x` are their scaled inputs, `y` and `outputs` as the
    network has them, `labels` those of each target. `fitted_rows`: how many training rows the baselines were fitted to,
    of `training_rows`. `missing` is a sentence where scikit-learn is not installed.
    """

    part: str
    targets: tuple[Target, ...]
    x: AnyArray
    y: AnyArray
    outputs: AnyArray
    network: Contender
    labels: dict[str, tuple[LabelScore, ...]]
    baselines: tuple[Contender, ...] = ()
    fitted_rows: int = 0
    training_rows: int = 0
    missing: str = ""

    @property
    def scores(self) -> dict[str, Score]:
        """The score of the network for each target, by its name."""
        return self.network.scores

    @property
    def rows(self) -> int:
        """The number of rows."""
        return len(self.y)

    @property
    def has_classes(self) -> bool:
        """Whether labels are predicted, not quantities."""
        return isinstance(self.targets[0], ClassTarget)

    @cached_property
    def misses(self) -> AnyArray:
        """How far off the network is, (rows, targets): - the probability of the true label, or the squared error."""
        if not self.has_classes:
            return self.network.losses
        parts = split_columns(self.targets)
        return -np.stack([_find_chances(each, self.y[:, part], self.outputs[:, part]) for each, part in parts], axis=1)

    def find_worst_rows(self, count: int) -> list[int]:
        """The rows (from 0) whose targets the network misses most, worst first; of those it predicts right none."""
        order = np.argsort(-self.misses.max(axis=1), kind="stable")[:count]
        return [int(row) for row in order if self.network.losses[row].any()]

    def find_worst_target(self, row: int) -> int:
        """The place of the target that the network misses most in a row."""
        return int(self.misses[row].argmax())


def _find_chances(target: Target, y: AnyArray, outputs: AnyArray) -> AnyArray:
    """The probability of the true label of each row."""
    assert isinstance(target, ClassTarget)
    found: AnyArray = target.label_probabilities(outputs)[np.arange(len(y)), target.predict_places(y)]
    return found


def evaluate_network(
    part: str,
    targets: tuple[Target, ...],
    data: ArraySource,
    outputs: AnyArray,
    training: ArraySource,
    *,
    baselines: bool,
    seed: int,
) -> Evaluation:
    """Evaluate outputs for some rows, and baselines fitted to the training rows."""
    x = _scale_inputs(data.data, data)
    network = _score_outputs("this network", targets, data.y, outputs)
    labels = {name: score_labels(score) for name, score in network.scores.items() if isinstance(score, Accuracy)}
    known = is_installed("sklearn")
    sample = take_sample(training.data, seed)
    sample = sample._replace(x=_scale_inputs(sample, training))
    fitted = tuple(_score_baselines(targets, training.data, sample, x, data.y, seed)) if baselines else ()
    return Evaluation(
        part, targets, x, data.y, outputs, network, labels, fitted,
        fitted_rows=len(sample.x) if len(fitted) > 1 else 0, training_rows=len(training.x),
        missing="" if known else MISSING,
    )  # fmt: skip


def _scale_inputs(batch: Batch, source: ArraySource) -> AnyArray:
    scaled: AnyArray = batch.x if source.scaling is None else source.scaling.apply(batch.x)
    return scaled


def _score_baselines(
    targets: Sequence[Target], training: Batch, sample: Batch, x: AnyArray, y: AnyArray, seed: int
) -> Iterator[Contender]:
    name, outputs = predict_constant(targets, training, len(y))
    yield _score_outputs(name, targets, y, outputs)
    if is_installed("sklearn"):
        for name, found in predict_baselines(targets, sample, x, seed):
            if found is None:
                note = f"left out: {x.shape[1]:,} inputs would take too long"
                yield Contender(name, {}, {}, np.empty(0), note)
            else:
                yield _score_outputs(name, targets, y, found)


def _score_outputs(name: str, targets: Sequence[Target], y: AnyArray, outputs: AnyArray) -> Contender:
    scores = score_targets(targets, y, outputs)
    parts = [(target, y[:, columns], outputs[:, columns]) for target, columns in split_columns(targets)]
    measures = {part[0].name: compute_measures(*part, scores[part[0].name]) for part in parts}
    return Contender(name, scores, measures, np.stack([_measure_losses(*part) for part in parts], axis=1))


def _measure_losses(target: Target, y: AnyArray, outputs: AnyArray) -> Array:
    """The loss of each row."""
    if isinstance(target, ClassTarget):
        return np.asarray(target.predict_places(y) != target.predict_places(outputs), dtype=np.float64)
    return np.asarray(((y.astype(np.float64) - outputs) ** 2)[:, 0], dtype=np.float64)
