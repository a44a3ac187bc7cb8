"""What a derivation is made of."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from backproof.display import Displayed
from backproof.expression import Expression, quantities
from backproof.labels import Labels
from backproof.quantity import Kind, Quantity

#: The kinds of line whose value is the derivation's own; the others are partial results.
WHOLE = ("chain_rule", "numbers", "value", "sum_over_samples")


@dataclass(frozen=True)
class Line:
    """One line `left = right` of a derivation, its reason, and the value of the right side.

    Attributes
    ----------
    kind : str
        definition, chain_rule, local_derivatives, numbers, value, sum_over_samples, term or update.
    right : Expression
    value : float
        The right side, evaluated by itself.
    reason : str
    left : Expression or None
        None stands for the quantity of the derivation. Successive lines with the same left side form a chain of
        equalities.
    """

    kind: str
    right: Expression
    value: float
    reason: str
    left: Expression | None = None


@dataclass(frozen=True)
class Derivation(Displayed):
    """One number of a training step, worked line by line from its definition to its value.

    A derivation prints itself as text, and shows itself in a notebook.

    Attributes
    ----------
    of : Expression
        The formula that was asked for.
    name : str
        Its name, such as ``"dE/dw1"``.
    sample : int or None
        Number of the sample (from 1) that it belongs to; None for the batch.
    step : int
        Number of the training step, from 1.
    value : float
        The number, as the training step computes it.
    estimate : float or None
        The central difference [f(w + d) - f(w - d)] / 2d, for derivatives. It knows no rule of differentiation, so it
        confirms the value independently.
    lines : tuple of Line
    uses : tuple of Quantity
        The quantities that its lines lead to and that have derivations of their own, each once.
    labels : Labels
        How units and parameters are written.
    notes : tuple of str

    See Also
    --------
    Trace.explain : Make a derivation.

    Examples
    --------
    >>> from backproof import load
    >>> derivation = load("or").trace(sample=2).explain("a[h1]")
    >>> derivation.name, round(derivation.value, 6)
    ('a[h1]', 0.645656)
    >>> [line.kind for line in derivation.lines][-1], round(derivation.lines[-1].value, 6)
    ('value', 0.645656)
    """

    of: Expression
    name: str
    sample: int | None
    step: int
    value: float
    estimate: float | None
    lines: tuple[Line, ...]
    labels: Labels
    notes: tuple[str, ...] = ()

    @cached_property
    def uses(self) -> tuple[Quantity, ...]:
        """Every quantity that the lines lead to and that has a derivation of its own, each once."""
        met = [quantity for line in self.lines if not _follows(line) for quantity in quantities(line.right)]
        return tuple(quantity for quantity in dict.fromkeys(met) if quantity != self.of and _has_value(quantity))

    def __repr__(self) -> str:
        return f"Derivation({self.name!r}, {self.value!r}, {len(self.lines)} lines)"

    def __str__(self) -> str:
        from backproof.render import render_derivation

        return render_derivation(self, "text")

    def _repr_html_(self) -> str:
        """Itself, in a notebook."""
        from backproof.render import render_derivation

        return render_derivation(self, "html")

    def _repr_markdown_(self) -> str:
        """Itself, where a notebook is shown as Markdown."""
        from backproof.render import render_derivation

        return render_derivation(self, "markdown")

    def _repr_latex_(self) -> str:
        """Itself, where a notebook is printed: display math."""
        from backproof.render import render_derivation

        return f"$$\n{render_derivation(self, 'latex')}$$"


def _follows(line: Line) -> bool:
    """Whether a line says what comes of a gradient, not where it comes from."""
    return line.kind == "update" and isinstance(line.left, Quantity) and line.left.kind is Kind.NEW


def _has_value(quantity: Quantity) -> bool:
    """Whether a quantity stands for one number, not for the body of a sum."""
    named = bool(quantity.of) or quantity.kind in (Kind.COST, Kind.RATE, Kind.REGULARISED)
    return named and not isinstance(quantity.sample, str) and quantity.by_sample is None
