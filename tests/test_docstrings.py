"""The examples in the docstrings of public entries run, and print what they say."""

import doctest
from importlib import import_module

import pytest

import backproof

#: Modules whose public entries have examples.
MODULES = ["network", "trace"]


@pytest.mark.parametrize("name", MODULES)
def test_examples_run(name):
    module = import_module(f"backproof.{name}")
    failed, tried = doctest.testmod(module, optionflags=doctest.NORMALIZE_WHITESPACE)
    assert tried > 0
    assert failed == 0


def test_what_is_exported_exists():
    assert all(getattr(backproof, name) is not None for name in backproof.__all__)
