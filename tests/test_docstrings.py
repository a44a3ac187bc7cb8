"""Public entries are documented as numpydoc has it, and the examples in their docstrings run."""

import doctest
import inspect
from importlib import import_module
from itertools import pairwise

import pytest

import backproof

#: Modules whose public entries have examples.
MODULES = [
    "checking.claims.report", "checking.code.backward", "checking.code.gradient", "checking.code.inference",
    "checking.code.layer", "custom", "derivation.model", "errors", "network",
    "train.fit", "train.history", "train.store.model_file", "trace", "worksheet.model", "worksheet.source",
]  # fmt: skip
#: Entries of one line each, x to f(x), as their docstrings say.
FUNCTIONS = {name for name in backproof.__all__ if backproof._HOME[name] == "functions"}
DOCUMENTED = sorted({*backproof.__all__} - FUNCTIONS - {"__version__"})


def sections(entry):
    """The headings of a docstring that are underlined."""
    lines = inspect.getdoc(entry).splitlines()
    return {above for above, below in pairwise(lines) if above and below == "-" * len(above)}


@pytest.mark.parametrize("name", MODULES)
def test_examples_run(name, own_activations):
    module = import_module(f"backproof.{name}")
    failed, tried = doctest.testmod(module, optionflags=doctest.NORMALIZE_WHITESPACE)
    assert tried > 0
    assert failed == 0


def test_the_example_of_the_estimators_runs():
    pytest.importorskip("pandas")
    weights = pytest.importorskip("backproof.interop.sklearn.weights")
    failed, tried = doctest.testmod(weights)
    assert tried > 0
    assert failed == 0


@pytest.mark.parametrize("name", ["interop.torch", "interop.torch.check"])
def test_the_examples_of_pytorch_run(name):
    pytest.importorskip("torch")
    failed, tried = doctest.testmod(import_module(f"backproof.{name}"), optionflags=doctest.NORMALIZE_WHITESPACE)
    assert tried > 0
    assert failed == 0


def test_what_is_exported_exists():
    assert all(getattr(backproof, name) is not None for name in backproof.__all__)


@pytest.mark.parametrize("name", DOCUMENTED)
def test_a_public_entry_is_documented(name):
    entry = getattr(backproof, name)
    found = sections(entry)
    assert "Examples" in found
    assert entry.__module__.removeprefix("backproof.") in MODULES
    if inspect.isclass(entry):
        assert found & {"Parameters", "Attributes"}
    else:
        assert found >= {"Parameters", "Returns", "Raises"}


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_a_function_of_formulas_says_what_it_is(name):
    assert getattr(backproof, name).__doc__
