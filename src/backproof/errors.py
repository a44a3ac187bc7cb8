"""Every error that Backproof raises on purpose.

BackproofError                what a caller may catch to catch them all; also a ValueError
├── WorksheetError            a worksheet that cannot be read, with the place in it
├── NameUnknown               a quantity, unit or parameter that does not exist; also a KeyError
├── ShapeError                arrays that do not fit each other
├── NumberError               a number that is not finite, or outside what its role allows
│   └── Diverged              a training run that came to such a number, with what it had learned until then
├── ModelError                a saved model, checkpoint or run that cannot be read or does not fit
├── ModuleError               a module of PyTorch that cannot be turned into a network, with the place in it
├── DataError                 data that cannot be read or learned from, with its file, row and column
├── ProcessLost               a process of a run on several that has ended before the others
└── OptionError               an option of a command or function that cannot be met

Each message says what was expected, what was received, and the likely fix.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Any

from backproof.escape import shorten_message


class BackproofError(ValueError):
    """An argument, option or file cannot be used; the message says what, and why. Base class of all errors here.

    Parameters
    ----------
    message : str
        Long names and values in it are shortened to their two ends.

    Examples
    --------
    >>> from backproof import Network
    >>> try:
    ...     Network.dense([2, 1], cost="mse")
    ... except BackproofError as error:
    ...     print(str(error)[:19])
    unknown cost 'mse';
    """

    def __init__(self, message: str = "") -> None:
        super().__init__(shorten_message(message))


class WorksheetError(BackproofError):
    """A worksheet that cannot be read. `place` is a line or a key path such as `network.weights[3].to`."""

    def __init__(self, message: str, *, place: str = "") -> None:
        super().__init__(f"{place}: {message}" if place else message)
        self.place = place


class NameUnknown(BackproofError, KeyError):
    """A name that stands for nothing here."""

    __str__ = ValueError.__str__  # KeyError would show the repr of the message


class ShapeError(BackproofError):
    """Arrays whose shapes do not fit each other."""


class NumberError(BackproofError):
    """A number that is not finite, or outside what its role allows."""


class Diverged(NumberError):
    """A training run that came to a number that is not finite; `history` is that of the run until then."""

    history: Any = None


class ModelError(BackproofError):
    """A saved model, checkpoint or run that is damaged, of another kind, or does not fit what it is used for."""


class ModuleError(BackproofError):
    """A module of PyTorch that cannot be turned into a network. `place` is its part's name, such as `layer1.0.attn`."""

    def __init__(self, message: str, *, place: str = "") -> None:
        super().__init__(f"{place}: {message}" if place else message)
        self.place = place


class DataError(BackproofError):
    """Data that cannot be read or learned from; source, row and column say where, as far as that is known.

    `settling` are the options of the command line that settle it, each a flag and its values.
    """

    settling: tuple[tuple[str, ...], ...] = ()

    def __init__(self, message: str, *, source: str = "", row: int | None = None, column: str = "") -> None:
        place = [source, f"row {row}" if row is not None else "", f"column {column}" if column else ""]
        self.place = ", ".join(part for part in place if part)
        super().__init__(f"{self.place}: {message}" if self.place else message)

    def settled_by(self, *option: str) -> DataError:
        """This error, with the option that settles it."""
        self.settling = (*self.settling, option)
        return self

    def settled_by_all(self, errors: Iterable[DataError]) -> DataError:
        """This error, with all options that settle those; none if one of them cannot be settled so."""
        settling = [each.settling for each in errors]
        if all(settling):
            self.settling = (*self.settling, *(option for each in settling for option in each))
        return self


class MixedTargets(DataError):
    """Targets that one network cannot predict together; `groups` are those that it can."""

    def __init__(self, message: str, *, groups: tuple[tuple[str, ...], ...], source: str = "") -> None:
        super().__init__(message, source=source)
        self.groups = groups


class ProcessLost(BackproofError):
    """A process of a run on several that has ended before the others; the run can be resumed."""


class OptionError(BackproofError):
    """An option that does not exist or cannot be met."""


#: Longer words than this have no near ones, and no more known ones than this are compared.
LONGEST_WORD, MOST_KNOWN = 200, 5000


def did_you_mean(word: Any, known: Iterable[str]) -> str:
    """Return ` Did you mean 'x'?` for the nearest known word, else the empty string."""
    if not isinstance(word, str) or len(word) > LONGEST_WORD:
        return ""
    from difflib import get_close_matches  # of no use until something is wrong

    near = get_close_matches(word, list(islice(known, MOST_KNOWN)), n=1, cutoff=0.5)
    return f" Did you mean '{near[0]}'?" if near else ""
