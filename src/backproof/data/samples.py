"""The samples of a run on a file: read whole, or as a stream; what was learned of them; what is held back."""

from __future__ import annotations

import os
from hashlib import file_digest
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from backproof.data.preparation import Preparation
from backproof.data.prepare import prepare
from backproof.data.source import ArraySource, Batch, Source
from backproof.data.sources import ENDINGS, PARQUET, ending, path_of
from backproof.data.stream import Layout, ParquetStream, opened
from backproof.data.summary import Line
from backproof.data.table import Table
from backproof.errors import OptionError

#: A Parquet file larger than this, packed as it is, is not read whole.
LARGE_FILE = 2_000_000_000


class Samples(NamedTuple):
    """What trains, what is held back, and what the source itself keeps for a test; how they came about."""

    preparation: Preparation
    summary: tuple[Line, ...]
    doubts: tuple[str, ...]
    source: Source
    held: ArraySource | None
    test: ArraySource | None


def is_data(name: str) -> bool:
    """Whether a file's name says that it holds data."""
    return ending(Path(name)) in ENDINGS


def checksum(source: str | os.PathLike[str]) -> str:
    """The SHA-256 of a file. Errors: DataError where there is none."""
    with open(path_of(source), "rb") as file:
        return file_digest(file, "sha256").hexdigest()


def streams(source: str, asked: bool | None) -> bool:
    """Whether a file is to be streamed: where that is asked for, or where it is a large Parquet file.

    Errors: OptionError for any other kind of file.
    """
    if ending(Path(source)) in PARQUET:
        return bool(asked) or (asked is None and path_of(source).stat().st_size > LARGE_FILE)
    if asked:
        raise OptionError(f"'{source}' cannot be streamed: only Parquet files can; convert it, or leave out --stream.")
    return False


def rows_of(source: str) -> int:
    """How many rows a Parquet file has."""
    return int(opened(path_of(source)).metadata.num_rows)


def of_table(table: Table, target: str, seed: int, **options: Any) -> Samples:
    """The samples of a table; options as `prepare` has them."""
    made = prepare(table, target, seed=seed, **options)
    return Samples(made.preparation, made.summary, made.doubts, made.source, made.validation, made.test)


def of_stream(source: str, target: str, seed: int, *, validation: float, **options: Any) -> Samples:
    """The samples of a Parquet file, block by block, options as `ParquetStream` has them; held rows are in memory."""
    made = ParquetStream(source, target, layout=Layout(validation=validation, seed=seed), **options)
    blocks = list(made.held()) if validation else []
    held = _joined(blocks) if blocks else None
    return Samples(made.preparation, made.summary, made.doubts, made, held, None)


def _joined(blocks: list[Batch]) -> ArraySource:
    return ArraySource(np.concatenate([block.x for block in blocks]), np.concatenate([block.y for block in blocks]))
