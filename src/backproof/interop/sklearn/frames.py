"""Data frames with columns that are not numbers: skrub's TableVectorizer turns them into numbers."""

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


def fit_vectorizer(X: Any) -> Any | None:
    """What turns a frame like X into numbers; None where all its columns are. Errors: ValueError without skrub."""
    columns = list_other_columns(X)
    if not columns:
        return None
    try:
        from skrub import TableVectorizer
    except ImportError:
        raise ValueError(MISSING.format(columns=", ".join(columns[:8]))) from None
    return TableVectorizer().fit(X)
