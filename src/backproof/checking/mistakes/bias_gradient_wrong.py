"""The bias's derivative is worked out wrongly."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from backproof.architecture import Architecture
from backproof.arrays import Arrays
from backproof.checking.backward_pass import BackwardPass, Candidate
from backproof.checking.equations import AlteredEquations
from backproof.checking.mistake import Mistake
from backproof.checking.site import Change, Site, terms
from backproof.checking.submitted import WrongShape
from backproof.checking.tape import Send, Step, Visit
from backproof.expression import Add, Div, Number
from backproof.propagation import Forward


@final
@dataclass(frozen=True)
class BiasGradientWrong(Mistake):
    """A bias is fed by the constant 1, so its derivative is the error; something else was taken.

    Why: it is treated as a weight, or as a property of the whole layer, or forgotten.
    Example: db = delta x; db = sum of all errors of the layer; db = 0.
    See it: dE/db is not the error of the unit it feeds.
    """

    frequency = 3

    def rewrites(self, site: Site) -> Iterator[Change]:
        if site.sums_samples and site.quantity.is_gradient and site.is_bias:
            count = len(site.trace.numbers)
            yield Change(Div(site.formula, Number(count)), "the mean over the samples was taken, not the sum", "mean")
        if not (site.is_gradient and site.is_bias):
            return
        if len(found := terms(site.formula)) > 1:
            mean = Div(site.formula, Number(len(found)))
            yield Change(mean, "the mean over the places of the bias was taken, not the sum", "places")
        use = site.network.architecture.first_use(site.quantity.of[0])
        if use is None:
            return
        own = site.number("dE/dh", site.units(use.layer)[use.position])
        for sender in site.senders(use.layer):
            yield Change(
                own * site.number("a", sender), f"the error was multiplied by a[{sender}], as if for a weight", "a"
            )
        if len(site.units(use.layer)) > 1:
            whole = Add(tuple(site.number("dE/dh", unit) for unit in site.units(use.layer)))
            yield Change(whole, "the errors of all units of the layer were added up", "layer")
        bias = site.number("w", site.quantity.of[0])
        yield Change(own * bias, "the error was multiplied by the bias itself", "bias")
        yield Change(Number(0), "the bias was taken as constant", "zero")

    def in_code(self, code: BackwardPass) -> Iterator[Candidate]:
        for words, take in TAKEN.items():
            yield from code.everywhere(OtherBias(words, take))
        for layer in range(1, code.depth + 1):
            key = f"b{layer}"
            own = code.network.parameters[key]
            yield code.changed(
                f"layer {layer}", "the error was multiplied by the bias", {key: own * code.gradients[key]}
            )

    def explain_shape(self, shape: WrongShape) -> str:
        summed = ((shape.samples, *shape.expected), (*shape.expected, shape.samples), (shape.samples,))
        if shape.is_bias and shape.received in summed[: 3 if shape.is_single else 2]:
            return "It looks as if the errors were not summed over the samples."
        if shape.is_bias and shape.received == ():
            return "It looks as if the errors of all units were summed too."
        return ""

    def in_step(self, step: Step) -> Iterator[tuple[str, Send]]:
        if "bias" in step.parameters:
            for says, take in LAYER_TAKEN.items():
                yield says, lambda visit, take=take: visit.replace("bias", take(visit))  # type: ignore[misc]


Taken = Callable[[Any, Any], Any]
TAKEN: dict[str, Taken] = {
    "the mean over the samples was taken for dE/db, not the sum": lambda a, delta: delta.mean(0),
    "the errors were not summed for dE/db: only that of the last sample is there": lambda a, delta: delta[-1],
    "the errors were not summed for dE/db: only that of the first sample is there": lambda a, delta: delta[0],
    "the bias was taken as constant": lambda a, delta: 0 * delta[0],
    "the errors of all units of the layer were added up for dE/db": lambda a, delta: 0 * delta[0] + delta.sum(),
    "the mean of all errors of the layer was taken for dE/db": lambda a, delta: 0 * delta[0] + delta.mean(),
    "dE/db was summed over the units, not over the samples": lambda a, delta: delta.sum(1),
    "the error was multiplied by the layer's inputs, as if for a weight": lambda a, delta: (a.T @ delta).sum(0),
    "only dh/db = 1 was given for dE/db": lambda a, delta: 0 * delta[0] + 1,
    "only dh/db = 1 was summed for dE/db": lambda a, delta: 0 * delta[0] + len(delta),
}


def _sum(visit: Visit, delta: Any) -> Any:
    """dE/db of other errors."""
    return visit.send(delta)["bias"]


def _keep(visit: Visit, sample: int) -> Any:
    """The errors of one sample, 0 for the others."""
    chosen = np.zeros((len(visit.delta), *[1] * (visit.delta.ndim - 1)))
    chosen[sample] = 1
    return chosen * visit.delta


#: The same for a layer of any shape.
LAYER_TAKEN: dict[str, Callable[[Visit], Any]] = {
    "the mean over the samples was taken for dE/db, not the sum": lambda at: _sum(at, at.delta) / len(at.delta),
    "the mean over samples and places was taken for dE/db, not the sum": lambda at: (
        _sum(at, at.delta) * at.parameters["bias"].size / at.delta.size
    ),
    "the errors were not summed for dE/db: only that of the last sample is there": lambda at: _sum(at, _keep(at, -1)),
    "the errors were not summed for dE/db: only that of the first sample is there": lambda at: _sum(at, _keep(at, 0)),
    "the bias was taken as constant": lambda at: 0.0,
    "the errors of all units of the layer were added up for dE/db": lambda at: at.delta.sum(),
    "only dh/db = 1 was summed for dE/db": lambda at: _sum(at, np.ones_like(at.delta)),
}


class OtherBias(AlteredEquations):
    """dE/db is something else than the sum of delta over the samples."""

    def __init__(self, says: str, take: Taken) -> None:
        self.says = says
        self.take = take

    def gradients(
        self, network: Architecture, parameters: Arrays, passed: Forward, layer: int, delta: Any
    ) -> tuple[Any, ...]:
        a = passed.a[layer - 1]
        return super().gradients(network, parameters, passed, layer, delta)[0], self.take(a, delta)
