"""From a table to everything that training takes: what is learned, x, y, and which rows are held back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backproof.arrays import AnyArray
from backproof.data.doubts import doubts
from backproof.data.impute import imputation
from backproof.data.inputs import Inputs
from backproof.data.learning import Learned, learn, pieces_of
from backproof.data.preparation import Preparation
from backproof.data.problem import TargetLearner, problem_of
from backproof.data.source import ArraySource
from backproof.data.split import split
from backproof.data.summary import Line, summary
from backproof.data.table import Table
from backproof.data.targets import Classes

Rows = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Prepared:
    """Inputs and targets of all rows, which of them train and which are held back, and the source's own test rows."""

    table: Table
    learned: Learned
    x: Inputs
    y: AnyArray
    training: Rows
    held: Rows
    test: ArraySource | None

    @property
    def preparation(self) -> Preparation:
        """How rows become inputs and targets, now and at prediction."""
        return self.learned.preparation

    @property
    def source(self) -> ArraySource:
        """The training rows, as a run takes them."""
        return self._source(self.training) if len(self.held) else ArraySource(self.x.raw, self.y, None, self.x.scaling)

    @property
    def validation(self) -> ArraySource | None:
        """The rows that are held back, where there are any."""
        return self._source(self.held) if len(self.held) else None

    def _source(self, rows: Rows) -> ArraySource:
        return ArraySource(self.x.raw[rows], self.y[rows], None, self.x.scaling)

    @property
    def summary(self) -> tuple[Line, ...]:
        """What was understood, a line a column, the target last."""
        return summary(self.learned)

    @property
    def doubts(self) -> tuple[str, ...]:
        """What is allowed but looks like a mistake, a sentence each."""
        return (*self.table.notes, *doubts(self.table, self.learned))


def prepare(
    table: Table,
    target: str,
    *,
    validation: float = 0.0,
    seed: int = 0,
    impute: str | None = None,
    problem: str | None = None,
    dtype: Any = np.float64,
) -> Prepared:
    """Learn from the training rows how to prepare the table, and prepare all of it.

    validation: the share of rows to hold back, drawn by `seed`, in each class's proportion; 0 holds none back.
    impute: mean, median or most_frequent, for missing values. problem: classification or regression, where the target
    column alone would suggest the other.
    """
    way, asked = imputation(impute), problem_of(problem)
    training, held = _rows(table, target, validation, seed, asked)
    mask = np.zeros(len(table), dtype=bool)
    mask[training] = True
    learned = learn(pieces_of(table, mask), target, way, asked)
    preparation = learned.preparation
    x, y = preparation.inputs(table, dtype), preparation.targets(table, dtype)
    return Prepared(table, learned, x, y, training, held, _test(table.test, preparation, dtype))


def _test(table: Table | None, preparation: Preparation, dtype: Any) -> ArraySource | None:
    if table is None:
        return None
    x = preparation.inputs(table, dtype)
    return ArraySource(x.raw, preparation.targets(table, dtype), None, x.scaling)


def _rows(table: Table, target: str, validation: float, seed: int, problem: str | None) -> tuple[Rows, Rows]:
    if validation == 0:
        return np.arange(len(table)), np.zeros(0, dtype=np.int64)
    aim = TargetLearner(table[target], table.source, problem)
    aim.add(table[target], np.ones(len(table), dtype=bool), table)
    what = aim.target()
    labels = what.codes(table[target], table) if isinstance(what, Classes) else len(table)
    return split(labels, validation, seed)
