"""Text files: opened, and checked before any row is read.

One pass over the bytes, a piece at a time, finds what would make the rows meaningless: an empty file, UTF-16, NUL
bytes, bytes that are not UTF-8. Readers need not expect any of them afterwards.
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
    """The bytes of a file, decompressed if its name ends in .gz. Raise DataError if that fails."""
    try:
        with cast(IO[bytes], gzip.open(path)) if path.suffix == ".gz" else open(path, "rb") as file:
            yield file
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise DataError(f"this gzip file is damaged or incomplete: {error}.", source=path.name) from None
    except OSError as error:
        raise DataError(f"the file cannot be read: {error.strerror or error}.", source=path.name) from None


@contextmanager
def open_text(path: Path) -> Iterator[IO[str]]:
    """The text of a file whose bytes were checked."""
    with open_bytes(path) as file:
        yield io.TextIOWrapper(file, encoding="utf-8-sig", newline="")


def check_text_file(path: Path) -> bool:
    """Whether the file quotes any field. Raise DataError, with the row, if it is not UTF-8 text."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    quotes, row, empty = False, 1, True
    with open_bytes(path) as file:
        while piece := file.read(PIECE):
            if empty and piece.startswith(UTF_16):
                raise DataError("the file is UTF-16; save it as UTF-8.", source=path.name)
            empty = False
            _refuse_nul(piece, path.name, row)
            _refuse_undecodable(decoder, piece, path.name, row)
            quotes = quotes or b'"' in piece
            row += piece.count(b"\n")
    if empty:
        raise DataError("the file is empty; expected a row of column names, then rows of values.", source=path.name)
    _refuse_undecodable(decoder, b"", path.name, row, final=True)
    return quotes


def _refuse_nul(piece: bytes, name: str, row: int) -> None:
    if b"\0" in piece:
        row += piece.count(b"\n", 0, piece.index(b"\0"))
        raise DataError("NUL bytes: this is not a text file, or it is UTF-16; save it as UTF-8.", source=name, row=row)


def _refuse_undecodable(
    decoder: codecs.IncrementalDecoder, piece: bytes, name: str, row: int, *, final: bool = False
) -> None:
    try:
        decoder.decode(piece, final)
    except UnicodeDecodeError as error:
        row += error.object.count(b"\n", 0, error.start)
        raise DataError("this is not UTF-8 text; save it as UTF-8.", source=name, row=row) from None
