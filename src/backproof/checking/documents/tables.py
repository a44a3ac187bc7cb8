"""Tables: a quantity a row, a quantity a column, or a weight or unit a row with a column for each of its numbers."""

from __future__ import annotations

import re
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

from backproof.checking.documents.context import Context
from backproof.checking.documents.grammar import Printed, Symbol, is_arithmetic
from backproof.checking.documents.lexer import Lexer
from backproof.checking.documents.model import UnreadableError
from backproof.checking.documents.names import ROLES, read_table
from backproof.checking.documents.pages import Fragment, Page
from backproof.checking.documents.sections import Section, read_cues
from backproof.checking.documents.sentences import read_phrase
from backproof.checking.documents.statements import Run, Side, Statement, items, make_side, make_statement
from backproof.expression import Expression, Neg
from backproof.quantity import Kind, Quantity

#: What a column is by its heading.
HEADINGS = read_table(
    "w: old, initial, before, value, current, start, old value, alt, w, weight value, initial value, old weight, "
    "current value",
    "dE/dw: gradient, grad, derivative, gradients, de/dw, dw, dl/dw, dc/dw, dj/dw, partial derivative",
    "new: new, updated, after, new value, new weight, neu, w', w new, updated value, updated weight, w+, wnew, "
    "after update",
    "step: change, step, delta w, deltaw, weight change, correction",
    "h: net, net input, pre-activation, preactivation, weighted sum, sum, in, input sum, z, net value, h",
    "a: out, output, activation, a, o, y",
    "delta: delta, error term, error signal, local gradient, de/dh, de/dz, de/dnet",
    "da/dh: g', slope, sigma', da/dz",
    "y: target",
    "dE/da: de/da, de/dout",
)
OF_UNITS = ("h", "a", "delta", "y", "da/dh", "dE/da", "dE/dh")
VALUES = ("value", "result", "number", "numerical value", "wert", "valor", "valeur", "values", "calculated", "")


@dataclass
class Cell:
    """One cell: its text and place, its tree where it is mathematics, its words."""

    text: str
    start: int
    end: int
    side: Side
    words: str
    statement: Statement | None = None

    @property
    def digits(self) -> str | None:
        """The digits of a cell that is one number."""
        return self.side.digits


class TableReader:
    """Reads one table: `statements` are the chains that its rows amount to, the rest is claimed at once."""

    def __init__(self, context: Context, page: Page, fragment: Fragment, commas: bool) -> None:
        self.context, self.page, self.commas = context, page, commas
        rows = [[self._cell(*place) for place in row] for row in fragment.cells]
        self.rows = [row for row in rows if row]

    def _cell(self, start: int, end: int) -> Cell:
        text = self.page.text[start:end]
        tokens = list(Lexer(self.page.text, start, end, "\\" in text, self.commas).tokens())
        inner = [token for token in tokens if token.kind not in ("newline", "row") and token.text != "hline"]
        words = " ".join(token.text for token in inner if token.kind == "word")
        runs = list(items(inner, lambda word: word in ROLES and len(word) > 1))
        statement = None
        if len(runs) == 1 and isinstance(runs[0], Run):
            if runs[0].related:
                statement = make_statement(self.page, runs[0])
            return Cell(text, start, end, make_side(self.page, runs[0].tokens, start), words, statement)
        kept = [token for token in inner if token.kind != "word"]
        return Cell(text, start, end, Side(None, "words", text, start, tuple(kept)), words)

    def read(self) -> list[Statement]:
        """Claim what the table says; give back the rows that are statements."""
        if not self.rows:
            return []
        whole = [cell.statement for row in self.rows for cell in row if cell.statement is not None]
        if whole:
            self._leave_rest("stands beside equations in a table")
            return whole
        header = self.rows[0] if not any(cell.digits for cell in self.rows[0]) else None
        body = self.rows[1:] if header is not None else self.rows
        if header is not None and self._is_columns(header, body):
            return self._read_columns(header, body)
        return [made for row in body for made in self._read_row(header, row)]

    # A quantity a column

    def _is_columns(self, header: list[Cell], body: list[list[Cell]]) -> bool:
        named = [self._quantity(cell) is not None for cell in header]
        first_named = any(row and self._quantity(row[0]) is not None for row in body)
        return sum(named) >= max(1, (len(header) - 1) / 2) and not first_named

    def _read_columns(self, header: list[Cell], body: list[list[Cell]]) -> list[Statement]:
        for row in body:
            label = f"{header[0].text} {row[0].text}" if self._quantity(header[0]) is None else ""
            cues = read_cues(re.sub(r"[$|*`]", " ", label))
            role = row[0].text.strip() if label and row[0].digits is None else ""
            if cues.sample is None and cues.step is None and len(body) > 1 and label:
                cues = read_cues(row[0].text)
            with self._place(cues):
                self._claim_row(header, row, role if cues.sample is None and cues.step is None else "")
        return []

    def _claim_row(self, header: list[Cell], row: list[Cell], role: str) -> None:
        """The numbers of a row: of the quantities in the heading, or of its units in the role of the row."""
        for name, cell in zip(header, row, strict=False):
            formula = self._quantity(name)
            if cell.digits is None or (cell is row[0] and formula is None):
                continue
            if role:
                unit = self._unit(name)
                formula = self._of(self._column(row[0], unit), unit) if unit is not None else None
            self._claim(formula, cell, f"the row '{role}'" if role else f"the column '{name.text.strip()}'")

    def _place(self, cues: Section) -> AbstractContextManager[None]:
        """The sample and step that a heading names, where they exist."""
        context = self.context
        sample = cues.sample if cues.sample in context.used() else context.sample
        stepped = cues.step is not None and context.worksheet.training.rate is not None
        return context.at(sample, cues.step if stepped and cues.step is not None else context.step)

    # A row for a quantity, a weight or a unit

    def _read_row(self, header: list[Cell] | None, row: list[Cell]) -> list[Statement]:
        subject = self._quantity(row[0]) if row else None
        numbers = [cell for cell in row[1:] if cell.digits is not None]
        if subject is None:
            for cell in numbers:
                self._unread(
                    cell, f"'{row[0].text.strip()}' names nothing in the worksheet; an alias can say what it is"
                )
            return []
        roles = [self._column(cell, subject) for cell in header] if header is not None else []
        if any(role is not None for role in roles[1:]):
            for cell, role, head in zip(row[1:], roles[1:], (header or [])[1:], strict=False):
                if cell.digits is not None:
                    self._claim(self._of(role, subject), cell, f"the column '{head.text.strip()}'")
            return []
        if len(numbers) > 1:
            return self._several(header, row, subject)
        return [self._chain(row)] if numbers else []

    def _several(self, header: list[Cell] | None, row: list[Cell], subject: Expression) -> list[Statement]:
        """Several numbers of one quantity: a column for each sample or step, or columns that nothing explains."""
        for cell, head in zip(row[1:], (header or [])[1:], strict=False):
            if cell.digits is None:
                continue
            cues = read_cues(re.sub(r"[$|*`]", " ", head.text))
            if cues.sample is None and cues.step is None and not self._is_value(head):
                self._unread(cell, f"the column '{head.text.strip()}' does not say what it is")
                continue
            with self._place(cues):
                self._claim(subject, cell, "")
        if header is None:
            for cell in row[1:]:
                if cell.digits is not None:
                    self._unread(cell, "the column has no heading that says what it is")
        return []

    @staticmethod
    def _is_value(head: Cell) -> bool:
        return re.sub(r"[$|*`_]", "", head.text).strip().lower() in VALUES

    def _chain(self, row: list[Cell]) -> Statement:
        """name | formula | number as name = formula = number."""
        kept = [cell for cell in row if cell is row[0] or cell.digits is not None or self._is_formula(cell)]
        sides = [replace(cell.side, text=cell.side.text or cell.text.strip()) for cell in kept]
        number = next(at for at, side in enumerate(sides) if at and side.digits is not None)
        ordered = [*sides[:number], *sides[number + 1 :], sides[number]]
        return Statement(self.page, ordered, ["="] * (len(sides) - 1), row[0].start, row[-1].end)

    def _is_formula(self, cell: Cell) -> bool:
        """Whether a cell is a formula in known letters or an expression of numbers."""
        tree = cell.side.tree
        if tree is None or (isinstance(tree, Symbol) and not tree.name.subs):
            return False
        if is_arithmetic(tree):
            return not isinstance(tree, Printed | Neg)
        try:
            self.context.read(tree)
        except UnreadableError:
            return False
        return True

    # What cells mean

    def _quantity(self, cell: Cell) -> Expression | None:
        """The quantity that a cell names."""
        tree = cell.side.tree
        if tree is None:
            return self._by_words(cell)
        if is_arithmetic(tree):
            return None
        try:
            found = self.context.read(tree)
        except UnreadableError:
            return None
        body = found.body if isinstance(found, Neg) else found
        return found if isinstance(body, Quantity) and body.role != "?" else None

    def _by_words(self, cell: Cell) -> Expression | None:
        names = [token for token in cell.side.tokens if token.name is not None]
        if not cell.words or len(names) > 1:
            return None
        role = read_phrase(cell.words.lower().split())
        if role == "E" and not names:
            return Quantity("E")
        found = self.context.names.resolve(names[0].name) if names and names[0].name is not None else None
        return self._of(role, found) if found is not None else None

    def _column(self, head: Cell, subject: Expression) -> str | None:
        """What a column is for a row's subject, by its heading."""
        text = _plain(head.text)
        decided = self.context.names.roles.get(text)
        for role in (decided, HEADINGS.get(text)):
            if self._of(role, subject) is not None:
                return role
        return None

    def _unit(self, head: Cell) -> Quantity | None:
        """The unit or parameter that a heading names, whatever its letter alone would mean."""
        found = self._quantity(head)
        place = self.context.worksheet.network.architecture.find_unit(_plain(head.text))
        if place is not None:
            return Quantity("a", (self.context.worksheet.network.units[place[0]][place[1]],))
        return found if isinstance(found, Quantity) else None

    def _of(self, role: str | None, subject: Expression) -> Expression | None:
        if role is None or not isinstance(subject, Quantity) or not subject.of:
            return None
        if subject.kind is Kind.PARAMETER:
            return Quantity(role, subject.of) if role in ("w", "new", "step", "dE/dw") else None
        if subject.kind not in (Kind.ACTIVATION, Kind.PRE_ACTIVATION) or role not in OF_UNITS:
            return None
        layer, _ = self.context.worksheet.network.place(subject.of[0])
        return Quantity(role, subject.of) if layer or role == "a" else None

    def _claim(self, formula: Expression | None, cell: Cell, column: str) -> None:
        if formula is None:
            self._unread(cell, f"{column or 'its column'} does not say what it is")
            return
        try:
            self.context.claim(formula, str(cell.digits), self.page.where(cell.side.start))
        except UnreadableError as error:
            self._unread(cell, str(error))

    def _unread(self, cell: Cell, reason: str) -> None:
        self.context.unread(cell.text.strip(), reason, self.page.where(cell.side.start))

    def _leave_rest(self, reason: str) -> None:
        for row in self.rows:
            for cell in row:
                if cell.statement is None and cell.digits is not None and "." in cell.digits:
                    self._unread(cell, reason)


def _plain(text: str) -> str:
    """A heading as plain lower-case words."""
    text = re.sub(r"\\frac\{([^{}]*)\}\{([^{}]*)\}", r"\1/\2", text.strip())
    text = re.sub(r"\\partial\s*|∂", "d", text)
    text = re.sub(r"\\([A-Za-z]+)", r"\1", text)
    text = re.sub(r"[$*`{}\\|]", "", text).replace("_", " ").replace("Δ", "delta ").replace("δ", "delta")
    return re.sub(r"\s+", " ", text).strip().lower()
