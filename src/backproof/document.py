"""What every report is made of, so that a report is written once and rendered to any target.

A Document is a title and blocks: headings, paragraphs, tables, derivations and notes. Text is plain text from
anywhere (a worksheet's title, say) and stays text: each renderer escapes it. Formulas stand in text as expressions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from backproof.derivation import Derivation
from backproof.expression import Expression
from backproof.labels import Labels
from backproof.trace import Trace


class Verdict(str):
    """A word of judgement, such as `right` or `wrong`: shown in colour and with a sign, where a target has them."""

    __slots__ = ()


class Mark(Verdict):
    """A verdict in a table that has one in every place: its sign alone, where a target has signs."""

    __slots__ = ()


class Link(str):
    """Text that leads to another file of the same folder, where a target has links."""

    def __new__(cls, text: str, to: str) -> Link:
        """The text, and the name of the file."""
        link = super().__new__(cls, text)
        link.to = to
        return link

    to: str


class Printed(str):
    """The digits of a number as somebody printed them: kept as they are, aligned as a number."""

    __slots__ = ()


Piece: TypeAlias = str | float | Expression
Text: TypeAlias = "str | tuple[Piece, ...]"


@dataclass(frozen=True)
class Heading:
    """A heading; level 1 stands right under the document's title. With `page` it begins a page, where there are any."""

    text: Text
    level: int = 1
    page: bool = False


@dataclass(frozen=True)
class Paragraph:
    """Running text with formulas and numbers in it; numbers are rounded to the reader's digits."""

    text: Text


@dataclass(frozen=True)
class Note:
    """A remark beside the text; `kind` is `note` or `warning`."""

    text: Text
    kind: str = "note"


@dataclass(frozen=True)
class Table:
    """Rows of cells under a header; columns that hold only numbers and formulas stand right-aligned."""

    header: tuple[Text, ...]
    rows: tuple[tuple[Piece, ...], ...]
    caption: str = ""


@dataclass(frozen=True)
class Worked:
    """A derivation, line by line; `folded` until a reader opens it, where a target can fold."""

    derivation: Derivation
    folded: bool = False


@dataclass(frozen=True)
class Picture:
    """The network of a step drawn with its values and derivatives; targets that cannot draw leave it out."""

    trace: Trace


@dataclass(frozen=True)
class Curve:
    """Costs along a training run, one for each epoch, as a curve; targets that cannot draw leave it out."""

    values: tuple[float, ...]
    caption: str


@dataclass(frozen=True)
class Image:
    """A chart as PNG, and what it shows in words; targets that hold no images leave it out."""

    png: bytes
    caption: str


Block: TypeAlias = Heading | Paragraph | Note | Table | Worked | Picture | Curve | Image


@dataclass(frozen=True)
class Document:
    """A report: title, blocks, and how the network's units are written."""

    title: str
    blocks: tuple[Block, ...]
    labels: Labels
    source: str = ""
