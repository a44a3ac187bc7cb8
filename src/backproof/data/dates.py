"""Dates and times as people write them, each brought into the form of ISO 8601, which Python reads.

Most forms can mean one day alone: the year first, a month with a name, points between the numbers. In 1/2/2018 the
order of day and month is decided for all texts of a column together, never text by text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np

from backproof.arrays import Array, Mask

#: Names of the months in English, German, French, Spanish, Italian, Portuguese and Dutch.
NAMES = """
january januar jänner janvier enero gennaio janeiro januari
february februar février febrero febbraio fevereiro februari
march märz mars marzo março maart
april avril abril aprile
may mai mayo maggio maio mei
june juni juin junio giugno junho
july juli juillet julio luglio julho
august août agosto augustus
september septembre septiembre settembre setembro
october oktober octobre octubre ottobre outubro
november novembre noviembre novembro
december dezember décembre diciembre dicembre dezembro
"""


def _strip_accents(text: str) -> str:
    return "".join(each for each in unicodedata.normalize("NFKD", text.casefold()) if each.isalpha())


#: The number of the month for each of its names, and for the first letters of one.
MONTHS = {
    name[:size]: month
    for month, names in enumerate(NAMES.strip().splitlines(), 1)
    for name in map(_strip_accents, names.split())
    for size in range(3, len(name) + 1)
}
#: Day, number and name of the month, year (with its century, and without where that cannot be anything else).
D, M, B = r"(?P<d>\d\d?)", r"(?P<m>\d\d?)", r"(?P<b>[^\W\d_]{3,})\.?"
Y, YY = (rf"(?P<y>(?:1[7-9]|2[0-2]){sign}\d\d|2999|9999|0001)" for sign in ("", "?"))
#: The forms that can mean one day alone, or one month, quarter or year, for which its first day stands.
CERTAIN = [
    re.compile(form)
    for form in (
        rf"{Y}(?P<s>[-/. ]){M}(?P=s){D}",
        rf"{D}\. ?{M}\. ?{YY}",
        rf"{D}(?:st|nd|rd|th|er|\.)?(?: of | de |[-/ ]?){B}(?: de |[-/ ]?){YY}",
        rf"{B}[-/ ]{D}(?:st|nd|rd|th)?[-/ ]{Y}",
        rf"{Y}[-/ ]?{B}(?:[-/ ]?{D})?",
        rf"{Y}年{M}月(?:{D}日)?",
        rf"{B} ?[-/'’]{YY}",
        rf"{B} ?{Y}",
        rf"{Y}[-/]?(?P<m>0[1-9]|1[0-2])",
        rf"{Y} ?m{M}",
        rf"{M}[-/.]{Y}",
        rf"{Y}[-/ ]?q(?P<q>[1-4])",
        rf"q(?P<q>[1-4])[-/ ]{YY}",
        rf"(?P<q>[1-4])q[-/ ]?{YY}",
        Y,
    )
]
#: The orders of three numbers, months first where nothing tells, and what may be read where a column has one of them.
ORDERS = MONTH_FIRST, DAY_FIRST, YEAR_FIRST = "%m/%d/%Y", "%d/%m/%Y", "%y/%m/%d"
FORMS = {
    "": CERTAIN,
    MONTH_FIRST: [*CERTAIN, re.compile(rf"{M}(?P<s>[-/ ]){D}(?P=s){YY}")],
    DAY_FIRST: [*CERTAIN, re.compile(rf"{D}(?P<s>[-/ ]){M}(?P=s){YY}")],
    YEAR_FIRST: [*CERTAIN, re.compile(rf"(?P<y>\d\d)(?P<s>[-/ ]){M}(?P=s){D}")],
}
#: What Python reads itself, a week included.
ISO = re.compile(
    r"(?:[12]\d{3}|9999|0001)-?(?:(?:0\d|1[0-2])-?[0-3]\d(?:[T ]\d\d[\d:.,]*(?:Z|[+-]\d\d:?\d\d)?)?|W\d\d(?:-?[1-7])?)",
    re.ASCII,
)
TIME = re.compile(
    r"(?:^|[t:\s])(?P<hour>\d\d?):(?P<minute>\d\d)(?::(?P<second>\d\d(?:[.,]\d+)?))?(?:\s?(?P<half>[ap])\.?m\.?)?"
    r"(?:\suhr)?(?:\s?(?:z|utc|gmt))?(?:\s?(?P<zone>[+-]\d\d:?\d\d))?(?:\s\(.*\)$|\s|$)"
)
WEEKDAY = re.compile(r"^(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?\s")
#: Three numbers, of which none is surely the year or the month.
UNSURE = re.compile(r"(?<!\d)\d\d?([-/ ])\d\d?\1(?:\d\d){1,2}(?!\d)")
#: A day before a month, and a year with its century.
POINTS = re.compile(r"\d\d?\. ?\d\d?\. ?\d\d")
SEASON = re.compile(r"\d\d(\d\d)[-/](\d\d)")
FOUR_DIGITS = re.compile(r"\d{4}")
#: Seconds of a day.
DAY = 86_400.0
#: Maximum number of texts that are looked at.
LOOKED_AT = 200


class DateReading(NamedTuple):
    """The dates of a column, in seconds since 1970, NaN for a text that is none, and the order of their numbers.

    order: one of ORDERS, empty where nothing tells. other: the dates in the order that is as likely, or was expected.
    """

    values: Array
    order: str
    other: Array

    @property
    def unsure(self) -> Mask:
        """Which texts are dates, and other days in the other order."""
        return np.asarray(~np.isnan(self.values) & (self.values != self.other))

    def find_doubt(self, texts: Sequence[str]) -> int | None:
        """The place of the first text that could be another day, else of the latest of those without a century."""
        if self.unsure.any():
            return int(np.argmax(self.unsure))
        short = [not FOUR_DIGITS.search(text) for text in texts]
        dates = np.where(short, self.values, np.nan)
        return None if np.isnan(dates).all() else int(np.nanargmax(dates))


def looks_like_dates(texts: Sequence[str]) -> bool:
    """Whether at least half of these texts have the form of a date, be there such a day or not; digits have none."""
    some, forms = texts[:LOOKED_AT], [*CERTAIN, *(FORMS[order][-1] for order in ORDERS)]
    shaped = sum(bool(_write_iso(text, forms)) for text in some if not text.isdecimal())
    return 0 < len(some) <= 2 * shaped and not all(map(_is_season, some))


def _is_season(text: str) -> bool:
    """Whether this is a year and the next one, as 2010-11."""
    years = SEASON.fullmatch(text)
    return years is not None and (int(years[1]) + 1) % 100 == int(years[2])


def are_digits_of_dates(texts: Sequence[str]) -> bool:
    """Whether these texts, several, are dates as 20181231, with a time or without, or months as 201812."""
    return (
        len(texts) > 2
        and all(len(text) in (6, 8, 14) and text.isdecimal() for text in texts)
        and not np.isnan(parse_dates(texts, "")).any()
    )


def read_dates(texts: Sequence[str], expected: str = "") -> DateReading:
    """The dates in the order of numbers that reads most of them; the expected one where several do."""
    expected = find_order(expected) or (DAY_FIRST if any(map(POINTS.match, texts[:LOOKED_AT])) else "")
    if not any(map(UNSURE.search, texts)):
        values = parse_dates(texts, "")
        return DateReading(values, expected, values)
    found = {order: parse_dates(texts, order) for order in ORDERS}
    counts = {order: int((~np.isnan(values)).sum()) for order, values in found.items()}
    order, second, _ = sorted(ORDERS, key=lambda order: (-counts[order], order != expected))
    if expected or counts[second] < counts[order]:
        second = expected or order
    return DateReading(found[order], order, found[second])


def find_order(format: str) -> str:
    """The one of ORDERS that a format of `strptime` has, empty for one that says nothing of days and months."""
    places = re.findall("%[dmyY]", format)
    return next((order for order in ORDERS if len(places) == 3 and order.startswith(places[0])), "")


def parse_dates(texts: Sequence[str], order: str) -> Array:
    """Seconds since 1970, in UTC where no time zone is written; NaN for a text that is no date in this order."""
    forms = list(FORMS[order])
    return np.array([_parse_date(text, forms) for text in texts], dtype=np.float64)


def _parse_date(text: str, forms: list[re.Pattern[str]]) -> float:
    try:
        moment = datetime.fromisoformat(_write_iso(text, forms))
    except ValueError:
        return np.nan
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _write_iso(text: str, forms: list[re.Pattern[str]]) -> str:
    """The date as ISO 8601 writes it, be there such a day or not; empty for a text of no form.

    The form that fits comes to the front, since most texts of a column have the same.
    """
    if ISO.fullmatch(text):
        return text
    if len(text) == 14 and text.isdecimal():
        return f"{text[:8]}T{text[8:]}"
    text = text.lower().replace(", ", " ")
    time = TIME.search(text) if ":" in text else None
    if time:
        text = f"{text[: time.start()]} {text[time.end() :]}"
    day = WEEKDAY.sub("", " ".join(text.split()))
    for place, form in enumerate(forms):
        if found := form.fullmatch(day):
            forms.insert(0, forms.pop(place))
            date = _write_day(found.groupdict())
            return f"{date}{_write_time(time) if time else ''}" if date else ""
    return ""


def _write_day(part: dict[str, str]) -> str:
    year = int(part["y"])
    year += (1900 if year > 68 else 2000) if len(part["y"]) == 2 else 0  # as in POSIX
    month = int(part.get("m") or 3 * int(part.get("q") or 1) - 2)
    if name := part.get("b"):
        month = MONTHS.get(_strip_accents(name), 0)
    return f"{year:04}-{month:02}-{int(part.get('d') or 1):02}" if month or not name else ""


def _write_time(time: re.Match[str]) -> str:
    hour = int(time["hour"])
    if time["half"]:
        hour = hour % 12 + 12 * (time["half"] == "p")
    return f"T{hour:02}:{time['minute']}:{time['second'] or '00'}{time['zone'] or ''}"


def floor_to_days(times: Array) -> Array:
    """The beginning of each time's day, in seconds since 1970."""
    return times - times % DAY


def write_day(seconds: float) -> str:
    """The day of a time in seconds since 1970."""
    return str(np.datetime64(int(seconds), "s").astype("datetime64[D]"))
