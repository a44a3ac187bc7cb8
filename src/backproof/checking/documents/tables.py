"""Tables: each number is what its row and its column say together, a name and a noun, or a name and a sample."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

from backproof.checking.documents.context import Context
from backproof.checking.documents.grammar import Printed, Symbol, is_arithmetic
from backproof.checking.documents.lexer import Lexer
from backproof.checking.documents.model import UnreadableError
from backproof.checking.documents.pages import Fragment, Page
from backproof.checking.documents.statements import Run, Side, Statement, items, make_side, make_statement
from backproof.checking.documents.words import COUNTS, HEADINGS, ROLES, VALUES, Section, read_cues, read_phrase
from backproof.checking.random_networks import FREE
from backproof.expression import Expression, Neg
from backproof.quantity import Quantity


@dataclass
class Cell:
    """One cell: its text, its tree where it is mathematics, its words, its statement where it is an equation."""

    text: str
    side: Side
    words: tuple[str, ...]
    statement: Statement | None = None

    @property
    def plain(self) -> str:
        """A heading as plain lower-case words."""
        text = re.sub(r"\\frac\{([^{}]*)\}\{([^{}]*)\}", r"\1/\2", self.text.strip())
        text = re.sub(r"\\([A-Za-z]+)", r"\1", re.sub(r"\\partial\s*|∂", "d", text))
        text = re.sub(r"[$*`{}\\|]", "", text).replace("_", " ").replace("Δ", "delta ").replace("δ", "delta")
        return " ".join(text.split()).lower()

    @property
    def cues(self) -> Section:
        """The sample or step that it names."""
        return read_cues(re.sub(r"[$|*`]", " ", self.text))


class TableReader:
    """Reads one table: claims its numbers, and gives back the rows that are statements."""

    def __init__(self, context: Context, page: Page, commas: bool) -> None:
        self.context, self.page, self.commas = context, page, commas
        self.architecture = context.worksheet.network.architecture

    def read(self, fragment: Fragment) -> Iterator[Statement]:
        """The statements; every other number is claimed, or listed."""
        rows = [[self._cell(*place) for place in row] for row in fragment.cells]
        if equations := _join_rows(rows):
            for cell in (cell for row in rows for cell in row):
                if cell.statement is None and "." in (cell.side.digits or ""):
                    self._leave(cell, "stands beside equations in a table")
            yield from equations
            return
        headed = len(rows) > 0 and not any(cell.side.digits for cell in rows[0])
        for row in rows[headed:]:
            yield from self._row(rows[0] if headed else [], row)

    def _cell(self, start: int, end: int) -> Cell:
        text = self.page.text[start:end]
        found = Lexer(self.page.text, start, end, "\\" in text, self.commas, self.context.names.layers).tokens()
        tokens = [token for token in found if token.kind not in ("newline", "row") and token.text != "hline"]
        words = tuple(token.text.lower() for token in tokens if token.kind == "word")
        runs = list(items(tokens, lambda word: word in ROLES and len(word) > 1))
        if len(runs) == 1 and isinstance(runs[0], Run):
            statement = make_statement(self.page, runs[0].tokens) if runs[0].related else None
            return Cell(text, make_side(self.page, runs[0].tokens, start), words, statement)
        kept = tuple(token for token in tokens if token.kind != "word")
        return Cell(text, Side(None, "words", text, start, kept), words)

    def _row(self, header: Sequence[Cell], row: Sequence[Cell]) -> Iterator[Statement]:
        label: Cell | None = row[0] if row else None
        numbers = [(at, cell) for at, cell in enumerate(row) if cell.side.digits is not None]
        if label is not None and label.side.digits is not None:
            counted = header and self._quantity(header[0]) is None
            label = replace(label, text=f"{header[0].text} {label.text}") if counted else None
            numbers = numbers[1:] if counted or not header else numbers
        formulas = [cell.side for cell in row[1:] if self._is_formula(cell)]
        if label is not None and formulas and len(numbers) == 1 and self._quantity(label) is not None:
            sides = [replace(label.side, text=label.side.text or label.text.strip()), *formulas, numbers[0][1].side]
            yield Statement(self.page, sides, ["="] * (len(sides) - 1), row[0].side.start, row[-1].side.start)
            return
        for at, cell in numbers:
            if at < len(header) and header[at].plain in COUNTS:
                self._leave(cell, f"{header[at].plain} counts numbers; it is not one of the working")
                continue
            self._claim(label, header[at] if at < len(header) else None, cell, len(numbers) == 1)

    def _claim(self, label: Cell | None, head: Cell | None, cell: Cell, alone: bool) -> None:
        """Claim a number for what its row and column say."""
        named = [each for each in (label, head) if each is not None]
        try:
            for one, other in (named, named[::-1]) if len(named) == 2 else ():
                for role in self._roles(other):
                    subject = self._unit(one)
                    meant = self.context.names.apply_phrase(role, subject) if subject is not None else None
                    if meant is not None:
                        return self.context.claim(meant, str(cell.side.digits), self._where(cell))
            for one in named:
                quantity = self._quantity(one)
                others = [each for each in named if each is not one]
                alone = alone and one is label
                if quantity is not None and all(alone or each.cues or each.plain in VALUES for each in others):
                    with self._place(next((each.cues for each in others), Section())):
                        return self.context.claim(quantity, str(cell.side.digits), self._where(cell))
            says = " and ".join(f"'{each.text.strip()}'" for each in named) or "a number without row and column"
            raise UnreadableError(f"{says} does not say what it is; an alias can say what a name is")
        except UnreadableError as error:
            self._leave(cell, str(error))

    def _where(self, cell: Cell) -> str:
        return self.page.where(cell.side.start)

    def _leave(self, cell: Cell, reason: str) -> None:
        self.context.unread(cell.text.strip(), reason, self._where(cell))

    # What cells mean

    def _place(self, cues: Section) -> AbstractContextManager[None]:
        """The sample and step that a heading names, where they exist."""
        context = self.context
        sample = cues.sample if cues.sample in context.used() else context.sample
        stepped = cues.step is not None and context.worksheet.training.rate is not None
        return context.at(sample, cues.step if stepped and cues.step is not None else context.step)

    def _roles(self, cell: Cell) -> list[str]:
        """What a heading may make of the name beside it."""
        decided = self.context.names.roles.get(cell.plain)
        found = (decided, HEADINGS.get(cell.plain), read_phrase(cell.words))
        return [role for role in found if role is not None and cell.plain not in VALUES]

    def _unit(self, cell: Cell) -> Expression | None:
        """The unit that a heading names, whatever its letter alone would mean, else its quantity."""
        place = self.architecture.find_unit(cell.plain)
        return self._quantity(cell) if place is None else Quantity("a", (self.architecture.units[place[0]][place[1]],))

    def _quantity(self, cell: Cell) -> Expression | None:
        """The quantity that a cell names, with or without words."""
        tree, names = cell.side.tree, [token.name for token in cell.side.tokens if token.name is not None]
        if tree is None and len(names) < 2:
            role = read_phrase(cell.words)
            found = self.context.names.resolve(names[0]) if names else Quantity("E") if role == "E" else None
            return self.context.names.apply_phrase(role, found) if found is not None and cell.words else None
        try:
            found = self.context.read(tree) if tree is not None and not is_arithmetic(tree) else None
        except UnreadableError:
            return None
        body = found.body if isinstance(found, Neg) else found
        return found if isinstance(body, Quantity) and body.role != FREE else None

    def _is_formula(self, cell: Cell) -> bool:
        """Whether a cell is a formula in known letters or an expression of numbers."""
        tree = cell.side.tree
        if tree is None or (isinstance(tree, Symbol) and not tree.name.subs):
            return False
        if is_arithmetic(tree):
            return not isinstance(tree, Printed | Neg)
        try:
            return self.context.read(tree) is not None
        except UnreadableError:
            return False


def _join_rows(rows: Sequence[Sequence[Cell]]) -> list[Statement]:
    """The equations of a table: one that begins with its sign goes on with the cell before it, else with those above.

    So do derivations in three columns: the left side once, a right side in each row, and a reason.
    """
    found: list[Statement] = []
    for row in rows:
        left: Side | None = None
        for cell in row:
            if (statement := cell.statement) is None:
                left = cell.side if cell.side.tree is not None and cell.side.digits is None else left
            elif statement.sides[0].tokens or (left is None and not found):
                found.append(statement)
            elif left is not None:
                found.append(replace(statement, sides=[left, *statement.sides[1:]], start=left.start))
            else:
                found[-1].sides += statement.sides[1:]
                found[-1].relations += statement.relations
                found[-1].end = statement.end
    return found
