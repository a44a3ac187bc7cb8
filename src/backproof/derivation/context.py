"""What every working needs at hand: the trace and its sample, symbols for its numbers, and long sums made short."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np

from backproof.architecture import Architecture
from backproof.arrays import AnyArray, Array
from backproof.evaluation import evaluate
from backproof.expression import Add, Call, Div, Expression, Number, Rest, Sum, quantities, substitute
from backproof.layers import Layer, flatten_units
from backproof.quantity import Kind, Quantity, Scope, differentiate_by
from backproof.trace import Trace

#: Maximum number of terms of a sum that is written out; of longer ones the LARGEST terms are.
WRITTEN_OUT, LARGEST = 12, 10
#: An output this near an end of the cost's domain counts as saturated.
NEAR = 1e-6


@dataclass(frozen=True)
class Terms:
    """A sum, term by term: number `i` is written by `write(i)` and worth `values()[i]`; `extra` terms follow it.

    `body` is the general term over `index`, for a sum in sigma notation.
    """

    index: str
    body: Expression
    count: int
    write: Callable[[int], Expression]
    values: Callable[[], Array]
    extra: tuple[Expression, ...] = ()

    @property
    def written(self) -> Expression:
        """The whole sum, nothing left out."""
        return add_terms([*(self.write(number) for number in range(self.count)), *self.extra])


class Total(NamedTuple):
    """A sum twice: in symbols, and with its terms (the largest of them) written out; a note where some are left out."""

    symbolic: Expression
    written: Expression
    notes: tuple[str, ...] = ()


def add_terms(terms: list[Expression]) -> Expression:
    """The sum of some terms: 0 of none, the term itself of one."""
    return Number(0) if not terms else terms[0] if len(terms) == 1 else Add(tuple(terms))


@dataclass(frozen=True)
class SampleContext:
    """A trace as seen by one sample; `among_others` where that sample is written beside every number."""

    trace: Trace
    among_others: bool = False

    @property
    def architecture(self) -> Architecture:
        """The architecture of the network."""
        return self.trace.network.architecture

    @property
    def sample(self) -> int | None:
        """The sample that is written beside every number: none where the whole working is about one sample."""
        return self.trace.sample if self.among_others else None

    @cached_property
    def row(self) -> int:
        """That sample's row in the arrays of the trace."""
        return self.trace.row(Quantity("a", ("",)))

    @property
    def number(self) -> int | None:
        """The number of the sample, from 1; None where the trace is of several samples together."""
        return self.trace.numbers[0] if len(self.trace.numbers) == 1 else self.trace.sample

    def symbol(self, role: str, *of: str, sample: int | str | None = None) -> Quantity:
        """A quantity of the sample at hand, or of another one."""
        own = sample is None or sample == self.number
        return Quantity(role, of, self.sample if own else sample)

    def differentiate(self, top: Quantity, by: Quantity) -> Quantity:
        """The symbol of d top / d by; the error of a unit is written delta, g'(h) under the unit's name alone."""
        if top.is_total:
            return differentiate_by(top.of_sample(self.sample), by).as_delta
        if by.kind is not Kind.PARAMETER and by.sample != top.sample:
            by = by.of_sample(by.sample or self.number)
        found = differentiate_by(top, by)
        own = by.kind is not Kind.PARAMETER and top.of == by.of  # a weight may have the name of a unit
        return found.as_slope if own and not self.layer_of(by).activation.coupled else found

    def layer_of(self, quantity: Quantity) -> Layer:
        """The layer of the unit that a quantity is of."""
        return self.architecture.layers[self.architecture.place(quantity.of[0])[0]]

    def value(self, formula: Expression) -> float:
        """What a formula is worth in this trace."""
        return float(evaluate(formula, self.trace.value))

    def units_row(self, arrays: tuple[AnyArray, ...], layer: int) -> Array:
        """The flattened numbers of a layer in the sample at hand."""
        row: Array = flatten_units(arrays[layer])[self.row]
        return row

    @cached_property
    def saturated(self) -> bool:
        """Whether an output has come so near an end of the cost's domain that float64 cannot tell 1 - a from 0."""
        architecture = self.architecture
        if architecture.identity is None:
            return False
        outputs = architecture.collect_outputs(self.trace.forward.a)[self.row]
        ends = [end for end in architecture.cost.domain if np.isfinite(end)]
        return any(bool(np.abs(outputs - end).min() < NEAR) for end in ends)

    def shorten(self, terms: Terms, most: int = WRITTEN_OUT, largest: int = LARGEST) -> Total:
        """A sum of up to `most` terms with all of them; a longer one with its largest, and how much is left out.

        The largest stand first where they are few, else in their own order.
        """
        extra = list(terms.extra)
        if terms.count <= most:
            whole = terms.written
            return Total(whole, whole)
        values = terms.values()
        kept = np.argsort(-np.abs(values), kind="stable")[:largest]
        kept = kept if largest < LARGEST else np.sort(kept)
        rest = Rest(terms.count - largest, float(np.delete(values, kept).sum()))
        written = [*(terms.write(int(number)) for number in kept), rest]
        sigma = Sum(f"{terms.index}=1..{terms.count}", terms.body, tuple(written))
        return Total(add_terms([sigma, *extra]), add_terms([*written, *extra]), (describe_rest(values, kept),))

    def shorten_formula(self, formula: Expression) -> Total:
        """A formula with its long sums made short, and its long maxima with their largest arguments only."""
        notes: list[str] = []

        def shorten_node(node: Expression, symbolic: bool) -> Expression | None:
            if isinstance(node, Add) and len(node.terms) > WRITTEN_OUT:
                total = self.shorten(list_terms(node, lambda: np.array([self.value(term) for term in node.terms])))
                notes.extend(note for note in total.notes if note not in notes)
                return total.symbolic if symbolic else total.written
            if isinstance(node, Call) and node.function == "maximum" and len(node.arguments) > WRITTEN_OUT:
                values = np.array([self.value(each) for each in node.arguments])
                kept = np.sort(np.argsort(-values, kind="stable")[:LARGEST])
                note = f"of the {len(values)} numbers of the maximum the {LARGEST} largest are shown."
                notes.extend([note] if note not in notes else [])
                return Call(node.function, tuple(node.arguments[int(each)] for each in kept))
            return None

        symbolic = substitute(formula, lambda node: shorten_node(node, True))
        written = substitute(formula, lambda node: shorten_node(node, False))
        return Total(symbolic, written, tuple(notes))

    def share(self, term: Expression) -> Expression:
        """A term of the cost with the factors of a mean over outputs and over samples in front."""
        architecture, samples = self.architecture, len(self.trace.numbers)
        if architecture.cost.averaged and architecture.output_count > 1:
            term = Div(Number(1), Number(architecture.output_count)) * term
        if architecture.reduction == "mean" and samples > 1:
            term = Div(Number(1), Number(samples)) * term
        return term


@dataclass(frozen=True)
class UnitNumbers:
    """The symbols with which a kind of layer writes a formula of one of its units, for one sample."""

    context: SampleContext
    layer: int
    sample: int | str | None = None

    @property
    def samples(self) -> int:
        """Number of samples in the batch."""
        return len(self.context.trace.numbers)

    def activation(self, sender: int, position: int) -> Quantity:
        """An activation that the layer receives."""
        sending = self.context.architecture.layers[self.context.architecture.layers[self.layer].receives[sender]]
        return self.context.symbol("a", sending.unit(position), sample=self.sample)

    def parameter(self, role: str, entry: int) -> Quantity | None:
        """A parameter of the layer, None where nothing is connected."""
        array = dict(self.context.architecture.layers[self.layer].arrays).get(role)
        name = None if array is None else self.context.architecture.name_at(array, entry)
        return None if name is None else Quantity("w", (name,))

    def value(self, formula: Expression) -> float:
        """What a formula is worth in the trace."""
        return self.context.value(formula)

    def statistic(self, name: str, position: int) -> Quantity:
        """A statistic that stands in the h of a unit, written under the first unit of which that is true."""
        found = Quantity(name, (self.context.architecture.statistic_unit(self.layer, position),))
        own = found.scope is Scope.STEP
        return found if own else self.context.symbol(name, *found.of, sample=self.sample)


def list_terms(total: Add, values: Callable[[], Array]) -> Terms:
    """A sum that is written out as its terms, whose general term has a letter for what runs in them."""
    first, last = (quantities(total.terms[place]) for place in (0, -1))
    running, index = dict[Expression, Expression](), "k"
    for one, other in zip(first, last, strict=False):
        if one.of != other.of:
            unit = _generalise(one.of[0], other.of[0])
            running[one] = replace(one, of=(unit or "u",), sample=None)
        elif one.sample != other.sample:
            running[one], index = one.of_sample(None), "n"
    body = substitute(total.terms[0], running.get)
    return Terms(index, body, len(total.terms), lambda term: total.terms[term], values)


def _generalise(one: str, other: str) -> str | None:
    """The name that two units of a layer have in common, k in place of the index that differs: p[0,k]."""
    parts = [re.split(r"([\[\],])", name) for name in (one, other)]
    if parts[0][0] != parts[1][0]:
        return None
    differ = [place for place, (a, b) in enumerate(zip(*parts, strict=True)) if a != b]
    return (
        "".join("k" if place in differ else part for place, part in enumerate(parts[0])) if len(differ) == 1 else None
    )


def describe_rest(terms: Array, kept: AnyArray) -> str:
    """One line about a shortened sum: how many terms, the share of those shown, and how much cancels."""
    sizes = np.abs(terms)
    everything = float(sizes.sum())
    shown = float(sizes[kept].sum() / everything) if everything else 1.0
    net = float(abs(terms.sum()) / everything) if everything else 1.0
    return (
        f"{len(terms)} terms; the {len(kept)} largest are written out and make {shown:.1%} of the sum of all absolute "
        f"values, {len(terms) - len(kept)} are left out; after cancelling, {net:.1%} of that sum remains."
    )
