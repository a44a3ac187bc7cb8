"""Laying out lines of text: how wide they are on a terminal, where they may be broken, how columns stand."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

_ANSI = re.compile(r"\x1b\[[\d;]*m")


def width_of(text: str) -> int:
    """How many columns of a terminal the text takes up."""
    return sum(map(_width_of, _ANSI.sub("", text)))


def _width_of(character: str) -> int:
    if character < "\u0300":
        return 1
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def pad(text: str, width: int, *, right: bool = False) -> str:
    """The text filled with spaces to a width, on its left for columns of numbers."""
    space = " " * (width - width_of(text))
    return space + text if right else text + space


def wrap(text: str, width: int, hang: str = "") -> list[str]:
    """Running text on lines no longer than width; all but the first begin with `hang`."""
    words = text.lstrip(" ")
    return _fill(words.split(" "), width, text[: len(text) - len(words)], hang)


def wrap_formula(text: str, width: int, hang: str = "") -> list[str]:
    """A formula on lines no longer than width, broken before its operators: between terms, else inside them."""
    body = text.lstrip(" ")
    units = [unit for term in _terms(body) for unit in _pieces(term, width - len(hang))]
    return _fill(units, width, text[: len(text) - len(body)], hang)


def _terms(text: str) -> list[str]:
    """The formula cut before each + and - that stands in no parentheses."""
    cuts, depth = [0], 0
    for position, character in enumerate(text):
        depth += (character in "([‹{") - (character in ")]›}")
        if depth == 0 and re.match(r" [+−-] ", text[position:]):
            cuts.append(position + 1)
    ends = [*(cut - 1 for cut in cuts[1:]), len(text)]
    return [text[start:end] for start, end in zip(cuts, ends, strict=True)]


def _pieces(term: str, room: int) -> list[str]:
    """A term whole, or cut before every operator where it has no room."""
    return [term] if width_of(term) <= room else re.split(r" (?=[+−·*=⊙@/-] )", term)


def _fill(units: Sequence[str], width: int, indent: str, hang: str) -> list[str]:
    """Units put on lines, as many on each as fit; one that fits nowhere is cut."""
    lines: list[str] = []
    line = indent + units[0]
    for unit in [*units[1:], ""]:
        while width_of(line) > width:
            head, line = _cut(line, width, hang)
            lines.append(head)
        if unit and width_of(f"{line} {unit}") <= width:
            line = f"{line} {unit}"
        elif unit:
            lines.append(line)
            line = hang + unit
    return [*lines, line]


def _cut(line: str, width: int, hang: str) -> tuple[str, str]:
    """A line that holds nothing to break at, cut at the width (at a space if there is one)."""
    end = _fitting(line, width)
    space = line.rfind(" ", len(hang) + 1, end + 1)
    if space > 0 and line[:space].strip(" ="):
        return line[:space], hang + line[space + 1 :]
    return line[:end], hang + line[end:]


def _fitting(line: str, width: int) -> int:
    """How many characters of the line fit; colours take up no room, and are never cut."""
    end = max(count for count in range(len(line) + 1) if width_of(line[:count]) <= width)
    inside = next((match for match in _ANSI.finditer(line) if match.start() < end < match.end()), None)
    return inside.start() if inside and inside.start() else end


def columns(natural: Sequence[int], width: int, gap: int = 2, least: int = 8) -> list[int] | None:
    """Widths for columns whose widest is narrowed first until all fit; None where even narrow ones do not."""
    widths = list(natural)
    room = width - gap * (len(widths) - 1)
    while sum(widths) > room:
        widest = max(range(len(widths)), key=widths.__getitem__)
        if widths[widest] <= least:
            return None
        widths[widest] -= 1
    return widths
