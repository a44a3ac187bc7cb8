"""The sending activation is left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import final

from backproof.checking.mistake import Mistake
from backproof.checking.rules import AlteredLink, Rule


@final
@dataclass(frozen=True)
class InputActivationOmitted(Mistake):
    """dE/dw is given as delta, without the activation that the weight is multiplied by; or h adds up bare weights.

    Why: it is right for a bias, and for an input of 1 it makes no difference.
    Example: dE/dw5 = delta_o.
    See it: every weight into a unit gets the same gradient.
    """

    frequency = 4

    def rules(self, activations: Sequence[str]) -> Iterator[Rule]:
        yield AlteredLink("dE/dw", ("dE/dh",), "the activations were left out of dE/dW", "{factor} was left out", "all")
        bare = "the activations were left out: bare weights were added up"
        yield AlteredLink("h", ("w",), bare, "{factor} was left out", "all")
