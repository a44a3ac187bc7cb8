"""Text files: rows of fields, as their dialect says; each column keeps a text once however often it occurs.

Every field is first read as text; `kinds` decides later what the texts stand for. pyarrow reads the fields where it is
installed and finds no error; the reader of the standard library, ten times as slow, does everything else, and finds the
row of each error. pyarrow overlooks a quotation mark at a wrong place, so these are looked for before; then both give
the same table.

Before that, one pass over the bytes, a piece at a time, finds what would make the rows meaningless: an empty file, or
NUL bytes.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import os
import re
import zlib
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from itertools import count, islice
from pathlib import Path
from typing import IO, Any, NamedTuple, cast
from unicodedata import normalize

import numpy as np

from backproof.data.columns import CategoricalColumn
from backproof.data.data_file import ReadOptions, require_sound_ratio
from backproof.data.error_list import ErrorList
from backproof.data.readers.column_names import leave_out_row_names, name_columns
from backproof.data.readers.dialect import (
    BLANKS,
    INVISIBLE,
    LINES,
    Dialect,
    find_dialect,
    find_encoding,
    read_records,
    trim_record,
)
from backproof.data.table import Table
from backproof.errors import DataError
from backproof.schema import shown
from backproof.validate import is_installed

UTF_16, LONGEST_MARK = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE), 4
#: How a compressed file begins.
GZIP = b"\x1f\x8b"
#: How files begin that are no tables, whatever they are called.
BEGINNINGS = {
    b"PAR1": "a Parquet file; rename it to .parquet",
    b"PK\x03\x04": "a spreadsheet or an archive; save it as CSV",
    b'{"': "JSON; save it as CSV",
    b"<html": "HTML; save it as CSV",
    b"<table": "HTML; save it as CSV",
    b"<!": "HTML; save it as CSV",
    b"@relation": "ARFF; save it as CSV",
}
#: The number of bytes that are checked at a time.
PIECE = 2**20
#: The number of rows that are turned into columns at a time.
ROWS_PER_PIECE = 4096
#: What stands for a missing value.
MISSING = frozenset({"", "NA", "N/A", "n/a", "#N/A", "<NA>", "NaN", "nan", "NULL", "null", "None", "?", "\\N"})
#: What stands for one among numbers and dates, and may be a word among words.
DASHES = frozenset({"-", "--", "---", "–", "—", ".", ".."})


class BadRow(NamedTuple):
    """A row of the file with another number of values than there are columns, and its place among the rows kept."""

    row: int
    place: int
    size: int
    text: str

    @property
    def is_sentence(self) -> bool:
        """Whether it may be a footnote."""
        return self.size == 1 and " " in self.text


def read_csv_file(path: Path, options: ReadOptions, errors: ErrorList) -> Table:
    """The file as columns of texts; what an option would settle is collected in `errors`.

    Raise DataError with the row of any other error.
    """
    head, decodable = _check_text(path)
    encoding = find_encoding(head, decodable=decodable)
    with _open_text(path, encoding) as file:
        lines = list(islice(_read_lines(file), LINES))
    dialect = find_dialect(lines, encoding, path.name, options, errors)
    next(_iterate_records(path, dialect), None)  # an error in the first row is one for both readers
    columns: list[CategoricalColumn] | None = None
    bad: list[BadRow] = []
    simple = not (dialect.escape or dialect.wrapped or dialect.edges or dialect.separator == BLANKS)
    if simple and encoding[:6] not in ("utf-16", "utf-32") and is_installed("pyarrow"):
        columns = _read_with_pyarrow(path, dialect) if _quotes_fields_alone(path, dialect) else None
    if columns is None:
        columns, bad = _read_with_csv(path, dialect, fill=options.bad_rows == "fill")
    columns = list(map(_mark_missing, columns))
    width = None if options.bad_rows == "fill" else len(columns)
    find_row = partial(_find_row_in_file, path, dialect, width)
    table = Table(tuple(columns), path.name, find_row, notes=dialect.notes)
    if bad:
        table = _settle_bad_rows(table, bad, dialect, options, errors)
    if not len(table):
        raise DataError("there are column names, but no rows of values.", source=path.name)
    return name_columns(leave_out_row_names(table, dialect, options, errors), dialect, options, errors)


def _read_lines(file: Any) -> Iterator[str]:
    """Lines, cut at a length that keeps a file without line breaks out of memory."""
    while line := file.readline(2**24):
        yield line


def _iterate_records(path: Path, dialect: Dialect) -> Iterator[tuple[int, list[str]]]:
    """Each record of values that is not blank, with the row of the file where it begins."""
    with _open_text(path, dialect.encoding) as file:
        for _ in range(dialect.above):
            file.readline()
        try:
            for row, record in read_records(file, dialect):
                yield dialect.above + row, record
        except csv.Error as error:
            row, reason = error.args
            message = f"this is not valid CSV: {reason}. Is a quotation mark missing, or one too many?"
            raise DataError(message, source=path.name, row=dialect.above + row) from None


def _read_with_csv(path: Path, dialect: Dialect, *, fill: bool) -> tuple[list[CategoricalColumn], list[BadRow]]:
    """The columns, read by the standard library, and its bad rows, which are among the rows if `fill`."""
    names = dialect.names
    places: list[defaultdict[str, int]] = [defaultdict(count().__next__) for _ in names]
    codes: list[list[np.ndarray[Any, Any]]] = [[] for _ in names]
    waiting: list[list[str]] = []
    bad: list[BadRow] = []
    size = 0
    for row, record in _iterate_records(path, dialect):
        trimmed = trim_record(record, len(names))
        if len(trimmed) != len(names):
            bad.append(BadRow(row, size, len(trim_record(record)), record[0].strip()))
            if not fill:
                continue
            known = trimmed if len(trimmed) < len(names) else []
            trimmed = [*known, *[""] * (len(names) - len(known))]
        waiting.append(trimmed)
        size += 1
        if len(waiting) == ROWS_PER_PIECE:
            _append_codes(waiting, places, codes)
            waiting = []
    _append_codes(waiting, places, codes)
    return [
        CategoricalColumn(name, np.concatenate(part) if part else np.zeros(0, np.int32), tuple(texts))
        for name, part, texts in zip(names, codes, places, strict=True)
    ], bad


def _settle_bad_rows(
    table: Table, bad: list[BadRow], dialect: Dialect, options: ReadOptions, errors: ErrorList
) -> Table:
    """The table without footnotes below its rows, with a note or an error about the other bad rows."""
    kept, width, filled = len(table), len(table.columns), options.bad_rows == "fill"
    footnotes: list[BadRow] = []
    while bad and not filled and bad[-1].is_sentence and bad[-1].place == kept:
        footnotes.append(bad.pop())
    notes = list(table.notes)
    if footnotes:
        lines = len(footnotes)
        those = f"the last {lines:,} lines, which begin" if lines > 1 else "the last line, which says"
        notes.append(
            f"Below the rows of values, {those} {shown(footnotes[-1].text)}, {'are' if lines > 1 else 'is'} left out."
        )
    if bad and options.bad_rows == "skip":
        rows = f"{len(bad):,} rows, the first of them row {bad[0].row}," if len(bad) > 1 else f"Row {bad[0].row}"
        notes.append(f"{rows} {'are' if len(bad) > 1 else 'is'} left out: not {width} values, one for each column.")
    elif bad and filled:
        unread = np.zeros(kept, dtype=bool)
        unread[[each.place for each in bad if each.size > width]] = True
        table = replace(table, unread=unread)
    elif bad:
        with errors:
            raise _bad_row_error(table, bad, dialect)
        if not kept:
            errors.raise_if_any()
    return replace(table, notes=tuple(notes))


def _append_codes(
    records: list[list[str]], places: list[defaultdict[str, int]], codes: list[list[np.ndarray[Any, Any]]]
) -> None:
    """Add the codes of some rows to their columns; the code of a text is its place among the texts of the column."""
    for texts, place, part in zip(zip(*records, strict=True), places, codes, strict=False):
        part.append(np.fromiter(map(place.__getitem__, texts), dtype=np.int32, count=len(records)))


def _bad_row_error(table: Table, bad: list[BadRow], dialect: Dialect) -> DataError:
    """The error for rows of another size; leaving them out is no answer where they are most of the rows."""
    most = len(bad) > len(table)
    many = f" ({len(bad):,} such rows{', more than others' if most else ''})" if len(bad) > 1 else ""
    advice = "Leave such rows out with --skip-bad-rows."
    if most:
        named = f"Row {dialect.named_in} is taken for the names of the columns. " if dialect.named_in else ""
        advice = f"{named}Where {shown(dialect.separator)} separates no values, put them in quotes."
    message = f"expected {len(table.columns)} values, one for each column; found {bad[0].size}{many}. {advice}"
    error = DataError(message, source=table.source, row=bad[0].row)
    return error if most else error.settled_by("--skip-bad-rows")


def _read_with_pyarrow(path: Path, dialect: Dialect) -> list[CategoricalColumn] | None:
    """The columns, read by pyarrow; None if it finds an error, which the other reader then describes."""
    import pyarrow
    from pyarrow import csv as arrow

    numbers = list(map(str, range(len(dialect.names))))
    text = pyarrow.dictionary(pyarrow.int32(), pyarrow.string())
    try:
        with _open_bytes(path) as file:
            table = arrow.read_csv(
                file,
                arrow.ReadOptions(
                    column_names=numbers,
                    skip_rows=dialect.above,
                    use_threads=False,
                    encoding="utf8" if dialect.encoding == "utf-8-sig" else dialect.encoding,
                ),
                arrow.ParseOptions(delimiter=dialect.separator, quote_char=dialect.quote, newlines_in_values=True),
                arrow.ConvertOptions(
                    column_types=dict.fromkeys(numbers, text), null_values=[], strings_can_be_null=False
                ),
            )
    except (pyarrow.ArrowException, ValueError):  # UnicodeDecodeError is a ValueError
        return None
    columns = [_convert_from_arrow(*each) for each in zip(dialect.names, table.columns, strict=True)]
    return _leave_out_blank_rows(columns)


def _quotes_fields_alone(path: Path, dialect: Dialect) -> bool:
    """Whether each pair of quotation marks is around a field, or two marks within one stand for one of them."""
    quote, before = dialect.quote.encode(), dialect.separator.encode()
    beside, inside = np.frombuffer(before + b"\r\n" + quote, np.uint8), False
    with _open_bytes(path) as file:
        piece, following = file.read(PIECE).removeprefix(codecs.BOM_UTF8), b""
        while piece:
            following = file.read(PIECE)
            if quote in piece:
                text = np.frombuffer(before[-1:] + piece + (following[:1] or before[:1]), np.uint8)
                places = np.flatnonzero(text[1:-1] == quote[0]) + 1
                opening = (np.arange(len(places)) + inside) % 2 == 0
                if not np.isin(text[places + np.where(opening, -1, 1)], beside).all():
                    return False
                inside = bool((len(places) + inside) % 2)
            before, piece = piece[-1:], following
    return not inside


def _convert_from_arrow(name: str, column: Any) -> CategoricalColumn:
    whole = column.unify_dictionaries().combine_chunks()
    if not hasattr(whole, "dictionary"):  # some versions of pyarrow leave it in pieces
        whole = whole.chunk(0)
    return CategoricalColumn(name, whole.indices.to_numpy().astype(np.int32), tuple(whole.dictionary.to_pylist()))


def _leave_out_blank_rows(columns: list[CategoricalColumn]) -> list[CategoricalColumn]:
    """The columns without rows in which all of them are empty, as the other reader leaves them out."""
    blank = np.ones(len(columns[0]), dtype=bool)
    for column in columns:
        empty = np.array([not text.strip() for text in column.texts], dtype=bool)
        if not empty.any():
            return columns
        blank &= empty[column.codes]
    return [column.slice_rows(~blank) for column in columns] if blank.any() else columns


def _clean_text(text: str) -> str:
    """The text without blanks and invisible characters around it, each letter in one spelling."""
    return text.strip() if text.isascii() else normalize("NFC", text).strip().strip(INVISIBLE).strip()


def _mark_missing(column: CategoricalColumn) -> CategoricalColumn:
    """The column without blanks around its texts, and with -1 as the code of missing values."""
    places: dict[str, int] = {}
    texts = list(map(_clean_text, column.texts))
    missing = MISSING
    if not DASHES.isdisjoint(texts):
        words = [text for text in texts if text not in MISSING and text not in DASHES]
        missing = MISSING | DASHES if words and all(re.search(r"\d", text) for text in words) else MISSING
    new = [-1 if text in missing else places.setdefault(text, len(places)) for text in texts]
    return CategoricalColumn(column.name, np.array([*new, -1], dtype=np.int32)[column.codes], tuple(places))


def _find_row_in_file(path: Path, dialect: Dialect, width: int | None, index: int) -> int:
    """The row of the file where a record begins: blank lines and line breaks within quotes count.

    width: the number of values of a row; others, which were left out, do not count.
    """
    place = -1
    for row, record in _iterate_records(path, dialect):
        place += width is None or len(trim_record(record, width)) == width
        if place == index:
            return row
    return dialect.above + index + 1


@contextmanager
def _open_bytes(path: Path) -> Iterator[IO[bytes]]:
    """The bytes of a file, decompressed if it is compressed. Raise DataError if that fails."""
    try:
        with open(path, "rb") as file:
            zipped = path.suffix.lower() == ".gz" or file.peek(2)[:2] == GZIP
            yield cast(IO[bytes], gzip.GzipFile(fileobj=file)) if zipped else file
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise DataError(f"this gzip file is damaged or incomplete: {error}.", source=path.name) from None
    except OSError as error:
        raise DataError(f"the file cannot be read: {error.strerror or error}.", source=path.name) from None


@contextmanager
def _open_text(path: Path, encoding: str) -> Iterator[IO[str]]:
    """The text of a file whose bytes were checked."""
    with _open_bytes(path) as file:
        yield io.TextIOWrapper(file, encoding=encoding, errors="replace", newline="")


def _check_text(path: Path) -> tuple[bytes, bool]:
    """The first bytes of the file, and whether it is UTF-8. Raise DataError for no text."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    head, decodable, row, size, compressed = b"", True, 1, 0, os.path.getsize(path)
    with _open_bytes(path) as file:
        while piece := file.read(PIECE):
            size += len(piece)
            require_sound_ratio(size, compressed, path.name)
            if not head:
                head = piece[:LONGEST_MARK]
                if found := next((kind for start, kind in BEGINNINGS.items() if piece.startswith(start)), None):
                    raise DataError(f"this is {found}.", source=path.name)
            if not head.startswith(UTF_16):
                _refuse_control(piece, path.name, row)
            decodable = decodable and _can_decode(decoder, piece)
            row += piece.count(b"\n")
    if not size:
        raise DataError("the file is empty; expected a row of column names, then rows of values.", source=path.name)
    return head, decodable and _can_decode(decoder, b"", final=True)


def _refuse_control(piece: bytes, name: str, row: int) -> None:
    if b"\0" in piece:
        row += piece.count(b"\n", 0, piece.index(b"\0"))
        raise DataError("NUL bytes: this is not a text file, or it is UTF-16; save it as UTF-8.", source=name, row=row)


def _can_decode(decoder: codecs.IncrementalDecoder, piece: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(piece, final)
    except UnicodeDecodeError:
        return False
    return True
