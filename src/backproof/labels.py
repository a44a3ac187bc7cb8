"""How the numbers of a network are written: which units are inputs, subscripts, and the letters of its operations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from backproof.operations.activation import Activation
from backproof.operations.optimiser import Optimiser
from backproof.operations.registry import Letter


@dataclass(frozen=True)
class Labels:
    """The inputs, whose activation is written as the unit itself (i_1), and subscripts that differ from the name.

    `functions` holds what the activations' own functions mean, `slots` the letters of the numbers that the optimiser
    keeps. Where `couples_samples`, the cost that a number of one sample changes is that of the whole batch.
    """

    inputs: frozenset[str] = frozenset()
    subscripts: Mapping[str, str] = field(default_factory=dict)
    functions: Mapping[str, str] = field(default_factory=dict)
    slots: Mapping[str, Letter] = field(default_factory=dict)
    couples_samples: bool = False

    @classmethod
    def of(
        cls,
        units: Sequence[Sequence[str]],
        activations: Iterable[Activation] = (),
        *,
        couples_samples: bool = False,
    ) -> Labels:
        """Labels for units given layer by layer.

        Where the only hidden layer is called h1, h2, ... its units are written 1, 2, ... as people do by hand
        (a_1, h_1), so that no letter stands beside itself.
        """
        hidden = units[1:-1]
        plain = len(hidden) == 1 and all(name[0] == "h" and name[1:].isdigit() for name in hidden[0])
        return cls(
            frozenset(units[0]),
            {name: name[1:] for name in hidden[0]} if plain else {},
            {each.letter: each.meaning for each in activations if each.meaning},
            couples_samples=couples_samples,
        )

    def with_optimiser(self, optimiser: Optimiser) -> Labels:
        """The same labels and the letters of what an optimiser keeps."""
        return replace(self, slots=optimiser.letters) if optimiser.letters else self

    def subscript(self, unit: str) -> str:
        """The subscript under which a unit's h, a and δ are written."""
        return self.subscripts.get(unit, unit)
