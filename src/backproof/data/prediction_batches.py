"""Data to predict on: the columns that a model was trained on, found again in another source, batch by batch."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from backproof.arrays import AnyArray
from backproof.data.columns import Column, NumericColumn
from backproof.data.data_file import ReadOptions, check_path, is_parquet_file
from backproof.data.encoders import NumericEncoder
from backproof.data.error_list import ErrorList
from backproof.data.preparation import Preparation
from backproof.data.readers.parquet_file import open_parquet_file, read_parquet_batches
from backproof.data.reading import read_columns
from backproof.data.table import Table, require_columns

#: The number of rows that are read at a time from a Parquet file.
ROWS = 8192


def read_prediction_batches(preparation: Preparation, source: str | os.PathLike[str]) -> Iterator[Table]:
    """The rows of a file, in order, with the columns that the preparation needs; a Parquet file is never read whole.

    Raise DataError, with row and column, for what cannot be read.
    """
    if not is_parquet_file(source):
        for _, piece in match_columns(preparation, source).iterate_pieces():
            yield piece
        return
    path = check_path(source)
    file = open_parquet_file(path)
    require_columns(preparation.names, file.schema_arrow.names, path.name)
    wanted = {*preparation.names, *preparation.target_names, *preparation.ids}
    names = [name for name in file.schema_arrow.names if name in wanted]
    for table in read_parquet_batches(file, path, ROWS, names):
        yield match_columns(preparation, table)


def match_columns(preparation: Preparation, source: Any) -> Table:
    """The columns of a source that the preparation needs; the targets and the identifiers too if they are there.

    Texts stay texts: each encoder reads them as it learned to.

    Rows of numbers without names stand for the columns in their order; target columns among them are left out.
    Raise DataError, with the nearest name, if a column is missing.
    """
    inputs = set(preparation.names)
    wanted = {*inputs, *preparation.target_names, *preparation.ids}

    def choose(names: tuple[str, ...], source: str) -> Collection[str]:
        return wanted if inputs <= set(names) else names

    errors = ErrorList()
    options = ReadOptions(preparation.header, "fill", preparation.names, preparation.missing, preparation.ids)
    read = read_columns(source, (), choose, options, errors)
    errors.raise_if_any()
    table = _name_block_columns(read, preparation)
    require_columns(preparation.names, table.names, table.source)
    return table.select_columns(wanted)


def _name_block_columns(table: Table, preparation: Preparation) -> Table:
    """A single block of the right width becomes the columns of the preparation; any other table is unchanged."""
    blocks = [each for each in table.columns if isinstance(each, NumericColumn) and each.values.ndim == 2]
    width = _count_columns(preparation)
    trimmed = [_drop_targets(block, preparation) for block in blocks]
    fitting = [block for block in trimmed if block.width == width]
    numeric = all(isinstance(encoder, NumericEncoder) for encoder in preparation.encoders)
    named = set(preparation.names) <= set(table.names)
    if len(fitting) != 1 or not numeric or (named and fitting[0] in blocks):
        return table
    return replace(table, columns=_split_block(fitting[0], preparation))


def _count_columns(preparation: Preparation) -> int:
    """The numbers of a row, before anything marks missing ones."""
    return sum(encoder.width for encoder in preparation.encoders if isinstance(encoder, NumericEncoder))


def _drop_targets(block: NumericColumn, preparation: Preparation) -> NumericColumn:
    """The block without the targets, if it is too wide by these and their names are numbers of columns."""
    names = preparation.target_names
    numbered = all(re.fullmatch(r"-1|[1-9][0-9]{0,8}", name) for name in names)
    if block.width != _count_columns(preparation) + len(names) or not numbered:
        return block
    places = [int(name) - 1 if int(name) > 0 else -1 for name in names]
    return NumericColumn(block.name, np.delete(block.values, places, axis=1)) if max(places) < block.width else block


def _split_block(block: NumericColumn, preparation: Preparation) -> tuple[Column, ...]:
    numeric = [encoder for encoder in preparation.encoders if isinstance(encoder, NumericEncoder)]
    edges = np.cumsum([0, *(encoder.width for encoder in numeric)]).tolist()
    spans = zip(numeric, edges, edges[1:], strict=False)
    return tuple(NumericColumn(encoder.name, _slice_columns(block.values, *span)) for encoder, *span in spans)


def _slice_columns(values: AnyArray, start: int, end: int) -> AnyArray:
    return values[:, start:end] if end - start > 1 else values[:, start]
