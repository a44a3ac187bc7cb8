"""Rows to predict on, a piece at a time: a Parquet file is never read whole."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from backproof.data.frames import of_frame
from backproof.data.names import known
from backproof.data.preparation import Preparation
from backproof.data.rereading import reread
from backproof.data.sources import PARQUET, ending, path_of
from backproof.data.stream import batches, counted_from, opened
from backproof.data.table import Table

ROWS = 8192


def pieces(preparation: Preparation, source: str | os.PathLike[str]) -> Iterator[Table]:
    """The rows of a file, in order, as the preparation needs them. Errors: DataError with row and column."""
    if ending(Path(source)) in PARQUET:
        yield from _of_parquet(preparation, path_of(source))
        return
    for _, piece in reread(preparation, source).chunks():
        yield piece


def _of_parquet(preparation: Preparation, path: Path) -> Iterator[Table]:
    import pyarrow

    file, first = opened(path), 1
    wanted = {*preparation.names, preparation.target.name}
    known(preparation.names, file.schema_arrow.names, path.name)
    names = [name for name in file.schema_arrow.names if name in wanted]
    for batch in batches(file, path, ROWS, columns=names):
        table = of_frame(pyarrow.Table.from_batches([batch]), path.name)
        yield reread(preparation, replace(table, row_of=counted_from(first)))
        first += batch.num_rows
