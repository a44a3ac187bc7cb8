"""Data frames of pandas, polars and pyarrow, all through narwhals: each column by its declared type.

Text stays text and categories stay categories, whatever they contain; only the values of a column of Python objects are
inspected. Types that are neither numbers, words nor dates (lists, structures) are an error when they are used.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from backproof.arrays import Array
from backproof.data.columns import Column, DateColumn, NumericColumn, factorize_texts
from backproof.data.error_list import ErrorList
from backproof.data.readers.arrays import column_from_objects
from backproof.data.table import ColumnChooser, Table, check_column_names, choose_all
from backproof.errors import DataError
from backproof.schema import shown
from backproof.validate import require_package

MAKERS = ("pandas", "polars", "pyarrow", "narwhals", "modin", "cudf")


def is_frame(source: Any) -> bool:
    """Whether this is a data frame of a known package."""
    return type(source).__module__.split(".")[0] in MAKERS and hasattr(type(source), "columns")


def table_from_frame(frame: Any, source: str = "", choose: ColumnChooser = choose_all) -> Table:
    """The chosen columns of a frame. Raise DataError for types that are neither numbers nor words."""
    require_package("narwhals", "a data frame", source)
    import narwhals as nw

    try:
        data = nw.from_native(frame, eager_only=True)
        raw = list(data.columns)
    except Exception as error:  # each package has errors of its own, and none need be installed
        raise DataError(f"this cannot be read as a data frame: {_write_line(error)}", source=source) from None
    names = check_column_names([str(name) for name in raw], source)
    chosen = set(choose(names, source))
    table = Table((), source)
    errors = ErrorList()
    wanted = [(data.get_column(key), name) for key, name in zip(raw, names, strict=True) if name in chosen]
    columns = [column for each in wanted if (column := errors.attempt(_convert_or_ask, *each, table)) is not None]
    errors.raise_if_any()
    if not len(data):
        raise DataError("there are column names, but no rows of values.", source=source)
    return Table(tuple(columns), source)


def _convert_or_ask(series: Any, name: str, table: Table) -> Column:
    """The column. Raise DataError, with the option that leaves it out, for what cannot be one."""
    try:
        return _convert_series(series, name, table)
    except DataError as error:
        raise error.settled_by("--drop", name) from None


def _convert_series(series: Any, name: str, table: Table) -> Column:
    import narwhals as nw

    dtype = series.dtype
    if dtype.is_numeric():
        return _convert_numbers(series, name)
    if dtype == nw.Boolean:
        return _convert_booleans(series, name)
    if dtype in (nw.String, nw.Categorical, nw.Enum):
        return factorize_texts(name, [None if each is None else str(each) for each in _list_values(series)])
    if dtype in (nw.Object, nw.Unknown, nw.Binary):
        return column_from_objects(name, _list_values(series), table)
    if dtype in (nw.Date, nw.Datetime):
        return DateColumn(name, _convert_times(series))
    kind = "times of day or durations" if dtype.is_temporal() else f"values of type {_write_line(dtype)}"
    raise table.error_at(
        f"these are {kind}, neither numbers nor words; turn them into numbers or drop the column.", column=shown(name)
    )


def _convert_numbers(series: Any, name: str) -> NumericColumn:
    missing = series.is_null().to_numpy()
    if not missing.any():
        return NumericColumn(name, _to_plain_numbers(series.to_numpy()))
    values = np.full(len(series), np.nan)
    values[~missing] = _to_plain_numbers(series.drop_nulls().to_numpy())
    return NumericColumn(name, values)


def _convert_times(series: Any) -> Array:
    """Seconds since 1970; NaN where a time is missing."""
    missing = series.is_null().to_numpy()
    seconds = np.full(len(series), np.nan)
    seconds[~missing] = series.drop_nulls().dt.timestamp("us").to_numpy() / 1e6
    return seconds


def _to_plain_numbers(values: Any) -> Any:
    """Numbers of a kind that NumPy computes with: decimals are objects."""
    return np.asarray(values, dtype=np.float64) if values.dtype.kind not in "iuf" else values


def _convert_booleans(series: Any, name: str) -> NumericColumn:
    given = _list_values(series)
    return NumericColumn(name, np.array(given, dtype=np.float64 if None in given else bool))


def _list_values(series: Any) -> list[Any]:
    """The values as Python has them, with None for what the frame calls missing."""
    missing = series.is_null().to_numpy().tolist()
    return [None if absent else each for each, absent in zip(series.to_list(), missing, strict=True)]


def _write_line(value: object) -> str:
    return (" ".join(str(value).split()) or "?")[:200]
