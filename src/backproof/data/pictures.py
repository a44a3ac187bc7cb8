"""Pictures in a table: which shape the numbers of a row have, and that all of them are scaled alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import isqrt, prod

from backproof.data.columns import Column, NumericColumn
from backproof.data.table import Table
from backproof.errors import DataError
from backproof.schema import shown

Shape = tuple[int, ...]
#: Numbers of channels that pictures have as a rule: grey, colour, colour with opacity.
USUAL = (1, 3, 4)


def scale_alike(table: Table, targets: Sequence[str]) -> Table:
    """The table with each block of columns beside the targets scaled by one mean and one deviation."""

    def change(column: Column) -> Column:
        if isinstance(column, NumericColumn) and column.values.ndim == 2 and column.name not in targets:
            return replace(column, pooled=True)
        return column

    test = None if table.test is None else scale_alike(table.test, targets)
    return replace(table, columns=tuple(map(change, table.columns)), test=test)


def infer_picture_shape(
    table: Table | None, targets: Sequence[str], width: int, given: Shape, source: str
) -> tuple[Shape, tuple[str, ...]]:
    """(channels, rows, columns) of the pictures, and notes on what was decided.

    As given, else as the only array of pictures has it, else the grey square that has as many numbers. Raise DataError
    where there is none, or where it does not have as many numbers as a row.
    """
    if given:
        shape = complete_shape(given)
        if len(shape) != 3:
            raise DataError(f"--shape is ROWS,COLUMNS or CHANNELS,ROWS,COLUMNS, received {_write(given)}.")
        if prod(shape) != width:
            raise DataError(
                f"pictures of {_write(shape)} have {prod(shape):,} numbers, but a row has {width:,}; correct --shape.",
                source=source,
            )
        return shape, ()
    shapes = {
        column.name: column.shape
        for column in (table.columns if table is not None else ())
        if isinstance(column, NumericColumn) and column.name not in targets and len(column.shape) > 1
    }
    side = isqrt(width)
    if not shapes and side > 1 and side**2 == width:
        return (1, side, side), (f"the {width:,} numbers of a row are taken as a picture of {side} x {side}.",)
    if not shapes:
        raise DataError(
            f"a row is {width:,} numbers without a shape; give that of the pictures as --shape ROWS,COLUMNS or "
            "CHANNELS,ROWS,COLUMNS.",
            source=source,
        )
    (name, found), *others = shapes.items()
    shape = complete_shape(found)
    if others or prod(shape) != width:
        raise DataError(
            f"a network for pictures takes the pictures in {shown(name)} alone; leave other columns out with --drop.",
            source=source,
        )
    if len(shape) != 3 or (shape[2] in USUAL and shape[0] not in USUAL):
        raise DataError(
            f"a picture has shape {_write(found)}; expected rows and columns, or channels, rows and columns, the "
            "channels first.",
            source=source,
            column=shown(name),
        )
    return shape, ()


def complete_shape(shape: Shape) -> Shape:
    """Rows and columns alone are those of one channel."""
    return (1, *shape) if len(shape) == 2 else shape


def _write(shape: Shape) -> str:
    return " x ".join(map(str, shape))
