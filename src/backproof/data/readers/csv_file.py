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

import numpy as np

from backproof.data.columns import CategoricalColumn
from backproof.data.data_file import ReadOptions, require_sound_ratio
from backproof.data.error_list import ErrorList
from backproof.data.readers.dialect import BLANKS, LINES, Dialect, find_dialect, find_encoding
from backproof.data.table import Table, check_column_names
from backproof.errors import DataError
from backproof.schema import shown
from backproof.validate import is_installed

UTF_16, LONGEST_MARK = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE), 4
#: The name of a first column whose name a file leaves out, as R calls it.
ROW_NAMES = "row.names"
#: The number of bytes that are checked at a time.
PIECE = 2**20
#: The number of rows that are turned into columns at a time.
ROWS_PER_PIECE = 4096
#: What stands for a missing value.
MISSING = frozenset({"", "NA", "N/A", "n/a", "#N/A", "<NA>", "NaN", "nan", "NULL", "null", "None", "?"})
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
    head, quoted, decodable = _check_text(path)
    encoding = find_encoding(head, decodable=decodable)
    with _open_text(path, encoding) as file:
        lines = list(islice(_read_lines(file), LINES))
    dialect = find_dialect(lines, encoding, path.name, errors, named=options.header, targets=options.targets)
    names, below = _read_names(path, dialect)
    columns: list[CategoricalColumn] | None = None
    bad: list[BadRow] = []
    plain = dialect.separator != BLANKS and encoding != "utf-16" and is_installed("pyarrow")
    if plain and (not quoted or _quotes_fields_alone(path, dialect.separator)):
        columns = _read_with_pyarrow(path, dialect, names, below)
    if columns is None:
        columns, bad = _read_with_csv(path, dialect, names, fill=options.bad_rows == "fill")
    width = None if options.bad_rows == "fill" else len(names)
    table = Table(
        tuple(map(_mark_missing, columns)), path.name, partial(_find_row_in_file, path, dialect, width),
        notes=dialect.notes,
    )  # fmt: skip
    if bad:
        table = _settle_bad_rows(table, bad, options, errors)
    if not len(table):
        raise DataError("there are column names, but no rows of values.", source=path.name)
    return _drop_index(table)


def _read_lines(file: Any) -> Iterator[str]:
    """Lines, cut at a length that keeps a file without line breaks out of memory."""
    while line := file.readline(2**24):
        yield line


def _iterate_records(path: Path, dialect: Dialect) -> Iterator[tuple[int, list[str]]]:
    """Each record that is not blank, with the row of the file where it begins."""
    with _open_text(path, dialect.encoding) as file:
        for _ in range(dialect.above):
            file.readline()
        if dialect.separator == BLANKS:
            yield from ((row, line.split()) for row, line in enumerate(file, dialect.above + 1) if line.strip())
            return
        reader = csv.reader(file, delimiter=dialect.separator, strict=True)
        row = dialect.above + 1
        try:
            for record in reader:
                if record:
                    yield row, record
                row = dialect.above + reader.line_num + 1
        except csv.Error as error:
            message = f"this is not valid CSV: {error}. Is a quotation mark missing, or one too many?"
            raise DataError(message, source=path.name, row=row) from None


def _read_names(path: Path, dialect: Dialect) -> tuple[tuple[str, ...], int]:
    """The names in the first record, and the number of rows of the file before the values.

    Without a row of names, columns are called by their numbers, from 1.
    """
    records = _iterate_records(path, dialect)
    row, first = next(records, (1, []))
    if not first:
        raise DataError("the file holds no row of column names.", source=path.name)
    if not dialect.named:
        return tuple(map(str, range(1, len(_trim_record(first)) + 1))), row - 1
    following = next(records, None)
    names = [name.strip().removeprefix("#").strip() if place == 0 else name.strip() for place, name in enumerate(first)]
    named = _trim_record(names)
    if following and len(_trim_record(following[1])) == len(named) + 1 == len(following[1]):
        named = [ROW_NAMES, *named]  # as R writes a table: no name above the names of the rows
    return check_column_names(named, path.name, row), following[0] - 1 if following else row


def _trim_record(record: list[str], width: int = 1) -> list[str]:
    """The record without empty fields at its end, beyond the first `width` fields: separators that end a line."""
    size = len(record)
    while size > width and not record[size - 1].strip():
        size -= 1
    return record[:size]


def _read_with_csv(
    path: Path, dialect: Dialect, names: tuple[str, ...], *, fill: bool
) -> tuple[list[CategoricalColumn], list[BadRow]]:
    """The columns, read by the standard library, and its bad rows, which are among the rows if `fill`."""
    places: list[defaultdict[str, int]] = [defaultdict(count().__next__) for _ in names]
    codes: list[list[np.ndarray[Any, Any]]] = [[] for _ in names]
    records = _iterate_records(path, dialect)
    if dialect.named:
        next(records)
    waiting: list[list[str]] = []
    bad: list[BadRow] = []
    size = 0
    for row, record in records:
        trimmed = _trim_record(record, len(names))
        if len(trimmed) != len(names):
            bad.append(BadRow(row, size, len(_trim_record(record)), record[0].strip()))
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


def _settle_bad_rows(table: Table, bad: list[BadRow], options: ReadOptions, errors: ErrorList) -> Table:
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
            raise _bad_row_error(table.source, bad, width)
        if not kept:
            errors.raise_if_any()
    return replace(table, notes=tuple(notes))


def _append_codes(
    records: list[list[str]], places: list[defaultdict[str, int]], codes: list[list[np.ndarray[Any, Any]]]
) -> None:
    """Add the codes of some rows to their columns; the code of a text is its place among the texts of the column."""
    for texts, place, part in zip(zip(*records, strict=True), places, codes, strict=False):
        part.append(np.fromiter(map(place.__getitem__, texts), dtype=np.int32, count=len(records)))


def _bad_row_error(source: str, bad: list[BadRow], width: int) -> DataError:
    many = f" ({len(bad):,} such rows)" if len(bad) > 1 else ""
    return DataError(
        f"expected {width} values, one for each column; found {bad[0].size}{many}. Leave such rows out with "
        "--skip-bad-rows.",
        source=source, row=bad[0].row,
    ).settled_by("--skip-bad-rows")  # fmt: skip


def _read_with_pyarrow(
    path: Path, dialect: Dialect, names: tuple[str, ...], height: int
) -> list[CategoricalColumn] | None:
    """The columns, read by pyarrow; None if it finds an error, which the other reader then describes."""
    import pyarrow
    from pyarrow import csv as arrow

    text = pyarrow.dictionary(pyarrow.int32(), pyarrow.string())
    try:
        with _open_bytes(path) as file:
            table = arrow.read_csv(
                file,
                arrow.ReadOptions(
                    column_names=list(names),
                    skip_rows=height,
                    use_threads=False,
                    encoding="utf8" if dialect.encoding == "utf-8-sig" else dialect.encoding,
                ),
                arrow.ParseOptions(delimiter=dialect.separator, newlines_in_values=True),
                arrow.ConvertOptions(
                    column_types=dict.fromkeys(names, text), null_values=[], strings_can_be_null=False
                ),
            )
    except (pyarrow.ArrowException, ValueError):  # UnicodeDecodeError is a ValueError
        return None
    return [_convert_from_arrow(name, table.column(name)) for name in names]


def _quotes_fields_alone(path: Path, separator: str) -> bool:
    """Whether each pair of quotation marks is around a field, or two marks within one stand for one of them."""
    beside, inside, before = np.frombuffer(f'{separator}\r\n"'.encode(), np.uint8), False, separator.encode()
    with _open_bytes(path) as file:
        piece, following = file.read(PIECE).removeprefix(codecs.BOM_UTF8), b""
        while piece:
            following = file.read(PIECE)
            text = np.frombuffer(before + piece + (following[:1] or separator.encode()), np.uint8)
            places = np.flatnonzero(text[1:-1] == ord('"')) + 1
            opening = (np.arange(len(places)) + inside) % 2 == 0
            if not np.isin(text[places + np.where(opening, -1, 1)], beside).all():
                return False
            inside, before, piece = bool((len(places) + inside) % 2), piece[-1:], following
    return not inside


def _convert_from_arrow(name: str, column: Any) -> CategoricalColumn:
    whole = column.unify_dictionaries().combine_chunks()
    if not hasattr(whole, "dictionary"):  # some versions of pyarrow leave it in pieces
        whole = whole.chunk(0)
    return CategoricalColumn(name, whole.indices.to_numpy().astype(np.int32), tuple(whole.dictionary.to_pylist()))


def _mark_missing(column: CategoricalColumn) -> CategoricalColumn:
    """The column without blanks around its texts, and with -1 as the code of missing values."""
    places: dict[str, int] = {}
    texts = [text.strip() for text in column.texts]
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
    first, place = int(dialect.named), -1
    for row, record in _iterate_records(path, dialect):
        place += place < first or width is None or len(_trim_record(record, width)) == width
        if place == index + first:
            return row
    return index + 1 + first


def _drop_index(table: Table) -> Table:
    """The table without its first column, if that has no name and counts the rows, as data frames write it."""
    first = table.columns[0]
    if first.name not in ("", ROW_NAMES) or not isinstance(first, CategoricalColumn) or len(table.columns) == 1:
        return table
    texts = [first.texts[code] for code in first.codes.tolist()] if (first.codes >= 0).all() else []
    counted = any(texts == [str(start + place) for place in range(len(table))] for start in (0, 1)) and texts
    if not counted:
        return table
    note = "The first column has no name and counts the rows; it is left out."
    return replace(table, columns=table.columns[1:], notes=(*table.notes, note))


@contextmanager
def _open_bytes(path: Path) -> Iterator[IO[bytes]]:
    """The bytes of a file, decompressed if its name ends in .gz. Raise DataError if that fails."""
    try:
        with cast(IO[bytes], gzip.open(path)) if path.suffix == ".gz" else open(path, "rb") as file:
            yield file
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise DataError(f"this gzip file is damaged or incomplete: {error}.", source=path.name) from None
    except OSError as error:
        raise DataError(f"the file cannot be read: {error.strerror or error}.", source=path.name) from None


@contextmanager
def _open_text(path: Path, encoding: str) -> Iterator[IO[str]]:
    """The text of a file whose bytes were checked."""
    with _open_bytes(path) as file:
        yield io.TextIOWrapper(file, encoding=encoding, errors="replace", newline="")


def _check_text(path: Path) -> tuple[bytes, bool, bool]:
    """The first bytes of the file, whether it quotes any field, whether it is UTF-8. Raise DataError for no text."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    head, quotes, decodable, row, size, compressed = b"", False, True, 1, 0, os.path.getsize(path)
    with _open_bytes(path) as file:
        while piece := file.read(PIECE):
            size += len(piece)
            require_sound_ratio(size, compressed, path.name)
            head = head or piece[:LONGEST_MARK]
            if not head.startswith(UTF_16):
                _refuse_control(piece, path.name, row)
            decodable = decodable and _can_decode(decoder, piece)
            quotes = quotes or b'"' in piece
            row += piece.count(b"\n")
    if not size:
        raise DataError("the file is empty; expected a row of column names, then rows of values.", source=path.name)
    return head, quotes, decodable and _can_decode(decoder, b"", final=True)


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
