"""What a column was found to hold: its range or its categories, and how much of it is missing."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(frozen=True)
class ColumnSummary:
    """What learning met in a column: least and largest number, or how often each category; rows without a value."""

    name: str
    low: float = 0.0
    high: float = 0.0
    counts: Counter[str] = field(default_factory=Counter)
    missing: int = 0

    @property
    def constant(self) -> bool:
        """Whether every row holds the same."""
        return len(self.counts) == 1 if self.counts else self.low == self.high
