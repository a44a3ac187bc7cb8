"""PyTorch: `from backproof.torch import from_torch`, for a network of somebody's module."""

from __future__ import annotations

try:
    from backproof.interop.torch import check, explain, from_torch
except ModuleNotFoundError as error:
    if (error.name or "").partition(".")[0] != "torch":
        raise
    raise ModuleNotFoundError(
        "backproof.torch needs PyTorch, which is not installed: pip install 'backproof[torch]'.", name="torch"
    ) from None

__all__ = ["check", "explain", "from_torch"]
