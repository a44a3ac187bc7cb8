"""Estimators for scikit-learn: `from backproof.sklearn import MLPClassifier, MLPRegressor`."""

from __future__ import annotations

try:
    from backproof.interop.sklearn import MLPClassifier, MLPRegressor
except ModuleNotFoundError as error:
    if (error.name or "").partition(".")[0] != "sklearn":
        raise
    raise ModuleNotFoundError(
        "backproof.sklearn needs scikit-learn, which is not installed: pip install 'backproof[sklearn]'.",
        name="sklearn",
    ) from None

__all__ = ["MLPClassifier", "MLPRegressor"]
