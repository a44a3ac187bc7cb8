"""The weights are given as the gradient."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import final

from backproof.checking.backward_pass import BackwardPass, Candidate
from backproof.checking.mistake import Mistake
from backproof.checking.rules import AlteredLink, Rule
from backproof.checking.site import Change, Site


@final
@dataclass(frozen=True)
class WeightsGivenAsGradient(Mistake):
    """A weight of the layer is copied where a derivative was asked for.

    Why: 'the net gradient' was read as a property of the connection.
    Example: delta_o = v1.
    See it: the number stands among the given ones.
    """

    frequency = 2

    def rules(self, activations: Sequence[str]) -> Iterator[Rule]:
        words = "the weights themselves were given as dE/dW"
        yield AlteredLink("dE/dw", ("w",), words, "{of} itself was given as its derivative", "weight")

    def rewrites(self, site: Site) -> Iterator[Change]:
        yield from super().rewrites(site)
        if site.is_gradient and site.is_bias:
            own = site.number("w", site.quantity.of[0])
            yield Change(own, f"{own.name} itself was given as its derivative", "weight")
        elif site.quantity.is_error:
            unit = site.quantity.of[0]
            around = [site.weight(sender, unit) for sender in site.senders(site.layer)]
            around += [site.weight(unit, receiver) for receiver in site.receivers(site.layer)]
            for weight in around:
                if weight is not None:
                    yield Change(weight, f"the weight {weight.name} was given as the error of {unit}", "weight")

    def in_code(self, code: BackwardPass) -> Iterator[Candidate]:
        yield from super().in_code(code)
        for layer in range(1, code.depth + 1):
            key = f"b{layer}"
            words = f"{key} itself was given as its derivative"
            yield code.changed(f"layer {layer}", words, {key: code.network.parameters[key]})
