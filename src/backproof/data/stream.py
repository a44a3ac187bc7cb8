"""Parquet larger than memory: rows pass by, block after block, in another order each epoch.

An epoch takes the file's row groups in an order drawn from (seed, epoch), fills a buffer with rows, mixes it, and
gives away half of it, again and again. The order depends on nothing else, so a run that is resumed sees the same.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backproof.arrays import AnyArray
from backproof.data.doubts import find_fit_warnings
from backproof.data.frames import table_from_frame
from backproof.data.impute import check_imputation
from backproof.data.learning import FittedPreparation, fit_preparation
from backproof.data.names import check_name_list
from backproof.data.optional import require_package
from backproof.data.preparation import Preparation
from backproof.data.problem import check_problem
from backproof.data.reading import apply_kinds as declared
from backproof.data.reading import check_kinds, make_chooser
from backproof.data.source import Batch, Source
from backproof.data.sources import check_path
from backproof.data.summary import SummaryRow, summarize_columns
from backproof.data.table import Table
from backproof.errors import DataError, OptionError
from backproof.validate import check_whole, describe


@dataclass(frozen=True)
class StreamLayout:
    """How a stream is cut: rows of a block, rows that are mixed together, and the share that is held back."""

    block: int = 8192
    buffer: int = 65536
    validation: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        check_whole("block", self.block, 1)
        check_whole("buffer", self.buffer, 1)
        check_whole("seed", self.seed, 0)
        if not 0 <= self.validation < 1:
            raise OptionError(f"validation must lie between 0 and 1, received {describe(self.validation)}.")


class ParquetStream(Source):
    """The rows of a Parquet file in blocks of bounded size: x (rows, inputs), y (rows, outputs), and no weights."""

    def __init__(
        self,
        source: Any,
        target: str,
        *,
        layout: StreamLayout | None = None,
        categorical: Collection[str] = (),
        numeric: Collection[str] = (),
        drop: Collection[str] = (),
        impute: str | None = None,
        problem: str | None = None,
        dtype: Any = np.float32,
    ) -> None:
        self.path, self.dtype, self.layout = check_path(source), dtype, layout or StreamLayout()
        self.kinds = check_kinds(categorical, numeric)
        way, asked = check_imputation(impute), check_problem(problem)
        if way in ("median", "most_frequent"):
            raise OptionError(f"impute: the {way} needs all rows in memory; a stream can impute the mean.")
        self.file = open_parquet_file(self.path)
        choose = make_chooser(target, check_name_list(drop, "drop"), self.kinds)
        self.names = list(choose(tuple(self.file.schema_arrow.names), self.path.name))
        self.groups = range(self.file.num_row_groups)
        self.learned = self._learned(target, way, asked)

    @property
    def preparation(self) -> Preparation:
        """How rows become inputs and targets."""
        return self.learned.preparation

    @property
    def summary(self) -> tuple[SummaryRow, ...]:
        """What was understood, a line a column, the target last."""
        return summarize_columns(self.learned)

    @property
    def doubts(self) -> tuple[str, ...]:
        """What is allowed but looks like a mistake, a sentence each."""
        one = len(self.groups) == 1 and self.count > self.layout.buffer
        mixing = f"The file is a single row group: only {self.layout.buffer:,} rows at a time are mixed."
        return (*find_fit_warnings(self.learned), *([mixing] if one else []))

    def blocks(self, epoch: int) -> Iterator[Batch]:
        """The training rows of an epoch, counted from 0, in an order that (seed, epoch) alone decides."""
        random = np.random.default_rng((self.layout.seed, epoch))
        groups = random.permutation(len(self.groups)).tolist()
        return _cut_into_batches(
            _mix_rows(self._prepared(groups, held=False), self.layout.buffer, random), self.layout.block
        )

    def held(self) -> Iterator[Batch]:
        """The rows that are held back, in the file's order."""
        return _cut_into_batches(self._prepared(self.groups, held=True), self.layout.block)

    def _learned(self, target: str, way: Any, problem: str | None) -> FittedPreparation:
        """One pass over the file, which also counts the rows."""
        self.count = self.held_count = 0

        def counted() -> Iterator[tuple[Table, NDArray[np.bool_]]]:
            for table, training in self._pieces(self.groups):
                self.count += int(training.sum())
                self.held_count += int((~training).sum())
                yield table, training

        learned = fit_preparation(counted(), target, way, problem)
        if not self.count or (self.layout.validation and not self.held_count):
            raise DataError("there are too few rows to hold some back.", source=self.path.name)
        return learned

    def _prepared(self, groups: Iterable[int], *, held: bool) -> Iterator[tuple[AnyArray, AnyArray]]:
        for table, training in self._pieces(groups):
            rows = ~training if held else training
            x = self.preparation.inputs(table, self.dtype).array(self.dtype)
            yield x[rows], self.preparation.targets(table, self.dtype)[rows]

    def _pieces(self, groups: Iterable[int]) -> Iterator[tuple[Table, NDArray[np.bool_]]]:
        """Tables of at most a block of rows, each with which of its rows train."""
        for group in groups:
            random = np.random.default_rng((self.layout.seed, 2**32 + group))
            first = sum(self.file.metadata.row_group(before).num_rows for before in range(group))
            for batch in read_parquet_batches(
                self.file, self.path, self.layout.block, row_groups=[group], columns=self.names
            ):
                table = replace(self._table(batch), row_of=count_rows_from(first + 1))
                first += len(table)
                yield table, random.random(len(table)) >= self.layout.validation

    def _table(self, batch: Any) -> Table:
        import pyarrow

        table = table_from_frame(pyarrow.Table.from_batches([batch]), self.path.name)
        return declared(table, self.kinds, texts=False)


def read_parquet_batches(file: Any, path: Path, size: int, **options: Any) -> Iterator[Any]:
    """The rows of an opened file, so many at a time. Errors: DataError for a damaged one."""
    found = file.iter_batches(size, use_threads=False, **options)
    while True:
        try:
            batch = next(found, None)
        except Exception as error:  # pyarrow has many errors for a damaged file
            raise unreadable_parquet_error(path, error) from None
        if batch is None:
            return
        if batch.num_rows:
            yield batch


def open_parquet_file(path: Path) -> Any:
    """A Parquet file, of which nothing but its description is read yet. Errors: DataError."""
    require_package("pyarrow", "a Parquet file", path.name)
    from pyarrow import parquet

    try:
        return parquet.ParquetFile(path, buffer_size=2**20, pre_buffer=False)
    except Exception as error:  # pyarrow has many errors for a damaged file
        raise unreadable_parquet_error(path, error) from None


def unreadable_parquet_error(path: Path, error: Exception) -> DataError:
    """The error for a file that is not Parquet, or damaged."""
    return DataError(f"this cannot be read as Parquet: {str(error).strip()[:200]}", source=path.name)


def count_rows_from(first: int) -> Any:
    """The row of the file at an index, where the first one has this number."""
    return lambda index: first + index


def _mix_rows(
    parts: Iterable[tuple[AnyArray, AnyArray]], buffer: int, random: np.random.Generator
) -> Iterator[tuple[AnyArray, AnyArray]]:
    """Rows mixed in a buffer: when it is full, half of it goes on and half stays for the rows to come."""
    waiting: list[tuple[AnyArray, AnyArray]] = []
    for part in parts:
        waiting.append(part)
        if sum(len(x) for x, _ in waiting) >= buffer:
            x, y = _shuffle_rows(waiting, random)
            half = len(x) // 2
            yield x[:half], y[:half]
            waiting = [(x[half:].copy(), y[half:].copy())]
    if waiting:
        yield _shuffle_rows(waiting, random)


def _shuffle_rows(parts: list[tuple[AnyArray, AnyArray]], random: np.random.Generator) -> tuple[AnyArray, AnyArray]:
    x, y = _join_parts(parts)
    order = random.permutation(len(x))
    return x[order], y[order]


def _cut_into_batches(parts: Iterable[tuple[AnyArray, AnyArray]], size: int) -> Iterator[Batch]:
    """The same rows in blocks of `size`, the last one shorter."""
    waiting: list[tuple[AnyArray, AnyArray]] = []
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


def _join_parts(parts: list[tuple[AnyArray, AnyArray]]) -> tuple[AnyArray, AnyArray]:
    return np.concatenate([x for x, _ in parts]), np.concatenate([y for _, y in parts])
