"""A Preparation as JSON, and back, with every key, type and number checked: a model file may come from anybody."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from typing import Any

from backproof.data.features import Categorical, Feature, Numeric
from backproof.data.preparation import Preparation
from backproof.data.targets import Amount, Classes, Label, Target
from backproof.errors import DataError
from backproof.schema import Fault, Path, Table, dotted, filled, number, shown, text, whole

FORMAT = 1
WIDEST = 10_000_000


def to_json(preparation: Preparation) -> dict[str, Any]:
    """Plain dictionaries, lists, texts and numbers."""
    features = [{"kind": feature.kind, **_given(feature)} for feature in preparation.features]
    target = {"problem": preparation.target.problem, **_given(preparation.target)}
    return {"format": FORMAT, "features": features, "target": target}


def from_json(document: Any) -> Preparation:
    """The Preparation that `to_json` wrote. Errors: DataError with the key path of what does not fit."""
    try:
        return _preparation(Table(document, (), ("format", "features", "target")))
    except Fault as fault:
        place = f"{dotted(fault.path)}: " if fault.path else ""
        raise DataError(f"this is no preparation of data: {place}{fault.message}") from None


def _given(part: Feature | Target) -> dict[str, Any]:
    return {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(part).items()
            if value is not None}  # fmt: skip


def _preparation(table: Table) -> Preparation:
    version = table.need("format", partial(whole, low=1))
    if version > FORMAT:
        raise Fault(f"format {version} is newer than this Backproof, which reads {FORMAT}; update it.", ("format",))
    features = [_feature(each, path) for each, path in table.need("features", filled)]
    target = table.need("target", _target)
    names = [*(feature.name for feature in features), target.name]
    _once(names, ("features",), "column")
    return Preparation(tuple(features), target)


def _feature(value: Any, path: Path) -> Feature:
    known = ("kind", "name", "width", "shift", "scale", "fill", "categories")
    kind = Table(value, path, known).need("kind", partial(_one_of, choices=("numeric", "categorical")))
    return _numeric(value, path) if kind == "numeric" else _categorical(value, path)


def _numeric(value: Any, path: Path) -> Numeric:
    table = Table(value, path, ("kind", "name", "width", "shift", "scale", "fill"))
    width = table.need("width", partial(whole, low=1, high=WIDEST))
    scale = table.need("scale", partial(_vector, widths={1, width}))
    if min(scale) <= 0:
        raise Fault("expected numbers above 0.", (*path, "scale"))
    shift = table.need("shift", partial(_vector, widths={len(scale)}))
    fill = table.maybe("fill", partial(_vector, widths={width}))
    return Numeric(table.need("name", text), width, shift, scale, fill)


def _categorical(value: Any, path: Path) -> Categorical:
    table = Table(value, path, ("kind", "name", "categories", "fill"))
    categories = tuple(_raw_text(each, where) for each, where in table.need("categories", filled))
    _once(categories, (*path, "categories"), "category")
    fill = table.maybe("fill", partial(_one_of, choices=categories))
    return Categorical(table.need("name", text), categories, fill)


def _target(value: Any, path: Path) -> Target:
    table = Table(value, path, ("problem", "name", "labels", "shift", "scale"))
    problem = table.need("problem", partial(_one_of, choices=("classification", "regression")))
    return _classes(value, path) if problem == "classification" else _amount(value, path)


def _classes(value: Any, path: Path) -> Classes:
    table = Table(value, path, ("problem", "name", "labels"))
    labels = tuple(_label(each, where) for each, where in table.need("labels", filled))
    if len(labels) < 2 or len({type(label) for label in labels}) > 1:
        raise Fault("expected two labels or more, all of one type.", (*path, "labels"))
    _once(labels, (*path, "labels"), "label")
    return Classes(table.need("name", text), labels)


def _amount(value: Any, path: Path) -> Amount:
    table = Table(value, path, ("problem", "name", "shift", "scale"))
    scale = table.need("scale", number)
    if scale <= 0:
        raise Fault("expected a number above 0.", (*path, "scale"))
    return Amount(table.need("name", text), table.need("shift", number), scale)


def _vector(value: Any, path: Path, widths: set[int]) -> tuple[float, ...]:
    numbers = tuple(number(each, where) for each, where in filled(value, path))
    if len(numbers) not in widths:
        raise Fault(f"expected {' or '.join(map(str, sorted(widths)))} numbers, received {len(numbers)}.", path)
    return numbers


def _label(value: Any, path: Path) -> Label:
    if not isinstance(value, str | int):
        raise Fault(f"expected a text, a whole number or true or false, received {shown(value)}.", path)
    return value


def _raw_text(value: Any, path: Path) -> str:
    """A category, which may hold anything that a cell may."""
    if not isinstance(value, str):
        raise Fault(f"expected a text, received {shown(value)}.", path)
    return value


def _one_of(value: Any, path: Path, choices: tuple[str, ...]) -> str:
    if not isinstance(value, str) or value not in choices:
        raise Fault(f"expected one of {', '.join(map(shown, choices[:8]))}, received {shown(value)}.", path)
    return value


def _once(values: Any, path: Path, what: str) -> None:
    seen: set[Any] = set()
    for value in values:
        if value in seen:
            raise Fault(f"the {what} {shown(value)} stands there twice.", path)
        seen.add(value)
