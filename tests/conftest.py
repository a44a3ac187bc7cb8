"""Fixtures for all tests."""

import os
import tempfile
from pathlib import Path

import pytest

# Programs that tests compile are kept among themselves, not in the home of whoever runs them.
os.environ.setdefault("XDG_CACHE_HOME", str(Path(tempfile.gettempdir()) / f"backproof-tests-{os.getuid()}"))


@pytest.fixture
def x64():
    """JAX with 64 bits, and as it was before afterwards."""
    jax = pytest.importorskip("jax")
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    yield jax
    jax.config.update("jax_enable_x64", before)


@pytest.fixture
def own_activations(monkeypatch):
    """A registry in which a test may add activations, forgotten afterwards."""
    from backproof.operations.activation import activations

    monkeypatch.setattr(activations, "added", {})
    return activations
