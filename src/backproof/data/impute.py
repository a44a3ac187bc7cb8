"""What stands for missing values: the mean, the median or the most frequent of the training rows that have one."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias, cast, get_args

import numpy as np

from backproof.arrays import Array
from backproof.errors import OptionError, did_you_mean
from backproof.validate import describe

Impute: TypeAlias = Literal["mean", "median", "most_frequent"]


def check_imputation(given: Any) -> Impute | None:
    """A way to impute, or None. Errors: OptionError with the nearest way.

    Categories that are missing become the most frequent one for "most_frequent", else a category of their own.
    """
    if given is None or given in get_args(Impute):
        return cast("Impute | None", given)
    ways = get_args(Impute)
    near = did_you_mean(str(given)[:100], ways)
    raise OptionError(f"impute must be one of {', '.join(ways)}, received {describe(given)}.{near}")


def median(values: Array) -> float:
    """The median of the values that are there."""
    return float(np.median(values[~np.isnan(values)]))


def mode(values: Array) -> float:
    """The value that occurs most, of several the least."""
    found, counts = np.unique(values[~np.isnan(values)], return_counts=True)
    return float(found[counts.argmax()])
