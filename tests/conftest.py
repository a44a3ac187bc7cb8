"""Fixtures for all tests."""

import os
import shutil
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


@pytest.fixture(scope="session")
def playwright():
    """What drives browsers; one process can start it once."""
    api = pytest.importorskip("playwright.sync_api")
    with api.sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def chromium(playwright):
    """A browser, where there is one."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("there is no Chromium")
    browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def firefox(playwright):
    """Another browser, where there is one that can be driven."""
    found = shutil.which("firefox") or shutil.which("firefox-esr")
    if found is None:
        pytest.skip("there is no Firefox")
    try:
        browser = playwright.firefox.launch(executable_path=found)
    except Exception as error:  # Playwright is not imported here, and drives only a Firefox of its own
        pytest.skip(f"this Firefox cannot be driven: {error}")
    yield browser
    browser.close()
