"""What each mark of a drawing shows in one step: the number, its sign, and how large it is on a stated scale."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import ceil, isfinite

from backproof.drawing.model import Drawing, Reading
from backproof.errors import BackproofError
from backproof.trace import Trace

#: Number of levels of a scale above zero.
LEVELS = 10


def read_number(trace: Trace, name: str) -> float | None:
    """A number of a step by name; None where this step has no such number, as a batch has no activation."""
    try:
        return trace[name]
    except BackproofError:
        return None


def measure_scales(drawing: Drawing, traces: Iterable[Trace]) -> dict[str, float]:
    """The largest absolute value of each channel over some steps, to which levels refer."""
    largest: dict[str, float] = {}
    for trace in traces:
        for channel, name in {(mark.channel, mark.name) for mark in drawing.marks if mark.name}:
            value = read_number(trace, name)
            if value is not None and isfinite(value):
                largest[channel] = max(largest.get(channel, 0.0), abs(value))
    return largest


def read_marks(drawing: Drawing, traces: Sequence[Trace], scales: Mapping[str, float]) -> dict[str, Reading]:
    """What every mark and caption shows, by the name of its number: that of the first trace which has one."""
    channels = {mark.name: mark.channel for mark in drawing.marks}
    readings = {}
    for name in drawing.names:
        value = next((found for trace in traces if (found := read_number(trace, name)) is not None), None)
        readings[name] = rate_number(value, scales.get(channels.get(name, ""), 0.0))
    return readings


def rate_number(value: float | None, largest: float) -> Reading:
    """A number with its sign and its level: 0 for nothing, 10 for the largest, at least 1 for what is not 0."""
    if value is None or value != value:
        return Reading(value, "", 0)
    sign = "+" if value > 0 else "-" if value < 0 else ""
    part = abs(value) / largest if largest else 0.0
    return Reading(value, sign, min(LEVELS, ceil(LEVELS * part)) if isfinite(part) else LEVELS)
