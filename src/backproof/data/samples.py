"""Samples for a network that stands by itself: one array of numbers, samples along its first axis."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from backproof.arrays import AnyArray
from backproof.data.columns import CategoricalColumn, NumericColumn
from backproof.data.data_file import ReadOptions, check_path, is_text_file
from backproof.data.error_list import ErrorList
from backproof.data.kinds import apply_kinds
from backproof.data.numerals import ANY_NUMBER
from backproof.data.readers.arrays import load_arrays
from backproof.data.readers.csv_file import read_csv_file
from backproof.data.table import Table
from backproof.errors import DataError
from backproof.schema import shown


def read_samples(source: str | os.PathLike[str], names: Sequence[str]) -> AnyArray:
    """The array in a .npy file, the one of a .npz file that has one of these names or is alone, or rows of text.

    Raise DataError if there is no such array, or if it does not hold numbers.
    """
    path = check_path(source)
    found = _read_rows(path) if is_text_file(path) else _choose_array(load_arrays(path), names, path.name)
    if found.dtype.kind not in "iufb" or not found.ndim:
        raise DataError(f"expected an array of numbers, samples first; received {found.dtype}.", source=path.name)
    return found


def _choose_array(loaded: AnyArray | dict[str, AnyArray], names: Sequence[str], source: str) -> AnyArray:
    if not isinstance(loaded, dict):
        return loaded
    name = next((each for each in names if each in loaded), None)
    if name is None and len(loaded) != 1:
        held = ", ".join(shown(each) for each in list(loaded)[:8]) or "none"
        raise DataError(f"expected an array named {' or '.join(names)}; its arrays are: {held}.", source=source)
    return loaded[name] if name is not None else next(iter(loaded.values()))


def _read_text(path: Path, *, named: bool) -> Table:
    errors = ErrorList()
    table = read_csv_file(path, ReadOptions(named), errors)
    errors.raise_if_any()
    return table


def _read_rows(path: Path) -> AnyArray:
    """The columns of a text file side by side; its first row may hold names."""
    table = _read_text(path, named=False)
    if not all(ANY_NUMBER.fullmatch(text.strip()) for text in _first_row(table)):
        table = _read_text(path, named=True)
    table = apply_kinds(table, dict.fromkeys(table.names, "numeric"), infer=True)
    columns = [each for each in table.columns if isinstance(each, NumericColumn)]
    for each in columns:
        for row in np.flatnonzero(np.isnan(each.values.astype(np.float64)))[:1].tolist():
            raise table.error_at("expected a number.", row, shown(each.name))
    return np.column_stack([each.matrix for each in columns])


def _first_row(table: Table) -> list[str]:
    """The texts of the first row, without missing values."""
    texts = [each for each in table.columns if isinstance(each, CategoricalColumn)]
    return [each.texts[code] for each in texts if (code := each.codes[0]) >= 0]
