"""Rows to predict on, a piece at a time: a Parquet file is never read whole."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from backproof.data.frames import table_from_frame
from backproof.data.names import require_columns
from backproof.data.preparation import Preparation
from backproof.data.rereading import match_columns
from backproof.data.sources import PARQUET, check_path, find_ending
from backproof.data.stream import count_rows_from, open_parquet_file, read_parquet_batches
from backproof.data.table import Table

ROWS = 8192


def read_prediction_batches(preparation: Preparation, source: str | os.PathLike[str]) -> Iterator[Table]:
    """The rows of a file, in order, as the preparation needs them. Errors: DataError with row and column."""
    if find_ending(Path(source)) in PARQUET:
        yield from _read_parquet_batches(preparation, check_path(source))
        return
    for _, piece in match_columns(preparation, source).chunks():
        yield piece


def _read_parquet_batches(preparation: Preparation, path: Path) -> Iterator[Table]:
    import pyarrow

    file, first = open_parquet_file(path), 1
    wanted = {*preparation.names, preparation.target.name}
    require_columns(preparation.names, file.schema_arrow.names, path.name)
    names = [name for name in file.schema_arrow.names if name in wanted]
    for batch in read_parquet_batches(file, path, ROWS, columns=names):
        table = table_from_frame(pyarrow.Table.from_batches([batch]), path.name)
        yield match_columns(preparation, replace(table, row_of=count_rows_from(first)))
        first += batch.num_rows
