"""TrainingOptions: every option of a training run, each declared once.

`fit`, the command line, the folder of a run and the check of what is resumed all read these fields. To add an option,
add a field here and use it where it acts; see `backproof.train.option` for what a field can say of itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, final

import numpy as np

from backproof.dropout import spread_rates
from backproof.errors import OptionError, did_you_mean
from backproof.operations.initialiser import Initialiser, initialisers
from backproof.operations.optimiser import Optimiser, optimisers
from backproof.operations.schedule import Schedule, schedules
from backproof.schema import Fault, Path, items, mapping, number, shown, text, whole
from backproof.train.metrics import METRICS, Metric, named_metric
from backproof.train.option import (
    Amount,
    Amounts,
    Choice,
    Flag,
    Kind,
    Name,
    Operation,
    Options,
    OrNone,
    Positive,
    Whole,
    always,
    between_values,
    check_list,
    option,
    options_of,
)
from backproof.validate import DTYPES, describe

ENGINES = ("auto", "numpy", "jax")
#: More networks at once fit no memory, however small they are.
MOST_NETWORKS = 1_000_000


@final
@dataclass(frozen=True)
class Batches(Kind):
    """The samples of each step, counted from 1."""

    title: ClassVar[str] = "list of list of int"

    def check(self, what: str, value: Any) -> tuple[tuple[int, ...], ...]:
        try:
            batches = tuple(tuple(batch) for batch in value)
        except TypeError:
            batches = ((),)
        numbers = [number for batch in batches for number in batch]
        whole = all(isinstance(number, int | np.integer) and not isinstance(number, bool) for number in numbers)
        if not (all(batches) and whole and all(number >= 1 for number in numbers)):
            raise wrong_batches(value)
        return batches

    def read(self, value: Any, path: Path) -> tuple[tuple[int, ...], ...]:
        return tuple(tuple(whole(*each, 1) for each in items(*batch)) for batch in items(value, path))

    def write(self, value: Any) -> Any:
        return [list(map(int, batch)) for batch in value]


@final
@dataclass(frozen=True)
class Metrics(Kind):
    """Metrics by name, or functions of (targets, outputs)."""

    title: ClassVar[str] = "list of str or callable"

    def check(self, what: str, value: Any) -> tuple[tuple[str, Metric], ...]:
        return tuple(map(named_metric, check_list(what, value)))

    def read(self, value: Any, path: Path) -> tuple[tuple[str, Metric], ...]:
        names = [(text(*each), each[1]) for each in items(value, path)]
        for name, place in names:
            if name not in METRICS:
                raise Fault(f"unknown metric {shown(name)}.", place)
        return tuple((name, METRICS[name]) for name, _ in names)

    def write(self, value: Any) -> Any:
        return [name for name, _ in value]


@final
@dataclass(frozen=True)
class ClassWeight(Kind):
    """What each class weighs: 'balanced', or a mapping of classes, numbered from 0, to weights."""

    title: ClassVar[str] = "'balanced' or dict"

    def check(self, what: str, value: Any) -> Any:
        if not (isinstance(value, Mapping) or (isinstance(value, str) and value == "balanced")):
            raise OptionError(
                f"{what} must be 'balanced' or a mapping of classes to weights, received {describe(value)}."
            )
        return value

    def read(self, value: Any, path: Path) -> Any:
        if value == "balanced":
            return value
        try:
            return {int(label): number(weight, (*path, label)) for label, weight in mapping(value, path).items()}
        except ValueError:
            raise Fault("expected classes numbered from 0.", path) from None

    def write(self, value: Any) -> Any:
        return value if isinstance(value, str) else {str(label): float(weight) for label, weight in value.items()}


@dataclass(frozen=True)
class TrainingOptions(Options):
    """How a network is trained. Errors: OptionError, NameUnknown and NumberError for options out of range."""

    epochs: int = option(
        Whole(0, 10**15), "Maximum number of passes over all samples.",
        default=1000, flag="--epochs", hint="worksheet: 1000", may_differ=always,
    )  # fmt: skip
    learning_rate: float = option(
        Amount(), "Learning rate of the first step; the schedule changes it from there.",
        default=0.1, flag="--learning-rate", hint="worksheet: its own, else 0.1", varies=True,
    )  # fmt: skip
    batch_size: int | None = option(
        OrNone(Whole(1)), "Number of samples per step; by default all of them.",
        default=None, flag="--batch-size", hint="worksheet: its batches, else all",
    )  # fmt: skip
    batches: tuple[tuple[int, ...], ...] = option(
        Batches(), "Samples (numbers from 1) of each step of an epoch, instead of a batch size.", default=(),
    )  # fmt: skip
    shuffle: bool = option(
        Flag(), "Whether to shuffle the samples in each epoch, if there is a batch size.", default=True
    )
    optimizer: Optimiser = option(
        Operation(optimisers), "Update rule, such as sgd or adam.",
        default="sgd", flag="--optimizer", hint="with parameters: 'sgd momentum=0.9'",
    )  # fmt: skip
    schedule: Schedule = option(
        Operation(schedules), "How the learning rate changes from step to step, such as cosine.",
        default="constant", flag="--schedule", hint="with parameters: 'step every=0.3'",
    )  # fmt: skip
    l1: float = option(Amount(), "Penalty l1 sum |w| on the weights.", default=0.0, flag="--l1", varies=True)
    l2: float = option(Amount(), "Penalty l2/2 sum w^2 on the weights.", default=0.0, flag="--l2", varies=True)
    share_penalty: bool = option(
        Flag(), "Whether the penalty is divided by the number of samples of each step.", default=False
    )
    dropout: float | tuple[float, ...] = option(
        Amounts(1.0), "Fraction of hidden units to drop in each step.", default=0.0, flag="--dropout"
    )
    clip: float | None = option(
        OrNone(Positive()), "Maximum norm of the gradient of a step, all parameters together.",
        default=None, flag="--clip", varies=True,
    )  # fmt: skip
    class_weight: Any = option(
        OrNone(ClassWeight()), "Weight of each class in the cost; 'balanced' gives every class the same total weight.",
        default=None, flag="--class-weight", for_data=True,
    )  # fmt: skip
    metrics: tuple[tuple[str, Metric], ...] = option(
        Metrics(), "Metrics to measure after each epoch: accuracy, squared_error, absolute_error, r2, or functions "
        "of (targets, outputs).", default=(),
    )  # fmt: skip
    patience: int | None = option(
        OrNone(Whole(1)), "Number of epochs to wait for an improvement before the run ends.",
        default=None, flag="--patience", for_data=True, may_differ=between_values,
    )  # fmt: skip
    monitor: str | None = option(
        OrNone(Name()), "Metric that has to improve; by default validation_cost, or cost without a validation set.",
        default=None,
    )  # fmt: skip
    tolerance: float = option(Amount(), "Smallest improvement of the monitored metric that counts.", default=0.0)
    seed: int = option(Whole(0), "Seed of all random numbers.", default=0, flag="--seed", hint="0", varies=True)
    networks: int | None = option(
        OrNone(Whole(1)), "Number of networks to train at once from different seeds; the best one is kept.",
        default=None, flag="--restarts", key="restarts",
    )  # fmt: skip
    initialiser: Initialiser = option(
        Operation(initialisers), "How to draw the starting parameters of networks with a seed of their own.",
        default="glorot_uniform",
    )  # fmt: skip
    engine: str = option(
        Choice(ENGINES), "What computes: NumPy, JAX (compiles first), or auto, the one expected to finish first.",
        default="auto", flag="--engine", hint="auto", may_differ=always,
    )  # fmt: skip
    micro_batches: int | None = option(
        OrNone(Whole(1)), "Number of parts, a power of two, that the samples of a step are summed in; spread over all "
        "devices of all processes, the result is the same on any number of them.",
        default=None, flag="--micro-batches", hint="with --processes: 8",
    )  # fmt: skip
    fast_sums: bool = option(
        Flag(), "Whether to add up what processes computed in any order: faster, and the same up to rounding only.",
        default=False, flag="--fast-sums",
    )  # fmt: skip
    dtype: str = option(
        Choice(DTYPES), "Precision to compute in.", default="float64", flag="--dtype", hint="data: float32"
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.batches and self.batch_size is not None:
            raise OptionError("batches and batch_size both say which samples a step takes; give only one of them.")
        if self.micro_batches is not None and self.micro_batches & (self.micro_batches - 1):
            raise OptionError(
                f"micro_batches must be a power of two, such as 8 or 16; received {describe(self.micro_batches)}."
            )
        if self.fast_sums and self.micro_batches is None:
            raise OptionError("fast_sums is about the sums of micro-batches; give micro_batches, such as 8, too.")
        if self.networks is not None and self.networks > MOST_NETWORKS:
            raise OptionError(f"networks must be at most {MOST_NETWORKS:,}, received {describe(self.networks)}.")

    @property
    def numbers(self) -> dict[str, float]:
        """The numbers of a step that a compiled program takes as they come."""
        found = {name: getattr(self, name) for name in VARIED if name != "seed"}
        return {name: value for name, value in found.items() if value is not None}

    @property
    def penalty_note(self) -> str:
        """That the cost of training is more than that of the outputs; nothing where there is no penalty."""
        penalties = [f"{name} {getattr(self, name):g}" for name in ("l1", "l2") if getattr(self, name)]
        if not penalties:
            return ""
        said = ", ".join(penalties)
        return f"The training cost includes the penalty on the weights ({said}); a validation cost does not."

    def dropout_rates(self, depth: int) -> tuple[float, ...]:
        """The rate of each of `depth` layers before the last, inputs first. Errors: OptionError."""
        return spread_rates(self.dropout, depth)

    def check_fits(self, depth: int, count: int) -> None:
        """Raise OptionError if the options are not for a network of that depth and that number of samples."""
        self.dropout_rates(depth)
        if any(number > count for batch in self.batches for number in batch):
            raise wrong_batches(self.batches, f" from 1 to {count}")


def wrong_batches(given: Any, bounds: str = " from 1") -> OptionError:
    """The error for batches that are none."""
    return OptionError(
        f"batches must hold numbers of samples{bounds}, a list for each step as in [[1], [2]]; "
        f"received {describe(given)}."
    )


def check_known(names: Iterable[str], others: Iterable[str] = ()) -> None:
    """Raise OptionError for an option that does not exist, with the nearest one; `others` exist as well."""
    known = [each.name for each in options_of(TrainingOptions)]
    for name in names:
        if name not in known:
            near = did_you_mean(name, [*known, *others])
            raise OptionError(f"there is no option '{name}'; expected {', '.join(known)}.{near}")


#: What may differ from network to network.
VARIED = tuple(each.name for each in options_of(TrainingOptions) if each.varies)
