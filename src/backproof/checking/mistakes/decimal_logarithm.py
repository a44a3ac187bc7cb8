"""The decimal logarithm is taken for the natural one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import log
from typing import final

from backproof.checking.mistake import Mistake
from backproof.checking.site import Change, Site
from backproof.expression import Call, Expression, Number, substitute
from backproof.quantity import Kind


@final
@dataclass(frozen=True)
class DecimalLogarithm(Mistake):
    """The cost is worked out with log to base 10 where ln is meant.

    Why: formulas write log for the natural logarithm, and the key of a calculator that says log has base 10.
    Example: E = -lg 0.7 = 0.155 instead of -ln 0.7 = 0.357.
    See it: claimed = true / 2.3026.
    """

    frequency = 3

    def rewrites(self, site: Site) -> Iterator[Change]:
        if site.quantity.kind is not Kind.COST:
            return
        changed = substitute(site.formula, _to_base_10)
        if changed != site.formula:
            yield Change(changed, "the logarithm was taken to base 10 instead of e", "decimal")


def _to_base_10(node: Expression) -> Expression | None:
    return node / Number(log(10)) if isinstance(node, Call) and node.function == "log" else None
