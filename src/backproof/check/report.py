"""The report of a check: every claim with its verdict, truth and mistakes, and the counts, named as in the JSON."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from math import isfinite
from os import PathLike
from typing import Any

from backproof.check.claim import Examined
from backproof.check.examination import Examination, examine
from backproof.worksheet import Worksheet, load

VERDICTS = ("right", "rounded", "carried", "wrong")


@dataclass(frozen=True)
class MistakeReport:
    """A mistake that makes the printed number: its id, what it is in words, the number it gives."""

    id: str
    says: str
    gives: float


@dataclass(frozen=True)
class ClaimReport:
    """One claim: as it was made, its verdict, and what stands behind it. Mistakes are best first."""

    of: str
    value: str
    sample: int | None
    step: int
    where: str
    verdict: str
    truth: float
    mistakes: tuple[MistakeReport, ...] = ()
    carried_from: tuple[str, ...] = ()


@dataclass(frozen=True)
class Report:
    """A worksheet's claims, judged in their order; `summary` counts the verdicts."""

    title: str
    source: str
    claims: tuple[ClaimReport, ...]
    summary: dict[str, int]
    examination: Examination = field(repr=False, compare=False)

    @property
    def right(self) -> bool:
        """Whether nothing is wrong or carried."""
        return not (self.summary["wrong"] or self.summary["carried"])

    def to_dict(self) -> dict[str, Any]:
        """The report as plain values, by the names of the JSON."""
        return {
            "format": 1,
            "title": self.title,
            "source": self.source,
            "claims": [_claim(each) for each in self.claims],
            "summary": dict(self.summary),
        }

    def to_json(self) -> str:
        """The report as JSON text; numbers that are not finite are null."""
        return json.dumps(self.to_dict(), indent=1, ensure_ascii=False, allow_nan=False)


def check(worksheet: Worksheet | str | PathLike[str]) -> Report:
    """Hold the claims of a worksheet (or of the file or example of that name) against the truth.

    Errors: WorksheetError and the other BackproofErrors where it cannot be read.
    """
    sheet = worksheet if isinstance(worksheet, Worksheet) else load(worksheet)
    return report(examine(sheet))


def report(examination: Examination) -> Report:
    """The report of claims that were examined."""
    claims = tuple(_reported(work) for work in examination.works)
    counts = Counter(each.verdict for each in claims)
    sheet = examination.worksheet
    return Report(sheet.title, sheet.source, claims, {verdict: counts[verdict] for verdict in VERDICTS}, examination)


def _reported(work: Examined) -> ClaimReport:
    claim = work.claim
    return ClaimReport(
        claim.of,
        claim.value,
        claim.sample,
        claim.step or 1,
        claim.where,
        work.verdict,
        work.truth,
        tuple(MistakeReport(each.id, each.says, each.gives) for each in work.mistakes),
        tuple(each.claim.of for each in work.carried_from),
    )


def _claim(claim: ClaimReport) -> dict[str, Any]:
    return {
        "of": claim.of,
        "value": claim.value,
        "sample": claim.sample,
        "step": claim.step,
        "where": claim.where,
        "verdict": claim.verdict,
        "truth": _finite(claim.truth),
        "mistakes": [{"id": each.id, "says": each.says, "gives": _finite(each.gives)} for each in claim.mistakes],
        "carried_from": list(claim.carried_from),
    }


def _finite(value: float) -> float | None:
    return value if isfinite(value) else None
