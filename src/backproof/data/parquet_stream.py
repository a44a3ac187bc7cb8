"""A Parquet file larger than memory as a stream: block after block of rows, in another order each epoch.

An epoch takes the row groups of the file in an order drawn from (seed, epoch), fills a buffer with rows, shuffles it,
and hands out half of it, again and again. The order depends on nothing else, so a resumed run sees the same rows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np

from backproof.arrays import AnyArray, Mask
from backproof.data.column_fitters import Impute, check_imputation
from backproof.data.columns import CategoricalColumn, find_missing
from backproof.data.data_file import check_path
from backproof.data.dates import read_dates
from backproof.data.diagnostics import find_warnings
from backproof.data.kinds import apply_kinds, check_kinds
from backproof.data.numerals import Numerals, find_numerals, join_numerals
from backproof.data.preparation import Preparation
from backproof.data.preparation_fitter import FittedPreparation, check_problem, fit_preparation
from backproof.data.readers.parquet_file import open_parquet_file, read_parquet_batches
from backproof.data.reading import make_chooser, mask_missing
from backproof.data.source import Batch, Source
from backproof.data.summaries import SummaryRow, format_count, summarize_columns
from backproof.data.table import Table, check_name_list
from backproof.data.targets import list_targets
from backproof.errors import DataError, OptionError
from backproof.schema import shown
from backproof.validate import check_whole, describe

#: A range of an epoch's rows, of which a process reads several at once, is shuffled in this part of the buffer.
SHARES = 8
#: Inputs (rows, inputs) and targets (rows, outputs) of the same rows.
Samples: TypeAlias = tuple[AnyArray, AnyArray]


@dataclass(frozen=True)
class StreamLayout:
    """The rows of a block, the rows that are shuffled together, and the share of rows for validation."""

    block: int = 8192
    buffer: int = 65536
    validation: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        check_whole("block", self.block, 1)
        check_whole("buffer", self.buffer, 1)
        check_whole("seed", self.seed, 0)
        if not 0 <= self.validation < 1:
            raise OptionError(f"validation must be between 0 and 1, received {describe(self.validation)}.")


class ParquetStream(Source):
    """The rows of a Parquet file in blocks of bounded size: x (rows, inputs), y (rows, outputs), and no weights."""

    def __init__(
        self,
        source: Any,
        target: str | Sequence[str],
        *,
        layout: StreamLayout | None = None,
        categorical: Collection[str] = (),
        numeric: Collection[str] = (),
        date: Collection[str] = (),
        text: Collection[str] = (),
        drop: Collection[str] = (),
        impute: str | None = None,
        problem: str | None = None,
        missing: Collection[str] = (),
        drop_missing_target: bool = False,
        dtype: Any = np.float32,
    ) -> None:
        self.path, self.dtype, self.layout = check_path(source), dtype, layout or StreamLayout()
        self.kinds = check_kinds(categorical=categorical, numeric=numeric, date=date, text=text)
        self.missing, self.drop_missing_target = tuple(missing), drop_missing_target
        imputation, declared = check_imputation(impute), check_problem(problem)
        if imputation in ("median", "most_frequent"):
            raise OptionError(f"impute: the {imputation} needs all rows in memory; a stream can impute the mean.")
        self.file = open_parquet_file(self.path)
        self.targets = targets = list_targets(target)
        choose = make_chooser(targets, check_name_list(drop, "drop"), self.kinds)
        self.names = list(choose(tuple(self.file.schema_arrow.names), self.path.name))
        sizes = [self.file.metadata.row_group(group).num_rows for group in range(self.file.num_row_groups)]
        #: The number of the first row of each row group.
        self.first_rows = np.cumsum([1, *sizes])[:-1].tolist()
        self.ways = self._find_ways()
        self.count = self.validation_count = 0
        #: The training rows of each row group.
        self.training_counts = [0] * len(sizes)
        self.fitted = self._fit_file(targets, imputation, declared)

    @property
    def preparation(self) -> Preparation:
        """How rows become inputs and targets."""
        return self.fitted.preparation

    @property
    def summary(self) -> tuple[SummaryRow, ...]:
        """How each column was understood; the targets are last."""
        return summarize_columns(self.fitted)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is allowed but looks like a mistake, one sentence each."""
        dropped = self.file.metadata.num_rows - self.count - self.validation_count
        left_out = [f"{format_count(dropped, 'row')} without target: left out."] if dropped else []
        if len(self.first_rows) > 1 or self.count <= self.layout.buffer:
            return (*find_warnings(self.fitted), *left_out)
        shuffling = f"The file is a single row group: only {self.layout.buffer:,} rows at a time are shuffled together."
        return (*find_warnings(self.fitted), *left_out, shuffling)

    def blocks(self, epoch: int) -> Iterator[Batch]:
        """The training rows of an epoch, counted from 0, in an order that depends on (seed, epoch) alone."""
        random = np.random.default_rng((self.layout.seed, epoch))
        groups = random.permutation(len(self.first_rows)).tolist()
        shuffled = _shuffle_stream(self._encode_groups(groups, validation=False), self.layout.buffer, random)
        return _cut_into_batches(shuffled, self.layout.block)

    def range_blocks(self, epoch: int, first: int, last: int) -> Iterator[Batch]:
        """The row groups stand in the order of (seed, epoch); only those with rows of the range are read."""
        groups = np.random.default_rng((self.layout.seed, epoch)).permutation(len(self.first_rows)).tolist()
        random = np.random.default_rng((self.layout.seed, epoch, first))
        shuffled = _shuffle_stream(self._encode_range(groups, first, last), self.layout.buffer // SHARES, random)
        return _cut_into_batches(shuffled, self.layout.block)

    def _encode_range(self, groups: Iterable[int], first: int, last: int) -> Iterator[Samples]:
        start = 0
        for group in groups:
            stop = start + self.training_counts[group]
            if first < stop and start < last:
                at = start
                for x, y in self._encode_groups([group], validation=False):
                    part = slice(max(first - at, 0), max(last - at, 0))
                    at += len(x)
                    yield x[part], y[part]
            start = stop

    def validation_blocks(self) -> Iterator[Batch]:
        """The validation rows, in the order of the file."""
        groups = range(len(self.first_rows))
        return _cut_into_batches(self._encode_groups(groups, validation=True), self.layout.block)

    def _find_ways(self) -> dict[str, Numerals | str]:
        """How each column of texts that is declared as numbers, or as dates, writes them in all row groups."""
        names = [name for name, kind in self.kinds.items() if kind in ("date", "numeric")]
        texts: defaultdict[str, dict[str, None]] = defaultdict(dict)
        numerals: defaultdict[str, list[Numerals]] = defaultdict(list)
        for table in self._read_tables(range(len(self.first_rows)) if names else (), names):
            for column in table.columns:
                if isinstance(column, CategoricalColumn) and self.kinds[column.name] == "numeric":
                    numerals[column.name].append(find_numerals(column.texts))
                elif isinstance(column, CategoricalColumn):
                    texts[column.name].update(dict.fromkeys(column.texts))
        ways: dict[str, Numerals | str] = {name: join_numerals(found) for name, found in numerals.items()}
        for name, found in texts.items():
            reading = read_dates(list(found))
            if np.isnan(reading.values).all():
                raise DataError("none of its values is a date.", source=self.path.name, column=shown(name))
            ways[name] = reading.order
        return ways

    def _fit_file(self, targets: Sequence[str], imputation: Impute | None, problem: str | None) -> FittedPreparation:
        """One pass over the file, which also counts the rows."""
        fitted = fit_preparation(self._count_pieces(), targets, imputation, problem)
        fitted = replace(fitted, preparation=replace(fitted.preparation, missing=self.missing))
        if not self.count or (self.layout.validation and not self.validation_count):
            raise DataError("there are too few rows to hold some back.", source=self.path.name)
        return fitted

    def _count_pieces(self) -> Iterator[tuple[Table, Mask]]:
        for group in range(len(self.first_rows)):
            for table, training in self._read_groups([group]):
                self.training_counts[group] += int(training.sum())
                self.validation_count += int((~training).sum())
                yield table, training
        self.count = sum(self.training_counts)

    def _encode_groups(self, groups: Iterable[int], *, validation: bool) -> Iterator[Samples]:
        for table, training in self._read_groups(groups):
            rows = ~training if validation else training
            x = self.preparation.encode_inputs(table, self.dtype).to_array(self.dtype)
            yield x[rows], self.preparation.encode_targets(table, self.dtype)[rows]

    def _read_groups(self, groups: Iterable[int]) -> Iterator[tuple[Table, Mask]]:
        """Tables of at most one block of rows, each with the mask of its training rows."""
        for group in groups:
            random = np.random.default_rng((self.layout.seed, 2**32 + group))
            for table in self._read_tables([group], self.names):
                if self.drop_missing_target:
                    missing = np.any([find_missing(table[name]) for name in self.targets], axis=0)
                    table = table.take_rows(np.flatnonzero(~missing))
                if not len(table):
                    continue
                training = random.random(len(table)) >= self.layout.validation
                yield apply_kinds(table, self.kinds, infer=False, ways=self.ways), training

    def _read_tables(self, groups: Iterable[int], names: list[str]) -> Iterator[Table]:
        """These columns of row groups as tables of at most one block of rows, as the file has them."""
        for group in groups:
            first = self.first_rows[group]
            for table in read_parquet_batches(self.file, self.path, self.layout.block, names, group, first):
                yield mask_missing(table, self.missing)


def _shuffle_stream(parts: Iterable[Samples], buffer: int, random: np.random.Generator) -> Iterator[Samples]:
    """Rows shuffled in a buffer: when it is full, half of it is handed out and half waits for the rows to come."""
    waiting: list[Samples] = []
    for part in parts:
        waiting.append(part)
        if sum(len(x) for x, _ in waiting) >= buffer:
            x, y = _shuffle_rows(waiting, random)
            half = len(x) // 2
            yield x[:half], y[:half]
            waiting = [(x[half:].copy(), y[half:].copy())]
    if waiting:
        yield _shuffle_rows(waiting, random)


def _shuffle_rows(parts: list[Samples], random: np.random.Generator) -> Samples:
    x, y = _join_parts(parts)
    order = random.permutation(len(x))
    return x[order], y[order]


def _cut_into_batches(parts: Iterable[Samples], size: int) -> Iterator[Batch]:
    """The same rows in batches of `size`, the last one smaller."""
    waiting: list[Samples] = []
    for part in parts:
        waiting.append(part)
        if sum(len(x) for x, _ in waiting) >= size:
            x, y = _join_parts(waiting)
            whole = len(x) - len(x) % size
            yield from (Batch(x[at : at + size], y[at : at + size]) for at in range(0, whole, size))
            waiting = [(x[whole:].copy(), y[whole:].copy())]
    x, y = _join_parts(waiting) if waiting else (np.zeros(0), np.zeros(0))
    if len(x):
        yield Batch(x, y)


def _join_parts(parts: list[Samples]) -> Samples:
    return np.concatenate([x for x, _ in parts]), np.concatenate([y for _, y in parts])
