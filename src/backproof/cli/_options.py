"""Options of commands: those that are declared as fields, and values that are more than a number or a word."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeVar

import click

from backproof.train.option import (
    Amount,
    Amounts,
    Choice,
    Flag,
    Kind,
    Names,
    Operation,
    Option,
    OrNone,
    Positive,
    Sizes,
    Whole,
)
from backproof.train.options import ClassWeight

Command = TypeVar("Command", bound=Callable[..., Any])


def parse_sizes(value: str) -> tuple[int, ...]:
    """Layer sizes from 128, or 64,32; none from 0."""
    words = re.split(r"[,x\s]+", value.strip())
    if not all(re.fullmatch("[0-9]{1,8}", word) for word in words):
        raise click.BadParameter(f"{value!r}: expected sizes such as 128 or 64,32.")
    found = tuple(map(int, words))
    if 0 in found and len(found) > 1:
        raise click.BadParameter(f"{value!r}: a layer has at least one unit; a single 0 means no hidden layer.")
    return () if found == (0,) else found


def parse_operation(value: str) -> Any:
    """An operation as `registry.make` takes it: its name, or a table of 'name key=value key=value'."""
    name, *words = re.split(r"[,\s]+", value.strip())
    table: dict[str, Any] = {"name": name}
    for word in words:
        key, equals, text = word.partition("=")
        if not (key and equals and text):
            raise click.BadParameter(f"{word!r}: expected key=value, as in 'sgd momentum=0.9'.")
        table[key] = _parse_value(text)
    return table if words else name


def _parse_value(text: str) -> Any:
    if text in ("true", "false"):
        return text == "true"
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def options_from(*options: Option) -> Callable[[Command], Command]:
    """The options of a command that are declared as fields; those without a flag are for Python alone."""

    def put(command: Command) -> Command:
        for each in reversed(options):
            command = _click_option(each)(command) if each.flag else command
        return command

    return put


def _click_option(option: Option) -> Callable[[Command], Command]:
    hint = f" [{option.hint}]" if option.hint else ""
    said = f"Data: {option.help[0].lower()}{option.help[1:]}{hint}" if option.for_data else f"{option.help}{hint}"
    more: dict[str, Any] = {"metavar": option.metavar, **_click_type(option.kind), "help": said}
    return click.option(option.flag, option.name, **more)


def _click_type(kind: Kind) -> dict[str, Any]:
    """How click reads a value of some kind."""
    match kind:
        case OrNone(kind=other):
            return _click_type(other)
        case Whole(least=least):
            return {"type": click.IntRange(least)}
        case Amount() | Amounts() | Positive():
            return {"type": float}
        case Choice(names=names):
            return {"type": click.Choice(list(names))}
        case ClassWeight():
            return {"type": click.Choice(["balanced"])}
        case Flag():
            return {"is_flag": True, "default": None}
        case Operation():
            return {"type": parse_operation, "metavar": "NAME"}
        case Sizes():
            return {"type": parse_sizes, "metavar": "SIZES"}
        case Names():
            return {"multiple": True}
    return {}
