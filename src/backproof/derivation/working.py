"""A working in progress: its lines and notes, each line worth what its right side is worth."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import isfinite

import numpy as np

from backproof.derivation.context import SampleContext, Terms, Total
from backproof.derivation.model import WHOLE, Line
from backproof.expression import Div, Expression, Number, Value, put_in, walk
from backproof.quantity import Quantity
from backproof.trace import Trace

#: Two numbers that are nearer to each other than this part of them count as the same.
SAME = 1e-6


@dataclass
class Working:
    """The lines of one quantity, seen by a context; `truth` is its value."""

    context: SampleContext
    truth: float
    lines: list[Line] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def trace(self) -> Trace:
        """The trace that the numbers come from."""
        return self.context.trace

    def line(self, kind: str, right: Expression, reason: str, left: Expression | None = None) -> None:
        """Add a line; its value is what its right side is worth.

        Where a formula leaves float64 (0 * inf) and the number itself does not, a note stands in for the line; so it
        does where numbers that are put in are no longer finite.
        """
        value = self.context.value(right)
        if kind == "numbers" and any(isinstance(each, Value) and not isfinite(each.value) for each in walk(right)):
            self.note("A number that would be put in here is beyond float64, so that line is left out.")
        elif _differ(value, self._find_truth(kind, left)) and self._overflows(right, value):
            self.note("A formula leaves float64 here (such as 0 * inf); the value is that of its stable form.")
        else:
            self.lines.append(Line(kind, right, value, reason, left))

    def _overflows(self, formula: Expression, value: float) -> bool:
        """Whether a formula, or something that it divides by, is beyond float64."""
        if not isfinite(value):
            return True
        return not all(isfinite(self.context.value(node.bottom)) for node in walk(formula) if isinstance(node, Div))

    def _find_truth(self, kind: str, left: Expression | None) -> float:
        """What the left side of a line is worth; NaN where nothing can be said."""
        if kind in WHOLE:
            return self.truth
        known = kind in ("definition", "local_derivatives", "term") and isinstance(left, Quantity)
        return self.context.value(left) if known and left is not None else np.nan

    def note(self, *texts: str) -> None:
        """Add remarks, each once."""
        self.notes.extend(text for text in texts if text not in self.notes)

    def shorten(self, terms: Terms | Expression) -> Total:
        """A sum, or the long sums in a formula, made short, with a note on what is left out."""
        context = self.context
        total = context.shorten(terms) if isinstance(terms, Terms) else context.shorten_formula(terms)
        self.note(*total.notes)
        return total

    def close(self, formula: Expression, reason: str = "put the numbers in") -> None:
        """The last two lines: the formula with its numbers, and what it comes to."""
        self.line("numbers", put_in(formula, self.trace.value), reason)
        self.lines.append(Line("value", Number(self.truth), self.truth, "work it out"))
        if not np.isfinite(self.truth):
            self.note("This number is beyond float64, which ends at about 1.8e308.")

    def give(self, quantity: Quantity, reason: str) -> None:
        """A number that nothing here computes."""
        self.line("definition", put_in(quantity, self.trace.value), reason, quantity)
        self.close(quantity, "as given")

    def add_partial(self, kind: str, left: Quantity, formula: Expression, reason: str) -> None:
        """A partial result: its formula, the numbers put in, and what it comes to - as far as these differ."""
        if formula == left:
            self.line(kind, Value(left, self.context.value(left)), reason, left)
            return
        self.line(kind, formula, reason, left)
        if isinstance(formula, Number):
            return
        if not isinstance(formula, Quantity):
            self.line(kind, put_in(formula, self.trace.value), "with its numbers", left)
        self.line(kind, Value(left, self.context.value(left)), "its value", left)


def _differ(value: float, truth: float) -> bool:
    """Whether a line is worth something else than a finite number that it should be worth."""
    near = isfinite(value) and abs(value - truth) <= SAME * max(abs(value), abs(truth))
    return isfinite(truth) and not near
