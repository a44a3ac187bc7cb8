"""What was found in a document: numbers claimed, arithmetic shown, formulas stated, and what could not be read."""

from __future__ import annotations

from dataclasses import dataclass, field, fields

from backproof.checking.slips import Slip
from backproof.worksheet import Claim


@dataclass(frozen=True)
class Step:
    """A piece of arithmetic as written, what it comes to, and the number printed after it.

    `verdict` is `right`, `rounded` (the printed number is the true one and the factors shown are rounded), `wrong`, or
    empty where no number follows.
    """

    text: str
    value: float
    printed: str
    verdict: str
    where: str
    of: str = ""

    @property
    def right(self) -> bool:
        """Whether nothing speaks against it."""
        return self.verdict != "wrong"


@dataclass(frozen=True)
class Formula:
    """A statement in symbols: as written, the quantity it is about (if any), and whether it holds for every network.

    `says` is one sentence on what is wrong; `slips` the known mistakes that make it, likeliest first.
    """

    text: str
    of: str
    holds: bool
    where: str
    says: str = ""
    slips: tuple[Slip, ...] = ()

    @property
    def mistakes(self) -> tuple[str, ...]:
        """The ids of the slips."""
        return tuple(slip.id for slip in self.slips)


@dataclass(frozen=True)
class Unread:
    """A number or a piece of mathematics that was not judged: as written, why, and what would settle it."""

    text: str
    reason: str
    where: str


@dataclass(frozen=True)
class Reading:
    """Everything that was found in a document, each list in reading order.

    `notes` are sentences to read first: how letters are read, and what the numbers would fit better. `mentions` are
    numbers in sentences that name no quantity, such as a year.
    """

    claims: tuple[Claim, ...] = ()
    steps: tuple[Step, ...] = ()
    formulas: tuple[Formula, ...] = ()
    unread: tuple[Unread, ...] = ()
    title: str = ""
    notes: tuple[str, ...] = ()
    mentions: tuple[Unread, ...] = ()


@dataclass
class Findings:
    """A Reading in the making; `doubtful` are the claims whose reading the numbers themselves have to confirm."""

    claims: list[Claim] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    formulas: list[Formula] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    mentions: list[Unread] = field(default_factory=list)

    def reading(self, title: str = "") -> Reading:
        """What was found, frozen."""
        return Reading(title=title, **{each.name: tuple(getattr(self, each.name)) for each in fields(self)})


class UnreadableError(Exception):
    """Internal: a piece of mathematics that this reader does not understand; the message says why."""


#: Maximum number of characters of a piece of text that are quoted.
QUOTED = 120


def quoted(text: str) -> str:
    """A text on one line, shortened in its middle."""
    line = " ".join(text.split())
    return line if len(line) <= QUOTED else f"{line[: QUOTED - 23]} ... {line[-18:]}"
