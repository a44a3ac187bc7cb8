"""Python values as TOML: strings escaped, floats with every digit they need, tables on one line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any

from backproof.errors import OptionError

ESCAPES = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\"}


def value(given: Any) -> str:
    """One value, on one line. Errors: OptionError for what TOML cannot hold."""
    match given:
        case bool():
            return "true" if given else "false"
        case str():
            return string(given)
        case int() | float():
            return repr(given)
        case list() | tuple():
            return f"[{', '.join(value(each) for each in given)}]"
        case dict():
            return "{" + ", ".join(pair(key, each) for key, each in given.items()) + "}"
        case datetime() | date() | time():
            return given.isoformat()
    raise OptionError(f"a worksheet cannot hold {type(given).__name__}.")


def pair(name: str, given: Any) -> str:
    """`key = value`"""
    return f"{key(name)} = {value(given)}"


def key(name: str) -> str:
    """A key, in quotes where it needs them."""
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else string(name)


def string(given: str) -> str:
    """A string in double quotes."""
    return '"' + "".join(_letter(letter) for letter in given) + '"'


def _letter(letter: str) -> str:
    if letter in ESCAPES:
        return ESCAPES[letter]
    return f"\\u{ord(letter):04x}" if ord(letter) < 32 or ord(letter) == 127 else letter


def rows(name: str, given: list[list[float]]) -> Iterator[str]:
    """A list of rows, each on a line of its own where there are several."""
    if len(given) == 1:
        yield pair(name, given)
        return
    yield f"{key(name)} = ["
    yield from (f"  {value(row)}," for row in given)
    yield "]"
