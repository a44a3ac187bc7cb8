"""Embeddings: the row of a table for each whole number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from backproof.arrays import Array
from backproof.checking.tape import Tape
from backproof.operations.layers.embedding import Embedding


def build_tapes(x: Array, parameters: Mapping[str, Array], outputs: Sequence[Array]) -> Iterator[Tape]:
    """The rows that x names."""
    if len(parameters) != 1 or len(outputs) != 1:
        return
    name, table = next(iter(parameters.items()))
    if table.ndim != 2 or Embedding(*table.shape).find_fault([x]):
        return
    tape = Tape("an embedding")
    rows = {"weight": tape.leaf(name, table)}
    tape.made.append(tape.do("the rows", Embedding(*table.shape), tape.leaf("x", x), parameters=rows))
    yield tape
