"""Where data comes from: a file by its ending, a data frame, arrays by name, or one array of rows."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from backproof.data import arrays, csv_file, frames, numpy_files
from backproof.data.optional import need
from backproof.data.table import Choose, Table
from backproof.errors import BackproofError, DataError
from backproof.schema import shown

TEXTS = (".csv", ".tsv", ".txt", ".data")
PARQUET = (".parquet", ".pq")
ENDINGS = (*TEXTS, *PARQUET, ".npy", ".npz")
EXPECTED = "a .csv, .tsv, .parquet, .npy or .npz file"


def table_from(source: Any, target: str | None, choose: Choose) -> Table:
    """The chosen columns of any source; of a text file they are words still."""
    if isinstance(source, str | os.PathLike):
        return _file(path_of(source), target, choose)
    if isinstance(source, Table):
        return _chosen(source, choose)
    if frames.is_frame(source):
        return frames.of_frame(source, choose=choose)
    if isinstance(source, Mapping):
        return _chosen(arrays.of_mapping(source), choose)
    if isinstance(source, bytes | bytearray | set | frozenset):
        raise DataError(f"expected a file's name, a data frame or arrays; received {type(source).__name__}.")
    return _chosen(arrays.of_matrix(arrays.array_of(source, arrays.MATRIX, ""), target), choose)


def path_of(source: str | os.PathLike[Any]) -> Path:
    """The path of a file that is there and is no folder. Errors: DataError that says what is."""
    try:
        path = Path(os.fsdecode(source))
        if path.is_dir():
            raise DataError(f"this is a folder; expected {EXPECTED}.", source=path.name or str(path))
        if not path.exists():
            raise DataError(f"there is no file {shown(path.name)} in {shown(str(path.parent))}.")
        if not path.stat().st_size:
            raise DataError(f"the file is empty; expected {EXPECTED}.", source=path.name)
    except (OSError, ValueError) as error:
        if isinstance(error, BackproofError):
            raise
        raise DataError(
            f"{shown(str(source))} cannot be opened: {getattr(error, 'strerror', None) or error}."
        ) from None
    return path


def is_text(source: Any) -> bool:
    """Whether it is a text file, whose columns are words until they are looked into."""
    return isinstance(source, str | os.PathLike) and ending(Path(os.fsdecode(source))) in TEXTS


def _file(path: Path, target: str | None, choose: Choose) -> Table:
    kind = ending(path)
    try:
        if kind in TEXTS:
            return _chosen(csv_file.read(path), choose)
        if kind in PARQUET:
            return _parquet(path, choose)
        if kind == ".npy":
            return _chosen(numpy_files.read_npy(path, target), choose)
        if kind == ".npz":
            return _chosen(numpy_files.read_npz(path, target, choose), choose)
    except MemoryError:
        raise DataError("it does not fit into memory; a Parquet file can be streamed.", source=path.name) from None
    raise DataError(f"{_odd(kind)}; expected {EXPECTED}.", source=path.name)


def _chosen(table: Table, choose: Choose) -> Table:
    return table.only(choose(table.names, table.source))


def ending(path: Path) -> str:
    """What the file's name says that it is: .csv for data.csv and for data.csv.gz."""
    name = path.name.removesuffix(".gz") if path.name.endswith((".csv.gz", ".tsv.gz")) else path.name
    return Path(name).suffix.lower()


def _parquet(path: Path, choose: Choose) -> Table:
    need("pyarrow", "a Parquet file", path.name)
    from pyarrow import parquet

    try:
        table = parquet.ParquetFile(path).read()
    except Exception as error:  # pyarrow has many errors for a damaged file
        raise DataError(f"this cannot be read as Parquet: {str(error).strip()[:200]}", source=path.name) from None
    return frames.of_frame(table, path.name, choose)


def _odd(kind: str) -> str:
    if kind in (".xlsx", ".xls", ".ods"):
        return "this is a spreadsheet; save it as CSV"
    return f"the ending {shown(kind)} is not one that is known" if kind else "its name has no ending"
