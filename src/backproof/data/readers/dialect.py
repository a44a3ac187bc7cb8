"""How a text file is written: its encoding, the lines above its rows, what separates fields, whether names come first.

Found from the first lines alone. What cannot be found out, whether a first row of numbers holds names, is asked.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from backproof.data.error_list import ErrorList
from backproof.data.numerals import ANY_NUMBER
from backproof.errors import DataError

#: What may separate fields, in the order of preference where several would do: a comma may also be a decimal comma.
SEPARATORS = "\t;|,"
#: Fields apart by blanks, as many as there are.
BLANKS = " "
#: Maximum number of lines that are looked at, and of those above the first row.
LINES, ABOVE = 200, 20
#: What a line above the rows begins with.
COMMENTS = ("#", "%", "//", "--")
#: A first line that says what separates fields, as Excel reads and writes it.
TELLING = re.compile(r'"?sep=(.)"?', re.IGNORECASE)
#: Marks at the beginning of a file, and the encoding that each stands for.
MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


@dataclass(frozen=True)
class Dialect:
    """How the fields of a text file are found.

    encoding: of its bytes. separator: between fields; a blank stands for any number of them. above: the lines before
    the first row. named: whether the first row holds the names of the columns.
    """

    encoding: str = "utf-8-sig"
    separator: str = ","
    above: int = 0
    named: bool = True

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should know of it."""
        encoded = "" if self.encoding.startswith("utf") else "The file is not UTF-8; it is read as Windows-1252."
        lines = "line" if self.above == 1 else f"{self.above} lines"
        above = f"The first {lines} of the file, above the names of the columns, left out." if self.above else ""
        return tuple(filter(None, (encoded, above)))


def find_encoding(head: bytes, *, decodable: bool) -> str:
    """The encoding of a file: by its mark, else UTF-8 where it can be decoded so, else Windows-1252."""
    return next((encoding for mark, encoding in MARKS if head.startswith(mark)), "utf-8-sig" if decodable else "cp1252")


def find_dialect(
    lines: Sequence[str],
    encoding: str,
    source: str,
    errors: ErrorList,
    *,
    named: bool | None = None,
    targets: Sequence[str] = (),
) -> Dialect:
    """The dialect of a file with these first lines; a first row of numbers of which nothing is said is an error.

    named: whether the first row holds names; None finds out. targets: the columns to predict, which may tell it.
    """
    told = TELLING.fullmatch(lines[0].strip()) if lines else None
    commented = 1 if told else _count_comments(lines)
    separator = told[1] if told else _find_separator([line for line in lines[commented:] if line.strip()])
    rows = [split_line(line, separator) for line in lines]
    width = _find_width([row for row in rows[commented:] if row])
    above = commented
    if commented and not told and _may_be_names(rows[commented - 1], width) and _is_numeric(_first(rows[commented:])):
        above -= 1
    while above < min(len(rows), ABOVE) and len(rows[above]) == 1 < width and any(rows[above]):
        above += 1
    first = _first(rows[above:])
    if named is None and len(first) > 1 and _is_numeric(first):
        named = bool(targets) and all(_is_name(target, first) for target in targets)
        error = DataError(
            "the first row holds numbers: are they names of columns, or values? If values, give --no-header, and the "
            f"target as the number of its column, 1 to {len(first)}; if names, --header.",
            source=source, row=above + 1,
        )  # fmt: skip
        if not named and not (targets and {*targets} <= {str(place) for place in range(1, len(first) + 1)}):
            raise error
        with errors:
            raise error.settled_by("--header" if named else "--no-header")
    return Dialect(encoding, separator, above if first else 0, named is not False)


def _is_name(target: str, row: Sequence[str]) -> bool:
    """Whether the target is one of these fields, and not rather the number of a column."""
    fields, numbers = [field.strip() for field in row], [str(place) for place in range(1, len(row) + 1)]
    return target in fields and (target not in numbers or fields == numbers)


def split_line(line: str, separator: str) -> list[str]:
    """The fields of a line, or none where it is blank."""
    if separator == BLANKS:
        return line.split()
    if not line.strip():
        return []
    try:
        return next(csv.reader([line], delimiter=separator), [])
    except csv.Error:
        return line.split(separator)


def _count_comments(lines: Sequence[str]) -> int:
    count = 0
    for place, line in enumerate(lines[:ABOVE], start=1):
        if line.lstrip().startswith(COMMENTS):
            count = place
        elif line.strip():
            break
    return count


def _find_separator(lines: Sequence[str]) -> str:
    """The separator that gives the most lines the same number of fields, two or more."""
    best, most = ",", 0.0
    for separator in (*SEPARATORS, BLANKS):
        sizes = Counter(len(split_line(line, separator)) for line in lines)
        share = max((count for size, count in sizes.items() if size > 1), default=0) / max(len(lines), 1)
        if share > most and not (separator == BLANKS and (most or not _are_apart_by_blanks(lines))):
            best, most = separator, share
    return best


def _are_apart_by_blanks(lines: Sequence[str]) -> bool:
    """Whether blanks separate fields, not words: most of the fields below the first line are numbers."""
    fields = [field for line in lines[1:] for field in line.split()]
    return bool(fields) and 2 * sum(bool(ANY_NUMBER.fullmatch(field)) for field in fields) > len(fields)


def _find_width(rows: Sequence[Sequence[str]]) -> int:
    return Counter(map(len, rows)).most_common(1)[0][0] if rows else 0


def _first(rows: Sequence[list[str]]) -> list[str]:
    return next((row for row in rows if row), [])


def _may_be_names(row: Sequence[str], width: int) -> bool:
    return len(row) == width > 1 and not _is_numeric(row)


def _is_numeric(row: Sequence[str]) -> bool:
    return bool(row) and all(ANY_NUMBER.fullmatch(field.strip()) for field in row)
