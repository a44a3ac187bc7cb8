"""A Preparation from pieces of data in one pass, so that it is the same for a table and for a stream."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from backproof.data.impute import Impute
from backproof.data.learners import Learner, learner_of
from backproof.data.preparation import Preparation
from backproof.data.problem import TargetLearner
from backproof.data.seen import Seen
from backproof.data.table import Table
from backproof.errors import DataError
from backproof.schema import shown

#: Tables of the same columns, each with which of its rows are for training.
Pieces: TypeAlias = Iterable[tuple[Table, NDArray[np.bool_]]]


@dataclass(frozen=True)
class Learned:
    """What is known of the data after one pass: how it is prepared, and what each column and the target held."""

    preparation: Preparation
    columns: tuple[Seen, ...]
    target: Seen


def learn(pieces: Pieces, target: str, impute: Impute | None = None, problem: str | None = None) -> Learned:
    """Look at every piece once. Errors: DataError for what cannot be learned from, with row and column."""
    learners: list[Learner] = []
    aim: TargetLearner | None = None
    for table, training in pieces:
        if aim is None:
            aim = TargetLearner(table[target], table.source, problem)
            learners = _learners(table, target, impute)
        aim.add(table[target], training, table)
        for learner in learners:
            learner.add(table[learner.name], training, table)
    if aim is None:
        raise DataError("there is no row of values.")
    preparation = Preparation(tuple(learner.feature() for learner in learners), aim.target())
    return Learned(preparation, tuple(learner.seen() for learner in learners), aim.seen())


def pieces_of(table: Table, training: NDArray[np.bool_]) -> Iterator[tuple[Table, NDArray[np.bool_]]]:
    """A table in pieces."""
    return ((piece, training[which]) for which, piece in table.chunks())


def _learners(table: Table, target: str, impute: Impute | None) -> list[Learner]:
    columns = [column for column in table.columns if column.name != target]
    if not columns:
        raise DataError(f"there is no column beside the target {shown(target)}.", source=table.source)
    return [learner_of(column, table.source, impute) for column in columns]
