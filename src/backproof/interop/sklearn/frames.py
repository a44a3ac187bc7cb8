"""Data frames with columns that are not numbers: skrub turns them into numbers, fills what is missing, and scales."""

from __future__ import annotations

from typing import Any

MISSING = (
    "X has columns that are not numbers: {columns}. pip install 'backproof[tables]' adds skrub, which turns them into "
    "numbers; or encode them before, such as with sklearn.preprocessing.OneHotEncoder."
)


def list_other_columns(X: Any) -> list[str]:
    """The columns of a pandas or polars frame that are not numbers; none of what is no frame."""
    if not (hasattr(X, "columns") and hasattr(X, "dtypes")):
        return []
    return [str(name) for name, dtype in zip(X.columns, X.dtypes, strict=True) if not _is_number(dtype)]


def _is_number(dtype: Any) -> bool:
    if hasattr(dtype, "is_numeric"):  # polars
        return bool(dtype.is_numeric()) or str(dtype) == "Boolean"
    return getattr(dtype, "kind", "O") in "biuf"


def fit_vectorizer(X: Any, estimator: Any) -> Any | None:
    """What skrub puts before an estimator for a frame like X; None where all its columns are numbers.

    Errors: ValueError without skrub.
    """
    columns = list_other_columns(X)
    if not columns:
        return None
    try:
        from skrub import tabular_pipeline
    except ImportError:
        raise ValueError(MISSING.format(columns=", ".join(columns[:8]))) from None
    return tabular_pipeline(estimator)[:-1].fit(X)
