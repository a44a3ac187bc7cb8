"""Targets as people have them: one number for each sample, or one label, instead of a row of outputs."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from backproof.arrays import AnyArray
from backproof.data.source import ArraySource
from backproof.errors import NumberError, OptionError, ShapeError, did_you_mean
from backproof.network import Network
from backproof.schema import shown
from backproof.validate import detach

Labels: TypeAlias = tuple[Any, ...]


def encode_targets(network: Network, x: ArrayLike, y: ArrayLike, labels: Labels = ()) -> tuple[Any, Labels]:
    """Targets as rows of outputs, and the labels that these stand for, if y holds labels.

    Labels are texts, or whole numbers for a network of several outputs, one for each sample. In their order each has an
    output with the target 1; for one output the first label is 0 and the second 1. `labels` are those that are known
    already. Raise ShapeError, NumberError or OptionError for labels that do not fit the network.
    """
    units = network.architecture.output_count
    given = _read_flat(y)
    if given is None or len(given) != _count_samples(x) or (units > 1 and given.dtype.kind == "f"):
        return y, labels
    if given.dtype.kind != "U" and units == 1 and not labels:
        return given[:, None], ()
    found = labels or _find_labels(given, units)
    places = {label: place for place, label in enumerate(found)}
    for label in given.tolist():
        if label not in places:
            near = did_you_mean(str(label), list(map(str, found)))
            raise OptionError(f"targets: the label {shown(label)} is none of those trained on.{near}")
    codes = np.array([places[label] for label in given.tolist()])
    return (codes[:, None].astype(np.float64) if units == 1 else np.eye(units)[codes]), found


def _read_flat(y: ArrayLike) -> AnyArray | None:
    """Targets that are one value for each sample: texts, numbers or truth values; None for anything else."""
    try:
        array = np.asarray(detach(y))
    except (TypeError, ValueError, RuntimeError):
        return None
    if array.dtype.kind in "OT" and array.size and all(isinstance(each, str) for each in array.ravel()):
        array = array.astype(np.str_)
    if array.ndim == 2 and array.shape[1] == 1 and array.dtype.kind == "U":
        array = array[:, 0]
    return array if array.ndim == 1 and array.dtype.kind in "Ubiuf" else None


def _count_samples(x: ArrayLike) -> int:
    shape = np.shape(detach(x))
    return shape[0] if len(shape) > 1 else 1


def _find_labels(given: AnyArray, units: int) -> Labels:
    """The labels in order, as many as the network tells apart."""
    found = tuple(np.unique(given).tolist())
    expected = max(2, units)
    if len(found) != expected:
        few = ", ".join(map(shown, found[:8])) + (", ..." if len(found) > 8 else "")
        raise ShapeError(
            f"targets hold {len(found)} labels ({few}); a network with {units} output{'s' if units > 1 else ''} tells "
            f"{expected} apart."
        )
    return found


def hold_back(source: ArraySource, share: float, seed: int) -> tuple[ArraySource, ArraySource]:
    """The samples to train on, and a share of them, drawn by the seed with classes in proportion, for validation."""
    from backproof.data.training_data import split_rows

    classes: Any = source.count
    if ((source.y == 0) | (source.y == 1)).all():
        classes = np.unique(source.y, axis=0, return_inverse=True)[1].reshape(-1)
    training, held = split_rows(classes, share, seed)
    return _take_rows(source, training), _take_rows(source, held)


def _take_rows(source: ArraySource, rows: AnyArray) -> ArraySource:
    weights = None if source.weights is None else source.weights[rows]
    if weights is not None and not weights.any():
        raise NumberError("sample_weight: all samples of the training or the validation set have weight 0.")
    return ArraySource(source.x[rows], source.y[rows], weights)
