"""Parquet files: read whole, or a batch of rows at a time. This is the only file that opens one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from operator import add
from pathlib import Path
from typing import Any

from backproof.data.readers.frames import table_from_frame
from backproof.data.table import ColumnChooser, Table
from backproof.errors import DataError
from backproof.validate import require_package


def read_parquet_file(path: Path, choose: ColumnChooser) -> Table:
    """The chosen columns of a file. Raise DataError for a damaged file."""
    file = open_parquet_file(path)
    try:
        table = file.read()
    except Exception as error:  # pyarrow has many errors for a damaged file
        raise _unreadable_file_error(path, error) from None
    return table_from_frame(table, path.name, choose)


def open_parquet_file(path: Path) -> Any:
    """A pyarrow ParquetFile of which only the description has been read. Raise DataError for a damaged file."""
    require_package("pyarrow", "a Parquet file", path.name)
    from pyarrow import parquet

    try:
        return parquet.ParquetFile(path, buffer_size=2**20, pre_buffer=False)
    except Exception as error:  # pyarrow has many errors for a damaged file
        raise _unreadable_file_error(path, error) from None


def read_parquet_batches(
    file: Any, path: Path, size: int, names: list[str], group: int | None = None, first_row: int = 1
) -> Iterator[Table]:
    """The columns `names` of an open file as tables of at most `size` rows. Raise DataError for a damaged file.

    group: the row group to read; None reads all. first_row: the number of its first row in the file.
    """
    import pyarrow

    groups = None if group is None else [group]
    batches = file.iter_batches(size, use_threads=False, row_groups=groups, columns=names)
    while True:
        try:
            batch = next(batches, None)
        except Exception as error:  # pyarrow has many errors for a damaged file
            raise _unreadable_file_error(path, error) from None
        if batch is None:
            return
        if batch.num_rows:
            table = table_from_frame(pyarrow.Table.from_batches([batch]), path.name)
            yield replace(table, row_of=partial(add, first_row))
            first_row += batch.num_rows


def _unreadable_file_error(path: Path, error: Exception) -> DataError:
    return DataError(f"this cannot be read as Parquet: {str(error).strip()[:200]}", source=path.name)
