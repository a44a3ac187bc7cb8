"""The next layer's output is used instead of its error."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import final

from backproof.checking.mistake import Mistake
from backproof.checking.rules import AlteredLink, Rule


@final
@dataclass(frozen=True)
class ValueInsteadOfError(Mistake):
    """Errors are sent back as the sum of the next layer's activations, weighted, instead of its errors.

    Why: 'propagate back' is done with what was propagated forward.
    Example: dE/da_1 = a_o w5.
    See it: the number does not depend on the target.
    """

    frequency = 2

    def rules(self, activations: Sequence[str]) -> Iterator[Rule]:
        words = "activations were sent back instead of errors"
        yield AlteredLink("dE/da", ("a", "w"), words, words, "output")
