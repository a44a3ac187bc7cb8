"""The kernel of a convolution is flipped where it is not, or not where it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias, final

import numpy as np

from backproof.checking.mistake import Mistake
from backproof.checking.site import Change, Site, exchanged
from backproof.checking.tape import Send, Step
from backproof.operations.convolution import Convolution, Kernel
from backproof.quantity import Kind, Quantity


@final
@dataclass(frozen=True)
class KernelFlipped(Mistake):
    """What a convolution sends back goes through the kernel turned by half a turn, or its gradient comes out so.

    Why: the gradient of a cross-correlation is a convolution, which flips the kernel; a library may do so already.
    Example: scipy.signal.convolve2d for correlate2d, or np.flip once too often.
    See it: with a symmetric kernel everything is right.
    """

    frequency = 5

    def rewrites(self, site: Site) -> Iterator[Change]:
        def flip_places(index: Index, shape: Index) -> Index:
            return (*index[:2], *(size - 1 - at for at, size in zip(index[2:], shape[2:], strict=True)))

        yield from turn_kernels(site, "the kernel is flipped", flip_places)

    def in_step(self, step: Step) -> Iterator[tuple[str, Send]]:
        if isinstance(step.work, Convolution) and max(step.work.windows.size) > 1:
            weight, axes = step.parameters["weight"].value, tuple(range(2, step.value.ndim))
            yield (
                "the kernel is flipped in what goes back",
                lambda visit: visit.replace(0, visit.send(parameters={"weight": np.flip(weight, axes)})[0]),
            )
            says = "dE/dW has its kernels flipped"
            yield says, lambda visit: visit.replace("weight", np.flip(visit.true["weight"], axes))


Index: TypeAlias = tuple[int, ...]


def turn_kernels(site: Site, says: str, turn: Callable[[Index, Index], Index]) -> Iterator[Change]:
    """A kernel's number at another index instead of each, in h, in what goes back, and among the gradients.

    `turn` gives the other index, from the index and the kernel's shape.
    """

    def exchange(node: Quantity) -> Quantity | None:
        name = _find_turned(site, node.of[0], turn) if node.kind is Kind.PARAMETER else None
        return None if name is None else node.of_owner(name)

    changed, where = None, ""
    if site.quantity.kind is Kind.PRE_ACTIVATION and isinstance(site.layer_of(site.quantity.of[0]).kind, Kernel):
        changed, where = exchanged(site.formula, exchange), "h"
    elif site.is_sent_back:
        changed, where = site.change_terms(Kernel, lambda term, error: exchanged(term, exchange)), "what goes back"
    elif site.quantity.is_gradient and (name := _find_turned(site, site.quantity.of[0], turn)) is not None:
        changed, where = site.quantity.of_owner(name), "dE/dW"
    if changed not in (None, site.formula, site.quantity):
        yield Change(changed, f"{says} in {where}", says)


def _find_turned(site: Site, name: str, turn: Callable[[Index, Index], Index]) -> str | None:
    """The number of a kernel at the turned index; None where there is none, or the parameter is of no kernel."""
    architecture = site.network.architecture
    use = architecture.first_use(name)
    if use is None or use.role != "weight" or not isinstance(architecture.layers[use.layer].kind, Kernel):
        return None
    array = dict(architecture.layers[use.layer].arrays)[use.role]
    shape = architecture.shapes[array]
    index = turn(tuple(map(int, np.unravel_index(use.entry, shape))), shape)
    fits = all(at < size for at, size in zip(index, shape, strict=True))
    return architecture.name_at(array, int(np.ravel_multi_index(index, shape))) if fits else None
