"""Calling somebody's function: it gets copies, and whatever it does becomes one message that says what was expected.

It may raise, leave, change what it is given, or return buffers that it uses again.
"""

from __future__ import annotations

import sysconfig
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from backproof.arrays import Array
from backproof.errors import OptionError
from backproof.network import Network
from backproof.validate import detach

#: Where files lie that are not somebody's own: Backproof's, Python's and those of installed packages.
FOREIGN = {Path(__file__).resolve().parents[1], *(Path(sysconfig.get_path(kind)) for kind in ("stdlib", "purelib"))}


class CodeError(OptionError):
    """Somebody's function raised an exception, or left."""


class HandedParameters(dict[str, Array]):
    """Parameters as a function gets them: copies by W1, b1 ...; a parameter's own name gives its number."""

    def __init__(self, network: Network, factor: float = 1.0) -> None:
        super().__init__({key: factor * array for key, array in network.parameters.items()})
        self.network = network

    def __missing__(self, name: str) -> Array:
        return np.asarray(self.network.parameter(name).pick(self))


def call_function(
    mine: Callable[..., Any], network: Network, x: Any, y: Any, factor: float = 1.0
) -> tuple[Any, list[str]]:
    """What a function returns for the parameters (times a factor), copied, and which of its arguments it changed."""
    parameters, inputs, targets = HandedParameters(network, factor), np.array(x), np.array(y)
    expected = "expected a function of (parameters, x, y) that returns the gradients"
    returned = run_guarded(lambda: copy_arrays(mine(parameters, inputs, targets)), expected)
    before = {**HandedParameters(network, factor), "x": np.asarray(x), "y": np.asarray(y)}
    after = {**parameters, "x": inputs, "y": targets}
    return returned, [name for name, array in before.items() if not _same(after.get(name), array)]


def run_guarded(work: Callable[[], Any], expected: str, what: str = "your function") -> Any:
    """Do what somebody's code does; any exception, SystemExit too, becomes one CodeError."""
    try:
        return work()
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        # What Backproof's own checks say inside is said outside as well, but as part of the same sentence.
        raise CodeError(f"{what} {_describe_exception(error)}; {expected}.") from error


def copy_arrays(returned: Any) -> Any:
    """The same with arrays of its own, for buffers are used again."""
    if isinstance(returned, Mapping):
        return {key: _copy(value) for key, value in returned.items()}
    if isinstance(returned, list | tuple):
        return [copy_arrays(value) if isinstance(value, list | tuple) else _copy(value) for value in returned]
    return returned


def _copy(value: Any) -> Any:
    value = detach(value)
    return np.asarray(value).copy() if hasattr(value, "__array__") else value


def _same(one: Any, other: Array) -> bool:
    try:
        return bool(np.array_equal(np.asarray(detach(one)), other, equal_nan=True))
    except (TypeError, ValueError):
        return False


def _describe_exception(error: BaseException) -> str:
    """Which exception, what it says, and the last line of somebody's code that it passed."""
    said = " ".join(str(error).split())
    said = said if len(said) <= 300 else said[:297] + "..."
    frames = ((Path(frame.filename), frame.lineno) for frame in traceback.extract_tb(error.__traceback__))
    own = [(path.name, line) for path, line in frames if path.is_file() and not FOREIGN & {*path.parents}]
    place = f" (line {own[-1][1]} of {own[-1][0]})" if own else ""
    name = type(error).__name__
    return f"raised {name}{': ' + said if said else ''}{place}"
