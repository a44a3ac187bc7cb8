"""Predictions as the content of a CSV, JSON or Parquet file, with one row for each row of the data, in its order."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from backproof.errors import OptionError
from backproof.validate import require_package

#: What a spreadsheet takes for a formula: a sign that begins one, and no number.
FORMULA = re.compile(r"(?![-+]?[0-9.,]+%?$)[=+\-@\t\r]")
#: The format of each file ending.
FORMATS = {".csv": "csv", ".json": "json", ".parquet": "parquet", ".pq": "parquet"}


def find_format(path: str) -> str:
    """The format of a file, by its ending. Raise OptionError if it is unknown, DataError if a package is missing."""
    found = FORMATS.get(Path(path).suffix.lower())
    if found is None:
        raise OptionError(f"'{path}' does not say which format to write; end its name in .csv, .json or .parquet.")
    if found == "parquet":
        require_package("pyarrow", "a Parquet file", path)
    return found


def serialize_columns(columns: Mapping[str, Sequence[Any]], format: str) -> bytes:
    """The bytes of a file with these columns, which have equal lengths."""
    return {"csv": _to_csv, "json": _to_json, "parquet": _to_parquet}[format](columns)


def find_formulas(columns: Mapping[str, Sequence[Any]]) -> str | None:
    """The first name or text that a spreadsheet would compute when it opens the CSV file, if there is one."""
    texts = (each for name, values in columns.items() for each in (name, *values) if isinstance(each, str))
    return next(filter(FORMULA.match, texts), None)


def guard_formulas(columns: Mapping[str, Sequence[Any]]) -> dict[str, Sequence[Any]]:
    """The columns with an apostrophe before each name and text that a spreadsheet would compute."""

    def guard(value: Any) -> Any:
        return f"'{value}" if isinstance(value, str) and FORMULA.match(value) else value

    guarded: dict[str, Sequence[Any]] = {}
    for name, values in columns.items():
        guarded[free_name(guard(name), {*columns, *guarded} - {name})] = [guard(value) for value in values]
    return guarded


def free_name(name: str, names: Collection[str]) -> str:
    """A name that none of these columns has: the one given, or with as many underscores as it takes."""
    while name in names:
        name += "_"
    return name


def _to_csv(columns: Mapping[str, Sequence[Any]]) -> bytes:
    # csv quotes the characters that end its lines, so a line ends in both, and one of them is taken off again: a text
    # with either would else be read back as two rows.
    lines: list[str] = []
    writer = csv.writer(SimpleNamespace(write=lambda line: lines.append(line[:-2] + "\n")), lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))
    return "".join(lines).encode()


def _to_json(columns: Mapping[str, Sequence[Any]]) -> bytes:
    rows = (dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True))
    lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    return f"[\n{lines}\n]\n".encode()


def _to_parquet(columns: Mapping[str, Sequence[Any]]) -> bytes:
    import pyarrow
    from pyarrow import parquet

    sink = io.BytesIO()
    parquet.write_table(pyarrow.table({name: list(values) for name, values in columns.items()}), sink)
    return sink.getvalue()
