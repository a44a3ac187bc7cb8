"""The samples of a run on a file: read whole, or as a stream; what was learned of them; what is held back."""

from __future__ import annotations

import os
from hashlib import file_digest
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from backproof.data.preparation import Preparation
from backproof.data.prepare import prepare_table
from backproof.data.source import ArraySource, Batch, Source
from backproof.data.sources import ENDINGS, PARQUET, check_path, find_ending
from backproof.data.stream import ParquetStream, StreamLayout, open_parquet_file
from backproof.data.summary import SummaryRow
from backproof.data.table import Table
from backproof.errors import OptionError

#: A Parquet file larger than this, packed as it is, is not read whole.
LARGE_FILE = 2_000_000_000


class TrainingData(NamedTuple):
    """What trains, what is held back, and what the source itself keeps for a test; how they came about."""

    preparation: Preparation
    summary: tuple[SummaryRow, ...]
    doubts: tuple[str, ...]
    source: Source
    held: ArraySource | None
    test: ArraySource | None


def is_data_file(name: str) -> bool:
    """Whether a file's name says that it holds data."""
    return find_ending(Path(name)) in ENDINGS


def compute_checksum(source: str | os.PathLike[str]) -> str:
    """The SHA-256 of a file. Errors: DataError where there is none."""
    with open(check_path(source), "rb") as file:
        return file_digest(file, "sha256").hexdigest()


def should_stream(source: str, asked: bool | None) -> bool:
    """Whether a file is to be streamed: where that is asked for, or where it is a large Parquet file.

    Errors: OptionError for any other kind of file.
    """
    if find_ending(Path(source)) in PARQUET:
        return bool(asked) or (asked is None and check_path(source).stat().st_size > LARGE_FILE)
    if asked:
        raise OptionError(f"'{source}' cannot be streamed: only Parquet files can; convert it, or leave out --stream.")
    return False


def count_rows(source: str) -> int:
    """How many rows a Parquet file has."""
    return int(open_parquet_file(check_path(source)).metadata.num_rows)


def load_table(table: Table, target: str, seed: int, **options: Any) -> TrainingData:
    """The samples of a table; options as `prepare` has them."""
    made = prepare_table(table, target, seed=seed, **options)
    return TrainingData(made.preparation, made.summary, made.doubts, made.source, made.validation, made.test)


def load_stream(source: str, target: str, seed: int, *, validation: float, **options: Any) -> TrainingData:
    """The samples of a Parquet file, block by block, options as `ParquetStream` has them; held rows are in memory."""
    made = ParquetStream(source, target, layout=StreamLayout(validation=validation, seed=seed), **options)
    blocks = list(made.held()) if validation else []
    held = _join_blocks(blocks) if blocks else None
    return TrainingData(made.preparation, made.summary, made.doubts, made, held, None)


def _join_blocks(blocks: list[Batch]) -> ArraySource:
    return ArraySource(np.concatenate([block.x for block in blocks]), np.concatenate([block.y for block in blocks]))
