"""Other networks of the same drawing, with random numbers: a formula holds where it holds in every one of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property

import numpy as np

from backproof.arrays import Array
from backproof.checking.graph import Graph
from backproof.errors import BackproofError
from backproof.evaluation import evaluate
from backproof.expression import Expression
from backproof.network import Network
from backproof.quantity import Quantity
from backproof.trace import Trace, trace_of
from backproof.training import Training
from backproof.wiring import Explicit

Values = Array
#: The role of a letter that names nothing: in each network it has a value of its own.
FREE = "?"
COUNT = 8
CLOSE = 1e-9


class RandomNetwork:
    """One network with random parameters and samples, and a value for every letter that names nothing."""

    def __init__(
        self, network: Network, training: Training, seed: int, samples: int = 1, sample: int | None = None
    ) -> None:
        self.random = np.random.default_rng(seed)
        self.network = network.with_parameters(self._parameters(network))
        self.x = self.random.normal(size=(samples, *network.architecture.layers[0].shape))
        y = self.random.uniform(0.1, 0.9, size=(samples, network.architecture.output_count))
        self.y = y / y.sum(axis=1, keepdims=True) if network.activations[-1].coupled else y
        self.training = replace(training, rate=float(self.random.uniform(0.1, 0.9)), batches=())
        self.sample = sample
        self.free: dict[str, float] = {}
        self.kept: dict[Quantity, float] = {}

    def _parameters(self, network: Network) -> dict[str, Values]:
        arrays = {key: self.random.normal(size=shape) for key, shape in network.shapes.items()}
        if not isinstance(network.wiring, Explicit):
            return arrays
        drawn = {key: np.zeros_like(array) for key, array in arrays.items()}
        for parameter in network.wiring.parameters:
            value = float(self.random.normal())
            for place in parameter.places:
                drawn[place.array][place.index] = value
        return drawn

    @cached_property
    def trace(self) -> Trace:
        """The first step of this network."""
        return trace_of(self.network, self.x, self.y, self.training).of_sample(self.sample)

    @cached_property
    def graph(self) -> Graph:
        """Its definitions, in which slips can be made."""
        return Graph(self.network, self.x, self.y, self.training, frozenset({1}))

    def value(self, quantity: Quantity) -> float:
        """The number that a quantity is here."""
        if quantity not in self.kept:
            if quantity.form == FREE:
                self.kept[quantity] = float(self.random.uniform(0.2, 1.8))
            else:
                self.kept[quantity] = self.trace.value(quantity)
        return self.kept[quantity]


class RandomNetworks:
    """Several networks, and whether two formulas are the same in all of them; seen by one `sample`, or by all."""

    def __init__(self, network: Network, training: Training, samples: int = 1, sample: int | None = None) -> None:
        self.all = tuple(RandomNetwork(network, training, seed, samples, sample) for seed in range(COUNT))

    def values(self, formula: Expression, among: int = COUNT) -> Values:
        """What a formula is worth in each network; NaN where it has no value."""
        return np.array([self._value(each, formula) for each in self.all[:among]])

    @staticmethod
    def _value(each: RandomNetwork, formula: Expression) -> float:
        try:
            return float(evaluate(formula, each.value))
        except (BackproofError, ArithmeticError, TypeError):
            return np.nan

    def same(self, left: Expression, right: Expression, among: int = COUNT) -> bool:
        """Whether two formulas have one value in every network in which both have one, in at least five or all."""
        return same(self.values(left, among), self.values(right, among), min(5, among))

    def constant(self, formula: Expression) -> float | None:
        """The value of a formula that is the same in every each, else None."""
        found = self.values(formula)
        return float(found[0]) if same(found, np.full_like(found, found[0])) else None

    def __iter__(self) -> Iterator[RandomNetwork]:
        return iter(self.all)


def same(left: Values, right: Values, least: int = 5) -> bool:
    """Whether two rows of values agree to 1e-9 wherever both are finite, in at least five places."""
    known = np.isfinite(left) & np.isfinite(right)
    if known.sum() < least:
        return False
    with np.errstate(all="ignore"):
        gap = np.abs(left - right)[known]
        return bool((gap <= CLOSE * np.maximum(np.abs(left), np.abs(right))[known] + 1e-14).all())
