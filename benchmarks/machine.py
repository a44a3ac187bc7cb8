"""What the figures were measured on."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = {"numpy": "NumPy", "jax": "JAX", "torch": "PyTorch", "scikit-learn": "scikit-learn", "optax": "Optax"}


def machine() -> str:
    """Processor, cores, system and the versions of what takes part."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    versions = [f"Python {platform.python_version()}", *(f"{name} {_version(at)}" for at, name in PACKAGES.items())]
    busy = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return f"{_processor()}, {platform.machine()}, {cores} cores{busy}, {platform.system()}; {', '.join(versions)}"


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not at hand"


def _processor() -> str:
    """Its name, as Linux has it, else as Python has it."""
    known = Path("/proc/cpuinfo")
    lines = known.read_text("utf-8").splitlines() if known.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or "unknown processor"
