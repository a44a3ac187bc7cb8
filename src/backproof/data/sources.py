"""Where data comes from: a file by its ending, a data frame, arrays by name, or one array of rows."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from backproof.data.arrays import MATRIX, table_from_mapping, table_from_matrix, to_rows
from backproof.data.csv_file import read_csv_file
from backproof.data.frames import is_frame, table_from_frame
from backproof.data.numpy_files import read_npy_file, read_npz_file
from backproof.data.optional import require_package
from backproof.data.table import ColumnChooser, Table
from backproof.errors import BackproofError, DataError
from backproof.schema import shown

TEXTS = (".csv", ".tsv", ".txt", ".data")
PARQUET = (".parquet", ".pq")
ENDINGS = (*TEXTS, *PARQUET, ".npy", ".npz")
EXPECTED = "a .csv, .tsv, .parquet, .npy or .npz file"


def load_columns(source: Any, target: str | None, choose: ColumnChooser) -> Table:
    """The chosen columns of any source; of a text file they are words still."""
    if isinstance(source, str | os.PathLike):
        return _read_file(check_path(source), target, choose)
    if isinstance(source, Table):
        return _select_chosen(source, choose)
    if is_frame(source):
        return table_from_frame(source, choose=choose)
    if isinstance(source, Mapping):
        return _select_chosen(table_from_mapping(source), choose)
    if isinstance(source, bytes | bytearray | set | frozenset):
        raise DataError(f"expected a file's name, a data frame or arrays; received {type(source).__name__}.")
    return _select_chosen(table_from_matrix(to_rows(source, MATRIX, ""), target), choose)


def check_path(source: str | os.PathLike[Any]) -> Path:
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


def is_text_file(source: Any) -> bool:
    """Whether it is a text file, whose columns are words until they are looked into."""
    return isinstance(source, str | os.PathLike) and find_ending(Path(os.fsdecode(source))) in TEXTS


def _read_file(path: Path, target: str | None, choose: ColumnChooser) -> Table:
    kind = find_ending(path)
    try:
        if kind in TEXTS:
            return _select_chosen(read_csv_file(path), choose)
        if kind in PARQUET:
            return _read_parquet(path, choose)
        if kind == ".npy":
            return _select_chosen(read_npy_file(path, target), choose)
        if kind == ".npz":
            return _select_chosen(read_npz_file(path, target, choose), choose)
    except MemoryError:
        raise DataError("it does not fit into memory; a Parquet file can be streamed.", source=path.name) from None
    raise DataError(f"{_describe_ending(kind)}; expected {EXPECTED}.", source=path.name)


def _select_chosen(table: Table, choose: ColumnChooser) -> Table:
    return table.only(choose(table.names, table.source))


def find_ending(path: Path) -> str:
    """What the file's name says that it is: .csv for data.csv and for data.csv.gz."""
    name = path.name.removesuffix(".gz") if path.name.endswith((".csv.gz", ".tsv.gz")) else path.name
    return Path(name).suffix.lower()


def _read_parquet(path: Path, choose: ColumnChooser) -> Table:
    require_package("pyarrow", "a Parquet file", path.name)
    from pyarrow import parquet

    try:
        table = parquet.ParquetFile(path).read()
    except Exception as error:  # pyarrow has many errors for a damaged file
        raise DataError(f"this cannot be read as Parquet: {str(error).strip()[:200]}", source=path.name) from None
    return table_from_frame(table, path.name, choose)


def _describe_ending(kind: str) -> str:
    if kind in (".xlsx", ".xls", ".ods"):
        return "this is a spreadsheet; save it as CSV"
    return f"the ending {shown(kind)} is not one that is known" if kind else "its name has no ending"
