"""A Preparation as JSON and back. Every key, type and number is checked, since a model file may come from anybody."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, fields
from functools import partial
from typing import Any

from backproof.data.encoders import CategoricalEncoder, DateEncoder, Encoder, NumericEncoder, TextEncoder
from backproof.data.numerals import POWERS, Numerals
from backproof.data.preparation import Preparation
from backproof.data.targets import ClassTarget, Label, RegressionTarget, Target, fit_together
from backproof.errors import DataError
from backproof.schema import Fault, Path, Table, dotted, filled, flag, number, shown, text, whole

#: Format 1 knew neither dates nor texts, and marked no missing values.
FORMAT = 2
WIDEST = 10_000_000
#: What is not written, since it is as it was before it could be said.
PLAIN = (("unit", ""), ("decimal", "."), ("marks", ""))
#: How numbers are written, of which the numbers of a model say no more than these.
NUMERALS = ("decimal", "unit", "marks")


def preparation_to_json(preparation: Preparation) -> dict[str, Any]:
    """The preparation as dictionaries, lists, texts and numbers."""
    features = [{"kind": encoder.kind, **_list_fields(encoder)} for encoder in preparation.encoders]
    targets = [{"problem": target.problem, **_list_fields(target)} for target in preparation.targets]
    beside = {"ids": list(preparation.ids)} if preparation.ids else {}
    header = {} if preparation.header is None else {"header": preparation.header}
    missing = {"missing": list(preparation.missing)} if preparation.missing else {}
    target = targets if len(targets) > 1 else targets[0]
    return {"format": FORMAT, "features": features, "target": target, **beside, **header, **missing}


def preparation_from_json(document: Any) -> Preparation:
    """The preparation that `preparation_to_json` wrote. Raise DataError, with the key path, for anything else."""
    try:
        return _read_preparation(Table(document, (), ("format", "features", "target", "ids", "header", "missing")))
    except Fault as fault:
        place = f"{dotted(fault.path)}: " if fault.path else ""
        raise DataError(f"this is not a preparation of data: {place}{fault.message}") from None


def _list_fields(part: Encoder | Target) -> dict[str, Any]:
    values = asdict(part)
    numerals = values.pop("numerals", {})
    values |= {key: numerals[key] for key in NUMERALS if key in numerals}
    return {key: list(value) if isinstance(value, tuple) else value for key, value in values.items()
            if value is not None and value != () and (key, value) not in PLAIN}  # fmt: skip


def _read_preparation(table: Table) -> Preparation:
    version = table.need("format", partial(whole, low=1))
    if version > FORMAT:
        raise Fault(f"format {version} is newer than this Backproof, which reads {FORMAT}; update it.", ("format",))
    encoders = tuple(_read_encoder(each, path) for each, path in table.need("features", filled))
    targets = table.need("target", _read_targets)
    ids = tuple(text(each, path) for each, path in table.maybe("ids", filled) or ())
    names = [*(each.name for each in (*encoders, *targets)), *ids]
    _refuse_repeats(names, ("features",), "column")
    missing = tuple(text(each, path) for each, path in table.maybe("missing", filled) or ())
    return Preparation(encoders, targets, ids, table.maybe("header", flag), missing)


def _read_encoder(value: Any, path: Path) -> Encoder:
    keys = {key for kind in READERS for key in _list_keys(kind)}
    kind = Table(value, path, ("kind", *keys)).need(
        "kind", partial(_read_choice, choices=tuple(each.kind for each in READERS))
    )
    made = next(each for each in READERS if each.kind == kind)
    return READERS[made](value, path)


def _open_table(value: Any, path: Path, kind: type[Any]) -> Table:
    return Table(value, path, ("kind", *_list_keys(kind)))


def _list_keys(kind: type[Any]) -> list[str]:
    """What stands in JSON of a part of this kind: how it writes numbers is not apart."""
    return [key for each in fields(kind) for key in (NUMERALS if each.name == "numerals" else (each.name,))]


def _read_numerals(table: Table) -> Numerals:
    decimal = table.maybe("decimal", partial(_read_choice, choices=(".", ","))) or "."
    return Numerals(
        decimal, unit=(table.maybe("unit", text) or "").translate(POWERS), marks=table.maybe("marks", text) or ""
    )


def _read_numeric(value: Any, path: Path) -> NumericEncoder:
    table = _open_table(value, path, NumericEncoder)
    width = table.need("width", partial(whole, low=1, high=WIDEST))
    scale = table.need("scale", partial(_read_vector, widths={1, width}))
    if min(scale) <= 0:
        raise Fault("expected numbers above 0.", (*path, "scale"))
    shift = table.need("shift", partial(_read_vector, widths={len(scale)}))
    fill = table.maybe("fill", partial(_read_vector, widths={width}))
    marked = table.maybe("marked", partial(_read_places, width=width)) or ()
    low, high = table.maybe("low", number), table.maybe("high", number)
    return NumericEncoder(table.need("name", text), width, shift, scale, fill, marked, low, high, _read_numerals(table))


def _read_date(value: Any, path: Path) -> DateEncoder:
    table = _open_table(value, path, DateEncoder)
    scale = table.need("scale", number)
    if scale <= 0:
        raise Fault("expected a number above 0.", (*path, "scale"))
    written = table.maybe("format", text) or ""
    shift, hours = table.need("shift", number), table.need("hours", flag)
    low, high = table.maybe("low", number), table.maybe("high", number)
    return DateEncoder(table.need("name", text), shift, scale, written, hours, low, high)


def _read_text(value: Any, path: Path) -> TextEncoder:
    table = _open_table(value, path, TextEncoder)
    return TextEncoder(table.need("name", text), table.need("units", partial(whole, low=1, high=WIDEST)))


def _read_categorical(value: Any, path: Path) -> CategoricalEncoder:
    table = _open_table(value, path, CategoricalEncoder)
    categories = tuple(_read_raw_text(each, where) for each, where in table.need("categories", filled))
    _refuse_repeats(categories, (*path, "categories"), "category")
    fill = table.maybe("fill", partial(_read_choice, choices=categories))
    return CategoricalEncoder(table.need("name", text), categories, fill)


#: How each kind of encoder is read.
READERS: dict[Any, Callable[[Any, Path], Encoder]] = {
    NumericEncoder: _read_numeric, CategoricalEncoder: _read_categorical, DateEncoder: _read_date,
    TextEncoder: _read_text,
}  # fmt: skip


def _read_targets(value: Any, path: Path) -> tuple[Target, ...]:
    """One target, or a list of several."""
    several = filled(value, path) if isinstance(value, list) else [(value, path)]
    targets = tuple(_read_target(*each) for each in several)
    if not fit_together(targets):
        raise Fault("expected targets of numbers, or of two labels each.", path)
    return targets


def _read_target(value: Any, path: Path) -> Target:
    table = Table(value, path, ("problem", "labels", *_list_keys(RegressionTarget)))
    problem = table.need("problem", partial(_read_choice, choices=("classification", "regression")))
    return _read_class_target(value, path) if problem == "classification" else _read_regression_target(value, path)


def _read_class_target(value: Any, path: Path) -> ClassTarget:
    table = Table(value, path, ("problem", "name", "labels"))
    labels = tuple(_read_label(each, where) for each, where in table.need("labels", filled))
    if len(labels) < 2 or len({type(label) for label in labels}) > 1:
        raise Fault("expected two labels or more, all of one type.", (*path, "labels"))
    _refuse_repeats(labels, (*path, "labels"), "label")
    return ClassTarget(table.need("name", text), labels)


def _read_regression_target(value: Any, path: Path) -> RegressionTarget:
    table = Table(value, path, ("problem", *_list_keys(RegressionTarget)))
    scale = table.need("scale", number)
    if scale <= 0:
        raise Fault("expected a number above 0.", (*path, "scale"))
    return RegressionTarget(table.need("name", text), table.need("shift", number), scale, _read_numerals(table))


def _read_vector(value: Any, path: Path, widths: set[int]) -> tuple[float, ...]:
    numbers = tuple(number(each, where) for each, where in filled(value, path))
    if len(numbers) not in widths:
        raise Fault(f"expected {' or '.join(map(str, sorted(widths)))} numbers, received {len(numbers)}.", path)
    return numbers


def _read_places(value: Any, path: Path, width: int) -> tuple[int, ...]:
    places = tuple(whole(each, where, low=0, high=width - 1) for each, where in filled(value, path))
    _refuse_repeats(places, path, "column")
    return places


def _read_label(value: Any, path: Path) -> Label:
    if not isinstance(value, str | int):
        raise Fault(f"expected a text, a whole number or true or false, received {shown(value)}.", path)
    return value


def _read_raw_text(value: Any, path: Path) -> str:
    """A category, which may hold anything that a cell may."""
    if not isinstance(value, str):
        raise Fault(f"expected a text, received {shown(value)}.", path)
    return value


def _read_choice(value: Any, path: Path, choices: tuple[str, ...]) -> str:
    if not isinstance(value, str) or value not in choices:
        raise Fault(f"expected one of {', '.join(map(shown, choices[:8]))}, received {shown(value)}.", path)
    return value


def _refuse_repeats(values: Any, path: Path, what: str) -> None:
    seen: set[Any] = set()
    for value in values:
        if value in seen:
            raise Fault(f"the {what} {shown(value)} occurs twice.", path)
        seen.add(value)
