"""Predictions as the content of a CSV, JSON or Parquet file, with one row for each row of the data, in its order."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from backproof.errors import OptionError
from backproof.validate import require_package

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


def _to_csv(columns: Mapping[str, Sequence[Any]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))
    return text.getvalue().encode()


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
