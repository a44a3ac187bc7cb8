"""The report of a check: every claim with its verdict, truth and mistakes, and the counts, named as in the JSON."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from math import isfinite, nan
from os import PathLike
from pathlib import Path
from typing import Any

from backproof.checking.claim import ExaminedClaim
from backproof.checking.claims.examination import BLANK, Examination, examine
from backproof.checking.documents import Reading, read_document
from backproof.display import Shown
from backproof.errors import OptionError, WorksheetError
from backproof.validate import check_whole
from backproof.worksheet import LAST_STEP, Worksheet, load

VERDICTS = ("right", "rounded", "carried", "wrong", "undecided")


@dataclass(frozen=True)
class MistakeReport:
    """A mistake that leads to the printed number.

    Attributes
    ----------
    id : str
        Name of the mistake; its file in `backproof.checking.mistakes` documents it.
    says : str
        The mistake in words.
    gives : float
        The number that it leads to.
    """

    id: str
    says: str
    gives: float


@dataclass(frozen=True)
class ClaimReport:
    """One claim and its verdict.

    Attributes
    ----------
    of, value : str
        Name of the number, and its digits as printed.
    sample : int or None
        Number of the sample, from 1; None for the batch.
    step : int
        Number of the training step, from 1.
    where : str
        Where the claim was read.
    verdict : str
        right, rounded, carried (computed correctly from an earlier wrong number), wrong, or undecided (the printed
        digits cannot tell); blank where the answer is still to be given.
    truth : float
        The true number; NaN for a blank answer, which it would give away.
    mistakes : tuple of MistakeReport
        Mistakes that lead to the printed number; that of its slip first.
    carried_from : tuple of str
        Names of the earlier numbers that a carried claim was computed from.
    """

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
class SlipReport:
    """A mistake that explains some wrong claims together.

    Attributes
    ----------
    id, says : str
        Name of the mistake, and what it is in words.
    claims : tuple of int
        Numbers of the claims that it explains, from 1.
    """

    id: str
    says: str
    claims: tuple[int, ...]


@dataclass(frozen=True, repr=False)
class Report(Shown):
    """The claims of a working with their verdicts, in order.

    Attributes
    ----------
    title, source : str
        What was checked, and where it is from.
    claims : tuple of ClaimReport
    slips : tuple of SlipReport
        The fewest mistakes that together explain the most wrong claims, those that explain most first.
    summary : dict of str to int
        How many claims have each verdict; blank only if some are.
    right : bool
        Whether nothing is wrong or carried.
    examination : Examination
        The computation behind the verdicts.
    reading : Reading or None
        What was read from a document.

    See Also
    --------
    check : Make a report.
    """

    title: str
    source: str
    claims: tuple[ClaimReport, ...]
    slips: tuple[SlipReport, ...]
    summary: dict[str, int]
    examination: Examination = field(repr=False, compare=False)
    reading: Reading | None = field(default=None, repr=False, compare=False)

    def __repr__(self) -> str:
        counted = ", ".join(f"{count} {verdict}" for verdict, count in self.summary.items() if count)
        return f"Report({self.title!r}, {len(self.claims)} claims{': ' if counted else ''}{counted})"

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
            "slips": [{"id": each.id, "says": each.says, "claims": list(each.claims)} for each in self.slips],
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
    progress: Callable[[int, int], None] | None = None,
) -> Report:
    """Check the numbers of a written working and name its mistakes.

    Parameters
    ----------
    working : Worksheet, str or path
        A worksheet with claims, its file, or the name of a shipped example. With `network`, a document (Markdown,
        LaTeX, plain text or a notebook) whose equations are read.
    network : Worksheet, str or path, optional
        The worksheet with the network that the document is about.
    sample, step : int, optional
        The sample and the step (from 1) that the document is about, if its worksheet does not say so in [document].

    progress : callable, optional
        Called with the number of each training step that is worked out, and of the last one that claims are about.

    Returns
    -------
    Report

    Raises
    ------
    WorksheetError
        If the worksheet cannot be read.
    OptionError
        If the document cannot be read, or an option does not fit.

    See Also
    --------
    check_gradient : Check gradients computed by code.

    Examples
    --------
    >>> report = check("or_article")
    >>> report.right, report.summary["wrong"] > 0
    (False, True)
    >>> claim = report.claims[11]
    >>> claim.of, claim.value, claim.verdict, claim.mistakes[0].says
    ('dE/dw1', '-0.00122', 'wrong', "g'(h[h1]) was left out")
    """
    if sample is not None:
        sample = check_whole("sample", sample, 1)
    if step is not None:
        step = check_whole("step", step, 1, LAST_STEP)
    if network is None:
        return report(examine(_sheet(working), progress))
    if isinstance(working, Worksheet):
        raise OptionError("with network=, expected the path of a document; received a worksheet.")
    sheet = load_network(network)
    reading = read_document(working, sheet, sample=sample, step=step)
    title = reading.title or ("" if "\n" in str(working) else Path(working).name)
    return report(examine(replace(sheet, title=title, source="", claims=reading.claims), progress), reading)


def load_network(network: Worksheet | str | PathLike[str]) -> Worksheet:
    """The worksheet that a document is about. Raise WorksheetError, which names the file, if it cannot be read."""
    try:
        return _sheet(network)
    except WorksheetError as error:
        raise WorksheetError(f"{network}: {error}") from None


def _sheet(given: Worksheet | str | PathLike[str]) -> Worksheet:
    return given if isinstance(given, Worksheet) else load(given)


def report(examination: Examination, reading: Reading | None = None) -> Report:
    """The report of claims that were examined, and of what else a document says."""
    claims = tuple(_report_claim(work) for work in examination.works)
    counts = Counter(each.verdict for each in claims)
    sheet = examination.worksheet
    summary = {verdict: counts[verdict] for verdict in (*VERDICTS, *([BLANK] if counts[BLANK] else []))}
    slips = tuple(SlipReport(slip.first.id, slip.first.says, slip.numbers) for slip in examination.story)
    return Report(sheet.title, sheet.source, claims, slips, summary, examination, reading)


def _report_claim(work: ExaminedClaim) -> ClaimReport:
    claim = work.claim
    return ClaimReport(
        claim.of,
        claim.value,
        claim.sample,
        claim.step or 1,
        claim.where,
        work.verdict,
        nan if claim.is_blank else work.truth,
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
        "notes": list(reading.notes),
        "mentions": [{"text": each.text, "reason": each.reason, "where": each.where} for each in reading.mentions],
    }  # fmt: skip


def _finite(value: float) -> float | None:
    return value if isfinite(value) else None
