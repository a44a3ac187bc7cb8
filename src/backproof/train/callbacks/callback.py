"""What every callback is: it looks at a run after each epoch, may measure something, and may end the run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from inspect import signature
from math import inf
from typing import Any

from backproof.arrays import AnyArray
from backproof.errors import OptionError
from backproof.train.history import History
from backproof.train.run import Epochs, Run
from backproof.validate import describe

Memory = tuple[dict[str, AnyArray], dict[str, Any]]


class Callback:
    """Looks on; the methods do nothing until a kind of callback says otherwise."""

    #: Whether the state is looked at after every single epoch; if nobody does, many epochs go in one call.
    needs_every_epoch: bool = True

    def begin(self, run: Run) -> None:
        """Called once, before the first epoch of this process."""

    def max_epochs_ahead(self) -> float:
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


class FunctionCallback(Callback):
    """Calls `function(run, epochs)`; what it answers, a text or True, ends the run."""

    def __init__(self, function: Callable[[Run, Epochs], Any]) -> None:
        self.function = function

    def after(self, run: Run, epochs: Epochs) -> str | None:
        answer = self.function(run, epochs)
        return (answer if isinstance(answer, str) else "a callback asked for it") if answer else None


class Report(Callback):
    """Calls `function(number, cost)` for each epoch, without a look at the state."""

    needs_every_epoch = False

    def __init__(self, function: Callable[[int, float], object]) -> None:
        self.function = function

    def after(self, run: Run, epochs: Epochs) -> str | None:
        for number, cost in enumerate(epochs.costs, start=epochs.number - len(epochs.costs) + 1):
            self.function(number, cost)
        return None


def as_callback(given: Any) -> Callback:
    """A callback as it is, or one that calls a function of (run, epochs). Errors: OptionError."""
    if isinstance(given, Callback):
        return given
    if not callable(given):
        raise OptionError(f"callbacks: expected functions of (run, epochs) or Callbacks, received {describe(given)}.")
    try:
        signature(given).bind(None, None)
    except TypeError as error:
        raise OptionError(
            f"callbacks: expected a function of (run, epochs); {describe(given)} cannot be called so: {error}."
        ) from None
    except ValueError:  # some functions of C have no signature
        pass
    return FunctionCallback(given)
