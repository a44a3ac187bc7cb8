"""Another unit's number."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import combinations
from math import prod
from typing import Any, final

import numpy as np

from backproof.architecture import Architecture
from backproof.arrays import Arrays
from backproof.checking.backward_pass import BackwardPass, Candidate
from backproof.checking.equations import AlteredEquations
from backproof.checking.mistake import Mistake
from backproof.checking.site import Change, Site, each_place, exchanged
from backproof.expression import Expression, quantities
from backproof.network import Network
from backproof.propagation import Forward
from backproof.quantity import Kind, Quantity

#: The numbers whose index is easily mistaken.
_INDEXED = ("a", "h", "dE/dh", "dE/da", "w")


@final
@dataclass(frozen=True)
class WrongIndex(Mistake):
    """A factor belongs to a neighbour: another unit's activation or error, another connection's weight.

    Why: the indices differ by one stroke, and a formula copied from the line above keeps the old one.
    Example: dE/dw6 = delta_o a_1 instead of delta_o a_2; w6 h1 for w6 h2.
    See it: the number is right for a neighbour.
    """

    frequency = 8

    def rewrites(self, site: Site) -> Iterator[Change]:
        of_bias = site.is_gradient and site.is_bias  # whose error of another unit is a mistake of its own
        for node in dict.fromkeys(each for each in quantities(site.formula) if each.form in _INDEXED and each.of):
            if of_bias and node.is_error:
                continue
            for neighbour in _neighbours(site, node):
                kind = _distance(site, node, neighbour) if site.is_gradient else ""
                for formula, says in each_place(site.formula, partial(_instead, node, neighbour)):
                    yield Change(formula, says, kind)
        yield from _everywhere(site)
        yield from _exchange_weights(site)
        yield from _other_weights(site)

    def confuses(self, network: Network, used: Quantity, meant: Quantity) -> bool:
        return used.kind is not Kind.ACTIVATION or network.place(used.of[0])[0] == network.place(meant.of[0])[0]

    def in_code(self, code: BackwardPass) -> Iterator[Candidate]:
        for words, moved in MOVED.items():
            yield from code.everywhere(Moved(f"{words} were used in dE/dW", moved))
        widest = max(code.width[1:-1], default=0)
        for at in range(widest if widest <= MOST_SHIFTED else 0):
            yield from code.everywhere(ShiftedWeights(at, bias_first=False), first=2)
            yield from code.everywhere(ShiftedWeights(at, bias_first=True), first=2)


Pair = Callable[[Any, Any], tuple[Any, Any]]
MOVED: dict[str, Pair] = {
    "the activations of the next unit": lambda a, delta: (np.roll(a, -1, 1), delta),
    "the activations of the unit before": lambda a, delta: (np.roll(a, 1, 1), delta),
    "the activations in reverse order": lambda a, delta: (a[:, ::-1], delta),
    "the errors of the next unit": lambda a, delta: (a, np.roll(delta, -1, 1)),
    "the errors of the unit before": lambda a, delta: (a, np.roll(delta, 1, 1)),
    "the errors in reverse order": lambda a, delta: (a, delta[:, ::-1]),
}


class Moved(AlteredEquations):
    """dE/dW with the activations or errors of other units."""

    def __init__(self, says: str, moved: Pair) -> None:
        self.says = says
        self.moved = moved

    def gradients(
        self, network: Architecture, parameters: Arrays, passed: Forward, layer: int, delta: Any
    ) -> tuple[Any, ...]:
        a, moved = self.moved(passed.a[layer - 1], delta)
        return a.T @ moved, delta.sum(0)


#: Maximum number of weights in a sum any two of which are suspected to be exchanged.
MOST_EXCHANGED = 6
#: Sums of more numbers are not worked with all weights of another unit.
MANY = 40
#: Maximum number of units of a layer each of which is suspected to be the first whose weights are shifted.
MOST_SHIFTED = 32


class ShiftedWeights(AlteredEquations):
    """The error goes back through W with the biases as one more row, of which a wrong row was left out."""

    def __init__(self, at: int, *, bias_first: bool) -> None:
        self.at, self.bias_first = at, bias_first
        last = f"each up to unit {at + 1} gets those of the unit before"
        which = last if bias_first else f"each from unit {at + 1} on gets those of the next unit"
        self.says = (
            f"a wrong row was left out beside the biases, so weights are shifted by one on the way back: {which}"
        )

    def send_back(
        self, network: Architecture, parameters: Arrays, passed: Forward, layer: int, delta: Any
    ) -> tuple[Any, ...]:
        weights, bias = parameters[f"W{layer}"], parameters[f"b{layer}"][None]
        if self.at >= len(weights):
            raise ValueError("a layer without such a unit")
        rows = (bias, weights) if self.bias_first else (weights, bias)
        return (delta @ np.delete(np.concatenate(rows), self.at + self.bias_first, 0).T,)


def _neighbours(site: Site, node: Quantity) -> Iterator[Quantity]:
    """The same kind of number, of the other units of a layer, or the other weights or biases of an array."""
    if node.kind is Kind.PARAMETER:
        architecture = site.network.architecture
        use = architecture.first_use(node.of[0])
        if use is None:
            return
        if use.sent is None:
            array = dict(architecture.layers[use.layer].arrays)[use.role]
            names = (architecture.name_at(array, entry) for entry in range(prod(architecture.shapes[array])))
            yield from (node.of_owner(name) for name in names if name not in (None, node.of[0]))
        else:
            senders, receivers = site.senders(use.layer), site.units(use.layer)
            found = (site.weight(sender, receiver) for sender in senders for receiver in receivers)
            yield from (weight for weight in found if weight is not None and weight != node)
        return
    layer, _ = site.network.place(node.of[0])
    for unit in site.units(layer):
        if unit != node.of[0]:
            yield node.of_owner(unit)


def _instead(node: Quantity, neighbour: Quantity, place: Expression) -> Iterator[tuple[Expression, str]]:
    if place == node:
        yield neighbour, f"{neighbour.name} was used instead of {node.name}"


def _distance(site: Site, node: Quantity, neighbour: Quantity) -> str:
    """In a gradient: how far away in its layer the unit is whose number was used."""
    if node.kind is Kind.PARAMETER:
        return ""
    units = site.units(site.network.place(node.of[0])[0])
    return f"{node.form} {(units.index(neighbour.of[0]) - units.index(node.of[0])) % len(units)}"


def _everywhere(site: Site) -> Iterator[Change]:
    """One unit's activation used for every one of its layer."""
    if site.quantity.kind is not Kind.PRE_ACTIVATION:
        return
    for unit in site.senders(site.layer):
        same = exchanged(site.formula, lambda node, unit=unit: _rename_unit(node, unit))  # type: ignore[misc]
        if same != site.formula:
            yield Change(same, f"a[{unit}] was used for every activation")


def _exchange_weights(site: Site) -> Iterator[Change]:
    """Two weights of a sum, each beside the activation or error of the other."""
    if not (site.quantity.kind is Kind.PRE_ACTIVATION or site.is_sent_back):
        return
    weights = [each for each in quantities(site.formula) if each.kind is Kind.PARAMETER and not _is_bias(site, each)]
    for one, other in combinations(dict.fromkeys(weights[:MOST_EXCHANGED]), 2):
        places = {one: other, other: one}
        yield Change(exchanged(site.formula, places.get), f"{one.name} and {other.name} were exchanged")


def _other_weights(site: Site) -> Iterator[Change]:
    """All weights of another unit of the layer, beside the right activations or errors."""
    if not (site.quantity.kind is Kind.PRE_ACTIVATION or site.is_sent_back) or len(quantities(site.formula)) > MANY:
        return
    own, backwards = site.quantity.of[-1], site.is_sent_back
    others = site.receivers(site.layer) if backwards else site.senders(site.layer)
    units = site.units(site.layer)

    def weight(unit: str, other: str) -> Quantity | None:
        return site.weight(unit, other) if backwards else site.weight(other, unit)

    for unit in units if len(others) > 1 else ():
        pairs = {weight(own, other): weight(unit, other) for other in others}
        if unit != own and None not in pairs and None not in pairs.values():
            distance = (units.index(unit) - units.index(own)) % len(units)
            kind = f"{site.form} weights {distance}"
            yield Change(exchanged(site.formula, pairs.get), f"the weights of {unit} were used for {own}", kind)


def _is_bias(site: Site, node: Quantity) -> bool:
    return site.network.is_bias(node.of[0])


def _rename_unit(node: Quantity, unit: str) -> Quantity | None:
    return Quantity("a", (unit,), node.sample, node.step) if node.kind is Kind.ACTIVATION else None
