"""The activation is applied to its own result."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, final

from backproof.architecture import Architecture
from backproof.arrays import Array
from backproof.checking.backward_pass import BackwardPass, Candidate
from backproof.checking.equations import AlteredEquations
from backproof.checking.mistake import Mistake
from backproof.checking.module_step import Fix, ModuleStep, Repair
from backproof.checking.site import Change, Site, exchanged
from backproof.expression import Expression
from backproof.operations.activation import Activation
from backproof.propagation import Forward
from backproof.quantity import Kind, Quantity


@final
@dataclass(frozen=True)
class ActivationAppliedTwice(Mistake):
    """a = g(g(h)): what was an activation already goes through the activation once more.

    Why: the layer applies it, and the line that reads the output, or a cost that has its own (CrossEntropyLoss,
    BCEWithLogitsLoss), does so again.
    Example: softmax of outputs that are a softmax; sigma(0.75) given for an output of 0.75.
    See it: the outputs lie close together; training is slow, and they stay away from 0 and 1.
    """

    frequency = 4

    def rewrites(self, site: Site) -> Iterator[Change]:
        if site.quantity.kind is not Kind.ACTIVATION or site.layer == 0:
            return

        def again(node: Quantity) -> Expression | None:
            if node.kind is not Kind.PRE_ACTIVATION:
                return None
            return next(iter(site.graph.definitions(site.number("a", node.of[0]))), None)

        twice = exchanged(site.formula, again)
        if twice != site.formula:
            yield Change(twice, f"the activation of {site.quantity.of[0]} was applied twice", "twice")

    def in_outputs(self, activation: Activation, h: Array) -> Iterator[tuple[str, Array]]:
        if activation.name != "identity":
            yield f"{activation.name} was applied twice to the outputs", activation.forward(activation.forward(h))

    def in_module(self, step: ModuleStep) -> Iterator[Repair]:
        if step.last and step.last == APPLIED_BY.get(step.loss):
            says = f"{step.loss} applies {step.last} by itself, and the module does so too: take it out of the module"
            yield Repair(says, "the outputs", Fix.LAST_OPERATION_OUT)

    def in_code(self, code: BackwardPass) -> Iterator[Candidate]:
        if code.network.activations[-1].name != "identity":
            for slope in ("short", "both", "outer", "inner"):
                yield code.output(Twice(slope))


#: The activations that losses of PyTorch apply.
APPLIED_BY = {"CrossEntropyLoss": "softmax", "BCEWithLogitsLoss": "sigmoid"}


class Twice(AlteredEquations):
    """delta with g(g(h)) for the outputs: by the short form, through both activations, or through one of them."""

    says = "the output activation was applied twice"

    def __init__(self, slope: str) -> None:
        self.slope = slope

    def output_error(self, network: Architecture, passed: Forward, y: Any, da: Any) -> Any:
        last = network.activations[-1]
        h, once = passed.h[-1], passed.a[-1]
        twice = last.forward(once)
        at = passed._replace(a=(*passed.a[:-1], twice))
        if self.slope == "short":
            return super().output_error(network, at, y, da)
        da = self.cost_slope(network, y, twice)
        if self.slope in ("both", "outer"):
            da = last.backward(once, twice, da)
        return da if self.slope == "outer" else last.backward(h, once, da)
