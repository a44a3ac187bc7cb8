"""Data: read from files, frames and arrays, understood, split, and prepared for a network; or streamed."""

from backproof.data.inputs import Inputs
from backproof.data.preparation import Preparation
from backproof.data.preparation_json import preparation_from_json, preparation_to_json
from backproof.data.prepare import PreparedTable, prepare_table
from backproof.data.reading import read_table
from backproof.data.rereading import match_columns
from backproof.data.split import split_rows
from backproof.data.stream import ParquetStream, StreamLayout
from backproof.data.table import CategoricalColumn, NumericColumn, Table

__all__ = [
    "CategoricalColumn",
    "Inputs",
    "NumericColumn",
    "ParquetStream",
    "Preparation",
    "PreparedTable",
    "StreamLayout",
    "Table",
    "match_columns",
    "preparation_from_json",
    "preparation_to_json",
    "prepare_table",
    "read_table",
    "split_rows",
]  # fmt: skip
