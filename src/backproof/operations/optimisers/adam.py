"""Adam (Kingma & Ba 2015): each parameter's step scaled by running moments of its own gradient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from backproof.operations.moments import Moments


@final
@dataclass(frozen=True)
class Adam(Moments):
    """w <- w - rate m̂ / (sqrt v̂ + epsilon), the moments as in `Moments`"""

    @property
    def title(self) -> str:
        return "Adam"
