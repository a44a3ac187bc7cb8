"""From a printed symbol back to the number that it stands for: ∂E/∂w₁, `\\delta_{o}`, dC/dw_1, a₁⁽²⁾.

Nothing here knows how a symbol is written: the candidates are printed, by every printer, and compared with the text.
So whatever a report shows is understood, in the reader's notation first and then in the others.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from backproof.errors import NameUnknown, OptionError
from backproof.quantity import Kind, Quantity, differentiate_by
from backproof.render.characters import BOLD, SUBSCRIPTS, SUPERSCRIPTS, ascii_only
from backproof.render.latex import LatexPrinter
from backproof.render.latex_names import LETTERS as COMMANDS
from backproof.render.notation import NOTATIONS, Notation
from backproof.render.printer import Printer
from backproof.render.text import TextPrinter
from backproof.reports.explanation import Wanted
from backproof.trace import Trace

#: The notation in which names and symbols never contradict each other: names are its letters.
PLAIN = "article"
_OF_UNITS = ("h", "a", "delta", "y", "E")
_WHOLE_LAYERS = ("h", "a", "y", "delta", "w", "b", "dE/da", "dE/dw", "dE/db", "da/dh")
_LOOKS = r"mathrm|text|operatorname|mathsf|displaystyle|left|right|[bB]igg?[lr]?|thinspace|boxed"
_WORDS = {command.removeprefix("\\"): ascii_only(letter) for letter, command in COMMANDS.items() if letter.isalpha()}
_OPERATORS = {
    **{r"\partial": "d", r"\prime": "'", r"\cdot": "*", r"\times": "*", r"\hat": "hat ", r"\ldots": "..."},
    **dict.fromkeys(("$", r"\,", r"\!", r"\;", r"\ "), ""),
}
#: A group that is neither part of a fraction, and a fraction of two groups without others in them.
_INNERMOST = re.compile(r"(?<!frac)(?<!\})\{([^{}]*)\}")
_FRACTION = re.compile(r"\\[dtc]?frac\{([^{}]*)\}\{([^{}]*)\}")
#: Stands before a letter that is printed bold.
_BOLD = "!"
_WHOLE = frozenset(BOLD.values())
_BELOW = {raised: plain for plain, raised in SUBSCRIPTS.items()}
_ABOVE = {raised: plain for plain, raised in SUPERSCRIPTS.items()}


class _Text(NamedTuple):
    """A symbol in plain characters, twice: with its _ and without any mark, and the sample and step that it shows."""

    marked: str
    bare: str
    sample: int | None
    step: int | None


def read_symbol(text: str, trace: Trace, notation: str = PLAIN) -> Wanted:
    """The number that a name, or a symbol as it is printed, stands for in a step.

    A name is taken as it is; so is the symbol of any notation, the reader's own first. In a notation other than the
    article's, the reader's symbol beats a name without brackets: in Bishop's, `a_o` is the pre-activation of o.

    Raises
    ------
    NameUnknown
        If it stands for nothing, or for several numbers, which the message lists.
    OptionError
        If the symbol shows another step than that of the trace.
    """
    known = _parse(text, trace)
    sure = notation == PLAIN or "[" in text or trace.architecture.find_parameter(text.strip()) is not None
    if known and sure:
        return Wanted(text)
    reader = _Reader(trace)
    signless = text.strip().removeprefix("−").removeprefix("-")
    factors = [each for each in re.split(r"\\cdot|\\times|[*·×⋅]", signless) if each.strip()]
    read = [reader.read(factor.strip(), notation, known) for factor in factors]
    if not read or None in read:
        if known:
            return Wanted(text)
        raise NameUnknown(_explain(text, trace))
    found = [each for each in read if each is not None]
    shown = {each.sample for each in found}
    if len(shown) > 1:
        raise NameUnknown(f"'{text}' multiplies numbers of different samples; ask for each of them.")
    sign = "-" if signless != text.strip() else ""
    return Wanted(sign + "*".join(each.name for each in found), shown.pop())


def _parse(text: str, trace: Trace) -> bool:
    """Whether the text is the name of a number."""
    try:
        trace.read_name(text)
    except NameUnknown:
        return False
    return True


def _explain(text: str, trace: Trace) -> str:
    """Why a text is neither a name nor a symbol."""
    try:
        trace.read_name(text)
    except NameUnknown as error:
        return str(error)
    raise AssertionError("a text that can be parsed is a name")


@dataclass(frozen=True)
class _Reader:
    """Reads symbols of one step."""

    trace: Trace

    def read(self, text: str, notation: str, known: bool) -> Wanted | None:
        """The number of one symbol, or None. Raise NameUnknown where it has several readings, or can have none."""
        shown = _fold(self._write_subscripts(text))
        self._check_step(text, shown)
        found = self._find(shown, NOTATIONS[notation])
        readings: Mapping[str, list[str]] = {name: [notation] for name in found}
        if not found and not known:
            readings = self._find_elsewhere(shown, notation)
        if len(readings) > 1:
            raise NameUnknown(
                f"'{text}' has several readings here: {_list_readings(readings)}. Give one of these names."
            )
        if readings:
            return Wanted(next(iter(readings)), shown.sample)
        if not known:
            self._check_single(text, shown)
        return None

    def _write_subscripts(self, text: str) -> str:
        """z[h1] in another book's letters as that book would write it: z_1 where the unit is written so."""

        def lower(found: re.Match[str]) -> str:
            known = self.trace.architecture.find_unit(found[1]) is not None
            return f"_{self.trace.labels.subscript(found[1])}" if known else found[0]

        return re.sub(r"\[((?:[^\[\]]|\[[^\[\]]*\])+)\]", lower, text)

    def _check_step(self, text: str, shown: _Text) -> None:
        if shown.step not in (None, self.trace.step):
            raise OptionError(f"'{text}' is a number of step {shown.step}; choose that step with --step {shown.step}.")

    def _find_elsewhere(self, shown: _Text, notation: str) -> Mapping[str, list[str]]:
        readings: dict[str, list[str]] = {}
        for other in NOTATIONS.values():
            for name in self._find(shown, other) if other.name != notation else ():
                readings.setdefault(name, []).append(other.name)
        return readings

    def _find(self, shown: _Text, notation: Notation) -> list[str]:
        """The names of all numbers that are written so, as it stands or, where there are none, whatever its marks."""
        printers = self._printers(notation)
        for form in ("marked", "bare"):
            text = getattr(shown, form)
            found = [quantity.name for quantity in self._match(text, form, printers)]
            if found:
                return list(dict.fromkeys(found))
        return []

    def _match(self, text: str, form: str, printers: tuple[Printer, ...]) -> Iterator[Quantity]:
        yield from _select(text, form, self._single_numbers(text), printers)
        for above, below in _split_ratio(text):
            tops = list(_select(above, form, self._of_units(above, ("E", "a", "h")), printers))
            if tops:
                lower = (*self._of_units(below, ("a", "h")), *self._parameters(below))
                for by in _select(below, form, lower, printers):
                    yield from (_differentiate(top, by, self.trace) for top in tops if top != by)
        slope = re.fullmatch(r"[a-z]\w*'\((.+)\)", text)
        if slope:
            yield from (
                _differentiate(Quantity("a", by.of), by, self.trace)
                for by in _select(slope[1], form, self._of_units(slope[1], ("h",)), printers)
            )

    def _single_numbers(self, text: str) -> Iterator[Quantity]:
        yield Quantity("eta")
        yield from self._of_units(text, _OF_UNITS)
        for parameter in self._parameters(text):
            yield from (parameter, Quantity("new", parameter.of), Quantity("step", parameter.of))

    def _of_units(self, text: str, roles: Iterable[str]) -> Iterator[Quantity]:
        """Numbers of units whose subscript is made of characters of the text, as far as the network has them."""
        architecture = self.trace.architecture
        roles = tuple(roles)
        if "E" in roles:
            yield Quantity("E")
        for number, layer in enumerate(architecture.layers):
            for position, unit in enumerate(layer.units):
                if _may_show(text, self.trace.labels.subscript(unit)):
                    judged = architecture.output_column(number, position) is not None
                    for role in roles:
                        if (number or role == "a") and (judged or role not in ("y", "E")):
                            yield Quantity(role, (unit,))
            for unit in architecture.statistic_units(number) if "delta" in roles else ():
                yield from (Quantity(statistic, (unit,)) for statistic in layer.works.statistics)

    def _parameters(self, text: str) -> Iterator[Quantity]:
        return (Quantity("w", (name,)) for name in self.trace.network.wiring.names() if _may_show(text, name))

    def _printers(self, notation: Notation) -> tuple[Printer, ...]:
        labels = self.trace.labels
        return TextPrinter(notation, labels), TextPrinter(notation, labels, ascii=True), LatexPrinter(notation, labels)

    def _check_single(self, text: str, shown: _Text) -> None:
        """Raise NameUnknown where the symbol stands for many numbers, or for one that only an update shows."""
        layers = range(len(self.trace.architecture.layers))
        whole = [Quantity(role, (f"#{layer}",)) for layer in layers for role in _WHOLE_LAYERS]
        kept = [
            Quantity(role, parameter.of)
            for slot in self.trace.labels.slots
            for parameter in self._parameters(shown.bare)
            for role in (slot, f"previous {slot}")
        ]
        for notation in NOTATIONS.values():
            printers = self._printers(notation)
            if next(_select(shown.marked, "marked", whole, printers), None) is not None:
                raise NameUnknown(
                    f"'{text}' stands for all numbers of a layer; ask for one of them, such as "
                    f"{self._suggest_number()}."
                )
            for quantity in _select(shown.marked, "marked", kept, printers):
                raise NameUnknown(
                    f"'{text}' is a number that the optimiser keeps; it is worked out with 'new {quantity.of[0]}'."
                )

    def _suggest_number(self) -> str:
        return f"a[{self.trace.architecture.layers[-1].unit(0)}]"


def _select(text: str, form: str, candidates: Iterable[Quantity], printers: tuple[Printer, ...]) -> Iterator[Quantity]:
    """The candidates that some printer writes so."""
    for quantity in candidates:
        if any(getattr(_fold(printer.formula(quantity)), form) == text for printer in printers):
            yield quantity


def _differentiate(top: Quantity, by: Quantity, trace: Trace) -> Quantity:
    """A derivative under its own name: g'(h) of a unit that depends on its own h alone under that unit's."""
    found = differentiate_by(top, by)
    coupled = by.kind is not Kind.PARAMETER and trace.architecture.layers[trace.network.place(by.of[0])[0]]
    return found if coupled and coupled.activation.coupled else found.as_slope


def _split_ratio(text: str) -> Iterator[tuple[str, str]]:
    """dX/dY, and dXdY as a fraction reads that is copied from a page."""
    if text.startswith("d"):
        for cut in re.finditer("/?d" if "/" not in text else "/d", text[1:]):
            above, below = text[1 : cut.start() + 1], text[cut.end() + 1 :]
            if above and below:
                yield above, below


def _may_show(text: str, name: str) -> bool:
    """Whether a text has all letters and digits of a name in it; long names are shortened, and so not looked at."""
    return len(name) > 24 or {each for each in ascii_only(name) if each.isalnum()} <= set(text)


def _fold(text: str) -> _Text:
    """A symbol in plain characters, whichever printer wrote it."""
    text = "".join(
        f"{_BOLD}{each}" if each in _WHOLE else each
        for each in re.sub(r"\\(?:mathbf|boldsymbol)(?![A-Za-z])", _BOLD, text)
    )
    text = re.sub(rf"\\(?:{_LOOKS})(?![A-Za-z])", "", text)
    while (flat := _INNERMOST.sub(r"\1", _FRACTION.sub(r"\1/\2", text))) != text:
        text = flat
    for sign, plain in _OPERATORS.items():
        text = text.replace(sign, plain)
    text = re.sub(r"\\([A-Za-z]+)", lambda found: _WORDS.get(found[1], found[1]), text)
    text = "".join(_mark_script(before, each) for before, each in zip(" " + text, text, strict=False))
    text = re.sub(r"[\s{}^\\]", "", ascii_only(unicodedata.normalize("NFKC", text)))
    samples, steps = re.findall(r"\((\d+)\)", text), re.findall(r"\(t=(\d+)\)", text)
    text = re.sub(r",?\((?:t=)?\d+\)", "", text)
    return _Text(text, text.replace("_", ""), _only(samples), _only(steps))


def _mark_script(before: str, character: str) -> str:
    """A character as it is, a subscript behind a `_` and a superscript behind a `^` where its row begins."""
    for row, mark in ((_BELOW, "_"), (_ABOVE, "^")):
        if character in row and not (character in "+-−()" and mark == "_" and character not in _BELOW):
            return row[character] if before in row else mark + row[character]
    return character


def _only(numbers: list[str]) -> int | None:
    return int(numbers[0]) if len(set(numbers)) == 1 else None


def _list_readings(readings: Mapping[str, list[str]]) -> str:
    return "; ".join(f"{name} ({', '.join(notations)})" for name, notations in readings.items())
