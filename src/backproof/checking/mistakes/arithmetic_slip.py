"""The formula is right and the arithmetic is not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from math import isfinite
from typing import final

from backproof.checking.claim import Earlier, ExaminedClaim
from backproof.checking.graph import Graph
from backproof.checking.mistake import Misprint, Mistake
from backproof.rounding import last_place


@final
@dataclass(frozen=True)
class ArithmeticSlip(Mistake):
    """What the printed numbers come to differs from what is printed in one digit, or by a carry.

    Why: a sum worked in the head, a digit misread from the calculator.
    Example: 0.54 + 0.27 = 0.71.
    See it: claimed - true is one digit and zeros.
    """

    frequency = 4

    def misprints(self, graph: Graph, work: ExaminedClaim, earlier: Earlier) -> Iterator[Misprint]:
        unit = last_place(work.printed)
        for result in work.results if work.digits >= FEWEST else ():
            gap = _gap(Decimal(work.printed), result, unit)
            if gap is not None and len(gap.normalize().as_tuple().digits) == 1 and abs(gap / unit) > 1:
                ways = 18 * work.digits  # any digit may have come out as any other
                words = f"the arithmetic is off by {abs(gap):g}: it comes to {result:.{work.digits}g}"
                yield Misprint(work.value, words, 1 / ways, whole=False)


#: In a number of fewer digits one of them is most of it.
FEWEST = 3
_EXACT = Context(prec=400)


def _gap(printed: Decimal, result: float, unit: Decimal) -> Decimal | None:
    """By how much the printed number differs from the rounded result; None where they are not of one size."""
    if not isfinite(result) or not 0.1 < abs(float(printed) / result if result else 0) < 10:
        return None
    gap = _EXACT.subtract(printed, Decimal(repr(result)).quantize(unit, ROUND_HALF_UP, _EXACT))
    return gap or None
