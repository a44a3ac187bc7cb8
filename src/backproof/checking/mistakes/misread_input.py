"""A given number is misread."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

from backproof.checking.claim import Earlier, ExaminedClaim
from backproof.checking.graph import Graph
from backproof.checking.mistake import Misprint, Mistake
from backproof.checking.site import Change, Site, exchanged
from backproof.expression import Number, quantities
from backproof.quantity import Kind, Quantity


@final
@dataclass(frozen=True)
class MisreadInput(Mistake):
    """A weight, bias, input or target that the task gives stands with a wrong digit in the working.

    Why: it is copied by hand, from a drawing or a table.
    Example: the bias 0.35 put in as 0.30.
    See it: the result is right for a network with one digit changed.
    """

    frequency = 3

    def rewrites(self, site: Site) -> Iterator[Change]:
        if site.quantity.kind is not Kind.PRE_ACTIVATION and not site.is_sent_back:
            return
        given = [each for each in quantities(site.formula) if site.graph.is_given(each)]
        for each in given if len(given) <= MOST_GIVEN else ():
            for value in _misreadings(site.graph.truth(each)):
                formula = exchanged(site.formula, {each: Number(value)}.get)
                yield Change(formula, f"{each.name} was taken as {value:g}", f"{each.name} {value:g}")

    def misprints(self, graph: Graph, work: ExaminedClaim, earlier: Earlier) -> Iterator[Misprint]:
        subject = work.subject[0] if work.subject else Quantity("")
        if graph.is_given(subject):
            yield Misprint(work.value, f"{subject.name} is given as {graph.truth(subject):g}", PROVED)


#: What is given needs no digits to prove it.
PROVED = 20.0
#: Sums of more given numbers, and numbers of more digits, are read by a machine.
MOST_GIVEN, MOST_DIGITS = 8, 3


def _misreadings(value: float) -> Iterator[float]:
    """The number with one of its digits changed."""
    printed = f"{value:.10g}"
    if "e" in printed or sum(each.isdigit() for each in printed.replace(".", "").lstrip("-0")) > MOST_DIGITS:
        return
    for place, digit in enumerate(printed):
        for other in "0123456789" if digit.isdigit() else "":
            if other != digit and not (digit == "0" and place == printed.find(".") - 1):
                yield float(printed[:place] + other + printed[place + 1 :])
