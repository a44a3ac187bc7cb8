"""A learning-rate range test (Smith 2017): many rates at once, for a few steps each from the same start.

Unlike Smith's single run, whose rate grows from step to step, each rate is tried by itself, so that none has to bear
what a smaller one did before it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from backproof.arrays import Array
from backproof.errors import NumberError, OptionError
from backproof.network import Network
from backproof.train.fit import fit
from backproof.train.history import INTERRUPTED
from backproof.validate import check_amount, check_numbers, check_whole

#: How many steps each rate is tried for, unless epochs are given.
STEPS = 100


@dataclass(frozen=True, eq=False)
class RangeTest:
    """Rates, and what all samples cost after the trial of each (infinity where it diverged)."""

    rates: Array
    costs: Array

    @property
    def suggestion(self) -> float:
        """The rate after which the samples cost least."""
        return float(self.rates[int(np.argmin(self.costs))])


def range_test(
    network: Network,
    x: ArrayLike,
    y: ArrayLike,
    *,
    lowest: float = 1e-5,
    highest: float = 10.0,
    count: int = 31,
    epochs: int | None = None,
    batch_size: int | None = None,
    **options: Any,
) -> RangeTest:
    """Try `count` rates from `lowest` to `highest`, spaced evenly by factor; the other options are those of `fit`.

    Errors: as of `fit`, and NumberError where every rate diverges.
    """
    check_whole("count", count, 2)
    lowest, highest = check_amount("lowest", lowest), check_amount("highest", highest)
    if not 0 < lowest < highest:
        raise OptionError(f"expected 0 < lowest < highest, received {lowest:g} and {highest:g}.")
    rates = np.geomspace(lowest, highest, count)
    steps = (
        1
        if batch_size is None
        else -(-len(np.atleast_1d(check_numbers(y, "targets", keep=True))) // check_whole("batch_size", batch_size, 1))
    )
    if taken := {"vary", "networks", "learning_rate"} & set(options):
        raise OptionError(f"a range test tries learning rates by itself; leave out {', '.join(sorted(taken))}.")
    history = fit(
        network, x, y, epochs=-(-STEPS // steps) if epochs is None else epochs, batch_size=batch_size,
        vary={"learning_rate": rates.tolist()}, **options,
    )  # fmt: skip
    if history.stopped == INTERRUPTED:
        raise KeyboardInterrupt
    costs = np.array([np.inf if each.diverged else each.final_cost for each in history.members])
    if not np.isfinite(costs).any():
        raise NumberError(f"every rate from {lowest:g} to {highest:g} diverges; try lower ones, or scale the inputs.")
    return RangeTest(rates, costs)
