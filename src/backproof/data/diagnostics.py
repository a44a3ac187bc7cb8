"""Warnings: what is allowed in a table, but looks like a mistake, or may be meant otherwise than it was taken.

Identifiers or a second target among the inputs, an input that gives the target away, one word in several spellings,
counts taken for classes, whole numbers too large to be exact, rare classes, outliers. Each is one sentence.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np

from backproof.arrays import AnyArray, Array
from backproof.data.column_fitters import ColumnSummary
from backproof.data.columns import EXACT, CategoricalColumn, Column, DateColumn, NumericColumn, to_categorical
from backproof.data.dates import floor_to_days, write_day
from backproof.data.encoders import CategoricalEncoder
from backproof.data.preparation_fitter import FittedPreparation
from backproof.data.summaries import format_count
from backproof.data.table import Table
from backproof.data.targets import ClassTarget
from backproof.schema import shown

#: A number is an outlier if its distance from the median is more than this many times the interquartile range.
FAR = 50
#: A class is rare if it has less than this share of the rows of the largest class.
RARE = 0.05
#: Numbers that people write for missing values, the least number of rows with one, and of other values beside it.
MARKS_OF_MISSING = frozenset(
    {-1.0, -9.0, -99.9, -999.9, -999.99, *(sign * float("9" * digits) for digits in range(2, 7) for sign in (1, -1))}
)
REPEATED, MARKED_BESIDE = 3, 10
#: Days that programs write for a missing date, or for one that is still to come.
DAYS_OF_MISSING = frozenset(
    np.datetime64(day, "s").astype(float)
    for day in (
        *("0001-01-01", "1753-01-01", "1899-12-30", "1899-12-31", "1900-01-01", "1970-01-01"),
        *("2099-12-31", "2100-12-31", "2199-12-31", "2999-12-31", "9999-12-31"),
    )
)
#: Names of columns that identify rows.
IDENTIFIER = re.compile(r"(?:.*[_\W])?(?:id|key|no|nr|number|index|uuid|serial)|.*[a-z]I[Dd]", re.IGNORECASE)
#: What stands between the parts of a word, where others write a blank or nothing else.
JOINING = re.compile(r"(?<=\w)[-_'’](?=\w)|_")
#: What tells y1 from y2.
NUMBER = re.compile(r"[0-9]+")
#: The least number of rows that say enough about two columns, and of rows with a category that tells the target.
ENOUGH, SHARED = 20, 5
#: 1 - r^2 of a column from which the target follows on a straight line.
STRAIGHT = 1e-6
#: The least number of whole numbers that are rather counts than classes, if the rarest has less than this share of the
#: most frequent one.
COUNTS, UNEVEN = 5, 0.2


def find_table_warnings(table: Table, fitted: FittedPreparation) -> tuple[str, ...]:
    """Everything that looks like a mistake in a table."""
    single = [each for each in table.columns if not isinstance(each, CategoricalColumn) and each.values.ndim == 1]
    columns = (warning for column in single for warning in _check_column(column, table))
    return (*find_warnings(fitted), *find_ambiguities(table, fitted), *columns)


def find_warnings(fitted: FittedPreparation) -> tuple[str, ...]:
    """What the fit alone shows: constant columns, and rare classes."""
    constant = (
        f"Column {shown(found.name)} holds the same value in every row, so it cannot help."
        for found in fitted.columns
        if found.constant and not found.missing
    )
    left_out = tuple(map(_describe_left_out, fitted.left_out))
    return (*left_out, *constant, *(warning for each in fitted.targets for warning in _find_rare_classes(each)))


def _describe_left_out(found: ColumnSummary) -> str:
    column = f"Column {shown(found.name)} is left out: "
    if not found.counts:
        return f"{column}it is empty."
    text = shown(next(iter(found.counts)))
    return f"{column}it has another text in nearly every row, such as {text}; to read them all the same, give --text."


def _find_rare_classes(target: ColumnSummary) -> Iterator[str]:
    if not target.counts:
        return
    (largest, most), *_ = target.counts.most_common(1)
    rare = [label for label, count in target.counts.items() if count < RARE * most]
    if rare:
        others = f" and {len(rare) - 1:,} more" if len(rare) > 1 else ""
        rows = format_count(target.counts[rare[0]], "row")
        yield (
            f"Class {shown(rare[0])}{others} of {shown(target.name)} is rare ({rows}; {shown(largest)} has {most:,}); "
            "without class weights the network may ignore it."
        )


def _check_column(column: NumericColumn | DateColumn, table: Table) -> Iterator[str]:
    if isinstance(column, NumericColumn):
        yield from _find_row_numbers(column)
    yield from _find_mark_of_missing(column) or _find_outliers(column, table)


def _find_row_numbers(column: NumericColumn) -> Iterator[str]:
    """Whole numbers that count the rows."""
    values = column.values
    if len(values) > 2 and values.dtype.kind in "iu" and (np.diff(values.astype(np.int64)) == 1).all():
        yield f"Column {shown(column.name)} counts the rows; if it is only a row number, drop it."


def _find_mark_of_missing(column: NumericColumn | DateColumn) -> list[str]:
    """A number such as -999, several times, or a day such as 9999-12-31, far from all others: it may be no value."""
    (noun, write), is_date = _name_values(column), isinstance(column, DateColumn)
    numbers = column.values.astype(np.float64)
    numbers = floor_to_days(numbers) if is_date else numbers
    values, counts = np.unique(numbers[~np.isnan(numbers)], return_counts=True)
    marks, repeated = (DAYS_OF_MISSING, 1) if is_date else (MARKS_OF_MISSING, REPEATED)
    for mark, count, others in ((values[:1], counts[:1], values[1:]), (values[-1:], counts[-1:], values[:-1])):
        if len(others) <= MARKED_BESIDE or count[0] < repeated or float(mark[0]) not in marks:
            continue
        value, low, high = float(mark[0]), float(others[0]), float(others[-1])
        alone = value < 0 <= low and not is_date
        if not alone and (value == -1 or min(abs(value - low), abs(value - high)) < high - low):
            continue
        rows, where = format_count(int(count[0]), "row"), "below" if alone else "apart from"
        return [
            f"Column {shown(column.name)}: {write(value)} stands in {rows}, {where} all other {noun}, which are "
            f"between {write(low)} and {write(high)}; if it stands for a missing value, give --missing {write(value)}."
        ]
    return []


def _name_values(column: NumericColumn | DateColumn) -> tuple[str, Callable[[float], str]]:
    """What the values of a column are called, and how one is written."""
    return ("dates", write_day) if isinstance(column, DateColumn) else ("numbers", "{:g}".format)


def _find_outliers(column: NumericColumn | DateColumn, table: Table) -> Iterator[str]:
    """The number, or the date, farthest from the median, if it lies far outside."""
    noun, write = _name_values(column)
    values = column.values.astype(np.float64)
    present = values[~np.isnan(values)]
    if len(present) < 4:
        return
    with np.errstate(all="ignore"):
        low, middle, high = np.quantile(present, [0.25, 0.5, 0.75])
        width = (high - low) or np.subtract(*np.quantile(present, [0.95, 0.05]))
        distance = np.abs(values - middle)
        far = np.nan_to_num(distance, nan=0) > FAR * width
    if width > 0 and far.any():
        row = int(np.nanargmax(distance))
        others = f" ({int(far.sum()):,} such rows)" if far.sum() > 1 else ""
        yield (
            f"Column {shown(column.name)}, row {table.row_of(row)}: {write(values[row])} lies far from the other "
            f"{noun}, half of which are between {write(low)} and {write(high)}{others}; is it a mistake?"
        )


def find_ambiguities(table: Table, fitted: FittedPreparation) -> Iterator[str]:
    """One sentence for each thing that may be meant otherwise."""
    preparation = fitted.preparation
    inputs = [table[name] for name in preparation.names]
    yield from (sentence for column in inputs for sentence in _find_identifier(column))
    yield from (sentence for column in inputs for sentence in _find_inexact(column))
    yield from _find_second_targets(preparation.names, preparation.target_names)
    for encoder, found in zip(preparation.encoders, fitted.columns, strict=True):
        if isinstance(encoder, CategoricalEncoder):
            yield from _find_spellings(found, "Column", "categories")
    for target, found in zip(preparation.targets, fitted.targets, strict=True):
        yield from _find_leaks(inputs, table[target.name], isinstance(target, ClassTarget))
        if isinstance(target, ClassTarget):
            yield from _find_spellings(found, "The target", "classes")
            yield from _find_counts(target, found)


def _find_second_targets(inputs: Sequence[str], targets: Sequence[str]) -> Iterator[str]:
    """Inputs that are called as a target is, but for a number."""
    patterns = {NUMBER.sub("#", name): name for name in targets if NUMBER.search(name)}
    alike = [name for name in inputs if NUMBER.sub("#", name) in patterns]
    if alike and len(alike) < len(inputs):
        target = shown(patterns[NUMBER.sub("#", alike[0])])
        more = f" and {len(alike) - 1:,} more are" if len(alike) > 1 else " is"
        yield (
            f"Column {shown(alike[0])}{more} called like the target {target}; if it is a target too, give it as "
            "another --target, or leave it out with --drop."
        )


def _find_identifier(column: Column) -> Iterator[str]:
    """A column that is called like an identifier, with another whole number in each row."""
    if not isinstance(column, NumericColumn) or column.width > 1 or not IDENTIFIER.fullmatch(column.name):
        return
    values = column.matrix[:, 0]
    whole = values.dtype.kind in "iu" or not (values != np.floor(values)).any()
    steps = np.diff(values.astype(np.float64))
    if len(values) >= ENOUGH and whole and len(np.unique(values)) == len(values) and not (steps == 1).all():
        yield (
            f"Column {shown(column.name)} has another whole number in every row, so it looks like an identifier; leave "
            "it out with --drop, or keep it for the predictions with --id."
        )


def _find_inexact(column: Column) -> Iterator[str]:
    if not isinstance(column, NumericColumn) or column.width > 1:
        return
    values = column.matrix[:, 0]
    with np.errstate(all="ignore"):
        large = np.abs(values.astype(np.float64)) >= EXACT
    if large.any() and (values == np.floor(values))[large].all():
        yield f"Column {shown(column.name)} has numbers beyond 2^53, of which only the first 16 digits count."


def _find_leaks(inputs: Iterable[Column], target: Column, classes: bool) -> Iterator[str]:
    """Inputs from which alone the target follows exactly."""
    if len(target) < ENOUGH or (isinstance(target, NumericColumn) and target.width > 1):
        return
    labels = to_categorical(target).codes if classes else None
    amounts = None if classes or not isinstance(target, NumericColumn) else target.matrix[:, 0].astype(np.float64)
    for column in inputs:
        if isinstance(column, NumericColumn) and column.width > 1:
            continue
        if (labels is not None and _tells_class(column, labels)) or (
            amounts is not None and isinstance(column, NumericColumn) and _tells_amount(column.matrix[:, 0], amounts)
        ):
            yield (
                f"Column {shown(column.name)} alone gives the target {shown(target.name)} away; if it is not known "
                "before the target is, leave it out with --drop."
            )


def _tells_class(column: Column, labels: AnyArray) -> bool:
    """Whether each value of the column, of a few, stands beside one class alone."""
    codes = to_categorical(column).codes
    values = len(np.unique(codes))
    return 1 < values * SHARED <= len(codes) and len(np.unique(np.stack([codes, labels]), axis=1).T) == values


def _tells_amount(values: AnyArray, amounts: Array) -> bool:
    """Whether the target is a straight line of the column."""
    numbers = values.astype(np.float64)
    present = np.isfinite(numbers) & np.isfinite(amounts)
    if present.sum() < ENOUGH:
        return False
    with np.errstate(all="ignore"):
        pairs = [each[present] / np.abs(each[present]).max() for each in (numbers, amounts)]  # no product underflows
        correlation = np.corrcoef(*pairs)[0, 1]
    return bool(1 - correlation**2 < STRAIGHT)


def _find_spellings(found: ColumnSummary, whose: str, what: str) -> Iterator[str]:
    """Words that differ in capitals, blanks, the form of letters, and signs between or behind words alone."""
    alike: dict[str, list[str]] = defaultdict(list)
    for text in found.counts:
        plain = JOINING.sub(" ", unicodedata.normalize("NFKC", text).casefold()).rstrip(" .:;")
        alike[" ".join(plain.split()) or text].append(text)
    several = [sorted(texts) for texts in alike.values() if len(texts) > 1]
    if several:
        texts = ", ".join(map(shown, several[0]))
        more = f", and {len(several) - 1:,} more such groups," if len(several) > 1 else ""
        yield (
            f"{whose} {shown(found.name)}: {texts}{more} are taken as different {what}; if they are one, write them "
            "alike."
        )


def _find_counts(target: ClassTarget, found: ColumnSummary) -> Iterator[str]:
    """Classes that are whole numbers, not in a row, or some of them far less frequent than others."""
    labels, counts = target.labels, found.counts.values()
    whole = all(isinstance(label, int) and not isinstance(label, bool) for label in labels)
    if not whole or len(labels) < COUNTS:
        return
    if min(counts) < UNEVEN * max(counts) or int(labels[-1]) - int(labels[0]) != len(labels) - 1:
        yield (
            f"The target {shown(found.name)} holds the whole numbers {labels[0]} to {labels[-1]}, taken as "
            f"{len(labels)} classes; if they are counts or amounts, give --regression."
        )
