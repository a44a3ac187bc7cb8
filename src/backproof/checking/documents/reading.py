"""Reading a document: every equation in it judged, in reading order, and what cannot be read listed.

First the whole text is taken apart into headings, statements, tables and sentences; then it is settled what its letters
mean and which sample and step each section is about; only then is anything judged.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import replace

from backproof.checking.documents.arrays import claim_arrays, holds_list, judge_products
from backproof.checking.documents.context import Context
from backproof.checking.documents.grammar import Listed, Symbol, read_tree
from backproof.checking.documents.judging import Judging
from backproof.checking.documents.lexer import normalise
from backproof.checking.documents.model import Reading, UnreadableError
from backproof.checking.documents.pages import Page
from backproof.checking.documents.sentences import Sentence, check_announced
from backproof.checking.documents.settling import decide, settle_misfits, settle_sections
from backproof.checking.documents.source import Source, load, read_notebook
from backproof.checking.documents.statements import Collector, Piece, Statement
from backproof.checking.documents.tables import TableReader
from backproof.checking.documents.words import LITTLE, ROLES
from backproof.errors import OptionError
from backproof.worksheet import Worksheet

#: What says of superscripts that they are samples.
SAMPLES_ABOVE = re.compile(r"\^\{?\(n\)\}?\$?: of sample n\b")


def read_document(
    document: str | os.PathLike[str], worksheet: Worksheet, sample: int | None = None, step: int | None = None
) -> Reading:
    """The claims, arithmetic and formulas of a document, about the numbers of a worksheet.

    `document` is a path, `-` for standard input, or the text itself. Sample and step (from 1) say what it is about;
    left out, the worksheet's [document] says so. Errors: BackproofError where the document cannot be read at all, or
    sample and step do not exist.
    """
    text, kind = load(document)
    context = Context(worksheet, *check_place(worksheet, sample, step))
    add_aliases(context)
    pages = [Page(source) for source in read_sources(text, kind)]
    if sample is None and marks_samples(pages):  # then what has no mark is of the whole batch
        context.asked, context.sample = (None, context.step), None
    _Reader(context, pages).read()
    return context.found.reading(worksheet.title)


def marks_samples(pages: Sequence[Page]) -> bool:
    """Whether a document says that a number above a letter is a sample."""
    return any(SAMPLES_ABOVE.search(page.text) for page in pages)


def read_sources(text: str, kind: str) -> list[Source]:
    """The sources of a document: its cells where it is a notebook."""
    return read_notebook(text) if kind == "notebook" else [Source(text, kind)]


def check_place(worksheet: Worksheet, sample: int | None, step: int | None) -> tuple[int | None, int]:
    """The sample and step that documents are about. Raise OptionError if the worksheet does not have them."""
    sample = sample if sample is not None else worksheet.document.sample
    step = step if step is not None else worksheet.document.step or 1
    if step < 1:
        raise OptionError(f"step counts from 1, received {step}.")
    if step > 1 and worksheet.training.rate is None:
        raise OptionError(f"step {step} comes after an update; give learning_rate in [training].")
    used = worksheet.training.batch(step, len(worksheet.x))
    if sample is not None and sample not in used:
        shown = ", ".join(map(str, used[:10])) + (", ..." if len(used) > 10 else "")
        raise OptionError(f"sample {sample} is not in step {step}, which uses sample {shown}.")
    return sample, step


def add_aliases(context: Context) -> None:
    """Read the worksheet's aliases as the document would be read; what they stand for is known then."""
    for written, target in context.worksheet.aliases.items():
        try:
            tree = read_tree(normalise(written.strip().strip("$")))
        except UnreadableError as error:
            raise OptionError(f"the alias '{written}' cannot be read: {error}.") from None
        context.names.alias(tree, target)
        if isinstance(tree, Symbol) and written.isidentifier() and "_" in written:
            base, _, sub = written.partition("_")
            context.names.alias(Symbol(replace(tree.name, base=base, subs=(sub,))), target)


class _Reader:
    """Reads all pages: settles, then judges."""

    def __init__(self, context: Context, pages: Sequence[Page]) -> None:
        self.context, self.pages = context, pages
        network = context.worksheet.network
        parameters = network.wiring.names() if network.wiring.count <= 10_000 else ()
        units = [unit for layer in network.units for unit in layer]
        aliases = [tree.name.base for tree in context.names.aliases if isinstance(tree, Symbol)]
        parted = [letter + unit for unit in units for letter in ROLES if unit.isalpha()]
        known = [*parameters, *units, *aliases, *(word for word in parted if word not in LITTLE)]
        context.names.marks_samples |= marks_samples(pages)
        self.collector = Collector(pages, known, context.names.layers)
        self.pieces = list(self.collector.pieces())
        self.bias: str | None = None

    def read(self) -> None:
        """Everything, in reading order."""
        decide(self.context, [piece.statement for piece in self.pieces if piece.statement is not None])
        settle_sections(self.context, self.pieces)
        for piece in self.pieces:
            if piece.section is not None:
                self.context.sample, self.context.step = piece.section.sample, piece.section.step or 1
            self._judge_piece(piece)
        for page in self.pages:
            for start, end in page.programs:
                text = page.source.text[start:end]
                if any(sign.isdigit() for sign in text):
                    self.context.unread(text, "program text is not read; check-code checks it", page.where(start))
        settle_misfits(self.context)

    def _judge_piece(self, piece: Piece) -> None:
        before = len(self.context.found.formulas)
        if piece.statement is not None:
            self._judge_statement(piece.statement)
            if self.bias is not None:
                check_announced(self.context, self.bias, before)
            self.bias = None
        elif piece.table is not None:
            for statement in TableReader(self.context, piece.page, self.collector.commas).read(piece.table):
                self._judge_statement(statement)
        elif piece.sentence:
            sentence = Sentence(self.context, piece)
            sentence.read()
            self.bias = sentence.bias()

    def _judge_statement(self, statement: Statement) -> None:
        judge_products(self.context, statement)
        if any(isinstance(side.tree, Listed) for side in statement.sides[1:]):
            return claim_arrays(self.context, statement)
        if isinstance(statement.sides[0].tree, Listed):
            return self.context.unread(statement.text, "a vector or matrix stands alone on the left", statement.where())
        if any(map(holds_list, statement.sides)):
            kept = [side for side in statement.sides if not holds_list(side)]
            if len(kept) < 2 or kept[0] is not statement.sides[0]:
                return None
            statement = replace(statement, sides=kept, relations=statement.relations[: len(kept) - 1])
        return Judging(self.context, statement).judge()
