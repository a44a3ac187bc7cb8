"""Validators: each returns what it was handed in the form that is used, or raises an error that says what was expected.

They stand below everything else, so that Python, the command line, worksheets and files are refused in the same words.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.util import find_spec
from math import inf, isfinite, nan
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from backproof.arrays import AnyArray, Array
from backproof.errors import DataError, NumberError, OptionError, ShapeError

#: Kinds of numbers that training takes as they come.
KEPT = (np.float64, np.float32, np.float16, np.uint8, np.int8, np.uint16, np.int16)
DTYPES = ("float32", "float64")
#: Numbers that are looked at together.
TOGETHER = 500_000
#: Axes of a shape, with room for those that arrays add to it.
MOST_AXES = 32


def describe(value: Any) -> str:
    """A value as a message may show it, however long it is."""
    try:
        text = " ".join(repr(value).split())
    except ValueError:  # Python does not print integers of many thousand digits
        return "a number of too many digits"
    return text if len(text) <= 60 else text[:57] + "..."


def require(holds: bool, what: str, expected: str, received: float) -> None:
    """A parameter of an operation within its bounds, or one NumberError that says what was expected."""
    if not holds:
        raise NumberError(f"{what} must be {expected}, received {describe(received)}.")


def to_float(given: Any) -> float:
    """A number as a float: infinity for one beyond all floats, NaN for what is no real number."""
    if not isinstance(given, int | float | np.number) or isinstance(given, bool | np.complexfloating):
        return nan
    try:
        return float(given)
    except OverflowError:
        return inf if given > 0 else -inf


def is_finite(value: Any) -> bool:
    """Whether a value is a real number that float64 holds."""
    try:
        return not isinstance(value, bool) and isinstance(value, int | float) and isfinite(value)
    except OverflowError:
        return False


def check_rate(given: Any) -> float:
    """A learning rate: a finite number from 0."""
    if not 0 <= to_float(given) < inf:
        raise OptionError(f"learning_rate must be a finite number from 0, received {describe(given)}.")
    return float(given)


def check_whole(what: str, value: Any, least: int, most: int | None = None) -> int:
    """A whole number from `least`, to `most` if that is given, or an OptionError."""
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not whole or value < least or (most is not None and value > most):
        bounds = f"from {least}" if most is None else f"from {least:,} to {most:,}"
        raise OptionError(f"{what} must be a whole number {bounds}, received {describe(value)}.")
    return int(value)


def check_number(what: str, value: Any) -> float:
    """A finite number, or an OptionError."""
    if not isfinite(to_float(value)):
        raise OptionError(f"{what} must be a finite number, received {describe(value)}.")
    return float(value)


def check_amount(what: str, value: Any, below: float = inf) -> float:
    """A finite number from 0 to below `below`, or an OptionError."""
    if not 0 <= to_float(value) < below:
        most = "" if below == inf else f" to below {below:g}"
        raise OptionError(f"{what} must be a finite number from 0{most}, received {describe(value)}.")
    return float(value)


def check_positive(what: str, value: Any) -> float:
    """A finite number above 0, or an OptionError."""
    if not check_amount(what, value):
        raise OptionError(f"{what} must be more than 0; leave it out for its default.")
    return float(value)


def check_flag(what: str, value: Any) -> bool:
    """True or False, or an OptionError."""
    if not isinstance(value, bool | np.bool_):
        raise OptionError(f"{what} must be True or False, received {describe(value)}.")
    return bool(value)


def check_choice(what: str, value: Any, names: Sequence[str]) -> str:
    """One of some names, or an OptionError."""
    if not isinstance(value, str) or value not in names:
        *others, last = map(repr, names)
        raise OptionError(f"{what} must be {', '.join(others)} or {last}, received {describe(value)}.")
    return value


def freeze(array: Array) -> Array:
    """The same array, which nobody can write to any more."""
    array.flags.writeable = False
    return array


def check_numbers(given: ArrayLike, what: str, *, keep: bool = False) -> Array:
    """An array of finite float64 numbers, or one error that says where it is not.

    It is a new one, except for a float64 array that is read-only down to its memory: that is taken as it is. With
    `keep` an array of floats, bytes or other small whole numbers is taken as it is, without a copy.
    """
    try:
        raw = np.asarray(detach(given))
        if given is None:
            raise TypeError("received None")
        if raw.dtype.kind in "USMmc":
            raise TypeError(f"these are {raw.dtype.name}")
        same = (keep and raw.dtype in KEPT) or (raw.dtype == np.float64 and is_frozen(raw))
        array = raw if same else np.array(raw, dtype=np.float64)
    except (TypeError, ValueError, OverflowError, RuntimeError) as error:
        said = str(error).rstrip(".")
        raise NumberError(f"{what}: expected numbers in rows of equal length; {said}.") from None
    if not all_finite(array):
        place = ", ".join(str(position + 1) for position in np.argwhere(~np.isfinite(array))[0])
        raise NumberError(f"{what}: not a finite number{f' at ({place}), counting from 1' if place else ''}.")
    return array


def detach(given: Any) -> Any:
    """The same without a record of its gradient, and in main memory, where it is a PyTorch tensor or a list of them."""
    if isinstance(given, list | tuple) and any(hasattr(each, "detach") for each in given):
        return [detach(each) for each in given]
    return given.detach().cpu() if hasattr(given, "detach") and hasattr(given, "cpu") else given


def is_frozen(array: AnyArray) -> bool:
    """Whether an array is read-only, and so is every array or buffer that it is a view of."""
    owner: Any = array
    while isinstance(owner, np.ndarray):
        if owner.flags.writeable:
            return False
        owner = owner.base
    return owner is None or isinstance(owner, bytes)


def all_finite(array: AnyArray) -> bool:
    """Whether every number is finite, without an array of answers as large as itself."""
    if array.dtype.kind in "iu":
        return True
    rows = np.atleast_1d(array)
    step = max(1, TOGETHER * len(rows) // max(1, rows.size))
    return all(np.isfinite(rows[start : start + step]).all() for start in range(0, len(rows), step))


def check_samples(given: ArrayLike, width: int, what: str, *, keep: bool = False) -> Array:
    """Inputs or targets as an array of shape (samples, width); a single sample may be given as a flat list.

    `keep` as in `numbers`.
    """
    array = check_numbers(given, what, keep=keep)
    if array.ndim == 1 and array.shape == (width,):
        array = array[None, :]
    if array.ndim != 2 or array.shape[1] != width:
        raise ShapeError(f"{what} have shape {array.shape}, expected (samples, {width}).")
    if array.shape[0] == 0:
        raise ShapeError(f"{what} contain no samples; expected at least one row of {width}.")
    return array


def is_installed(package: str) -> bool:
    """Whether a package can be imported; one that is blocked in `sys.modules` cannot."""
    if package in sys.modules:
        return sys.modules[package] is not None
    return find_spec(package) is not None


def require_package(package: str, what: str, source: str = "", *, extra: str = "train") -> None:
    """Raise DataError, which says how to install it, if a package of an extra is missing."""
    if not is_installed(package):
        raise DataError(f"{what} needs {package}: pip install 'backproof[{extra}]'.", source=source)
