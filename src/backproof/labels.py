"""How the units of a network are written: which are inputs, and the subscript of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Labels:
    """The inputs, whose activation is written as the unit itself (i_1), and subscripts that differ from the name."""

    inputs: frozenset[str] = frozenset()
    subscripts: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, units: Sequence[Sequence[str]]) -> Labels:
        """Labels for units given layer by layer.

        Where the only hidden layer is called h1, h2, ... its units are written 1, 2, ... as people do by hand
        (a_1, h_1), so that no letter stands beside itself.
        """
        hidden = units[1:-1]
        plain = len(hidden) == 1 and all(name[0] == "h" and name[1:].isdigit() for name in hidden[0])
        return cls(frozenset(units[0]), {name: name[1:] for name in hidden[0]} if plain else {})

    def subscript(self, unit: str) -> str:
        """The subscript under which a unit's h, a and δ are written."""
        return self.subscripts.get(unit, unit)
