"""Gradients that somebody claims: arrays by name, arrays in the order of the layers, or a function that returns either.

Whatever the function does - raise, leave, return objects, NaN or other shapes - becomes one message that says what was
expected. It gets copies, so that it may change what it is given.
"""

from __future__ import annotations

import sysconfig
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from backproof.arrays import Array
from backproof.errors import BackproofError, NameUnknown, NumberError, OptionError, ShapeError, did_you_mean
from backproof.network import Network
from backproof.validate import check_numbers

#: Where files lie that are not somebody's own: Backproof's, Python's and those of installed packages.
FOREIGN = {Path(__file__).resolve().parents[1], *(Path(sysconfig.get_path(kind)) for kind in ("stdlib", "purelib"))}
#: In each kind of number, what passes: relative to an array's largest entry, and to the sums of absolute terms.
TOLERANCES = {
    "float64": (1e-9, 1e-12), "float32": (2e-6, 1e-6), "float16": (1e-2, 1e-2), "bfloat16": (5e-2, 5e-2)
}  # fmt: skip


class CodeError(OptionError):
    """Somebody's function raised an exception, or left."""


@dataclass(frozen=True)
class Place:
    """Where a claimed name stands: the array W1, b1 ..., and the index in it of a parameter's own name."""

    key: str
    index: tuple[int, ...] | None = None


@dataclass(frozen=True)
class Claimed:
    """The claimed gradients by the names they were given under; `precision` is the coarsest kind of number in them."""

    arrays: Mapping[str, Array]
    places: Mapping[str, Place]
    precision: str

    @property
    def tolerance(self) -> float:
        """The error that passes, relative to an array's largest entry."""
        return TOLERANCES[self.precision][0]

    def slack(self, made: Array, size: Array) -> Array:
        """The errors that pass in an array: a share of its largest entry, and what rounding of that size can do."""
        relative, unit = TOLERANCES[self.precision]
        return np.asarray(relative * np.abs(made).max() + unit * size)

    def pick(self, gradients: Mapping[str, Any]) -> dict[str, Array]:
        """Of all gradients what was claimed, under the same names."""
        return {
            name: np.asarray(gradients[place.key] if place.index is None else gradients[place.key][place.index])
            for name, place in self.places.items()
        }


def read(given: Any, network: Network, samples: int) -> Claimed:
    """What was handed over or returned, each array checked for name, shape and finite numbers."""
    named = _named(given, network)
    arrays, places, kinds = {}, {}, set()
    for name, raw in named.items():
        array = check_numbers(raw, str(name))
        place = _place(name, array, network)
        if place.index is None:
            array = _shaped(array, place.key, network, samples)
        arrays[name], places[name] = array, place
        kinds.add(_kind(raw))
    coarsest = max(kinds, key=lambda kind: TOLERANCES[kind])
    if coarsest == "float64" and all((array.astype(np.float32) == array).all() for array in arrays.values()):
        coarsest = "float32"  # every number is one of float32: it was computed there and handed over as float64
    return Claimed(arrays, places, coarsest)


def _named(given: Any, network: Network) -> dict[str, Any]:
    expected = ", ".join(network.shapes)
    if isinstance(given, Mapping):
        if not given:
            raise ShapeError(f"there is no gradient in it; expected arrays named {expected}.")
        order = {key: number for number, key in enumerate(network.shapes)}
        return dict(sorted(given.items(), key=lambda item: order.get(item[0], len(order))))
    if isinstance(given, Sequence) and not isinstance(given, str | bytes):
        if len(given) != len(network.shapes):
            hint = ""
            if len(given) == 2 and isinstance(given[1], Mapping | list | tuple):
                hint = " Return the gradients alone, without the cost."
            raise ShapeError(f"received {len(given)} arrays, expected {len(network.shapes)}: {expected}.{hint}")
        return dict(zip(network.shapes, given, strict=True))
    raise OptionError(
        f"expected a mapping of {expected} to arrays, or a list of these arrays in that order; received "
        f"{'nothing (None)' if given is None else 'an object of type ' + type(given).__name__}."
    )


def _place(name: Any, array: Array, network: Network) -> Place:
    own = network.wiring.get(name) if isinstance(name, str) else None
    if own is not None and (array.ndim == 0 or name not in network.shapes):
        if array.size != 1:
            raise ShapeError(f"{name} has shape {array.shape}, expected one number: it is a single parameter.")
        return Place(own.places[0].array, own.places[0].index)
    if name in network.shapes:
        return Place(name)
    known = [*network.shapes, *(network.wiring.names() if network.wiring.count <= 2000 else ())]
    near = did_you_mean(str(name), known)
    raise NameUnknown(f"there is no parameter array {name!r}; expected {', '.join(network.shapes)}.{near}")


def _shaped(array: Array, key: str, network: Network, samples: int) -> Array:
    expected = network.shapes[key]
    if array.shape == expected:
        return array
    if key[0] == "b" and array.shape == (1, *expected):
        return array.reshape(expected)  # summed with keepdims=True
    if key[0] == "b" and array.ndim == 0 and expected == (1,):
        return array.reshape(expected)
    meaning = "rows: from, columns: to" if key[0] == "W" else "one number a unit"
    raise ShapeError(
        f"{key} has shape {array.shape}, expected {expected} ({meaning}).{_hint(array, expected, samples)}"
    )


def _hint(array: Array, expected: tuple[int, ...], samples: int) -> str:
    """The mistake that a wrong shape gives away."""
    single, shape = expected[-1] == 1, array.shape
    broadcast = (
        " It looks as if targets of shape (n,) met outputs of shape (n, 1): their difference is (n, n). "
        "Give both the same shape. [broadcast_target]"
    )
    if len(expected) == 1:
        if single and samples > 1 and shape in ((samples,), (1, samples), (samples, samples)):
            return (
                broadcast
                if shape != (samples,)
                else (broadcast + " Or the errors were not summed over the samples. [bias_gradient_wrong]")
            )
        if shape in ((samples, *expected), (*expected, samples)):
            return " It looks as if the errors were not summed over the samples. [bias_gradient_wrong]"
        if shape == ():
            return " It looks as if the errors of all units were summed too. [bias_gradient_wrong]"
        return ""
    if shape == expected[::-1]:
        return " It looks transposed: this network's h = a W + b. [transposed_weights]"
    if single and samples > 1 and shape == (expected[0], samples):
        return broadcast
    if shape == (samples, *expected):
        return " It looks as if it was not summed over the samples."
    return ""


def _kind(raw: Any) -> str:
    name = np.asarray(raw).dtype.name
    return name if name in TOLERANCES else "float64"


class Handed(dict[str, Array]):
    """Parameters as a function gets them: copies by W1, b1 ...; a parameter's own name gives its number."""

    def __init__(self, network: Network, factor: float = 1.0) -> None:
        super().__init__({key: factor * array for key, array in network.parameters.items()})
        self.network = network

    def __missing__(self, name: str) -> Array:
        return np.asarray(self.network.parameter(name).pick(self))


def call(mine: Callable[..., Any], network: Network, x: Any, y: Any, factor: float = 1.0) -> tuple[Any, list[str]]:
    """What a function returns for the parameters (times a factor), copied, and which of its arguments it changed."""
    parameters, inputs, targets = Handed(network, factor), np.array(x), np.array(y)
    expected = "expected a function of (parameters, x, y) that returns the gradients"
    returned = guarded(lambda: copied(mine(parameters, inputs, targets)), expected)
    before = {**Handed(network, factor), "x": np.asarray(x), "y": np.asarray(y)}
    after = {**parameters, "x": inputs, "y": targets}
    return returned, [name for name, array in before.items() if not _same(after.get(name), array)]


def guarded(work: Callable[[], Any], expected: str, what: str = "your function") -> Any:
    """Do what somebody's code does; any exception, SystemExit too, becomes one CodeError."""
    try:
        return work()
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        # What Backproof's own checks say inside is said outside as well, but as part of the same sentence.
        raise CodeError(f"{what} {_raised(error)}; {expected}.") from error


def copied(returned: Any) -> Any:
    """The same with arrays of its own, for buffers are used again."""
    if isinstance(returned, Mapping):
        return {key: _copy(value) for key, value in returned.items()}
    if isinstance(returned, list | tuple):
        return [_copy(value) for value in returned]
    return returned


def _copy(value: Any) -> Any:
    return value.copy() if isinstance(value, np.ndarray) else np.array(value) if hasattr(value, "__array__") else value


def _same(one: Any, other: Array) -> bool:
    try:
        return bool(np.array_equal(np.asarray(one), other, equal_nan=True))
    except (TypeError, ValueError):
        return False


def _raised(error: BaseException) -> str:
    """Which exception, what it says, and the last line of somebody's code that it passed."""
    said = " ".join(str(error).split())
    said = said if len(said) <= 300 else said[:297] + "..."
    frames = ((Path(frame.filename), frame.lineno) for frame in traceback.extract_tb(error.__traceback__))
    own = [(path.name, line) for path, line in frames if path.is_file() and not FOREIGN & {*path.parents}]
    place = f" (line {own[-1][1]} of {own[-1][0]})" if own else ""
    name = type(error).__name__
    return f"raised {name}{': ' + said if said else ''}{place}"


__all__ = ["BackproofError", "Claimed", "CodeError", "Handed", "NumberError", "call", "copied", "guarded", "read"]
