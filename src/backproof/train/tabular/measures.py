"""Measures of how good predictions are, each a number by its name; scikit-learn computes all but the simplest."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from backproof.arrays import AnyArray
from backproof.data.targets import ClassTarget, RegressionTarget, Target
from backproof.train.metrics import squared_error
from backproof.train.tabular.score import Accuracy, Fit, Score
from backproof.validate import is_installed

#: What is said where scikit-learn is not installed.
MISSING = (
    "Precision, recall, F1, ROC-AUC and the comparison with other models need scikit-learn: "
    "pip install 'backproof[sklearn]'."
)


@dataclass(frozen=True)
class LabelScore:
    """How one label was predicted: its rows, tp / (tp + fp), tp / (tp + fn), and the harmonic mean of both."""

    label: str
    rows: int
    precision: float
    recall: float
    f1: float


def compute_measures(target: Target, y: AnyArray, outputs: AnyArray, score: Score) -> dict[str, float]:
    """The measures of outputs for targets y, both as the network has them; those that are not defined are left out."""
    if isinstance(score, Fit):
        assert isinstance(target, RegressionTarget)
        error = squared_error(y.astype(np.float64), outputs.astype(np.float64))
        return {
            **({"r2": score.r2} if len(y) > 1 else {}),
            "mean_absolute_error": score.absolute_error,
            "root_mean_squared_error": sqrt(error) / target.scale,
        }
    assert isinstance(target, ClassTarget)
    return {"accuracy": score.value, **_measure_labels(target, y, outputs)}


def _measure_labels(target: ClassTarget, y: AnyArray, outputs: AnyArray) -> dict[str, float]:
    if not is_installed("sklearn"):
        return {}
    from sklearn.metrics import f1_score, recall_score

    true, found = target.predict_places(y), target.predict_places(outputs)
    known = {"labels": np.unique(true), "average": "macro", "zero_division": 0}
    area = compute_roc_auc(target, true, target.label_probabilities(outputs))
    return {
        "balanced_accuracy": float(recall_score(true, found, **known)),
        "f1": float(f1_score(true, found, **known)),
        **({} if area is None else {"roc_auc": area}),
    }


def compute_roc_auc(target: ClassTarget, true: NDArray[np.int64], probabilities: AnyArray) -> float | None:
    """The area under the ROC curve, of more than two labels the mean of each against the rest; None if undefined."""
    from sklearn.metrics import roc_auc_score

    present = np.unique(true)
    if len(present) < 2 or not np.isfinite(probabilities).all():
        return None
    if len(target.labels) == 2:
        return float(roc_auc_score(true, probabilities[:, 1]))
    return float(roc_auc_score(true[:, None] == present, probabilities[:, present], average="macro"))


def score_labels(score: Accuracy) -> tuple[LabelScore, ...]:
    """The scores of each label, by the confusion of them all; nothing without scikit-learn."""
    if not is_installed("sklearn"):
        return ()
    from sklearn.metrics import precision_recall_fscore_support

    places = np.arange(len(score.labels))
    pairs = np.meshgrid(places, places, indexing="ij")
    true, found = (np.repeat(each.ravel(), score.confusion.ravel()) for each in pairs)
    columns = precision_recall_fscore_support(true, found, labels=places, zero_division=0)
    return tuple(
        LabelScore(str(label), int(rows), float(precision), float(recall), float(f1))
        for label, precision, recall, f1, rows in zip(score.labels, *columns, strict=True)
    )
