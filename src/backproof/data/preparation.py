"""A Preparation turns a table into the inputs and targets of a network: what a model needs beside its weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from backproof.arrays import AnyArray
from backproof.data.columns import NumericColumn
from backproof.data.encoders import CategoricalEncoder, DateEncoder, Encoder, NumericEncoder, TextEncoder
from backproof.data.remarks import Remarks
from backproof.data.source import Inputs, Scaling
from backproof.data.table import Table
from backproof.data.targets import Target
from backproof.errors import OptionError
from backproof.schema import shown

#: Kinds of numbers that are kept as they are and scaled batch by batch: they take no more memory than scaled ones.
SMALL = ("u1", "i1", "u2", "i2", "f4")


@dataclass(frozen=True)
class Preparation:
    """The encoder of each column, in the order of the network's inputs, and the targets, in that of its outputs.

    ids: columns that are no inputs, and stand beside the predictions. header: whether a text file has a row of names,
    where that had to be said. missing: what stands for a missing value, where that had to be said.
    """

    encoders: tuple[Encoder, ...]
    targets: tuple[Target, ...]
    ids: tuple[str, ...] = ()
    header: bool | None = None
    missing: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The columns that become inputs."""
        return tuple(encoder.name for encoder in self.encoders)

    @property
    def width(self) -> int:
        """The number of inputs."""
        return sum(encoder.units for encoder in self.encoders)

    @property
    def output_count(self) -> int:
        """The number of outputs."""
        return sum(target.units for target in self.targets)

    @property
    def target_names(self) -> tuple[str, ...]:
        """The columns to predict."""
        return tuple(target.name for target in self.targets)

    def list_plain_encoders(self, what: str) -> list[NumericEncoder | CategoricalEncoder]:
        """The encoders, where all are those of numbers and categories. Raise OptionError that `what` has no others."""
        plain: list[NumericEncoder | CategoricalEncoder] = []
        for each in self.encoders:
            if isinstance(each, DateEncoder | TextEncoder) or (isinstance(each, NumericEncoder) and each.marked):
                marks = isinstance(each, NumericEncoder)
                kind = "marks of missing values" if marks else f"{each.kind}s"
                raise OptionError(
                    f"{what} does not hold the preparation of {kind} (column {shown(each.name)}); write the network "
                    f"alone with --bare, or train {'with --impute mean' if marks else 'without that column'}."
                )
            plain.append(each)
        return plain

    def encode_inputs(self, table: Table, dtype: Any = np.float64, remarks: Remarks | None = None) -> Inputs:
        """The inputs of a table that has these columns, in any order, and possibly others.

        What training did not see is counted in `remarks`. Raise DataError for a missing column or an infinite number.
        """
        remarks = Remarks() if remarks is None else remarks
        (first, *others) = self.encoders
        column = table[first.name]
        if not others and isinstance(first, NumericEncoder) and not first.marked and _is_small_block(column):
            ones = np.ones(first.width)
            scaling = Scaling(np.array(first.shift) * ones, np.array(first.scale) * ones)
            return Inputs(first.extract_numbers(column, table, remarks), scaling)
        x = np.empty((len(table), self.width), dtype=dtype)
        start = 0
        for encoder in self.encoders:
            values = encoder.encode(table[encoder.name], table, remarks)
            _write_block(x[:, start : start + encoder.units], values, encoder, table)
            start += encoder.units
        return Inputs(x)

    def encode_targets(self, table: Table, dtype: Any = np.float64) -> AnyArray:
        """The targets of a table, (rows, outputs)."""
        encoded = [target.encode(table[target.name], table) for target in self.targets]
        return np.concatenate(encoded, axis=1).astype(dtype)


def _is_small_block(column: Any) -> bool:
    return isinstance(column, NumericColumn) and column.values.ndim == 2 and column.values.dtype.str[1:] in SMALL


def _write_block(block: AnyArray, values: AnyArray, encoder: Encoder, table: Table) -> None:
    """Write values into a block of inputs. Raise DataError for one that is too large for its kind of float."""
    with np.errstate(all="ignore"):
        block[...] = values
    if not np.isfinite(block).all():
        row = int(np.argwhere(~np.isfinite(block))[0, 0])
        raise table.error_at(f"the number is too large for {block.dtype.name}.", row, shown(encoder.name))
