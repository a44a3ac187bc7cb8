"""A drawing as SVG: every mark carries the name of its number, its sign and its level; the style does the rest.

Positive is blue and solid, negative orange and dashed, hollow or outlined, so that colour never tells alone. How wide
a line or how dark a box is stands for the level, a tenth part of the channel's largest number.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from html import escape

from backproof.drawing import NUMBERED, Caption, Drawing, Mark, Reading
from backproof.render.characters import one_line
from backproof.render.printer import Printer
from backproof.trace import Trace

#: Significant digits of a number in a drawing; small ones have one less.
DIGITS = 3
#: With more edges lines are thin.
CROWDED = 40

#: The style of a drawing, in light and in dark.
DRAWING_STYLE = """
.drawing { --plus: #2166ac; --minus: #c0550a; --node: #ffffff; --text: #1c1c22; --soft: #5d5d69; --rule: #c9c9d2;
  --halo: #fdfdfb; display: block; width: 100%; height: auto; font: 12px/1 system-ui, "Segoe UI", Roboto, sans-serif; }
.drawing text { fill: var(--text); dominant-baseline: central; pointer-events: none; paint-order: stroke;
  stroke: var(--halo); stroke-width: 6px; stroke-linejoin: round; font-variant-numeric: tabular-nums; }
.drawing text.inside { stroke: none; }
.drawing text.quiet { fill: var(--soft); font-size: 10.5px; }
.drawing .outline { fill: var(--node); stroke: var(--rule); }
.drawing .mark { color: var(--soft); }
.drawing .mark[data-sign="+"] { color: var(--plus); }
.drawing .mark[data-sign="-"] { color: var(--minus); }
.drawing .hit { stroke: transparent; fill: none; stroke-width: 22px; pointer-events: stroke; }
.drawing .line { stroke: currentColor; stroke-linecap: round; stroke-width: calc(1px + .7px * var(--level));
  fill: none; }
.drawing .band .line { stroke: var(--rule); stroke-width: 6px; }
.drawing .mark[data-sign="-"] .line { stroke-dasharray: 7 6; }
.drawing .disc { fill: currentColor; stroke: currentColor; stroke-width: 1.6px; r: calc(2.4px + .55px * var(--level)); }
.drawing .bias .disc { r: 5px; stroke-width: calc(1px + .3px * var(--level)); }
.drawing .mark[data-sign="-"] .disc { fill: var(--node); }
.drawing .reach { fill: transparent; stroke: none; }
.drawing .area { fill: currentColor; fill-opacity: calc(.045 * var(--level)); }
.drawing .cell .area { fill-opacity: calc(.095 * var(--level)); stroke: var(--rule); stroke-width: .4px; }
.drawing .cell[data-sign="-"] .area { stroke: currentColor; stroke-width: 1px; }
.drawing text.inside.quiet { fill: var(--text); }
.drawing .pixel .area { fill: var(--text); fill-opacity: calc(.095 * var(--level)); }
.drawing .pixel[data-sign="-"] .area { fill: var(--minus); }
.drawing .numbered .area, .drawing .pixel.numbered .area { fill-opacity: calc(.045 * var(--level)); }
.drawing.many .line { stroke-width: calc(.4px + .2px * var(--level)); opacity: .7; }
.drawing.many .mark[data-sign="-"] .line { stroke-dasharray: 4 3; }
.drawing.many .bead .disc { r: calc(1.4px + .25px * var(--level)); stroke-width: 1px; }
.drawing .part .area { fill-opacity: calc(.03 * var(--level)); }
@media (prefers-color-scheme: dark) {
  .drawing { --plus: #7fb8ee; --minus: #f0a15e; --node: #202027; --text: #e8e8ec; --soft: #a6a6b2; --rule: #4a4a56;
    --halo: #17171b; }
}
""" + "".join(f'.drawing [data-level="{level}"] {{ --level: {level}; }}\n' for level in range(11))

#: What the drawing's signs mean, a sentence each.
LEGEND = (
    "Blue and solid is positive; orange and dashed, hollow or outlined is negative.",
    "A line is a weight, a dot on it the derivative of the cost with respect to it.",
    "Upper half of a unit: h and a. Lower half, from right to left: ∂E/∂a, da/dh, ∂E/∂h.",
)


def write_svg(
    drawing: Drawing,
    trace: Trace,
    readings: Mapping[str, Reading],
    printer: Printer,
    *,
    title: str = "The network",
) -> str:
    """The drawing as one SVG element; `printer` writes symbols and numbers as plain text."""
    writer = _Writer(trace, readings, printer)
    outlines = "".join(
        f'<rect class="outline" x="{x:g}" y="{y:g}" width="{w:g}" height="{h:g}" rx="6"/>'
        for x, y, w, h in drawing.outlines
    )
    crowded = sum(mark.shape == "edge" for mark in drawing.marks) > CROWDED
    edges = "".join(writer.mark(mark) for mark in drawing.marks if mark.shape == "edge")
    others = "".join(writer.mark(mark) for mark in drawing.marks if mark.shape != "edge")
    captions = "".join(map(writer.caption, drawing.captions))
    many, size = " many" if crowded else "", f"0 0 {drawing.width:g} {drawing.height:g}"
    return (
        f'<svg class="drawing{many}" xmlns="http://www.w3.org/2000/svg" viewBox="{size}" '
        f'role="group" aria-label="{_safe(title)}">{edges}{outlines}{others}{captions}</svg>'
    )


class _Writer:
    """Writes the parts of one drawing."""

    def __init__(self, trace: Trace, readings: Mapping[str, Reading], printer: Printer) -> None:
        self.trace, self.readings, self.printer = trace, readings, printer
        self.number = replace(printer, digits=DIGITS).number
        self.short = replace(printer, digits=DIGITS - 1).number

    def symbol(self, name: str) -> str:
        """The symbol of a number, as text."""
        return self.printer.formula(self.trace.read_name(name))

    def mark(self, mark: Mark) -> str:
        reading = self.readings.get(mark.name, Reading(None, "", 0))
        if not mark.name:
            return f'<g class="mark band" data-level="2">{_write_shape(mark)}</g>'
        shown = self.symbol(mark.name)
        said = shown if reading.value is None else f"{shown} = {self.number(reading.value)}"
        attributes = f'data-quantity="{_safe(mark.name)}" data-sign="{reading.sign}" data-level="{reading.level}"'
        numbered = " numbered" if mark.shape in ("cell", "pixel") and mark.width >= NUMBERED else ""
        return (
            f'<g class="mark {mark.shape}{numbered} {mark.channel}" {attributes}>'
            f"<title>{_safe(said)}</title>{_write_shape(mark)}</g>"
        )

    def caption(self, caption: Caption) -> str:
        classes = " ".join(filter(None, ("quiet" if caption.quiet else "", "inside" if caption.inside else "")))
        at = f'class="{classes}" x="{caption.x:g}" y="{caption.y:g}" text-anchor="{caption.anchor}"'
        if not caption.name:
            return f"<text {at}>{_safe(caption.text)}</text>"
        value = self.readings[caption.name].value
        digits = "" if value is None else self.short(value) if caption.quiet else self.number(value)
        shown = f'<tspan data-value="{_safe(caption.name)}">{_safe(digits)}</tspan>'
        written = self.symbol(caption.name)
        bare = caption.inside or not caption.value or not {*written}.isdisjoint("{^_")
        symbol = "" if bare else f"{_safe(written)} "
        if caption.name == "E":
            symbol = f"{_safe(self.symbol(caption.name))} = "
        return f"<text {at}>{symbol}{shown}</text>"


def _write_shape(mark: Mark) -> str:
    x, y, width, height = (f"{each:g}" for each in mark[3:])
    if mark.shape == "edge":
        ends = f'x1="{x}" y1="{y}" x2="{mark.x + mark.width:g}" y2="{mark.y + mark.height:g}"'
        return f'<line class="hit" {ends}/><line class="line" {ends}/>'
    if mark.shape in ("bead", "bias"):
        return f'<circle class="reach" cx="{x}" cy="{y}" r="14"/><circle class="disc" cx="{x}" cy="{y}"/>'
    corner = 0 if mark.shape in ("cell", "pixel") else 5
    return f'<rect class="area" x="{x}" y="{y}" width="{width}" height="{height}" rx="{corner}"/>'


def _safe(text: str) -> str:
    return escape(one_line(text), quote=True)
