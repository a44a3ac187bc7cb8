"""Derivations as HTML whose every symbol carries the name of its number, cut into templates and the numbers in them.

The lines of one derivation differ from step to step in their numbers alone, so a template is kept once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from html import escape
from typing import Any, TypeAlias

from backproof import difference
from backproof.derivation import Derivation
from backproof.expression import Expression
from backproof.quantity import Kind, Quantity
from backproof.render import content
from backproof.render.characters import one_line
from backproof.render.mathml import NAMESPACE, MathMLPrinter
from backproof.render.text import TextPrinter
from backproof.trace import Trace

#: A line: its kind, its template, and the numbers in it.
Line: TypeAlias = list[Any]

_NUMBER = re.compile(r"(?<=<mn>)[^<]*(?=</mn>)")
_TAG = re.compile(r"<(/?)[^>]*>")
_INFIX = '<mo form="infix">'
#: What stands in a template where a number belongs.
HOLE = "\0"


@dataclass
class Pool:
    """Templates, each once, by their number."""

    templates: dict[str, int] = field(default_factory=dict)
    _cuts: dict[str, tuple[int, list[str]]] = field(default_factory=dict)

    def cut(self, kind: str, html: str) -> Line:
        """A line as its template and its numbers."""
        if html not in self._cuts:
            number = self.templates.setdefault(_NUMBER.sub(HOLE, html), len(self.templates))
            self._cuts[html] = number, _NUMBER.findall(html)
        number, numbers = self._cuts[html]
        return [kind, number, *numbers]


@dataclass(frozen=True)
class Writer:
    """Writes the numbers and derivations of one network."""

    trace: Trace

    @classmethod
    def of(cls, trace: Trace) -> Writer:
        """The writer of the numbers of a trace."""
        return cls(trace)

    @cached_property
    def text(self) -> TextPrinter:
        """The printer of plain text."""
        return TextPrinter(labels=self.trace.labels)

    @cached_property
    def mathml(self) -> MathMLPrinter:
        """The printer of formulas, whose symbols lead to nothing."""
        return MathMLPrinter(labels=self.trace.labels)

    @cached_property
    def targets(self) -> MathMLPrinter:
        """The printer of formulas whose every symbol carries the name of its number."""
        return replace(self.mathml, attributes=_carry_name)

    def write_symbol(self, name: str) -> str:
        """The symbol of a number, as MathML."""
        return _frame(self.mathml.formula(self.trace.read_name(name)))

    def write_plain(self, formula: Expression) -> str:
        """The symbol of a number as plain text; empty where plain text needs brackets for it."""
        found = self.text.formula(formula)
        return "" if set(found) & set("{^_") else found

    def write_lines(self, trace: Trace, derivation: Derivation, pool: Pool) -> list[Line]:
        """A derivation line by line, the central difference and remarks at its end."""
        found = [
            pool.cut(line.kind, self._write_line(left, right, line.reason))
            for left, right, line in content.lines(derivation)
        ]
        if derivation.estimate is not None:
            found.append(pool.cut("estimate", self._write_estimate(trace, derivation)))
        return [*found, *(pool.cut("note", f"<p>{_safe(note)}</p>") for note in derivation.notes)]

    @cached_property
    def _written(self) -> dict[tuple[Expression | None, Expression, str], str]:
        """The lines written so far: what has no numbers in it comes again in every step."""
        return {}

    def _write_line(self, left: Expression | None, right: Expression, reason: str) -> str:
        key = left, right, reason
        if key not in self._written:
            self._written[key] = self._print_line(*key)
        return self._written[key]

    def _print_line(self, left: Expression | None, right: Expression, reason: str) -> str:
        printer = self.targets
        first = "" if left is None else _frame(printer.formula(left), display=True)
        parts = "<wbr>".join(
            _frame(part, display=True) for part in cut_formula(printer.equal("", printer.formula(right)))
        )
        why = f'<div class="reason">{_safe(reason)}</div>'
        return f'<div class="left">{first}</div><div class="body"><div class="right">{parts}</div>{why}</div>'

    def _write_estimate(self, trace: Trace, derivation: Derivation) -> str:
        assert derivation.estimate is not None
        quantity = derivation.of
        assert isinstance(quantity, Quantity)
        by, top = quantity.denominator, quantity.numerator
        reach = difference.STEP * max(1.0, abs(trace.value(by)))
        off = _frame(content.difference(derivation, self.mathml))
        nudge, estimate = (_frame(self.mathml.number(each)) for each in (reach, derivation.estimate))
        varied, moved = (_frame(self.targets.formula(each)) for each in (by, top))
        return (
            f"<p>Checked without any rule: nudge {varied} by {nudge} up and down; the change of {moved}, divided by "
            f"the change of {varied}, is {estimate}. That is off by {off}.</p>"
        )


def cut_formula(text: str) -> list[str]:
    """A formula in parts between which a narrow screen may break it: before its signs, or the factors of a product."""
    depth, cuts = 0, []
    for tag in _TAG.finditer(text):
        if depth == 0 and tag[0] == _INFIX and tag.start():
            cuts.append(tag.start())
        depth += -1 if tag[1] else 1
    signs = [cut for cut in cuts if text.startswith(("+", "−"), cut + len(_INFIX))]
    chosen = signs or cuts
    return [text[start:end] for start, end in zip([0, *chosen], [*chosen, len(text)], strict=True)]


def _frame(text: str, *, display: bool = False) -> str:
    style = ' displaystyle="true"' if display else ""
    return f'<math xmlns="{NAMESPACE}"{style}><mrow>{text}</mrow></math>'


def _carry_name(quantity: Quantity) -> str:
    """The name of a number that can be selected, and its sample where it says one; nothing for the body of a sum."""
    if not (quantity.of or quantity.kind in (Kind.COST, Kind.RATE, Kind.REGULARISED)):
        return ""
    if isinstance(quantity.sample, str) or quantity.whole_layer or quantity.by_sample is not None:
        return ""
    sample = "" if quantity.sample is None else f' data-sample="{quantity.sample}"'
    return f'class="target" data-quantity="{_safe(quantity.canonical.name)}"{sample}'


def list_uses(derivation: Derivation) -> Iterator[str]:
    """The names of the numbers that a derivation leads to."""
    for quantity in derivation.uses:
        if _carry_name(quantity):
            yield quantity.canonical.name


@lru_cache(4096)
def _safe(text: str) -> str:
    return escape(one_line(text), quote=True)
