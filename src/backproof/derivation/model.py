"""What a derivation is made of."""

from __future__ import annotations

from dataclasses import dataclass

from backproof.expression import Expression
from backproof.labels import Labels
from backproof.quantity import Quantity

#: The kinds of line whose value is the derivation's own; the others are partial results.
WHOLE = ("chain_rule", "numbers", "value", "sum_over_samples")


@dataclass(frozen=True)
class Line:
    """`left = right`, why that is so, and what the right side is worth.

    kind: definition, chain_rule, local_derivatives, numbers, value, sum_over_samples, term or update. A left side of
    None is the derivation's own quantity. Lines after each other with one left side are one chain of equalities.
    """

    kind: str
    right: Expression
    value: float
    reason: str
    left: Expression | None = None


@dataclass(frozen=True)
class Derivation:
    """How one quantity comes about. `of` is the formula asked for; `estimate` its central difference, if any."""

    of: Expression
    name: str
    sample: int | None
    step: int
    value: float
    estimate: float | None
    lines: tuple[Line, ...]
    uses: tuple[Quantity, ...]
    labels: Labels
    notes: tuple[str, ...] = ()

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
