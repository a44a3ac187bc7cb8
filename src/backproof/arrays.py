"""What arrays are called: `Array` holds float64 numbers, `Mask` truths, `Arrays` maps names such as W1 to arrays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float64]
AnyArray: TypeAlias = NDArray[Any]
Mask: TypeAlias = NDArray[np.bool_]
Arrays: TypeAlias = Mapping[str, Any]


def explain_axes(shape: tuple[int, ...]) -> str:
    """What the axes of a parameter array are, where they are often exchanged."""
    known = {1: "one number a unit", 2: "rows: from, columns: to", 4: "out, in, rows, columns"}
    return f" ({known[len(shape)]})" if len(shape) in known else ""
