"""Engines: where and how the steps of a run are taken. `choose` picks one, and says why."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from typing import Any

from backproof.errors import OptionError
from backproof.operations.registry import shown
from backproof.train.engines.engine import Engine
from backproof.train.engines.numpy import NumpyEngine
from backproof.train.step import Recipe

NAMES = ("auto", "numpy", "jax")
#: What importing JAX and compiling a program takes, in seconds.
COMPILE = 0.4


def choose(asked: Any, recipe: Recipe, dtype: str, steps: int, samples: int) -> Engine:
    """The engine for a run of so many steps of so many samples; `auto` takes NumPy for what ends within a compile.

    Errors: OptionError for another name, or for JAX where it is not installed.
    """
    if asked not in NAMES:
        raise OptionError(f"engine must be 'auto', 'numpy' or 'jax', received {shown(asked)}.")
    if asked == "jax" and not has_jax():
        raise OptionError("engine 'jax' needs JAX, which is not installed: pip install 'backproof[train]'.")
    if asked == "auto" and recipe.optimiser.shared:  # what all parameters share is quick in NumPy and slow to compile
        asked = "numpy"
    if asked == "numpy" or not has_jax() or (asked == "auto" and NumpyEngine.seconds(recipe, steps, samples) < COMPILE):
        return NumpyEngine(recipe, dtype)
    from backproof.train.engines.jax import JaxEngine

    return JaxEngine(recipe, dtype)


@cache
def has_jax() -> bool:
    """Whether JAX can be imported, without importing it."""
    try:
        return find_spec("jax") is not None
    except ValueError:
        return False
