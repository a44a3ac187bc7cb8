"""Reading a document: every equation in it judged, in reading order, and what cannot be read listed.

First the whole text is taken apart into headings, statements, tables and sentences; then it is settled what its letters
mean and which sample and step each section is about; only then is anything judged.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from backproof.checking.documents import notebook
from backproof.checking.documents.arrays import claim_arrays, has_array, holds_list, judge_products
from backproof.checking.documents.context import Context
from backproof.checking.documents.deciding import decide
from backproof.checking.documents.fitting import settle_misfits
from backproof.checking.documents.grammar import COSTS, Listed, Parser, Ratio, Symbol
from backproof.checking.documents.judging import Judging
from backproof.checking.documents.lexer import Lexer, Token, normalise, uses_commas
from backproof.checking.documents.model import Reading, UnreadableError
from backproof.checking.documents.names import RATES, ROLES
from backproof.checking.documents.pages import Fragment, Page
from backproof.checking.documents.sections import Givens, Section, read_cues, settle, simple_numbers
from backproof.checking.documents.sentences import Sentence, announced, apply_phrase, read_phrase
from backproof.checking.documents.source import Source, load
from backproof.checking.documents.statements import Item, Run, Statement, items, make_statement
from backproof.checking.documents.tables import TableReader
from backproof.errors import OptionError
from backproof.expression import Mul
from backproof.worksheet import Worksheet

#: A chain goes on in the next display where so many characters at most stand between.
NEAR = 80
#: Between two of these, mathematics and prose do not go on as one product.
OPERANDS = ("name", "number", "close", "open", "frac", "partial", "sqrt", "matrix", "end", "raised", "sum")


@dataclass
class Piece:
    """One thing in a document: a heading's text, a statement, a table, or the items of a sentence."""

    page: Page
    heading: str = ""
    statement: Statement | None = None
    table: Fragment | None = None
    sentence: tuple[Item, ...] = ()
    rows: list[Statement] = field(default_factory=list)
    section: Section | None = None


def read_document(
    document: str | os.PathLike[str], worksheet: Worksheet, sample: int | None = None, step: int | None = None
) -> Reading:
    """The claims, arithmetic and formulas of a document, about the numbers of a worksheet.

    `document` is a path, `-` for standard input, or the text itself. Sample and step (from 1) say what it is about;
    left out, the worksheet's [document] says so. Errors: BackproofError where the document cannot be read at all, or
    sample and step do not exist.
    """
    text, kind = load(document)
    chosen, at = check_place(worksheet, sample, step)
    context = Context(worksheet, chosen, at)
    add_aliases(context, worksheet)
    pages = [Page(source) for source in read_sources(text, kind)]
    _Reader(context, pages).read()
    return context.found.reading(worksheet.title)


def read_sources(text: str, kind: str) -> list[Source]:
    """The sources of a document: its cells where it is a notebook."""
    return notebook.sources(text) if kind == "notebook" else [Source(text, kind)]


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


def add_aliases(context: Context, worksheet: Worksheet) -> None:
    """Read the worksheet's aliases as the document would be read; what they stand for is known then."""
    for written, target in worksheet.aliases.items():
        plain = normalise(written.strip().strip("$"))
        tokens = list(Lexer(plain, 0, len(plain), True, False).tokens())
        try:
            tree = Parser(tokens).parse()
        except UnreadableError as error:
            raise OptionError(f"the alias '{written}' cannot be read: {error}.") from None
        context.names.alias(tree, target)
        if isinstance(tree, Symbol) and written.isidentifier() and "_" in written:
            base, _, sub = written.partition("_")
            context.names.alias(Symbol(replace(tree.name, base=base, subs=(sub,))), target)


class Collector:
    """Takes pages apart into pieces. It knows no worksheet, only which words are names."""

    def __init__(self, pages: Sequence[Page], known: Sequence[str]) -> None:
        self.pages = pages
        self.commas = uses_commas("\n".join(page.text for page in pages))
        self.known = frozenset(known)
        self.last: Statement | None = None

    def is_name(self, word: str) -> bool:
        """Whether a word is a name where mathematics touches it."""
        return word in ROLES or word in COSTS or word in RATES or word in self.known or word in ("grad", "new")

    def pieces(self) -> Iterator[Piece]:
        """All pieces in reading order."""
        for page in self.pages:
            self.last = None
            flow: list[Fragment] = []
            for fragment in page.fragments():
                inline = fragment.kind == "prose" or (fragment.kind == "math" and self._is_inline(page, fragment))
                if inline:
                    flow.append(fragment)
                    continue
                yield from self._flow(page, flow)
                flow = []
                if fragment.kind == "heading":
                    yield Piece(page, heading=page.text[fragment.start : fragment.end])
                elif fragment.kind == "table":
                    yield Piece(page, table=fragment)
                else:
                    yield from self._display(page, fragment)
            yield from self._flow(page, flow)

    @staticmethod
    def _is_inline(page: Page, fragment: Fragment) -> bool:
        before = page.text[max(0, fragment.start - 2) : fragment.start]
        return before.endswith(("$", "\\(")) and not before.endswith("$$")

    def _display(self, page: Page, fragment: Fragment) -> Iterator[Piece]:
        tokens = list(Lexer(page.text, fragment.start, fragment.end, True, self.commas).tokens())
        tokens = [token for token in tokens if token.kind != "newline"]
        for item in items(tokens, self.is_name):
            if isinstance(item, Run):
                yield from self._run(page, item, ())

    def _flow(self, page: Page, flow: list[Fragment]) -> Iterator[Piece]:
        """Prose with inline mathematics, line by line, except where an equation goes on."""
        tokens: list[Token] = []
        for fragment in flow:
            math = fragment.kind == "math"
            found = list(Lexer(page.text, fragment.start, fragment.end, math, self.commas).tokens())
            if math:
                found = [token for token in found if token.kind != "newline"]
            if tokens and found and tokens[-1].kind in OPERANDS and found[0].kind in OPERANDS:
                tokens.append(Token("separator", ";", found[0].start, found[0].start))
            tokens += found
        current: list[Item] = []
        for item in self._labelled(page, items(tokens, self.is_name)):
            if isinstance(item, Token) and item.kind == "newline":
                yield from self._paragraph(page, current)
                current = []
            else:
                current.append(item)
        yield from self._paragraph(page, current)

    @staticmethod
    def _labelled(page: Page, found: Iterator[Item]) -> Iterator[Item]:
        """A name on a line of its own before a printed array is its label."""
        waiting: list[Item] = []
        for item in found:
            if len(waiting) == 2 and isinstance(item, Run) and item.tokens[0].text in ("[", "array"):
                label = waiting[0]
                assert isinstance(label, Run)
                yield _equate(label.tokens, item.tokens)
                waiting = []
                continue
            alone = isinstance(item, Run) and len(item.tokens) == 1 and item.tokens[0].name is not None
            if waiting and not (len(waiting) == 1 and isinstance(item, Token) and item.kind == "newline"):
                yield from waiting
                waiting = []
            if alone or (len(waiting) == 1 and isinstance(item, Token)):
                waiting.append(item)
            else:
                yield item
        yield from waiting

    def _paragraph(self, page: Page, found: list[Item]) -> Iterator[Piece]:
        if not found:
            return
        row = table_row(found)
        if cue := self._opening(page, found):
            yield Piece(page, heading=cue)
        words: list[str] = []
        for item in found if row is None else [row]:
            if isinstance(item, Token):
                words = [*words, item.text.lower()] if item.kind == "word" else []
                continue
            item = _label_list(item)
            if item.related and _is_mathematics(item):
                yield from self._run(page, item, tuple(words[-6:]))
            words = []
        if row is None and any(isinstance(item, Token) and item.kind == "word" for item in found):
            yield Piece(page, sentence=tuple(found))
        elif row is None:
            yield from (Piece(page, sentence=(item,)) for item in found if isinstance(item, Run) and not item.related)

    @staticmethod
    def _opening(page: Page, found: Sequence[Item]) -> str:
        """The first words of a line, where they say which sample or step follows, or that weights are updated."""
        first = found[0]
        start = first.start if isinstance(first, Token) else first.tokens[0].start
        line = page.text[start : start + 70].split("\n")[0]
        line = line if len(found) <= 12 or line.rstrip().endswith(":") else line[:40]
        cues = read_cues(line)
        return line if cues.sample is not None or cues.step is not None or cues.updates else ""

    def _run(self, page: Page, run: Run, before: tuple[str, ...]) -> Iterator[Piece]:
        run = _label_list(run)
        if not run.related:
            return
        if before and before[-1] in ("new", "updated", "neu") and run.tokens[0].name is not None:
            first = run.tokens[0]
            assert first.name is not None
            run = Run((replace(first, name=replace(first.name, sup="new")), *run.tokens[1:]))
            before = ()
        statement = make_statement(page, run, before)
        if self._continues(page, statement):
            return
        self.last = statement
        yield Piece(page, statement=statement)

    def _continues(self, page: Page, statement: Statement) -> bool:
        """Whether a statement that begins with a sign of equality goes on with the one before."""
        last = self.last
        if statement.sides[0].tokens or last is None or last.page is not page:
            return False
        between = page.text[last.end : statement.start]
        if len(between.split()) * 6 > NEAR or between.rstrip()[-1:].isalpha():  # `foo = 0.3` is about foo
            return False
        last.sides += statement.sides[1:]
        last.relations += statement.relations
        last.end = statement.end
        return True


def _label_list(run: Run) -> Run:
    """`dW2 [[-0.079], [-0.081]]`: a name and a list without a sign between."""
    tokens = run.tokens
    if run.related or len(tokens) < 3 or tokens[0].name is None or tokens[1].text not in ("[", "array"):
        return run
    return _equate(tokens[:1], tokens[1:])


def _equate(label: Sequence[Token], value: Sequence[Token]) -> Run:
    """A label and what stands beside it, as the equation that they mean."""
    return Run((*label, Token("relation", "=", label[-1].end, label[-1].end), *value))


def table_row(found: Sequence[Item]) -> Run | None:
    """A row `| a_1 | 0.6457 |` of a table, as the equation that it means; None for anything else."""
    runs = [item for item in found if isinstance(item, Run)]
    bars = [item for item in found if isinstance(item, Token)]
    if len(runs) != 2 or not bars or any(bar.text != "|" for bar in bars) or any(run.related for run in runs):
        return None
    name, number = (run.tokens for run in runs)
    if not any(token.kind in ("number", "raised") for token in number) or any(token.name for token in number):
        return None
    return _equate(name, number) if any(token.name for token in name) else None


def _is_mathematics(run: Run) -> bool:
    """Whether a run with a sign of equality in prose is meant as mathematics: it needs something on both sides."""
    first = next(position for position, token in enumerate(run.tokens) if token.kind == "relation")
    right = run.tokens[first + 1 :]
    readable = any(token.kind in ("name", "number", "frac", "partial", "matrix") for token in right)
    arrow = run.tokens[first].text in ("→", "←") and not any(token.kind == "number" for token in right)
    left = run.tokens[:first]
    return readable and not (arrow and len(left) <= 1 and len(right) <= 1)


class _Reader:
    """Reads all pages: settles, then judges."""

    def __init__(self, context: Context, pages: Sequence[Page]) -> None:
        self.context, self.pages = context, pages
        network = context.worksheet.network
        wiring = network.wiring
        parameters = wiring.names() if wiring.count <= 10_000 else ()
        units = [unit for layer in network.units for unit in layer]
        aliases = [tree.name.base for tree in context.names.aliases if isinstance(tree, Symbol)]
        self.collector = Collector(pages, [*parameters, *units, *aliases])
        self.pieces = list(self.collector.pieces())
        self.bias: str | None = None

    def read(self) -> None:
        """Everything, in reading order."""
        decide(self.context, [piece.statement for piece in self.pieces if piece.statement is not None])
        self._settle_sections()
        self.context.sample, self.context.step = self.context.asked
        for piece in self.pieces:
            if piece.section is not None:
                self.context.sample, self.context.step = piece.section.sample, piece.section.step or 1
            self._piece(piece)
        self._programs()
        settle_misfits(self.context)

    # Sections

    def _settle_sections(self) -> None:
        """Which sample and step each piece is about."""
        context = self.context
        givens = Givens(context)
        starts = self._starts(givens)
        before = context.asked
        for number, (at, section) in enumerate(starts):
            stop = starts[number + 1][0] if number + 1 < len(starts) else len(self.pieces)
            for piece in self.pieces[at:stop]:
                if piece.statement is not None:
                    piece.statement.updates = section.updates
                    section.numbers += simple_numbers(context, piece.statement)
            before = settle(context, section, before)
            self.pieces[at].section = Section(*before)
        context.sample, context.step = context.asked

    def _starts(self, givens: Givens) -> list[tuple[int, Section]]:
        """Where sections may begin, with what is said there."""
        found: list[tuple[int, Section]] = []
        first = -1
        for at, piece in enumerate(self.pieces):
            if piece.heading:
                cues = read_cues(piece.heading)
                givens.updates = cues.updates
                found.append((at, cues))
                if cues.step is not None and not cues.weak:
                    self.context.step = cues.step
            if piece.statement is None:
                continue
            section = givens.read(piece.statement)
            first = at if not givens.inputs and not givens.weights else first
            if section is not None:
                found.append((max(first + 1, found[-1][0] + 1 if found else 0), section))
                if section.step is not None:
                    self.context.step = section.step
                    givens.weights = {}
                if section.sample is not None:
                    givens.inputs = {}
        kept: dict[int, Section] = {}
        for at, section in found:
            if at in kept:
                section = replace(section, sample=section.sample if section.sample is not None else kept[at].sample,
                                  step=section.step if section.step is not None else kept[at].step)  # fmt: skip
            if at < len(self.pieces):
                kept[at] = section
        return sorted(kept.items())

    # Pieces

    def _piece(self, piece: Piece) -> None:
        before = len(self.context.found.formulas)
        if piece.statement is not None:
            self._statement(piece.statement)
            if self.bias is not None:
                announced(self.context, self.bias, before)
            self.bias = None
        elif piece.table is not None:
            for statement in TableReader(self.context, piece.page, piece.table, self.collector.commas).read():
                self._statement(statement)
        elif piece.sentence:
            self._lists(piece)
            sentence = Sentence(self.context, piece.page, piece.sentence)
            sentence.read()
            self.bias = sentence.bias()

    def _lists(self, piece: Piece) -> None:
        """Lists of numbers under no name, and numbers beside names on lines of their own, are listed, not dropped."""
        alone = not any(isinstance(item, Token) and item.kind == "word" for item in piece.sentence)
        for item in piece.sentence:
            if not isinstance(item, Run):
                continue
            kinds = {token.kind for token in item.tokens}
            reason = ""
            if alone and {"name", "number"} <= kinds and any("." in token.text for token in item.tokens):
                reason = "a number stands beside a name without a sign of equality; a table is read"
            if item.tokens[0].text in ("[", "array") and len(item.tokens) > 3 and "number" in kinds:
                reason = "nothing known stands before the list; a name such as a1 or dW2, or an alias, says what it is"
            if reason:
                text = piece.page.source.text[item.tokens[0].start : item.tokens[-1].end]
                self.context.unread(text, reason, piece.page.where(item.tokens[0].start))

    def _statement(self, statement: Statement) -> None:
        judge_products(self.context, statement)
        if has_array(statement):
            claim_arrays(self.context, statement)
            return
        if isinstance(statement.sides[0].tree, Listed):
            return self.context.unread(statement.text, "a vector or matrix stands alone on the left", statement.where())
        if any(map(holds_list, statement.sides)):
            kept = [side for side in statement.sides if not holds_list(side)]
            if len(kept) < 2 or kept[0] is not statement.sides[0]:
                return
            statement = replace(statement, sides=kept, relations=statement.relations[: len(kept) - 1])
        judging = Judging(self.context, statement)
        if judging.left is not None and statement.before and not self._described(judging, statement):
            return None
        return judging.judge()

    def _described(self, judging: Judging, statement: Statement) -> bool:
        """Apply the words before the left side: `the gradient of w5 = ...`; False where nothing is judged then."""
        role = read_phrase(statement.before)
        left = judging.left
        assert left is not None
        tree = statement.sides[0].tree
        if role is None or isinstance(tree, Ratio | Mul) or (len(statement.sides) > 2 and role == "?"):
            return True
        meant = apply_phrase(self.context.worksheet.network, role, left)
        if meant is None:
            judging.statement.before = ("?",)
            return True
        if meant != left:
            judging.left = meant
            judging.subjects = [meant]
        return True

    def _programs(self) -> None:
        """Program text is not read; where it holds numbers, that is said."""
        for page in self.pages:
            for start, end in page.programs:
                text = page.source.text[start:end]
                if any(sign.isdigit() for sign in text):
                    self.context.unread(text, "program text is not read; check-code checks it", page.where(start))
