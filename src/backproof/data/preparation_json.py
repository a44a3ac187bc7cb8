"""A Preparation as JSON and back. Every key, type and number is checked, since a model file may come from anybody."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from typing import Any

from backproof.data.encoders import CategoricalEncoder, Encoder, NumericEncoder
from backproof.data.preparation import Preparation
from backproof.data.targets import ClassTarget, Label, RegressionTarget, Target
from backproof.errors import DataError
from backproof.schema import Fault, Path, Table, dotted, filled, number, shown, text, whole

FORMAT = 1
WIDEST = 10_000_000


def preparation_to_json(preparation: Preparation) -> dict[str, Any]:
    """The preparation as dictionaries, lists, texts and numbers."""
    features = [{"kind": encoder.kind, **_list_fields(encoder)} for encoder in preparation.encoders]
    target = {"problem": preparation.target.problem, **_list_fields(preparation.target)}
    return {"format": FORMAT, "features": features, "target": target}


def preparation_from_json(document: Any) -> Preparation:
    """The preparation that `preparation_to_json` wrote. Raise DataError, with the key path, for anything else."""
    try:
        return _read_preparation(Table(document, (), ("format", "features", "target")))
    except Fault as fault:
        place = f"{dotted(fault.path)}: " if fault.path else ""
        raise DataError(f"this is not a preparation of data: {place}{fault.message}") from None


def _list_fields(part: Encoder | Target) -> dict[str, Any]:
    return {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(part).items()
            if value is not None}  # fmt: skip


def _read_preparation(table: Table) -> Preparation:
    version = table.need("format", partial(whole, low=1))
    if version > FORMAT:
        raise Fault(f"format {version} is newer than this Backproof, which reads {FORMAT}; update it.", ("format",))
    encoders = tuple(_read_encoder(each, path) for each, path in table.need("features", filled))
    target = table.need("target", _read_target)
    names = [*(encoder.name for encoder in encoders), target.name]
    _refuse_repeats(names, ("features",), "column")
    return Preparation(encoders, target)


def _read_encoder(value: Any, path: Path) -> Encoder:
    known = ("kind", "name", "width", "shift", "scale", "fill", "categories")
    kind = Table(value, path, known).need("kind", partial(_read_choice, choices=("numeric", "categorical")))
    return _read_numeric(value, path) if kind == "numeric" else _read_categorical(value, path)


def _read_numeric(value: Any, path: Path) -> NumericEncoder:
    table = Table(value, path, ("kind", "name", "width", "shift", "scale", "fill"))
    width = table.need("width", partial(whole, low=1, high=WIDEST))
    scale = table.need("scale", partial(_read_vector, widths={1, width}))
    if min(scale) <= 0:
        raise Fault("expected numbers above 0.", (*path, "scale"))
    shift = table.need("shift", partial(_read_vector, widths={len(scale)}))
    fill = table.maybe("fill", partial(_read_vector, widths={width}))
    return NumericEncoder(table.need("name", text), width, shift, scale, fill)


def _read_categorical(value: Any, path: Path) -> CategoricalEncoder:
    table = Table(value, path, ("kind", "name", "categories", "fill"))
    categories = tuple(_read_raw_text(each, where) for each, where in table.need("categories", filled))
    _refuse_repeats(categories, (*path, "categories"), "category")
    fill = table.maybe("fill", partial(_read_choice, choices=categories))
    return CategoricalEncoder(table.need("name", text), categories, fill)


def _read_target(value: Any, path: Path) -> Target:
    table = Table(value, path, ("problem", "name", "labels", "shift", "scale"))
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
    table = Table(value, path, ("problem", "name", "shift", "scale"))
    scale = table.need("scale", number)
    if scale <= 0:
        raise Fault("expected a number above 0.", (*path, "scale"))
    return RegressionTarget(table.need("name", text), table.need("shift", number), scale)


def _read_vector(value: Any, path: Path, widths: set[int]) -> tuple[float, ...]:
    numbers = tuple(number(each, where) for each, where in filled(value, path))
    if len(numbers) not in widths:
        raise Fault(f"expected {' or '.join(map(str, sorted(widths)))} numbers, received {len(numbers)}.", path)
    return numbers


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
