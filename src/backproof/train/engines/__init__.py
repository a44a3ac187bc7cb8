"""Engines: where and how the steps of a run are taken. `choose` picks one; `why` says it."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec

from backproof.errors import OptionError
from backproof.train.engines.engine import Engine
from backproof.train.engines.numpy import NumpyEngine
from backproof.train.step import Recipe

TITLES = {"numpy": "NumPy", "jax": "JAX"}
MISSING = "pip install 'backproof[train]' adds JAX, which is faster, Parquet files, data frames and curves."
#: What importing JAX and compiling a program takes, in seconds.
COMPILE = 0.4


def choose_engine(asked: str, recipe: Recipe, dtype: str, steps: int, samples: int) -> Engine:
    """The engine for a run of so many steps of so many samples; `auto` takes NumPy for what ends within a compile.

    Errors: OptionError for JAX where it is not installed.
    """
    if asked == "jax" and not has_jax():
        raise OptionError("engine 'jax' needs JAX, which is not installed: pip install 'backproof[train]'.")
    if asked == "auto" and recipe.optimiser.shared:  # what all parameters share is quick in NumPy and slow to compile
        asked = "numpy"
    if asked == "numpy" or not has_jax() or (asked == "auto" and NumpyEngine.seconds(recipe, steps, samples) < COMPILE):
        return NumpyEngine(recipe, dtype)
    from backproof.train.engines.jax import JaxEngine

    return JaxEngine(recipe, dtype)


def explain_engine(asked: str, chosen: Engine, steps: int, samples: int) -> str:
    """What a run of so many steps computes with, and the reason, in one line."""
    took = f"{TITLES[chosen.name]} in {chosen.dtype.name}"
    seconds = NumpyEngine.seconds(chosen.recipe, steps, samples)
    if asked != "auto":
        return f"{took}, as requested."
    if not has_jax():
        return f"{took}. {MISSING}"
    if chosen.name == "numpy":
        return f"{took}: the run takes less time than compiling it would."
    return f"{took}: compiled, since NumPy alone would take about {format_seconds(seconds)}."


def format_seconds(seconds: float) -> str:
    """A time as people say it, in its first two figures."""
    if seconds < 100:
        return f"{seconds:.2g} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.0f} h"


@cache
def has_jax() -> bool:
    """Whether JAX can be imported, without importing it."""
    try:
        return find_spec("jax") is not None
    except ValueError:
        return False
