"""Derivations as JSON, for programs: the format of `backproof explain --format json`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any, ClassVar, final

from backproof.derivation import Derivation, Line
from backproof.document import Document
from backproof.render import content
from backproof.render.latex import LatexPrinter
from backproof.render.target import Target
from backproof.render.text import TextPrinter


@final
@dataclass(frozen=True)
class JsonTarget(Target):
    """One object with all derivations of a document; numbers at full precision, null where they are not finite."""

    suffixes: ClassVar[tuple[str, ...]] = (".json",)

    def document(self, document: Document) -> str:
        return self._dump(content.derivations(document), content.key_of(document, self.notation))

    def derivation(self, derivation: Derivation) -> str:
        return self._dump([derivation], content.key_of_derivation(derivation, self.notation))

    def _dump(self, derivations: Sequence[Derivation], key: content.Key) -> str:
        report = {
            "format": 1,
            "derivations": [self._derivation(each) for each in derivations],
            "notation": self._legend(key),
        }
        return json.dumps(report, ensure_ascii=False, allow_nan=False, indent=1) + "\n"

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


def _finite(value: float | None) -> float | None:
    return float(value) if value is not None and isfinite(value) else None


TARGET = JsonTarget
