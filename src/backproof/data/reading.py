"""Data to train on: a file (its ending says how to read it), a data frame, arrays by name, or one array of rows."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from backproof.data.columns import find_missing, mask_values
from backproof.data.data_file import (
    EXPECTED,
    PARQUET,
    TEXTS,
    ReadOptions,
    check_path,
    find_ending,
    is_parquet_file,
    is_text_file,
)
from backproof.data.error_list import ErrorList
from backproof.data.kinds import apply_kinds, check_kinds
from backproof.data.readers.arrays import (
    MATRIX,
    read_npy_file,
    read_npz_file,
    table_from_mapping,
    table_from_matrix,
    to_rows,
)
from backproof.data.readers.csv_file import read_csv_file
from backproof.data.readers.frames import is_frame, table_from_frame
from backproof.data.readers.parquet_file import open_parquet_file, read_parquet_file
from backproof.data.stray_rows import find_row_of_totals, find_row_of_words, leave_out_rows
from backproof.data.table import ColumnChooser, Table, check_name_list, choose_all, require_columns
from backproof.data.targets import list_targets
from backproof.errors import DataError, OptionError
from backproof.schema import shown


def read_table(
    source: Any,
    *,
    target: str | Sequence[str] = (),
    categorical: Collection[str] = (),
    numeric: Collection[str] = (),
    date: Collection[str] = (),
    text: Collection[str] = (),
    drop: Collection[str] = (),
    header: bool | None = None,
    skip_bad_rows: bool = False,
    missing: Collection[str] = (),
    like: Table | None = None,
    errors: ErrorList | None = None,
) -> Table:
    """The columns of a file, a data frame, arrays by name, or one array of rows.

    target: a column that must exist, or several; in a .npz file they also select the arrays, in an array of rows they
    are column numbers, from 1. categorical, numeric, date, text: columns whose kind is declared, not inferred. drop:
    columns to leave out. header: whether the first row of a text file holds the names; None finds out, or asks.
    skip_bad_rows: leave out rows of a text file with more or fewer values than there are columns. missing: texts and
    numbers that stand for a missing value. like: a table whose columns a text file has; its texts stay texts, to be
    read as a preparation reads those to predict on. errors: where to collect what an option would settle; the table is
    then what it would be with that option.

    Raise DataError, with file, row and column, if the source cannot be read.
    """
    collected = ErrorList() if errors is None else errors
    kinds = check_kinds(categorical=categorical, numeric=numeric, date=date, text=text)
    targets = list_targets(target) if target else ()
    spoken = (*check_name_list(drop, "drop"), *kinds)
    options = ReadOptions(header, "skip" if skip_bad_rows else "ask", tuple(targets), tuple(missing), spoken)
    choose = make_chooser(targets, check_name_list(drop, "drop"), kinds)
    if like is not None and is_text_file(source):
        choose = partial(_choose_like, like)
    table = read_columns(source, targets, choose, replace(options, missing=()), collected)
    table = replace(mask_missing(table, missing), notes=(*table.notes, *_describe_unused(table, missing)))
    if not is_text_file(source):
        table = apply_kinds(table, kinds, infer=False, errors=collected)
    elif like is None:
        table = _infer_kinds(table, kinds, collected)
    if errors is None:
        collected.raise_if_any()
    if not table.columns:
        raise DataError("every column is dropped.", source=table.source)
    return table


def _infer_kinds(table: Table, kinds: Mapping[str, str], errors: ErrorList) -> Table:
    """The columns of a text file as what they hold, without rows that are no samples."""
    found = ErrorList()
    made = apply_kinds(table, kinds, infer=True, errors=found)
    while stray := find_row_of_words(table, made, found) or find_row_of_totals(made):
        table, found = leave_out_rows(table, stray), ErrorList()
        made = apply_kinds(table, kinds, infer=True, errors=found)
    errors.errors += found.errors
    return made


def split_names(
    lists: Mapping[str, tuple[str, ...]], source: Any, targets: Sequence[str], header: bool | None
) -> dict[str, tuple[str, ...]]:
    """Lists of columns as people give them: what is not the name of a column is several names with commas between."""
    if not any("," in name for names in lists.values() for name in names):
        return dict(lists)
    known: Sequence[str]
    if isinstance(source, str | os.PathLike) and os.path.isdir(source):
        known = ()  # the folder of a run, which has the columns one by one
    elif is_parquet_file(source):
        known = open_parquet_file(check_path(source)).schema_arrow.names
    else:
        options = ReadOptions(header, "skip", tuple(targets))
        known = read_columns(source, targets, choose_all, options, ErrorList()).names
    return {
        option: tuple(part.strip() for name in names for part in ([name] if name in known else name.split(",")))
        for option, names in lists.items()
    }


def _choose_like(like: Table, names: tuple[str, ...], source: str) -> Collection[str]:
    """The columns that another table has. Raise DataError if one is missing."""
    require_columns(like.names, names, source)
    return like.names


def make_chooser(targets: Sequence[str], dropped: frozenset[str], kinds: Collection[str]) -> ColumnChooser:
    """A function that chooses all columns but the dropped ones. It raises DataError for a name that does not exist."""
    if found := dropped.intersection(targets):
        raise OptionError(f"the target {shown(min(found))} cannot be dropped.")

    def choose(names: tuple[str, ...], source: str) -> list[str]:
        require_columns([*dropped, *kinds, *targets], names, source)
        return [name for name in names if name not in dropped]

    return choose


def read_columns(
    source: Any, targets: Sequence[str], choose: ColumnChooser, options: ReadOptions, errors: ErrorList
) -> Table:
    """The chosen columns of any source; those of a text file are still texts."""
    return mask_missing(_read_source(source, targets, choose, options, errors), options.missing)


def mask_missing(table: Table, marks: Collection[str]) -> Table:
    """The table, and its rows for the test, with missing values where one of these texts or numbers stands."""
    if not marks:
        return table
    columns = tuple(mask_values(column, frozenset(marks)) for column in table.columns)
    return replace(table, columns=columns, test=table.test and mask_missing(table.test, marks))


def _describe_unused(table: Table, marks: Collection[str]) -> list[str]:
    """What to say of marks of missing values that no column has."""

    def count(part: Table) -> int:
        return int(sum(find_missing(column).sum() for column in part.columns))

    before = count(table) if marks else 0
    unused = [mark for mark in marks if count(mask_missing(table, (mark,))) == before]
    return [f"No value is {shown(mark)}, which --missing takes as a missing value." for mark in unused]


def _read_source(
    source: Any, targets: Sequence[str], choose: ColumnChooser, options: ReadOptions, errors: ErrorList
) -> Table:
    if isinstance(source, str | os.PathLike):
        return _read_file(check_path(source), targets, choose, options, errors)
    if is_frame(source):
        return table_from_frame(source, choose=choose)
    if isinstance(source, bytes | bytearray | set | frozenset):
        raise DataError(f"expected a file name, a data frame or arrays; received {type(source).__name__}.")
    if isinstance(source, Table):
        table = source
    elif isinstance(source, Mapping):
        table = table_from_mapping(source)
    else:
        table = table_from_matrix(to_rows(source, MATRIX, ""), targets)
    return table.select_columns(choose(table.names, table.source))


def _read_file(
    path: Path, targets: Sequence[str], choose: ColumnChooser, options: ReadOptions, errors: ErrorList
) -> Table:
    ending = find_ending(path)
    try:
        if ending in PARQUET:
            return read_parquet_file(path, choose)
        if ending in TEXTS:
            table = read_csv_file(path, options, errors)
        elif ending == ".npy":
            table = read_npy_file(path, targets)
        elif ending == ".npz":
            table = read_npz_file(path, targets, choose)
        else:
            raise DataError(f"{_describe_ending(ending)}; expected {EXPECTED}.", source=path.name)
        return table.select_columns(choose(table.names, table.source))
    except MemoryError:
        raise DataError(
            "the data does not fit into memory; a Parquet file can be streamed.", source=path.name
        ) from None


def _describe_ending(ending: str) -> str:
    if ending in (".xlsx", ".xls", ".ods"):
        return "this is a spreadsheet; save it as CSV"
    return f"unknown file ending {shown(ending)}" if ending else "its name has no ending"
