"""Where everything in the drawing of a network stands: layers as columns (or rows), edges, beads, grids, the cost.

A small layer is drawn unit by unit: a box whose upper row is the forward pass, h and a, and whose lower row is the
backward pass, from right to left. A layer of many units is a grid of its activations beside one of its errors.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from math import ceil, isqrt, prod
from typing import TypeAlias, TypeVar

import numpy as np

from backproof.architecture import Architecture
from backproof.drawing.model import NUMBERED, Caption, Drawing, Mark
from backproof.operations.layers.dense import Dense
from backproof.operations.shorthand import Cell, Shorthand
from backproof.trace import Trace

#: Layers side by side with more units together are grids, and so is a layer with several axes.
MANY = 8
#: A layer of more units is drawn as a box alone.
MOST_CELLS = 1200
#: Edges between grids: only those with the largest derivatives are drawn.
MOST_EDGES = 40
#: A parameter array of a layer that is not dense is drawn where it has at most so many numbers.
MOST_PARAMETERS = 400
#: Between two layers with at most so many edges, each edge has its name and number beside it.
LABELLED = 9
#: A line that rises or falls by more than this part of its width has its label beside it.
STEEP = 0.2

_Box: TypeAlias = tuple[float, float, float, float]
_Boxes: TypeAlias = tuple[_Box, ...]
_Key = TypeVar("_Key")

_UNIT = (168.0, 58.0)
_INPUT = (72.0, 32.0)
#: Upright the drawing is for fingers: boxes are higher.
_TALL_UNIT, _TALL_INPUT = (168.0, 98.0), (84.0, 48.0)
#: The part of a unit's height that its forward pass takes up.
_UPPER = 0.55
_GAP = (172.0, 136.0)
_BESIDE = (28.0, 56.0)
#: Between the layers of a table.
_CELLS = (34.0, 44.0)
_MARGIN = 24.0
_GRID = 176.0
_KERNEL, _KERNEL_GAP = 10.0, 10.0
#: Cells have their numbers in them in grids of at most so many columns and so many numbers.
MOST_COLUMNS, MOSTNUMBERED = 5, 50


@dataclass(frozen=True)
class _Block:
    """A layer's place: its number, its size, and the boxes of its units from its own corner, or its grid's cells.

    `below` is the part of the height that its parameters take up, where they are drawn as grids under it.
    """

    layer: int
    width: float
    height: float
    units: _Boxes
    grids: bool = False
    below: float = 0.0

    @property
    def inner(self) -> float:
        """Its height without what stands under it."""
        return self.height - self.below


@dataclass(frozen=True)
class _Area:
    """What is laid out together: blocks, and the corner of each from the area's own."""

    width: float
    height: float
    blocks: tuple[_Block, ...]
    corners: tuple[tuple[float, float], ...]


@dataclass
class _Sheet:
    """What has been drawn so far."""

    upright: bool
    marks: list[Mark] = field(default_factory=list)
    captions: list[Caption] = field(default_factory=list)
    outlines: list[_Box] = field(default_factory=list)


def place_network(trace: Trace, *, upright: bool = False) -> Drawing:
    """The drawing of a trace's network: layers from left to right, or with `upright` from top to bottom.

    Where layers are too large for every edge, those with the largest derivatives in this step are drawn.
    """
    architecture = trace.architecture
    groups = _group_layers(architecture)
    ranks = _rank_groups(architecture, groups)
    counts = Counter[int]()
    for numbers, rank in zip(groups, ranks, strict=True):
        counts[rank] += sum(architecture.layers[number].size for number in numbers) if len(numbers) == 1 else 0
    areas = [
        _arrange(architecture, numbers, counts[rank] > MANY, upright=upright)
        for numbers, rank in zip(groups, ranks, strict=True)
    ]
    blocks = [block for _, block in sorted((block.layer, block) for area in areas for block in area.blocks)]
    columns = [[area for area, its in zip(areas, ranks, strict=True) if its == rank] for rank in range(max(ranks) + 1)]
    sheet, corners = _Sheet(upright), dict[int, tuple[float, float]]()
    lengths = [_measure_column(column, upright) for column in columns]
    across = max(length for _, length in lengths)
    along = _MARGIN + (18.0 if upright else 0.0)
    for column, (depth, length) in zip(columns, lengths, strict=True):
        beside = _MARGIN + (0.0 if upright else 22.0) + (across - length) / 2
        for area in column:
            own = area.height if upright else area.width
            forth = along + (depth - own) / 2
            x, y = (beside, forth) if upright else (forth, beside)
            corners |= {
                block.layer: (x + left, y + top) for block, (left, top) in zip(area.blocks, area.corners, strict=True)
            }
            beside += (area.width if upright else area.height) + _BESIDE[0 if upright else 1]
        along += depth + _choose_gap(architecture, columns, column, upright)
    boxes = {
        block.layer: tuple(
            (x + corners[block.layer][0], y + corners[block.layer][1], w, h) for x, y, w, h in block.units
        )
        for block in blocks
    }
    end = _draw_cost(sheet, architecture, boxes, along, across)
    for number in range(1, len(architecture.layers)):
        _draw_edges(sheet, trace, number, blocks, boxes)
    for block in blocks:
        _draw_block(sheet, trace, block, boxes[block.layer], corners[block.layer])
        _draw_kernels(sheet, architecture, block, corners[block.layer])
    width, height = (across + 2 * _MARGIN, end) if upright else (end, across + 2 * _MARGIN + 22.0)
    return Drawing(round(width, 1), round(height, 1), tuple(sheet.marks), tuple(sheet.captions), tuple(sheet.outlines))


def _group_layers(architecture: Architecture) -> list[list[int]]:
    """The numbers of the layers that are drawn together: those of a shorthand in one table, any other by itself."""
    groups: list[list[int]] = []
    tables: dict[str, list[int]] = {}
    for number, layer in enumerate(architecture.layers):
        if _locate(architecture, number) is None:
            groups.append([number])
        elif (whole := layer.name.partition(".")[0]) in tables:
            tables[whole].append(number)
        else:
            groups.append(tables.setdefault(whole, [number]))
    return groups


def _locate(architecture: Architecture, number: int) -> Cell | None:
    """Where a layer stands in the table of its shorthand."""
    layer = architecture.layers[number]
    if layer.part_of is None or not isinstance(layer.part_of.kind, Shorthand):
        return None
    return layer.part_of.kind.locate(layer.name.removeprefix(f"{layer.part_of.name}."))


def _rank_groups(architecture: Architecture, groups: list[list[int]]) -> list[int]:
    """The column of every group: one more than that of the last group it receives from."""
    where = {number: at for at, numbers in enumerate(groups) for number in numbers}
    ranks: list[int] = []
    for at, numbers in enumerate(groups):
        heard = {where[sender] for number in numbers for sender in architecture.layers[number].receives} - {at}
        ranks.append(1 + max((ranks[sender] for sender in heard), default=-1))
    return ranks


def _choose_gap(architecture: Architecture, columns: list[list[_Area]], column: list[_Area], upright: bool) -> float:
    """How far the next column is: near, where no edge between has a name and a number beside it."""
    gap = _GAP[1 if upright else 0]
    after = columns[columns.index(column) + 1 :][:1]
    next_blocks = [block for each in after for area in each for block in area.blocks]
    wide = not after or any(architecture.layers[each.layer].is_dense and not each.grids for each in next_blocks)
    return gap if wide else gap / 2


def _measure_column(column: list[_Area], upright: bool) -> tuple[float, float]:
    """How deep a column is along the layers, and how long across them."""
    depth = max(area.height if upright else area.width for area in column)
    length = sum(area.width if upright else area.height for area in column)
    return depth, length + _BESIDE[0 if upright else 1] * (len(column) - 1)


def _arrange(architecture: Architecture, numbers: list[int], crowded: bool, *, upright: bool) -> _Area:
    """One layer, or the layers of a table in rows and columns."""
    blocks = [
        _add_kernels(architecture, _make_block(architecture, number, crowded, upright=upright)) for number in numbers
    ]
    if len(blocks) == 1:
        return _Area(blocks[0].width, blocks[0].height, (blocks[0],), ((0.0, 0.0),))
    cells = [cell for number in numbers if (cell := _locate(architecture, number)) is not None]
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
    return _Area(width, height, tuple(blocks), corners)


def _add_up(sizes: dict[_Key, float], gap: float) -> dict[_Key, float]:
    """Where each of several sizes begins, one after the other."""
    starts, at = {}, 0.0
    for key, size in sizes.items():
        starts[key] = at
        at += size + gap
    return starts


def _make_block(architecture: Architecture, number: int, crowded: bool, *, upright: bool) -> _Block:
    layer = architecture.layers[number]
    if crowded or len(layer.shape) > 1:
        return _make_grid(number, layer.shape)
    own, inputs = (_TALL_UNIT, _TALL_INPUT) if upright else (_UNIT, _INPUT)
    (width, height), gap = (own if number else inputs), _BESIDE[0 if upright else 1]
    boxes = [
        (at * (width + gap) if upright else 0.0, 0.0 if upright else at * (height + gap), width, height)
        for at in range(layer.size)
    ]
    last = boxes[-1]
    return _Block(number, last[0] + width, last[1] + height, tuple(boxes))


def _add_kernels(architecture: Architecture, block: _Block) -> _Block:
    """The block with room for the parameters that stand under it."""
    kernels = [_place_entries(shape) for _, shape in _list_kernels(architecture, block.layer)]
    below = sum(max(y + side for _, y, side in places) + _KERNEL_GAP for places in kernels)
    width = max([block.width, *(max(x + side for x, _, side in places) for places in kernels)])
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
    return columns <= MOST_COLUMNS and count <= MOSTNUMBERED


def _make_grid(number: int, shape: tuple[int, ...]) -> _Block:
    """The cells of a layer, channel below channel."""
    size = prod(shape)
    rows, columns = shape_grid(shape)
    blocks = ceil(size / (rows * columns))
    side = NUMBERED if _is_numbered(columns, size) else max(4.0, min(18.0, _GRID / columns))
    if size > MOST_CELLS:
        return _Block(number, _UNIT[0], _UNIT[1], ((0.0, 0.0, *_UNIT),), True)
    cells = []
    for at in range(size):
        block, place = divmod(at, rows * columns)
        row, column = divmod(place, columns)
        cells.append((column * side, block * (rows * side + 10.0) + row * side, side, side))
    width = columns * side * (2 if number else 1) + (14.0 if number else 0.0)
    return _Block(number, width, blocks * (rows * side + 10.0) - 10.0, tuple(cells), True)


def _draw_block(
    sheet: _Sheet,
    trace: Trace,
    block: _Block,
    boxes: _Boxes,
    corner: tuple[float, float],
) -> None:
    layer = trace.architecture.layers[block.layer]
    if not block.grids:
        for position, box in enumerate(boxes):
            _draw_unit(sheet, trace.architecture, block.layer, layer.unit(position), box)
        return
    title = f"{layer.name} {'×'.join(map(str, layer.shape))}" + (f" {layer.activation.name}" if block.layer else "")
    sheet.captions.append(Caption(corner[0], corner[1] - 9.0, title, quiet=True, anchor="start"))
    sheet.outlines.append((corner[0], corner[1], block.width, block.inner))
    if layer.size > MOST_CELLS:
        return
    beside = max(box[0] + box[2] for box in boxes) - corner[0] + 14.0
    for position, (x, y, width, height) in enumerate(boxes):
        unit = layer.unit(position)
        _draw_cell(sheet, Mark(f"a[{unit}]", "cell" if block.layer else "pixel", "unit", x, y, width, height))
        if block.layer:
            _draw_cell(sheet, Mark(f"dE/dh[{unit}]", "cell", "error", x + beside, y, width, height))


def _draw_cell(sheet: _Sheet, mark: Mark) -> None:
    """A cell of a grid, with its number where it has room for one."""
    sheet.marks.append(mark)
    if mark.width >= NUMBERED:
        middle = (mark.x + mark.width / 2, mark.y + mark.height / 2)
        sheet.captions.append(Caption(*middle, name=mark.name, value=True, quiet=True, inside=True))


def _draw_unit(sheet: _Sheet, architecture: Architecture, number: int, unit: str, box: _Box) -> None:
    x, y, width, height = box
    upper = round(_UPPER * height)
    sheet.outlines.append(box)
    sheet.captions.append(Caption(x + 4.0, y - 9.0, unit, quiet=True, anchor="start"))
    if not number:
        sheet.marks.append(Mark(f"a[{unit}]", "half", "unit", x, y, width, height))
        sheet.captions.append(Caption(x + width / 2, y + height / 2, name=f"a[{unit}]", value=True, inside=True))
        return
    for side, letter in enumerate("ha"):
        name, left = f"{letter}[{unit}]", x + side * width / 2
        sheet.marks.append(Mark(name, "half", "unit", left, y, width / 2, upper))
        sheet.captions.append(Caption(left + width / 4, y + upper / 2, name=name, value=True, inside=True))
    coupled = architecture.layers[number].activation.coupled
    parts = [("dE/dh[{}]", "error"), ("da/dh[{}]", "slope"), ("dE/da[{}]", "error")]
    parts = [each for each in parts if not (coupled and each[1] == "slope")]
    for at, (form, channel) in enumerate(parts):
        name, each = form.format(unit), width / len(parts)
        sheet.marks.append(Mark(name, "part", channel, x + at * each, y + upper, each, height - upper))
        middle = x + (at + 0.5) * each
        sheet.captions.append(Caption(middle, y + (upper + height) / 2, name=name, value=True, quiet=True, inside=True))


def _draw_edges(
    sheet: _Sheet,
    trace: Trace,
    number: int,
    blocks: list[_Block],
    boxes: dict[int, _Boxes],
) -> None:
    architecture, layer = trace.architecture, trace.architecture.layers[number]
    for sender in dict.fromkeys(layer.receives):
        dense = layer.is_dense
        if dense:
            names = _choose_weights(trace, number, sender, blocks)
        elif not blocks[number].grids and not blocks[sender].grids:
            names = _list_connections(architecture, number, sender)
        else:
            names = []
        if not names:
            _draw_band(sheet, blocks, boxes, sender, number)
        close = _locate(architecture, number) is not None
        small = not blocks[number].grids and not blocks[sender].grids
        labelled = dense and len(names) <= LABELLED and small and not close
        for sent, position, name in names:
            ends = _find_ends(sheet.upright, boxes[sender][sent], boxes[number][position])
            _draw_edge(sheet, name, ends, sent % 2, weight=dense, labelled=labelled)
    if layer.is_dense and not blocks[number].grids:
        _draw_biases(sheet, architecture, number, boxes[number])


def _choose_weights(trace: Trace, number: int, sender: int, blocks: list[_Block]) -> list[tuple[int, int, str]]:
    """Edges of a dense layer by sender's and receiver's position: all, or those with the largest derivatives."""
    architecture = trace.architecture
    kind, array = architecture.layers[number].kind, dict(architecture.layers[number].arrays)["weight"]
    rows, columns = architecture.shapes[array]
    turned = isinstance(kind, Dense) and kind.transposed
    entries = np.arange(rows * columns)
    if architecture.layers[sender].size > MOST_CELLS or architecture.layers[number].size > MOST_CELLS:
        return []
    if blocks[number].grids or blocks[sender].grids:
        size = np.abs(np.nan_to_num(np.asarray(trace.backward.gradients[array]).reshape(-1)))
        entries = np.sort(np.argsort(-size, kind="stable")[:MOST_EDGES])
    named = ((*divmod(int(entry), columns), architecture.name_at(array, int(entry))) for entry in entries)
    return [(column, row, name) if turned else (row, column, name) for row, column, name in named if name is not None]


def _list_connections(architecture: Architecture, number: int, sender: int) -> list[tuple[int, int, str]]:
    """Edges of a small layer that is not dense: dh of a unit with respect to an activation that it hears."""
    sending, receiving = architecture.layers[sender], architecture.layers[number]
    return [
        (sent, each.position, f"dh[{receiving.unit(each.position)}]/da[{sending.unit(sent)}]")
        for sent in range(sending.size)
        for each in architecture.receivers(sender, sent)
        if each.layer == number
    ]


def _draw_edge(sheet: _Sheet, name: str, ends: _Box, turn: int, *, weight: bool, labelled: bool) -> None:
    """An edge, of a weight with its derivative as a bead; the labels of every other sender stand further along."""
    x, y, width, height = ends
    sheet.marks.append(Mark(name, "edge", "weight", x, y, width, height))
    if weight:
        at = (0.8, 0.66)[turn]
        sheet.marks.append(Mark(f"dE/d{name}", "bead", "gradient", x + at * width, y + at * height))
        if labelled:
            sheet.captions.append(Caption(x + at * width, y + at * height - 15.0, name=f"dE/d{name}", quiet=True))
    if labelled:
        at = (0.2, 0.36)[turn]
        left, low = x + at * width, y + at * height
        if sheet.upright:
            aside, anchor = (-7.0, "end") if width < 0 else (7.0, "start")
            sheet.captions.append(Caption(left + aside, low, name=name, value=True, anchor=anchor))
        elif abs(height) > STEEP * width:  # beside the line, where it runs away from the text
            aside, anchor = (-6.0, "end") if height < 0 else (6.0, "start")
            sheet.captions.append(Caption(left + aside, low - 7.0, name=name, value=True, anchor=anchor))
        else:
            sheet.captions.append(Caption(left, low - 10.0, name=name, value=True))


def _draw_band(
    sheet: _Sheet,
    blocks: list[_Block],
    boxes: dict[int, _Boxes],
    sender: int,
    number: int,
) -> None:
    """One line between two layers whose connections are too many to draw."""
    first, last = (_surround(blocks[each], boxes[each]) for each in (sender, number))
    x, y, width, height = _find_ends(sheet.upright, first, last)
    sheet.marks.append(Mark("", "edge", "", x, y, width, height))


def _surround(block: _Block, boxes: _Boxes) -> _Box:
    return boxes[0][0], boxes[0][1], block.width, block.inner


def _find_ends(upright: bool, start: _Box, end: _Box) -> _Box:
    """The line from one box to another: its first point, and how far it runs; up or down where one is above."""
    stacked = start[0] < end[0] + end[2] and end[0] < start[0] + start[2]
    if upright or stacked:
        down = upright or start[1] < end[1]
        x, y = start[0] + start[2] / 2, start[1] + (start[3] if down else 0.0)
        return x, y, end[0] + end[2] / 2 - x, end[1] + (0.0 if down else end[3]) - y
    x, y = start[0] + start[2], start[1] + start[3] / 2
    return x, y, end[0] - x, end[1] + end[3] / 2 - y


def _draw_biases(sheet: _Sheet, architecture: Architecture, number: int, boxes: _Boxes) -> None:
    array = dict(architecture.layers[number].arrays).get("bias")
    if array is None:
        return
    for position, (x, y, width, height) in enumerate(boxes):
        name = architecture.name_at(array, position)
        if name is not None:
            left, low = x + 10.0, y + height + 15.0
            sheet.marks.append(Mark(name, "bias", "weight", left, low))
            sheet.captions.append(Caption(left + 10.0, low, name=name, value=True, anchor="start"))
            sheet.marks.append(Mark(f"dE/d{name}", "bead", "gradient", x + width - 10.0, low))


def _list_kernels(architecture: Architecture, number: int) -> list[tuple[str, tuple[int, ...]]]:
    """The parameter arrays of a layer that are drawn as small grids under it, each with its shape."""
    layer = architecture.layers[number]
    arrays = [array for _, array in layer.arrays] if number and not layer.is_dense else []
    return [
        (each, architecture.shapes[each]) for each in arrays if 0 < prod(architecture.shapes[each]) <= MOST_PARAMETERS
    ]


def _place_entries(shape: tuple[int, ...]) -> list[tuple[float, float, float]]:
    """The corner and the side of each number of an array: a grid of its last two axes, again for each of those before.

    Kernels of one output channel stand side by side, those of the next below them.
    """
    *outer, rows, columns = (1, 1, *shape)
    across, down = outer[-1], prod(outer[:-1])
    side = NUMBERED if _is_numbered(columns * across, prod(shape)) else _KERNEL
    gap = (columns * side + _KERNEL_GAP, rows * side + _KERNEL_GAP)
    places = ((each, other, row, column) for each, other, row, column in np.ndindex(down, across, rows, columns))
    return [(other * gap[0] + column * side, each * gap[1] + row * side, side) for each, other, row, column in places]


def _draw_kernels(sheet: _Sheet, architecture: Architecture, block: _Block, corner: tuple[float, float]) -> None:
    x, y = corner[0], corner[1] + block.inner + _KERNEL_GAP
    for array, shape in _list_kernels(architecture, block.layer):
        places = _place_entries(shape)
        for entry, (left, top, side) in enumerate(places):
            name = architecture.name_at(array, entry)
            if name is not None:
                _draw_cell(sheet, Mark(name, "cell", "weight", x + left, y + top, side, side))
        y += max(top + side for _, top, side in places) + _KERNEL_GAP


def _draw_cost(
    sheet: _Sheet,
    architecture: Architecture,
    boxes: dict[int, _Boxes],
    along: float,
    across: float,
) -> float:
    """The cost behind the outputs, an edge from each; where the drawing ends along the layers."""
    side = (96.0, 40.0)
    middle = _MARGIN + across / 2 + (0.0 if sheet.upright else 22.0)
    along -= _GAP[1 if sheet.upright else 0] / 2.5
    box = (middle - side[0] / 2, along, *side) if sheet.upright else (along, middle - side[1] / 2, *side)
    sheet.marks.append(Mark("E", "box", "cost", *box))
    sheet.outlines.append(box)
    sheet.captions.append(Caption(box[0] + box[2] / 2, box[1] + box[3] / 2, name="E", value=True, inside=True))
    for number in architecture.outputs:
        layer = architecture.layers[number]
        drawn = layer.size <= MANY and len(boxes[number]) == layer.size
        for position in range(layer.size) if drawn else (0,):
            ends = _find_ends(sheet.upright, boxes[number][position], box)
            name = f"E[{layer.unit(position)}]" if drawn else ""
            sheet.marks.append(Mark(name, "edge", "cost" if name else "", *ends))
            if drawn and architecture.cost.needs_target:
                x, y, width, height = ends
                target = f"y[{layer.unit(position)}]"
                at = (x + width / 2 + 10.0, y + height / 2) if sheet.upright else (x + width / 2, y + height / 2 - 14.0)
                anchor = "start" if sheet.upright else "middle"
                sheet.captions.append(Caption(*at, name=target, value=True, quiet=True, anchor=anchor))
    return along + (side[1] if sheet.upright else side[0]) + _MARGIN
