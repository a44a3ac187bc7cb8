"""What is to be predicted: classes, one unit each (two classes: one unit), or a quantity, (y - mean) / deviation.

Several targets stand side by side in the outputs: quantities, or classes of two labels each.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, TypeAlias

import numpy as np
from numpy.typing import NDArray

from backproof.arrays import AnyArray
from backproof.data.columns import Column, format_label, to_categorical
from backproof.data.encoders import check_finite, missing_value_error
from backproof.data.kinds import parse_numbers, to_numeric
from backproof.data.numerals import AS_PYTHON, Numerals, find_numerals
from backproof.data.table import Table
from backproof.errors import OptionError, did_you_mean
from backproof.schema import shown

Label: TypeAlias = str | int | bool


@dataclass(frozen=True)
class ClassTarget:
    """One of these labels: y is 1 for the label of the row. For two labels the probability of the second is enough."""

    problem: ClassVar[str] = "classification"
    name: str
    labels: tuple[Label, ...]

    @property
    def units(self) -> int:
        """The number of outputs."""
        return len(self.labels) if len(self.labels) > 2 else 1

    @property
    def activation(self) -> str:
        """The activation of the output layer: sigmoid for one probability, softmax for several with sum 1."""
        return "sigmoid" if self.units == 1 else "softmax"

    @property
    def cost(self) -> str:
        """The cost whose minimum is the maximum of the likelihood."""
        return "binary_cross_entropy" if self.units == 1 else "cross_entropy"

    def encode_labels(self, column: Column, table: Table) -> NDArray[np.int64]:
        """The place of the label of each row. Raise DataError for a missing or unknown label."""
        words = to_categorical(column)
        places = {format_label(label): place for place, label in enumerate(self.labels)}
        found = [places.get(text, -2) for text in words.texts]
        if not isinstance(self.labels[0], str):  # 1.0 and TRUE stand for the labels 1 and True
            values = parse_numbers(words.texts, find_numerals(words.texts))[0].tolist()
            numbers = {float(label): place for place, label in enumerate(self.labels)}
            found = [numbers.get(value, -2) if place < 0 else place for place, value in zip(found, values, strict=True)]
        codes = np.array([*found, -1], dtype=np.int64)[words.codes]
        if len(codes) and codes.min() < 0:
            row = int(np.argmax(codes < 0))
            if codes[row] == -1:
                raise missing_value_error(table, int((codes == -1).sum()), row, shown(self.name))
            text = words.texts[words.codes[row]]
            near = did_you_mean(text[:100], list(places))
            raise table.error_at(f"the label {shown(text)} did not occur in training.{near}", row, shown(self.name))
        return codes

    def encode(self, column: Column, table: Table) -> AnyArray:
        """Targets in float64, (rows, units)."""
        codes = self.encode_labels(column, table)
        return codes[:, None].astype(np.float64) if self.units == 1 else np.eye(self.units)[codes]

    def decode(self, outputs: AnyArray) -> list[Label]:
        """The most likely label for each row of outputs."""
        return [self.labels[place] for place in self.predict_places(outputs).tolist()]

    def predict_places(self, outputs: AnyArray) -> NDArray[np.int64]:
        """The place of the most likely label for each row of outputs, or of targets."""
        places: AnyArray = outputs[:, 0] > 0.5 if self.units == 1 else outputs.argmax(axis=1)
        return places.astype(np.int64)

    def label_probabilities(self, outputs: AnyArray) -> AnyArray:
        """The probability of each label, (rows, labels)."""
        return np.concatenate([1 - outputs, outputs], axis=1) if self.units == 1 else outputs


@dataclass(frozen=True)
class RegressionTarget:
    """y = (quantity - shift) scale

    numerals: how texts write the quantity.
    """

    problem: ClassVar[str] = "regression"
    units: ClassVar[int] = 1
    activation: ClassVar[str] = "identity"
    cost: ClassVar[str] = "half_squared_error"
    name: str
    shift: float
    scale: float
    numerals: Numerals = AS_PYTHON

    def encode(self, column: Column, table: Table) -> AnyArray:
        """Targets in float64, (rows, 1). Raise DataError for missing and infinite numbers."""
        numbers = to_numeric(column, table, self.numerals)
        check_finite(numbers, table)
        values = numbers.values.astype(np.float64)
        missing = np.isnan(values)
        if missing.any():
            raise missing_value_error(table, int(missing.sum()), int(np.argmax(missing)), shown(self.name))
        return ((values - self.shift) * self.scale)[:, None]

    def decode(self, outputs: AnyArray) -> list[float]:
        """The quantity that each row of outputs stands for."""
        return [float(value) for value in outputs[:, 0] / self.scale + self.shift]


Target: TypeAlias = ClassTarget | RegressionTarget


def list_targets(given: str | Sequence[str]) -> tuple[str, ...]:
    """The names of the targets. Raise OptionError if there is none, or one occurs twice."""
    names = (given,) if isinstance(given, str) else tuple(given)
    if not names:
        raise OptionError("expected a column to predict, or several; received none.")
    if twice := [name for name in names if names.count(name) > 1]:
        raise OptionError(f"the target {shown(twice[0])} is given twice.")
    return names


def fit_together(targets: Sequence[Target]) -> bool:
    """Whether one network can predict the targets: all its outputs have one activation and one cost."""
    return len(targets) == 1 or all(each.units == 1 and each.problem == targets[0].problem for each in targets)


def split_columns(targets: Sequence[Target]) -> Iterator[tuple[Target, slice]]:
    """Each target, and the columns that are its own among the outputs."""
    start = 0
    for target in targets:
        yield target, slice(start, start + target.units)
        start += target.units
