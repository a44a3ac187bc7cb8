"""What an option of training is: one field of a dataclass that says everything about itself.

A field made with `option` holds its default, the kind of value that it takes, its help text and its spelling on the
command line. Checking, the JSON of a run, the signature of `fit` and the command line all read the field, and nothing
lists the options a second time.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import MISSING, dataclass, field, fields
from functools import cache
from inspect import Parameter, signature
from math import inf
from textwrap import indent
from typing import Any, ClassVar, Self, TypeVar, final

import numpy as np

from backproof.errors import OptionError
from backproof.operations.registry import Registry, write_operation
from backproof.schema import Path, Table, flag, items, number, placed, text, whole
from backproof.validate import check_amount, check_choice, check_flag, check_positive, check_whole, describe

F = TypeVar("F", bound=Callable[..., Any])


class Kind(ABC):
    """Abstract. The values that an option takes: how Python, a file and the documentation have them."""

    @property
    @abstractmethod
    def title(self) -> str:
        """How the documentation calls such a value."""

    @abstractmethod
    def check(self, what: str, value: Any) -> Any:
        """The value in the form that is used. Errors: OptionError and others that say what was expected."""

    @abstractmethod
    def read(self, value: Any, path: Path) -> Any:
        """The value that JSON says. Errors: a Fault."""

    def write(self, value: Any) -> Any:
        """The JSON of a checked value."""
        return value


@final
@dataclass(frozen=True)
class Whole(Kind):
    """A whole number from `least`, to `most` if that is given."""

    least: int
    most: int | None = None
    title: ClassVar[str] = "int"

    def check(self, what: str, value: Any) -> int:
        return check_whole(what, value, self.least, self.most)

    def read(self, value: Any, path: Path) -> int:
        return whole(value, path, self.least, self.most)


@final
@dataclass(frozen=True)
class Amount(Kind):
    """A finite number from 0 to below `below`."""

    below: float = inf
    title: ClassVar[str] = "float"

    def check(self, what: str, value: Any) -> float:
        return check_amount(what, value, self.below)

    def read(self, value: Any, path: Path) -> float:
        return number(value, path)


@final
@dataclass(frozen=True)
class Positive(Kind):
    """A finite number above 0."""

    title: ClassVar[str] = "float"

    def check(self, what: str, value: Any) -> float:
        return check_positive(what, value)

    def read(self, value: Any, path: Path) -> float:
        return number(value, path)


@final
@dataclass(frozen=True)
class Amounts(Kind):
    """One amount for all places, or a list with one for each."""

    below: float = inf
    title: ClassVar[str] = "float or list of float"

    def check(self, what: str, value: Any) -> float | tuple[float, ...]:
        if (isinstance(value, Sequence) and not isinstance(value, str)) or (
            isinstance(value, np.ndarray) and value.ndim
        ):
            return tuple(check_amount(what, each, self.below) for each in value)
        return check_amount(what, value, self.below)

    def read(self, value: Any, path: Path) -> float | tuple[float, ...]:
        return tuple(number(*each) for each in items(value, path)) if isinstance(value, list) else number(value, path)

    def write(self, value: Any) -> Any:
        return list(value) if isinstance(value, tuple) else value


@final
@dataclass(frozen=True)
class Flag(Kind):
    """True or False."""

    title: ClassVar[str] = "bool"

    def check(self, what: str, value: Any) -> bool:
        return check_flag(what, value)

    def read(self, value: Any, path: Path) -> bool:
        return flag(value, path)


@final
@dataclass(frozen=True)
class Choice(Kind):
    """One of some names."""

    names: tuple[str, ...]

    @property
    def title(self) -> str:
        """As numpydoc has it: {'a', 'b'}."""
        return f"{{{', '.join(map(repr, self.names))}}}"

    def check(self, what: str, value: Any) -> str:
        return check_choice(what, value, self.names)

    def read(self, value: Any, path: Path) -> str:
        with placed(path):
            return check_choice(str(path[-1]), value, self.names)


@final
@dataclass(frozen=True)
class Name(Kind):
    """Any name."""

    title: ClassVar[str] = "str"

    def check(self, what: str, value: Any) -> str:
        if not isinstance(value, str):
            raise OptionError(f"{what} must be a name, received {describe(value)}.")
        return value

    def read(self, value: Any, path: Path) -> str:
        return text(value, path)


@final
@dataclass(frozen=True)
class Names(Kind):
    """A list of names."""

    title: ClassVar[str] = "list of str"

    def check(self, what: str, value: Any) -> tuple[str, ...]:
        return tuple(Name().check(what, each) for each in check_list(what, value))

    def read(self, value: Any, path: Path) -> tuple[str, ...]:
        return tuple(text(*each) for each in items(value, path))

    def write(self, value: Any) -> Any:
        return list(value)


@final
@dataclass(frozen=True)
class Sizes(Kind):
    """A list of sizes, each a whole number from 1."""

    title: ClassVar[str] = "list of int"

    def check(self, what: str, value: Any) -> tuple[int, ...]:
        return tuple(check_whole(what, each, 1) for each in check_list(what, value))

    def read(self, value: Any, path: Path) -> tuple[int, ...]:
        return tuple(whole(*each, 1) for each in items(value, path))

    def write(self, value: Any) -> Any:
        return list(value)


@final
@dataclass(frozen=True)
class Operation(Kind):
    """An operation of a registry: its name, a table of name and parameters, or the operation itself."""

    registry: Registry[Any]
    title: ClassVar[str] = "str or dict"

    def check(self, what: str, value: Any) -> Any:
        return self.registry.make(value)

    def read(self, value: Any, path: Path) -> Any:
        with placed(path):
            return self.registry.make(value)

    def write(self, value: Any) -> Any:
        return write_operation(value)


@final
@dataclass(frozen=True)
class OrNone(Kind):
    """None, or a value of another kind."""

    kind: Kind

    @property
    def title(self) -> str:
        """That of the other kind."""
        return self.kind.title

    def check(self, what: str, value: Any) -> Any:
        return None if value is None else self.kind.check(what, value)

    def read(self, value: Any, path: Path) -> Any:
        return None if value is None else self.kind.read(value, path)

    def write(self, value: Any) -> Any:
        return None if value is None else self.kind.write(value)


@final
@dataclass(frozen=True)
class OneOrMore(Kind):
    """A name, or a list of several."""

    title: ClassVar[str] = "str or list of str"

    def check(self, what: str, value: Any) -> tuple[str, ...]:
        return Names().check(what, (value,) if isinstance(value, str) else value)

    def read(self, value: Any, path: Path) -> tuple[str, ...]:
        return Names().read(value, path) if isinstance(value, list) else (text(value, path),)

    def write(self, value: Any) -> Any:
        return value[0] if len(value) == 1 else list(value)


def check_list(what: str, value: Any) -> Sequence[Any]:
    """A list or tuple, or an OptionError."""
    if not isinstance(value, Sequence) or isinstance(value, str | bytes):
        raise OptionError(f"{what} must be a list, received {describe(value)}.")
    return value


def never(begun: Any, now: Any) -> bool:
    """A run is only resumed with the same value."""
    return False


def always(begun: Any, now: Any) -> bool:
    """A run can be resumed with any other value."""
    return True


def between_values(begun: Any, now: Any) -> bool:
    """A run can be resumed with another value, but not with one where there was none, or the other way round."""
    return begun is not None and now is not None


@dataclass(frozen=True)
class Option:
    """What a field says of itself.

    `flag` is its spelling on the command line; an option without one is for Python alone. `hint` is what the
    help of the command line adds, `metavar` what its value is called there. `for_data`: a worksheet says such things
    itself. `key` is its name in the JSON of a run. `varies`: it may differ from network to network, where many are
    trained at once. `may_differ` tells whether a run can be resumed with another value.
    """

    name: str
    kind: Kind
    help: str
    default: Any
    flag: str = ""
    hint: str = ""
    metavar: str | None = None
    for_data: bool = False
    key: str = ""
    varies: bool = False
    may_differ: Callable[[Any, Any], bool] = never


def option(kind: Kind, help: str, *, default: Any = MISSING, **more: Any) -> Any:
    """A field of a dataclass that is an option; `more` as in Option."""
    return field(default=default, metadata={"option": {"kind": kind, "help": help, **more}})


def options_of(owner: type) -> tuple[Option, ...]:
    """The options of a dataclass, in their order."""
    return _options_of(owner)


@cache
def _options_of(owner: Any) -> tuple[Option, ...]:
    return tuple(
        Option(name=each.name, default=each.default, **{"key": each.name, **each.metadata["option"]})
        for each in fields(owner)
        if "option" in each.metadata
    )


class Options:
    """Abstract. A frozen dataclass whose fields are options; every one is checked when it is made."""

    def __post_init__(self) -> None:
        for each in options_of(type(self)):
            object.__setattr__(self, each.name, each.kind.check(each.name, getattr(self, each.name)))

    def to_json(self) -> dict[str, Any]:
        """Every option, as a JSON object."""
        return {each.key: each.kind.write(getattr(self, each.name)) for each in options_of(type(self))}

    @classmethod
    def from_json(cls, table: Table) -> Self:
        """The options in a JSON object. Errors: a Fault for one that is missing or of another kind."""
        return cls(**{each.name: table.need(each.key, each.kind.read) for each in options_of(cls)})


def describe_options(owner: type) -> str:
    """The options as numpydoc lists parameters."""
    lines = []
    for each in options_of(owner):
        default = "optional" if each.default is None else f"default {each.default!r}"
        lines += [f"{each.name} : {each.kind.title}, {default}", f"    {each.help}"]
    return "\n".join(lines)


def takes_options(owner: type) -> Callable[[F], F]:
    """Show the options of a dataclass in a function's signature and docstring, in the place of **options."""

    def put(function: F) -> F:
        own = [each for each in signature(function).parameters.values() if each.kind is not Parameter.VAR_KEYWORD]
        more = [Parameter(each.name, Parameter.KEYWORD_ONLY, default=each.default) for each in options_of(owner)]
        function.__signature__ = signature(function).replace(parameters=[*own, *more])  # type: ignore[attr-defined]
        described = indent(describe_options(owner), "    ").lstrip()
        function.__doc__ = (function.__doc__ or "").replace("{options}", described)
        return function

    return put
