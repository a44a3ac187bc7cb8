"""Networks as ONNX files: `backproof.onnx.save(network, path)` and `backproof.onnx.load(path)`."""

from __future__ import annotations

try:
    from backproof.interop.onnx import load, save
except ModuleNotFoundError as error:
    if (error.name or "").partition(".")[0] not in ("onnx", "google"):
        raise
    raise ModuleNotFoundError(
        "backproof.onnx needs onnx, which is not installed: pip install 'backproof[onnx]'.", name="onnx"
    ) from None

__all__ = ["load", "save"]
