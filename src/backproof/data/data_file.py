"""A file of data: whether it exists, what its name says that it holds, and how to read what it leaves open."""

from __future__ import annotations

import os
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path
from typing import Any, Literal

from backproof.errors import BackproofError, DataError
from backproof.schema import shown

TEXTS = (".csv", ".tsv", ".tab", ".txt", ".data", ".dat", ".asc")
PARQUET = (".parquet", ".pq")
ENDINGS = (*TEXTS, *PARQUET, ".npy", ".npz")
EXPECTED = "a .csv, .tsv, .parquet, .npy or .npz file"
#: Decompressed, a file beyond the first size is at most that many times as large: text and numbers shrink far less.
FREE_BYTES, MOST_RATIO = 2**30, 200


@dataclass(frozen=True)
class ReadOptions:
    """What to do where a source leaves it open.

    header: whether the first row holds names; None finds out, or asks. bad_rows: rows with more or fewer values than
    there are columns: "ask" collects an error, "skip" leaves them out, "fill" keeps their place, with missing values
    where a row has too few, and as `unread` where it has too many. targets: columns that must exist, such as those to
    predict. missing: texts and numbers that stand for a missing value. spoken: other columns that options speak of.
    """

    header: bool | None = None
    bad_rows: Literal["ask", "skip", "fill"] = "ask"
    targets: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    spoken: tuple[str, ...] = ()


def check_path(source: str | os.PathLike[Any]) -> Path:
    """The path of a file. Raise DataError if it does not exist, is a folder, or is empty."""
    try:
        path = Path(os.fsdecode(source))
        if path.is_dir():
            raise DataError(f"this is a folder; expected {EXPECTED}.", source=path.name or str(path))
        if not path.exists():
            raise DataError(f"there is no file {shown(path.name)} in {shown(str(path.parent))}.")
        if not path.stat().st_size:
            raise DataError(f"the file is empty; expected {EXPECTED}.", source=path.name)
    except (OSError, ValueError) as error:
        if isinstance(error, BackproofError):
            raise
        reason = getattr(error, "strerror", None) or error
        raise DataError(f"{shown(str(source))} cannot be opened: {reason}.") from None
    return path


def find_ending(path: str | os.PathLike[Any]) -> str:
    """The ending that says what a file holds: .csv for data.csv and for data.csv.gz."""
    name = Path(os.fsdecode(path)).name.lower()
    return Path(name.removesuffix(".gz") if name.endswith(tuple(f"{each}.gz" for each in TEXTS)) else name).suffix


def is_text_file(source: Any) -> bool:
    """Whether a source is a text file, so that the kinds of its columns have to be inferred."""
    return isinstance(source, str | os.PathLike) and find_ending(source) in TEXTS


def is_parquet_file(source: Any) -> bool:
    """Whether a source is a Parquet file, by its name."""
    return isinstance(source, str | os.PathLike) and find_ending(source) in PARQUET


def is_data_file(name: str) -> bool:
    """Whether the name of a file says that it holds data."""
    return find_ending(name) in ENDINGS


def compute_checksum(source: str | os.PathLike[str]) -> str:
    """The SHA-256 of a file. Raise DataError if there is no such file."""
    with open(check_path(source), "rb") as file:
        return file_digest(file, "sha256").hexdigest()


def require_sound_ratio(size: int, compressed: int, source: str) -> None:
    """Raise DataError for a file of which a few bytes become gigabytes, before they do."""
    if size > FREE_BYTES and size > MOST_RATIO * compressed:
        raise DataError(
            f"decompressed this file is more than {MOST_RATIO} times as large, and over {FREE_BYTES / 2**30:g} GiB; "
            "if it is meant so, decompress it first.",
            source=source,
        )
