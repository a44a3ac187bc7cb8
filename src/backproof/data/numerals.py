"""Numbers as people write them: 1,234.5 and 1.234,5, $1,970, 8.90%, (12), 84.1 kg, 12:48, 3h 5min - and in a column.

A column is written in one way: what separates decimals, and the unit, is decided for all its texts together, never text
by text.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from backproof.arrays import Array, Mask

NUMBER = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?|[-+]?[iI]nf(?:inity)?")
#: A number in any of the ways that people write one, whichever sign is before its decimals.
ANY_NUMBER = re.compile(r"[-+]?(?:\d+(?:[.,]\d*)*|[.,]\d+)(?:[eE][-+]?\d+)?%?")
PLAIN = re.compile(r"[-+.0-9eE]*")
#: Digits in groups of three, apart by a comma, a point, a blank or an apostrophe, or as in India: 1,94,222. The first
#: group is never 0.
GROUPED = re.compile(
    r"[-+]?(?:[1-9][0-9]{0,2}(?:([,.\s'’])[0-9]{3})(?:\1[0-9]{3})*|[1-9][0-9]?(?:,[0-9]{2})+,[0-9]{3})(?:[.,][0-9]+)?"
)
#: A number, among others, of which the point may stand before decimals or between thousands.
EITHER = re.compile(r"(?:^| )[-+]?[1-9][0-9]{0,2}\.[0-9]{3}(?: |$)")
POINTS, GAPS = re.compile(r"\.[0-9]*\."), re.compile(r"[\s'’]")
#: Signs and codes of currencies, which may stand before a number.
MONEY = (
    r"(?:US|A|C|NZ|HK|S|R)\$|[$€£¥₹₽₩₺₴₪]|USD|EUR|GBP|CHF|JPY|CNY|INR|RUB|BRL|AUD|CAD|SEK|NOK|DKK|PLN|CZK|HUF|TRY|KRW|MXN"
    r"|ZAR|NZD|SGD|HKD|(?:Rs|Fr|kr)\.?"
)
#: A number, negative in parentheses or with a minus sign behind, with what stands before it and behind it: a sign, or a
#: unit, which begins with a letter, and holds a digit as in m2 and s2 alone.
WRITTEN = re.compile(
    rf"(?P<open>\(\s*)?(?P<sign>[-+]?)\s?(?P<before>[~≈#№]|{MONEY})?\s?(?P<inner>[-+]?)"
    r"(?P<digits>[0-9.,](?:[0-9.,'’\s]*[0-9.,])?(?:[eE][-+]?[0-9]+)?|[iI]nf(?:inity)?)(?P<behind>-*)"
    r"\s?(?P<unit>[%$€£¥₹₽₩₺₴₪]|(?:[^\W\d_²³]|[°µ])[^\d\s]{0,11}(?:(?<=[ms])\^?[23])?)?(?(open)\s*\))"
)
#: A time of the day, or a duration, in hours, minutes and perhaps seconds; and one with words for these.
CLOCK = re.compile(r"([0-9]{1,3}):([0-5][0-9])(?::([0-5][0-9](?:\.[0-9]+)?))?(?: ?([AaPp])\.?[Mm]\.?)?")
SPAN = re.compile(
    r"(?=\d)(?:(\d+(?:[.,]\d\d?)?) ?(?:h|hrs?|hours?)(?: ?([0-5]?\d) ?(?:m|mins?|minutes?)?)?|"
    r"(\d+(?:[.,]\d\d?)?) ?(?:mins?|minutes?))?(?: ?(\d+) ?(?:s|secs?|seconds?))?"
)
#: How many of these are an hour.
PARTS = {"h": 1.0, "min": 60.0}
#: The other sign that may stand before decimals.
OTHER = {".": ",", ",": "."}
#: Units of a column. HOURS: times, in hours. SHARE: 5% is 0.05, as 0.05 is. PERCENT: 5% is 5.
HOURS, SHARE, PERCENT, ORDINAL = ":", "%", "percent", "th"
#: Units of which a number alone does not tell that it has them.
UNTOLD = (HOURS, PERCENT)
#: What is written in other ways, too.
SAME = {
    "%": PERCENT, "st": ORDINAL, "nd": ORDINAL, "rd": ORDINAL, "USD": "$", "US$": "$", "EUR": "€", "GBP": "£",
    "INR": "₹", "Rs": "₹", "Rs.": "₹", "RUB": "₽", "KRW": "₩", "TRY": "₺", "R$": "BRL", "A$": "AUD", "C$": "CAD",
    "Fr": "CHF", "Fr.": "CHF",
}  # fmt: skip
MINUS = str.maketrans(dict.fromkeys("−‐‑–", "-"))
POWERS = str.maketrans({"²": "2", "³": "3", "^": None})
#: Units that no word has, which may be left out.
SIGNS = frozenset({*"$€£¥₹₽₩₺₴₪", *re.findall("[A-Z]{3}", MONEY), PERCENT})
#: Where more different texts than MANY, and at least this share of all, have one unit, the others are faults, no words.
MANY, MOST = 20, 0.9
#: Minimum number of numbers, all far off with the decimal sign of the column and near with the other one, that tell it.
AGREED = 3
#: Whole numbers that begin with 0, long ones with a plus sign, and those with an exponent; decimals that end in 0.
CODE, PADDED = (
    re.compile(r"^(?:0\d+|\+\d{7,}|\d+[eE]\d+)$", re.MULTILINE),
    re.compile(r"^\d+\.\d*[1-9]0+$", re.MULTILINE),
)
#: One separator, with other than three digits after it or a zero before: it can only be a decimal sign.
DECIMAL = {
    mark: re.compile(rf"[-+]?(?:0*\{mark}[0-9]+|[0-9]+\{mark}(?:[0-9]{{1,2}}|[0-9]{{4,}})?|[0-9]{{4,}}\{mark}[0-9]+)")
    for mark in ",."
}


@dataclass(frozen=True)
class Numerals:
    """How a column writes numbers.

    decimal: the sign before decimals; guessed: nothing in the column tells it. unit: what stands beside each number and
    is left out. marks: what else stands in its texts: the sign between thousands, a parenthesis.
    """

    decimal: str = "."
    guessed: bool = False
    unit: str = ""
    marks: str = ""

    @property
    def measures(self) -> bool:
        """Whether the unit says that the numbers are amounts."""
        return self.unit not in ("", ORDINAL) and not self.unit.startswith(("#", "№"))

    def parse(self, texts: Sequence[str]) -> Array:
        """The number that each text stands for, NaN if it is not a number, or has another unit."""
        if self.decimal == "." and PLAIN.fullmatch("".join(texts)):
            try:  # float takes what NUMBER does, several times as fast
                return np.array([float(text) for text in texts])
            except ValueError:
                pass
        return np.array([self._parse_text(text) for text in texts], dtype=np.float64)

    def _parse_text(self, text: str) -> float:
        if self.unit == HOURS and (hours := _parse_hours(text)) is not None:
            return hours
        if (found := _split_text(text)) is None or (found[1] != self.unit and self.unit in PARTS):
            span = _parse_hours(text) if self.unit in PARTS and ":" not in text else None
            if span is not None:
                return span * PARTS[self.unit]
        if found is None:
            return np.nan
        digits, unit = found
        if self.unit == SHARE and unit == PERCENT:
            return self._parse_digits(digits) / 100
        return self._parse_digits(digits) if unit in ("", self.unit) else np.nan

    def _parse_digits(self, digits: str) -> float:
        if self.decimal == "." and NUMBER.fullmatch(digits):
            return float(digits)
        whole, mark, rest = digits.partition(self.decimal)
        other = OTHER[self.decimal]
        between = re.compile(rf"[\s'’{other}]")
        if self.decimal in rest or other in rest or (between.search(whole) and not GROUPED.fullmatch(whole)):
            return np.nan
        plain = between.sub("", whole) + (mark and ".") + rest
        return float(plain) if NUMBER.fullmatch(plain) else np.nan


#: Numbers as Python writes them.
AS_PYTHON = Numerals()


def _parse_hours(text: str) -> float | None:
    """The hours of 12:48, 0:48 PM, 3h05 and 5 min; None for another text."""
    if clock := CLOCK.fullmatch(text):
        hours, half = float(clock[1]), (clock[4] or "").lower()
        hours = hours % 12 + 12 * (half == "p") if half else hours
        return hours + float(clock[2]) / 60 + float(clock[3] or 0) / 3600
    if text[:1].isdigit() and (span := SPAN.fullmatch(text)):
        hours, *minutes, seconds = (float((part or "0").replace(",", ".")) for part in span.groups())
        return hours + sum(minutes) / 60 + seconds / 3600
    return None


def describe_unit(unit: str) -> str:
    """A unit as people call it; nothing for one that the number alone says."""
    return {HOURS: "hours", SHARE: "", ORDINAL: ""}.get(unit, unit)


def _split_text(text: str) -> tuple[str, str] | None:
    """The digits of a number, with its sign, and its unit; None for another text."""
    if (found := WRITTEN.fullmatch(text.strip() if text.isascii() else text.strip().translate(MINUS))) is None:
        return None
    digits, behind = found["digits"], found["behind"]
    if behind and digits[-1] in ",.":
        digits, behind = digits[:-1], ""  # 5,- for a whole amount
    signs = found["sign"] + found["inner"] + behind + ("-" if found["open"] else "")
    if len(signs) > 1:
        return None
    before, unit = _name_unit(found["before"] or ""), _name_unit(found["unit"] or "")
    return signs.replace("+", "") + digits, before if before == unit else before + unit


def _name_unit(written: str) -> str:
    """A unit as it is called here, however it is written."""
    return SAME.get(written, written.translate(POWERS))


def find_different_units(texts: Sequence[str]) -> Sequence[str]:
    """Two of these texts with different units, where all of them are numbers with a unit or without; else none."""
    first: dict[str, str] = {}
    for text in texts:
        if (found := _split_text(text)) is None:
            return ()
        first.setdefault(found[1], text)
    return list(first.values())[:2] if len(first) > 1 else ()


def find_code(texts: Sequence[str]) -> str | None:
    """A text that is rather a code than a number: 007, a number of a telephone, 1E5, or 1.10 beside 1.1."""
    lines = "\n".join(texts)
    if code := CODE.search(lines):
        return code[0]
    padded = PADDED.findall(lines)
    known = {*texts} if padded else set()
    return next((text for text in padded if text.rstrip("0") in known), None)


def _find_unit(texts: Sequence[str], found: Sequence[tuple[str, str] | None]) -> str:
    """The unit of a column with these texts, taken apart; none where it has several, or words among few numbers."""
    units = Counter(each[1] for each in found if each is not None)
    measured = units.keys() - {""}
    if len(measured) == 1 and {*measured} <= SIGNS:
        (unit,) = measured
        bare = [digits for digits, own in filter(None, found) if not own]
        return SHARE if unit == PERCENT and bare and _are_shares(bare) else unit
    if "" in units:
        return ""
    if len(measured) == 1 and _are_most(units.total(), len(texts)):
        return measured.pop()
    return HOURS if _are_most(sum(_parse_hours(text) is not None for text in texts), len(texts)) else ""


def _are_most(count: int, total: int) -> bool:
    """Whether the others are none, or faults."""
    return count > 0 and (count == total or (count > MANY and count >= MOST * total))


def _are_shares(texts: Sequence[str]) -> bool:
    """Whether these are shares of 1: 0.05 beside 5%."""
    shares = np.abs(find_numerals(texts).parse(texts))
    return bool((shares <= 1).all() and (shares % 1 > 0).any())


def _count_decimals(digits: Iterable[str]) -> tuple[int, int]:
    """How many of these numbers can have a comma alone before their decimals, and how many a point."""
    counts = {",": 0, ".": 0}
    for each in digits:
        bare, *exponent = re.split("[eE]", GAPS.sub("", each))
        for mark, other in OTHER.items():
            if mark not in bare:
                continue
            if other in bare:
                counts[mark] += bare.rfind(mark) > bare.rfind(other)
            elif bare.count(mark) > 1:
                counts[other] += bool(GROUPED.fullmatch(bare))
            else:
                counts[mark] += bool(exponent or DECIMAL[mark].fullmatch(bare))
    return counts[","], counts["."]


def find_numerals(texts: Sequence[str]) -> Numerals:
    """How these texts write numbers, where they do: with decimal commas if that reads more of them.

    >>> find_numerals(["0,5", "1,25"]).parse(["1.234,5"])
    array([1234.5])
    >>> find_numerals(["1,970", "12.5"]).parse(["1,970"])
    array([1970.])
    """
    plain = PLAIN.fullmatch("".join(texts)) and not POINTS.search(" ".join(texts))
    if plain and not any(map(_is_negative, texts)) and not _may_group_by_point(texts):
        return AS_PYTHON
    found = [_split_text(text) for text in texts]
    unit = _find_unit(texts, found)
    digits = [each[0] for each in found if each is not None]
    commas, points = _count_decimals(digits)
    decimal = "," if commas > points else "."
    either = any("," in each and GROUPED.fullmatch(each) for each in digits) or _may_group_by_point(digits)
    marks = "".join(mark for mark in ",." if mark != decimal and any(mark in text for text in texts))
    negative = "(" if any(map(_is_negative, texts)) else ""
    return Numerals(decimal, not commas and not points and either, unit, marks + negative)


def _may_group_by_point(digits: Sequence[str]) -> bool:
    """Whether the points in these numbers may stand between thousands: 13.607, beside whole numbers below 1,000."""
    grouped = False
    for text in digits:
        if "." in text and GROUPED.fullmatch(text):
            grouped = True
        elif not re.fullmatch(r"[-+]?[0-9]{1,3}", text):
            return False
    return grouped


def _is_negative(text: str) -> bool:
    """Whether a number is negative without a sign before it: (12) and 12-."""
    return text.startswith("(") or (text.endswith("-") and text[-2:-1].isdigit())


def join_numerals(found: Iterable[Numerals]) -> Numerals:
    """How a column writes numbers of which parts write them so: as most of those that are certain, else as most."""
    every = list(found)
    certain = [each for each in every if not each.guessed and each != AS_PYTHON]
    if not every:
        return AS_PYTHON
    shares = any(each.unit == SHARE for each in every)  # then 5% is 0.05 where no share stands beside it, too
    ways = Counter(
        replace(each, marks="", unit=SHARE if shares and each.unit == PERCENT else each.unit)
        for each in certain or every
    )
    return replace(ways.most_common(1)[0][0], marks="".join(sorted({*"".join(each.marks for each in every)})))


def read_numbers(
    texts: Sequence[str],
    numerals: Numerals,
    measure: Callable[[Array], Array] | None = None,
    find_decimal: Callable[[], str] | None = None,
) -> tuple[Array, Mask]:
    """The numbers of texts that stand in a column written so, and which of them may be meant otherwise.

    A text that is a number with one of the two decimal signs alone is that number. Where 1,234 could be both, the other
    texts tell; else `find_decimal`, the sign of the table around them; else `numerals`, and `measure`, which says how
    far numbers lie outside of what is expected. A sign of currency or percent that is new to the column is left out.
    """
    measure = measure or (lambda values: np.zeros(len(values)))
    if (
        replace(numerals, marks="") == AS_PYTHON
        and PLAIN.fullmatch("".join(texts))
        and not any(map(_is_negative, texts))
        and not EITHER.search(" ".join(texts))
    ):
        return numerals.parse(texts), np.zeros(len(texts), dtype=bool)
    found = [_split_text(text) or ("", "") for text in texts]
    signed = np.array([not numerals.unit and unit in SIGNS for _, unit in found], dtype=bool)
    bare = [digits if sign else text for text, (digits, _), sign in zip(texts, found, signed, strict=True)]
    own, other = (
        replace(numerals, decimal=decimal).parse(bare) for decimal in (numerals.decimal, OTHER[numerals.decimal])
    )
    several = ~np.isnan(own) & ~np.isnan(other) & (own != other)
    swapped, unsure = several, np.zeros(len(texts), dtype=bool)
    if several.any():
        swapped, unsure = _choose_decimal(
            [digits for digits, _ in found], numerals, several, measure(own), measure(other), find_decimal
        )
    values = np.where(np.isnan(own) | (several & swapped), other, own)
    shares = [unit == PERCENT for _, unit in found] & signed & (measure(values) > measure(values / 100))
    unitless = [bool(digits) and not unit and numerals.unit in UNTOLD for digits, unit in found]
    negative = [_is_negative(text) and "(" not in numerals.marks for text in texts]
    values = np.where(shares, values / 100, values)
    return values, ~np.isnan(values) & ((several & unsure) | signed | unitless | negative)


def _choose_decimal(
    digits: Sequence[str],
    numerals: Numerals,
    several: Mask,
    own: Array,
    other: Array,
    find_decimal: Callable[[], str] | None,
) -> tuple[Mask, Mask]:
    """Where the decimal sign is not that of the column, and where that is not sure, of the `several` numbers.

    own, other: how far each number lies outside of what is expected, with the column's own sign and with the other.
    """
    none = np.zeros(len(digits), dtype=bool)
    if decimal := _tell_decimal(*_count_decimals(digits)):
        return none | (decimal != numerals.decimal), none
    nearer = own > other
    if several.sum() >= AGREED and nearer[several].all() and np.median(other[several]) == 0:
        return nearer, none
    if (find_decimal and find_decimal()) == OTHER[numerals.decimal]:
        return ~none, ~none
    used = numerals.decimal + numerals.marks
    strange = [not any(mark in text and mark in used for mark in ",.") for text in digits]
    return nearer, nearer | strange | ((own > 0) & (other <= 1))


def _tell_decimal(commas: int, points: int) -> str:
    """The decimal sign that these counts of numbers with a comma, and with a point, tell; "" where they contradict."""
    return "" if bool(commas) == bool(points) else "," if commas else "."


def find_decimal(columns: Iterable[Sequence[str]]) -> str:
    """The sign before decimals of a table with these texts; nothing where they do not tell it, or contradict."""
    found = (_split_text(text) for texts in columns for text in texts)
    return _tell_decimal(*_count_decimals(each[0] for each in found if each is not None))
