"""A penalty's gradient on the biases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

import numpy as np

from backproof.checking.backward_pass import BackwardPass, Candidate
from backproof.checking.mistake import Mistake
from backproof.checking.site import Change, Site
from backproof.expression import Number


@final
@dataclass(frozen=True)
class RegularisedBias(Mistake):
    """lambda b is added to dE/db: the regularisation reaches the biases too.

    Why: the loop over all parameters makes no difference between weights and biases.
    Example: db = delta.sum(0) + 0.01 * b.
    See it: (claimed - true) / b is the same for every bias.
    """

    frequency = 4

    def rewrites(self, site: Site) -> Iterator[Change]:
        yield from penalties(site) if site.is_gradient and site.is_bias else ()
        l2 = site.trace.training.l2
        if site.form == "dJ/dw" and site.is_bias and l2:
            own = site.number("w", site.quantity.of[0])
            yield Change(site.formula + Number(l2) * own, "the penalty was added for a bias too", "bias")

    def in_code(self, code: BackwardPass) -> Iterator[Candidate]:
        yield from penalised(code, "b")
        yield from penalised(code, "Wb")


#: What people take for lambda, and for a constant that stands in its place.
LAMBDAS = (1, 0.5, 0.1, 0.05, 0.01, 0.005, 0.001, 0.0005, 0.0001)


def penalties(site: Site) -> Iterator[Change]:
    """lambda w, or lambda alone, added to the derivative with respect to a parameter."""
    if site.is_gradient:
        own = site.number("w", site.quantity.of[0])
        for value in LAMBDAS:
            words = f"lambda {own.name} with lambda = {value:g} was added"
            yield Change(site.formula + Number(value) * own, words, f"lambda {value:g}")
            yield Change(site.formula + Number(value), f"the constant {value:g} was added", f"constant {value:g}")


def penalised(code: BackwardPass, kinds: str) -> Iterator[Candidate]:
    """lambda times the parameters of some kinds, or times their signs, on their gradients; lambda is fitted."""
    if "b" in kinds and not any(place.key[0] == "b" for place in code.submitted.places.values()):
        return  # without biases it is the penalty on the weights alone
    parameters = code.network.parameters
    what = {"b": "biases", "W": "weights", "Wb": "weights and biases alike"}[kinds]
    for layer in range(code.depth + 1) if code.depth > 1 else (1,):
        chosen = [key for key in code.keys if key[0] in kinds and layer in (0, int(key[1:]))]
        constant_too = ((ADDED, np.ones_like),) if kinds == "b" else ()
        for form, shape in (("lambda w", np.array), *constant_too, ("lambda sign(w)", np.sign)):
            along = {key: (key in chosen) * shape(parameters[key]) for key in code.keys}
            constant = code.fit(along)
            if np.isfinite(constant) and constant != 0:
                added = {key: code.gradients[key] + constant * along[key] for key in chosen}
                says = f"{form} with lambda = {constant:.6g} was added, for the {what}"
                if form == ADDED:
                    says = f"every entry has {constant:+.4g} too much: the constant was added, for the {what}"
                yield code.changed(f"layer {layer}" if layer else "all layers", says, added, constants=1)


#: A number that is the same for every entry.
ADDED = "a constant"
