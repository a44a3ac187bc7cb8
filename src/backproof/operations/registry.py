"""Finding operations by name: the file `activations/tanh.py` holds the activation `tanh`, and so for every kind.

Nothing is listed anywhere: a new file is a new operation. Only the files that are asked for are imported.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import cached_property
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, Generic, NamedTuple, TypeAlias, TypeVar

from backproof.errors import NameUnknown, NumberError, OptionError, did_you_mean
from backproof.validate import describe, is_finite

T = TypeVar("T")
#: A line of a derivation: why it follows, and its formula.
Reasoned: TypeAlias = tuple[str, Any]
#: What an operation may be called.
NAME = re.compile(r"[a-z][a-z0-9_]*")


#: Sets a hat on the letter before it.
HAT = "\u0302"


class Letter(NamedTuple):
    """The letter under which formulas write a number, and what a legend says of it."""

    letter: str
    meaning: str


class Registry(Generic[T]):
    """The operations of one kind, such as all activations: those of a package, and those added while running.

    Options are finite numbers, unless the operations check theirs themselves (`checks_options`).
    """

    def __init__(self, kind: str, package: str, base: type[Any], *, checks_options: bool = False) -> None:
        self.kind, self.package, self.base, self.checks_options = kind, package, base, checks_options
        self.added: dict[str, T] = {}
        self._made: dict[str, T] = {}  # those without options; they are frozen, so one serves all

    def names(self) -> tuple[str, ...]:
        """Every known name, sorted."""
        return tuple(sorted({*self._files, *self.added}))

    @cached_property
    def _files(self) -> frozenset[str]:
        """The names of the files in the package."""
        return frozenset(module.name for module in iter_modules(import_module(self.package).__path__))

    def add(self, name: str, operation: T) -> T:
        """Make an operation known by name for as long as this process runs."""
        if not isinstance(name, str) or not NAME.fullmatch(name):
            raise OptionError(
                f"{self.kind} name {describe(name)}: expected lower-case letters, digits and _, as in 'my_gate'."
            )
        if name in self.names() and name not in self.added:
            raise OptionError(f"{self.kind} '{name}' is built in; give yours another name.")
        self.added[name] = operation
        return operation

    def make(self, given: Any) -> T:
        """The operation for a name, a table `{name = ..., parameter = ...}`, or an operation itself.

        Errors: NameUnknown with the nearest name, OptionError for a parameter it does not have, NumberError for one
        that is not a finite number.
        """
        if isinstance(given, self.base):
            made: T = given
            return made
        if isinstance(given, Mapping) and "name" in given:
            options = {key: value for key, value in given.items() if key != "name"}
            given = given["name"]
        else:
            options = {}
        if not isinstance(given, str):
            raise OptionError(f"{self.kind}: expected a name or a table with a name, received {describe(given)}.")
        if options:
            return self._build(given, options)
        if given not in self.added and given not in self._made:
            self._made[given] = self._build(given, options)
        return self.added[given] if given in self.added else self._made[given]

    def _build(self, name: str, options: dict[str, Any]) -> T:
        kind = self.type_of(name)
        known = {each.name: each for each in fields(kind)}  # type: ignore[arg-type]
        for key, value in options.items():
            if key not in known:
                expected = f"expected {', '.join(known)}" if known else "it has none"
                raise OptionError(
                    f"{self.kind} '{name}' has no parameter '{key}'; {expected}.{did_you_mean(key, known)}"
                )
            if self.checks_options:
                continue  # each operation looks at its own
            if (
                known[key].type == self.base.__name__
            ):  # an operation within an operation, such as what a warm-up leads to
                options[key] = self.make(value)
            elif known[key].type == "bool":
                if not isinstance(value, bool):
                    raise NumberError(f"{self.kind} '{name}': {key} must be true or false, received {describe(value)}.")
            elif known[key].type == "tuple[float, ...]":
                if not isinstance(value, list | tuple) or not all(map(is_finite, value)):
                    raise NumberError(
                        f"{self.kind} '{name}': {key} must be a list of finite numbers, received {describe(value)}."
                    )
                options[key] = tuple(map(float, value))
            elif not is_finite(value):
                raise NumberError(f"{self.kind} '{name}': {key} must be a finite number, received {describe(value)}.")
        missing = [key for key, each in known.items() if each.default is MISSING and key not in options]
        if missing:
            raise OptionError(f"{self.kind} '{name}' needs {' and '.join(missing)}.")
        return kind(**options)

    def type_of(self, name: str) -> type[T]:
        """The class of a built-in operation."""
        if name not in self.names() or name in self.added:
            raise NameUnknown(
                f"unknown {self.kind} '{name}'; expected one of {', '.join(self.names())}.{self._suggest(name)}"
            )
        module = import_module(f"{self.package}.{name}")
        own = (each for each in vars(module).values() if getattr(each, "__module__", "") == module.__name__)
        found: type[T] = next(each for each in own if isinstance(each, type) and issubclass(each, self.base))
        return found

    def _suggest(self, name: str) -> str:
        """The operation that is called so elsewhere, else the one with the nearest name."""
        built_in = [each for each in self.names() if each not in self.added]
        known = (each for each in built_in if name.lower() in getattr(self.type_of(each), "aliases", ()))
        other = next(known, None)
        return f" Did you mean '{other}'?" if other else did_you_mean(name, self.names())


def write_operation(given: Any) -> str | dict[str, Any]:
    """An operation as worksheets and files write it: its name, or a table with its options where they are not defaults.

    One of your own (`backproof.activation`) is known by its name alone.
    """
    own = not type(given).__module__.startswith("backproof.operations.")
    known = () if own else fields(given)
    others = {each.name: found for each in known if (found := getattr(given, each.name)) != each.default}
    options = {key: write_operation(value) if is_dataclass(value) else value for key, value in others.items()}
    return {"name": given.name, **options} if options else str(given.name)
