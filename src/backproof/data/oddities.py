"""What rows hold that training did not, counted, not refused: unseen categories, missing values, far numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from backproof.schema import shown

#: How each thing is said: what it is, for one and for several, and what was done about it.
SAID = {
    "unseen": ("category unknown in training", "categories unknown in training", "taken as none of the known ones"),
    "missing": ("missing value", "missing values", "filled as in training"),
    "unreadable": ("value that cannot be read", "values that cannot be read", "taken as missing"),
    "far": ("value far outside the range of training", "values far outside the range of training", "taken as it is"),
}


@dataclass
class Oddities:
    """How often each thing was met in each column, with the first value that was so."""

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    examples: dict[tuple[str, str], str] = field(default_factory=dict)

    def add(self, what: str, column: str, count: int, example: str = "") -> None:
        """Count values of a column; `what` is one of SAID."""
        if count:
            self.counts[what, column] += count
            self.examples.setdefault((what, column), example)

    def sentences(self) -> Iterator[str]:
        """One sentence for each column and thing."""
        for (what, column), count in self.counts.items():
            one, several, done = SAID[what]
            example = self.examples[what, column]
            such = f", such as {shown(example)}" if example else ""
            yield f"Column {shown(column)}: {count:,} {one if count == 1 else several}{such}: {done}."
