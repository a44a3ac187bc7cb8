"""One step of training as the page shows it: every number by view, and how each comes about.

A view is a sample, by its number, or the batch, 0. Numbers stand in the order of the record's names.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from backproof.drawing import Reading
from backproof.drawing.readings import rate_number, read_number
from backproof.errors import BackproofError
from backproof.page.writing import Pool, Writer, list_uses
from backproof.trace import Trace


@dataclass(frozen=True)
class Table:
    """The names whose numbers a moment holds, those with a derivation, the channel of each and the scale of a channel,
    the names that the drawing writes small, and those whose derivation is the same in every view."""

    names: tuple[str, ...]
    derived: tuple[str, ...]
    channels: Mapping[str, str]
    scales: Mapping[str, float]
    small: frozenset[str]
    common: frozenset[str]

    @property
    def slopes(self) -> tuple[str, ...]:
        """The names in the channel of slopes."""
        return tuple(name for name in self.names if self.channels.get(name) == "slope")

    @property
    def errors(self) -> tuple[str, ...]:
        """The names in the channel of errors."""
        return tuple(name for name in self.names if self.channels.get(name) == "error")


def list_views(trace: Trace, most: int) -> list[int]:
    """The views of a step: the batch, and its samples, where it has several."""
    return [0] if len(trace.numbers) == 1 else [0, *sorted(set(trace.numbers))[:most]]


def see(trace: Trace, view: int) -> Trace:
    """The step as a view shows it."""
    return trace.of_sample(view or None)


def write_numbers(trace: Trace, table: Table, writer: Writer) -> dict[str, list[Any]]:
    """Every number of a view: digits for the table, digits for the drawing, and sign times level."""
    printer = writer.text
    long, short, small = printer.number, replace(printer, digits=3).number, replace(printer, digits=2).number
    texts, drawn, levels = [], [], []
    for name in table.names:
        reading = _read(trace, name, table)
        value = reading.value
        texts.append(None if value is None else long(value))
        drawn.append(None if value is None else (small if name in table.small else short)(value))
        levels.append(-reading.level if reading.sign == "-" else reading.level)
    return {"texts": texts, "drawn": drawn, "levels": levels}


def write_ranges(traces: Sequence[Trace], table: Table, writer: Writer, numbers: dict[str, list[Any]]) -> None:
    """What a batch does not have, such as an activation, as the range over its samples, where the drawing has room."""
    write = replace(writer.text, digits=2).number
    for place, name in enumerate(table.names):
        if numbers["texts"][place] is not None or table.channels.get(name) != "unit":
            continue
        values = [value for trace in traces if (value := read_number(trace, name)) is not None]
        if values:
            low, high = write(min(values)), write(max(values))
            numbers["drawn"][place] = low if low == high else f"{low}…{high}"


def _read(trace: Trace, name: str, table: Table) -> Reading:
    return rate_number(read_number(trace, name), table.scales.get(table.channels.get(name, ""), 0.0))


def write_derivations(trace: Trace, names: Iterable[str], pool: Pool, writer: Writer) -> dict[str, list[Any]]:
    """The derivation of each name that this view has."""
    found = {}
    for name in names:
        try:
            found[name] = writer.write_lines(trace, trace.explain(name), pool)
        except BackproofError:
            continue
    return found


def find_names(trace: Trace, names: Sequence[str], most: int) -> list[str]:
    """The names, and those that their derivations lead to, up to `most`."""
    found = dict.fromkeys(names)
    waiting = list(names)
    while waiting and len(found) < most:
        try:
            uses = dict.fromkeys(list_uses(trace.explain(waiting.pop(0))))
        except BackproofError:
            continue
        new = [each for each in uses if each not in found]
        found |= dict.fromkeys(new)
        waiting += new
    return list(found)[: max(most, len(names))]
