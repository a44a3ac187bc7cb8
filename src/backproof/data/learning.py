"""A Preparation from pieces of data in one pass, so that it is the same for a table and for a stream."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from backproof.data.impute import Impute
from backproof.data.learners import ColumnFitter, make_fitter
from backproof.data.preparation import Preparation
from backproof.data.problem import TargetFitter
from backproof.data.seen import ColumnSummary
from backproof.data.table import Table
from backproof.errors import DataError
from backproof.schema import shown

#: Tables of the same columns, each with which of its rows are for training.
Pieces: TypeAlias = Iterable[tuple[Table, NDArray[np.bool_]]]


@dataclass(frozen=True)
class FittedPreparation:
    """What is known of the data after one pass: how it is prepared, and what each column and the target held."""

    preparation: Preparation
    columns: tuple[ColumnSummary, ...]
    target: ColumnSummary


def fit_preparation(
    pieces: Pieces, target: str, impute: Impute | None = None, problem: str | None = None
) -> FittedPreparation:
    """Look at every piece once. Errors: DataError for what cannot be learned from, with row and column."""
    learners: list[ColumnFitter] = []
    aim: TargetFitter | None = None
    for table, training in pieces:
        if aim is None:
            aim = TargetFitter(table[target], table.source, problem)
            learners = _make_fitters(table, target, impute)
        aim.add(table[target], training, table)
        for learner in learners:
            learner.add(table[learner.name], training, table)
    if aim is None:
        raise DataError("there is no row of values.")
    preparation = Preparation(tuple(learner.feature() for learner in learners), aim.target())
    return FittedPreparation(preparation, tuple(learner.seen() for learner in learners), aim.seen())


def split_pieces(table: Table, training: NDArray[np.bool_]) -> Iterator[tuple[Table, NDArray[np.bool_]]]:
    """A table in pieces."""
    return ((piece, training[which]) for which, piece in table.chunks())


def _make_fitters(table: Table, target: str, impute: Impute | None) -> list[ColumnFitter]:
    columns = [column for column in table.columns if column.name != target]
    if not columns:
        raise DataError(f"there is no column beside the target {shown(target)}.", source=table.source)
    return [make_fitter(column, table.source, impute) for column in columns]
