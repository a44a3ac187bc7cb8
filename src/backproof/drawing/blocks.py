"""Blocks of a drawing: how large each layer is with its units, grids and kernels, and which layers stand together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil, isqrt, prod
from typing import TypeAlias, TypeVar

import numpy as np

from backproof.architecture import Architecture
from backproof.drawing.model import NUMBERED

#: Layers side by side with more units together are grids, and so is a layer with several axes.
MANY = 8
#: A layer of more units is drawn as a box alone.
MOST_CELLS = 1200
#: Maximum number of numbers of a parameter array that is drawn, in layers that are not dense.
MOST_PARAMETERS = 400
#: Maximum number of columns and of numbers of a grid whose cells have their numbers in them.
MOST_COLUMNS, MOST_FILLED = 5, 50

Box: TypeAlias = tuple[float, float, float, float]
Boxes: TypeAlias = tuple[Box, ...]
_Key = TypeVar("_Key")

_UNIT = (168.0, 58.0)
_INPUT = (72.0, 32.0)
#: Upright the drawing is for fingers: boxes are higher.
_TALL_UNIT, _TALL_INPUT = (168.0, 98.0), (84.0, 48.0)
#: Between layers of one column, upright and not.
BESIDE = (28.0, 56.0)
#: Between the layers of a table.
_CELLS = (34.0, 44.0)
_GRID = 176.0
_KERNEL, KERNEL_GAP = 10.0, 10.0
#: Between a grid of the forward pass and that of the backward pass beside it.
APART = 14.0


@dataclass(frozen=True)
class Block:
    """A layer's place: its number, its size, and the boxes of its units from its own corner, or its grid's cells.

    `below` is the part of the height that its parameters take up, where they are drawn as grids under it.
    """

    layer: int
    width: float
    height: float
    units: Boxes
    grids: bool = False
    below: float = 0.0

    @property
    def inner(self) -> float:
        """Its height without what stands under it."""
        return self.height - self.below


@dataclass(frozen=True)
class Area:
    """What is laid out together: blocks, and the corner of each from the area's own."""

    width: float
    height: float
    blocks: tuple[Block, ...]
    corners: tuple[tuple[float, float], ...]


def group_layers(architecture: Architecture) -> list[list[int]]:
    """The numbers of the layers that are drawn together: those of a shorthand in one table, any other by itself."""
    groups: list[list[int]] = []
    tables: dict[str, list[int]] = {}
    for number, layer in enumerate(architecture.layers):
        if layer.cell is None:
            groups.append([number])
        elif (whole := layer.name.partition(".")[0]) in tables:
            tables[whole].append(number)
        else:
            groups.append(tables.setdefault(whole, [number]))
    return groups


def rank_groups(architecture: Architecture, groups: list[list[int]]) -> list[int]:
    """The column of every group: one more than that of the last group it receives from."""
    where = {number: at for at, numbers in enumerate(groups) for number in numbers}
    ranks: list[int] = []
    for at, numbers in enumerate(groups):
        heard = {where[sender] for number in numbers for sender in architecture.layers[number].receives} - {at}
        ranks.append(1 + max((ranks[sender] for sender in heard), default=-1))
    return ranks


def measure_column(column: list[Area], upright: bool) -> tuple[float, float]:
    """How deep a column is along the layers, and how long across them."""
    depth = max(area.height if upright else area.width for area in column)
    length = sum(area.width if upright else area.height for area in column)
    return depth, length + BESIDE[0 if upright else 1] * (len(column) - 1)


def arrange_layers(architecture: Architecture, numbers: list[int], crowded: bool, *, upright: bool) -> Area:
    """One layer, or the layers of a table in rows and columns."""
    blocks = [
        _add_kernels(architecture, _make_block(architecture, number, crowded, upright=upright)) for number in numbers
    ]
    if len(blocks) == 1:
        return Area(blocks[0].width, blocks[0].height, (blocks[0],), ((0.0, 0.0),))
    cells = [cell for number in numbers if (cell := architecture.layers[number].cell) is not None]
    widths, heights = dict[tuple[int, int], float](), dict[int, float]()
    for block, cell in zip(blocks, cells, strict=True):
        widths[cell[1:]] = max(widths.get(cell[1:], 0.0), block.width)
        heights[cell.row] = max(heights.get(cell.row, 0.0), block.height)
    lefts = _add_up({key: widths[key] for key in sorted(widths)}, _CELLS[0])
    tops = _add_up({key: heights[key] for key in sorted(heights)}, _CELLS[1])
    corners = tuple((lefts[cell[1:]], tops[cell.row]) for cell in cells)
    width, height = (
        max(corner[axis] + (block.width, block.height)[axis] for corner, block in zip(corners, blocks, strict=True))
        for axis in (0, 1)
    )
    return Area(width, height, tuple(blocks), corners)


def _add_up(sizes: dict[_Key, float], gap: float) -> dict[_Key, float]:
    """Where each of several sizes begins, one after the other."""
    starts, at = {}, 0.0
    for key, size in sizes.items():
        starts[key] = at
        at += size + gap
    return starts


def _make_block(architecture: Architecture, number: int, crowded: bool, *, upright: bool) -> Block:
    layer = architecture.layers[number]
    if crowded or len(layer.shape) > 1:
        return _make_grid(number, layer.shape)
    own, inputs = (_TALL_UNIT, _TALL_INPUT) if upright else (_UNIT, _INPUT)
    (width, height), gap = (own if number else inputs), BESIDE[0 if upright else 1]
    boxes = [
        (at * (width + gap) if upright else 0.0, 0.0 if upright else at * (height + gap), width, height)
        for at in range(layer.size)
    ]
    last = boxes[-1]
    return Block(number, last[0] + width, last[1] + height, tuple(boxes))


def _add_kernels(architecture: Architecture, block: Block) -> Block:
    """The block with room for the parameters that stand under it."""
    kernels = [place_entries(shape) for _, shape in list_kernels(architecture, block.layer)]
    below = sum(max(y + side for _, y, side in places) + KERNEL_GAP for places in kernels)
    width = max([block.width, *(2 * max(x + side for x, _, side in places) + APART for places in kernels)])
    return replace(block, width=width, height=block.height + below, below=below)


def shape_grid(shape: tuple[int, ...]) -> tuple[int, int]:
    """Rows and columns of one channel of a layer; of a layer without axes, as near to a square as can be."""
    if len(shape) > 1:
        return shape[-2], shape[-1]
    (size,) = shape
    columns = isqrt(size) if isqrt(size) ** 2 == size else min(size, max(5, ceil(size**0.5)))
    return ceil(size / columns), columns


def _is_numbered(columns: int, count: int) -> bool:
    """Whether the cells of a grid have room for their numbers."""
    return columns <= MOST_COLUMNS and count <= MOST_FILLED


def _make_grid(number: int, shape: tuple[int, ...]) -> Block:
    """The cells of a layer, channel below channel."""
    size = prod(shape)
    rows, columns = shape_grid(shape)
    blocks = ceil(size / (rows * columns))
    side = NUMBERED if _is_numbered(columns, size) else max(4.0, min(18.0, _GRID / columns))
    if size > MOST_CELLS:
        return Block(number, _UNIT[0], _UNIT[1], ((0.0, 0.0, *_UNIT),), True)
    cells = []
    for at in range(size):
        block, place = divmod(at, rows * columns)
        row, column = divmod(place, columns)
        cells.append((column * side, block * (rows * side + 10.0) + row * side, side, side))
    width = columns * side * (2 if number else 1) + (APART if number else 0.0)
    return Block(number, width, blocks * (rows * side + 10.0) - 10.0, tuple(cells), True)


def list_kernels(architecture: Architecture, number: int) -> list[tuple[str, tuple[int, ...]]]:
    """The parameter arrays of a layer that are drawn as small grids under it, each with its shape."""
    layer = architecture.layers[number]
    arrays = [array for _, array in layer.arrays] if number and not layer.is_dense else []
    return [
        (each, architecture.shapes[each]) for each in arrays if 0 < prod(architecture.shapes[each]) <= MOST_PARAMETERS
    ]


def place_entries(shape: tuple[int, ...]) -> list[tuple[float, float, float]]:
    """The corner and the side of each number of an array: a grid of its last two axes, again for each of those before.

    Kernels of one output channel stand side by side, those of the next below them.
    """
    *outer, rows, columns = (1, 1, *shape)
    across, down = outer[-1], prod(outer[:-1])
    side = NUMBERED if _is_numbered(columns * across, prod(shape)) else _KERNEL
    gap = (columns * side + KERNEL_GAP, rows * side + KERNEL_GAP)
    places = ((each, other, row, column) for each, other, row, column in np.ndindex(down, across, rows, columns))
    return [(other * gap[0] + column * side, each * gap[1] + row * side, side) for each, other, row, column in places]
