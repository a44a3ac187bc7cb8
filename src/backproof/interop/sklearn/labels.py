"""Labels of classes as targets of outputs, and back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from sklearn.preprocessing import LabelBinarizer

from backproof.arrays import AnyArray


class Labels:
    """One column of labels, or yes and no for each of several (multilabel).

    Two classes have one output, more one each.
    """

    def __init__(self, y: Any) -> None:
        self.binarizer = LabelBinarizer().fit(y)

    @property
    def classes(self) -> Any:
        """The classes, sorted."""
        return self.binarizer.classes_

    @property
    def output(self) -> str:
        """What makes probabilities of the outputs: softmax where exactly one class is right."""
        return "softmax" if self.binarizer.y_type_ == "multiclass" else "logistic"

    def targets(self, y: Any) -> AnyArray:
        """0 and 1, shape (samples, outputs)."""
        if self.binarizer.y_type_.startswith("multilabel"):
            return np.asarray(self.binarizer.transform(y), bool)
        y, last = np.asarray(y), len(self.classes) - 1
        places = np.searchsorted(self.classes, y).clip(max=last)
        right = (places[:, None] == np.arange(last + 1)) & (self.classes[places] == y)[:, None]
        return right if last > 1 else right[:, 1:] if last else np.zeros_like(right)

    def labels(self, outputs: AnyArray) -> AnyArray:
        """The label of each sample, of targets as of outputs."""
        found: AnyArray = self.binarizer.inverse_transform(outputs.ravel() if outputs.shape[1] == 1 else outputs)
        return found

    def probabilities(self, outputs: AnyArray) -> Any:
        """Of each class, shape (samples, classes)."""
        return np.hstack([1 - outputs, outputs]) if outputs.shape[1] == 1 else outputs


class Columns:
    """Several columns of labels, or of their classes; each class of more than two is a question of yes or no."""

    output = "logistic"

    def __init__(self, columns: Iterable[Any]) -> None:
        self.columns = [Labels(np.asarray(column)) for column in columns]
        widths = [column.targets(column.classes[:1]).shape[1] for column in self.columns]
        self.places = np.cumsum(widths)[:-1]

    @property
    def classes(self) -> Any:
        """The classes of each column."""
        return [column.classes for column in self.columns]

    def targets(self, y: AnyArray) -> AnyArray:
        """0 and 1, shape (samples, outputs)."""
        return np.hstack([column.targets(each) for column, each in zip(self.columns, y.T, strict=True)])

    def labels(self, outputs: AnyArray) -> AnyArray:
        """The label of each sample in each column."""
        return np.column_stack([column.labels(part) for column, part in self._parts(outputs)])

    def probabilities(self, outputs: AnyArray) -> Any:
        """Of each class, one array for each column; those of a column add up to 1."""
        found = [column.probabilities(part) for column, part in self._parts(outputs)]
        return [each / each.sum(axis=1, keepdims=True) for each in found]

    def _parts(self, outputs: AnyArray) -> Any:
        return zip(self.columns, np.split(outputs, self.places, axis=1), strict=True)
