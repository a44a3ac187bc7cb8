"""What a good marker writes: verdicts, the slip beside the working as it should be, what is systematic."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from backproof.checking.claim import ExaminedClaim, Explanation
from backproof.checking.claims import BLANK, Examination, Report, StorySlip
from backproof.checking.documents import Formula, Reading
from backproof.checking.graph import Graph
from backproof.checking.mistake import mistakes
from backproof.document import Block, Document, Heading, Note, Paragraph, Picture, Piece, Printed, Table, Verdict
from backproof.expression import Add, Expression, Marked, Mul, Value, put_in, quantities, substitute
from backproof.quantity import Quantity

LINES = ("in symbols", "numbers", "value")


def marking(report: Report) -> Document:
    """The report as a document."""
    blocks = (
        *(Note(text) for text in (report.reading.notes if report.reading else ())),
        *_summary(report),
        *([_draw(report)] if report.claims and not report.summary.get(BLANK) else []),  # it would give answers away
        *([_claims(report)] if report.claims else []),
        *(block for work in report.examination.works if work.verdict == "wrong" for block in _wrong(report, work)),
        *(_write_reading(report.reading) if report.reading else ()),
        *(Note(text, "warning") for text in report.examination.worksheet.warnings),
    )
    title = f"Check: {report.title}" if report.title else "Check"
    sheet = report.examination.worksheet
    labels = sheet.network.labels.with_optimiser(sheet.training.optimiser)
    return Document(title, blocks, labels, report.source)


def _draw(report: Report) -> Picture:
    """The network in its first step, seen by the sample of the first claim if that step uses it."""
    trace, sample = report.examination.worksheet.trace(), report.claims[0].sample
    return Picture(trace.of_sample(sample) if sample in trace.numbers else trace)


def _summary(report: Report) -> Iterator[Block]:
    if not report.claims:
        in_document = "The document claims no number that could be read." if report.reading else ""
        yield Paragraph(
            in_document or "There are no claims to judge. A worksheet's claims stand in [[claims]]; see backproof new."
        )
        return
    counted = ", ".join(f"{count} {verdict}" for verdict, count in report.summary.items() if count)
    yield Paragraph(f"{len(report.claims)} claim{'s' if len(report.claims) > 1 else ''}: {counted}.")
    yield from (Note(text) for text in systematic(report.examination))


def systematic(examination: Examination) -> list[str]:
    """One sentence for every slip that explains several wrong claims."""
    return [_sentence(slip) for slip in examination.story if len(slip.explains) > 1]


def _sentence(slip: StorySlip) -> str:
    works = sorted(slip.explains, key=lambda work: work.number)
    names = [f"{work.claim.of} = {work.printed}" for work in works]
    listed = ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")
    what = " ".join(mistakes.make(id).summary for id in slip.first.id.split("+"))
    return f"{what} This explains {len(works)} claims: {listed}. ({slip.first.id})"


def _claims(report: Report) -> Table:
    rows: list[tuple[Piece, ...]] = []
    for number, (claim, work) in enumerate(zip(report.claims, report.examination.works, strict=True), start=1):
        printed, verdict = Printed(claim.value), Verdict(claim.verdict)
        truth = Printed() if claim.verdict == BLANK else claim.truth
        rows.append((str(number), _named(claim.of, work), printed, truth, verdict, because(work)))
    return Table(("no.", "claim", "printed", "true", "verdict", "because"), tuple(rows))


def _named(of: str, work: ExaminedClaim) -> str:
    sample = f", sample {work.claim.sample}" if work.claim.sample is not None else ""
    step = f", step {work.claim.step}" if (work.claim.step or 1) > 1 else ""
    return f"{of}{sample}{step}"


def because(work: ExaminedClaim) -> str:
    """What is behind a verdict, in a few words."""
    if work.verdict == "wrong":
        return work.mistakes[0].says if work.mistakes else "no known mistake gives this number"
    if work.verdict == "carried":
        return "follows from " + ", ".join(f"{each.claim.of} = {each.printed}" for each in work.carried_from)
    if work.verdict == "undecided":
        return f"{max(work.digits, 0) or 'no'} digit is too few to tell; {work.needed_digits} would"
    return "right but for rounding" if work.verdict == "rounded" else ""


def _wrong(report: Report, work: ExaminedClaim) -> Iterator[Block]:
    """One wrong claim: the working as it should be and with the slip, side by side."""
    where = f" ({work.claim.where})" if work.claim.where else ""
    yield Heading(f"{_named(work.claim.of, work)} = {work.printed}{where}", 2)
    if not work.mistakes:
        yield Paragraph(("The truth is ", work.truth, ". No known mistake gives the printed number."))
        return
    best = work.mistakes[0]
    yield Paragraph(f"{best.id}: {best.says}. {_likely(best)}")
    yield from _side_by_side(report.examination, work, best)
    others = [f"{each.says} ({each.id})" for each in work.mistakes[1:3]]
    if others:
        yield Note("Also possible: " + "; ".join(others) + ".")


def _side_by_side(examination: Examination, work: ExaminedClaim, best: Explanation) -> Iterator[Block]:
    """The definition at the place of the slip, right and as it was made, in symbols, numbers and value."""
    graph = examination.graph
    if best.where is None or best.instead is None or best.where.is_product:
        subject = next(iter(work.implies), None)
        ways = graph.definitions(subject) if subject is not None else ()
        if subject is not None and ways:
            rows = zip(LINES, _column(graph, work, ways[-1]), strict=True)
            yield Table(("", (_show_quantity(work, subject), " as it should be")), tuple(rows))
        yield Paragraph(("The truth is ", work.truth, "; the slip gives ", best.gives, "."))
        return
    right = _nearest(graph.definitions(best.where), best.instead)
    columns = _column(graph, work, _mark(right, best.instead)), _column(graph, work, _mark(best.instead, right))
    names = _show_quantity(work, best.where)
    beside = zip(LINES, *columns, strict=True)
    yield Table(("", (names, " as it should be"), (names, " with the slip")), tuple(beside))
    if best.where != next(iter(work.implies), None):
        yield Paragraph((f"So {work.claim.of} comes to ", best.gives, " instead of ", work.truth, "."))


def _column(graph: Graph, work: ExaminedClaim, formula: Expression) -> tuple[Piece, Piece, Piece]:
    """A formula, its numbers, and what it comes to."""
    numbers = put_in(formula, lambda each: graph.evaluate(each))
    return _plain(work, formula), _plain(work, numbers), graph.evaluate(formula)


def _write_reading(reading: Reading) -> Iterator[Block]:
    """What a document says besides numbers: formulas, arithmetic, and what could not be read."""
    if reading.formulas:
        held = sum(each.holds for each in reading.formulas)
        yield Heading("Formulas")
        yield Paragraph(f"{held} of {len(reading.formulas)} formulas hold for every network of this shape.")
        yield from _write_table(("where", "formula", "what is wrong"), (
            (each.where, each.text, _fault(each)) for each in reading.formulas if not each.holds
        ))  # fmt: skip
    if reading.steps:
        right = sum(each.right for each in reading.steps)
        yield Heading("Arithmetic")
        yield Paragraph(f"{right} of {len(reading.steps)} calculations come to what is printed after them.")
        yield from _write_table(("where", "as written", "comes to", "printed"), (
            (each.where, each.text, each.value, each.printed) for each in reading.steps if not each.right
        ))  # fmt: skip
    if reading.unread:
        yield Heading("Not read")
        rows = ((each.where, each.text, each.reason) for each in reading.unread)
        yield from _write_table(("where", "text", "because, and what would settle it"), rows)
    if reading.mentions:
        shown = ", ".join(f"{each.text} ({each.where})" for each in reading.mentions[:20])
        rest = f" and {len(reading.mentions) - 20} more" if len(reading.mentions) > 20 else ""
        yield Note(f"Numbers in sentences that name no quantity: {shown}{rest}.")


def _fault(formula: Formula) -> str:
    slips = "; ".join(f"{slip.says} ({slip.id})" for slip in formula.slips[:2])
    return slips or formula.says or "it does not hold"


def _write_table(header: tuple[str, ...], rows: Iterable[tuple[Piece, ...]]) -> Iterator[Block]:
    found = tuple(rows)
    if found:
        yield Table(header, found)


def _nearest(definitions: tuple[Expression, ...], slipped: Expression) -> Expression:
    """Of two ways to write the truth, the one that the slip was made in."""
    own = set(quantities(slipped))
    return max(definitions, key=lambda each: len(own & set(quantities(each))))


def _plain(work: ExaminedClaim, formula: Expression) -> Expression:
    """The formula without the step and sample that the whole claim is about."""

    def bare(node: Expression) -> Expression | None:
        if isinstance(node, Quantity):
            return _show_quantity(work, node)
        return Value(_show_quantity(work, node.of), node.value) if isinstance(node, Value) else None

    return substitute(formula, bare)


def _show_quantity(work: ExaminedClaim, quantity: Quantity) -> Quantity:
    subject = next(iter(work.implies), quantity)
    sample = None if quantity.sample == subject.sample else quantity.sample
    return replace(quantity, sample=sample, step=None if quantity.step == subject.step else quantity.step)


def _likely(best: Explanation) -> str:
    if best.chance < 0.001:
        return "These digits are hardly a coincidence."
    return f"By chance, about 1 number in {max(1, round(1 / best.chance)):,} would match these digits."


def _mark(formula: Expression, other: Expression) -> Expression:
    """The formula with every part marked that the other one does not have at its place."""
    if formula == other:
        return formula
    if type(formula) is type(other):
        if isinstance(formula, Add | Mul):
            return _mark_among(formula, other)
        if formula.children and len(formula.children) == len(other.children):
            pairs = zip(formula.children, other.children, strict=True)
            return formula.rebuild(tuple(_mark(mine, theirs) for mine, theirs in pairs))
    if isinstance(formula, Mul) and other in formula.factors:
        return formula.rebuild(tuple(each if each == other else Marked(each) for each in formula.factors))
    if isinstance(other, Mul) and formula in other.factors:
        return formula
    return Marked(formula)


def _mark_among(formula: Expression, other: Expression) -> Expression:
    """Terms or factors: what both have stays; the rest is compared in its order, or marked where nothing answers it."""
    missing = list(other.children)
    own: list[int] = []
    for position, child in enumerate(formula.children):
        if child in missing:
            missing.remove(child)
        else:
            own.append(position)
    partners = dict(zip(own, missing, strict=False)) if len(own) == len(missing) else {}
    children = list(formula.children)
    for position in own:
        children[position] = (
            _mark(children[position], partners[position]) if position in partners else Marked(children[position])
        )
    return formula.rebuild(tuple(children))
