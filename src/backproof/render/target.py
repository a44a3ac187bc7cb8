"""What every target is: something that turns a Document, or one Derivation, into text."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import ClassVar, Self

from backproof.derivation import Derivation
from backproof.document import (
    Block,
    Curve,
    Document,
    Heading,
    Image,
    Link,
    Mark,
    Note,
    Paragraph,
    Picture,
    Printed,
    Table,
    Text,
    Verdict,
    Worked,
)
from backproof.expression import Expression
from backproof.render import content
from backproof.render.notation import NOTATIONS, Notation
from backproof.render.printer import Printer
from backproof.trace import Trace

#: The sign of each verdict, beside its colour.
SIGNS = {"right": "✓", "rounded": "≈", "carried": "→", "wrong": "✗", "undecided": "?", "blank": "·"}


@dataclass(frozen=True)
class Target(ABC):
    """Abstract. Its dataclass fields beyond these two are the options of the target."""

    notation: Notation = field(default_factory=lambda: NOTATIONS["article"])
    digits: int = 6

    #: The endings of files that are of this form.
    suffixes: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def document(self, document: Document) -> str:
        """The whole report, with the legend of its notation."""

    @abstractmethod
    def derivation(self, derivation: Derivation) -> str:
        """One derivation as a fragment, with its legend."""


@dataclass(frozen=True)
class Blocks(ABC):
    """Abstract: writes the blocks of one report with one printer; a target makes one for each report."""

    printer: Printer

    def body(self, document: Document) -> list[str]:
        """The blocks of a document, its legend before the first formula."""
        body = [self.at(number).block(block) for number, block in enumerate(document.blocks)]
        legend = self.legend(content.key_of(document, self.printer.notation))
        body.insert(content.first_formula(document.blocks), legend)
        return body

    def at(self, number: int) -> Self:
        """The same for the block of that number; a target whose symbols lead somewhere goes by where they stand."""
        return self

    def block(self, block: Block) -> str:
        """One block as text of the target."""
        match block:
            case Heading():
                return self.heading(block)
            case Paragraph():
                return self.paragraph(block)
            case Note():
                return self.note(block)
            case Table():
                return self.table(block)
            case Worked(derivation=derivation, folded=True):
                return self.folded(derivation)
            case Worked(derivation=derivation):
                return self.worked(derivation)
            case Picture(trace=trace):
                return self.picture(trace)
            case Curve():
                return self.curve(block)
            case Image():
                return self.image(block)
        raise TypeError(f"{type(block).__name__} is not a block of a document")

    def inline(self, text: Text) -> str:
        """Running text: plain parts escaped, formulas and numbers set."""
        return "".join(map(self.piece, (text,) if isinstance(text, str) else text))

    def piece(self, piece: str | float | Expression) -> str:
        """A part of running text, or the cell of a table."""
        if isinstance(piece, Mark):
            return self.mark(piece)
        if isinstance(piece, Link):
            return self.link(piece)
        if isinstance(piece, Verdict):
            return self.verdict(piece)
        if isinstance(piece, str):
            return self.digits(piece) if isinstance(piece, Printed) else self.plain(piece)
        if isinstance(piece, Expression):
            return self.formula(piece)
        return self.number(piece)

    def verdict(self, verdict: Verdict) -> str:
        """A verdict; a target that has signs or colours shows them."""
        return self.plain(verdict)

    def mark(self, mark: Mark) -> str:
        """A verdict in a table that has one in every place; a target that has signs shows the sign alone."""
        return self.verdict(mark)

    def link(self, link: Link) -> str:
        """Text that leads to another file; a target that has links shows one."""
        return self.plain(link)

    def digits(self, printed: Printed) -> str:
        """The digits of a number as somebody printed them."""
        return self.plain(printed)

    def picture(self, trace: Trace) -> str:
        """The network drawn; nothing in a target that cannot draw."""
        return ""

    def curve(self, curve: Curve) -> str:
        """A curve; nothing in a target that cannot draw."""
        return ""

    def image(self, image: Image) -> str:
        """A chart; nothing in a target that holds no images."""
        return ""

    def folded(self, derivation: Derivation) -> str:
        """A derivation that a reader may open; open where a target cannot fold."""
        return self.worked(derivation)

    @abstractmethod
    def legend(self, key: content.Key) -> str:
        """The letters in use, and whose they are; nothing where there are none."""

    @abstractmethod
    def plain(self, text: str) -> str:
        """Text from anywhere, escaped so that it stays text."""

    @abstractmethod
    def formula(self, formula: Expression) -> str:
        """A formula in running text."""

    @abstractmethod
    def number(self, value: float) -> str:
        """A number in running text."""

    @abstractmethod
    def heading(self, heading: Heading) -> str:
        """A heading."""

    @abstractmethod
    def paragraph(self, paragraph: Paragraph) -> str:
        """A paragraph."""

    @abstractmethod
    def note(self, note: Note) -> str:
        """A remark beside the text."""

    @abstractmethod
    def table(self, table: Table) -> str:
        """A table."""

    @abstractmethod
    def worked(self, derivation: Derivation) -> str:
        """A derivation."""
