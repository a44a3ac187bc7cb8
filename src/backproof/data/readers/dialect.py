"""How a text file is written: its encoding, what separates and quotes fields, where its names and its values begin.

Found from the first lines alone: the way to read them that gives the most rows the same number of values. What cannot
be found out, such as whether a first row of numbers holds names, is asked.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from backproof.data.data_file import ReadOptions
from backproof.data.error_list import ErrorList
from backproof.data.numerals import ANY_NUMBER
from backproof.data.table import missing_column_error
from backproof.errors import DataError
from backproof.schema import shown

#: What may separate fields, in the order of preference where several would do: a comma may also be a decimal comma.
SEPARATORS = "\t;|,"
#: What separates them where none of those occurs.
RARE_SEPARATORS = "^~:¦§\x01\x1f"
#: Fields apart by blanks, as many as there are.
BLANKS = " "
#: Maximum number of lines that are looked at.
LINES = 200
#: What a line above the rows begins with.
COMMENTS = ("#", "%", "//", "--")
#: A first line that says what separates fields, as Excel reads and writes it.
TELLING = re.compile(r'"?sep=(.)"?[\r\n]*', re.IGNORECASE)
#: A line below the names that is drawn, not written.
RULE = re.compile(r"[-=:+ ]*--[-=:+ ]*")
#: Marks at the beginning of a file, and the encoding that each stands for.
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip
#: What is said of a file in another encoding.
NOT_UTF_8 = "The file is not UTF-8; it is read as Windows-1252. If words in it look wrong, save it as UTF-8."
#: The name of a first column whose name a file leaves out, as R calls it.
ROW_NAMES = "row.names"
#: Characters that take no place, at an end of a name or a text.
INVISIBLE = "\ufeff\u200b\u200e\u200f\u2060"

Record = tuple[int, list[str]]


@dataclass(frozen=True)
class Dialect:
    """How the fields of a text file are found.

    encoding: of its bytes. separator: between fields; a blank stands for any number of them. quote: around a field.
    escape: before a character that stands for itself, if any does. wrapped: whether each line is in quotes as a whole.
    edges: the blanks in each line that separate its fields, where these have fixed places.
    above: the lines before the first row of values. names: of the columns. named_in: the row that holds the names, or
    0. surplus: whether the first of the names is one that the file leaves out, and whether that is certain.
    """

    encoding: str = "utf-8-sig"
    separator: str = ","
    quote: str = '"'
    escape: str | None = None
    wrapped: bool = False
    edges: tuple[int, ...] = ()
    above: int = 0
    names: tuple[str, ...] = ()
    named_in: int = 0
    surplus: bool = False
    certain: bool = False
    notes: tuple[str, ...] = ()


def find_encoding(head: bytes, *, decodable: bool) -> str:
    """The encoding of a file: by its mark, else UTF-8 where it can be decoded so, else Windows-1252."""
    return next((encoding for mark, encoding in MARKS if head.startswith(mark)), "utf-8-sig" if decodable else "cp1252")


def find_dialect(lines: Sequence[str], encoding: str, source: str, options: ReadOptions, errors: ErrorList) -> Dialect:
    """The dialect of a file with these first lines; a first row of numbers of which nothing is said is an error.

    Raise DataError for a file without any row.
    """
    told = TELLING.fullmatch(lines[0]) if lines else None
    commented = 1 if told else _count_comments(lines)
    dialect = Dialect(encoding, told[1]) if told else _choose_dialect(lines[commented:], encoding)
    if commented and not told and _holds_names(lines, commented, dialect):
        commented -= 1
    records = [(commented + row, record) for row, record in _read_head(lines[commented:], dialect)]
    if not records:
        raise DataError("the file holds no row of column names.", source=source)
    rows = [clean_names(trim_record(record)) for _, record in records]
    place = _find_names(rows, options)
    row, first = records[place][0], rows[place]
    lost = options.bad_rows != "fill" and options.targets and first[0] not in options.targets
    if len(first) == 1 and lost:
        raise DataError(
            f"the only column is {shown(first[0])}: fields are apart by tabs, semicolons, bars, commas or blanks; "
            "another separator is told by a first line of its own, such as sep=!",
            source=source,
        )
    notes = [] if encoding.startswith("utf") else [NOT_UTF_8]
    if any(line.strip() for line in lines[1 if told else 0 : row - 1]):
        above = "line of the file" if row == 2 else f"{row - 1} lines of the file"
        notes.append(f"The first {above}, above the names of the columns, {'is' if row == 2 else 'are'} left out.")
    dialect = replace(dialect, notes=tuple(notes))
    if not _has_names(first, row, source, options, errors):
        return replace(dialect, above=row - 1, names=tuple(map(str, range(1, len(first) + 1))))
    while place + 1 < len(rows) and RULE.fullmatch("".join(rows[place + 1])):
        place += 1
    begin = records[place + 1][0] - 1 if place + 1 < len(rows) else len(lines)
    dialect = replace(dialect, above=begin, names=tuple(first), named_in=row)
    sizes = Counter(map(len, rows[place + 1 :]))
    if 2 * sizes[len(first) + 1] <= sizes.total():
        return dialect
    if options.header:
        return replace(dialect, names=(*first, ""))
    quoted = lines[begin].lstrip().startswith(dialect.quote)
    certain = quoted or not (dialect.edges or dialect.separator in (",", BLANKS))
    return replace(dialect, names=(ROW_NAMES, *first), surplus=True, certain=certain)


def read_records(lines: Iterable[str], dialect: Dialect) -> Iterator[Record]:
    """Each record that is not blank, with the number of the line where it begins.

    Raise csv.Error with the line where a record begins that cannot be read, and why.
    """
    if dialect.wrapped:
        lines = map(_unwrap_line, lines)
    if dialect.edges:
        lines = (_mark_edges(line, dialect) for line in lines)
    elif dialect.separator == BLANKS:
        lines = (" ".join(line.split()) for line in lines)
    reader = csv.reader(
        lines, delimiter=dialect.separator, quotechar=dialect.quote, escapechar=dialect.escape, skipinitialspace=True,
        strict=True,
    )  # fmt: skip
    row = 1
    try:
        for record in reader:
            if any(map(str.strip, record)):
                yield row, record
            row = reader.line_num + 1
    except csv.Error as error:
        raise csv.Error(row, str(error)) from None


def trim_record(record: list[str], width: int = 1) -> list[str]:
    """The record without empty fields at its end, beyond the first `width` fields: separators that end a line."""
    size = len(record)
    while size > width and not record[size - 1].strip():
        size -= 1
    return record[:size]


def clean_names(record: Sequence[str]) -> list[str]:
    """The fields as names of columns."""
    names = [name.replace("\r\n", "\n").strip().strip(INVISIBLE).strip() for name in record]
    return [names[0].removeprefix("#").strip(), *names[1:]]


def _unwrap_line(line: str) -> str:
    """The line within the quotes around it."""
    return next(csv.reader([line.strip()]), [""])[0] if line.lstrip().startswith('"') else line


def _mark_edges(line: str, dialect: Dialect) -> str:
    """The line with separators for the blanks between its fields; where there is no blank, the fields are one."""
    marked = list(line.rstrip("\r\n").ljust(dialect.edges[-1] + 1))
    for place in dialect.edges:
        marked[place] = dialect.separator if marked[place] == " " else marked[place]
    return "".join(marked)


def _find_edges(lines: Sequence[str]) -> tuple[int, ...]:
    """Where blanks separate fields: where all rows have a run of them, the beginning of the widest in the names.

    Nothing where a run has none in the names, or no name stands between two of them: the words may hold blanks, too.
    """
    full = [line.rstrip() for line in lines if line.strip()]
    width = max(map(len, full), default=0)
    names, *rows = (line.ljust(width) for line in full or [""])
    filled = "".join(" " if set(column) == {" "} else "x" for column in zip(*rows, strict=True))
    edges: list[int] = []
    for gap in re.finditer(r"(?<=x) +(?=x)", filled):
        blanks = re.finditer(" +", names[gap.start() : gap.end()])
        widest = max(blanks, key=lambda blank: len(blank[0]), default=None)
        if widest is None or (edges and not names[edges[-1] : gap.start() + widest.start()].strip()):
            return ()
        edges.append(gap.start() + widest.start())
    return tuple(edges) if edges and names[edges[-1] :].strip() else ()


def _read_head(lines: Sequence[str], dialect: Dialect) -> list[Record]:
    """The records of the first lines; a line with which none can begin is a single field."""
    found: list[Record] = []
    start = 0
    while start < len(lines):
        try:
            for row, record in read_records(lines[start:], dialect):
                found.append((start + row, record))
            break
        except csv.Error as error:
            start += error.args[0]
            found.append((start, [lines[start - 1]]))
    return found


def _count_comments(lines: Sequence[str]) -> int:
    count = 0
    for place, line in enumerate(lines, start=1):
        if line.lstrip().startswith(COMMENTS):
            count = place
        elif line.strip():
            break
    return count


def _choose_dialect(lines: Sequence[str], encoding: str) -> Dialect:
    """The first of all dialects that gives the most lines the same number of fields, two or more."""
    text = "".join(lines)
    best, most = Dialect(encoding), 0.0
    for separator in (*SEPARATORS, BLANKS, *RARE_SEPARATORS):
        plain = Dialect(encoding, separator, _find_quote(text, separator))
        escaped = [replace(plain, escape="\\")] if "\\" in text else []
        wrapped = [replace(plain, wrapped=True)] if lines and lines[-1].lstrip().startswith('"') else []
        for dialect in (plain, *escaped, *wrapped) if separator in text else ():
            records = _read_head(lines, dialect)
            share = _share_alike(records, lines)
            certain, apart = separator in SEPARATORS or share == 1, False
            if separator == BLANKS:
                certain = _are_numbers(records) or (share == 1 and len(records[0][1]) > 2)
                apart = best.separator == "\t" and all("  " in line.strip() for line in lines)
            if certain and (share > most or (apart and share == most)):
                best, most = dialect, share
    edges = _find_edges(lines) if most < (1 if best.separator == BLANKS else 0.5) else ()
    if edges:
        return Dialect(encoding, "\x1f", edges=edges)
    return best


def _share_alike(records: Sequence[Record], lines: Sequence[str]) -> float:
    """The share of lines in records of the most frequent number of fields, two or more."""
    sizes: Counter[int] = Counter()
    for (row, record), (following, _) in pairwise([*records, (len(lines) + 1, [])]):
        sizes[len(record)] += sum(bool(line.strip()) for line in lines[row - 1 : following - 1])
    return max((count for size, count in sizes.items() if size > 1), default=0) / max(sizes.total(), 1)


def _find_quote(text: str, separator: str) -> str:
    """The single quote if all that begin a field end one, and no double quotes do; else the double quote."""
    before, after = rf"(?:^|{re.escape(separator)})[ ]*", rf"[ ]*(?=$|{re.escape(separator)})"
    single, double = (len(re.findall(before + quote, text, re.MULTILINE)) for quote in ("'", '"'))
    whole = len(re.findall(rf"{before}'(?:[^']|'')*'{after}", text, re.MULTILINE))
    return "'" if whole == single > 0 == double else '"'


def _are_numbers(records: Sequence[Record]) -> bool:
    """Whether most of the fields below the first row are numbers."""
    fields = [field for _, record in records[1:] for field in record]
    return bool(fields) and 2 * sum(map(_is_number, fields)) > len(fields)


def _is_number(field: str) -> bool:
    return bool(ANY_NUMBER.fullmatch(field.strip()))


def _is_numeric(row: Sequence[str]) -> bool:
    return all(map(_is_number, row))


def _holds_names(lines: Sequence[str], commented: int, dialect: Dialect) -> bool:
    """Whether the last comment above the rows holds the names for rows of numbers."""
    (_, names), *_ = [*_read_head(lines[commented - 1 : commented], dialect), (0, [])]
    rows = _read_head(lines[commented:], dialect)
    width = _find_width([record for _, record in rows])
    return len(names) == width > 1 and not _is_numeric(names) and _is_numeric(rows[0][1])


def _find_width(rows: Sequence[Sequence[str]]) -> int:
    """The most frequent number of fields."""
    return Counter(map(len, rows)).most_common(1)[0][0] if rows else 0


def _find_names(rows: Sequence[Sequence[str]], options: ReadOptions) -> int:
    """The place of the row of names: the first that has those of the targets, else the first that can be one.

    Above it there may be lines of other widths, and names of groups of columns.
    """
    width = _find_width([row for row in rows if len(row) > 1])
    wide = [place for place, row in enumerate(rows) if len(row) >= max(width - 1, 2)] or [0]
    if options.header is False:
        return wide[0]
    for place, row in enumerate(rows):
        if {*options.targets} <= {*row} and options.targets and not (place > wide[0] and any(map(_is_number, row))):
            return place
    for place in wide:
        row = rows[place]
        if place > wide[0] and any(map(_is_number, row)):
            break
        if all(row[1:]) and len(set(row)) == len(row):
            return place
    return wide[0]


def _has_names(first: Sequence[str], row: int, source: str, options: ReadOptions, errors: ErrorList) -> bool:
    """Whether the first row holds names; if that is not certain, an error is raised or collected."""
    if options.header is not None:
        return options.header
    targets, numbers = options.targets, {str(place) for place in range(1, len(first) + 1)}
    known, predicted = bool(targets) and all(_is_name(each, first) for each in targets), options.bad_rows == "fill"
    if known and predicted:
        return True
    if len(first) > 1 and _is_numeric(first):
        doubt = "the first row holds numbers: are they names of columns, or values? If values,"
        ending = "; if names, --header."
    elif known or not targets or predicted or not any(map(_is_number, first)):
        return True
    else:
        number = shown(next(filter(_is_number, first)))
        absent = missing_column_error(next(each for each in targets if each not in first), first, "")
        doubt, ending = f"{absent} Its first row holds {number}; if these are values,", "."
    advice = f"give --no-header, and the target as the number of its column, 1 to {len(first)}"
    error = DataError(f"{doubt} {advice}{ending}", source=source, row=row)
    if not known and not (targets and {*targets} <= numbers):
        raise error
    with errors:
        raise error.settled_by("--header" if known else "--no-header")
    return known


def _is_name(target: str, row: Sequence[str]) -> bool:
    """Whether the target is one of these fields, and not rather the number of a column."""
    numbers = [str(place) for place in range(1, len(row) + 1)]
    return target in row and (target not in numbers or [*row] == numbers)
