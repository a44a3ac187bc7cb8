"""A mask is forgotten, on the way there or on the way back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from math import prod
from typing import final

import numpy as np

from backproof.checking.mistake import Mistake
from backproof.checking.site import Change, Site, exchanged
from backproof.checking.tape import Send, Sent, Step, Visit
from backproof.expression import Add, Call, Expression, Number
from backproof.operations.activations.softmax import Softmax
from backproof.operations.layers.dropout import Dropout
from backproof.operations.max_pool import MaxPool, SlidingMaxPool
from backproof.quantity import Kind, Quantity


@final
@dataclass(frozen=True)
class MaskOmitted(Mistake):
    """A mask is forgotten: dropped units, later tokens or every place of a max pool's window count as well.

    Why: the forward pass makes the mask, and forgets to hand it on; or a causal attention is worked out as a full one.
    Example: dx = dout / keep without the mask; dx[window] += dout for all of the window.
    See it: dx has no zeros where the outputs have them.
    """

    frequency = 7

    def rewrites(self, site: Site) -> Iterator[Change]:
        kept = exchanged(site.formula, lambda node: Number(1) if node.statistic == "mask" else None)
        if kept != site.formula:
            yield Change(kept, "the mask was forgotten", "mask")
        yield from _look_ahead(site)
        for says, share in SHARES.items() if site.is_sent_back else ():

            def change(term: Expression, error: Quantity, share: Share = share) -> Expression:
                number, position = site.network.place(error.of[0])
                kind = site.layer_of(error.of[0]).kind
                assert isinstance(kind, MaxPool)
                window = kind.list_window(position, site.network.architecture.received_shapes(number)).tolist()
                part = share(window.index(site.network.place(site.quantity.of[0])[1]), len(window))
                return error if part == 1 else error * Number(part)

            changed = site.change_terms(MaxPool, change)
            if changed is not None:
                yield Change(changed, says, says)

    def in_step(self, step: Step) -> Iterator[tuple[str, Send]]:
        if isinstance(step.work, Dropout) and "mask" in step.parameters:
            says = "the mask was forgotten"
            yield says, lambda visit: visit.send(parameters={"mask": np.ones_like(visit.delta)})
            if step.work.rate:
                yield "the mask and the factor were forgotten", lambda visit: visit.replace(0, visit.delta)
        if isinstance(step.work, SlidingMaxPool):
            pool, size = step.work, prod(step.work.windows.size)

            def spread(visit: Visit, share: Share) -> Sent:
                parts = np.stack([share(place, size) * visit.delta for place in range(size)], axis=2)
                return visit.replace(0, pool.windows.lay_back(parts, visit.received[0].shape[2:]))

            for says, share in SHARES.items():
                yield says, lambda visit, share=share: spread(visit, share)  # type: ignore[misc]
            smallest = "the smallest of the window gets the gradient"
            yield smallest, lambda visit: visit.send(received=[-visit.received[0]])


def _look_ahead(site: Site) -> Iterator[Change]:
    """An entry of a causal softmax, worked out as if there were no mask, or as if masked scores were 0."""
    if site.quantity.kind is not Kind.ACTIVATION or site.layer == 0:
        return
    layer, position = site.layer_of(site.quantity.of[0]), site.network.place(site.quantity.of[0])[1]
    if not isinstance(layer.activation, Softmax) or not layer.activation.causal:
        return
    whole = replace(layer.activation, causal=False).row(position, layer.shape)
    own, seen = site.number("h", layer.unit(position)), layer.activation.row(position, layer.shape)
    every = [Call("exp", (site.number("h", layer.unit(each)),)) for each in whole]
    if len(seen) < len(whole):
        yield Change(Call("exp", (own,)) / Add(tuple(every)), "the mask of the later tokens was forgotten", "causal")
        if seen:
            counted = (
                *(each for at, each in zip(whole, every, strict=True) if at in seen),
                Number(len(whole) - len(seen)),
            )
            says = "masked scores were set to 0 before the softmax, where they count as e^0 = 1"
            yield Change(Call("exp", (own,)) / Add(counted), says, "zero scores")


#: What a place of a maximum's window gets of its error: of the number of the place, and how many there are.
Share = Callable[[int, int], float]
SHARES: dict[str, Share] = {
    "every place of the window gets the gradient, not the largest alone": lambda place, size: 1.0,
    "the gradient is spread evenly over the window, as if by a mean": lambda place, size: 1 / size,
    "the first place of the window gets the gradient": lambda place, size: float(place == 0),
}
