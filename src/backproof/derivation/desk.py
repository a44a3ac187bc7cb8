"""What every working needs at hand: the trace and its sample, names for the numbers, and long sums made short."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from backproof.arrays import Array
from backproof.derivation.model import WHOLE, Line
from backproof.evaluation import evaluate
from backproof.expression import Add, Div, Expression, Number, Quantity, Rest, Sum, put_in
from backproof.operations.activation import Activation
from backproof.trace import Trace

#: Sums of up to so many terms are written out; of longer ones the LARGEST terms.
WRITTEN_OUT, LARGEST = 12, 10
#: An output this near an end of the cost's domain counts as saturated.
NEAR = 1e-6


class Top(NamedTuple):
    """What is differentiated: E, one output's part of it, an activation or a pre-activation."""

    role: str
    of: tuple[str, ...] = ()


COST = Top("E")


class Total(NamedTuple):
    """A sum twice: in symbols, and with its terms (the largest of them) written out; a note where some are left out."""

    symbolic: Expression
    written: Expression
    notes: tuple[str, ...] = ()


@dataclass
class Desk:
    """The working of one quantity in progress; `among_others` where it is one sample's term in a batch's working."""

    trace: Trace
    truth: float
    among_others: bool = False
    limit: int = WRITTEN_OUT
    lines: list[Line] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def sample(self) -> int | None:
        """The sample that is written beside every number: none where the whole working is about one sample."""
        return self.trace.sample if self.among_others else None

    @property
    def row(self) -> int:
        """That sample's row in the arrays of the trace."""
        return self.trace.row(Quantity("a", self.trace.network.units[0][:1]))

    def number(self, role: str, *of: str) -> Quantity:
        """A quantity of the sample at hand."""
        return Quantity(role, of, self.sample)

    def slope(self, top: Top, letter: str, by: str) -> Quantity:
        """d top / d by, where the letter says what `by` is: a, h or w."""
        own = top == Top("a", (by,)) and letter == "h" and not self.activation(self.trace.network.place(by)[0]).coupled
        return Quantity(f"d{top.role}/d{letter}", (by,) if own else (*top.of, by), self.sample)

    def error(self, top: Top, unit: str) -> Quantity:
        """d top / dh of a unit: delta where it is the cost's."""
        return self.number("delta", unit) if top == COST else self.slope(top, "h", unit)

    def unit(self, layer: int, position: int) -> str:
        """The name of a unit."""
        return self.trace.network.units[layer][position]

    def activation(self, layer: int) -> Activation:
        """The activation of a layer, from 1."""
        return self.trace.network.activations[layer - 1]

    def value(self, formula: Expression) -> float:
        """What a formula is worth in this trace."""
        return float(evaluate(formula, self.trace.value))

    @property
    def saturated(self) -> bool:
        """Whether an output has come so near an end of the cost's domain that float64 cannot tell 1 - a from 0."""
        network = self.trace.network
        outputs = self.trace.forward.a[-1][self.row]
        ends = [end for end in network.cost.domain if np.isfinite(end)]
        return network.identity is not None and any(np.abs(outputs - end).min() < NEAR for end in ends)

    def line(self, kind: str, right: Expression, reason: str, left: Expression | None = None) -> None:
        """Add a line; its value is what its right side is worth.

        Where a formula leaves float64 (0 * inf) and the number itself does not, a note stands in for the line.
        """
        value = self.value(right)
        if kind in WHOLE and not np.isfinite(value) and np.isfinite(self.truth):
            self.note("A formula leaves float64 here (such as 0 * inf); the value is that of its stable form.")
        else:
            self.lines.append(Line(kind, right, value, reason, left))

    def note(self, *texts: str) -> None:
        """Add remarks, each once."""
        self.notes.extend(text for text in texts if text not in self.notes)

    def close(self, formula: Expression, reason: str = "put the numbers in") -> None:
        """The last two lines: the formula with its numbers, and what it comes to."""
        self.line("numbers", put_in(formula, self.trace.value), reason)
        self.lines.append(Line("value", Number(self.truth), self.truth, "work it out"))

    def total(self, index: str, body: Expression, terms: Array, make: Callable[[int], Expression]) -> Total:
        """A sum of `terms`, the i-th written by make(i): all of them, or the largest and how much is left out."""
        count = len(terms)
        if count <= self.limit:
            written = [make(position) for position in range(count)]
            one = written[0] if count == 1 else Add(tuple(written))
            return Total(one, one)
        kept = np.sort(np.argsort(-np.abs(terms), kind="stable")[:LARGEST])
        rest = Rest(count - LARGEST, float(np.delete(terms, kept).sum()))
        written = [*(make(int(position)) for position in kept), rest]
        sigma = Sum(f"{index}=1..{count}", body, tuple(written))
        return Total(sigma, Add(tuple(written)), (left_out(terms, kept),))

    def share(self, term: Expression, samples: int) -> Expression:
        """A term of the cost with the factors of a mean over outputs and over samples in front."""
        network = self.trace.network
        if network.cost.averaged and len(network.units[-1]) > 1:
            term = Div(Number(1), Number(len(network.units[-1]))) * term
        if network.reduction == "mean" and samples > 1:
            term = Div(Number(1), Number(samples)) * term
        return term


def left_out(terms: Array, kept: NDArray[np.int64]) -> str:
    """One line about a shortened sum: how many terms, the share of those shown, and how much cancels."""
    sizes = np.abs(terms)
    everything = float(sizes.sum())
    shown = float(sizes[kept].sum() / everything) if everything else 1.0
    net = float(abs(terms.sum()) / everything) if everything else 1.0
    return (
        f"{len(terms)} terms; the {len(kept)} largest are written out and make {shown:.1%} of the sum of all absolute "
        f"values, {len(terms) - len(kept)} are left out; after cancelling, {net:.1%} of that sum remains."
    )
