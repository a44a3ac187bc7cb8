"""The softmax is taken over the wrong axis."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, final

from backproof.architecture import Architecture
from backproof.arrays import Array
from backproof.checking.backward_pass import BackwardPass, Candidate
from backproof.checking.equations import AlteredEquations
from backproof.checking.mistake import Mistake
from backproof.checking.module_step import Fix, ModuleStep, Repair
from backproof.checking.site import Change, Site, of_sample
from backproof.checking.tape import Send, Sent, Step, Visit
from backproof.expression import Add, Call
from backproof.functions import exp
from backproof.operations.activation import Activation
from backproof.operations.activations.softmax import Softmax
from backproof.propagation import Forward
from backproof.quantity import Kind


@final
@dataclass(frozen=True)
class SoftmaxWrongAxis(Mistake):
    """The softmax divides by the sum over the samples, or over everything, where that over the outputs is meant.

    Why: np.sum(e) and axis=0 are right for one sample, or for samples kept as columns.
    Example: np.exp(h) / np.exp(h).sum() for h of shape (samples, outputs).
    See it: the outputs of a sample do not add up to 1; with samples as rows, each output's do.
    """

    frequency = 5

    def rewrites(self, site: Site) -> Iterator[Change]:
        numbers = site.trace.numbers
        if site.quantity.kind is not Kind.ACTIVATION or site.layer == 0:
            return
        yield from _other_axes(site)
        if len(numbers) > 1 and site.network.activations[site.layer - 1].name == "softmax":
            own = site.number("h", site.quantity.of[0])
            every = Add(tuple(Call("exp", (of_sample(own, number),)) for number in numbers))
            yield Change(Call("exp", (own,)) / every, "the softmax was taken over the samples, not the units", "axis")

    def in_outputs(self, activation: Activation, h: Array) -> Iterator[tuple[str, Array]]:
        if activation.name == "softmax":
            for axis, over in AXES.items():
                yield f"the softmax was taken over {over}", softmax_over(h, axis)

    def in_module(self, step: ModuleStep) -> Iterator[Repair]:
        if step.loss == "NLLLoss" and step.outputs.ndim > 1 and step.are_logs(0) and not step.are_logs(1):
            yield Repair("log_softmax was taken over the samples: use dim=1", "the outputs", Fix.LOG_SOFTMAX_IN)

    def in_code(self, code: BackwardPass) -> Iterator[Candidate]:
        if code.network.activations[-1].name == "softmax":
            for axis, over in AXES.items():
                for slope in ("short", "rows", "whole"):
                    yield code.output(OverAxis(axis, over, slope))

    def in_step(self, step: Step) -> Iterator[tuple[str, Send]]:
        if not isinstance(step.work, Activation) or step.work.name != "softmax":
            return

        def over(visit: Visit, axis: int | None) -> Sent:
            a, delta = visit.step.value, visit.delta
            return {0: a * (delta - (delta * a).sum(axis=axis, keepdims=True))}

        if step.value.ndim > 1:
            yield "the sum in the softmax's derivative runs over the wrong axis", lambda visit: over(visit, -2)
        yield "the sum in the softmax's derivative runs over everything", lambda visit: over(visit, None)


def _other_axes(site: Site) -> Iterator[Change]:
    """An entry of a softmax over a matrix, divided by the sum over the other axis, or over everything."""
    layer, position = site.layer_of(site.quantity.of[0]), site.network.place(site.quantity.of[0])[1]
    softmax, shape = layer.activation, layer.shape
    if not isinstance(softmax, Softmax) or len(shape) < 2 or not softmax.row(position, shape):
        return
    along = -2 if softmax.axis % len(shape) == len(shape) - 1 else -1
    across = replace(softmax, axis=along, causal=False).row(position, shape)
    ways = (("the columns, not the rows" if along == -2 else "the rows, not the columns", across),
            ("everything, not one row alone", range(layer.size)))  # fmt: skip
    own = site.number("h", layer.unit(position))
    for over, places in ways:
        h = (site.number("h", layer.unit(each)) for each in places if softmax.row(each, shape))
        total = Add(tuple(Call("exp", (each,)) for each in h))
        yield Change(Call("exp", (own,)) / total, f"the softmax was taken over {over}", over)


#: The axes of (samples, outputs) that are wrong, in words; None is all of them.
AXES = {0: "the samples", None: "everything, samples and outputs"}


def softmax_over(h: Any, axis: int | None) -> Any:
    """The softmax over an axis of h."""
    grown = exp(h - h.max(axis=axis, keepdims=True))
    return grown / grown.sum(axis=axis, keepdims=True)


class OverAxis(AlteredEquations):
    """delta with outputs from the wrong softmax: a - y, through the right Jacobian, or through its own."""

    def __init__(self, axis: int | None, over: str, slope: str) -> None:
        self.axis, self.slope = axis, slope
        self.says = f"the softmax was taken over {over}"

    def output_error(self, network: Architecture, passed: Forward, y: Any, da: Any) -> Any:
        a = softmax_over(passed.h[-1], self.axis)
        at = passed._replace(a=(*passed.a[:-1], a))
        if self.slope == "short":
            return super().output_error(network, at, y, da)
        da = self.cost_slope(network, y, a)
        if self.slope == "rows":
            return self.error(network, at, network.depth, da)
        return a * (da - (da * a).sum(axis=self.axis, keepdims=True))
