"""NumPy files: .npy, one array of rows; .npz, arrays by name, such as x_train, y_train, x_test, y_test.

Arrays of objects are refused, since reading them would run code from the file.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from backproof.arrays import AnyArray
from backproof.data.readers.arrays import table_from_mapping, table_from_matrix, to_rows
from backproof.data.table import ColumnChooser, Table, missing_column_error
from backproof.errors import DataError
from backproof.schema import shown


def read_npy_file(path: Path, target: str | None) -> Table:
    """The rows of a .npy file; the target is the number of a column, or its name in a structured array."""
    array = _load_arrays(path)
    if not isinstance(array, np.ndarray):
        raise DataError("this is a .npz file; rename it.", source=path.name)
    return table_from_matrix(to_rows(array, path.stem, path.name), target, path.name)


def read_npz_file(path: Path, target: str | None, choose: ColumnChooser) -> Table:
    """The arrays of a .npz file with as many rows as the target; those named with test for train are test rows."""
    arrays = _load_arrays(path)
    if isinstance(arrays, np.ndarray):
        raise DataError("this is a .npy file; rename it.", source=path.name)
    if target is None:
        chosen = choose(tuple(arrays), path.name)
        tests = [test for train, test in _pair_test_arrays(arrays).items() if train in chosen]
        return table_from_mapping(
            {name: arrays[name] for name in arrays if name in chosen and name not in tests}, path.name
        )
    if target not in arrays:
        raise missing_column_error(target, list(arrays), path.name)
    held = _pair_test_arrays(arrays)
    count = len(to_rows(arrays[target], target, path.name))
    rows = {
        name: array
        for name, array in arrays.items()
        if array.ndim and len(array) == count and name not in held.values()
    }
    if len(rows) < 2:
        raise DataError(f"no other array has as many rows as {shown(target)}, which has {count:,}.", source=path.name)
    table = table_from_mapping(rows, path.name)
    if not all(name in held for name in rows):
        return table
    test = table_from_mapping({name: arrays[held[name]] for name in rows}, f"{path.name} (test)")
    note = f"{', '.join(shown(held[name]) for name in rows)}: {len(test):,} rows are set apart for the test."
    return Table(table.columns, table.source, test=test, notes=(note,))


def _pair_test_arrays(arrays: Mapping[str, AnyArray]) -> dict[str, str]:
    """The name of the test array for each array whose name says train."""
    pairs = {name: name.replace("train", "test") for name in arrays if "train" in name}
    return {name: test for name, test in pairs.items() if test in arrays and arrays[test].ndim}


def _load_arrays(path: Path) -> Any:
    """The array in a file, or its arrays by name; no array of objects."""
    try:
        with open(path, "rb") as file:
            loaded = np.load(file)
            return loaded if isinstance(loaded, np.ndarray) else {name: np.asarray(loaded[name]) for name in loaded}
    except Exception as error:  # zip, zlib and header parsers each have errors of their own
        raise DataError(f"this cannot be read as a NumPy file: {_describe_error(error)}", source=path.name) from None


def _describe_error(error: Exception) -> str:
    text = (str(error).splitlines() or [""])[0]
    if "pickle" in text:
        return "it holds Python objects, and reading those would run code; save arrays of numbers or text."
    return f"{text[:200].rstrip('.') or type(error).__name__}."
