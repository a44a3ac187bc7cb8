"""Mean and variance of columns in one pass, M2 += m2 + (mean' - mean)^2 n n'/(n + n'); median and mode.

The parts are merged as Chan, Golub and LeVeque do, so that only one part at a time is converted to float64, and a large
mean costs no digits. NaN is a missing value and is left out.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from backproof.arrays import AnyArray, Array


@dataclass
class Moments:
    """Count, mean, sum of squared deviations, minimum and maximum of each of `width` columns, so far."""

    width: int
    count: Array = field(init=False)
    mean: Array = field(init=False)
    deviations: Array = field(init=False)
    low: Array = field(init=False)
    high: Array = field(init=False)

    def __post_init__(self) -> None:
        self.count, self.mean, self.deviations = (np.zeros(self.width) for _ in range(3))
        self.low, self.high = np.full(self.width, np.inf), np.full(self.width, -np.inf)

    def add_rows(self, rows: AnyArray) -> None:
        """Take more rows into account, shape (rows, width)."""
        if not len(rows):
            return
        values = rows.astype(np.float64)
        missing = np.isnan(values) if rows.dtype.kind == "f" else np.zeros(1, dtype=bool)
        if missing.any():
            values = np.ma.masked_array(values, missing)
        count = np.asarray(values.shape[0] - missing.sum(axis=0), dtype=np.float64)
        low, high = _fill_mask(values.min(axis=0), np.inf), _fill_mask(values.max(axis=0), -np.inf)
        with np.errstate(all="ignore"):
            mean = _fill_mask(values.mean(axis=0), 0)
            mean = np.where(count > 0, np.clip(mean, low, high), mean)  # rounding may leave the range: 1e37 everywhere
            deviations = _fill_mask(((values - mean) ** 2).sum(axis=0), 0)
            self._merge_part(count, mean, deviations)
        self.low, self.high = np.minimum(self.low, low), np.maximum(self.high, high)
        self.mean = np.where(self.count > 0, np.clip(self.mean, self.low, self.high), self.mean)

    def _merge_part(self, count: Array, mean: Array, deviations: Array) -> None:
        total = np.maximum(self.count + count, 1)
        apart = np.where(count > 0, mean - self.mean, 0)
        between = np.where(self.count > 0, apart**2 * self.count * count / total, 0)
        self.deviations = self.deviations + deviations + between
        self.mean = self.mean + apart * count / total
        self.count = self.count + count

    @property
    def deviation(self) -> Array:
        """The standard deviation of each column, with divisor n."""
        return np.asarray(np.sqrt(self.deviations / np.maximum(self.count, 1)))

    @property
    def scale(self) -> Array:
        """1/deviation, and 1 for a constant column."""
        return np.asarray(_invert_deviation(self.deviation, self.low < self.high))

    def pool_columns(self) -> tuple[float, float]:
        """Mean and scale of all columns together, as if they were one."""
        every = max(self.count.sum(), 1)
        mean = float((self.count * self.mean).sum() / every)
        deviations = (self.deviations + self.count * (self.mean - mean) ** 2).sum()
        return mean, float(_invert_deviation(np.sqrt(deviations / every), self.low.min() < self.high.max()))


def median(values: Array) -> float:
    """The median of the values that are not NaN; 0 if there are none."""
    present = values[~np.isnan(values)]
    return float(np.median(present)) if len(present) else 0.0


def mode(values: Array) -> float:
    """The most frequent value that is not NaN; the least of several, and 0 if there are none."""
    found, counts = np.unique(values[~np.isnan(values)], return_counts=True)
    return float(found[counts.argmax()]) if len(found) else 0.0


def most_frequent(counts: Counter[str]) -> str:
    """The most frequent text; the first of several in alphabetical order."""
    return min(counts, key=lambda text: (-counts[text], text))


def _fill_mask(values: Any, empty: float) -> Any:
    """The values without their mask; `empty` for a column with no value at all."""
    return np.ma.filled(values, empty)


def _invert_deviation(deviation: Any, varies: Any) -> Any:
    """1/deviation where that is a finite number, otherwise 1."""
    with np.errstate(all="ignore"):
        inverse = 1 / deviation
    return np.where(varies & np.isfinite(inverse), inverse, 1.0)
