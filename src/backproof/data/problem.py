"""Classes or an amount: what the target column asks for, inferred from its values or declared.

Words and booleans are classes. Whole numbers are classes where there are few of them (at most 20) and each occurs
about twice or more; all other numbers are amounts.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backproof.arrays import AnyArray
from backproof.data.features import missing_value_error, refuse_infinite
from backproof.data.kinds import EXACT, to_categorical, to_numeric
from backproof.data.learners import FEW, PLAUSIBLE, most_frequent
from backproof.data.moments import Moments
from backproof.data.seen import ColumnSummary
from backproof.data.table import Column, NumericColumn, Table
from backproof.data.targets import ClassTarget, Label, RegressionTarget, Target
from backproof.errors import DataError, OptionError, did_you_mean
from backproof.schema import shown
from backproof.validate import describe as shown_option

PROBLEMS = ("classification", "regression")


def check_problem(given: Any) -> str | None:
    """A declared problem, or None. Errors: OptionError with the nearest one."""
    if given is None or given in PROBLEMS:
        return None if given is None else str(given)
    near = did_you_mean(str(given)[:100], PROBLEMS)
    raise OptionError(f"problem must be {' or '.join(PROBLEMS)}, received {shown_option(given)}.{near}")


class TargetFitter:
    """Looks at the target's pieces; then says which problem it is, and of an amount its mean and deviation."""

    def __init__(self, column: Column, source: str, problem: str | None) -> None:
        self.name, self.source, self.problem = column.name, source, problem
        self.counts: Counter[str] = Counter()
        self.moments = Moments(1)
        self.whole = self.numeric = isinstance(column, NumericColumn)
        self.boolean = isinstance(column, NumericColumn) and column.values.dtype.kind == "b"
        self.missing, self.first = 0, (Table(()), 0)
        if isinstance(column, NumericColumn) and column.values.ndim == 2 and column.width > 1:
            raise self._fault(f"a target is one column, this has {column.width}.")

    def add(self, column: Column, training: NDArray[np.bool_], table: Table) -> None:
        """Take a piece into account. Errors: DataError for infinite numbers, and words where an amount is due."""
        if self.problem == "regression":
            column = to_numeric(column, table)
        if isinstance(column, NumericColumn):
            refuse_infinite(column, table)
            self.moments.add(column.block[training])
            self.whole = self.whole and _are_whole(column.values)
        if isinstance(column, NumericColumn) and not self._may_be_classes():
            self._note_missing(np.isnan(column.values), table)
            return
        words = to_categorical(
            NumericColumn(column.name, column.values.reshape(-1)) if isinstance(column, NumericColumn) else column
        )
        self._note_missing(words.codes < 0, table)
        for text, many in zip(words.texts, words.counts.tolist(), strict=True):
            self.counts[text] += many

    def target(self) -> Target:
        """What is to be predicted. Errors: DataError for missing targets, for one class, and for too many."""
        if self.missing:
            table, row = self.first
            raise missing_value_error(table, self.missing, row, shown(self.name))
        if not self._is_classes():
            return self._amount()
        self.counts = +self.counts
        if len(self.counts) < 2:
            raise self._fault(
                f"every row has the same target, {shown(most_frequent(self.counts))}; there is nothing to learn."
            )
        if len(self.counts) > PLAUSIBLE or (len(self.counts) > FEW and 2 * len(self.counts) > self.counts.total()):
            raise self._fault(
                f"{len(self.counts):,} different labels in {self.counts.total():,} rows are too many to learn; "
                "is this the right target?"
            )
        return ClassTarget(self.name, self._labels())

    def seen(self) -> ColumnSummary:
        """How often each label occurs, or the range of the amounts."""
        if self._is_classes():
            return ColumnSummary(self.name, counts=self.counts)
        return ColumnSummary(self.name, float(self.moments.low[0]), float(self.moments.high[0]))

    def _may_be_classes(self) -> bool:
        """Whether labels are still worth counting: an amount has as many values as rows."""
        return self.problem != "regression" and self.whole and len(self.counts) <= PLAUSIBLE

    def _is_classes(self) -> bool:
        if self.problem == "classification" and self.numeric and not self.whole:
            raise self._fault("classes are words or whole numbers; these are fractions.")
        if self.problem is not None:
            return self.problem == "classification"
        few = len(self.counts) <= FEW and 2 * len(self.counts) <= self.counts.total()
        return not self.numeric or self.boolean or (self.whole and few)

    def _amount(self) -> RegressionTarget:
        mean, deviation, scale = self.moments.mean[0], self.moments.deviation[0], self.moments.scale[0]
        if not np.isfinite([mean, deviation]).all():
            raise self._fault("the amounts are too large to be scaled.")
        return RegressionTarget(self.name, float(mean), float(scale))

    def _labels(self) -> tuple[Label, ...]:
        if self.boolean:
            return (False, True)
        return tuple(sorted(map(int, self.counts)) if self.numeric else sorted(self.counts))

    def _fault(self, message: str) -> DataError:
        return DataError(message, source=self.source, column=shown(self.name))

    def _note_missing(self, missing: NDArray[np.bool_], table: Table) -> None:
        if missing.any():
            self.first = self.first if self.missing else (table, int(np.argmax(missing)))
            self.missing += int(missing.sum())


def _are_whole(values: AnyArray) -> bool:
    """Whether all numbers that are there are whole, and exact."""
    if values.dtype.kind != "f":
        return True
    there = values[~np.isnan(values)]
    return bool(((there == np.floor(there)) & (np.abs(there) < EXACT)).all())
