"""Where everything in the drawing of a network stands: layers as columns (or rows), edges, beads, grids, the cost.

A small layer is drawn unit by unit: a box whose upper row is the forward pass, h and a, and whose lower row is the
backward pass, from right to left. A layer of many units is a grid of its activations beside one of its errors.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from backproof.architecture import Architecture
from backproof.drawing.blocks import (
    APART,
    BESIDE,
    KERNEL_GAP,
    MANY,
    MOST_CELLS,
    Area,
    Block,
    Box,
    Boxes,
    arrange_layers,
    group_layers,
    list_kernels,
    measure_column,
    place_entries,
    rank_groups,
)
from backproof.drawing.model import NUMBERED, Caption, Drawing, Mark
from backproof.operations.layers.dense import Dense
from backproof.trace import Trace

#: Edges between grids: only those with the largest derivatives are drawn.
MOST_EDGES = 40
#: Maximum number of edges between two layers that have their name and number beside them.
LABELLED = 9
#: A line that rises or falls by more than this part of its width has its label beside it.
STEEP = 0.2

#: The part of a unit's height that its forward pass takes up.
_UPPER = 0.55
_GAP = (172.0, 136.0)
_MARGIN = 24.0


@dataclass
class _Sheet:
    """What has been drawn so far."""

    upright: bool
    marks: list[Mark] = field(default_factory=list)
    captions: list[Caption] = field(default_factory=list)
    outlines: list[Box] = field(default_factory=list)


def place_network(trace: Trace, *, upright: bool = False) -> Drawing:
    """The drawing of a trace's network: layers from left to right, or with `upright` from top to bottom.

    Where layers are too large for every edge, those with the largest derivatives in this step are drawn.
    """
    architecture = trace.architecture
    groups = group_layers(architecture)
    ranks = rank_groups(architecture, groups)
    counts = Counter[int]()
    for numbers, rank in zip(groups, ranks, strict=True):
        counts[rank] += sum(architecture.layers[number].size for number in numbers) if len(numbers) == 1 else 0
    areas = [
        arrange_layers(architecture, numbers, counts[rank] > MANY, upright=upright)
        for numbers, rank in zip(groups, ranks, strict=True)
    ]
    blocks = [block for _, block in sorted((block.layer, block) for area in areas for block in area.blocks)]
    columns = [[area for area, its in zip(areas, ranks, strict=True) if its == rank] for rank in range(max(ranks) + 1)]
    sheet, corners = _Sheet(upright), dict[int, tuple[float, float]]()
    lengths = [measure_column(column, upright) for column in columns]
    across = max(length for _, length in lengths)
    along = _MARGIN + (18.0 if upright else 0.0)
    for column, after, (depth, length) in zip(columns, [*columns[1:], []], lengths, strict=True):
        beside = _MARGIN + (0.0 if upright else 22.0) + (across - length) / 2
        for area in column:
            own = area.height if upright else area.width
            forth = along + (depth - own) / 2
            x, y = (beside, forth) if upright else (forth, beside)
            corners |= {
                block.layer: (x + left, y + top) for block, (left, top) in zip(area.blocks, area.corners, strict=True)
            }
            beside += (area.width if upright else area.height) + BESIDE[0 if upright else 1]
        along += depth + _choose_gap(architecture, after, upright)
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


def _choose_gap(architecture: Architecture, after: list[Area], upright: bool) -> float:
    """How far the column after is: near, where no edge between has a name and a number beside it."""
    gap, blocks = _GAP[1 if upright else 0], [block for area in after for block in area.blocks]
    wide = not after or any(architecture.layers[each.layer].is_dense and not each.grids for each in blocks)
    return gap if wide else gap / 2


def _draw_block(
    sheet: _Sheet,
    trace: Trace,
    block: Block,
    boxes: Boxes,
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
    beside = max(box[0] + box[2] for box in boxes) - corner[0] + APART
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


def _draw_unit(sheet: _Sheet, architecture: Architecture, number: int, unit: str, box: Box) -> None:
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
    blocks: list[Block],
    boxes: dict[int, Boxes],
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
        close = layer.cell is not None
        small = not blocks[number].grids and not blocks[sender].grids
        labelled = dense and len(names) <= LABELLED and small and not close
        for sent, position, name in names:
            ends = _find_ends(sheet.upright, boxes[sender][sent], boxes[number][position])
            _draw_edge(sheet, name, ends, sent % 2, weight=dense, labelled=labelled)
    if layer.is_dense and not blocks[number].grids:
        _draw_biases(sheet, architecture, number, boxes[number])


def _choose_weights(trace: Trace, number: int, sender: int, blocks: list[Block]) -> list[tuple[int, int, str]]:
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


def _draw_edge(sheet: _Sheet, name: str, ends: Box, turn: int, *, weight: bool, labelled: bool) -> None:
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
    blocks: list[Block],
    boxes: dict[int, Boxes],
    sender: int,
    number: int,
) -> None:
    """One line between two layers whose connections are too many to draw."""
    first, last = (_surround(blocks[each], boxes[each]) for each in (sender, number))
    x, y, width, height = _find_ends(sheet.upright, first, last)
    sheet.marks.append(Mark("", "edge", "", x, y, width, height))


def _surround(block: Block, boxes: Boxes) -> Box:
    return boxes[0][0], boxes[0][1], block.width, block.inner


def _find_ends(upright: bool, start: Box, end: Box) -> Box:
    """The line from one box to another: its first point, and how far it runs; up or down where one is above."""
    stacked = start[0] < end[0] + end[2] and end[0] < start[0] + start[2]
    if upright or stacked:
        down = upright or start[1] < end[1]
        x, y = start[0] + start[2] / 2, start[1] + (start[3] if down else 0.0)
        return x, y, end[0] + end[2] / 2 - x, end[1] + (0.0 if down else end[3]) - y
    x, y = start[0] + start[2], start[1] + start[3] / 2
    return x, y, end[0] - x, end[1] + end[3] / 2 - y


def _draw_biases(sheet: _Sheet, architecture: Architecture, number: int, boxes: Boxes) -> None:
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


def _draw_kernels(sheet: _Sheet, architecture: Architecture, block: Block, corner: tuple[float, float]) -> None:
    x, y = corner[0], corner[1] + block.inner + KERNEL_GAP
    for array, shape in list_kernels(architecture, block.layer):
        places = place_entries(shape)
        beside = max(left + side for left, _, side in places) + APART
        for entry, (left, top, side) in enumerate(places):
            name = architecture.name_at(array, entry)
            if name is not None:
                _draw_cell(sheet, Mark(name, "cell", "weight", x + left, y + top, side, side))
                _draw_cell(sheet, Mark(f"dE/d{name}", "cell", "gradient", x + beside + left, y + top, side, side))
        y += max(top + side for _, top, side in places) + KERNEL_GAP


def _draw_cost(
    sheet: _Sheet,
    architecture: Architecture,
    boxes: dict[int, Boxes],
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
