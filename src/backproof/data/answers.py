"""Answers as a file: CSV, JSON or Parquet, a row for each row of the data, in its order."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from backproof.data.optional import require_package
from backproof.errors import OptionError

#: The form of each file ending.
FORMS = {".csv": "csv", ".json": "json", ".parquet": "parquet", ".pq": "parquet"}


def find_format(path: str) -> str:
    """The form that a file's ending tells. Errors: OptionError, DataError where it takes a package that is not here."""
    form = FORMS.get(Path(path).suffix.lower())
    if form is None:
        raise OptionError(f"'{path}' does not tell the format; end it in .csv, .json or .parquet.")
    if form == "parquet":
        require_package("pyarrow", "a Parquet file", path)
    return form


def serialize_columns(columns: Mapping[str, Sequence[Any]], form: str) -> bytes:
    """Columns of equal length as the bytes of a file."""
    return {"csv": _to_csv, "json": _to_json, "parquet": _to_parquet}[form](columns)


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
