"""The place of a slip in a formula: one definition of one number, and the ways to write it down changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from backproof.checking.graph import Graph
from backproof.derivation.context import add_terms
from backproof.expression import Add, Expression, Neg, quantities, substitute
from backproof.layers import Layer
from backproof.network import Network
from backproof.operations.recurrence import Recurrence
from backproof.quantity import Kind, Quantity, Scope
from backproof.trace import Trace


class Change(NamedTuple):
    """A definition with a slip in it, and the slip in words; `kind` is the same for the same slip elsewhere."""

    formula: Expression
    says: str
    kind: str = ""


@dataclass(frozen=True)
class Site:
    """A number of the working and one of its definitions: the place where a slip may have been made."""

    graph: Graph
    quantity: Quantity
    formula: Expression

    @property
    def form(self) -> str:
        """What kind of number is made here, such as `dE/dw`; empty for a product of numbers."""
        return self.quantity.form

    @property
    def trace(self) -> Trace:
        """The step and sample of this place."""
        return self.graph.trace(self.quantity)

    @property
    def network(self) -> Network:
        """The network of this step."""
        return self.trace.network

    @property
    def layer(self) -> int:
        """The layer of the unit at hand; of a parameter, the first one that it feeds."""
        name = self.quantity.of[-1]
        if self.network.architecture.find_unit(name) is not None:
            return self.network.place(name)[0]
        return self.network.architecture.first_layer_with(name)

    @property
    def is_gradient(self) -> bool:
        """Whether this is the derivative of the cost by a parameter, for one sample."""
        return self.quantity.is_gradient and not self.sums_samples

    @property
    def is_sent_back(self) -> bool:
        """Whether this is the derivative of the cost with respect to an activation, dE/da."""
        made = self.quantity
        return made.is_derivative and (made.numerator.kind, made.denominator.kind) == (Kind.COST, Kind.ACTIVATION)

    @property
    def sums_samples(self) -> bool:
        """Whether this is a cost or gradient of a whole batch, the sum of its samples'."""
        return self.quantity.scope is Scope.BATCH and self.quantity.sample is None and len(self.trace.numbers) > 1

    @property
    def is_bias(self) -> bool:
        """Whether the parameter at hand is a bias."""
        return self.network.is_bias(self.quantity.of[-1])

    @property
    def is_hidden(self) -> bool:
        """Whether the unit at hand is not an output."""
        return self.layer not in self.network.architecture.outputs

    def number(self, role: str, *of: str) -> Quantity:
        """Another number of the same sample and step."""
        return self.graph.normal(Quantity(role, of), self.quantity.step or 1, self._sample)

    @property
    def _sample(self) -> int | None:
        return self.quantity.sample if isinstance(self.quantity.sample, int) else None

    def units(self, layer: int) -> tuple[str, ...]:
        """The units of a layer."""
        return self.network.units[layer] if 0 <= layer <= self.network.depth else ()

    def senders(self, layer: int) -> tuple[str, ...]:
        """The units of the layers that a layer receives from."""
        layers = self.network.architecture.layers
        return tuple(unit for number in layers[layer].receives for unit in layers[number].units)

    def receivers(self, layer: int) -> tuple[str, ...]:
        """The units of the layers that receive from a layer."""
        architecture = self.network.architecture
        return tuple(unit for number, _ in architecture.listeners[layer] for unit in architecture.layers[number].units)

    def layer_of(self, unit: str) -> Layer:
        """The layer that a unit is in."""
        return self.network.architecture.layers[self.network.place(unit)[0]]

    def step_in_time(self, unit: str) -> int | None:
        """The step of a recurrence that a unit belongs to, 0 for the state before the first; None for any other."""
        layer = self.layer_of(unit)
        if layer.part_of is None or not isinstance(layer.part_of.kind, Recurrence):
            return None
        cell = layer.part_of.kind.locate(layer.name.removeprefix(f"{layer.part_of.name}."))
        return None if cell is None else cell.column

    def change_terms(
        self, kinds: type | tuple[type, ...], change: Callable[[Expression, Quantity], Expression]
    ) -> Expression | None:
        """The formula with each term changed in which an error comes back from a layer of some kinds.

        `change` gets the term and the error in it; None where nothing changes.
        """
        found = [
            change(term, error) if error is not None and isinstance(self.layer_of(error.of[0]).kind, kinds) else term
            for term in terms(self.formula)
            for error in (find_error(term),)
        ]
        return None if tuple(found) == terms(self.formula) else add_terms(found)

    def weight(self, sender: str, receiver: str) -> Quantity | None:
        """The weight between two units, if they are connected."""
        name = self.network.architecture.weight_between(sender, receiver)
        return self.number("w", name) if name else None


def each_place(
    formula: Expression, other: Callable[[Expression], Iterable[tuple[Expression, str]]]
) -> Iterator[tuple[Expression, str]]:
    """The formula with one node exchanged, for every node and everything that `other` offers in its place."""
    yield from other(formula)
    children = formula.children
    for position, child in enumerate(children):
        for changed, says in each_place(child, other):
            yield formula.rebuild((*children[:position], changed, *children[position + 1 :])), says


def exchanged(formula: Expression, instead: Callable[[Quantity], Expression | None]) -> Expression:
    """The formula with every quantity exchanged for which `instead` gives another."""
    return substitute(formula, lambda node: instead(node) if isinstance(node, Quantity) else None)


#: Maximum number of terms of the sums in which the same slip is looked for in the same term everywhere.
MOST_TERMS = 8


def term_kind(site: Site, position: int, words: str = "") -> str:
    """The kind of a slip in one term of a sum: the same in all sums of its form."""
    return f"{site.form} {position + 1} {words}" if len(terms(site.formula)) <= MOST_TERMS else ""


def terms(formula: Expression) -> tuple[Expression, ...]:
    """The terms of a sum; a formula that is no sum is its only term."""
    return formula.terms if isinstance(formula, Add) else (formula,)


def find_error(term: Expression) -> Quantity | None:
    """The error of a unit that comes back in a term, if one does."""
    return next((each for each in quantities(term) if each.is_error), None)


def order_in_time(site: Site) -> list[Expression]:
    """The terms of a sum over the steps of a recurrence, by step; none where a term belongs to no step."""
    found = [(find_error(term), term) for term in terms(site.formula)]
    times = [(None if error is None else site.step_in_time(error.of[0]), term) for error, term in found]
    if any(time is None for time, _ in times):
        return []
    return [term for _, term in sorted(times, key=lambda each: each[0] or 0)]


def negated(formula: Expression) -> Expression:
    """-formula, or the formula whose minus is taken away."""
    return formula.body if isinstance(formula, Neg) else Neg(formula)


def of_sample(quantity: Quantity, sample: int) -> Quantity:
    """The same number of another sample."""
    return replace(quantity, sample=sample)
