"""What rows hold that training did not, counted, not refused: unseen categories, missing values, far numbers."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from backproof.schema import shown


class Wording(NamedTuple):
    """How a kind of value is called beside its row, alone and of several, and what was done about it."""

    beside: str
    one: str
    several: str
    done: str


WORDINGS = {
    "unseen": Wording(
        "unknown",
        "category unknown in training",
        "categories unknown in training",
        "taken as none of the known ones",
    ),
    "missing": Wording("missing", "missing value", "missing values", "filled as in training"),
    "unreadable": Wording("unreadable", "value that cannot be read", "values that cannot be read", "taken as missing"),
    "written": Wording(
        "written otherwise",
        "value written otherwise than in training",
        "values written otherwise than in training",
        "make sure that it is meant so",
    ),
    "far": Wording(
        "far outside",
        "value far outside the range of training",
        "values far outside the range of training",
        "taken as it is",
    ),
    "outside": Wording(
        "outside the range of training",
        "value outside the range of training",
        "values outside the range of training, as nearly all of this column",
        "taken as it is, though it may have another unit",
    ),
    "unread": Wording(
        "more values than columns",
        "row with more values than there are columns",
        "rows with more values than there are columns",
        "left without an answer",
    ),
    "beyond": Wording(
        "beyond all numbers",
        "prediction that is not a finite number",
        "predictions that are not finite numbers",
        "left empty; such rows lie too far from the training rows",
    ),
}


@dataclass
class Remarks:
    """How often each kind of value occurs in each column, with the first example.

    by_row: the remarks on each row, from 0, where they are to be kept. start: the number of the next row. unread: the
    next rows of which nothing could be read, so that nothing in them is remarkable.
    """

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    examples: dict[tuple[str, str], str] = field(default_factory=dict)
    by_row: defaultdict[int, list[str]] | None = None
    start: int = 0
    unread: NDArray[np.bool_] | None = None

    def add(
        self,
        kind: str,
        column: str,
        found: NDArray[np.bool_],
        describe: Callable[[int], str] | None = None,
        read: Callable[[int], str] | None = None,
    ) -> None:
        """Count values of a column, (rows,) or (rows, width), of one of WORDINGS.

        describe: writes the value of a row. read: writes what it was taken for, where that is not the same.
        """
        if self.unread is not None and kind != "unread":
            found = (found.T & ~self.unread).T
        count = int(found.sum())
        if not count:
            return
        rows = np.flatnonzero(found.reshape(len(found), -1).any(axis=1)).tolist()
        self.counts[kind, column] += count
        if (kind, column) not in self.examples:
            taken = f", read as {read(rows[0])}" if read else ""
            self.examples[kind, column] = f", such as {shown(describe(rows[0]))}{taken}" if describe else ""
        if self.by_row is not None:
            for row in rows:
                self.by_row[self.start + row].append(f"{column} {WORDINGS[kind].beside}".lstrip())

    def list_by_row(self, rows: int) -> list[str]:
        """The remarks on each of the rows; empty where there are none."""
        by_row = self.by_row if self.by_row is not None else dict[int, list[str]]()
        return ["; ".join(by_row.get(row, ())) for row in range(rows)]

    def list_sentences(self) -> Iterator[str]:
        """One sentence for each column and kind of value."""
        for (kind, column), count in self.counts.items():
            wording, such = WORDINGS[kind], self.examples[kind, column]
            what = wording.one if count == 1 else wording.several
            where = f"Column {shown(column)}: " if column else ""
            yield f"{where}{count:,} {what}{such}: {wording.done}."
