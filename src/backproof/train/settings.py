"""What a training run is asked to do, every option checked before anything is computed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np

from backproof.errors import OptionError, did_you_mean
from backproof.network import Network, rate, real
from backproof.operations.optimiser import Optimiser, optimisers
from backproof.operations.registry import shown
from backproof.operations.schedule import Schedule, schedules
from backproof.train.step import Recipe

DTYPES = ("float32", "float64")


@dataclass(frozen=True)
class Settings:
    """The options of `fit` that a step depends on, checked and in one form; see there for what each means."""

    epochs: int
    learning_rate: float
    optimiser: Optimiser
    schedule: Schedule
    batch_size: int | None
    batches: tuple[tuple[int, ...], ...]
    shuffle: bool
    seed: int
    l1: float
    l2: float
    dropout: tuple[float, ...]
    clip: float | None
    dtype: str
    share_penalty: bool = False

    def recipe(self, network: Network, *, scaled: bool = False) -> Recipe:
        """What every step of the run does."""
        return Recipe(
            network.wiring,
            network.activations,
            network.cost,
            network.reduction,
            self.optimiser,
            self.schedule,
            self.dropout if any(self.dropout) else (),
            penalised=self.l1 > 0 or self.l2 > 0,
            clipped=self.clip is not None,
            scaled=scaled,
            share_penalty=self.share_penalty,
        )

    def numbers(self) -> dict[str, float]:
        """The numbers of a step that a compiled program takes as they come."""
        clip = {} if self.clip is None else {"clip": self.clip}
        return {"learning_rate": self.learning_rate, "l1": self.l1, "l2": self.l2, **clip}


def settings(
    network: Network,
    count: int,
    *,
    epochs: int = 1000,
    learning_rate: float = 0.1,
    optimizer: Any = "sgd",
    schedule: Any = "constant",
    batch_size: int | None = None,
    batches: Sequence[Sequence[int]] = (),
    shuffle: bool = True,
    seed: int = 0,
    l1: float = 0.0,
    l2: float = 0.0,
    dropout: Any = 0.0,
    clip: float | None = None,
    dtype: str = "float64",
    share_penalty: bool = False,
) -> Settings:
    """The options of a run on `count` samples, each checked. Errors: OptionError, NameUnknown, NumberError."""
    return Settings(
        whole("epochs", epochs, 0),
        rate(learning_rate),
        optimisers.make(optimizer),
        schedules.make(schedule),
        batch_size,
        _batches(batches, batch_size, count),
        flag("shuffle", shuffle),
        whole("seed", seed, 0),
        amount("l1", l1),
        amount("l2", l2),
        _dropout(dropout, network.depth),
        None if clip is None else _positive("clip", clip),
        precision(dtype),
        flag("share_penalty", share_penalty),
    )


def known_options(options: Iterable[str]) -> None:
    """An OptionError for an option that does not exist, with the nearest one."""
    names = list(settings.__kwdefaults__ or ())
    for option in options:
        if option not in names:
            raise OptionError(
                f"there is no option '{option}'; expected {', '.join(names)}.{did_you_mean(option, names)}"
            )


def whole(what: str, value: Any, least: int) -> int:
    """A whole number from `least`, or an OptionError."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
        raise OptionError(f"{what} must be a whole number from {least}, received {shown(value)}.")
    return int(value)


def amount(what: str, value: Any, below: float = inf) -> float:
    """A finite number from 0 to below `below`, or an OptionError."""
    if not 0 <= real(value) < below:
        most = "" if below == inf else f" to below {below:g}"
        raise OptionError(f"{what} must be a finite number from 0{most}, received {shown(value)}.")
    return float(value)


def precision(dtype: Any) -> str:
    """The name of a kind of number to compute with, or an OptionError."""
    if not isinstance(dtype, str) or dtype not in DTYPES:
        raise OptionError(f"dtype must be 'float32' or 'float64', received {shown(dtype)}.")
    return dtype


def flag(what: str, value: Any) -> bool:
    """True or False, or an OptionError."""
    if not isinstance(value, bool | np.bool_):
        raise OptionError(f"{what} must be True or False, received {shown(value)}.")
    return bool(value)


def _positive(what: str, value: Any) -> float:
    if not amount(what, value):
        raise OptionError(f"{what} must be more than 0; leave it out for none.")
    return float(value)


def _dropout(given: Any, depth: int) -> tuple[float, ...]:
    """The rate of each layer before the last: one number is for every hidden layer, a list names each of them."""
    many = isinstance(given, Sequence) and not isinstance(given, str)
    if many or (isinstance(given, np.ndarray) and given.ndim):
        if len(given) != depth - 1:
            raise OptionError(f"dropout: expected {depth - 1} rates, one for each hidden layer; received {len(given)}.")
        return (0.0, *(amount("dropout", each, 1.0) for each in given))
    return (0.0, *[amount("dropout", given, 1.0)] * (depth - 1))


def _batches(given: Any, size: Any, count: int) -> tuple[tuple[int, ...], ...]:
    """The numbers of the samples of each step, where they are given: from 1 to `count`."""
    if size is not None:
        whole("batch_size", size, 1)
    try:
        batches = tuple(tuple(batch) for batch in given)
    except TypeError:
        batches = ((),)
    numbers = [number for batch in batches for number in batch]
    integers = all(isinstance(number, int | np.integer) and not isinstance(number, bool) for number in numbers)
    if not (all(batches) and integers and all(1 <= number <= count for number in numbers)):
        raise OptionError(
            f"batches must hold numbers of samples from 1 to {count}, a list for each step as in [[1], [2]]; "
            f"received {shown(given)}."
        )
    if batches and size is not None:
        raise OptionError("batches and batch_size both say which samples a step takes; give one of them.")
    return batches
