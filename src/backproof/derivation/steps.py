"""Through time: how the error shrinks or grows from one time step of a recurrence to the one before it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from backproof.derivation.context import SampleContext
from backproof.derivation.definitions import Used

#: Of more steps the mean factor is told.
FEW_STEPS = 6


def describe_steps(context: SampleContext, found: Sequence[Used]) -> tuple[str, ...]:
    """By what the error's length is multiplied per step back, where the uses of a parameter are those of time steps."""
    layers = {each.use.layer: context.architecture.layers[each.use.layer].cell for each in found}
    steps = sorted((cell.column, number) for number, cell in layers.items() if cell is not None)
    if len(steps) < max(2, len(layers)):
        return ()
    if steps[-1][1] != max(layers):  # a recurrence that runs backward ends at the first step
        steps.reverse()
    lengths = [float(np.linalg.norm(context.units_row(context.trace.backward.dh, number))) for _, number in steps]
    factors = [before / after for before, after in pairwise(lengths) if after]
    if len(factors) < len(lengths) - 1:
        return ()
    (first, _), (last, _) = steps[0], steps[-1]
    if len(steps) > FEW_STEPS:
        mean = float(np.prod(factors)) ** (1 / len(factors))
        said = f"from step {last} back to step {first} it is multiplied by {mean:.3g} per step on average"
    else:
        ways = zip(factors, pairwise(steps), strict=True)
        told = [f"from step {later} to step {step} by {factor:.3g}" for factor, ((step, _), (later, _)) in ways]
        said = f"it is multiplied {', '.join(reversed(told))}"
    grows, shrinks = min(factors) > 1, min(factors) > 0 and max(factors) < 1
    trend = "; so it grows the further back it goes" if grows else "; so it vanishes with time" if shrinks else ""
    return (f"The length of the error on its way back through time: {said}{trend}.",)
