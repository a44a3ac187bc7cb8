"""The activation is applied to its own result."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

from backproof.checking.mistake import Mistake
from backproof.checking.site import Change, Site, exchanged
from backproof.expression import Expression
from backproof.quantity import Kind, Quantity


@final
@dataclass(frozen=True)
class ActivationAppliedTwice(Mistake):
    """a = g(g(h)): what was an activation already goes through the activation once more.

    Why: the layer applies it, and the line that reads the output, or the cost of a library, does so again.
    Example: softmax of outputs that are a softmax; sigma(0.75) given for an output of 0.75.
    See it: the outputs lie close together.
    """

    frequency = 3

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
