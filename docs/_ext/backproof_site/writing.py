"""How pages are written from the code: what all of them share."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Sequence
from dataclasses import fields
from html import escape
from math import isfinite
from typing import Any, NamedTuple

from backproof.expression import Expression, Number, substitute, wrap
from backproof.render.mathml import MathMLPrinter
from backproof.render.text import TextPrinter


class Page(NamedTuple):
    """A page in Markdown, and the sentence that stands for it in a list."""

    text: str
    summary: str


def round_numbers(formula: Any) -> Expression:
    """A formula whose constants have six digits, such as 1.41421 for the root of 2."""

    def shorten(node: Expression) -> Expression | None:
        if isinstance(node, Number) and isinstance(node.value, float) and len(repr(node.value)) > 9:
            return Number(float(f"{node.value:.6g}"))
        return None

    return substitute(wrap(formula), shorten)


def escape_markdown(text: str) -> str:
    """Text in which Markdown's own signs stand for themselves."""
    return re.sub(r"([*_$<>\[\]`^~])", r"\\\1", text)


def equation(left: str, right: Any) -> str:
    """left = right as MathML on a line of its own; `left` is MathML, a letter, or empty for one more line."""
    formula = round_numbers(right)
    printer = MathMLPrinter()
    start = left if left.startswith("<") or not left else f"<mi>{left}</mi>"
    text = f"{start}<mo>=</mo>{printer.formula(formula)}"
    words = f"{re.sub('<[^>]+>', '', left)} = {TextPrinter().formula(formula)}"
    return printer.math(text, words, display=True)


def block(*formulas: str) -> str:
    """Formulas below each other, as raw HTML in Markdown."""
    inner = "\n".join(f'<div class="formula" tabindex="0">{each}</div>' for each in formulas)
    return raw(inner)


def raw(html: str) -> str:
    """HTML as it is, in Markdown; blank lines in it would end it."""
    return "```{raw} html\n" + re.sub(r"\n\s*\n", "\n", html) + "\n```\n"


def embed(fragment: str) -> str:
    """A report as a notebook shows it, in a page: its style stands in the site's own, its headings disturb no others."""
    html = re.sub(r"<style>.*?</style>", "", fragment, flags=re.DOTALL)
    html = re.sub(r"<(/?)h[1-6]", r"<\1p", html)
    return raw(f'<div class="report">{html}</div>')


def table_of(rows: Iterable[Sequence[str]], heads: Sequence[str]) -> str:
    """A table, its cells HTML."""
    head = "".join(f"<th scope='col'>{each}</th>" for each in heads)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return raw(
        f'<div class="scroll" tabindex="0"><table class="docutils numbers"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
    )


def describe_source(kind: type) -> str:
    """The sentence at the top of an operation's file: what it is, and where it comes from."""
    return " ".join((inspect.getmodule(kind).__doc__ or "").split())  # type: ignore[union-attr]


def list_options(kind: type) -> str:
    """The options of an operation and their defaults."""
    found = [each for each in fields(kind) if each.init]  # type: ignore[arg-type]
    if not found:
        return "It has no options."
    named = ", ".join(
        f"`{each.name}`" + ("" if _is_missing(each) else f" (default `{_write_default(each)}`)") for each in found
    )
    return f"Options: {named}."


def _is_missing(field: Any) -> bool:
    from dataclasses import MISSING

    return field.default is MISSING and field.default_factory is MISSING


def _write_default(field: Any) -> str:
    from dataclasses import MISSING

    value = field.default if field.default is not MISSING else field.default_factory()
    return getattr(value, "name", None) or (f"{value:g}" if isinstance(value, float) else str(value))


def source_link(kind: type) -> str:
    """Where the file is."""
    return f"Its file: `src/{kind.__module__.replace('.', '/')}.py`."


def draw_curves(curves: Sequence[tuple[str, Sequence[float], Sequence[float]]], words: str) -> str:
    """Curves in one drawing, in the colours of the theme: (label, x, y) each."""
    xs = [x for _, points, _ in curves for x in points]
    ys = [y for _, _, points in curves for y in points if isfinite(y)]
    left, right, low, high = min(xs), max(xs), min(ys), max(ys)
    if high - low < 1e-9:
        low, high = low - 1, high + 1
    width, height, margin = 460, 260, 34

    def at(x: float, y: float) -> str:
        across = margin + (x - left) / (right - left) * (width - 2 * margin)
        down = height - margin - (y - low) / (high - low) * (height - 2 * margin)
        return f"{across:.1f},{down:.1f}"

    def line(one: str, other: str, style: str) -> str:
        (x1, y1), (x2, y2) = one.split(","), other.split(",")
        return f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" {style}/>'

    parts = []
    axis = 'stroke="currentColor" stroke-opacity="0.35"'
    if low <= 0 <= high:
        parts.append(line(at(left, 0), at(right, 0), axis))
    if left <= 0 <= right:
        parts.append(line(at(0, low), at(0, high), axis))
    for number, (label, x, y) in enumerate(curves):
        points = " ".join(at(a, b) for a, b in zip(x, y, strict=True) if isfinite(b))
        dash = "" if number == 0 else ' stroke-dasharray="6 4"'
        parts.append(f'<polyline points="{points}" fill="none" stroke="currentColor" stroke-width="2"{dash}/>')
        top = 14 + 16 * number
        parts.append(
            f'<line x1="{width - 110}" y1="{top}" x2="{width - 84}" y2="{top}" stroke="currentColor" stroke-width="2"{dash}/>'
        )
        parts.append(f'<text x="{width - 78}" y="{top + 4}" font-size="13" fill="currentColor">{escape(label)}</text>')
    marks = [(f"{left:.4g}", margin, height - 8, "start"), (f"{right:.4g}", width - margin, height - 8, "end"),
             (f"{low:.3g}", margin - 4, height - margin, "end"), (f"{high:.3g}", margin - 4, margin + 4, "end")]  # fmt: skip
    parts += [
        f'<text x="{x}" y="{y}" font-size="12" text-anchor="{side}" fill="currentColor">{text}</text>'
        for text, x, y, side in marks
    ]
    drawing = f'<svg viewBox="0 0 {width} {height}" width="{width}" role="img" aria-label="{escape(words)}">{"".join(parts)}</svg>'
    return raw(f'<div class="plot">{drawing}</div>')
