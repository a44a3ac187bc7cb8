"""Arrays, in memory or in NumPy files: one array of rows (.npy), or several by name (.npz), such as x_train, y_train.

A two-dimensional array stays whole, as a block of columns. Arrays of objects in a file are refused, since reading them
would run code from the file.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from math import isnan
from numbers import Real
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backproof.arrays import AnyArray
from backproof.data.columns import Column, NumericColumn, factorize_texts, format_label
from backproof.data.data_file import require_sound_ratio
from backproof.data.kinds import infer_column
from backproof.data.table import ColumnChooser, Table, check_column_names, require_columns
from backproof.errors import DataError
from backproof.schema import shown

MATRIX = "x"


def table_from_mapping(arrays: Mapping[Any, Any], source: str = "") -> Table:
    """Arrays by name. Raise DataError unless all have the same number of rows."""
    names = check_column_names([str(name) for name in arrays], source)
    given = {name: to_rows(arrays[key], name, source) for name, key in zip(names, arrays, strict=True)}
    lengths = {name: len(array) for name, array in given.items()}
    if len(set(lengths.values())) > 1:
        listed = ", ".join(f"{shown(name)} {length:,}" for name, length in list(lengths.items())[:6])
        raise DataError(f"expected the same number of rows in each array; they have: {listed}.", source=source)
    if not any(lengths.values()):
        raise DataError("there is no row of values.", source=source)
    table = Table((), source)
    columns = [column_from_array(name, array, table) for name, array in given.items()]
    shapes = [np.shape(arrays[key])[1:] for key in arrays]
    return Table(tuple(map(_keep_shape, columns, shapes)), source)


def _keep_shape(column: Column, shape: tuple[int, ...]) -> Column:
    """The column with the shape of a row, where that has several axes."""
    return replace(column, shape=shape) if isinstance(column, NumericColumn) and len(shape) > 1 else column


def table_from_matrix(matrix: NDArray[Any], targets: Sequence[str] = (), source: str = "") -> Table:
    """Rows of numbers as the block x and, apart, the targets: numbers of columns, from 1; -1 is the last."""
    if matrix.dtype.names:
        return table_from_mapping({name: matrix[name] for name in matrix.dtype.names}, source)
    if matrix.ndim == 1:
        matrix = matrix[:, None]
    places = {target: _find_target(target, matrix.shape[1], source) for target in targets}
    if len(set(places.values())) < len(places):
        raise DataError(f"the targets {', '.join(map(shown, targets))} name a column twice.", source=source)
    if len(places) == matrix.shape[1]:
        raise DataError("there is no column besides the targets.", source=source)
    inputs = np.delete(matrix, [*places.values()], axis=1) if places else matrix
    return table_from_mapping(
        {MATRIX: inputs, **{target: matrix[:, place] for target, place in places.items()}}, source
    )


def to_rows(given: Any, name: str, source: str) -> NDArray[Any]:
    """A column, or rows of two numbers or more; samples of more dimensions, such as pictures, become rows."""
    try:
        array = np.asarray(_fill_masked(given))
        array = array.astype(array.dtype.newbyteorder("="), copy=False)
    except Exception as error:  # an object may raise anything when it is turned into an array
        raise DataError(
            f"expected rows of equal length; {str(error)[:200]}", source=source, column=shown(name)
        ) from None
    if array.ndim == 0:
        raise DataError("expected rows of values, received a single one.", source=source, column=shown(name))
    if array.ndim == 1:
        return array
    rows = array.reshape(len(array), int(np.prod(array.shape[1:])))
    if not rows.shape[1]:
        raise DataError("the rows are empty.", source=source, column=shown(name))
    return rows if rows.shape[1] > 1 else rows[:, 0]


def _fill_masked(given: Any) -> Any:
    """A masked array with NaN where it is masked; anything else unchanged."""
    return np.ma.filled(given.astype(np.float64), np.nan) if isinstance(given, np.ma.MaskedArray) else given


def column_from_array(name: str, array: NDArray[Any], table: Table) -> Column:
    """An array of one or two dimensions as a column or a block."""
    match array.dtype.kind:
        case "b" | "i" | "u":
            return NumericColumn(name, array)
        case "f":
            return NumericColumn(name, array if array.dtype.itemsize in (4, 8) else array.astype(np.float64))
        case "U" | "T" | "O" if array.ndim == 1:
            return column_from_objects(name, array.tolist(), table)
        case "U" | "T" | "O":
            return NumericColumn(name, _convert_to_float(array, name, table))
    raise table.error_at(
        f"an array of {array.dtype.name} holds neither numbers nor words; convert it or drop it.", column=shown(name)
    )


def column_from_objects(name: str, values: Collection[Any], table: Table) -> Column:
    """Values of any Python type: texts if all are texts, else what their texts say; None and NaN are missing.

    Raise DataError for a value that is neither a number nor a text.
    """
    texts = [_to_text(value, row, name, table) for row, value in enumerate(values)]
    column = factorize_texts(name, texts)
    words = all(isinstance(value, str) for value, text in zip(values, texts, strict=True) if text is not None)
    return column if words else infer_column(column, table)


def _to_text(value: Any, row: int, name: str, table: Table) -> str | None:
    match value:
        case None:
            return None
        case str():
            return value
        case bytes():
            with suppress(UnicodeDecodeError):
                return value.decode()
        case bool() | np.bool_():
            return str(bool(value))
        case int() if value.bit_length() < 1024:
            return str(value)
        case Real() if not isinstance(value, int):
            return None if isnan(value) else format_label(float(value))
    raise table.error_at(
        f"a value of type {type(value).__name__} is neither a number nor a word; convert it or drop the column.",
        row,
        shown(name),
    )


def _convert_to_float(array: NDArray[Any], name: str, table: Table) -> NDArray[np.float64]:
    try:
        return array.astype(np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise table.error_at(
            f"expected numbers; {str(error)[:200]}. Give columns of words by name, one array each.", column=shown(name)
        ) from None


def _find_target(target: str, width: int, source: str) -> int:
    numbers = {str(place): place - 1 for place in range(1, width + 1)} | {"-1": width - 1}
    if target not in numbers:
        if width < 2:
            raise DataError("expected at least two columns: features and a target.", source=source)
        raise DataError(
            f"there is no column {shown(target)}; its columns have numbers, 1 to {width}, and -1 is the last.",
            source=source,
        )
    return numbers[target]


def read_npy_file(path: Path, targets: Sequence[str]) -> Table:
    """The rows of a .npy file; targets are numbers of columns, or their names in a structured array."""
    array = load_arrays(path)
    if not isinstance(array, np.ndarray):
        raise DataError("this is a .npz file; rename it.", source=path.name)
    return table_from_matrix(to_rows(array, path.stem, path.name), targets, path.name)


def read_npz_file(path: Path, targets: Sequence[str], choose: ColumnChooser) -> Table:
    """The arrays of a .npz file with as many rows as the targets; those of the same names with test are test rows."""
    arrays = load_arrays(path)
    if isinstance(arrays, np.ndarray):
        raise DataError("this is a .npy file; rename it.", source=path.name)
    if not targets:
        chosen = choose(tuple(arrays), path.name)
        tests = [test for train, test in _pair_test_arrays(arrays).items() if train in chosen]
        return table_from_mapping(
            {name: arrays[name] for name in arrays if name in chosen and name not in tests}, path.name
        )
    require_columns(targets, list(arrays), path.name)
    held = _pair_test_arrays(arrays)
    count = len(to_rows(arrays[targets[0]], targets[0], path.name))
    rows = {
        name: array
        for name, array in arrays.items()
        if name in targets or (array.ndim and len(array) == count and name not in held.values())
    }
    if len(rows) <= len(targets):
        raise DataError(
            f"no other array has as many rows as {shown(targets[0])}, which has {count:,}.", source=path.name
        )
    table, test, notes = table_from_mapping(rows, path.name), None, list[str]()
    paired = {name: held[name] for name in rows if name in held}
    if len(paired) == len(rows):
        test = table_from_mapping({name: arrays[other] for name, other in paired.items()}, f"{path.name} (test)")
        notes.append(f"{_list_names(paired.values())}: {len(test):,} rows are set apart for the test.")
    used = {*rows, *(paired.values() if test else ())}
    if others := [name for name in arrays if arrays[name].ndim and name not in used]:
        notes.append(f"{_list_names(others)}: not used beside {shown(targets[0])}, which has {count:,} rows.")
    return Table(table.columns, table.source, test=test, notes=tuple(notes))


def _list_names(names: Iterable[str]) -> str:
    return ", ".join(map(shown, names))


def _pair_test_arrays(arrays: Mapping[str, AnyArray]) -> dict[str, str]:
    """The name of the test array for each array that has one: x_test for x_train, or for x."""
    pairs = {
        name: name.replace("train", "test") if "train" in name else f"{name}_test"
        for name in arrays
        if "test" not in name
    }
    return {name: test for name, test in pairs.items() if test in arrays and arrays[test].ndim}


def load_arrays(path: Path) -> AnyArray | dict[str, AnyArray]:
    """The array in a file, or its arrays by name. Raise DataError if it cannot be read, or holds Python objects."""
    try:
        with open(path, "rb") as file:
            loaded = np.load(file)
            if isinstance(loaded, np.ndarray):
                return loaded
            size = sum(each.file_size for each in loaded.zip.infolist())
            require_sound_ratio(size, os.path.getsize(path), path.name)
            return {name: np.asarray(loaded[name]) for name in loaded}
    except DataError:
        raise
    except Exception as error:  # zip, zlib and header parsers each have errors of their own
        raise DataError(f"this cannot be read as a NumPy file: {_describe_error(error)}", source=path.name) from None


def _describe_error(error: Exception) -> str:
    text = (str(error).splitlines() or [""])[0]
    if "pickle" in text:
        return "it holds Python objects, and reading those would run code; save arrays of numbers or text."
    return f"{text[:200].rstrip('.') or type(error).__name__}."
