"""The simple recurrence (Elman 1990)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, final

from backproof.operations.recurrence import Recurrence
from backproof.operations.shorthand import Part


@final
@dataclass(frozen=True)
class Recurrent(Recurrence):
    """h_t = g(x_t W + h_(t-1) U + b), g being tanh where no activation is given"""

    def write_step(self, prefix: str, step: int, before: dict[str, str], activation: Any) -> Iterator[Part]:
        return self.write_sum(prefix, step, before["h"], "tanh" if activation is None else activation)
