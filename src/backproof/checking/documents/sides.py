"""One side of an equation, read by the parser."""

from __future__ import annotations

from dataclasses import dataclass

from backproof.checking.documents.equations import LONGEST, Link
from backproof.checking.documents.model import UnreadableError
from backproof.checking.documents.nodes import is_arithmetic, printed
from backproof.checking.documents.parser import Parser
from backproof.checking.documents.vocabulary import Vocabulary
from backproof.expression import Expression
from backproof.quantity import Quantity


@dataclass
class Side:
    """A link that was read: its formula, or why it could not be read."""

    link: Link
    formula: Expression | None = None
    reason: str = ""
    repairs: tuple[str, ...] = ()
    bodies: tuple[tuple[Expression, Quantity], ...] = ()

    @property
    def digits(self) -> str | None:
        """The digits of a side that is one printed number."""
        return printed(self.formula) if self.formula is not None else None

    @property
    def numeric(self) -> bool:
        """Whether it is an expression of numbers, not one number alone."""
        return self.formula is not None and self.digits is None and is_arithmetic(self.formula)


def read_side(link: Link, vocabulary: Vocabulary) -> Side:
    """Read one link."""
    if len(link.tokens) > LONGEST:
        return Side(link, None, "it is too long to be read")
    parser = Parser(link.tokens, vocabulary)
    try:
        return Side(link, parser.parse(), "", tuple(parser.repairs), tuple(parser.bodies))
    except UnreadableError as error:
        return Side(link, None, str(error))
    except (OverflowError, ValueError, ArithmeticError):
        return Side(link, None, "its numbers are too large to be read")
