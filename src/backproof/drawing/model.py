"""What a drawing of a network is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

#: What a mark shows, each with a scale of its own.
CHANNELS = ("weight", "gradient", "unit", "error", "slope", "cost")
#: A cell that is so wide has its number in it.
NUMBERED = 44.0


class Mark(NamedTuple):
    """One number's place in the drawing, under the number's name.

    shape: `edge` is a line from (x, y) to (x + width, y + height); `bead` and `bias` are discs about (x, y); `cell` is
    a square of a grid, `pixel` one of an input's grid, `half` and `part` are a unit's numbers of the forward and the
    backward pass, `box` is the cost.
    """

    name: str
    shape: str
    channel: str
    x: float
    y: float
    width: float = 0
    height: float = 0


class Caption(NamedTuple):
    """Text in the drawing: plain words, or of the number `name` its digits, with `value` after its symbol.

    `inside` stands in the number's own box, which needs no symbol; `quiet` is small, with fewer digits.
    """

    x: float
    y: float
    text: str = ""
    name: str = ""
    value: bool = False
    quiet: bool = False
    inside: bool = False
    anchor: str = "middle"


@dataclass(frozen=True)
class Drawing:
    """Marks and captions on a sheet of some width and height, in units of a CSS pixel."""

    width: float
    height: float
    marks: tuple[Mark, ...]
    captions: tuple[Caption, ...]
    outlines: tuple[tuple[float, float, float, float], ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The name of every number in it, each once."""
        named = [*(mark.name for mark in self.marks), *(caption.name for caption in self.captions)]
        return tuple(dict.fromkeys(filter(None, named)))


class Reading(NamedTuple):
    """What a mark shows: its number, sign (`+`, `-` or nothing) and level, its part of the channel's largest in tenths.

    A number that a whole batch does not have, such as the activation of a unit, is None.
    """

    value: float | None
    sign: str
    level: int
