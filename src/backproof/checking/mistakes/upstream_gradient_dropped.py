"""A local derivative is given instead of the whole one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import final

from backproof.checking.mistake import Mistake
from backproof.checking.rules import AlteredLink, Rule
from backproof.checking.site import Change, Site
from backproof.expression import Number


@final
@dataclass(frozen=True)
class UpstreamGradientDropped(Mistake):
    """The derivative from the layer above is missing: da/dh stands where dE/dh is meant, a where dE/dw is.

    Why: each local derivative is found with care, and the chain rule is forgotten.
    Example: dE/dw5 = a_1 instead of delta_o a_1.
    See it: claimed = true / upstream; it does not depend on the target.
    """

    frequency = 3
    says_of_layer = "the gradient from upstream is ignored: these are the derivatives of the sum of the outputs"

    def rules(self, activations: Sequence[str]) -> Iterator[Rule]:
        left_out = "dE/da was left out: only the local derivative g'(h) is there"
        here = "dE/da[{of}] was left out: only the local derivative is there"
        yield AlteredLink("dE/dh", ("da/dh",), left_out, here, "error")
        local = "the error was left out: only dh/d{of} is there"
        yield AlteredLink("dE/dw", ("a",), "the errors were left out of dE/dW", local, "gradient")

    def rewrites(self, site: Site) -> Iterator[Change]:
        yield from super().rewrites(site)
        name = site.quantity.of[-1] if site.quantity.of else ""
        if site.is_gradient and site.is_bias and len(site.network.parameter(name).places) == 1:
            yield Change(Number(1), f"the error was left out: only dh/d{name} is there", "gradient")
