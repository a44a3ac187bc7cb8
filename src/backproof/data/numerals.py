"""Numbers as people write them: 1,234.5 and 1.234,5, $1,970, 8.90%, (12), 84.1 kg, 12:48 - and how a column does.

A column is written in one way: what separates decimals, and the unit, is decided for all its texts together, never text
by text.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from backproof.arrays import Array

NUMBER = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?|[-+]?[iI]nf(?:inity)?")
#: A number in any of the ways that people write one, whichever sign is before its decimals.
ANY_NUMBER = re.compile(r"[-+]?(?:\d+(?:[.,]\d*)*|[.,]\d+)(?:[eE][-+]?\d+)?%?")
PLAIN = re.compile(r"[-+.0-9eE]*")
#: What may stand around a number, and is left out: currency signs and codes, a percent sign, blanks.
AROUND = re.compile(r"^(?:[$€£¥₹₽]|USD|EUR|GBP|CHF)|(?:[$€£¥₹₽%]|USD|EUR|GBP|CHF)$")
#: Digits in groups of three, apart by a comma, a point, a blank or an apostrophe. The first group is never 0.
GROUPED = re.compile(r"[-+]?[1-9][0-9]{0,2}(?:([,.\s'’])[0-9]{3})(?:\1[0-9]{3})*(?:[.,][0-9]+)?")
#: A number with a sign before it, or a unit after it, which begins with no digit, and holds one as in m2 and s2 alone.
MEASURED = re.compile(
    r"([~≈#№]?) ?([-+−(]?[0-9](?:[0-9.,'’\s]*[0-9])?) ?((?:[^\W\d_]|[°µ])[^\d\s]{0,11}(?:(?<=[ms])[23])?)?"
)
#: A time of the day, or a duration, in hours, minutes and perhaps seconds.
CLOCK = re.compile(r"([0-9]{1,3}):([0-5][0-9])(?::([0-5][0-9](?:\.[0-9]+)?))?(?: ?([AaPp])\.?[Mm]\.?)?")
HOURS, PERCENT, ORDINAL = ":", "%", "th"
#: Where more different texts than MANY, and at least this share of all, have one unit, the others are faults, no words.
MANY, MOST = 20, 0.9
#: Maximum number of texts in which a percent sign is looked for.
PERCENTS = 10_000
#: One separator, with other than three digits after it or a zero before: it can only be a decimal sign.
DECIMAL = {
    mark: re.compile(rf"[-+]?(?:0*\{mark}[0-9]+|[0-9]+\{mark}(?:[0-9]{{1,2}}|[0-9]{{4,}})?|[0-9]{{4,}}\{mark}[0-9]+)")
    for mark in ",."
}


@dataclass(frozen=True)
class Numerals:
    """How a column writes numbers: the sign before its decimals, and whether that had to be guessed; and their unit.

    unit: what stands beside each number and is left out. HOURS: times, read as hours. PERCENT: 5% is 0.05.
    """

    decimal: str = "."
    guessed: bool = False
    unit: str = ""

    def parse(self, texts: Sequence[str]) -> Array:
        """The number that each text stands for, NaN if it is not a number."""
        if self.decimal == "." and PLAIN.fullmatch("".join(texts)):
            try:  # float takes what NUMBER does, several times as fast
                return np.array([float(text) for text in texts])
            except ValueError:
                pass
        return np.array([self._parse_text(text) for text in texts], dtype=np.float64)

    def _parse_text(self, text: str) -> float:
        if self.unit:
            return self._parse_measured(text)
        if self.decimal == "." and NUMBER.fullmatch(text):
            return float(text)
        bare = _strip_signs(text)
        other = "." if self.decimal == "," else ","
        if bare.count(self.decimal) > 1:
            return np.nan
        whole, mark, rest = bare.partition(self.decimal)
        if other in rest or (other in whole and not GROUPED.fullmatch(whole)):
            return np.nan
        if re.search(r"[\s'’]", whole) and not GROUPED.fullmatch(whole):
            return np.nan
        plain = re.sub(rf"[\s'’{other}]", "", whole) + (mark and ".") + rest
        return float(plain) if NUMBER.fullmatch(plain) else np.nan

    def _parse_measured(self, text: str) -> float:
        plain = Numerals(self.decimal)
        if self.unit == HOURS and (clock := CLOCK.fullmatch(text)):
            hours, half = float(clock[1]), (clock[4] or "").lower()
            hours = hours % 12 + 12 * (half == "p") if half else hours
            return hours + float(clock[2]) / 60 + float(clock[3] or 0) / 3600
        if self.unit == PERCENT and text.endswith("%"):
            return plain._parse_text(text) / 100
        measured = MEASURED.fullmatch(text)
        return plain._parse_text(measured[2] if measured and _name_unit(measured) == self.unit else text)


def _name_unit(measured: re.Match[str]) -> str:
    """What stands beside a number; 1st, 2nd and 3rd are written alike."""
    sign, _, unit = measured.groups()
    return ORDINAL if unit in ("st", "nd", "rd") and not sign else f"{sign}{unit or ''}"


def find_units(texts: Sequence[str]) -> set[str]:
    """What stands beside the number in each of these texts; nothing unless all of them are such numbers."""
    if not texts or NUMBER.fullmatch(_strip_signs(texts[0])):
        return set()
    if all(map(CLOCK.fullmatch, texts)):
        return {HOURS}
    units: set[str] = set()
    for text in texts:
        measured = MEASURED.fullmatch(text)
        if measured is None:
            return set()
        units.add(_name_unit(measured))
    return units


def _leave_words_out(texts: Sequence[str]) -> Sequence[str]:
    """The texts that are numbers with a unit, or times, if there are many and hardly any others; else none."""
    if texts and NUMBER.fullmatch(texts[0]) and MEASURED.fullmatch(texts[0]):
        return []  # a column of plain numbers, of which the first has told enough
    measured = [text for text in texts if MEASURED.fullmatch(text) or CLOCK.fullmatch(text)]
    return measured if len(measured) > MANY and len(measured) >= MOST * len(texts) else []


def _mixes_percent(texts: Sequence[str]) -> bool:
    """Whether some of the numbers are in percent, and the others are shares of 1: 5% beside 0.05."""
    others = [text for text in texts if not text.endswith("%")]
    if not others or len(others) == len(texts):
        return False
    shares = np.abs(find_numerals(others).parse(others))
    return bool((shares <= 1).all() and (shares % 1 > 0).any())


def find_numerals(texts: Sequence[str]) -> Numerals:
    """How these texts write numbers, where they do: with decimal commas if that reads more of them.

    >>> find_numerals(["0,5", "1,25"]).parse(["1.234,5"])
    array([1234.5])
    >>> find_numerals(["1,970", "12.5"]).parse(["1,970"])
    array([1970.])
    """
    units = find_units(texts) or find_units(_leave_words_out(texts))
    if units == {HOURS}:
        return Numerals(unit=HOURS)
    if len(units) == 1 and "" not in units:
        measured = [found[2] for found in map(MEASURED.fullmatch, texts) if found]
        return replace(find_numerals(measured), unit=units.pop())
    if "%" in "".join(texts[:PERCENTS]) and _mixes_percent(texts):
        return replace(find_numerals([text.rstrip("%") for text in texts]), unit=PERCENT)
    bare = [_strip_signs(text) for text in texts if "," in text]
    if not bare:
        return Numerals()
    points = [_strip_signs(text) for text in texts if "." in text]
    only_comma = [text for text in bare if "." not in text]
    after = [text for text in bare if "." in text and text.rfind(",") > text.rfind(".")]
    decimals = sum(bool(DECIMAL[","].fullmatch(text)) for text in only_comma) + len(after)
    groups = sum(text.count(",") > 1 for text in only_comma) + sum(
        "." in text and text.rfind(".") > text.rfind(",") for text in bare
    )
    groups += sum(bool(DECIMAL["."].fullmatch(text)) for text in points if "," not in text)
    if decimals or groups:
        return Numerals("," if decimals > groups else ".")
    return Numerals(".", guessed=any(GROUPED.fullmatch(text) for text in only_comma))


def join_numerals(found: Iterable[Numerals]) -> Numerals:
    """How a column writes numbers of which parts write them so: as most of those that are certain, else as most."""
    every = list(found)
    certain = [each for each in every if not each.guessed and each != Numerals()]
    return Counter(certain or every).most_common(1)[0][0] if every else Numerals()


def _strip_signs(text: str) -> str:
    """The digits and separators of a number; in parentheses it is negative."""
    bare = text.strip().replace("−", "-")
    if bare.startswith("(") and bare.endswith(")"):
        return "-" + _strip_signs(bare[1:-1])
    sign = bare[:1] if bare[:1] in "+-" else ""
    bare = bare[len(sign) :].strip()
    for _ in range(2):  # a sign of currency before, one of percent after
        bare = AROUND.sub("", bare).strip()
    return sign + bare
