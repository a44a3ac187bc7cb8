"""What `fit` is handed beside the settings of its steps: each of the kind that it should be, or one error."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from backproof.errors import OptionError
from backproof.train.state import State
from backproof.validate import describe


def listed(what: str, value: Any) -> Sequence[Any]:
    """A list or tuple, or an OptionError."""
    if not isinstance(value, Sequence) or isinstance(value, str | bytes):
        raise OptionError(f"{what} must be a list, received {describe(value)}.")
    return value


def pair(what: str, value: Any) -> tuple[Any, Any]:
    """Two arrays as (x, y), or an OptionError."""
    if not isinstance(value, tuple | list) or len(value) != 2:
        raise OptionError(f"{what} must be a pair of inputs and targets, (x, y); received {describe(value)}.")
    return value[0], value[1]


def name_or_none(what: str, value: Any) -> str | None:
    """A name, None where it is left out, or an OptionError."""
    if value is not None and not isinstance(value, str):
        raise OptionError(f"{what} must be a name, received {describe(value)}.")
    return value


def function_or_none(what: str, value: Any) -> Any:
    """A function, None where it is left out, or an OptionError."""
    if value is not None and not callable(value):
        raise OptionError(f"{what} must be a function, received {describe(value)}.")
    return value


def check_state(value: Any, like: State) -> None:
    """Nothing for a state with the arrays of another one of the same run. Errors: OptionError."""
    if not isinstance(value, State):
        raise OptionError(f"state must be the state of an earlier history, received {describe(value)}.")
    if misfit := like.misfit(value.named):
        raise OptionError(f"state is that of another run: {misfit}")
