"""What a claim's own step starts from: the numbers that were claimed before it, each exact or as somebody had it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import NamedTuple

from backproof.checking.claim import SOUND, Earlier, ExaminedClaim
from backproof.checking.graph import NONE, Graph, Pins
from backproof.expression import quantities
from backproof.quantity import Quantity

#: Maximum number of numbers inside one step that are looked at: the nearest ones.
MOST_INSIDE = 200
#: Maximum number of combinations of inputs that are tried; beyond, only those in which all inputs but one are alike.
MOST_COMBINATIONS = 600

UNSOUND = ("wrong", "carried")
#: What an earlier claim may be for a later one to start from it and be sound itself.
STARTS = (*SOUND, "undecided")


class Option(NamedTuple):
    """One way to take an input other than exactly: its value, and the claim it comes from."""

    value: float
    source: ExaminedClaim

    @property
    def is_sound(self) -> bool:
        """Whether it comes from a claim that is right but for rounding."""
        return self.source.verdict in STARTS


Chosen = dict[Quantity, Option]


@dataclass(frozen=True)
class OwnStep:
    """The unclaimed numbers inside a claim's own step, nearest first, each with its distance in links; and the
    claimed ones that it meets; `shown`: the claims whose digits show a number that was not claimed."""

    inside: dict[Quantity, int]
    inputs: dict[Quantity, tuple[ExaminedClaim, ...]]
    shown: Mapping[Quantity, Sequence[ExaminedClaim]]

    @cached_property
    def shaky(self) -> list[ExaminedClaim]:
        """The wrong and carried claims that its inputs come from."""
        options = (
            option for each, works in self.inputs.items() for work in works for option in implied_values(work, each)
        )
        return [option.source for option in options if not option.is_sound]

    def combinations(self, allowed: Sequence[str]) -> list[Chosen]:
        """Inputs taken exactly, or from earlier claims with one of the allowed verdicts; the fewest changes first."""
        choices = {quantity: self._options(quantity, allowed) for quantity in self.inputs}
        choices = {quantity: options for quantity, options in choices.items() if options}
        size = 1
        for options in choices.values():
            size *= len(options) + 1
        found = _all(choices) if size <= MOST_COMBINATIONS else _few(choices)
        return [chosen for chosen in found if chosen]

    def _options(self, quantity: Quantity, allowed: Sequence[str]) -> list[Option]:
        found: dict[float, Option] = {}
        for work in self.inputs[quantity]:
            for option in implied_values(work, quantity):
                if option.source.verdict in allowed:
                    found.setdefault(option.value, option)
        return list(found.values())

    def contexts(self, beside: Mapping[Quantity, Sequence[ExaminedClaim]] = NONE) -> list[Pins]:
        """The inputs, and other claimed numbers, exact, at full precision as they came about, and as printed; the
        likeliest first."""
        full, written = {}, {}
        for quantity, works in {**beside, **self.inputs}.items():
            options = implied_values(works[-1], quantity)
            full[quantity], written[quantity] = options[0].value, options[-1].value
        ways: list[Pins] = [full, written, {}] if self.shaky else [{}, written]
        return [pins for number, pins in enumerate(ways) if pins not in ways[:number]]


def _all(choices: dict[Quantity, list[Option]]) -> Iterator[Chosen]:
    named = [[None, *options] for options in choices.values()]
    every = sorted(product(*named), key=lambda chosen: sum(option is not None for option in chosen))
    for chosen in every:
        yield {q: option for q, option in zip(choices, chosen, strict=True) if option is not None}


def _few(choices: dict[Quantity, list[Option]]) -> Iterator[Chosen]:
    """Inputs that are all of a kind - at full precision or as printed, sound ones exact or not - or all but one."""
    for rank in (0, -1):
        taken = {quantity: options[rank] for quantity, options in choices.items()}
        shaky = {quantity: option for quantity, option in taken.items() if not option.is_sound}
        for whole in (shaky, taken):
            yield whole
            for quantity, options in choices.items():
                yield {key: option for key, option in whole.items() if key != quantity}
                yield from ({**whole, quantity: option} for option in options)


def implied_values(work: ExaminedClaim, quantity: Quantity) -> list[Option]:
    """The numbers that an earlier claim gives for one of its quantities."""
    factor = work.implies[quantity]
    return [Option(value / factor, source) for value, source in work.options()]


def own_step(graph: Graph, work: ExaminedClaim, earlier: Earlier) -> OwnStep:
    """Go up from a claim through numbers that nobody claimed until claimed ones are met."""
    inside: dict[Quantity, int] = {}
    inputs: dict[Quantity, tuple[ExaminedClaim, ...]] = {}
    waiting = deque((quantity, 0) for quantity in quantities(work.formula))
    subject = work.subject[0] if work.subject else None
    implied = earlier.implied()
    while waiting:
        quantity, distance = waiting.popleft()
        if quantity in inside or quantity in inputs or len(inside) >= MOST_INSIDE:
            continue
        if quantity in implied and quantity != subject:
            inputs[quantity] = tuple(implied[quantity])
            continue
        inside[quantity] = distance
        for formula in graph.definitions(quantity):
            waiting.extend((each, distance + 1) for each in quantities(formula))
    return OwnStep(inside, inputs, earlier.shown)
