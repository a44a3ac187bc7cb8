"""Values of options that are more than a number or a word."""

from __future__ import annotations

import re
from typing import Any

import click


def sizes(value: str) -> tuple[int, ...]:
    """Layer sizes from 128, or 64,32; none from 0."""
    words = re.split(r"[,x\s]+", value.strip())
    if not all(re.fullmatch("[0-9]{1,8}", word) for word in words):
        raise click.BadParameter(f"{value!r}: expected sizes such as 128 or 64,32.")
    found = tuple(map(int, words))
    if 0 in found and len(found) > 1:
        raise click.BadParameter(f"{value!r}: a layer has at least one unit; 0 alone is for no hidden layer.")
    return () if found == (0,) else found


def operation(value: str) -> Any:
    """An operation as `registry.make` takes it: its name, or a table of 'name key=value key=value'."""
    name, *words = re.split(r"[,\s]+", value.strip())
    table: dict[str, Any] = {"name": name}
    for word in words:
        key, equals, text = word.partition("=")
        if not (key and equals and text):
            raise click.BadParameter(f"{word!r}: expected key=value, as in 'sgd momentum=0.9'.")
        table[key] = _value(text)
    return table if words else name


def _value(text: str) -> Any:
    if text in ("true", "false"):
        return text == "true"
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def flags(name: str) -> str:
    """An option as people type it."""
    odd = {"problem": "--classification or --regression", "column": "--target"}
    return odd.get(name, f"--{name.replace('_', '-')}")
