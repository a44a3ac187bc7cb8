"""What every shorthand is: one layer as written that stands for a graph of layers, such as a recurrence in time.

Nothing is computed by a shorthand itself: it is opened into layers, which are explained, checked and trained as any
other. A part of the layer `r` is called `r.h2`, its parameters `r.state.weight`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, NamedTuple

from backproof.operations.layer import Kind, Shapes
from backproof.operations.registry import Registry


class Cell(NamedTuple):
    """Where a part stands in the table that a shorthand is drawn as: its row, its column, and its place in the two."""

    row: int
    column: int
    place: int


class Part(NamedTuple):
    """A layer of the graph that a shorthand stands for.

    `receives` names other parts, or numbers the layers that the shorthand receives from. Parts with the same `weights`
    share their parameters, which are called so; without it a part has its own. The last part has no name: it takes that
    of the whole.
    """

    name: str
    kind: Kind | Shorthand
    receives: tuple[str | int, ...]
    activation: Any = "identity"
    weights: str = ""


class Shorthand(ABC):
    """Abstract."""

    #: Number of layers that it receives from: at least, and at most (None: any number).
    senders: ClassVar[tuple[int, int | None]] = (1, 1)

    @property
    def name(self) -> str:
        """The name in worksheets: that of its file."""
        return type(self).__module__.rpartition(".")[2]

    @abstractmethod
    def expand(self, shapes: Shapes, activation: Any) -> Sequence[Part]:
        """The layers that it stands for, from the shapes received and the activation as written, None if not.

        Raise ShapeError if it cannot receive them.
        """

    def locate(self, part: str) -> Cell | None:
        """Where a part stands if the shorthand is drawn as a table, as time is in columns; else None."""
        return None


shorthands: Registry[Shorthand] = Registry(
    "kind of layer", "backproof.operations.shorthands", Shorthand, checks_options=True
)
