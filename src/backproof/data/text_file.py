"""A text file before it is read: whether it is one, and whether any field stands in quotes.

One pass over the bytes, a piece at a time, finds what makes rows meaningless: nothing at all, UTF-16, NUL bytes,
bytes that are not UTF-8. Whoever reads afterwards need not expect any of them.
"""

from __future__ import annotations

import codecs
import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from backproof.errors import DataError

PIECE = 2**20
UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@contextmanager
def open_bytes(path: Path) -> Iterator[IO[bytes]]:
    """The bytes of a file, unpacked where its name ends in .gz. Errors: DataError where that cannot be done."""
    try:
        with cast(IO[bytes], gzip.open(path)) if path.suffix == ".gz" else open(path, "rb") as file:
            yield file
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise DataError(f"this is no whole gzip file: {error}.", source=path.name) from None
    except OSError as error:
        raise DataError(f"the file cannot be read: {error.strerror or error}.", source=path.name) from None


@contextmanager
def open_text(path: Path) -> Iterator[IO[str]]:
    """The text of a file whose bytes were examined."""
    with open_bytes(path) as file:
        yield io.TextIOWrapper(file, encoding="utf-8-sig", newline="")


def check_text_file(path: Path) -> bool:
    """Whether the file quotes any field. Errors: DataError for a file that is no UTF-8 text, with the row."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    quotes, row, begun = False, 1, False
    with open_bytes(path) as file:
        while piece := file.read(PIECE):
            if not begun and piece.startswith(UTF_16):
                raise DataError("the file is UTF-16; save it as UTF-8.", source=path.name)
            begun = True
            _refuse_nul(piece, path.name, row)
            _refuse_undecodable(decoder, piece, path.name, row)
            quotes = quotes or b'"' in piece
            row += piece.count(b"\n")
    if not begun:
        raise DataError("the file is empty; expected a row of column names, then rows of values.", source=path.name)
    _refuse_undecodable(decoder, b"", path.name, row, final=True)
    return quotes


def _refuse_nul(piece: bytes, name: str, row: int) -> None:
    if b"\0" in piece:
        row += piece.count(b"\n", 0, piece.index(b"\0"))
        raise DataError("NUL bytes: this is no text file, or it is UTF-16; save it as UTF-8.", source=name, row=row)


def _refuse_undecodable(
    decoder: codecs.IncrementalDecoder, piece: bytes, name: str, row: int, *, final: bool = False
) -> None:
    try:
        decoder.decode(piece, final)
    except UnicodeDecodeError as error:
        row += error.object.count(b"\n", 0, error.start)
        raise DataError("this is not UTF-8 text; save it as UTF-8.", source=name, row=row) from None
