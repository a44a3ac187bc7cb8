"""Arrays that a notebook printed, each under the label before it: `delta_o: [[0.128] [-0.122]]`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from backproof.checking.documents.context import Context
from backproof.checking.documents.lexer import Lexer
from backproof.checking.documents.model import Unread, UnreadableError, quoted
from backproof.checking.documents.source import Source
from backproof.checking.documents.vocabulary import ROLES
from backproof.quantity import Quantity
from backproof.wiring import Place

ARRAY = re.compile(
    r"(?P<label>[A-Za-zα-ωΑ-Ω∂][^\n=:\[\]]{0,60}?)[ \t]*(?:=|:)?[ \t]*\n?[ \t]*(?:array\()?"
    r"(?P<array>\[[\[\]\s\d.,eE+-]*\])"
)
ENTRY = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
GRADIENT = re.compile(r"(?:d|dE/d|dE_d|grad_?|∂E/∂)([Wb])_?(\d+)$")
PARAMETER = re.compile(r"([Wb])_?(\d+)$")
LAYER_WORDS = {"hidden": 1, "output": -1, "out": -1, "o": -1, "input": 0}
#: Larger arrays are not a claim that anybody checks by eye.
MOST = 400


class Entry(NamedTuple):
    """One printed number of an array and where it stands."""

    digits: str
    at: int


def read(context: Context, source: Source) -> list[tuple[int, int]]:
    """Claim every entry of each array whose label says what it is; the places of all arrays, read or not."""
    places: list[tuple[int, int]] = []
    for match in ARRAY.finditer(source.text):
        places.append(match.span())
        label = match["label"].strip()
        where = source.where(match.start("label"))
        try:
            rows = _rows(match["array"], match.start("array"))
            for quantity, sample, entry in _claims(context, label, rows):
                context.claim(quantity, entry.digits, source.where(entry.at), sample)
        except UnreadableError as error:
            context.found.unread.append(Unread(quoted(match[0]), str(error), where))
    return places


def _rows(text: str, start: int) -> list[list[Entry]]:
    """The rows of an array, of one number of columns each."""
    rows: list[list[Entry]] = []
    for row in re.finditer(r"[^\[\]]+", text):
        entries = [Entry(_digits(each[0]), start + row.start() + each.start()) for each in ENTRY.finditer(row[0])]
        if entries:
            rows.append(entries)
    if not rows or len({len(row) for row in rows}) != 1 or len(rows) * len(rows[0]) > MOST:
        raise UnreadableError("the array has no numbers, uneven rows, or too many entries")
    return rows


def _digits(text: str) -> str:
    """`1.` as NumPy prints it is 1."""
    return text.rstrip(".").lstrip("+")


def _claims(context: Context, label: str, rows: list[list[Entry]]) -> Iterator[tuple[Quantity, int | None, Entry]]:
    network = context.worksheet.network
    gradient, parameter = GRADIENT.match(label.replace(" ", "")), PARAMETER.match(label.replace(" ", ""))
    match = gradient or parameter
    if match is not None:
        yield from _parameters(context, match[1], int(match[2]), "dE/dw" if gradient else "w", rows)
        return
    role, layer = _layer(context, label, len(rows[0]))
    units = network.units[layer]
    worksheet = context.worksheet
    used = worksheet.training.batch(context.step, len(worksheet.x))
    if len(rows[0]) != len(units):
        rows = [list(column) for column in zip(*rows, strict=True)]
    if len(rows[0]) != len(units) or len(rows) not in (1, len(used)):
        raise UnreadableError(f"{label} has {len(rows)} rows; expected one, or one for each of {len(used)} samples")
    samples = [context.sample] if len(rows) == 1 and len(used) > 1 else list(used)
    for row, sample in zip(rows, samples, strict=True):
        for unit, entry in zip(units, row, strict=True):
            yield Quantity(role, (unit,)), sample, entry


def _parameters(
    context: Context, kind: str, layer: int, role: str, rows: list[list[Entry]]
) -> Iterator[tuple[Quantity, int | None, Entry]]:
    """W2, b2, dW2: an entry for every weight from the rows' units to the columns' units."""
    network = context.worksheet.network
    if not 1 <= layer <= network.depth:
        raise UnreadableError(f"there is no layer {layer}")
    width, height = len(network.units[layer]), len(network.units[layer - 1]) if kind == "W" else 1
    if kind == "b" and len(rows[0]) == 1:
        rows = [[row[0] for row in rows]]
    if (len(rows), len(rows[0])) != (height, width):
        raise UnreadableError(f"the array is {len(rows)} x {len(rows[0])}; expected {height} x {width}")
    for number, row in enumerate(rows):
        for column, entry in enumerate(row):
            name = network.wiring.name_at(Place(f"{kind}{layer}", (number, column) if kind == "W" else (column,)))
            if name is not None:
                yield Quantity(role, (name,)), None, entry


def _layer(context: Context, label: str, columns: int) -> tuple[str, int]:
    """The role and layer that a label such as `a_hidden`, `delta_o` or `h1` means."""
    vocabulary, network = context.vocabulary, context.worksheet.network
    tokens = list(Lexer(label, 0, len(label), vocabulary, False, False).tokens())
    if len(tokens) != 1 or tokens[0].name is None:
        raise UnreadableError(f"the label '{label}' is not the name of an array here")
    name = tokens[0].name
    alias = vocabulary.aliases.get((name.written,))
    known = alias if isinstance(alias, Quantity) else vocabulary.resolve(name)
    role = known.role if known is not None else ROLES.get(name.base, "")
    if role not in ("a", "h", "delta", "y", "dE/dh", "dE/da", "da/dh"):
        raise UnreadableError(f"the label '{label}' is not the name of an array here")
    if known is not None and columns in (1, len(network.units[network.place(known.of[0])[0]])):
        return role, network.place(known.of[0])[0]
    if name.sub in LAYER_WORDS:
        return role, LAYER_WORDS[name.sub] % (network.depth + 1)
    if name.sub.isdigit() and 0 <= int(name.sub) <= network.depth:
        return role, int(name.sub)
    raise UnreadableError(f"the label '{label}' does not say which layer it is")
