"""What rows hold that training did not, counted, not refused: unseen categories, missing values, far numbers."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from backproof.schema import shown

#: How each thing is said: of a row's value, of one value and of several, and what was done about it.
SAID = {
    "unseen": (
        "unknown", "category unknown in training", "categories unknown in training", "taken as none of the known ones",
    ),
    "missing": ("missing", "missing value", "missing values", "filled as in training"),
    "unreadable": ("unreadable", "value that cannot be read", "values that cannot be read", "taken as missing"),
    "far": (
        "far outside", "value far outside the range of training", "values far outside the range of training",
        "taken as it is",
    ),
    "beyond": (
        "beyond all numbers", "prediction that is not a finite number", "predictions that are not finite numbers",
        "left empty; such rows lie too far from the training rows",
    ),
}  # fmt: skip


@dataclass
class Oddities:
    """How often each thing was met in each column, with the first value that was so.

    remarks: what was met in each row, from 0, where that is to be kept; `start` is the first row of those that come.
    """

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    examples: dict[tuple[str, str], str] = field(default_factory=dict)
    remarks: defaultdict[int, list[str]] | None = None
    start: int = 0

    def add(self, what: str, column: str, found: NDArray[np.bool_], say: Callable[[int], str] | None = None) -> None:
        """Count values of a column, (rows,) or (rows, width); `what` is one of SAID, `say` gives the value of a row."""
        count = int(found.sum())
        if not count:
            return
        rows = np.flatnonzero(found.reshape(len(found), -1).any(axis=1)).tolist()
        self.counts[what, column] += count
        self.examples.setdefault((what, column), "" if say is None else say(rows[0]))
        if self.remarks is not None:
            for row in rows:
                self.remarks[self.start + row].append(f"{column} {SAID[what][0]}")

    def list_remarks(self, rows: int) -> list[str]:
        """What was met in each of so many rows, in words; empty where nothing was."""
        remarks = {} if self.remarks is None else self.remarks
        return ["; ".join(remarks.get(row, ())) for row in range(rows)]

    def sentences(self) -> Iterator[str]:
        """One sentence for each column and thing."""
        for (what, column), count in self.counts.items():
            _, one, several, done = SAID[what]
            example = self.examples[what, column]
            such = f", such as {shown(example)}" if example else ""
            yield f"Column {shown(column)}: {count:,} {one if count == 1 else several}{such}: {done}."
