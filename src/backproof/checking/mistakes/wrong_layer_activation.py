"""The activation of another layer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, final

from backproof.architecture import Architecture
from backproof.arrays import Arrays
from backproof.checking.backward_pass import BackwardPass, Candidate
from backproof.checking.equations import AlteredEquations
from backproof.checking.mistake import Mistake
from backproof.checking.site import Change, Site, each_place, exchanged
from backproof.checking.tape import Sent, StepSlip, Tape, Visit
from backproof.expression import Expression
from backproof.network import Network
from backproof.propagation import Forward
from backproof.quantity import Kind, Quantity


@final
@dataclass(frozen=True)
class WrongLayerActivation(Mistake):
    """A product takes the activation of the wrong layer: the unit's own output, or the inputs for the hidden outputs.

    Why: both are at the ends of the same arrow, and the letters look alike.
    Example: eta delta_j z_j instead of eta delta_j x_i; sum w x in the output unit instead of sum w z.
    See it: the gradient of an input weight does not vanish where the input is 0.
    """

    frequency = 6

    def rewrites(self, site: Site) -> Iterator[Change]:
        if not (site.quantity.kind is Kind.PRE_ACTIVATION or site.is_gradient):
            return

        def other(node: Expression) -> Iterator[tuple[Expression, str]]:
            if isinstance(node, Quantity) and node.kind is Kind.ACTIVATION:
                for unit in _list_other_units(site, node.of[0]):
                    says = f"a[{unit}] was used instead of {node.name}"
                    yield Quantity("a", (unit,), node.sample, node.step), says

        for formula, says in each_place(site.formula, other):
            yield Change(formula, says)
        yield from self._whole_layer(site)
        if site.is_gradient:
            later = site.change_terms(object, lambda term, error: _take_later_state(site, term, error))
            if later is not None:
                yield Change(later, LATER, "later")

    def _whole_layer(self, site: Site) -> Iterator[Change]:
        """All activations of a sum taken one layer too early, where the layers are of one size."""
        if (
            site.quantity.kind is not Kind.PRE_ACTIVATION
            or site.layer < 2
            or len(site.units(site.layer - 1)) != len(site.units(site.layer - 2))
        ):
            return
        pairs = dict(zip(site.units(site.layer - 1), site.units(site.layer - 2), strict=True))

        def earlier(node: Quantity) -> Quantity | None:
            known = node.kind is Kind.ACTIVATION and node.of[0] in pairs
            return Quantity("a", (pairs[node.of[0]],), node.sample, node.step) if known else None

        words = f"the activations of layer {site.layer - 2} were used instead of those of layer {site.layer - 1}"
        yield Change(exchanged(site.formula, earlier), words, "whole")

    def confuses(self, network: Network, used: Quantity, meant: Quantity) -> bool:
        return used.kind is Kind.ACTIVATION and network.place(used.of[0])[0] != network.place(meant.of[0])[0]

    def in_code(self, code: BackwardPass) -> Iterator[Candidate]:
        yield from code.everywhere(OtherLayer("the layer's own activations", lambda layer: layer))
        for other in range(code.depth + 1):
            yield from code.everywhere(OtherLayer(f"the activations of layer {other}", partial(_always, other)))

    def in_layer(self, tape: Tape) -> Iterator[StepSlip]:
        """The state after a step in the place of the state before it."""
        ends = next((each.received for each in tape.steps if each.what == "the states of all times"), tape.made)
        after = {end.time: end.value for end in ends}

        def take_next(visit: Visit) -> Sent:
            state = after.get(visit.step.time, visit.received[0])
            if state.shape != visit.received[0].shape:
                raise ValueError("states that lie otherwise")
            return visit.replace("weight", visit.send(received=[state])["weight"])

        yield StepSlip(
            LATER, lambda step: step.what.startswith("the state's weights"), take_next, "the state's weights"
        )


def _always(other: int, layer: int) -> int:
    return other


class OtherLayer(AlteredEquations):
    """dE/dW with the activations of another layer."""

    def __init__(self, what: str, other: Callable[[int], int]) -> None:
        self.says, self.other = f"{what} were used in dE/dW", other

    def gradients(
        self, network: Architecture, parameters: Arrays, passed: Forward, layer: int, delta: Any
    ) -> tuple[Any, ...]:
        return passed.a[self.other(layer)].T @ delta, delta.sum(0)


def _list_other_units(site: Site, own: str) -> Iterator[str]:
    """The units of other layers; in a graph, which has many, those at the same place of layers of the same shape."""
    architecture = site.network.architecture
    home, position = site.network.place(own)
    for number, layer in enumerate(architecture.layers):
        if number != home and architecture.is_chain:
            yield from layer.units
        elif number != home and layer.shape == architecture.layers[home].shape:
            yield layer.unit(position)


LATER = "the state after the step was used in the gradient of its weights, not the state before"


def _take_later_state(site: Site, term: Expression, error: Quantity) -> Expression:
    """A term with the state of the error's own step in the place of the one before it."""
    time = site.step_in_time(error.of[0])

    def later(node: Quantity) -> Quantity | None:
        own = site.step_in_time(node.of[0]) if node.kind is Kind.ACTIVATION and time is not None else None
        if own is None or own == time:
            return None
        name = site.layer_of(node.of[0]).name
        return node.of_owner(f"{name.removesuffix(str(own))}{time}{node.of[0].removeprefix(name)}")

    return exchanged(term, later)
