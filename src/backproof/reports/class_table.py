"""The table of a class: people by claims, what each of them did, and the slips of all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from backproof.checking.claims import Report
from backproof.checking.claims.class_report import ClassReport, ClassSlip, Person
from backproof.checking.claims.report import ClaimReport
from backproof.document import Block, Document, Heading, Link, Mark, Note, Paragraph, Piece, Printed, Table, Text
from backproof.expression import Expression, quantities, substitute
from backproof.labels import Labels
from backproof.quantity import Quantity

#: The order in which the verdicts are counted; those that nobody has are left out.
COUNTED = ("right", "rounded", "carried", "wrong", "undecided", "blank")


def class_table(report: ClassReport, link: Callable[[Person], str] | None = None) -> Document:
    """The class as a document. With `link`, each name leads to the file of the person's own report."""
    blocks: tuple[Block, ...] = (
        Paragraph(_count_people(report)),
        _totals(report, link),
        *_matrix(report),
        *_slips(report),
        *_remarks(report),
    )
    reports = [person.report for person in report.people if person.report is not None]
    titles = {each.examination.worksheet.title for each in reports if each.reading is None and each.title}
    title = f"Class: {titles.pop()}" if len(titles) == 1 else "Class"
    return Document(title, blocks, _labels(reports))


def _labels(reports: Iterable[Report]) -> Labels:
    return next((each.examination.worksheet.network.labels for each in reports), Labels())


def _count_people(report: ClassReport) -> str:
    count, unread = len(report.people), sum(person.report is None for person in report.people)
    wrong = sum(person.report is not None and not person.report.right for person in report.people)
    parts = [f"{wrong} with something wrong"] if wrong else []
    parts += [f"{unread} could not be read"] if unread else []
    return f"{count} {'people' if count > 1 else 'person'}: {', '.join(parts) or 'nothing is wrong'}."


def _totals(report: ClassReport, link: Callable[[Person], str] | None) -> Table:
    """How many numbers of each person have each verdict, and why a working was not read."""
    counts = [Counter(claim.verdict for claim in person.claims.values()) for person in report.people]
    whole = sum(counts, Counter[str]())
    shown = [verdict for verdict in COUNTED if whole[verdict]]
    remarks = [_remark(person) for person in report.people]
    rows: list[tuple[Piece, ...]] = []
    for person, own, remark in zip(report.people, counts, remarks, strict=True):
        name = Link(person.name, link(person)) if link is not None and person.report is not None else person.name
        rows.append((name, *_count(own, shown, person.report is not None), remark))
    if len(rows) > 1:
        rows.append(("all", *_count(whole, shown, True), ""))
    keep = slice(None) if any(remarks) else slice(-1)
    header = ("", *shown, "claims", "remarks")
    return Table(header[keep], tuple(row[keep] for row in rows))


def _count(own: Counter[str], shown: list[str], read: bool) -> Iterator[str]:
    yield from (Printed(own[verdict] if read else "") for verdict in shown)
    yield Printed(own.total() if read else "")


def _remark(person: Person) -> str:
    """What the verdicts of a person do not tell."""
    if person.report is None:
        return f"could not be read: {person.error}"
    reading = person.report.reading
    if reading is None:
        return "" if person.claims else "no claims"
    parts = [] if person.claims else ["no number could be read"]
    wrong = sum(not each.right for each in reading.steps), sum(not each.holds for each in reading.formulas)
    for count, what in zip(wrong, ("calculation", "formula"), strict=True):
        parts += [f"{count} {what}{'s' if count > 1 else ''} wrong"] if count else []
    return "; ".join([*parts, *reading.notes])


def _matrix(report: ClassReport) -> Iterator[Block]:
    """A row for each person, a column for each number, and how often it is right; what the marks mean."""
    if not report.claims:
        return
    rows: list[tuple[Piece, ...]] = []
    read = [person for person in report.people if person.report is not None]
    for person in read:
        found = (person.claims.get(formula) for formula in report.claims)
        rows.append((person.name, *("" if claim is None else Mark(claim.verdict) for claim in found)))
    if len(read) > 1:
        verdicts = [[person.claims[each].verdict for person in read if each in person.claims] for each in report.claims]
        rows.append(("right", *(str(sum(each in ("right", "rounded") for each in column)) for column in verdicts)))
    yield Table(("", *_heads(report.claims)), tuple(rows))
    yield Paragraph(_explain_marks(report))


def _heads(claims: tuple[Expression, ...]) -> Iterator[Text]:
    """The numbers, without a step or sample that is the same for all."""
    found = [quantity for formula in claims for quantity in quantities(formula)]
    step = None if len({each.step for each in found}) > 1 else found[0].step if found else None

    def bare(node: Expression) -> Expression | None:
        return replace(node, step=None if node.step == step else node.step) if isinstance(node, Quantity) else None

    return ((substitute(formula, bare),) for formula in claims)


def _explain_marks(report: ClassReport) -> tuple[Piece, ...]:
    verdicts = {claim.verdict for person in report.people for claim in person.claims.values()}
    missing = any(each not in person.claims for person in report.people if person.report for each in report.claims)
    pieces: list[Piece] = []
    for verdict in (each for each in COUNTED if each in verdicts):
        pieces += [", " if pieces else "", Mark(verdict), f" {verdict}"]
    return (*pieces, "; an empty place: not claimed." if missing else ".")


def _slips(report: ClassReport) -> Iterator[Block]:
    if report.slips:
        yield Heading("Slips of the class")
        people = {person.name: person for person in report.people}
        rows = (
            (each.id or "no name", each.says, str(len(each.claims)), "; ".join(_say_where(each, people)))
            for each in report.slips
        )
        yield Table(("slip", "what it is", "people", "who, and where"), tuple(rows))


def _say_where(slip: ClassSlip, people: dict[str, Person]) -> Iterator[str]:
    for name, numbers in slip.claims.items():
        report = people[name].report
        assert report is not None
        claims = [report.claims[number - 1] for number in numbers]
        yield f"{name}: {', '.join(dict.fromkeys(map(_name_claim, claims)))}"


def _name_claim(claim: ClaimReport) -> str:
    sample = f" (sample {claim.sample})" if claim.sample is not None else ""
    return f"{claim.of}{sample}{f' (step {claim.step})' if claim.step > 1 else ''}"


def _remarks(report: ClassReport) -> Iterator[Block]:
    for file in report.again:
        yield Note(f"{file} was given several times; it counts once.")
    sheets = (person.report.examination.worksheet for person in report.people if person.report is not None)
    warnings = dict.fromkeys(text for sheet in sheets for text in sheet.warnings)
    yield from (Note(text, "warning") for text in warnings)
