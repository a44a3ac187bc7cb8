"""What a worksheet is once it has been read: everything checked, nothing computed yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple

import numpy as np

from backproof import trace
from backproof.arrays import Array
from backproof.display import Shown
from backproof.expression import Expression
from backproof.network import Network, same_network
from backproof.rounding import require_printed
from backproof.trace import Trace
from backproof.training import Training
from backproof.validate import check_whole

#: The last step that can be explained or checked; each step before it has to be worked out.
LAST_STEP = 1_000_000


@dataclass(frozen=True)
class Claim:
    """One number that somebody worked out: its name, its digits as written, and which sample and step it belongs to.

    An answer that is still blank has no digits. Sample and step count from 1; without a sample it is the batch's.
    `expected` is for tests alone. `formula` is what the name means in the worksheet's network, where it has been read
    already.
    """

    of: str
    value: str
    sample: int | None = None
    step: int = 1
    where: str = ""
    expected: Mapping[str, Any] = field(default_factory=dict)
    formula: Expression | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        if not self.is_blank:
            require_printed(self.value)

    @property
    def is_blank(self) -> bool:
        """Whether the answer is still to be given."""
        return not self.value


class Lesson(NamedTuple):
    """What a page shows at one point of a lesson: a number, of which sample and step, and a sentence on it.

    With `ask`, the reader is asked for the number before it is shown.
    """

    of: str
    says: str
    sample: int | None = None
    step: int = 1
    ask: bool = False


class Document(NamedTuple):
    """What the claims of a document mean where they do not say: sample and step, from 1, or None for the default."""

    sample: int | None = None
    step: int | None = None


NOTHING_SAID = Document()


@dataclass(frozen=True, eq=False)
class Data:
    """Inputs (samples, input units), targets (samples, output units) and how the samples' costs are reduced to one."""

    inputs: Array
    targets: Array
    reduction: str


@dataclass(frozen=True, eq=False, repr=False)
class Worksheet(Shown):
    """A network with its data, training and claims, as `backproof.load` reads them from a file.

    Two worksheets are equal if all their fields are, numbers included.

    Attributes
    ----------
    title, source : str
        What the worksheet is, and where it is from.
    network : Network
    x : ndarray of float64, shape (samples, inputs)
        Inputs.
    y : ndarray of float64, shape (samples, outputs)
        Targets; 0 if the cost needs none.
    training : Training
        Learning rate, optimiser and batches.
    claims : tuple of Claim
        The numbers that somebody worked out.
    aliases : mapping of str to str
        Names in a document, and the names of the numbers that they stand for.
    document : Document
        The sample and step that a document is about.
    warnings : tuple of str
        What is allowed but looks like a mistake, one sentence each.
    lessons : tuple of Lesson
        What a page shows one after the other, a sentence each.

    See Also
    --------
    backproof.load : Read a worksheet.
    backproof.check : Check the claims of a worksheet.

    Examples
    --------
    >>> from backproof import load
    >>> sheet = load("or_article")
    >>> sheet.claims[0].of, sheet.claims[0].value
    ('a[o]', '0.512')
    """

    title: str
    network: Network
    x: Array
    y: Array
    source: str = ""
    training: Training = field(default_factory=Training)
    claims: tuple[Claim, ...] = ()
    aliases: Mapping[str, str] = field(default_factory=dict)
    document: Document = NOTHING_SAID
    warnings: tuple[str, ...] = ()
    lessons: tuple[Lesson, ...] = ()

    def __repr__(self) -> str:
        claims = f", {len(self.claims)} claims" if self.claims else ""
        count = len(self.x)
        return f"Worksheet({self.title!r}, {self.network!r}, {count} sample{'s' if count != 1 else ''}{claims})"

    __hash__: ClassVar[None]  # type: ignore[assignment]  # arrays have no hash

    @property
    def data(self) -> Data:
        """Inputs, targets and reduction together."""
        return Data(self.x, self.y, self.network.reduction)

    def trace(self, step: int = 1, sample: int | None = None) -> Trace:
        """Trace one training step.

        Parameters
        ----------
        step : int, default 1
            Number of the step, from 1. The steps before it are computed.
        sample : int, optional
            Number of a sample, from 1. Costs and gradients are then those of this sample alone, not of the batch.

        Returns
        -------
        Trace

        Raises
        ------
        OptionError
            If the step or the sample does not exist.
        NumberError
            If training diverges before the step.

        Examples
        --------
        >>> from backproof import load
        >>> round(load("or").trace(sample=2)["dE/dw1"], 9)
        -0.000278685
        """
        step = check_whole("step", step, 1, LAST_STEP)
        return trace.trace_of(self.network, self.x, self.y, self.training, step=step, sample=sample)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Worksheet):
            return NotImplemented
        plain = ("title", "source", "training", "claims", "aliases", "document", "warnings", "lessons")
        return (
            all(getattr(self, name) == getattr(other, name) for name in plain)
            and np.array_equal(self.x, other.x)
            and np.array_equal(self.y, other.y)
            and same_network(self.network, other.network)
        )
