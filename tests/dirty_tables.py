"""Tables as people really save them: small functions that write a clean data frame in a dirty way.

Each takes a frame and its target, and returns the bytes of a file, the frame that a person would read in it, and how it
should end:

- `same`: the table is understood as the clean one is, without being asked anything;
- `told`: it trains, and a warning speaks of the column (or of the file);
- `asked`: nothing is trained before an option says what is meant; with that option the table is understood.

It returns None for a table that cannot be dirty in this way, such as one whose target is not a number.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

SAME, TOLD, ASKED = "same", "told", "asked"


@dataclass(frozen=True)
class Dirty:
    """The content of a file, what it means, and how training should end."""

    content: bytes
    meaning: Any
    ending: str = SAME
    #: What the warning or the question has to speak of.
    about: str = ""
    #: The options that settle a question, as `read_table` and `prepare_table` know them.
    options: dict[str, Any] = field(default_factory=dict)
    suffix: str = ".csv"


Variant = Callable[[Any, str], Dirty | None]
VARIANTS: dict[str, Variant] = {}


def variant(function: Variant) -> Variant:
    """Add a function to the variants, by its name as a sentence."""
    VARIANTS[function.__name__.replace("_", " ").strip()] = function
    return function


def write_rows(
    frame: Any,
    separator: str = ",",
    number: Callable[[Any], str] = str,
    date: str = "%Y-%m-%d",
    missing: str = "",
    header: bool = True,
    quoting: Any = csv.QUOTE_MINIMAL,
) -> str:
    """A frame as text."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator, quoting=quoting, lineterminator="\n")
    if header:
        writer.writerow(frame.columns)
    for row in zip(*(frame[name] for name in frame.columns), strict=True):
        writer.writerow([_write_cell(value, number, date, missing) for value in row])
    return text.getvalue()


def _write_cell(value: Any, number: Callable[[Any], str], date: str, missing: str) -> str:
    if value is None or value != value:
        return missing
    if hasattr(value, "strftime"):
        return str(value.strftime(date))
    return number(value) if isinstance(value, int | float | np.number) else str(value)


def grow(frame: Any, target: str = "") -> Any:
    """The frame with its fractions as whole numbers of up to seven digits, so that thousands have to be told apart."""
    grown = frame.copy()
    for name in _numeric(frame):
        if frame[name].dtype.kind == "f":
            grown[name] = (frame[name] * 12_345).round()
    return grown


def _numeric(frame: Any) -> list[str]:
    return [name for name in frame.columns if frame[name].dtype.kind in "iuf"]


def _floating(frame: Any, target: str) -> str:
    """A column of fractions, an input where there is one."""
    names = [name for name in _numeric(frame) if frame[name].dtype.kind == "f"]
    return next((name for name in names if name != target), names[0])


def _with_thousands(mark: str, decimal: str = ".") -> Callable[[Any], str]:
    return lambda value: f"{value:,.10g}".translate(str.maketrans(",.", mark + decimal))


def _comma(value: Any) -> str:
    return str(value).replace(".", ",")


# How fields stand beside each other.


@variant
def semicolons(frame: Any, target: str) -> Dirty:
    return Dirty(write_rows(frame, ";").encode(), frame)


@variant
def tabs(frame: Any, target: str) -> Dirty:
    return Dirty(write_rows(frame, "\t").encode(), frame)


@variant
def tabs_in_a_tsv(frame: Any, target: str) -> Dirty:
    return Dirty(write_rows(frame, "\t").encode(), frame, suffix=".tsv")


@variant
def bars(frame: Any, target: str) -> Dirty:
    return Dirty(write_rows(frame, "|").encode(), frame)


@variant
def blanks(frame: Any, target: str) -> Dirty | None:
    """Columns of one word each, apart by two blanks."""
    words = frame[_numeric(frame)]
    lines = write_rows(words, " ", missing="NA").splitlines()
    text = "\n".join("  ".join(line.split(" ")) for line in lines) + "\n"
    return Dirty(text.encode(), words) if target in words else None


@variant
def every_field_in_quotes(frame: Any, target: str) -> Dirty:
    return Dirty(write_rows(frame, quoting=csv.QUOTE_ALL).encode(), frame)


@variant
def blanks_around_fields(frame: Any, target: str) -> Dirty:
    return Dirty(write_rows(frame).replace(",", " , ").encode(), frame)


@variant
def separators_at_the_end_of_each_row(frame: Any, target: str) -> Dirty:
    return Dirty(write_rows(frame, ";").replace("\n", ";;\n").encode(), frame)


def _quote_words(frame: Any, quote: str, separator: str = ",", inner: str = "") -> str:
    """The frame with quotes around its words, and a separator within them."""
    lines = [separator.join(map(str, frame.columns))]
    for row in zip(*(frame[name] for name in frame.columns), strict=True):
        cells = [_write_cell(value, str, "%Y-%m-%d", "") for value in row]
        words = [frame[name].dtype.kind not in "iufM" for name in frame.columns]
        lines.append(separator.join(f"{quote}{c}{inner}{quote}" if w else c for c, w in zip(cells, words, strict=True)))
    return "\n".join(lines) + "\n"


def _with_words(frame: Any, target: str, ending: str) -> Any:
    """The frame with this at the end of each word, and a column of words where there is none."""
    words = frame.assign(place=[f"place {each % 3}" for each in range(len(frame))])
    names = [name for name in words.columns if words[name].dtype.kind not in "iufM"]
    return words.assign(**{name: words[name].astype(str) + ending for name in names})


@variant
def single_quotes_around_words_with_a_comma(frame: Any, target: str) -> Dirty:
    words = _with_words(frame, target, ", east")
    return Dirty(_quote_words(words, "'").encode(), words)


@variant
def backslashes_before_quotes_in_quotes(frame: Any, target: str) -> Dirty:
    words = _with_words(frame, target, ', "east"')
    return Dirty(_quote_words(words, "§").replace('"', '\\"').replace("§", '"').encode(), words)


@variant
def backslashes_before_commas_in_words(frame: Any, target: str) -> Dirty:
    words = _with_words(frame, target, ", east")
    return Dirty(_quote_words(words, "").replace(", east", "\\, east").encode(), words)


@variant
def each_line_in_quotes_as_a_whole(frame: Any, target: str) -> Dirty:
    words = _with_words(frame, target, ", east")
    lines = [line.replace('"', '""') for line in write_rows(words).splitlines()]
    return Dirty("".join(f'"{line}"\n' for line in lines).encode(), words)


@variant
def quotes_after_blanks(frame: Any, target: str) -> Dirty:
    words = _with_words(frame, target, ", east")
    return Dirty(write_rows(words, quoting=csv.QUOTE_ALL).replace('","', '", "').encode(), words)


@variant
def as_write_table_of_r(frame: Any, target: str) -> Dirty:
    words = _with_words(frame, target, " east")
    names, *rows = write_rows(words, " ", missing="NA", quoting=csv.QUOTE_NONNUMERIC).splitlines()
    numbered = "".join(f'"{place}" {row}\n' for place, row in enumerate(rows, start=1))
    return Dirty(f"{names}\n{numbered}".encode(), words, TOLD, "counts the rows", suffix=".txt")


@variant
def fixed_places_with_blanks_in_words_and_gaps(frame: Any, target: str) -> Dirty:
    words = _with_gaps(frame, target).assign(
        **{"a place": [("north", "far east")[row % 2] for row in range(len(frame))]}
    )
    days = {name: words[name].dt.strftime("%Y-%m-%d") for name in words if words[name].dtype.kind == "M"}
    return Dirty(
        words.assign(**days).to_string(index=False, na_rep="", float_format=str).encode(), words, suffix=".txt"
    )


@variant
def blanks_between_decimal_commas(frame: Any, target: str) -> Dirty | None:
    numbers = frame[_numeric(frame)].dropna().astype(float).reset_index(drop=True)
    text = write_rows(numbers, " ", number=_comma).replace('"', "")
    return Dirty(text.encode(), numbers, suffix=".txt") if target in numbers else None


@variant
def words_for_names_of_rows(frame: Any, target: str) -> Dirty:
    names, *rows = write_rows(frame, "\t").splitlines()
    named = "".join(f"gene {place * 7 % 1009}\t{row}\n" for place, row in enumerate(rows))
    return Dirty(f"{names}\n{named}".encode(), frame, TOLD, "'gene 0'")


@variant
def names_of_rows_that_may_be_values(frame: Any, target: str) -> Dirty:
    names, *rows = write_rows(frame).splitlines()
    named = "".join(f"gene {place * 7 % 1009},{row}\n" for place, row in enumerate(rows))
    return Dirty(f"{names}\n{named}".encode(), frame, ASKED, "--id row.names", {"drop": ("row.names",)})


@variant
def decimal_commas_without_quotes(frame: Any, target: str) -> Dirty:
    name = _floating(frame, target)
    text = frame.assign(**{name: [f"{3 + each % 9},{each % 7}" for each in range(len(frame))]})
    return Dirty(write_rows(text).replace('"', "").encode(), frame, ASKED, "decimals", {"never": True})


@variant
def a_remark_at_the_end_of_each_row(frame: Any, target: str) -> Dirty:
    names, *rows = write_rows(frame).splitlines()
    text = "\n".join([names, *(f"{row},remark {place % 2}" for place, row in enumerate(rows))])
    return Dirty(text.encode(), frame, ASKED, "if the last has no name, give --header", {"never": True})


@variant
def a_remark_at_the_end_of_few_rows(frame: Any, target: str) -> Dirty:
    names, *rows = write_rows(frame).splitlines()
    text = "\n".join([names, *(f"{row},remark" if place % 20 == 0 else row for place, row in enumerate(rows))])
    kept = frame[np.arange(len(frame)) % 20 != 0].reset_index(drop=True)
    return Dirty(text.encode(), kept, ASKED, "--skip-bad-rows", {"skip_bad_rows": True})


for _mark in "^~:\x01\x1f":

    def _write_rare(frame: Any, target: str, mark: str = _mark) -> Dirty:
        return Dirty(write_rows(frame, mark).encode(), frame)

    VARIANTS[f"fields apart by U+{ord(_mark):04X}"] = _write_rare


@variant
def a_separator_that_no_one_uses(frame: Any, target: str) -> Dirty:
    return Dirty(write_rows(frame, "!").encode(), frame, ASKED, "sep=!", {"never": True})


@variant
def a_first_line_that_tells_of_tabs(frame: Any, target: str) -> Dirty:
    return Dirty(b"sep=\t\n" + write_rows(frame, "\t").encode(), frame)


@variant
def as_markdown(frame: Any, target: str) -> Dirty:
    names, *rows = (f"| {line.replace(';', ' | ')} |" for line in write_rows(frame, ";").splitlines())
    rule = "|".join(["", *["---"] * len(frame.columns), ""])
    return Dirty("\n".join([names, rule, *rows]).encode(), frame, suffix=".txt")


@variant
def empty_columns_between_and_before_and_an_empty_row(frame: Any, target: str) -> Dirty:
    lines = write_rows(frame, ";").replace(";", ";;", 1).splitlines()
    separators = ";" * (len(frame.columns) + 1)
    text = "\n".join([separators, *(f";{line if place == 0 else line.replace(';', ';;', 1)}"
                                    for place, line in enumerate(lines)), separators])  # fmt: skip
    return Dirty(text.encode(), frame)


@variant
def names_of_groups_above_the_names(frame: Any, target: str) -> Dirty:
    groups = ",".join("Who" if place % 2 == 0 else "" for place in range(len(frame.columns)))
    return Dirty(f"{groups}\n{write_rows(frame)}".encode(), frame, TOLD, "above the names")


@variant
def the_same_group_above_all_names(frame: Any, target: str) -> Dirty:
    groups = ",".join("a" for _ in frame.columns)
    return Dirty(f"{groups}\n{write_rows(frame)}".encode(), frame, TOLD, "above the names")


@variant
def keys_and_values_above_the_names(frame: Any, target: str) -> Dirty:
    above = "Station,Berlin\nDate,2020-01-01\nOperator,X. Y.\n"
    return Dirty((above + write_rows(frame)).encode(), frame, TOLD, "first 3 lines")


@variant
def forty_comments_above_the_names(frame: Any, target: str) -> Dirty:
    above = "".join(f"# note {place}\n" for place in range(40))
    return Dirty((above + write_rows(frame)).encode(), frame, TOLD, "first 40 lines")


@variant
def a_row_of_units(frame: Any, target: str) -> Dirty | None:
    units = ",".join("mm" if name in _numeric(frame) else "-" for name in frame.columns)
    names, rows = write_rows(frame).split("\n", 1)
    return Dirty(f"{names}\n{units}\n{rows}".encode(), frame, TOLD, "'mm'") if len(_numeric(frame)) > 1 else None


@variant
def names_repeated_between_the_rows(frame: Any, target: str) -> Dirty:
    names, *rows = write_rows(frame).splitlines()
    lines = [line for start in range(0, len(rows), 50) for line in (names, *rows[start : start + 50])]
    return Dirty("\n".join(lines).encode(), frame, TOLD, "where numbers should be")


@variant
def a_row_of_sums_at_the_end(frame: Any, target: str) -> Dirty:
    sums = ["Total" if name not in _numeric(frame) else f"{frame[name].sum():.8g}" for name in frame.columns]
    return Dirty((write_rows(frame) + ",".join(sums)).encode(), frame, TOLD, "the sums of those above")


@variant
def a_row_of_means_at_the_end(frame: Any, target: str) -> Dirty:
    means = ["Mean" if name not in _numeric(frame) else f"{frame[name].mean():.6f}" for name in frame.columns]
    return Dirty((write_rows(frame) + ",".join(means)).encode(), frame, TOLD, "the means of those above")


@variant
def empty_columns_at_the_end_under_the_names_alone(frame: Any, target: str) -> Dirty:
    text = write_rows(frame)
    return Dirty(text.replace("\n", ",,\n", 1).encode(), frame)


# How numbers are written.


@variant
def decimal_commas(frame: Any, target: str) -> Dirty:
    return Dirty(write_rows(frame, ";", number=_comma).encode(), frame)


@variant
def decimal_commas_and_tabs(frame: Any, target: str) -> Dirty:
    return Dirty(write_rows(frame, "\t", number=_comma).encode(), frame)


@variant
def decimal_commas_in_quotes(frame: Any, target: str) -> Dirty:
    return Dirty(write_rows(frame, number=_comma).encode(), frame)


@variant
def thousands_by_comma(frame: Any, target: str) -> Dirty:
    grown = grow(frame)
    return Dirty(write_rows(grown, number=_with_thousands(",")).encode(), grown)


@variant
def thousands_by_point_and_decimal_commas(frame: Any, target: str) -> Dirty:
    grown = grow(frame) + 0.5 if len(_numeric(frame)) == len(frame.columns) else _add_half(grow(frame))
    return Dirty(write_rows(grown, ";", number=_with_thousands(".", ",")).encode(), grown)


def _add_half(frame: Any) -> Any:
    for name in _numeric(frame):
        if frame[name].dtype.kind == "f":
            frame[name] = frame[name] + 0.5
    return frame


@variant
def thousands_by_blank(frame: Any, target: str) -> Dirty:
    grown = grow(frame)
    return Dirty(write_rows(grown, ";", number=_with_thousands(" ")).encode(), grown)


@variant
def thousands_by_narrow_blank(frame: Any, target: str) -> Dirty:
    grown = grow(frame)
    return Dirty(write_rows(grown, ";", number=_with_thousands("\u202f")).encode(), grown)


@variant
def thousands_by_apostrophe(frame: Any, target: str) -> Dirty:
    grown = grow(frame)
    return Dirty(write_rows(grown, ";", number=_with_thousands("'")).encode(), grown)


@variant
def dollars_before(frame: Any, target: str) -> Dirty:
    grown = grow(frame)
    return Dirty(write_rows(grown, number=lambda value: f"${value:,.10g}").encode(), grown)


@variant
def euros_after(frame: Any, target: str) -> Dirty:
    return Dirty(write_rows(frame, ";", number=lambda value: f"{_comma(value)} €").encode(), frame)


@variant
def a_code_of_currency(frame: Any, target: str) -> Dirty:
    return Dirty(write_rows(frame, number=lambda value: f"USD {value}").encode(), frame)


@variant
def percent(frame: Any, target: str) -> Dirty:
    return Dirty(write_rows(frame, number=lambda value: f"{value}%").encode(), frame)


@variant
def losses_in_parentheses(frame: Any, target: str) -> Dirty:
    def number(value: Any) -> str:
        return f"({-value})" if value < 0 else str(value)

    name = _floating(frame, target)
    turned = frame.assign(**{name: np.where(np.arange(len(frame)) % 3 == 0, -frame[name], frame[name])})
    return Dirty(write_rows(turned, number=number).encode(), turned)


@variant
def a_true_minus_sign(frame: Any, target: str) -> Dirty:
    name = _floating(frame, target)
    turned = frame.assign(**{name: np.where(np.arange(len(frame)) % 3 == 0, -frame[name], frame[name])})
    return Dirty(write_rows(turned, number=lambda value: str(value).replace("-", "−")).encode(), turned)


@variant
def exponents(frame: Any, target: str) -> Dirty:
    return Dirty(write_rows(frame, number=lambda value: f"{value:.17E}").encode(), frame)


# What stands for a missing value.


def _with_gaps(frame: Any, target: str) -> Any:
    name = _floating(frame, target)
    return frame if name == target else frame.assign(**{name: frame[name].where(np.arange(len(frame)) % 7 != 3)})


def _write_gaps(missing: str) -> Variant:
    def write(frame: Any, target: str) -> Dirty:
        gaps = _with_gaps(frame, target)
        return Dirty(write_rows(gaps, missing=missing).encode(), gaps)

    return write


MARKS = ("NA", "?", "n/a", "NULL", "-", "--", "None", "<NA>", ".")
for _mark in MARKS:
    VARIANTS[f"{_mark} for missing values"] = _write_gaps(_mark)


@variant
def a_word_of_ones_own_for_missing_values(frame: Any, target: str) -> Dirty | None:
    gaps, name = _with_gaps(frame, target), _floating(frame, target)
    if name == target:
        return None
    text = write_rows(gaps, missing="unknown")
    only = gaps.assign(**{each: frame[each] for each in frame.columns if each != name})
    words = {each: "unknown" for each in only.columns if each != name and only[each].dtype.kind not in "iufM"}
    return Dirty(text.encode(), only.fillna(words), ASKED, name, {"numeric": _numeric(frame)})


@variant
def no_target_in_some_rows(frame: Any, target: str) -> Dirty:
    kept = np.arange(len(frame)) % 9 != 4
    gaps = frame.assign(**{target: frame[target].where(kept)})
    meaning = gaps[kept].reset_index(drop=True)
    if frame[target].dtype.kind in "iu":
        meaning[target] = frame[target][kept].to_numpy()
    return Dirty(write_rows(gaps).encode(), meaning, ASKED, target, {"drop_missing_target": True})


# How the file is written.


@variant
def latin_1(frame: Any, target: str) -> Dirty:
    named = frame.rename(columns={frame.columns[-1 if frame.columns[-1] != target else 0]: "Größe"})
    return Dirty(write_rows(named).encode("latin-1"), named)


@variant
def a_mark_of_utf_8(frame: Any, target: str) -> Dirty:
    return Dirty(codecs.BOM_UTF8 + write_rows(frame).encode(), frame)


@variant
def utf_16(frame: Any, target: str) -> Dirty:
    return Dirty(write_rows(frame, "\t").encode("utf-16"), frame)


@variant
def utf_32(frame: Any, target: str) -> Dirty:
    return Dirty(write_rows(frame, "\t").encode("utf-32"), frame)


@variant
def invisible_characters_around_names(frame: Any, target: str) -> Dirty:
    text = write_rows(frame)
    return Dirty(("\ufeff\ufeff" + text.replace(",", "\u200b,\u2060", 1)).encode(), frame)


@variant
def letters_in_two_spellings(frame: Any, target: str) -> Dirty:
    one = frame.assign(place=[f"caf\u00e9 {each % 3}" for each in range(len(frame))])
    spelled = [f"caf\u00e9 {each % 3}" if each % 2 else f"cafe\u0301 {each % 3}\u200b" for each in range(len(frame))]
    two = frame.assign(place=spelled)
    return Dirty(write_rows(two).encode(), one)


@variant
def line_ends_of_windows(frame: Any, target: str) -> Dirty:
    return Dirty(write_rows(frame).replace("\n", "\r\n").encode(), frame)


@variant
def line_ends_of_an_old_mac(frame: Any, target: str) -> Dirty:
    return Dirty(write_rows(frame).replace("\n", "\r").encode(), frame)


@variant
def compressed(frame: Any, target: str) -> Dirty:
    return Dirty(gzip.compress(write_rows(frame, ";").encode()), frame, suffix=".csv.gz")


@variant
def comments_above(frame: Any, target: str) -> Dirty:
    return Dirty(b"# measured in 1998\n# by hand, twice\n" + write_rows(frame).encode(), frame)


@variant
def a_title_above(frame: Any, target: str) -> Dirty:
    return Dirty(b"Report of the year\n\n" + write_rows(frame, ";").encode(), frame)


@variant
def a_line_that_names_the_separator(frame: Any, target: str) -> Dirty:
    return Dirty(b"sep=;\n" + write_rows(frame, ";").encode(), frame)


@variant
def blank_lines_between(frame: Any, target: str) -> Dirty:
    return Dirty(write_rows(frame).replace("\n", "\n\n").encode(), frame)


@variant
def a_column_of_row_numbers_without_a_name(frame: Any, target: str) -> Dirty:
    text = io.StringIO()
    frame.to_csv(text)
    return Dirty(text.getvalue().encode(), frame, TOLD, "counts the rows")


@variant
def no_names(frame: Any, target: str) -> Dirty | None:
    place = str(list(frame.columns).index(target) + 1)
    numbers = frame[_numeric(frame)]
    if target not in numbers:
        return None
    place = str(list(numbers.columns).index(target) + 1)
    named = numbers.set_axis([str(each) for each in range(1, len(numbers.columns) + 1)], axis=1)
    text = write_rows(numbers.fillna(0), header=False)
    return Dirty(text.encode(), named.fillna(0), ASKED, "--no-header", {"header": False, "target": place})


@variant
def a_name_twice(frame: Any, target: str) -> Dirty | None:
    double = frame.copy()
    names = list(frame.columns)
    others = [name for name in names if name != target]
    text = write_rows(double)
    if len(others) < 2:
        return None
    header = ",".join(others[0] if name == others[1] else name for name in names)
    rows, single = text.split("\n", 1)[1], frame.drop(columns=others[1])
    return Dirty(f"{header}\n{rows}".encode(), single, ASKED, others[0], {"drop": (f"{others[0]}.2",)})


@variant
def no_names_of_words_and_numbers(frame: Any, target: str) -> Dirty:
    place = str(list(frame.columns).index(target) + 1)
    named = frame.set_axis([str(each) for each in range(1, len(frame.columns) + 1)], axis=1)
    text = write_rows(frame, header=False)
    return Dirty(text.encode(), named, ASKED, "--no-header", {"header": False, "target": place})


# What columns hold.


def _with_dates(form: str) -> Variant:
    def write(frame: Any, target: str) -> Dirty:
        import pandas as pd

        moments = pd.Series(pd.date_range("2019-01-13", periods=len(frame), freq="53h"))
        dated = frame.assign(when=moments if "%H" in form else moments.dt.normalize())
        return Dirty(write_rows(dated, date=form).encode(), dated)

    return write


for _name, _form in {
    "dates by point": "%d.%m.%Y", "dates of America": "%m/%d/%Y", "dates with names of months": "%d %b %Y",
    "dates and times": "%Y-%m-%dT%H:%M:%S", "dates by slash, years first": "%Y/%m/%d",
    "dates with weekdays": "%A, %B %d, %Y", "times of twelve hours": "%m/%d/%Y %I:%M:%S %p",
    "dates of mails": "%a, %d %b %Y %H:%M:%S +0000",
}.items():  # fmt: skip
    VARIANTS[_name] = _with_dates(_form)


@variant
def a_word_among_dates(frame: Any, target: str) -> Dirty:
    import pandas as pd

    days = pd.Series(pd.date_range("2019-01-13", periods=len(frame), freq="53D"))
    gaps = np.arange(len(frame)) % 9 == 4
    written = frame.assign(when=days.dt.strftime("%Y-%m-%d").where(~gaps, "unknown"))
    dated = frame.assign(when=days.where(~gaps))
    return Dirty(write_rows(written).encode(), dated, ASKED, "unknown", {"date": ("when",)})


@variant
def truth_in_several_spellings(frame: Any, target: str) -> Dirty:
    spellings = np.array(["TRUE", "True", "true", "FALSE", "False", "false"])[np.arange(len(frame)) * 5 % 6]
    flags = np.char.lower(spellings) == "true"
    return Dirty(write_rows(frame.assign(flag=spellings)).encode(), frame.assign(flag=flags))


@variant
def numbers_of_rows_as_an_input(frame: Any, target: str) -> Dirty:
    counted = frame.assign(id=np.arange(1000, 1000 + len(frame)))
    return Dirty(write_rows(counted).encode(), counted, TOLD, "'id'")


@variant
def identifiers_of_letters_as_an_input(frame: Any, target: str) -> Dirty:
    named = frame.assign(code=[f"K{each * 7919 % 100_003:06d}X" for each in range(len(frame))])
    return Dirty(write_rows(named).encode(), frame, TOLD, "'code'")


@variant
def identifiers_of_digits_in_no_order(frame: Any, target: str) -> Dirty:
    named = frame.assign(customer_id=[100_000 + each * 7919 % 100_003 for each in range(len(frame))])
    return Dirty(write_rows(named).encode(), named, TOLD, "'customer_id'")


@variant
def a_column_that_gives_the_target_away(frame: Any, target: str) -> Dirty:
    copied = frame[target] * 2.5 if frame[target].dtype.kind in "iuf" else "is " + frame[target].astype(str)
    told = frame.assign(result=copied)
    return Dirty(write_rows(told).encode(), told, TOLD, "'result'")


@variant
def a_misprint(frame: Any, target: str) -> Dirty:
    name = _floating(frame, target)
    values = frame[name].to_numpy(copy=True)
    values[5] = 1e7
    wrong = frame.assign(**{name: values})
    return Dirty(write_rows(wrong).encode(), wrong, TOLD, name)


@variant
def a_constant_column(frame: Any, target: str) -> Dirty:
    constant = frame.assign(version="v1.2")
    return Dirty(write_rows(constant).encode(), constant, TOLD, "'version'")


@variant
def an_empty_column(frame: Any, target: str) -> Dirty:
    return Dirty(write_rows(frame.assign(remarks=np.nan)).encode(), frame, TOLD, "'remarks'")


@variant
def labels_in_several_spellings(frame: Any, target: str) -> Dirty | None:
    if frame[target].dtype.kind in "iuf":
        return None
    labels = [each.upper() if place % 4 == 0 else each for place, each in enumerate(frame[target])]
    mixed = frame.assign(**{target: labels})
    return Dirty(write_rows(mixed).encode(), mixed, TOLD, target)


@variant
def a_class_of_two_rows(frame: Any, target: str) -> Dirty | None:
    if frame[target].dtype.kind in "iuf":
        return None
    labels = frame[target].to_numpy(copy=True)
    labels[[3, 50]] = "strange"
    rare = frame.assign(**{target: labels})
    return Dirty(write_rows(rare).encode(), rare, TOLD, "strange")


@variant
def a_footnote(frame: Any, target: str) -> Dirty:
    return Dirty((write_rows(frame) + "Source: the office of statistics\n").encode(), frame, TOLD, "last line")


@variant
def whole_numbers_beyond_exactness(frame: Any, target: str) -> Dirty:
    large = frame.assign(serial=[2**60 + 3 * each for each in range(len(frame))])
    return Dirty(write_rows(large).encode(), large, TOLD, "'serial'")
