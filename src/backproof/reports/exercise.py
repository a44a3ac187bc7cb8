"""Exercises on paper: for each variant the network, the data and the questions; for the marker answers and working."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from backproof.architecture import Use
from backproof.derivation import Derivation
from backproof.document import Block, Document, Heading, Note, Paragraph, Piece, Table, Text
from backproof.exercises import Exercises, Question, Variant
from backproof.exercises.figures import write_figure
from backproof.expression import Expression, put_in, substitute
from backproof.network import Network
from backproof.operations.activation import Elementwise
from backproof.quantity import Kind, Quantity, write_sample

BLANK = "_" * 14
#: Number of digits that the numbers that help to work out an answer have beyond its own.
MORE = 2


def learners(exercises: Exercises) -> Document:
    """The sheets with blanks."""
    return _document(exercises, f"Exercises: {exercises.title}", _questions, (Paragraph(f"Name: {BLANK * 2}"),))


def key(exercises: Exercises) -> Document:
    """The same sheets with the answers, and for each the line of working that leads to it."""
    return _document(exercises, f"Key: {exercises.title}", _answers)


def _document(
    exercises: Exercises, title: str, asked: Callable[[Variant], Iterator[Block]], named: tuple[Block, ...] = ()
) -> Document:
    blocks = (
        block
        for variant in exercises.variants
        for block in (
            Heading(f"Variant {variant.number}", page=variant.number > 1),
            *named,
            *_write_given(variant),
            *_help(variant),
            *asked(variant),
        )
    )
    labels = exercises.variants[0].trace.labels
    return Document(title, tuple(blocks), labels, f"backproof exercise, seed {exercises.seed}")


# What is given


def _write_given(variant: Variant) -> Iterator[Block]:
    yield Paragraph(tuple(_network(variant)))
    yield _parameters(variant.worksheet.network)
    yield _data(variant)


def _network(variant: Variant) -> Iterator[Piece]:
    """The network in words, with the formulas of its activations and its cost."""
    network, training = variant.worksheet.network, variant.worksheet.training
    yield f"A {'-'.join(str(len(layer)) for layer in network.units)} network. "
    for activation in dict.fromkeys(network.activations):
        layers = [str(layer) for layer, each in enumerate(network.activations, start=1) if each == activation]
        where = "" if len(layers) == network.depth else f" in layer {' and '.join(layers)}"
        yield f"Activation{where}: {activation.name.replace('_', ' ')}"
        if isinstance(activation, Elementwise):
            yield from (", ", Quantity("a"), " = ", _formula(activation.formula(Quantity("h"))))
        yield ". "
    yield f"Cost: {network.cost.name.replace('_', ' ')}"
    if network.cost.needs_target:
        term = _formula(network.cost.formula(Quantity("y"), Quantity("a")))
        ends = ""
        if len(network.architecture.output_units) > 1:
            ends = ", averaged over the outputs" if network.cost.averaged else ", summed over the outputs"
        yield from (", ", term, ends)
    several = len(variant.trace.numbers) > 1
    yield f"; the {network.reduction} over the samples. " if several else ". "
    if any(each.kind == "update" for each in variant.questions):
        yield from (f"One step of {training.optimiser.name}, learning rate ", variant.trace.rate, ". ")


def _formula(formula: object) -> Expression:
    assert isinstance(formula, Expression)
    return formula


def _parameters(network: Network) -> Table:
    """Each parameter with its connection and its value."""
    rows: list[tuple[Piece, ...]] = []
    for name in network.wiring.names():
        parameter = network.parameter(name)
        ends = ", ".join(_connection(network, use) for use in network.architecture.uses(name))
        value = float(parameter.pick(network.parameters))
        rows.append((Quantity("w", (name,)), ends, value))
    return Table(("parameter", "of", "value"), tuple(rows))


def _connection(network: Network, use: Use) -> str:
    receiver = network.units[use.layer][use.position]
    if use.sender is None or use.sent is None:
        return receiver
    return f"{network.units[use.sender][use.sent]} → {receiver}"


def _data(variant: Variant) -> Table:
    """The samples of this step, inputs and targets."""
    trace, units = variant.trace, variant.worksheet.network.units
    targets = units[-1] if trace.network.cost.needs_target else ()
    header: tuple[Text, ...] = (
        "sample",
        *((Quantity("a", (unit,)),) for unit in units[0]),
        *((Quantity("y", (unit,)),) for unit in targets),
    )
    rows: tuple[tuple[Piece, ...], ...] = tuple(
        (str(number), *map(float, trace.x[row]), *map(float, trace.y[row][: len(targets)]))
        for row, number in enumerate(trace.numbers)
    )
    return Table(header, rows)


def _help(variant: Variant) -> Iterator[Block]:
    """Numbers of earlier passes, which nobody has to work out again."""
    if not variant.helps:
        return
    yield Paragraph("Already worked out:")
    pieces: list[Piece] = []
    for question, value in variant.helps:
        pieces += [question.formula, " = ", _plain(write_figure(value, variant.digits + MORE)), ", "]
    yield Paragraph((*pieces[:-1], "."))


# What is asked


def _questions(variant: Variant) -> Iterator[Block]:
    yield Paragraph(f"Give each number to {variant.digits} significant digits{_finer(variant)}:")
    several = _several(variant)
    head: tuple[Text, ...] = ("no.", "number", *(["sample"] if several else []), "in the worksheet", "answer")
    rows: list[tuple[Piece, ...]] = [
        (str(number), each.formula, *([_sample(each)] if several else []), each.of, BLANK)
        for number, each in enumerate(variant.questions, start=1)
    ]
    yield Table(head, tuple(rows))


def _finer(variant: Variant) -> str:
    finer = any(isinstance(each.formula, Quantity) and each.formula.kind is Kind.NEW for each in variant.questions)
    return ", and updated parameters to as many digits as show the step" if finer else ""


def _several(variant: Variant) -> bool:
    return any(each.sample is not None for each in variant.questions)


def _sample(question: Question) -> str:
    return "all" if question.sample is None else str(question.sample)


def _answers(variant: Variant) -> Iterator[Block]:
    for number, (question, answer) in enumerate(zip(variant.questions, variant.answers, strict=True), start=1):
        pieces: tuple[Piece, ...] = (f"({number}) ", question.formula, f" = {_plain(answer)}")
        yield Paragraph((*pieces, *_working(variant, question)))
    yield from (Note(text, "warning") for text in variant.worksheet.network.warnings)


def _working(variant: Variant, question: Question) -> Iterator[Piece]:
    """The formula that the derivation ends in, and the same with its numbers; of a batch, each sample's in full."""
    derivation = variant.trace.of_sample(question.sample).explain(question.of)
    formula = write_sample(_last_step(derivation), question.sample)
    if formula != question.formula:
        yield from (", from ", formula)
    shares = {line.left: line.right for line in reversed(derivation.lines) if line.kind == "term"}
    written = substitute(formula, lambda node: shares.get(node))
    yield from (" = ", put_in(written, variant.trace.value))


def _last_step(derivation: Derivation) -> Expression:
    """The last line in symbols that is the whole quantity: of the chain rule or a sum, else its definition."""
    own = [line.right for line in derivation.lines if line.kind in ("chain_rule", "sum_over_samples")]
    defined = [line.right for line in derivation.lines if line.kind == "definition"]
    return (own or defined or [derivation.of])[-1]


def _plain(number: str) -> str:
    """Printed digits with a minus sign that is one."""
    return number.replace("-", "\N{MINUS SIGN}")
