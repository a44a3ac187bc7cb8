"""What is to be predicted: classes, a unit each (two classes: one unit), or an amount, (y - mean) / deviation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, TypeAlias

import numpy as np
from numpy.typing import NDArray

from backproof.arrays import AnyArray
from backproof.data.features import missing_value_error, refuse_infinite
from backproof.data.kinds import format_label, to_categorical, to_numeric
from backproof.data.table import Column, Table
from backproof.errors import did_you_mean
from backproof.schema import shown

Label: TypeAlias = str | int | bool


@dataclass(frozen=True)
class ClassTarget:
    """One of these labels: y is 1 for the row's own; of two labels, the probability of the second is enough."""

    problem: ClassVar[str] = "classification"
    name: str
    labels: tuple[Label, ...]

    @property
    def units(self) -> int:
        """The number of outputs."""
        return len(self.labels) if len(self.labels) > 2 else 1

    @property
    def activation(self) -> str:
        """The output layer's: sigmoid for one probability, softmax for several that add up to 1."""
        return "sigmoid" if self.units == 1 else "softmax"

    @property
    def cost(self) -> str:
        """The cost that these probabilities maximise the likelihood with."""
        return "binary_cross_entropy" if self.units == 1 else "cross_entropy"

    def codes(self, column: Column, table: Table) -> NDArray[np.int64]:
        """The place of each row's label. Errors: DataError for a missing label or one that is not known."""
        words = to_categorical(column)
        places = {format_label(label): place for place, label in enumerate(self.labels)}
        codes = np.array([*(places.get(text, -2) for text in words.texts), -1], dtype=np.int64)[words.codes]
        if len(codes) and codes.min() < 0:
            row = int(np.argmax(codes < 0))
            if codes[row] == -1:
                raise missing_value_error(table, int((codes == -1).sum()), row, shown(self.name))
            text = words.texts[words.codes[row]]
            near = did_you_mean(text[:100], list(places))
            raise table.fault(f"the label {shown(text)} did not occur in training.{near}", row, shown(self.name))
        return codes

    def encode(self, column: Column, table: Table) -> AnyArray:
        """Targets in float64, (rows, units)."""
        codes = self.codes(column, table)
        return codes[:, None].astype(np.float64) if self.units == 1 else np.eye(self.units)[codes]

    def decode(self, outputs: AnyArray) -> list[Label]:
        """The likeliest label of each row of outputs."""
        return [self.labels[place] for place in self.places(outputs).tolist()]

    def places(self, outputs: AnyArray) -> NDArray[np.int64]:
        """The place of the likeliest label of each row of outputs, or of targets."""
        places: AnyArray = outputs[:, 0] > 0.5 if self.units == 1 else outputs.argmax(axis=1)
        return places.astype(np.int64)

    def probabilities(self, outputs: AnyArray) -> AnyArray:
        """The probability of each label, (rows, labels)."""
        return np.concatenate([1 - outputs, outputs], axis=1) if self.units == 1 else outputs


@dataclass(frozen=True)
class RegressionTarget:
    """y = (amount - shift) scale"""

    problem: ClassVar[str] = "regression"
    units: ClassVar[int] = 1
    activation: ClassVar[str] = "identity"
    cost: ClassVar[str] = "half_squared_error"
    name: str
    shift: float
    scale: float

    def encode(self, column: Column, table: Table) -> AnyArray:
        """Targets in float64, (rows, 1). Errors: DataError for missing and infinite amounts."""
        numbers = to_numeric(column, table)
        refuse_infinite(numbers, table)
        values = numbers.values.astype(np.float64)
        missing = np.isnan(values)
        if missing.any():
            raise missing_value_error(table, int(missing.sum()), int(np.argmax(missing)), shown(self.name))
        return ((values - self.shift) * self.scale)[:, None]

    def decode(self, outputs: AnyArray) -> list[float]:
        """The amount that each row of outputs means."""
        return [float(amount) for amount in outputs[:, 0] / self.scale + self.shift]


Target: TypeAlias = ClassTarget | RegressionTarget
