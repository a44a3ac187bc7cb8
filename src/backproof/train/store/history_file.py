"""history.jsonl: one JSON object a line for each epoch, from the first; appended, never written anew."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import islice
from math import isfinite, nan
from pathlib import Path
from typing import Any, BinaryIO

from backproof import files
from backproof.errors import ModelError
from backproof.schema import Fault, mapping, shown
from backproof.train.store.container import to_model_error

NAME = "history.jsonl"
#: No line is as long as this.
LONGEST = 2**20

Record = dict[str, float]


class HistoryFile:
    """The history of a run: `{"epoch": 1, "cost": 0.7, ...}`; a number that is not finite is null in the file.

    A last line that was torn off when the process was killed counts as not written.
    """

    def __init__(self, place: Path) -> None:
        self.place = place
        self.file: BinaryIO | None = None

    @property
    def is_written(self) -> bool:
        """Whether there is any epoch in it."""
        return self.place.exists() and self.place.stat().st_size > 0

    def append(self, *epochs: Mapping[str, float]) -> None:
        """Add the lines of epochs, at once there for other programs to read. Errors: OptionError."""
        with files.writing(self.place):
            if self.file is None:
                self.file = self.place.open("ab")
            self.file.write("".join(map(_write_line, epochs)).encode())
            self.file.flush()

    def settle(self) -> None:
        """Have every line on the disk."""
        if self.file is not None:
            with files.writing(self.place):
                os.fsync(self.file.fileno())

    def close(self) -> None:
        """Close the file; the next line opens it again."""
        file, self.file = self.file, None
        if file is not None:
            with suppress(OSError):  # of a line that could not be written, which was an error at once
                file.close()

    def read(self) -> list[Record]:
        """Every epoch. Errors: ModelError with the line that is wrong."""
        return [record for record, _ in self._lines()]

    def cut(self, epochs: int) -> list[Record]:
        """Keep the first epochs and drop what follows, whatever that is. Errors: ModelError where there are fewer."""
        self.close()
        kept, end = [], 0
        for record, size in self._lines(epochs):
            kept.append(record)
            end += size
        if len(kept) < epochs:
            raise ModelError(f"'{self.place}' has {len(kept)} epochs; the checkpoint beside it is of epoch {epochs}.")
        if self.place.exists():
            with files.writing(self.place):
                os.truncate(self.place, end)
        return kept

    def _lines(self, most: int | None = None) -> Iterator[tuple[Record, int]]:
        """The records, each with the number of bytes of its line."""
        if not self.place.exists():
            return
        try:
            with self.place.open("rb") as file:
                lines = iter(lambda: file.readline(LONGEST), b"")
                for number, line in enumerate(islice(lines, most), start=1):
                    if len(line) < LONGEST and not line.endswith(b"\n"):
                        return  # torn, when the process was killed
                    yield _read_record(line, number), len(line)
        except OSError as error:
            raise ModelError(f"'{self.place}' cannot be read: {error.strerror}.") from None
        except Fault as fault:
            raise to_model_error(self.place, fault) from None


def _write_line(epoch: Mapping[str, float]) -> str:
    return json.dumps({key: value if isfinite(value) else None for key, value in epoch.items()}) + "\n"


def _read_record(line: bytes, number: int) -> Record:
    if len(line) >= LONGEST:
        raise Fault(f"line {number} is longer than {LONGEST:,} bytes.", ())
    try:
        record = mapping(json.loads(line), ())
    except (ValueError, RecursionError) as error:
        raise Fault(f"line {number} is not valid JSON: {error}.", ()) from None
    if record.get("epoch") != number:
        raise Fault(f"line {number} is of epoch {shown(record.get('epoch'))}; expected {number}.", ())
    if "cost" not in record:
        raise Fault(f"line {number} has no cost.", ())
    return {key: _read_value(key, value, number) for key, value in record.items()}


def _read_value(key: str, value: Any, number: int) -> float:
    if value is None:
        return nan
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Fault(f"line {number}: {shown(key)} is {shown(value)}; expected a number or null.", ())
    try:
        float(value)
    except OverflowError:
        raise Fault(f"line {number}: {shown(key)} is {shown(value)}, which no float can hold.", ()) from None
    return value
