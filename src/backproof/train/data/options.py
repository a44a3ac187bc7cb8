"""Options that are numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from backproof.errors import OptionError
from backproof.operations.registry import shown


def whole(name: str, value: Any, low: int) -> None:
    """Nothing, where the option is a whole number from `low`; else OptionError."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < low:
        raise OptionError(f"{name} must be a whole number from {low}, received {shown(value)}.")
