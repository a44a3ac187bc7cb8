"""Estimators for scikit-learn: `from backproof.sklearn import MLPClassifier, MLPRegressor`."""

from __future__ import annotations

from importlib.util import find_spec

if find_spec("sklearn") is None:
    raise ImportError("backproof.sklearn needs scikit-learn, which is not installed: pip install 'backproof[sklearn]'.")

from backproof.interop.sklearn import MLPClassifier, MLPRegressor

__all__ = ["MLPClassifier", "MLPRegressor"]
