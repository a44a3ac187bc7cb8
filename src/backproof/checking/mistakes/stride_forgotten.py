"""The stride is forgotten on the way back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, final

from backproof.checking.mistake import Mistake
from backproof.checking.rules import FACTORS
from backproof.checking.site import Change, Site, find_error, terms
from backproof.checking.sliding import go_back, is_sliding
from backproof.checking.tape import Send, Step
from backproof.derivation.context import add_terms
from backproof.expression import Expression, Mul
from backproof.layers import Layer
from backproof.operations.convolution import Convolution
from backproof.quantity import Kind


@final
@dataclass(frozen=True)
class StrideForgotten(Mistake):
    """The windows of a convolution or pooling move by its stride on the way there and by 1 on the way back.

    Why: i * stride stands in the forward loop, and the loop of the backward pass is written anew.
    Example: dx[:, :, i:i + k, j:j + k] += ... where i * stride belongs.
    See it: with stride 1 it is right; far rows and columns get no gradient.
    """

    frequency = 6

    def rewrites(self, site: Site) -> Iterator[Change]:
        yield from move_windows(site, "the stride is forgotten", stride=1)

    def in_step(self, step: Step) -> Iterator[tuple[str, Send]]:
        if not is_sliding(step.work) or max(step.work.windows.stride) == 1:
            return
        windows = replace(step.work.windows, stride=(1,) * len(step.work.windows.stride))

        yield "the stride is forgotten in what goes back", lambda visit: go_back(visit, windows, 0)
        if "weight" in step.parameters:
            yield "the stride is forgotten in dE/dW", lambda visit: go_back(visit, windows, "weight")
            yield "the stride is forgotten in dx and dE/dW", lambda visit: go_back(visit, windows, 0, "weight")


#: Where windows are moved, by the form of what is made.
PLACES = {"h": "h", "dE/da": "what goes back", "dE/dw": "dE/dW"}


def move_windows(site: Site, says: str, **options: Any) -> Iterator[Change]:
    """The terms of a convolution as if its windows had other options, each error and number of the kernel as it is."""
    architecture, name = site.network.architecture, site.quantity.of[-1] if site.quantity.of else ""
    if site.quantity.kind is Kind.PRE_ACTIVATION:
        layers, given = [site.layer], {"window": site.network.place(name)[1]}
    elif site.is_sent_back:
        layers = [number for number, _ in architecture.listeners[site.layer]]
        given = {"picture": site.network.place(name)[1]}
    elif site.is_gradient and (use := architecture.first_use(name)) is not None and use.role == "weight":
        layers, given = [each.layer for each in architecture.uses(name)], {"entry": use.entry}
    else:
        return
    for number in dict.fromkeys(layers):
        layer = architecture.layers[number]
        if not isinstance(layer.kind, Convolution) or (moved := replace(layer.kind, **options)) == layer.kind:
            continue
        sender, array, made = architecture.layers[layer.receives[0]], dict(layer.arrays)["weight"], []
        met = moved.meet(layer.kind.find_sides(architecture.received_shapes(number)), **given)
        for window, picture, entry in zip(*(each.tolist() for each in met), strict=True):
            if (weight := architecture.name_at(array, entry)) is not None:
                error, a = site.number("dE/dh", layer.unit(window)), site.number("a", sender.unit(picture))
                factors = {"dE/dh": error, "a": a, "w": site.number("w", weight)}
                made.append(Mul(tuple(factors[each] for each in FACTORS[site.form])))
        others = [term for term in terms(site.formula) if not _comes_from(site, term, layer)]
        yield Change(add_terms([*made, *others]), f"{says} in {PLACES[site.form]}", says)


def _comes_from(site: Site, term: Expression, layer: Layer) -> bool:
    """Whether a term is one of the products of a layer: what goes into its h, or the errors that come back from it."""
    error = find_error(term)
    return isinstance(term, Mul) and site.form == "h" if error is None else site.layer_of(error.of[0]) is layer
