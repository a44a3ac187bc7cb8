"""What a claim's own step starts from: the numbers that were claimed before it, each exact or as somebody had it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

from backproof.checking.claim import SOUND, ExaminedClaim
from backproof.checking.graph import Graph
from backproof.expression import quantities
from backproof.quantity import Quantity

#: So many numbers inside one step are looked at, the nearest.
MOST_INSIDE = 200
#: So many combinations of inputs are tried; beyond, only those in which all inputs but one are of a kind.
MOST = 600


class Option(NamedTuple):
    """One way to take an input other than exactly: its value, and the claim it comes from."""

    value: float
    source: ExaminedClaim

    @property
    def is_sound(self) -> bool:
        """Whether it comes from a claim that is right but for rounding."""
        return self.source.verdict in SOUND


@dataclass(frozen=True)
class OwnStep:
    """The unclaimed numbers inside a claim's own step, nearest first, each with its distance in links; and the
    claimed ones that it meets."""

    inside: dict[Quantity, int]
    inputs: dict[Quantity, tuple[ExaminedClaim, ...]]

    def combinations(self, allowed: Sequence[str]) -> Iterator[dict[Quantity, Option]]:
        """Inputs taken exactly, or from earlier claims with one of the allowed verdicts; the fewest changes first."""
        choices = {quantity: self._options(quantity, allowed) for quantity in self.inputs}
        choices = {quantity: options for quantity, options in choices.items() if options}
        size = 1
        for options in choices.values():
            size *= len(options) + 1
        found = self._all(choices) if size <= MOST else self._few(choices)
        yield from (chosen for chosen in found if chosen)

    def _options(self, quantity: Quantity, allowed: Sequence[str]) -> list[Option]:
        found: dict[float, Option] = {}
        for work in self.inputs[quantity]:
            if work.verdict in allowed:
                for value in implied_values(work, quantity):
                    found.setdefault(value, Option(value, work))
        return list(found.values())

    @staticmethod
    def _all(choices: dict[Quantity, list[Option]]) -> Iterator[dict[Quantity, Option]]:
        named = [[None, *options] for options in choices.values()]
        every = sorted(product(*named), key=lambda chosen: sum(option is not None for option in chosen))
        for chosen in every:
            yield {q: option for q, option in zip(choices, chosen, strict=True) if option is not None}

    @staticmethod
    def _few(choices: dict[Quantity, list[Option]]) -> Iterator[dict[Quantity, Option]]:
        """Inputs that are all of a kind - at full precision or as printed, sound ones exact or not - or all but one."""
        for rank in (0, -1):
            taken = {quantity: options[rank] for quantity, options in choices.items()}
            shaky = {quantity: option for quantity, option in taken.items() if not option.is_sound}
            for whole in (shaky, taken):
                yield whole
                for quantity, options in choices.items():
                    yield {key: option for key, option in whole.items() if key != quantity}
                    yield from ({**whole, quantity: option} for option in options)


def implied_values(work: ExaminedClaim, quantity: Quantity) -> list[float]:
    """The numbers that an earlier claim gives for one of its quantities."""
    factor = work.implies[quantity]
    return [value / factor for value in work.options()]


def own_step(graph: Graph, work: ExaminedClaim, earlier: dict[Quantity, list[ExaminedClaim]]) -> OwnStep:
    """Go up from a claim through numbers that nobody claimed until claimed ones are met."""
    inside: dict[Quantity, int] = {}
    inputs: dict[Quantity, tuple[ExaminedClaim, ...]] = {}
    waiting = [(quantity, 0) for quantity in quantities(work.formula)]
    subject = work.subject[0] if work.subject else None
    while waiting:
        quantity, distance = waiting.pop(0)
        if quantity in inside or quantity in inputs or len(inside) >= MOST_INSIDE:
            continue
        if quantity in earlier and quantity != subject:
            inputs[quantity] = tuple(earlier[quantity])
            continue
        inside[quantity] = distance
        for formula in graph.definitions(quantity):
            waiting.extend((each, distance + 1) for each in quantities(formula))
    return OwnStep(inside, inputs)
