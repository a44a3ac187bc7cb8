"""A local derivative is given for the whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, final

from backproof.architecture import Architecture
from backproof.checking.backward_pass import BackwardPass, Candidate
from backproof.checking.equations import Slip
from backproof.checking.mistake import Change, Mistake, Site, has_role, without
from backproof.expression import Number
from backproof.propagation import Forward


@final
@dataclass(frozen=True)
class UpstreamGradientDropped(Mistake):
    """What comes from above is not multiplied in: da/dh stands where dE/dh is meant, a where dE/dw is.

    Why: each local derivative is found with care, and the chain is forgotten.
    Example: dE/dw5 = a_1 instead of delta_o a_1.
    See it: claimed = true / upstream; it does not depend on the target.
    """

    frequency = 3

    def rewrites(self, site: Site) -> Iterator[Change]:
        name = site.quantity.of[-1] if site.quantity.of else ""
        if site.role == "dE/dh" and len(site.quantity.of) == 1:
            for formula, _ in without(site.formula, has_role("dE/da")):
                yield Change(formula, f"dE/da[{name}] was left out: only the local derivative is there", "error")
        elif site.is_gradient and site.is_bias and len(site.network.parameter(name).places) == 1:
            yield Change(Number(1), f"the error was left out: only dh/d{name} is there", "gradient")
        elif site.is_gradient:
            for formula, _ in without(site.formula, has_role("dE/dh")):
                yield Change(formula, f"the error was left out: only dh/d{name} is there", "gradient")

    def in_code(self, code: BackwardPass) -> Iterator[Candidate]:
        yield from code.everywhere(Local())


class Local(Slip):
    """delta = g'(h)"""

    says = "dE/da was left out: only the local derivative g'(h) is there"

    def error(self, network: Architecture, passed: Forward, layer: int, da: Any) -> Any:
        return super().error(network, passed, layer, 0 * da + 1)
