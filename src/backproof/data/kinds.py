"""Whether a column holds numbers, times, categories or texts: inferred from its texts, or declared by the caller.

All numbers -> numbers, in whichever way they are written; true and false -> booleans; dates -> times; words ->
categories. Words among mostly numbers are asked about, since a guess would hide a mistake in the data.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from backproof.arrays import AnyArray, Array, Mask
from backproof.data.columns import (
    EXACT,
    CategoricalColumn,
    Column,
    DateColumn,
    NumericColumn,
    to_categorical,
    to_number,
)
from backproof.data.dates import are_digits_of_dates, looks_like_dates, parse_dates, write_day
from backproof.data.error_list import ErrorList
from backproof.data.numerals import (
    AS_PYTHON,
    Numerals,
    describe_unit,
    find_code,
    find_decimal,
    find_different_units,
    find_numerals,
    read_numbers,
)
from backproof.data.table import Table, check_name_list
from backproof.errors import DataError, OptionError
from backproof.schema import shown

BOOLEANS = ("False", "True")
NO_NUMBER = "none of its values is a number"
#: What holds a number, perhaps behind a sign, or a short word and a blank. More than MANY are no words.
HOLDS_NUMBER, MANY = re.compile(r"\W*(?:[^\W\d]{1,3}\W+)?\d"), 20
#: What a column can be declared as.
KINDS = ("categorical", "numeric", "date", "text")


def check_kinds(**declared: Collection[str]) -> dict[str, str]:
    """The kind of each column that the caller declared. Raise OptionError for a column declared twice."""
    kinds: dict[str, str] = {}
    for kind in KINDS:
        for name in sorted(check_name_list(declared.get(kind, ()), kind)):
            if name in kinds:
                raise OptionError(f"column {shown(name)} is declared both {kinds[name]} and {kind}.")
            kinds[name] = kind
    return kinds


def apply_kinds(
    table: Table,
    kinds: Mapping[str, str],
    *,
    infer: bool,
    ways: Mapping[str, Numerals | str] | None = None,
    errors: ErrorList | None = None,
) -> Table:
    """The table with every column as the kind declared for it.

    infer: the table comes from a text file, so the texts decide the kind of all other columns. ways: how columns write
    numbers, or the order of the numbers in their dates, where that is known and told. errors: where to collect what
    cannot be so; else raise DataError with all of it.
    """
    ways = ways or {}
    texts = [each for each in table.columns if isinstance(each, CategoricalColumn) and each.name not in ways]
    found = _find_all_numerals([each for each in texts if infer or kinds.get(each.name) == "numeric"])
    collected = ErrorList() if errors is None else errors
    columns, notes = [], list(table.notes)
    for column in table.columns:
        way = {**found, **ways}.get(column.name, AS_PYTHON)
        with collected:
            made = _apply_kind(column, table, kinds.get(column.name, ""), infer, way)
            notes += [] if ways else _describe_reading(column, made, way, infer)
            columns.append(made)
            continue
        settled = [kind for kind in KINDS if (f"--{kind}", column.name) in collected.errors[-1].settling]
        columns += [_apply_kind(column, table, kind, infer, way) for kind in settled]
    if errors is None:
        collected.raise_if_any()
    test = apply_kinds(table.test, kinds, infer=infer) if table.test else None
    return replace(table, columns=tuple(columns), test=test, notes=tuple(notes))


def _find_all_numerals(columns: Collection[CategoricalColumn]) -> dict[str, Numerals]:
    """How each column writes numbers; where 1,234 could be both, as the other columns of numbers in the table do."""
    found = {column.name: find_numerals(column.texts) for column in columns}
    numbers = (each.texts for each in columns if not np.isnan(found[each.name].parse(each.texts)).any())
    if not any(each.guessed for each in found.values()) or find_decimal(numbers) != ",":
        return found
    return {name: replace(each, decimal=",") if each.guessed else each for name, each in found.items()}


def _describe_reading(column: Column, made: Column, way: Numerals | str, infer: bool) -> list[str]:
    """What a person should know of how the texts of a column were read."""
    if not isinstance(column, CategoricalColumn) or (isinstance(made, NumericColumn) and made.values.dtype.kind == "b"):
        return []
    found: Iterable[str] = ()
    if isinstance(made, NumericColumn) and isinstance(way, Numerals):
        found = _describe_numerals(column.texts, way)
    elif isinstance(made, DateColumn):
        found = _describe_dates(column, made)
    elif isinstance(made, CategoricalColumn):
        found = [] if made.declared else _describe_words(column, infer)
    return [f"Column {shown(column.name)}: {sentence}" for sentence in found]


def _describe_numerals(texts: Sequence[str], numerals: Numerals) -> Iterator[str]:
    """Numbers that are not written plainly, or that may be no numbers."""
    odd: list[str]
    if code := find_code(texts):
        odd, unsure = [code], "; if these are codes, give --categorical"
    elif numerals.guessed and (numerals.decimal == "," or any("." not in text for text in texts)):
        odd = [next(text for text in texts if "," in text or "." in text)]
        mark = "comma" if "," in odd[0] else "point"
        groups = f"; if the {mark} stands between thousands, leave it out"
        decimals = f"; if the {mark} stands before decimals, write {'a point' if mark == 'comma' else 'a comma'}"
        unsure = groups if numerals.decimal in odd[0] else decimals
    else:
        strange = (text for text in texts if to_number(text) is None)
        grouped = (text for text in texts if any(mark in text for mark in numerals.marks) and to_number(text))
        odd, unsure = [*islice(strange, 1), *islice(grouped, 1)], ""
    values = numerals.parse(odd)
    if odd and not np.isnan(values).any():
        unit = describe_unit(numerals.unit)
        read = [f"{shown(text)} is read as the number {value:.10g}" for text, value in zip(odd, values, strict=True)]
        yield f"{' and '.join(read)}{f' ({unit})' if unit else ''}{unsure}."
    if are_digits_of_dates(texts):
        yield f"{shown(texts[0])} is read as a number; if it is a date, give --date."


def _describe_words(column: CategoricalColumn, infer: bool) -> Iterator[str]:
    """Numbers that are taken as words, such as those with several units."""
    if found := find_different_units(column.texts):
        yield (
            f"{shown(found[0])} and {shown(found[1])} have different units, so the column is taken as words; write its "
            "numbers in one unit, or give --categorical if it is meant so."
        )
        return
    held = np.array([infer and bool(HOLDS_NUMBER.match(text)) for text in column.texts], dtype=bool)
    numbers = [text for text, holds in zip(column.texts, held, strict=True) if holds]
    most = 2 * column.counts[held].sum() >= column.counts.sum()
    if numbers and (most or np.isfinite(find_numerals(numbers).parse(numbers)).sum() > MANY):
        yield (
            f"texts such as {shown(numbers[0])} hold numbers, but are taken as words; write plain numbers or dates, or "
            "give --categorical or --text if they are words."
        )


def _describe_dates(column: CategoricalColumn, made: DateColumn) -> Iterator[str]:
    """Dates that could be other days, and texts that are none."""
    reading = column.dates
    if (place := reading.find_doubt(column.texts)) is not None:
        yield (
            f"{shown(column.texts[place])} is read as {write_day(reading.values[place])}; if that is another day, "
            "write dates as 2020-12-31."
        )
    if (none := np.isnan(made.values) & (column.codes >= 0)).any():
        count, text = int(none.sum()), shown(column.text_of(int(np.argmax(none))))
        yield f"{count:,} of {len(made):,} values, such as {text}, are no dates: taken as missing."


def _apply_kind(column: Column, table: Table, kind: str, infer: bool, way: Numerals | str) -> Column:
    if isinstance(column, CategoricalColumn):
        if isinstance(way, str):
            return DateColumn(column.name, np.append(parse_dates(column.texts, way), np.nan)[column.codes], way)
        if kind == "date" and column.texts:
            return _infer_dates(column, table, kind)
        if infer or kind == "numeric":
            return infer_column(column, table, kind, way)
    if kind in ("categorical", "text"):
        if isinstance(column, NumericColumn) and column.width > 1:
            message = f"expected a column of categories, found a block of {column.width} columns."
            raise table.error_at(message, column=shown(column.name))
        return replace(to_categorical(column), declared=kind)
    return to_numeric(column, table) if kind == "numeric" else column


def infer_column(
    column: CategoricalColumn, table: Table, declared: str = "", numerals: Numerals | None = None
) -> Column:
    """The column as the kind that its texts suggest, or as the one that is declared."""
    column = _unify_booleans(column)
    if declared in ("categorical", "text"):
        return replace(column, declared=declared)
    numerals = numerals or find_numerals(column.texts)
    values = numerals.parse(column.texts)
    if not np.isfinite(values).any():  # Inf alone may be an infant
        values[:] = np.nan
    is_number = ~np.isnan(values)
    counts = column.counts
    numeric, present = int(counts[is_number].sum()), int(counts.sum())
    every = numeric == present and (present or declared == "numeric")
    if every or (declared == "numeric" and not _is_boolean(column)):
        if present and not numeric:
            found = " and ".join(map(shown, find_different_units(column.texts)))
            why = f"its numbers have different units, as {found}; write them in one" if found else NO_NUMBER
            raise table.error_at(f"{why}.", column=shown(column.name))
        return NumericColumn(column.name, _look_up(values, column.codes), numerals=numerals)
    if numeric and 2 * numeric >= present:
        raise _misfit_error(column, is_number, table, "numeric")
    if present and _is_boolean(column):
        truths = np.array([text == "True" for text in column.texts])
        return NumericColumn(column.name, _look_up(truths, column.codes))
    return _infer_dates(column, table) if looks_like_dates(column.texts) else column


def _infer_dates(column: CategoricalColumn, table: Table, declared: str = "") -> DateColumn:
    """The column as dates. Raise DataError for a text that is none; where dates are declared, if no text is one."""
    reading = column.dates
    is_date = ~np.isnan(reading.values)
    if is_date[column.counts > 0].all() or (declared == "date" and is_date.any()):
        return DateColumn(column.name, np.append(reading.values, np.nan)[column.codes], reading.order)
    raise _misfit_error(column, is_date, table, "date", "--drop" if declared else "--categorical")


def parse_numbers(
    texts: Sequence[str],
    numerals: Numerals,
    measure: Callable[[Array], Array] | None = None,
    find_decimal: Callable[[], str] | None = None,
) -> tuple[Array, Mask]:
    """As `read_numbers`, 1 for true and 0 for false."""
    values, unsure = read_numbers(texts, numerals, measure, find_decimal)
    for place in np.flatnonzero(np.isnan(values)).tolist():
        values[place] = BOOLEAN_OF.get(texts[place].lower(), np.nan)
    return values, unsure


def to_numeric(column: Column, table: Table, numerals: Numerals | None = None) -> NumericColumn:
    """The column as numbers, read as of one written in this way. Raise DataError at the first word, or doubt."""
    if isinstance(column, NumericColumn):
        return column
    if isinstance(column, DateColumn):
        raise table.error_at("expected numbers, received dates.", column=shown(column.name))
    values, unsure = parse_numbers(column.texts, numerals or find_numerals(column.texts))
    if (doubts := np.append(unsure, False)[column.codes]).any():
        row = int(np.argmax(doubts))
        raise table.error_at(f"{shown(column.text_of(row))} is written otherwise than in training; is it "
                             f"{values[column.codes[row]]:.10g}? Write it so.", row, shown(column.name))  # fmt: skip
    if np.isnan(values[column.counts > 0]).any():
        raise _misfit_error(column, ~np.isnan(values), table, "numeric")
    return NumericColumn(column.name, _look_up(values, column.codes))


def _misfit_error(column: CategoricalColumn, fits: Mask, table: Table, kind: str, otherwise: str = "") -> DataError:
    """The error for texts that do not fit a kind: the first one, its row, how many there are, and what settles it.

    otherwise: the option that settles it where most texts do not fit.
    """
    noun = {"numeric": "number", "date": "date"}[kind]
    wrong = (column.codes >= 0) & ~np.append(fits, True)[column.codes]
    row = int(np.argmax(wrong))
    text = column.texts[column.codes[row]]
    count = int(wrong.sum())
    others = f" ({count:,} such rows)" if count > 1 else ""
    if not fits[column.counts > 0].any():
        message = f"expected a {noun}, received {shown(text)}; none of its values is one."
        message += " Leave the column out with --drop, or take it as --categorical." if otherwise else ""
        error = table.error_at(message, row, shown(column.name))
        return error.settled_by(otherwise, column.name) if otherwise else error
    error = table.error_at(
        f"expected a {noun}, received {shown(text)}{others}; the column's other values are {noun}s. Take them as "
        f"missing values with --{kind}, the whole column as categories with --categorical, or leave it out with "
        "--drop.",
        row, shown(column.name),
    )  # fmt: skip
    return error.settled_by(otherwise if otherwise and 2 * fits.sum() < len(fits) else f"--{kind}", column.name)


def _look_up(values: AnyArray, codes: NDArray[np.int32]) -> AnyArray:
    """The value of each code, NaN for -1."""
    if (codes < 0).any() or np.isnan(values.astype(np.float64)).any():
        return np.append(values, np.nan)[codes]
    return _shrink_integers(values)[codes]


def _shrink_integers(values: AnyArray) -> AnyArray:
    """Whole numbers in the smallest integers that hold them; other numbers, and booleans, unchanged."""
    if (
        not len(values)
        or values.dtype.kind == "b"
        or not np.isfinite(values).all()
        or (values != np.floor(values)).any()
    ):
        return values
    low, high = int(values.min()), int(values.max())
    if max(-low, high) >= EXACT:
        return values
    return values.astype(np.min_scalar_type(high if low >= 0 else min(low, -high - 1)))


def _unify_booleans(column: CategoricalColumn) -> CategoricalColumn:
    """The column with True, TRUE and true as one word; 0 and 1 among them are such words, too."""
    words = {text.lower() for text in column.texts}
    if not column.texts or len(column.texts) > 8 or not words & {"true", "false"} or words - {*BOOLEAN_OF}:
        return column
    codes = np.array([*(BOOLEAN_OF[text.lower()] for text in column.texts), -1], dtype=np.int32)
    return replace(column, codes=codes[column.codes], texts=BOOLEANS)


#: The place of each word among BOOLEANS.
BOOLEAN_OF = {"false": 0, "true": 1, "0": 0, "1": 1}


def _is_boolean(column: CategoricalColumn) -> bool:
    return column.texts == BOOLEANS
