"""What every watcher is: somebody who looks at a run after each epoch, may measure something, and may end it."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from typing import TYPE_CHECKING, Any

from backproof.arrays import AnyArray

if TYPE_CHECKING:
    from backproof.train.history import History
    from backproof.train.run import Epochs, Run

Memory = tuple[dict[str, AnyArray], dict[str, Any]]


class Watcher:
    """Looks on; the methods do nothing until a kind of watcher says otherwise."""

    #: Whether the state is looked at after every single epoch; if nobody does, many epochs go in one call.
    attentive: bool = True

    def begin(self, run: Run) -> None:
        """Called once, before the first epoch of this process."""

    def ahead(self) -> float:
        """How many epochs may go before it has to look at their costs, where it does not look at every state."""
        return inf

    def after(self, run: Run, epochs: Epochs) -> str | None:
        """Called after an epoch, or after several that went together. A text says why the run should end here."""

    def finish(self, run: Run, history: History) -> History:
        """Called once, when the run is over; may hand on another history."""
        return history

    def memory(self) -> Memory:
        """What a resumed run needs of it: arrays by name, and facts that JSON can hold."""
        return {}, {}

    def restore(self, arrays: Mapping[str, AnyArray], facts: Mapping[str, Any]) -> None:
        """Go on from what `memory` gave."""
