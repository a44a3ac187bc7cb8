"""Data: read from files, frames and arrays, understood, split, and prepared for a network; or streamed."""

from backproof.train.data.inputs import Inputs
from backproof.train.data.preparation import Preparation
from backproof.train.data.preparation_json import from_json, to_json
from backproof.train.data.prepare import Prepared, prepare
from backproof.train.data.reading import read
from backproof.train.data.rereading import reread
from backproof.train.data.split import split
from backproof.train.data.stream import Layout, ParquetStream
from backproof.train.data.table import Numbers, Table, Words

__all__ = [
    "Inputs", "Layout", "Numbers", "ParquetStream", "Preparation", "Prepared", "Table", "Words", "from_json", "prepare",
    "read", "reread", "split", "to_json",
]  # fmt: skip
