"""Reports as JSON, for programs: the format of `backproof explain --format json`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any, ClassVar, final

from backproof.derivation import Derivation, Line
from backproof.document import Document, Paragraph, Piece, Table, Text
from backproof.expression import Expression
from backproof.render import content
from backproof.render.latex import LatexPrinter
from backproof.render.target import Target
from backproof.render.text import TextPrinter


@final
@dataclass(frozen=True)
class JsonTarget(Target):
    """One object with the derivations of a document, and its tables and paragraphs where it has any.

    Numbers are at full precision, null where they are not finite.
    """

    suffixes: ClassVar[tuple[str, ...]] = (".json",)

    def document(self, document: Document) -> str:
        report = self._report(content.derivations(document), content.key_of(document, self.notation))
        printer = TextPrinter(self.notation, document.labels, self.digits)
        tables = [_make_table(block, printer) for block in document.blocks if isinstance(block, Table)]
        texts = [_write_text(block.text, printer) for block in document.blocks if isinstance(block, Paragraph)]
        return _dump(report | ({"tables": tables} if tables else {}) | ({"paragraphs": texts} if texts else {}))

    def derivation(self, derivation: Derivation) -> str:
        return _dump(self._report([derivation], content.key_of_derivation(derivation, self.notation)))

    def _report(self, derivations: Sequence[Derivation], key: content.Key) -> dict[str, Any]:
        return {
            "format": 1,
            "derivations": [self._derivation(each) for each in derivations],
            "notation": self._legend(key),
        }

    def _legend(self, key: content.Key) -> dict[str, Any]:
        latex, text = LatexPrinter(self.notation), TextPrinter(self.notation)
        letters = [
            {"latex": latex.letter(symbol), "text": text.letter(symbol), "meaning": meaning}
            for symbol, meaning in key.letters
        ]
        said = {"name": self.notation.name, "source": self.notation.source, "numbers": content.ROUNDING}
        return said | {"letters": letters}

    def _derivation(self, derivation: Derivation) -> dict[str, Any]:
        return {
            "of": derivation.name,
            "sample": derivation.sample,
            "step": derivation.step,
            "value": _finite(derivation.value),
            "estimate": _finite(derivation.estimate),
            "lines": [self._line(derivation, line) for line in derivation.lines],
            "uses": [quantity.name for quantity in derivation.uses],
            "notes": list(derivation.notes),
        }

    def _line(self, derivation: Derivation, line: Line) -> dict[str, Any]:
        left, right = content.left_side(derivation, line), content.right_side(line)
        latex = LatexPrinter(self.notation, derivation.labels, self.digits)
        text = TextPrinter(self.notation, derivation.labels, self.digits)
        return {
            "kind": line.kind,
            "latex": latex.equation(left, right),
            "text": text.equation(left, right),
            "value": _finite(line.value),
            "reason": line.reason,
        }


def _make_table(table: Table, printer: TextPrinter) -> dict[str, Any]:
    rows = [[_make_cell(piece, printer) for piece in row] for row in table.rows]
    return {"caption": table.caption, "header": [_write_text(each, printer) for each in table.header], "rows": rows}


def _make_cell(piece: Piece, printer: TextPrinter) -> str | float | None:
    """A number at full precision, anything else as text."""
    return _finite(piece) if isinstance(piece, int | float) else _write_text((piece,), printer)


def _write_text(text: Text, printer: TextPrinter) -> str:
    if isinstance(text, str):
        return str(text)
    return "".join(
        str(each) if isinstance(each, str)
        else printer.formula(each) if isinstance(each, Expression)
        else printer.number(each)
        for each in text
    )  # fmt: skip


def _dump(report: dict[str, Any]) -> str:
    return json.dumps(report, ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def _finite(value: float | None) -> float | None:
    return float(value) if value is not None and isfinite(value) else None


TARGET = JsonTarget
