"""From a table to everything that training takes: what is learned, x, y, and which rows are held back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backproof.arrays import AnyArray
from backproof.data.doubts import find_warnings
from backproof.data.impute import check_imputation
from backproof.data.inputs import Inputs
from backproof.data.learning import FittedPreparation, fit_preparation, split_pieces
from backproof.data.preparation import Preparation
from backproof.data.problem import TargetFitter, check_problem
from backproof.data.source import ArraySource
from backproof.data.split import split_rows
from backproof.data.summary import SummaryRow, summarize_columns
from backproof.data.table import Table
from backproof.data.targets import ClassTarget

Rows = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class PreparedTable:
    """Inputs and targets of all rows, which of them train and which are held back, and the source's own test rows."""

    table: Table
    learned: FittedPreparation
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
    def summary(self) -> tuple[SummaryRow, ...]:
        """What was understood, a line a column, the target last."""
        return summarize_columns(self.learned)

    @property
    def doubts(self) -> tuple[str, ...]:
        """What is allowed but looks like a mistake, a sentence each."""
        return (*self.table.notes, *find_warnings(self.table, self.learned))


def prepare_table(
    table: Table,
    target: str,
    *,
    validation: float = 0.0,
    seed: int = 0,
    impute: str | None = None,
    problem: str | None = None,
    dtype: Any = np.float64,
) -> PreparedTable:
    """Learn from the training rows how to prepare the table, and prepare all of it.

    validation: the share of rows to hold back, drawn by `seed`, in each class's proportion; 0 holds none back.
    impute: mean, median or most_frequent, for missing values. problem: classification or regression, where the target
    column alone would suggest the other.
    """
    way, asked = check_imputation(impute), check_problem(problem)
    training, held = _split_table_rows(table, target, validation, seed, asked)
    mask = np.zeros(len(table), dtype=bool)
    mask[training] = True
    learned = fit_preparation(split_pieces(table, mask), target, way, asked)
    preparation = learned.preparation
    x, y = preparation.inputs(table, dtype), preparation.targets(table, dtype)
    return PreparedTable(table, learned, x, y, training, held, _prepare_test(table.test, preparation, dtype))


def _prepare_test(table: Table | None, preparation: Preparation, dtype: Any) -> ArraySource | None:
    if table is None:
        return None
    x = preparation.inputs(table, dtype)
    return ArraySource(x.raw, preparation.targets(table, dtype), None, x.scaling)


def _split_table_rows(
    table: Table, target: str, validation: float, seed: int, problem: str | None
) -> tuple[Rows, Rows]:
    if validation == 0:
        return np.arange(len(table)), np.zeros(0, dtype=np.int64)
    aim = TargetFitter(table[target], table.source, problem)
    aim.add(table[target], np.ones(len(table), dtype=bool), table)
    what = aim.target()
    labels = what.codes(table[target], table) if isinstance(what, ClassTarget) else len(table)
    return split_rows(labels, validation, seed)
