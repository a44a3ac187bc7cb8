"""Stated identities: an activation and a cost that together have a short, safe form, such as delta = a - y."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import cache
from typing import Any, ClassVar

from backproof.operations.activation import Activation
from backproof.operations.cost import Cost, costs
from backproof.operations.registry import Registry


class Identity(ABC):
    """Abstract. Holds for one pair, named in words by `says`; a test holds it against the long form."""

    activation: ClassVar[str]
    cost: ClassVar[str]
    says: ClassVar[str]

    @abstractmethod
    def terms(self, h: Any, y: Any) -> Any:
        """Each output's term of the cost from the pre-activations, shape (samples, outputs); finite on finite h."""

    @abstractmethod
    def formula(self, h: Sequence[Any], y: Any, unit: int) -> Any:
        """One output's term of the cost, written out over the pre-activations of the layer; finite on finite h."""

    @abstractmethod
    def delta(self, a: Any, y: Any, total: Any) -> Any:
        """dE/dh of an output unit from its a and y; `total` is the sum of the sample's targets."""


identities: Registry[Identity] = Registry("identity", "backproof.operations.identities", Identity)


@cache
def _pairs() -> dict[tuple[str, str], str]:
    return {tuple(name.split("_with_", 1)): name for name in identities.names()}  # type: ignore[misc]


def identity_for(activation: Activation, cost: Cost) -> Identity | None:
    """The identity of a pair of output activation and cost, if one is stated; a cost with options has none."""
    name = _pairs().get((activation.name, cost.name))
    return identities.make(name) if name and cost == costs.make(cost.name) else None
