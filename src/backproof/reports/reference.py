"""What the name of a mistake or an operation means: what `backproof explain NAME` says of such a name."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator
from dataclasses import MISSING, dataclass, fields
from typing import Any

from backproof.checking.mistake import mistakes
from backproof.document import Block, Document, Heading, Paragraph, Table
from backproof.errors import NameUnknown, did_you_mean
from backproof.examples import names as example_names
from backproof.labels import Labels
from backproof.operations.activation import Elementwise, activations
from backproof.operations.cost import costs
from backproof.operations.initialiser import initialisers
from backproof.operations.layer import kinds
from backproof.operations.optimiser import optimisers
from backproof.operations.registry import Reasoned, Registry
from backproof.operations.schedule import schedules
from backproof.operations.shorthand import shorthands
from backproof.quantity import Quantity

#: What has a name, by the word for all of it: `backproof explain mistakes` lists them.
REGISTRIES: dict[str, Registry[Any]] = {
    "mistakes": mistakes,
    "activations": activations,
    "costs": costs,
    "layers": kinds,
    "shorthands": shorthands,
    "optimisers": optimisers,
    "schedules": schedules,
    "initialisers": initialisers,
}


@dataclass(frozen=True)
class Meaning:
    """What a name means among the names of its kind: texts by what they tell, and how its derivative is found."""

    kind: str
    name: str
    texts: dict[str, str]
    letter: str = ""
    lines: tuple[Reasoned, ...] = ()


def find_meanings(name: str) -> tuple[Meaning, ...]:
    """Everything that has a name; of slips that belong together, such as a+b, each one.

    Errors: NameUnknown with the nearest of all names, those of the shipped worksheets too.
    """
    parts = [[_describe(word, each) for word in REGISTRIES if each in _names(word)] for each in name.split("+")]
    if all(parts):
        return tuple(meaning for part in parts for meaning in part)
    known = dict.fromkeys([*example_names(), *REGISTRIES, *(each for word in REGISTRIES for each in _names(word))])
    raise NameUnknown(
        f"'{name}' is neither a file nor an example ({', '.join(example_names())}), nor the name of a mistake, an "
        f"activation, a cost or another operation ('backproof explain mistakes' and so on list them)."
        f"{did_you_mean(name, known)}"
    )


def reference(name: str) -> Document:
    """The document about a name, or the list of all names of a kind, such as all mistakes.

    Errors: as of `find_meanings`.
    """
    if name in REGISTRIES:
        rows = tuple((each, _describe(name, each).texts["what"]) for each in _names(name))
        return Document(name.capitalize(), (Table(("name", "what it is"), rows),), Labels())
    meanings = find_meanings(name)
    blocks = [block for meaning in meanings for block in _blocks(meaning, alone=len(meanings) == 1)]
    return Document(name, tuple(blocks), Labels())


def reference_json(name: str) -> str:
    """The same for programs."""
    meanings = [_describe(name, each) for each in _names(name)] if name in REGISTRIES else find_meanings(name)
    entries = [{"kind": each.kind, "name": each.name, **each.texts} for each in meanings]
    return json.dumps({"format": 1, "entries": entries}, ensure_ascii=False, indent=1)


def _names(word: str) -> list[str]:
    """The names of a kind that come with Backproof."""
    registry = REGISTRIES[word]
    return [name for name in registry.names() if name not in registry.added]


def _describe(word: str, name: str) -> Meaning:
    if word == "mistakes":
        return _describe_mistake(name)
    registry = REGISTRIES[word]
    kind = registry.type_of(name)
    what, _, source = (inspect.getdoc(inspect.getmodule(kind)) or "").partition("\n\n")
    formula, _, more = (inspect.getdoc(kind) or "").partition("\n\nParameters\n")[0].partition("\n\n")
    texts = {
        "what": _join_lines(what),
        "formula": _join_lines(formula),
        "more": _join_lines(f"{source} {more}"),
        "options": ", ".join(_list_options(kind)),
    }
    return Meaning(registry.kind, name, {key: text for key, text in texts.items() if text}, *_derive(word, name))


def _describe_mistake(name: str) -> Meaning:
    mistake = mistakes.make(name)
    often = f"Weight {mistake.frequency:g} where several mistakes give the same number (1 is rare, 10 common)."
    return Meaning("mistake", name, {"what": mistake.summary, **mistake.parts, "how often": often})


def _derive(word: str, name: str) -> tuple[str, tuple[Reasoned, ...]]:
    """What the derivative is of, and why it is what it is, line by line; nothing where one number depends on others."""
    h, a, y = Quantity("h"), Quantity("a"), Quantity("y")
    if word == "activations" and isinstance(g := activations.make(name), Elementwise):
        return "da/dh", tuple(g.derivation(h, a))
    if word == "costs" and not (cost := costs.make(name)).coupled:
        return "dE/da", tuple(cost.derivation(y, a))
    return "", ()


def _list_options(kind: type[Any]) -> Iterator[str]:
    """The options of an operation, with their defaults."""
    for each in fields(kind):
        if each.init:
            default = each.default if each.default_factory is MISSING else each.default_factory()
            yield each.name if default is MISSING else f"{each.name} = {getattr(default, 'name', default)}"


def _join_lines(text: str) -> str:
    return " ".join(text.split())


#: What stands before the texts that have a word for what they tell.
WORDS = {
    "why": "Why it happens: ",
    "example": "Example: ",
    "see it": "How to see it: ",
    "how often": "How often: ",
    "options": "Options: ",
}


def _blocks(meaning: Meaning, *, alone: bool) -> Iterator[Block]:
    if not alone:
        yield Heading(f"{meaning.name}, {meaning.kind}")
    yield from (Paragraph(f"{WORDS.get(key, '')}{text}") for key, text in meaning.texts.items())
    if meaning.lines:
        rows = tuple((formula, reason) for reason, formula in meaning.lines)
        yield Table((meaning.letter, "why"), rows, "The derivative, line by line")
