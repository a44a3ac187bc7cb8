"""What every mistake is: a slip that it knows to make wherever somebody may have made it."""

from __future__ import annotations

import re
from abc import ABC
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, cached_property, partial
from typing import Any, ClassVar, NamedTuple

from backproof.arrays import Array
from backproof.checking.altered_layer import AlteredLayer
from backproof.checking.backward_pass import BackwardPass, Candidate
from backproof.checking.claim import Earlier, ExaminedClaim
from backproof.checking.graph import Graph
from backproof.checking.module_step import ModuleStep, Repair
from backproof.checking.rules import AlteredLink, ConstantFactor, Rule
from backproof.checking.site import Change, Site
from backproof.checking.submitted import Derivative, WrongShape
from backproof.checking.tape import Send, Step, StepSlip, Tape
from backproof.network import Network
from backproof.operations.activation import Activation
from backproof.operations.layer import Kind
from backproof.operations.registry import Registry
from backproof.propagation import Equations
from backproof.quantity import Quantity
from backproof.training import Training


class Misprint(NamedTuple):
    """A number printed for another one, and how much likelier than others of its kind it is; `whole`: the working
    behind it, such as the step of an update, plays no part."""

    value: float
    says: str
    boost: float = 1.0
    kind: str = ""
    whole: bool = True


class StandIn(NamedTuple):
    """Another quantity in the place of the one that is meant, and to what it belongs; the rest as of a Misprint."""

    quantity: Quantity
    owner: str
    boost: float = 1.0
    kind: str = ""


class Mistake(ABC):  # noqa: B024 - each mistake overrides what applies to it
    """Abstract. The class's docstring is the mistake's documentation: what it is, why people make it, how to see it.

    A mistake states rules, which are read in formulas and in arrays alike, or overrides the readings themselves; what
    it does not override does not apply to it. `frequency` says how often it was seen in published workings, compared
    with the others; it decides between slips that give the same number.
    """

    frequency: ClassVar[float] = 1.0
    #: In how many claims of a sheet it must be seen; a single one shows it as something else.
    fewest_claims: ClassVar[int] = 1
    #: What it says of a layer whose gradients are those of the sum of its outputs, whatever comes from upstream.
    says_of_layer: ClassVar[str] = ""

    @property
    def id(self) -> str:
        """The name in reports: that of its file."""
        return type(self).__module__.rpartition(".")[2]

    @property
    def summary(self) -> str:
        """The first sentence of its documentation."""
        return " ".join((type(self).__doc__ or "").partition("\n\n")[0].split())

    @property
    def parts(self) -> dict[str, str]:
        """The rest of its documentation: `why` people make it, an `example`, how to `see it`."""
        found = re.split(r"^ *(Why|Example|See it): ", type(self).__doc__ or "", flags=re.MULTILINE)
        return {head.lower(): " ".join(text.split()) for head, text in zip(found[1::2], found[2::2], strict=True)}

    # What it is, stated once.

    def rules(self, activations: Sequence[str]) -> Iterator[Rule]:
        """The slip as rules that hold for formulas and arrays, in a network with activations of these names."""
        return iter(())

    def factors(self, counts: Mapping[str, int]) -> Iterator[ConstantFactor]:
        """The constants that it multiplies a number by; `counts` has the numbers of samples, outputs ..."""
        return iter(())

    def stand_ins(self, graph: Graph, quantity: Quantity) -> Iterator[StandIn]:
        """The quantities whose number, or formula, it gives for another quantity's."""
        return iter(())

    def confuses(self, network: Network, used: Quantity, meant: Quantity) -> bool:
        """Whether it is this mistake to use one quantity for another one of its kind inside a formula."""
        return False

    @property
    def omits(self) -> set[str]:
        """What kinds of factors it leaves out of a product."""
        return {each for rule in self.rules(()) if isinstance(rule, AlteredLink) for each in rule.missing}

    @property
    def repeats(self) -> set[str]:
        """What kinds of factors it multiplies by twice."""
        return {each for rule in self.rules(()) if isinstance(rule, AlteredLink) for each in rule.repeated}

    @cached_property
    def _kept(self) -> dict[tuple[object, ...], tuple[Rule, ...]]:
        return {}

    def _all_rules(self, network: Network, samples: int) -> tuple[Rule, ...]:
        """The rules and the factors; worked out once for all sites of a working."""
        names, outputs = tuple(each.name for each in network.activations), network.architecture.output_count
        key = *names, samples, outputs
        if key not in self._kept:
            counts = {"samples": samples, "outputs": outputs}
            self._kept[key] = (*self.rules(names), *self.factors(counts))
        return self._kept[key]

    # What it does: to a working, to code, to what is handed over.

    def rewrites(self, site: Site) -> Iterator[Change]:
        """The definition at a site with this slip in it, in every way in which it can be made there."""
        for rule in self._all_rules(site.network, len(site.trace.numbers)):
            yield from rule.rewrites(site)

    def misprints(self, graph: Graph, work: ExaminedClaim, earlier: Earlier) -> Iterator[Misprint]:
        """Numbers that may have been printed instead of the claim's own, whatever its working."""
        for quantity, factor in [work.subject] if work.subject else ():
            for other, owner, boost, kind in self.stand_ins(graph, quantity):
                yield Misprint(factor * graph.truth(other), f"it is the value of {owner}", boost, kind)

    def equations(self, network: Network, training: Training) -> Iterator[tuple[str, Equations]]:
        """The slip in whole arrays, as code makes it in every step of training: where, and the backward pass."""
        return iter(())

    def in_code(self, code: BackwardPass) -> Iterator[Candidate]:
        """The slip wherever hand-written code can make it, each with the gradients that such code returns."""
        for rule in self._all_rules(code.network, code.samples):
            yield from rule.in_code(code)
        for where, equations in self.equations(code.network, code.training):
            yield Candidate(where, self.summary, partial(code.run, equations), equations)

    def in_graph(self, code: BackwardPass) -> Iterator[Candidate]:
        """The same where the layers are not a chain of dense ones: what it says of any kind of layer, and of steps."""
        for rule in self._all_rules(code.network, code.samples):
            yield from rule.in_code(code) if rule.of_any_kind else ()
        for layer, tape in code.tapes.items():
            for slip in self.in_layer(tape):
                yield code.slip(AlteredLayer(tape, slip), code.name(layer), layer)

    def in_step(self, step: Step) -> Iterator[tuple[str, Send]]:
        """The slip in a step of a layer, in words, and what that step sends back with it."""
        return iter(())

    def in_layer(self, tape: Tape) -> Iterator[StepSlip]:
        """The slip wherever a hand-written layer can have it: in one step, or in all that do the same."""
        found: dict[tuple[str, Kind | Activation], list[StepSlip]] = {}
        for step in tape.examples():
            if step.work is None or not step.what:
                continue
            for says, send in self.in_step(step):
                slip = StepSlip(says, lambda each, what=step.what: each.what == what, send, step.what)  # type: ignore[misc]
                found.setdefault((says, step.work), []).append(slip)
        for (says, work), slips in found.items():
            yield from slips
            if len(slips) > 1:
                yield StepSlip(says, lambda each, work=work: each.work == work, slips[0].send, "every such step")  # type: ignore[misc]

    def in_outputs(self, activation: Activation, h: Array) -> Iterator[tuple[str, Array]]:
        """What a forward pass with the slip gives as outputs, from the last h; in words and in numbers."""
        return iter(())

    def in_repeated_calls(
        self, now: Mapping[str, Any], before: Mapping[str, Any]
    ) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """What a function with this slip returns when it was called before: in words, and the gradients.

        `now` are the true gradients of this call, `before` those of the call before it.
        """
        return iter(())

    def update_factors(self, rate: float) -> Iterator[tuple[float, str]]:
        """By what it multiplies every step of an update with a learning rate, and in words."""
        return iter(())

    def in_derivative(self, derivative: Derivative) -> Iterator[str]:
        """In words, each way in which the slip makes the submitted derivative of a plain function."""
        for factor in self.factors({"entries of x": derivative.size}):
            if derivative.is_submitted(factor.value * derivative.truth):
                yield factor.says

    def in_module(self, step: ModuleStep) -> Iterator[Repair]:
        """The slip in a module and its loss, as its owner makes it, and what makes it right."""
        return iter(())

    def explain_shape(self, shape: WrongShape) -> str:
        """One sentence on how it gives an array of that wrong shape; empty where it does not."""
        return ""


mistakes: Registry[Mistake] = Registry("mistake", "backproof.checking.mistakes", Mistake)


@cache
def every_mistake() -> tuple[Mistake, ...]:
    """All mistakes, the frequent ones first."""
    return tuple(sorted((mistakes.make(name) for name in mistakes.names()), key=lambda each: -each.frequency))
