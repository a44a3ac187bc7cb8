"""Gradients in code, judged: which arrays are wrong, by how much, and which bug makes exactly these numbers."""

from __future__ import annotations

from collections.abc import Iterator

from backproof.checking.code import GradientReport, NamedMistake, PlainReport, relate_mistakes
from backproof.checking.code.gradient import describe_inferred
from backproof.checking.code.plain import MOST_LISTED, Entry
from backproof.checking.mistake import mistakes
from backproof.document import Block, Document, Heading, Note, Paragraph, Piece, Table, Verdict
from backproof.labels import Labels

#: How names are written where no worksheet names the units.
PLAIN_LABELS = Labels.of((("x1",), ("l1.1",)))
LEADS = {"": "", "or": "Also possible, with the same numbers: ", "and": "And: "}
HEADER = ("gradient", "verdict", "largest error", "place, from 1", "because")


def judged(report: GradientReport | PlainReport, labels: Labels, title: str, source: str = "") -> Document:
    """The report as a document."""
    notes = tuple(Note(text) for text in report.notes)
    if isinstance(report, PlainReport):
        tables = (_entries(report), *_wrong_entries(report))
        blocks: tuple[Block, ...] = (Paragraph(report.summary), *tables, *_bugs(report), *notes)
    elif report.question:
        blocks = (*_write_inferred(report), Paragraph(report.question), *notes)
    else:
        blocks = (*_write_inferred(report), *_summary(report), _arrays(report), *_bugs(report), *notes)
    return Document(f"Gradients in code: {title}" if title else "Gradients in code", blocks, labels, source)


def _write_inferred(report: GradientReport) -> Iterator[Block]:
    if report.inferred:
        yield Paragraph(describe_inferred(report.inferred))


def _entries(report: PlainReport) -> Table:
    rows: list[tuple[Piece, ...]] = []
    for name, right, worst in report.verdicts:
        because = next((one.id for one in report.mistakes if name in one.explains), "")
        reason = "" if right else because or "no known mistake gives these numbers"
        place = _count_from_one(worst.at)
        rows.append((f"d{name}", Verdict("right" if right else "wrong"), worst.error, place, reason))
    return Table(HEADER, tuple(rows))


def _wrong_entries(report: PlainReport) -> Iterator[Table]:
    """The wrong derivatives one by one, each beside what it should be."""
    listed = report.wrong[:MOST_LISTED]
    rows = tuple(
        (f"d{each.name}", _count_from_one(each.at), each.claimed, _describe_truth(each), each.error) for each in listed
    )
    more = len(report.wrong) - len(listed)
    if rows:
        header = ("gradient", "place, from 1", "claimed", "it is", "off by")
        yield Table(header, rows, f"Wrong derivatives; {more:,} more are not listed" if more else "Wrong derivatives")


def _describe_truth(entry: Entry) -> Piece:
    return entry.estimate if entry.kind == "smooth" else f"between {entry.left:.6g} and {entry.right:.6g}"


def _summary(report: GradientReport) -> Iterator[Block]:
    wrong = [each.name for each in report.parameters if not each.right]
    count = len(report.parameters)
    told = f"{len(wrong)} of {count} are wrong: {', '.join(wrong)}." if wrong else "all of them are right."
    yield Paragraph(f"Gradients of {count} parameter{'s' if count > 1 else ''}: {told}")
    yield Paragraph(
        f"Judged as {report.precision}: an error up to {report.tolerance:.0e} of the largest entry, or what rounding "
        "can do to a sum of larger terms, passes."
    )


def _arrays(report: GradientReport) -> Table:
    rows: list[tuple[Piece, ...]] = []
    for each in report.parameters:
        because = next((one.id for one in report.mistakes if each.name in one.explains), "")
        verdict = Verdict("right" if each.right else "wrong")
        place = _count_from_one(each.at)
        reason = "" if each.right else because or "no known mistake gives these numbers"
        rows.append((f"dE/d{each.name}", verdict, each.largest_error, place, reason))
    return Table(HEADER, tuple(rows))


def _count_from_one(at: tuple[int, ...]) -> str:
    return ", ".join(str(position + 1) for position in at)


def _bugs(report: GradientReport | PlainReport) -> Iterator[Block]:
    if report.mistakes:
        yield Heading("The bug")
    for relation, each in relate_mistakes(report.mistakes):
        yield Paragraph(f"{LEADS[relation]}{each.id}, {each.where}: {each.says}. This gives exactly {_list(each)}.")
        if not relation:
            yield Note(_documentation(each))


def _list(named: NamedMistake) -> str:
    return ", ".join(f"dE/d{name}" for name in named.explains)


def _documentation(named: NamedMistake) -> str:
    """What the mistake's own documentation says of it."""
    text = (type(mistakes.make(named.id)).__doc__ or "").strip()
    return " ".join(text.split())
