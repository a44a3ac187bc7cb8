"""Several faults of a table in one message, each with the option that settles it."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import ParamSpec, TypeVar

from backproof.errors import DataError

#: Maximum number of errors that are listed; a few more are, rather than counted.
MOST_LISTED = 8
P = ParamSpec("P")
T = TypeVar("T")


class ErrorList:
    """Collects the DataErrors that are raised within it, one `with` after the other.

    Examples
    --------
    >>> errors = ErrorList()
    >>> for name in "ab":
    ...     with errors:
    ...         raise DataError("a value is missing.", column=name).settled_by("--drop", name)
    >>> errors.raise_if_any()
    Traceback (most recent call last):
        ...
    backproof.errors.DataError: 2 things are to be settled first:
    - column a: a value is missing.
    - column b: a value is missing.
    """

    def __init__(self) -> None:
        self.errors: list[DataError] = []

    def __enter__(self) -> ErrorList:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> bool:
        if not isinstance(error, DataError):
            return False
        if str(error) not in map(str, self.errors):
            self.errors.append(error)
        return True

    def attempt(self, function: Callable[P, T], *args: P.args, **options: P.kwargs) -> T | None:
        """What the function returns, or None where it raises a DataError."""
        with self:
            return function(*args, **options)
        return None

    def require(self, function: Callable[P, T], *args: P.args, **options: P.kwargs) -> T:
        """What the function returns. Where it raises a DataError, raise that with all that was collected."""
        with self:
            return function(*args, **options)
        self.raise_if_any()
        raise AssertionError("an error was collected")

    def raise_if_any(self) -> None:
        """Raise DataError with all that was collected: the one there is, or a list."""
        if len(self.errors) == 1:
            raise self.errors[0]
        if self.errors:
            listed = self.errors if len(self.errors) <= MOST_LISTED + 2 else self.errors[:MOST_LISTED]
            more = len(self.errors) - len(listed)
            lines = "".join(f"\n- {error}" for error in [*listed, *([f"and {more:,} more"] if more else [])])
            raise DataError(f"{len(self.errors)} things are to be settled first:{lines}").settled_by_all(self.errors)
