"""Laying out lines of text: how wide they are on a terminal, where they may be broken, how columns stand."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

_ANSI = re.compile(r"\x1b\[[\d;]*m")
#: What is shown, or acts, as one: a colour or a character.
_SHOWN = re.compile(rf"{_ANSI.pattern}|.", re.DOTALL)
_SIGN = re.compile(" [+−-] ")


@lru_cache(4096)  # a line is measured again wherever it is laid out
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
        if depth == 0 and _SIGN.match(text, position):
            cuts.append(position + 1)
    ends = [*(cut - 1 for cut in cuts[1:]), len(text)]
    return [text[start:end] for start, end in zip(cuts, ends, strict=True)]


def _pieces(term: str, room: int) -> list[str]:
    """A term whole, or cut before every operator where it has no room."""
    return [term] if width_of(term) <= room else re.split(r" (?=[+−·*=⊙@/-] )", term)


def _fill(units: Sequence[str], width: int, indent: str, hang: str) -> list[str]:
    """Units put on lines, as many on each as fit; one that fits nowhere is cut."""
    *lines, line = _cut(indent + units[0], width, hang)
    filled = width_of(line)
    for unit in filter(None, units[1:]):
        needed = width_of(unit)
        if filled + 1 + needed <= width:
            line, filled = f"{line} {unit}", filled + 1 + needed
            continue
        lines.append(line)
        *cut, line = _cut(hang + unit, width, hang)
        lines += cut
        filled = width_of(line)
    return [*lines, line]


def _cut(line: str, width: int, hang: str) -> list[str]:
    """A line that holds nothing to break at, cut at the width (at a space if there is one)."""
    if width_of(line) <= width:
        return [line]
    parts: list[str] = []
    begin, start = "", 0
    while (end := _fitting(line, start, width - len(begin))) < len(line):
        space = line.rfind(" ", start + (1 if parts else len(hang) + 1), end + 1)
        if space > start and line[start:space].strip(" ="):
            parts.append(begin + line[start:space])
            start = space + 1
        else:
            parts.append(begin + line[start:end])
            start = end
        begin = hang
    return [*parts, begin + line[start:]]


def _fitting(line: str, start: int, width: int) -> int:
    """Where the part of the line ends that fits; colours take up no room and are never cut; one letter always fits."""
    end, room = start, width
    for match in _SHOWN.finditer(line, start):
        room -= 0 if match[0][0] == "\x1b" and len(match[0]) > 1 else _width_of(match[0])
        if room < 0 and end > start:
            break
        end = match.end()
    return end


def columns(natural: Sequence[int], width: int, gap: int = 2, least: int = 8) -> list[int] | None:
    """Widths for columns whose widest is narrowed first until all fit; None where even narrow ones do not."""
    room = width - gap * (len(natural) - 1)
    widths = [min(each, max(room, least)) for each in natural]
    while sum(widths) > room:
        widest = max(range(len(widths)), key=widths.__getitem__)
        if widths[widest] <= least:
            return None
        widths[widest] -= 1
    return widths
