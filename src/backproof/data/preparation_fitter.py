"""A Preparation fitted to data in one pass over its pieces, so that it is the same for a table and for a stream.

Whether the target is a class or a quantity is declared, or inferred from its values: words and booleans are classes;
whole numbers are classes if there are few of them (at most 20) and each occurs about twice or more; all other numbers
are quantities.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np

from backproof.arrays import AnyArray, Mask
from backproof.data.column_fitters import (
    FEW,
    ColumnFitter,
    ColumnSummary,
    Impute,
    make_fitter,
)
from backproof.data.columns import EXACT, Column, DateColumn, NumericColumn, to_categorical
from backproof.data.encoders import Encoder, check_finite, missing_value_error
from backproof.data.error_list import ErrorList
from backproof.data.kinds import to_numeric
from backproof.data.numerals import AS_PYTHON
from backproof.data.preparation import Preparation
from backproof.data.statistics import Moments, most_frequent
from backproof.data.table import Table
from backproof.data.targets import ClassTarget, Label, RegressionTarget, Target, fit_together
from backproof.errors import DataError, MixedTargets, OptionError, did_you_mean
from backproof.schema import shown
from backproof.validate import describe

#: Tables of the same columns, each with a mask of its training rows.
Pieces: TypeAlias = Iterable[tuple[Table, Mask]]
PROBLEMS = ("classification", "regression")
#: No target has more labels.
MOST_LABELS = 1000


@dataclass(frozen=True)
class FittedPreparation:
    """The preparation of some data, what each column and target were found to hold, and the columns left out."""

    preparation: Preparation
    columns: tuple[ColumnSummary, ...]
    targets: tuple[ColumnSummary, ...]
    left_out: tuple[ColumnSummary, ...] = ()


def fit_preparation(
    pieces: Pieces,
    targets: Sequence[str],
    impute: Impute | None = None,
    problem: str | None = None,
    errors: ErrorList | None = None,
) -> FittedPreparation:
    """Look at every piece once. Raise DataError, with row and column, for data that cannot be learned from.

    errors: what was found before, to be raised together with that.
    """
    errors = ErrorList() if errors is None else errors
    fitters, target_fitters = errors.require(_add_pieces, pieces, targets, impute, problem)
    made: list[tuple[Encoder | None, ColumnSummary]] = []
    for fitter in fitters:
        with errors:
            made.append((fitter.make_encoder(), fitter.make_summary()))
    goals: list[Target] = []
    for goal in target_fitters:
        with errors:
            goals.append(goal.make_target())
    errors.raise_if_any()
    source = target_fitters[0].source
    _check_together(goals, source)
    kept = [(encoder, found) for encoder, found in made if encoder is not None]
    if not kept:
        raise DataError("no column besides the target says anything: each is empty or an identifier.", source=source)
    encoders, summaries = zip(*kept, strict=True)
    left_out = tuple(found for encoder, found in made if encoder is None)
    found_targets = tuple(each.make_summary() for each in target_fitters)
    return FittedPreparation(Preparation(encoders, tuple(goals)), summaries, found_targets, left_out)


def _add_pieces(
    pieces: Pieces, targets: Sequence[str], impute: Impute | None, problem: str | None
) -> tuple[list[ColumnFitter], list[TargetFitter]]:
    """The fitters of the columns and of the targets, which have seen every piece."""
    fitters: list[ColumnFitter] = []
    target_fitters: list[TargetFitter] = []
    for table, training in pieces:
        if not target_fitters:
            target_fitters = [TargetFitter(table[name], table.source, problem) for name in targets]
            fitters = _make_fitters(table, targets, impute)
        every: list[TargetFitter | ColumnFitter] = [*target_fitters, *fitters]
        for each in every:
            each.add_piece(table[each.name], training, table)
    if not target_fitters:
        raise DataError("there is no row of values.")
    return fitters, target_fitters


def iterate_pieces(table: Table, training: Mask) -> Iterator[tuple[Table, Mask]]:
    """The pieces of a table, each with the mask of its training rows."""
    return ((piece, training[which]) for which, piece in table.iterate_pieces())


def _make_fitters(table: Table, targets: Sequence[str], impute: Impute | None) -> list[ColumnFitter]:
    columns = [column for column in table.columns if column.name not in targets]
    if not columns:
        goals = f"the target{'s' * (len(targets) > 1)} {', '.join(map(shown, targets))}"
        raise DataError(f"there is no column besides {goals}.", source=table.source)
    return [make_fitter(column, table.source, impute) for column in columns]


def _check_together(targets: Sequence[Target], source: str) -> None:
    """Raise MixedTargets if one network cannot predict them all."""
    if fit_together(targets):
        return
    kinds = [f"{len(each.labels)} labels" if isinstance(each, ClassTarget) else "numbers" for each in targets]
    groups: dict[str, list[str]] = {}
    for target, kind in zip(targets, kinds, strict=True):
        groups.setdefault(kind if target.units == 1 else target.name, []).append(target.name)
    held = ", ".join(f"{shown(target.name)} {kind}" for target, kind in zip(targets, kinds, strict=True))
    whole = all(isinstance(label, int) for each in targets if isinstance(each, ClassTarget) for label in each.labels)
    amounts = " If all of them are amounts, give --regression." if whole else ""
    raise MixedTargets(
        "a network predicts several columns of numbers, or several of two labels each; the targets hold: "
        f"{held}.{amounts} Train one network for each kind, without the other targets.",
        groups=tuple(map(tuple, groups.values())),
        source=source,
    )


def check_problem(given: Any) -> str | None:
    """A declared problem, or None. Raise OptionError, with the nearest problem, for anything else."""
    if given is None or given in PROBLEMS:
        return None if given is None else str(given)
    near = did_you_mean(str(given)[:100], PROBLEMS)
    raise OptionError(f"problem must be {' or '.join(PROBLEMS)}, received {describe(given)}.{near}")


class MissingTargets:
    """How many rows have no target, and where the first one is."""

    def __init__(self, name: str) -> None:
        self.name, self.count = name, 0
        self.first: tuple[Table, int] | None = None

    def add_piece(self, missing: Mask, table: Table) -> None:
        """Count those of a piece, (rows,)."""
        if self.first is None and missing.any():
            self.first = (table, int(np.argmax(missing)))
        self.count += int(missing.sum())

    def raise_if_any(self) -> None:
        """Raise DataError, with the row of the first one, if there is one."""
        if self.first is not None:
            table, row = self.first
            raise missing_value_error(table, self.count, row, shown(self.name))


class TargetFitter:
    """Sees the pieces of the target column; then tells classes from quantities and makes the Target."""

    def __init__(self, column: Column, source: str, problem: str | None) -> None:
        self.name, self.source, self.problem = column.name, source, problem
        self.counts: Counter[str] = Counter()
        self.moments = Moments(1)
        self.numeric = isinstance(column, NumericColumn)
        self.boolean = isinstance(column, NumericColumn) and column.values.dtype.kind == "b"
        self.missing = MissingTargets(column.name)
        self.numerals = replace(column.numerals, guessed=False) if isinstance(column, NumericColumn) else AS_PYTHON
        self.whole = self.numeric and not (problem is None and self.numerals.measures)
        if isinstance(column, DateColumn) and problem != "regression":
            message = "the target holds dates; give --categorical to take each of them as a class of its own."
            raise self._column_error(message).settled_by("--categorical", column.name)
        if isinstance(column, NumericColumn) and column.values.ndim == 2 and column.width > 1:
            raise self._column_error(
                f"a target is one column, this one has {column.width}; give each a name and a --target of its own."
            )

    def add_piece(self, column: Column, training: Mask, table: Table) -> None:
        """Take a piece into account. Raise DataError for infinite numbers, and for words in a regression."""
        if self.problem == "regression":
            column = to_numeric(column, table)
        if isinstance(column, NumericColumn):
            check_finite(column, table)
            self.moments.add_rows(column.matrix[training])
            self.whole = self.whole and _are_whole(column.values)
            if not self._may_be_classes():
                self._add_missing(np.isnan(column.values), table)
                return
            column = NumericColumn(column.name, column.values.reshape(-1))
        labels = to_categorical(column)
        self._add_missing(labels.codes < 0, table)
        for text, count in zip(labels.texts, labels.counts.tolist(), strict=True):
            self.counts[text] += count

    def make_target(self) -> Target:
        """What is to be predicted. Raise DataError for missing values, for a single class, and for too many."""
        self.missing.raise_if_any()
        if not self._is_classification():
            return self._make_regression_target()
        self.counts = +self.counts
        if len(self.counts) < 2:
            label = shown(most_frequent(self.counts))
            raise self._column_error(f"every row has the same target, {label}; there is nothing to learn.")
        if len(self.counts) > MOST_LABELS or (len(self.counts) > FEW and 2 * len(self.counts) > self.counts.total()):
            raise self._column_error(
                f"{len(self.counts):,} different labels in {self.counts.total():,} rows are too many to learn; "
                "is this the right target?"
            )
        return ClassTarget(self.name, self._sort_labels())

    def make_summary(self) -> ColumnSummary:
        """How often each label occurs, or the range of the quantity."""
        if self._is_classification():
            return ColumnSummary(self.name, counts=self.counts)
        return ColumnSummary(self.name, float(self.moments.low[0]), float(self.moments.high[0]))

    def _may_be_classes(self) -> bool:
        """Whether labels are still worth counting: a quantity may have as many values as there are rows."""
        return self.problem != "regression" and self.whole and len(self.counts) <= MOST_LABELS

    def _is_classification(self) -> bool:
        if self.problem == "classification" and self.numeric and not self.whole:
            raise self._column_error("classes are words or whole numbers; these are fractions.")
        if self.problem is not None:
            return self.problem == "classification"
        few = len(self.counts) <= FEW and 2 * len(self.counts) <= self.counts.total()
        return not self.numeric or self.boolean or (self.whole and few)

    def _make_regression_target(self) -> RegressionTarget:
        mean, deviation, scale = self.moments.mean[0], self.moments.deviation[0], self.moments.scale[0]
        if not np.isfinite([mean, deviation]).all():
            raise self._column_error("the numbers are too large to be scaled.")
        return RegressionTarget(self.name, float(mean), float(scale), self.numerals)

    def _sort_labels(self) -> tuple[Label, ...]:
        if self.boolean:
            return (False, True)
        return tuple(sorted(map(int, self.counts)) if self.numeric else sorted(self.counts))

    def _column_error(self, message: str) -> DataError:
        return DataError(message, source=self.source, column=shown(self.name))

    def _add_missing(self, missing: Mask, table: Table) -> None:
        self.missing.add_piece(missing.reshape(-1), table)


def _are_whole(values: AnyArray) -> bool:
    """Whether all values that are present are whole numbers, and exact."""
    if values.dtype.kind != "f":
        return True
    present = values[~np.isnan(values)]
    return bool(((present == np.floor(present)) & (np.abs(present) < EXACT)).all())
