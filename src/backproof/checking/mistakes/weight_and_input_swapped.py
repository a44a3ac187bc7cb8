"""The weight stands where its input belongs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import final

from backproof.checking.mistake import Mistake
from backproof.checking.rules import AlteredLink, Rule
from backproof.checking.site import Change, Site
from backproof.checking.tape import Send, Step
from backproof.operations.layers.matmul import Matmul
from backproof.operations.layers.multiply import Multiply


@final
@dataclass(frozen=True)
class WeightAndInputSwapped(Mistake):
    """dE/dw is given as delta w, which is the derivative with respect to the input.

    Why: h = w a is symmetric in w and a, its two derivatives are not.
    Example: dL/dw = delta w.
    See it: the number is right for dE/da of the sender.
    """

    frequency = 2

    def rules(self, activations: Sequence[str]) -> Iterator[Rule]:
        words = "the weights were used instead of the activations in dE/dW"
        yield AlteredLink("dE/dw", ("dE/dh", "w"), words, "{of} itself was used instead of its input", "swap")

    def rewrites(self, site: Site) -> Iterator[Change]:
        yield from super().rewrites(site)
        if site.is_sent_back:
            own = site.number("a", site.quantity.of[0])
            swapped = site.change_terms((Multiply, Matmul), lambda term, error: error * own)
            if swapped is not None:
                yield Change(swapped, f"{own.name} itself was taken for the other factor of its product", "factor")

    def in_step(self, step: Step) -> Iterator[tuple[str, Send]]:
        if isinstance(step.work, Multiply) and len({each.value.shape for each in step.received}) == 1:
            yield (
                "the two factors of a product are swapped on the way back",
                lambda visit: {at: visit.delta * own for at, own in enumerate(visit.received)},
            )
