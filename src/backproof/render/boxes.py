"""A small network drawn in box characters: a box for each unit with its numbers, layers joined by lines.

Only a chain in which every unit is connected to every unit of the next layer can be drawn so: a line that joins two
layers stands for all their connections.
"""

from __future__ import annotations

from dataclasses import replace
from math import prod

from backproof.quantity import Quantity
from backproof.render.layout import pad, width_of
from backproof.render.text import TextPrinter
from backproof.trace import Trace

#: The most units of a layer, and the significant digits of a number.
MOST_UNITS, DIGITS = 5, 3
#: How many characters are between two layers; the line from one to the other turns in their middle.
_BETWEEN = 5
#: Which line a junction is, by where it goes on: left, right, up, down.
_LINES = {
    "lr": "─", "ud": "│", "ld": "┐", "lu": "┘", "rd": "┌", "ru": "└", "lrd": "┬", "lru": "┴", "lud": "┤", "rud": "├",
    "lrud": "┼",
}  # fmt: skip
_PLAIN = str.maketrans({"─": "-", "│": "|", **dict.fromkeys("┐┘┌└┬┴┤├┼", "+")})


def draw_boxes(trace: Trace, printer: TextPrinter, width: int) -> list[str]:
    """The lines of the drawing; none where the network cannot be drawn so in that width."""
    if not _is_drawable(trace):
        return []
    rows = replace(printer, digits=DIGITS, color=False)
    columns = [
        [_box(_list_numbers(trace, layer, unit, rows)) for unit in units]
        for layer, units in enumerate(trace.network.units)
    ]
    columns.append([_box([f"{rows.formula(Quantity('E'))} {rows.number(trace['E'])}"])])
    height = max(sum(map(len, column)) for column in columns)
    blocks = [_stack(column, height) for column in columns]
    lines = [""] * height
    for number, (block, ports) in enumerate(blocks):
        joint = _join(blocks[number - 1][1], ports, height) if number else [""] * height
        lines = [line + between + part for line, between, part in zip(lines, joint, block, strict=True)]
    if max(map(width_of, lines)) > width:
        return []
    return [line.rstrip().translate(_PLAIN) if printer.ascii else line.rstrip() for line in lines]


def _is_drawable(trace: Trace) -> bool:
    """Whether the network is a small chain with every connection there is place for."""
    architecture = trace.architecture
    if not architecture.is_chain or max(map(len, trace.network.units)) > MOST_UNITS:
        return False
    weights = [
        (array, prod(architecture.shapes[array])) for array, role in architecture.roles.items() if role == "weight"
    ]
    return all(architecture.name_at(array, entry) is not None for array, count in weights for entry in range(count))


def _list_numbers(trace: Trace, layer: int, unit: str, printer: TextPrinter) -> list[str]:
    """What stands in the box of a unit: h, a and δ of the sample at hand; of a batch the unit's name."""
    if len(trace.numbers) > 1 and trace.sample is None:
        return [printer.formula(Quantity("a", (unit,)))]
    shown = [Quantity(letter, (unit,)) for letter in (("h", "a", "delta") if layer else ("a",))]
    return [f"{printer.formula(each)} {printer.number(trace.value(each))}" for each in shown]


def _box(lines: list[str]) -> list[str]:
    inner = max(map(width_of, lines))
    return [f"┌{'─' * (inner + 2)}┐", *(f"│ {pad(line, inner)} │" for line in lines), f"└{'─' * (inner + 2)}┘"]


def _stack(boxes: list[list[str]], height: int) -> tuple[list[str], list[int]]:
    """The boxes of a layer one below the other, spread over the height, and the row at which each is joined."""
    width = max(width_of(box[0]) for box in boxes)
    lines = [" " * width] * height
    free, ports, row = height - sum(map(len, boxes)), [], 0
    for number, box in enumerate(boxes, start=1):
        start = row + free * number // (len(boxes) + 1)
        lines[start : start + len(box)] = [_widen(line, width) for line in box]
        ports.append(start + len(box) // 2)
        row += len(box)
    return lines, ports


def _widen(line: str, width: int) -> str:
    """A line of a box, as wide as the widest box of its layer."""
    more = width - width_of(line)
    return line[:-1] + ("─" if line[0] in "┌└" else " ") * more + line[-1]


def _join(senders: list[int], receivers: list[int], height: int) -> list[str]:
    """The lines between two layers, row by row."""
    first, last = min(*senders, *receivers), max(*senders, *receivers)
    half = _BETWEEN // 2
    found = []
    for row in range(height):
        ways = "".join(
            way
            for way, goes in (
                ("l", row in senders),
                ("r", row in receivers),
                ("u", first < row <= last),
                ("d", first <= row < last),
            )
            if goes
        )
        left, right = ("─" if "l" in ways else " "), ("─" if "r" in ways else " ")
        found.append(left * half + _LINES.get(ways, " ") + right * half)
    return found
