"""A Score: how good the answers of a trained network are on samples, in the target's own words and unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backproof.arrays import AnyArray
from backproof.data.targets import ClassTarget, RegressionTarget, Target, split_columns
from backproof.train.metrics import absolute_error, r2


@dataclass(frozen=True, eq=False)
class Accuracy:
    """right / rows; `confusion[i, j]`: how many rows of label i were answered with label j."""

    labels: tuple[Any, ...]
    confusion: NDArray[np.int64]

    @property
    def rows(self) -> int:
        """How many rows were answered."""
        return int(self.confusion.sum())

    @property
    def right(self) -> int:
        """How many of them as the target has it."""
        return int(np.trace(self.confusion))

    @property
    def value(self) -> float:
        """The share of them."""
        return self.right / self.rows


@dataclass(frozen=True)
class Fit:
    """r2 = 1 - sum (y - a)^2 / sum (y - mean y)^2, and the mean of |y - a| in the unit of the target."""

    rows: int
    r2: float
    absolute_error: float


Score = Accuracy | Fit


def score_targets(targets: Sequence[Target], y: AnyArray, outputs: AnyArray) -> dict[str, Score]:
    """The score of each target by its name, for all outputs of a network."""
    return {target.name: compute_score(target, y[:, part], outputs[:, part]) for target, part in split_columns(targets)}


def compute_score(target: Target, y: AnyArray, outputs: AnyArray) -> Score:
    """How good outputs are for targets y, both (samples, outputs) as the network has them."""
    return _count_answers(target, y, outputs) if isinstance(target, ClassTarget) else _measure_fit(target, y, outputs)


def _count_answers(target: ClassTarget, y: AnyArray, outputs: AnyArray) -> Accuracy:
    confusion = np.zeros((len(target.labels),) * 2, dtype=np.int64)
    np.add.at(confusion, (target.predict_places(y), target.predict_places(outputs)), 1)
    return Accuracy(target.labels, confusion)


def _measure_fit(target: RegressionTarget, y: AnyArray, outputs: AnyArray) -> Fit:
    y, outputs = y.astype(np.float64), outputs.astype(np.float64)
    return Fit(len(y), r2(y, outputs), absolute_error(y, outputs) / target.scale)
