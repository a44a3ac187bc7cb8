"""Which columns of a text file have names: a first one without may name the rows, two of one name are asked about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain, count, pairwise

from backproof.data.columns import CategoricalColumn
from backproof.data.data_file import ReadOptions
from backproof.data.error_list import ErrorList
from backproof.data.readers.dialect import BLANKS, ROW_NAMES, Dialect
from backproof.data.table import Table, check_column_names
from backproof.errors import DataError
from backproof.schema import shown


def leave_out_row_names(table: Table, dialect: Dialect, options: ReadOptions, errors: ErrorList) -> Table:
    """The table without a first column that has no name and counts or names the rows, as data frames write it."""
    first, *others = table.columns
    spoken = ROW_NAMES in (*options.targets, *options.spoken)
    if first.name not in ("", ROW_NAMES) or not isinstance(first, CategoricalColumn) or not others:
        return table
    texts = [first.texts[code] for code in first.codes.tolist()] if (first.codes >= 0).all() else []
    named = dialect.surplus and len(first.texts) == len(texts)
    counts = any(texts == [str(start + place) for place in range(len(table))] for start in (0, 1)) and texts
    if counts and (dialect.certain or not dialect.surplus):
        note = "The first column has no name and counts the rows; it is left out."
    elif named and dialect.certain and not spoken:
        note = (
            f"The rows have one value more than there are names; the first value, such as {shown(texts[0])}, is "
            f"another in each row and taken for the name of the row. To keep it, give --id {ROW_NAMES}."
        )
    else:
        if dialect.surplus and not (named and spoken):
            with errors:
                raise _surplus_error(table, dialect, named=named, predicted=options.bad_rows == "fill")
        return table
    return replace(table, columns=tuple(others), notes=(*table.notes, note))


def _surplus_error(table: Table, dialect: Dialect, *, named: bool, predicted: bool) -> DataError:
    """The error for rows with one value more than there are names, which may be any of them."""
    texts = [each.texts for each in table.columns if isinstance(each, CategoricalColumn)]
    pair = next((two for two in pairwise(texts) if all(two) and all(map(str.isdecimal, chain(*two)))), None)
    first, last = ("write one",) * 2 if predicted else (f"give --id {ROW_NAMES}", "give --header")
    advice = [f"if the first names the row, and has no name itself, {first}"] if named else []
    if dialect.separator == "," and pair:
        number = shown(f"{pair[0][0]},{pair[1][0]}")
        advice.append(f"if commas stand before decimals, as may be in {number}, write points or semicolons")
    if not dialect.certain:
        separator = BLANKS if dialect.edges else dialect.separator
        advice.append(f"if {shown(separator)} stands within a value, put that in quotes")
    advice.append(f"if the last has no name, {last}")
    width = len(table.columns)
    return DataError(
        f"the rows have {width} values, for {width - 1} names: {'; '.join(advice)}.",
        source=table.source, row=dialect.named_in,
    )  # fmt: skip


def name_columns(table: Table, dialect: Dialect, options: ReadOptions, errors: ErrorList) -> Table:
    """The table with a name of its own for each column, without those that have neither name nor values."""
    columns = [each for each in table.columns if each.name or not isinstance(each, CategoricalColumn) or each.texts]
    given, names = [each.name for each in columns], list[str]()
    for name in given:
        copies = (f"{name}.{number}" for number in count(2))
        names.append(next(each for each in copies if each not in (*given, *names)) if name in names else name)
    check_column_names(names, table.source, dialect.named_in or None)
    doubles = [place for place, name in enumerate(names) if name != given[place]]
    asked = [place for place in doubles if names[place] not in (*options.targets, *options.spoken)]
    if asked and options.bad_rows != "fill":
        with errors:
            raise _double_name_error(table, dialect, given, [(place, names[place]) for place in asked])
    return replace(table, columns=tuple(replace(each, name=name) for each, name in zip(columns, names, strict=True)))


def _double_name_error(
    table: Table, dialect: Dialect, given: Sequence[str], asked: Sequence[tuple[int, str]]
) -> DataError:
    place, name = asked[0]
    others = f", and {len(asked) - 1:,} more columns have the name of another" if len(asked) > 1 else ""
    error = DataError(
        f"columns {given.index(given[place]) + 1} and {place + 1} are both named {shown(given[place])}{others}; each "
        f"needs a name of its own. Leave the second, which is called {shown(name)} here, out with --drop.",
        source=table.source, row=dialect.named_in or None,
    )  # fmt: skip
    for _, each in asked:
        error.settled_by("--drop", each)
    return error
