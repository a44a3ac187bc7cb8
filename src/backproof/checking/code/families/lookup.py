"""Embeddings: the row of a table for each whole number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from backproof.arrays import Array
from backproof.checking.tape import Taken, Tape


def build_tapes(x: Array, parameters: Mapping[str, Array], outputs: Sequence[Array]) -> Iterator[Tape]:
    """The rows, or the columns, that x names."""
    if len(parameters) != 1 or len(outputs) != 1 or (x % 1 != 0).any() or x.min() < 0:
        return
    name, table = next(iter(parameters.items()))
    if table.ndim != 2 or x.max() >= len(table):
        return
    rows = x.astype(int)
    tape = Tape("an embedding")
    positions = rows[..., None] * table.shape[1] + np.arange(table.shape[1])
    tape.made.append(
        tape.do("the rows", Taken(positions, "a token that appears several times"), tape.leaf(name, table))
    )
    yield tape
