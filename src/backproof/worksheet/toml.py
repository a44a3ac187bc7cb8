"""Python values as TOML: strings escaped, floats with every digit they need, tables on one line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any

from backproof.errors import OptionError

ESCAPES = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\"}


def write_value(given: Any) -> str:
    """One value, on one line. Errors: OptionError for what TOML cannot hold."""
    match given:
        case bool():
            return "true" if given else "false"
        case str():
            return write_string(given)
        case int() | float():
            return repr(given)
        case list() | tuple():
            return f"[{', '.join(write_value(each) for each in given)}]"
        case dict():
            return "{" + ", ".join(write_pair(key, each) for key, each in given.items()) + "}"
        case datetime() | date() | time():
            return given.isoformat()
    raise OptionError(f"a worksheet cannot hold {type(given).__name__}.")


def write_pair(name: str, given: Any) -> str:
    """`key = value`"""
    return f"{write_key(name)} = {write_value(given)}"


def write_key(name: str) -> str:
    """A key, in quotes where it needs them."""
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else write_string(name)


def write_string(given: str) -> str:
    """A string in double quotes."""
    return '"' + "".join(_write_letter(letter) for letter in given) + '"'


def _write_letter(letter: str) -> str:
    if letter in ESCAPES:
        return ESCAPES[letter]
    return f"\\u{ord(letter):04x}" if ord(letter) < 32 or ord(letter) == 127 else letter


def write_rows(name: str, given: list[list[float]]) -> Iterator[str]:
    """A list of rows, each on a line of its own where there are several."""
    if len(given) == 1:
        yield write_pair(name, given)
        return
    yield f"{write_key(name)} = ["
    yield from (f"  {write_value(row)}," for row in given)
    yield "]"
