"""Engines: where and how the steps of a run are taken. `choose_engine` picks one; `explain_engine` says why."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec

from backproof.errors import OptionError
from backproof.train.engines.engine import Engine
from backproof.train.engines.numpy import NumpyEngine
from backproof.train.step import Recipe

TITLES = {"numpy": "NumPy", "jax": "JAX"}
MISSING = "pip install 'backproof[train]' adds JAX, which is faster, Parquet files, data frames and curves."
#: Seconds that a run would take on NumPy from which on the engines are measured on this machine.
LONG = 20.0
#: Number of layers with which compiling takes twice as long as for a shallow network; it grows with their square.
DEEP = 15


def choose_engine(
    asked: str, recipe: Recipe, dtype: str, steps: int, samples: int, *, may_stop: bool = False
) -> Engine:
    """The engine for a run of at most that number of steps, of that number of samples each.

    `auto` takes JAX where it wins more time than it takes to be compiled; a run that may stop early begins with NumPy.

    Errors: OptionError for JAX where it is not installed.
    """
    if asked == "jax" and not has_jax():
        raise OptionError("engine 'jax' needs JAX, which is not installed: pip install 'backproof[train]'.")
    from_start = 0
    if asked == "auto" and has_jax():
        from_start = count_numpy_steps(recipe, steps, samples)
    if asked == "numpy" or not has_jax() or from_start >= steps > 0 or (asked == "auto" and not steps):
        return NumpyEngine(recipe, dtype)
    if may_stop and asked == "auto":
        from backproof.train.engines.hand_over import HandOverEngine

        return HandOverEngine(recipe, dtype, from_start)
    from backproof.train.engines.jax import JaxEngine

    return JaxEngine(recipe, dtype)


def count_numpy_steps(recipe: Recipe, steps: int, samples: int) -> int:
    """With how many steps a run of unknown length begins on NumPy: all, where JAX has nothing to win.

    As many as take the time of a compile; so a run of any length takes at most twice the time of the better choice.
    """
    if recipe.optimiser.shared:  # what all parameters share is quick in NumPy and slow to compile
        return steps
    from backproof.train.engines.jax import JaxEngine
    from backproof.train.engines.speeds import Speeds, find_speeds

    slow, quick = (each.seconds(recipe, 1, samples) for each in (NumpyEngine, JaxEngine))
    speeds = find_speeds() if slow * steps > LONG else Speeds()
    slow, quick = slow * speeds.numpy, quick * speeds.jax
    compile_time = speeds.compile * (1 + (recipe.architecture.depth / DEEP) ** 2)
    first = int(compile_time / slow)
    return steps if (steps - first) * (slow - quick) < compile_time else first


def explain_engine(asked: str, chosen: Engine, steps: int, samples: int) -> str:
    """What a run computes with, and the reason, in one line."""
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
