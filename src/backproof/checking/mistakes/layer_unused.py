"""A layer that nothing receives from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

from backproof.checking.mistake import Mistake
from backproof.checking.module_step import Fix, ModuleStep, Repair


@final
@dataclass(frozen=True)
class LayerUnused(Mistake):
    """A layer has parameters to be trained, but the outputs do not depend on it: it never gets a gradient.

    Why: `forward` names another layer, or overwrites the result of this one.
    Example: `h = self.fc2(x)` where `self.fc2(h)` was meant: fc1 is never trained.
    See it: `parameter.grad` is None after `backward()`.
    """

    def in_module(self, step: ModuleStep) -> Iterator[Repair]:
        for layer, parameters in step.unused:
            yield Repair(
                f"the outputs do not depend on {layer}: its parameters get no gradient", layer, Fix.NONE, parameters
            )
