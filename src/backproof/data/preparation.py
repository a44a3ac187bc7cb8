"""From a table to x and y, as learned from the training rows: what a model needs beside its weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from backproof.arrays import AnyArray
from backproof.data.features import Encoder, NumericEncoder
from backproof.data.inputs import Inputs
from backproof.data.source import Scaling
from backproof.data.table import NumericColumn, Table
from backproof.data.targets import Target
from backproof.schema import shown

#: Numbers that are kept as they are, and scaled batch by batch: they take no more memory than what they become.
SMALL = ("u1", "i1", "u2", "i2", "f4")


@dataclass(frozen=True)
class Preparation:
    """What each column becomes, in the order of the network's inputs, and what is predicted."""

    features: tuple[Encoder, ...]
    target: Target

    @property
    def names(self) -> tuple[str, ...]:
        """The columns that inputs are made of."""
        return tuple(feature.name for feature in self.features)

    @property
    def width(self) -> int:
        """The number of inputs."""
        return sum(feature.width for feature in self.features)

    def inputs(self, table: Table, dtype: Any = np.float64) -> Inputs:
        """The inputs of a table that has these columns, in any order, and maybe others.

        Errors: DataError for a column that is not there, a missing or infinite number, a category that is not known.
        """
        (first, *others) = self.features
        column = table[first.name]
        if (
            not others
            and isinstance(first, NumericEncoder)
            and isinstance(column, NumericColumn)
            and _is_kept_raw(column)
        ):
            whole = np.ones(first.width)
            scaling = Scaling(np.array(first.shift) * whole, np.array(first.scale) * whole)
            return Inputs(first.raw(column, table), scaling)
        x = np.empty((len(table), self.width), dtype=dtype)
        place = 0
        for feature in self.features:
            _write_block(
                x[:, place : place + feature.width], feature.encode(table[feature.name], table), feature, table
            )
            place += feature.width
        return Inputs(x)

    def targets(self, table: Table, dtype: Any = np.float64) -> AnyArray:
        """The targets of a table, (rows, outputs)."""
        return self.target.encode(table[self.target.name], table).astype(dtype)


def _is_kept_raw(column: NumericColumn) -> bool:
    return column.values.ndim == 2 and column.values.dtype.str[1:] in SMALL


def _write_block(place: AnyArray, values: AnyArray, feature: Encoder, table: Table) -> None:
    """Values where they belong. Errors: DataError for one too large for the kind of float."""
    with np.errstate(all="ignore"):
        place[...] = values
    if not np.isfinite(place).all():
        row = int(np.argwhere(~np.isfinite(place))[0, 0])
        raise table.fault(f"the number is too large for {place.dtype.name}.", row, shown(feature.name))
