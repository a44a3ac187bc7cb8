"""Dates and times as people write them, read by the one format that fits a whole column."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime

import numpy as np

from backproof.arrays import Array
from backproof.errors import DataError
from backproof.schema import shown
from backproof.validate import require_package

#: A date of numbers, with a time or without, and one that names its month.
DATE = re.compile(
    r"(\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}|\d{1,2}[- ][A-Za-z]{3,9}[- ,]+\d{2,4}|[A-Za-z]{3,9} \d{1,2},? \d{4})([T ].*)?"
    r"|[A-Za-z]{3,9}[- ]\d{4}|\d{4}[- ]?[Qq][1-4]"
)
#: A quarter of a year, which `strptime` does not know, and the formats of months and quarters.
QUARTER, QUARTERS = "%YQ%q", re.compile(r"(\d{4})[- ]?[Qq]([1-4])")
WITHOUT_DAY = ("%b %Y", "%B %Y", "%b-%Y", "%B-%Y", QUARTER)
#: Maximum number of texts that are compared with the pattern.
LOOKED_AT = 200


def looks_like_dates(texts: Sequence[str]) -> bool:
    """Whether all of these texts look like dates."""
    return bool(texts) and all(map(DATE.fullmatch, texts[:LOOKED_AT]))


def find_date_format(texts: Sequence[str], error_at: Callable[..., DataError], name: str) -> str:
    """The format, as `strptime` takes it, that reads all texts; months before days where both would do.

    Raise DataError if there is none. skrub finds it (ToDatetime).
    """
    for whole in WITHOUT_DAY:
        if texts and not np.isnan(parse_dates(texts, whole)).any():
            return whole
    require_package("skrub", "a column of dates", shown(name), extra="tables")
    import pandas as pd
    from skrub import ToDatetime
    from skrub.core import RejectColumn

    # May is a month's short name and its long one: where others tell which of them is meant, they are asked.
    telling = [text for text in texts if "may" not in text.lower()] or list(texts)
    with warnings.catch_warnings(), suppress(RejectColumn):
        warnings.simplefilter("ignore")
        found = str(ToDatetime().fit(pd.Series(telling, name="dates")).format_)
        if not np.isnan(parse_dates(texts, found)).any():
            return found
    raise error_at(
        "not all of these are dates in one format; leave the column out with --drop, or take it as --categorical or "
        "--text.", column=shown(name),
    ).settled_by("--drop", name)  # fmt: skip


def swap_days_and_months(texts: Sequence[str], format: str) -> Sequence[str]:
    """The texts that are another day if the day and the month change places; none unless all can be read so.

    Nobody writes days before months after the year.
    """
    other = format.translate({ord("d"): "m", ord("m"): "d"})
    if "%m" not in format or format.startswith("%Y") or np.isnan(swapped := parse_dates(texts, other)).any():
        return ()
    return [text for text, one, two in zip(texts, parse_dates(texts, format), swapped, strict=True) if one != two]


def parse_dates(texts: Sequence[str], format: str) -> Array:
    """Seconds since 1970, in UTC where no time zone is written; NaN for a text of another format."""
    return np.array([_parse_date(text, format) for text in texts], dtype=np.float64)


def _parse_date(text: str, format: str) -> float:
    if format == QUARTER and (quarter := QUARTERS.fullmatch(text)):
        text, format = f"{quarter[1]}-{3 * int(quarter[2]) - 2}", "%Y-%m"
    try:
        moment = datetime.strptime(text, format)
    except ValueError:
        return np.nan
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
