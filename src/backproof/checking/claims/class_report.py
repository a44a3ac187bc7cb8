"""The workings of several people: each one's report, the claims that they share, and the slips of the class."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from backproof.checking.claims.report import ClaimReport, Report, check, load_network
from backproof.checking.documents import check_place
from backproof.checking.mistake import mistakes
from backproof.errors import BackproofError, OptionError
from backproof.expression import Expression
from backproof.worksheet import Worksheet

#: Of the verdicts on one number that somebody gives several times, the first of these counts.
WORST = ("wrong", "carried", "undecided", "rounded", "right", "blank")


@dataclass(frozen=True)
class Person:
    """One working by the name of its file: its report, or the error that kept it from being read."""

    name: str
    file: str
    report: Report | None = None
    error: str = ""

    @cached_property
    def claims(self) -> dict[Expression, ClaimReport]:
        """The claim of each number, in order; of a number claimed several times, the worst."""
        found: dict[Expression, ClaimReport] = {}
        if self.report is not None:
            for work, claim in zip(self.report.examination.works, self.report.claims, strict=True):
                known = found.setdefault(work.formula, claim)
                if WORST.index(claim.verdict) < WORST.index(known.verdict):
                    found[work.formula] = claim
        return found

    def to_dict(self) -> dict[str, Any]:
        """The person as plain values."""
        said = {"error": self.error} if self.report is None else {"report": self.report.to_dict()}
        return {"name": self.name, "file": self.file, **said}


@dataclass(frozen=True)
class ClassSlip:
    """A mistake that somebody made, and the numbers (from 1) of the claims in which each person made it.

    Without `id`, these are the wrong numbers that no known mistake gives.
    """

    id: str
    claims: dict[str, list[int]]

    @property
    def says(self) -> str:
        """The mistake in words."""
        return mistakes.make(self.id).summary if self.id else "No known mistake gives these numbers."

    def to_dict(self) -> dict[str, Any]:
        """The slip as plain values."""
        people = [{"name": name, "claims": numbers} for name, numbers in self.claims.items()]
        return {"id": self.id, "says": self.says, "people": people}


@dataclass(frozen=True)
class ClassReport:
    """The people of a class, in the order in which their files were given; `again` are files given several times."""

    people: tuple[Person, ...]
    again: tuple[str, ...] = ()

    @property
    def code(self) -> int:
        """The exit code: 2 if a working could not be read, else 1 if one is wrong, else 0."""
        if any(person.report is None for person in self.people):
            return 2
        return 0 if all(person.report.right for person in self.people if person.report) else 1

    @cached_property
    def claims(self) -> tuple[Expression, ...]:
        """The numbers that anybody claims; one that only some claim stands behind what they claim before it."""
        found: list[Expression] = []
        for person in self.people:
            at = 0
            for formula in person.claims:
                if formula in found:
                    at = found.index(formula) + 1
                else:
                    found.insert(at, formula)
                    at += 1
        return tuple(found)

    @cached_property
    def slips(self) -> tuple[ClassSlip, ...]:
        """The mistakes of the class, those of most people first; wrong numbers without a name come last."""
        found: dict[str, dict[str, list[int]]] = {}
        for person in self.people:
            for number, claim in enumerate(person.report.claims if person.report else (), start=1):
                for id in _name_slips(claim):
                    found.setdefault(id, {}).setdefault(person.name, []).append(number)
        slips = [ClassSlip(id, claims) for id, claims in found.items()]
        return tuple(sorted(slips, key=lambda slip: (not slip.id, -len(slip.claims), -_count_claims(slip))))

    def to_json(self) -> str:
        """The report as JSON text: the report of each person, and the slips of the class."""
        found = {
            "format": 1,
            "people": [person.to_dict() for person in self.people],
            "slips": [slip.to_dict() for slip in self.slips],
        }
        return json.dumps(found, indent=1, ensure_ascii=False, allow_nan=False)


def check_class(
    files: Sequence[str],
    *,
    network: str | None = None,
    sample: int | None = None,
    step: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> ClassReport:
    """Check each file by itself: a worksheet by its own network, any other document by that of `network`.

    Raise BackproofError if `network` cannot be read, or has no such sample or step. What is wrong with one of the
    files is said of this person alone.
    """
    sheet = None if network is None else load_network(network)
    if sheet is not None:
        check_place(sheet, sample, step)
    chosen, again = _drop_repeated(files)
    people = []
    for number, (name, file) in enumerate(zip(name_files(chosen), chosen, strict=True)):
        people.append(_check_person(name, file, sheet, sample, step))
        if progress is not None:
            progress(number + 1, len(chosen))
    return ClassReport(tuple(people), again)


def is_worksheet(file: str) -> bool:
    """Whether a working is a worksheet even where a network is given for documents."""
    return Path(file).suffix.lower() == ".toml"


def _check_person(name: str, file: str, sheet: Worksheet | None, sample: int | None, step: int | None) -> Person:
    try:
        if sheet is None or is_worksheet(file):
            return Person(name, file, check(file))
        return Person(name, file, check(Path(file), network=sheet, sample=sample, step=step))
    except (BackproofError, OSError) as error:
        return Person(name, file, error=str(error))


def _drop_repeated(files: Sequence[str]) -> tuple[list[str], tuple[str, ...]]:
    """The files, each once, and those that were given again."""
    found: dict[str, str] = {}
    again: dict[str, None] = {}
    for file in files:
        place = _real_place(file)
        if place in found:
            again[found[place]] = None
        found.setdefault(place, file)
    return list(found.values()), tuple(again)


def _real_place(file: str) -> str:
    try:
        return os.path.realpath(file)
    except (OSError, ValueError) as error:
        raise OptionError(f"{file!r} is not a file name: {error}.") from None


def name_files(files: Sequence[str]) -> list[str]:
    """What each file is called: its own name, with as many folders before it as tell it from the others."""
    parts = [Path(file).parts[::-1] or (file,) for file in files]
    return ["/".join(reversed(_shortest(own, parts))) for own in parts]


def _shortest(own: tuple[str, ...], parts: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    others = [each for each in parts if each != own]
    return next((own[:end] for end in range(1, len(own)) if all(each[:end] != own[:end] for each in others)), own)


def _name_slips(claim: ClaimReport) -> Iterator[str]:
    """The mistakes in a claim: those that were made together, one by one; of a wrong claim without any, ''."""
    if claim.verdict == "wrong":
        yield from dict.fromkeys(claim.mistakes[0].id.split("+") if claim.mistakes else [""])


def _count_claims(slip: ClassSlip) -> int:
    return sum(map(len, slip.claims.values()))
