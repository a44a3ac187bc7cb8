"""Data: read from files, frames and arrays, understood, split, and prepared for a network; or streamed."""

from backproof.data.inputs import Inputs
from backproof.data.preparation import Preparation
from backproof.data.preparation_json import from_json, to_json
from backproof.data.prepare import Prepared, prepare
from backproof.data.reading import read
from backproof.data.rereading import reread
from backproof.data.split import split
from backproof.data.stream import Layout, ParquetStream
from backproof.data.table import Numbers, Table, Words

__all__ = [
    "Inputs", "Layout", "Numbers", "ParquetStream", "Preparation", "Prepared", "Table", "Words", "from_json", "prepare",
    "read", "reread", "split", "to_json",
]  # fmt: skip
