"""What a training run is asked to do, every option checked before anything is computed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from backproof.errors import OptionError, did_you_mean
from backproof.network import Network
from backproof.operations.optimiser import Optimiser, optimisers
from backproof.operations.schedule import Schedule, schedules
from backproof.train.step import Recipe
from backproof.validate import (
    check_amount,
    check_flag,
    check_positive,
    check_precision,
    check_rate,
    check_whole,
    describe,
)

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
            network.architecture,
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
        check_whole("epochs", epochs, 0),
        check_rate(learning_rate),
        optimisers.make(optimizer),
        schedules.make(schedule),
        batch_size,
        _batches(batches, batch_size, count),
        check_flag("shuffle", shuffle),
        check_whole("seed", seed, 0),
        check_amount("l1", l1),
        check_amount("l2", l2),
        _dropout(dropout, network.depth),
        None if clip is None else check_positive("clip", clip),
        check_precision(dtype),
        check_flag("share_penalty", share_penalty),
    )


def known_options(options: Iterable[str]) -> None:
    """An OptionError for an option that does not exist, with the nearest one."""
    names = list(settings.__kwdefaults__ or ())
    for option in options:
        if option not in names:
            raise OptionError(
                f"there is no option '{option}'; expected {', '.join(names)}.{did_you_mean(option, names)}"
            )


def _dropout(given: Any, depth: int) -> tuple[float, ...]:
    """The rate of each layer before the last: one number is for every hidden layer, a list names each of them."""
    many = isinstance(given, Sequence) and not isinstance(given, str)
    if many or (isinstance(given, np.ndarray) and given.ndim):
        if len(given) != depth - 1:
            raise OptionError(f"dropout: expected {depth - 1} rates, one for each hidden layer; received {len(given)}.")
        return (0.0, *(check_amount("dropout", each, 1.0) for each in given))
    return (0.0, *[check_amount("dropout", given, 1.0)] * (depth - 1))


def _batches(given: Any, size: Any, count: int) -> tuple[tuple[int, ...], ...]:
    """The numbers of the samples of each step, where they are given: from 1 to `count`."""
    if size is not None:
        check_whole("batch_size", size, 1)
    try:
        batches = tuple(tuple(batch) for batch in given)
    except TypeError:
        batches = ((),)
    numbers = [number for batch in batches for number in batch]
    integers = all(isinstance(number, int | np.integer) and not isinstance(number, bool) for number in numbers)
    if not (all(batches) and integers and all(1 <= number <= count for number in numbers)):
        raise OptionError(
            f"batches must hold numbers of samples from 1 to {count}, a list for each step as in [[1], [2]]; "
            f"received {describe(given)}."
        )
    if batches and size is not None:
        raise OptionError("batches and batch_size both say which samples a step takes; give one of them.")
    return batches
