"""Packages that the plain install does without: pyarrow and narwhals, the extra `train`."""

from __future__ import annotations

import sys
from importlib.util import find_spec

from backproof.errors import DataError


def is_installed(package: str) -> bool:
    """Whether a package is there to be imported; one that is blocked is not."""
    if package in sys.modules:
        return sys.modules[package] is not None
    return find_spec(package) is not None


def require_package(package: str, what: str, source: str = "") -> None:
    """Nothing, where the package is installed. Errors: DataError that says how to install it."""
    if not is_installed(package):
        raise DataError(f"{what} needs {package}: pip install 'backproof[train]'.", source=source)
