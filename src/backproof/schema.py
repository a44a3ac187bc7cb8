"""Values taken out of TOML or JSON by key and type; whatever does not fit is one Fault with its key path.

A reader is a function of (value, path) that returns the value in its Python type or raises a Fault.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from math import isfinite
from typing import Any, TypeVar

from backproof.arrays import explain_axes
from backproof.errors import BackproofError, did_you_mean

T = TypeVar("T")
D = TypeVar("D")
#: Keys, and positions in lists counted from 1.
Path = tuple[str | int, ...]
Reader = Callable[[Any, Path], T]

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
DEEPEST = 32
#: Kinds of floating point number, as safetensors calls them.
FLOATS = ("F64", "F32", "F16")


class Fault(Exception):
    """What is wrong with a file, and where. No caller sees it: each kind of file makes an error of its own of it."""

    def __init__(self, message: str, path: Path) -> None:
        super().__init__(message)
        self.message, self.path = message, path


@contextmanager
def placed(path: Path) -> Iterator[None]:
    """Give errors from below the reader the place that they belong to."""
    try:
        yield
    except BackproofError as error:
        raise Fault(str(error), path) from None


class Table:
    """A table (in JSON an object) whose keys are all known. Errors: a Fault that names the nearest known key."""

    def __init__(self, value: Any, path: Path, known: Sequence[str]) -> None:
        self.values, self.path = mapping(value, path), path
        for key in self.values:
            if key not in known:
                near = did_you_mean(key[:100], known) or f" Expected one of {', '.join(known)}."
                raise Fault(f"unknown key {shown(key)}.{near}", (*path, key))

    def __contains__(self, key: str) -> bool:
        return key in self.values

    def need(self, key: str, reader: Reader[T]) -> T:
        """The value of a key that must be there."""
        if key not in self.values:
            raise Fault(f"the key '{key}' is missing.", self.path)
        return reader(self.values[key], (*self.path, key))

    def take(self, key: str, reader: Reader[T], default: D) -> T | D:
        """The value of a key that may be left out."""
        return self.need(key, reader) if key in self.values else default

    def maybe(self, key: str, reader: Reader[T]) -> T | None:
        """The value of a key, or None where it is left out."""
        return self.need(key, reader) if key in self.values else None


def mapping(value: Any, path: Path) -> Mapping[str, Any]:
    """A table."""
    if not isinstance(value, dict):
        raise Fault(f"expected a table, received {shown(value)}.", path)
    return value


def items(value: Any, path: Path) -> list[tuple[Any, Path]]:
    """The members of a list, each with its path."""
    if not isinstance(value, list):
        raise Fault(f"expected a list, received {shown(value)}.", path)
    return [(each, (*path, position)) for position, each in enumerate(value, start=1)]


def filled(value: Any, path: Path) -> list[tuple[Any, Path]]:
    """The members of a list that may not be empty."""
    found = items(value, path)
    if not found:
        raise Fault("the list is empty; expected at least one entry.", path)
    return found


def text(value: Any, path: Path) -> str:
    """A string without control characters (which terminals would obey)."""
    if not isinstance(value, str):
        raise Fault(f"expected a string, received {shown(value)}.", path)
    control = CONTROL.search(value)
    if control:
        raise Fault(f"the string holds the control character U+{ord(control[0]):04X}; remove it.", path)
    if any("\ud800" <= letter <= "\udfff" for letter in value):
        raise Fault("the string holds half a character, which no file can be written with; remove it.", path)
    return value


def number(value: Any, path: Path) -> float:
    """A finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Fault(f"expected a number, received {shown(value)}.", path)
    if not isfinite(value):
        raise Fault(f"expected a finite number, received {value}.", path)
    return float(value)


def whole(value: Any, path: Path, low: int, high: int | None = None) -> int:
    """A whole number from `low`, up to `high` where there is one."""
    fits = isinstance(value, int) and not isinstance(value, bool) and low <= value and (high is None or value <= high)
    if not fits:
        reach = f"from {low:,}" if high is None else f"from {low:,} to {high:,}"
        raise Fault(f"expected a whole number {reach}, received {shown(value)}.", path)
    return int(value)


def flag(value: Any, path: Path) -> bool:
    """Whether something holds: `true` or `false`."""
    if not isinstance(value, bool):
        raise Fault(f"expected true or false, received {shown(value)}.", path)
    return value


def as_is(value: Any, path: Path) -> Any:
    """Any value; somebody else looks at it."""
    return value


def shown(value: Any) -> str:
    """A value as a message shows it: what it is and, where that is short, its text."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return f"'{_printable(value)}'"
        case int() if value.bit_length() > 1023:
            return f"a whole number of {value.bit_length():,} bits"
        case int() | float():
            return f"{value}" if len(f"{value}") <= 40 else f"{value:.6e}"
        case None:
            return "null"
        case list():
            return f"a list of {len(value)}"
        case dict():
            return "a table"
        case _:
            return f"a {type(value).__name__} ({value})"


def dotted(path: Path) -> str:
    """The path as people read it: network.weights[3].to"""
    parts = [f"[{part}]" if isinstance(part, int) else f".{_key(part)}" for part in path]
    return "".join(parts).removeprefix(".")


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]{1,60}", key) else f'"{_printable(key)}"'


def _printable(given: str) -> str:
    short = given if len(given) <= 60 else f"{given[:57]}..."
    return "".join(letter if letter.isprintable() else f"\\x{ord(letter):02x}" for letter in short)


def survey(document: Mapping[str, Any], deepest: int = DEEPEST) -> None:
    """Refuse what no later step should meet: tables nested too deep, and whole numbers beyond any float."""
    waiting: list[tuple[Any, Path]] = [(document, ())]
    while waiting:
        value, path = waiting.pop()
        if len(path) > deepest:
            raise Fault(f"nested deeper than {deepest} levels.", path[:4])
        members = value.items() if isinstance(value, dict) else enumerate(value, start=1)
        for key, member in members:
            if isinstance(member, dict | list):
                waiting.append((member, (*path, key)))
            elif type(member) is int and member.bit_length() > 1023:
                raise Fault("a whole number too large for any computation.", (*path, key))


def check_arrays(
    found: Mapping[str, tuple[tuple[int, ...], str]],
    path: Path,
    expected: Mapping[str, tuple[int, ...]],
    kinds: Sequence[str] = FLOATS,
    *,
    what: str = "the file",
) -> None:
    """Names, shapes and kinds of number of a file's arrays, before any is used; `found` has shape and kind of each."""
    for key in found:
        if key not in expected:
            near = did_you_mean(key[:100], expected)
            raise Fault(f"{what} holds an array {shown(key)} that the layers do not have.{near}", path)
    for key, shape in expected.items():
        if key not in found:
            raise Fault(f"{what} lacks the array '{key}' of shape {shape}.", path)
        received, kind = found[key]
        if received != shape:
            raise Fault(f"{key} has shape {received}, expected {shape}{explain_axes(shape)}.", path)
        if kind not in kinds:
            raise Fault(f"{key} holds {kind}; expected floating point ({', '.join(kinds)}).", path)
