"""Everything that training takes: the prepared samples of a table or a stream, and those set apart for validation."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from backproof.arrays import AnyArray
from backproof.data.column_fitters import check_imputation
from backproof.data.columns import Column, NumericColumn, find_missing
from backproof.data.data_file import check_path, is_parquet_file
from backproof.data.diagnostics import find_table_warnings
from backproof.data.encoders import check_finite, missing_value_error
from backproof.data.error_list import ErrorList
from backproof.data.kinds import to_numeric
from backproof.data.parquet_stream import ParquetStream, StreamLayout
from backproof.data.preparation import Preparation
from backproof.data.preparation_fitter import (
    FittedPreparation,
    TargetFitter,
    check_problem,
    fit_preparation,
    iterate_pieces,
)
from backproof.data.readers.parquet_file import open_parquet_file
from backproof.data.remarks import Remarks
from backproof.data.source import ArraySource, Inputs, Source
from backproof.data.summaries import SummaryRow, summarize_columns
from backproof.data.table import Table
from backproof.data.targets import ClassTarget, list_targets
from backproof.errors import DataError, OptionError
from backproof.schema import shown
from backproof.validate import check_whole, describe

Rows: TypeAlias = NDArray[np.int64]
#: A Parquet file larger than this, compressed as it is, is streamed.
LARGE_FILE = 2_000_000_000


class TrainingData(NamedTuple):
    """The samples to train on, those for validation, and those that the source itself sets apart for a test.

    `validation_rows` and `test_rows` are the rows behind these as they stand in the source, for people to look at.
    """

    preparation: Preparation
    summary: tuple[SummaryRow, ...]
    warnings: tuple[str, ...]
    source: Source
    validation: ArraySource | None
    test: ArraySource | None
    validation_rows: Table | None = None
    test_rows: Table | None = None

    @property
    def rows(self) -> int:
        """The number of rows to train on and of those held back."""
        return self.source.count + (self.validation.count if self.validation else 0)


def load_table(table: Table, target: str | Sequence[str], seed: int, **options: Any) -> TrainingData:
    """The training data of a table; options as for `prepare_table`."""
    made = prepare_table(table, target, seed=seed, **options)
    held = made.table.take_rows(made.validation_rows) if len(made.validation_rows) else None
    return TrainingData(
        made.preparation, made.summary, made.warnings, made.source, made.validation, made.test, held, made.table.test
    )


def load_stream(
    source: str, target: str | Sequence[str], seed: int, *, validation: float, **options: Any
) -> TrainingData:
    """The training data of a Parquet file, block by block; options as for `ParquetStream`.

    The validation rows are in memory.
    """
    made = ParquetStream(source, target, layout=StreamLayout(validation=validation, seed=seed), **options)
    blocks = list(made.validation_blocks()) if validation else []
    held_out = None
    if blocks:
        held_out = ArraySource(np.concatenate([each.x for each in blocks]), np.concatenate([each.y for each in blocks]))
    return TrainingData(made.preparation, made.summary, made.warnings, made, held_out, None)


def should_stream(source: str, wanted: bool | None) -> bool:
    """Whether to stream a file: on request, or if it is a large Parquet file and `wanted` is None.

    Raise OptionError if another kind of file is to be streamed.
    """
    if is_parquet_file(source):
        return bool(wanted) or (wanted is None and check_path(source).stat().st_size > LARGE_FILE)
    if wanted:
        raise OptionError(f"'{source}' cannot be streamed: only Parquet files can; convert it, or leave out --stream.")
    return False


def count_parquet_rows(source: str) -> int:
    """The number of rows of a Parquet file."""
    return int(open_parquet_file(check_path(source)).metadata.num_rows)


@dataclass(frozen=True, eq=False)
class PreparedTable:
    """Inputs and targets of all rows, which rows train and which validate, and the test rows of the source."""

    table: Table
    fitted: FittedPreparation
    x: Inputs
    y: AnyArray
    training_rows: Rows
    validation_rows: Rows
    test: ArraySource | None
    weights: AnyArray | None = None
    notes: tuple[str, ...] = ()

    @property
    def preparation(self) -> Preparation:
        """How rows become inputs and targets, in training and in prediction."""
        return self.fitted.preparation

    @property
    def source(self) -> ArraySource:
        """The training rows."""
        return self._take_rows(self.training_rows if len(self.validation_rows) else slice(None))

    @property
    def validation(self) -> ArraySource | None:
        """The validation rows, if there are any."""
        return self._take_rows(self.validation_rows) if len(self.validation_rows) else None

    def _take_rows(self, rows: Any) -> ArraySource:
        weights = None if self.weights is None else self.weights[rows]
        return ArraySource(self.x.raw[rows], self.y[rows], weights, self.x.scaling)

    @property
    def summary(self) -> tuple[SummaryRow, ...]:
        """How each column was understood; the targets are last."""
        return summarize_columns(self.fitted)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is allowed but looks like a mistake, one sentence each."""
        return (*self.table.notes, *self.notes, *find_table_warnings(self.table, self.fitted))


def prepare_table(
    table: Table,
    target: str | Sequence[str],
    *,
    validation: float = 0.0,
    seed: int = 0,
    impute: str | None = None,
    problem: str | None = None,
    dtype: Any = np.float64,
    drop_missing_target: bool = False,
    weights: str | None = None,
    ids: Collection[str] = (),
    header: bool | None = None,
    missing: Collection[str] = (),
    errors: ErrorList | None = None,
) -> PreparedTable:
    """Fit a preparation to the training rows, and encode all rows. target: a column, or several.

    validation: the share of rows to set apart, drawn with `seed`, with each class in proportion; 0 sets none apart.
    impute: mean, median or most_frequent, for missing values. problem: classification or regression, if the values of
    the target suggest the wrong one. drop_missing_target: leave out rows that lack a target. weights: a column with the
    weight of each row in the cost. ids, header, missing: what the preparation says of them. errors: what an option
    would settle that was found while reading, to be raised together with what is found here.
    """
    targets, imputation, declared = list_targets(target), check_imputation(impute), check_problem(problem)
    errors = ErrorList() if errors is None else errors
    notes: list[str] = []
    for name in targets:
        errors.require(table.__getitem__, name)
    table = _mask_infinite(table, errors)
    if not drop_missing_target:
        for name in targets:
            errors.attempt(_require_target, table, name)
    if drop_missing_target or errors.errors:
        table, notes = errors.require(_drop_rows_without_target, table, targets)
    weighing = None
    if weights is not None:
        with errors:
            weighing, table = _take_weights(table, weights, targets)
    split = errors.attempt(_split_table, table, targets, validation, seed, declared)
    training_rows, validation_rows = split or (np.arange(len(table)), np.zeros(0, dtype=np.int64))
    mask = np.zeros(len(table), dtype=bool)
    mask[training_rows] = True
    fitted = fit_preparation(iterate_pieces(table, mask), targets, imputation, declared, errors)
    preparation = replace(fitted.preparation, ids=tuple(ids), header=header, missing=tuple(missing))
    fitted = replace(fitted, preparation=preparation)
    x, y = preparation.encode_inputs(table, dtype), preparation.encode_targets(table, dtype)
    remarks = Remarks()
    test = None if table.test is None else _encode_test(table.test, preparation, dtype, remarks)
    notes += [f"Rows for the test: {sentence}" for sentence in remarks.list_sentences()]
    return PreparedTable(table, fitted, x, y, training_rows, validation_rows, test, weighing, tuple(notes))


def _mask_infinite(table: Table, errors: ErrorList) -> Table:
    """The table, where infinite numbers are errors, and missing values from here on."""
    columns: list[Column] = []
    for column in table.columns:
        with errors:
            check_finite(column, table)
            columns.append(column)
            continue
        assert isinstance(column, NumericColumn)
        columns.append(replace(column, values=np.where(np.isinf(column.values), np.nan, column.values)))
    return replace(table, columns=tuple(columns))


def _require_target(table: Table, target: str) -> None:
    """Raise DataError if a row, or one of those for the test, has no target."""
    for part in filter(None, (table, table.test)):
        missing = find_missing(part[target])
        if missing.any():
            raise missing_value_error(part, int(missing.sum()), int(np.argmax(missing)), shown(target))


def _drop_rows_without_target(table: Table, targets: Sequence[str]) -> tuple[Table, list[str]]:
    """The table, and its rows for the test, without the rows that have no target, and what to say of them."""
    notes: list[str] = []
    test = table.test
    if test is not None:
        test, dropped = _drop_rows_without_target(test, targets)
        notes = [f"Rows for the test: {note}" for note in dropped]
    missing = np.any([find_missing(table[name]) for name in targets], axis=0)
    if missing.all():
        raise DataError("every row is without target.", source=table.source, column=", ".join(map(shown, targets)))
    if not missing.any():
        return replace(table, test=test), notes
    count = int(missing.sum())
    said = "1 row without target is left out." if count == 1 else f"{count:,} rows without target are left out."
    return replace(table.take_rows(np.flatnonzero(~missing)), test=test), [said, *notes]


def _take_weights(table: Table, name: str, targets: Sequence[str]) -> tuple[AnyArray, Table]:
    """The weights of the rows, and the table without their column. Raise DataError for one that is no weight."""
    if name in targets:
        raise OptionError(f"--weights: the column {shown(name)} is a target.")
    values = to_numeric(table[name], table).values.astype(np.float64)
    wrong = ~(np.isfinite(values) & (values >= 0))
    if wrong.any():
        raise table.error_at("expected a weight, a finite number not below 0.", int(np.argmax(wrong)), shown(name))
    if not values.any():
        raise table.error_at("every weight is 0.", column=shown(name))
    return values, table.select_columns([each for each in table.names if each != name])


def _encode_test(table: Table, preparation: Preparation, dtype: Any, remarks: Remarks) -> ArraySource:
    x = preparation.encode_inputs(table, dtype, remarks)
    return ArraySource(x.raw, preparation.encode_targets(table, dtype), None, x.scaling)


def _split_table(
    table: Table, targets: Sequence[str], validation: float, seed: int, problem: str | None
) -> tuple[Rows, Rows]:
    if validation == 0:
        return np.arange(len(table)), np.zeros(0, dtype=np.int64)
    codes: list[Rows] = []
    for name in targets:
        with suppress(DataError):  # the fit raises it again, with what else is wrong
            fitter = TargetFitter(table[name], table.source, problem)
            fitter.add_piece(table[name], np.ones(len(table), dtype=bool), table)
            made = fitter.make_target()
            codes += [made.encode_labels(table[name], table)] if isinstance(made, ClassTarget) else []
    return split_rows(_find_strata(codes, validation) if codes else len(table), validation, seed)


def _find_strata(codes: Sequence[Rows], fraction: float) -> Rows:
    """What is kept in proportion: the label of each row; of several labels those that often stand together."""
    if len(codes) == 1:
        return codes[0]
    _, strata, counts = np.unique(np.stack(codes, axis=1), axis=0, return_inverse=True, return_counts=True)
    return np.where(counts[strata] * fraction < 1, -1, strata)


def split_rows(labels: ArrayLike | int, fraction: float, seed: int = 0) -> tuple[Rows, Rows]:
    """Rows for training and about n * fraction rows for validation, both sorted; at least one of each.

    labels: the class of each row, kept in proportion, or just the number of rows. A class with two rows or more has
    a row on both sides, even if that makes more than `fraction` of the rows; a class with a single row trains.
    """
    if not isinstance(fraction, int | float) or isinstance(fraction, bool) or not 0 < fraction < 1:
        raise OptionError(f"the fraction of rows to hold back must be between 0 and 1, received {describe(fraction)}.")
    check_whole("seed", seed, 0)
    classes = np.zeros(labels, dtype=np.int64) if isinstance(labels, int) else np.unique(labels, return_inverse=True)[1]
    if len(classes) < 2:
        raise DataError(f"expected two rows or more to hold some back, received {len(classes)}.")
    sizes = np.bincount(classes)
    random = np.random.default_rng(seed)
    order = random.permutation(len(classes))
    grouped = order[np.argsort(classes[order], kind="stable")]
    within = np.arange(len(classes)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    validation = np.sort(grouped[within < np.repeat(_allocate_rows(sizes, fraction), sizes)])
    if not len(validation):  # each row is a class of its own
        validation = order[:1]
    return np.setdiff1d(np.arange(len(classes)), validation), validation


def _allocate_rows(sizes: Rows, fraction: float) -> Rows:
    """The number of validation rows of each class: its share, rounded so that the sum is right if that is possible."""
    ideal = sizes * fraction
    least = (sizes > 1).astype(np.int64)
    most = np.maximum(sizes - 1, 0)
    counts = np.clip(np.floor(ideal).astype(np.int64), least, most)
    wanted = min(max(1, round(float(ideal.sum()))), int(most.sum()))
    while counts.sum() < wanted:
        counts[_find_largest(ideal - counts, counts < most)] += 1
    while counts.sum() > wanted and (counts > least).any():
        counts[_find_largest(counts - ideal, counts > least)] -= 1
    return np.asarray(counts)


def _find_largest(values: AnyArray, allowed: NDArray[np.bool_]) -> int:
    return int(np.argmax(np.where(allowed, values, -np.inf)))
