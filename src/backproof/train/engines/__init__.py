"""Engines: where and how the steps of a run are taken. `choose` picks one, and says why."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from math import prod
from typing import Any

from backproof.errors import OptionError
from backproof.operations.registry import shown
from backproof.train.engines.engine import Engine
from backproof.train.step import Recipe
from backproof.wiring import shapes

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
    if asked == "numpy" or not has_jax() or (asked == "auto" and seconds(recipe, steps, samples) < COMPILE):
        from backproof.train.engines.numpy import NumpyEngine

        return NumpyEngine(recipe, dtype)
    from backproof.train.engines.jax import JaxEngine

    return JaxEngine(recipe, dtype)


def seconds(recipe: Recipe, steps: int, samples: int) -> float:
    """About how long NumPy takes for so many steps."""
    operations, products = work(recipe, samples)
    return steps * (operations * 4e-6 + products * 3e-11)


def compiled_seconds(recipe: Recipe, steps: int, samples: int) -> float:
    """About how long a compiled program takes for so many steps."""
    operations, products = work(recipe, samples)
    return steps * (operations * 5e-9 + products * 1.3e-11)


def work(recipe: Recipe, samples: int) -> tuple[int, int]:
    """How many operations on arrays a step is, and how many operations on numbers its products of matrices are."""
    arrays = shapes(recipe.wiring.units)
    operations = len(arrays) * (8 + 6 * len(recipe.optimiser.slots))
    return operations, 6 * samples * sum(prod(shape) for shape in arrays.values())


@cache
def has_jax() -> bool:
    """Whether JAX can be imported, without importing it."""
    try:
        return find_spec("jax") is not None
    except ValueError:
        return False
