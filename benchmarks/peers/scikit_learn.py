"""scikit-learn's MLPClassifier; None where it is not installed."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from importlib.util import find_spec

import numpy as np
from numpy.typing import NDArray


def digits(x: NDArray[np.float32], y: NDArray[np.float32], batch: int, rate: float) -> Callable[[], object] | None:
    """An epoch of 784-128-10 by plain gradient descent, as ours: no momentum, no penalty."""
    if find_spec("sklearn") is None:
        return None
    from sklearn.neural_network import MLPClassifier

    model = MLPClassifier(
        (128,), solver="sgd", momentum=0, alpha=0, batch_size=batch, learning_rate_init=rate, random_state=0
    )
    classes = y.argmax(axis=1)

    def epoch() -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model.partial_fit(x, classes, classes=np.arange(10))

    return epoch
