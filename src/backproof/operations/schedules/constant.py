"""No schedule: the learning rate stays as it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

from backproof.operations.schedule import Schedule


@final
@dataclass(frozen=True)
class Constant(Schedule):
    """1"""

    def factor(self, t: Any, total: Any) -> Any:
        return 1.0
