"""The sums of a normalisation's gradient run over the wrong axis."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

from backproof.arrays import Array
from backproof.checking.mistake import Mistake
from backproof.checking.tape import Send, Sent, Step, Visit
from backproof.operations.layers.layer_norm import LayerNorm
from backproof.operations.normaliser import Normaliser


@final
@dataclass(frozen=True)
class StatisticWrongAxis(Mistake):
    """A batch norm's gradient is averaged over the numbers of a sample, or a layer norm's over the samples.

    Why: the two differ in nothing but the axis, and the code of one is copied for the other.
    Example: dx.mean(axis=0) in the backward pass of a layer norm.
    See it: the shapes fit, and the errors that should add up to 0 do so along the other axis.
    """

    frequency = 5

    def in_step(self, step: Step) -> Iterator[tuple[str, Send]]:
        work, made = step.work, step.value
        if isinstance(work, Normaliser) and not work.is_fixed:
            own = work.axes if isinstance(work, LayerNorm) else made.ndim - 1
            axes = (1,) if work.couples_samples else tuple(range(made.ndim - own))

            def average_wrongly(visit: Visit) -> Sent:
                deviation, unit = measure_unit(visit)
                delta = deviation * work.send_ways(visit.delta, visit.received, visit.parameters, 0, 0)
                through = delta.mean(axes, keepdims=True) + unit * (delta * unit).mean(axes, keepdims=True)
                return visit.replace(0, (delta - through) / deviation)

            yield "the means of the gradient are taken over the wrong axis", average_wrongly
        if "bias" in step.parameters and made.ndim == 2 and made.shape[0] == made.shape[1]:
            says = "the gradient is summed over the wrong axis"
            yield says, lambda visit: visit.replace("bias", visit.delta.sum(1))
            if isinstance(work, Normaliser):
                yield says, lambda visit: visit.replace("weight", (visit.delta * measure_unit(visit)[1]).sum(1))


def measure_unit(visit: Visit) -> tuple[Array, Array]:
    """Of a normalisation the deviation, and the numbers with mean 0 and deviation 1."""
    work = visit.step.work
    assert isinstance(work, Normaliser)
    deviation, mean = (work.measure(name, visit.received) for name in (work.statistics[-1], work.statistics[0]))
    return deviation, (visit.received[0] - (mean if work.is_centred else 0.0)) / deviation
