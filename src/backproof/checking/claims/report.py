"""The report of a check: every claim with its verdict, truth and mistakes, and the counts, named as in the JSON."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field, replace
from math import isfinite
from os import PathLike
from pathlib import Path
from typing import Any

from backproof.checking.claim import ExaminedClaim
from backproof.checking.claims.examination import Examination, examine
from backproof.checking.documents import Reading, read_document
from backproof.errors import OptionError
from backproof.validate import check_whole
from backproof.worksheet import LAST_STEP, Worksheet, load

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
    reading: Reading | None = field(default=None, repr=False, compare=False)

    @property
    def right(self) -> bool:
        """Whether nothing is wrong or carried, and in a document no arithmetic and no formula is wrong."""
        read = self.reading
        stated = read is None or (all(each.right for each in read.steps) and all(each.holds for each in read.formulas))
        return stated and not (self.summary["wrong"] or self.summary["carried"])

    def to_dict(self) -> dict[str, Any]:
        """The report as plain values, by the names of the JSON."""
        found = {
            "format": 1,
            "title": self.title,
            "source": self.source,
            "claims": [_claim(each) for each in self.claims],
            "summary": dict(self.summary),
        }
        return found if self.reading is None else found | _reading(self.reading)

    def to_json(self) -> str:
        """The report as JSON text; numbers that are not finite are null."""
        return json.dumps(self.to_dict(), indent=1, ensure_ascii=False, allow_nan=False)


def check(
    working: Worksheet | str | PathLike[str],
    *,
    network: Worksheet | str | PathLike[str] | None = None,
    sample: int | None = None,
    step: int | None = None,
) -> Report:
    """Hold somebody's working against the truth.

    working: a worksheet with claims (or its file, or a shipped example's name); with `network`, a document - Markdown,
    LaTeX, text or a notebook - whose claims are read from its equations, about that worksheet's network, and about the
    `sample` and `step` given here or in its [document].

    Errors: WorksheetError and the other BackproofErrors where something cannot be read.
    """
    if sample is not None:
        sample = check_whole("sample", sample, 1)
    if step is not None:
        step = check_whole("step", step, 1, LAST_STEP)
    if network is None:
        return report(examine(_sheet(working)))
    if isinstance(working, Worksheet):
        raise OptionError("with network=, expected the path of a document; received a worksheet.")
    sheet = _sheet(network)
    reading = read_document(working, sheet, sample=sample, step=step)
    title = reading.title or ("" if "\n" in str(working) else Path(working).name)
    return report(examine(replace(sheet, title=title, source="", claims=reading.claims)), reading)


def _sheet(given: Worksheet | str | PathLike[str]) -> Worksheet:
    return given if isinstance(given, Worksheet) else load(given)


def report(examination: Examination, reading: Reading | None = None) -> Report:
    """The report of claims that were examined, and of what else a document says."""
    claims = tuple(_reported(work) for work in examination.works)
    counts = Counter(each.verdict for each in claims)
    sheet = examination.worksheet
    summary = {verdict: counts[verdict] for verdict in VERDICTS}
    return Report(sheet.title, sheet.source, claims, summary, examination, reading)


def _reported(work: ExaminedClaim) -> ClaimReport:
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


def _reading(reading: Reading) -> dict[str, Any]:
    """What a document says besides numbers of the network."""
    return {
        "arithmetic": [
            {"text": each.text, "value": _finite(each.value), "printed": each.printed, "verdict": each.verdict,
             "of": each.of, "where": each.where}
            for each in reading.steps
        ],
        "formulas": [
            {"text": each.text, "of": each.of, "holds": each.holds, "says": each.says,
             "mistakes": [{"id": slip.id, "says": slip.says} for slip in each.slips], "where": each.where}
            for each in reading.formulas
        ],
        "unread": [{"text": each.text, "reason": each.reason, "where": each.where} for each in reading.unread],
    }  # fmt: skip


def _finite(value: float) -> float | None:
    return value if isfinite(value) else None
