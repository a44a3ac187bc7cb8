"""A Network: layers of units, the functions between them, and the parameters that it starts from."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from backproof.arrays import Array
from backproof.errors import NameUnknown, OptionError, ShapeError, did_you_mean
from backproof.labels import Labels
from backproof.operations.activation import Activation, activations
from backproof.operations.cost import Cost, costs
from backproof.operations.identity import Identity, identity_for
from backproof.operations.initialiser import initialisers
from backproof.validate import check_numbers, check_rate, check_samples, describe, freeze
from backproof.wiring import Full, Parameter, Wiring, shapes

if TYPE_CHECKING:
    from backproof.trace import Trace
    from backproof.train.history import History

REDUCTIONS = ("sum", "mean")


class Parameters(Mapping[str, Array]):
    """Read-only arrays by W1, b1, W2 ...; a parameter's own name gives its number, as an array of no dimension."""

    def __init__(self, arrays: Mapping[str, Array], wiring: Wiring) -> None:
        self.arrays, self.wiring = dict(arrays), wiring

    def __getitem__(self, name: str) -> Array:
        if name in self.arrays:
            return self.arrays[name]
        parameter = self.wiring.get(name)
        if parameter is None:
            raise NameUnknown(f"there is no parameter '{name}'.{did_you_mean(name, self.arrays)}")
        use = parameter.uses[0]
        return freeze(np.asarray(self.arrays[use.array][use.index]))

    def __iter__(self) -> Iterator[str]:
        return iter(self.arrays)

    def __len__(self) -> int:
        return len(self.arrays)


@dataclass(frozen=True, eq=False)
class Network:
    """A feed-forward network: wiring, one activation a layer after the inputs, cost, reduction and parameters.

    `reduction` says how a batch's cost comes from its samples': their `sum` or their `mean`. Frozen, its arrays
    read-only: training makes another network.
    """

    wiring: Wiring
    activations: tuple[Activation, ...]
    cost: Cost
    parameters: Parameters
    reduction: str = "sum"

    def __repr__(self) -> str:
        sizes = "-".join(str(len(layer)) for layer in self.units)
        names = ", ".join([*(each.name for each in self.activations), self.cost.name])
        return f"Network({sizes}, {names}, {self.wiring.count:,} parameters)"

    @classmethod
    def dense(
        cls,
        sizes: Sequence[int],
        *,
        activation: Any = "sigmoid",
        cost: Any = "half_squared_error",
        initialiser: Any = "glorot_uniform",
        seed: int = 0,
        reduction: str = "sum",
        parameters: Mapping[str, ArrayLike] | None = None,
    ) -> Network:
        """A network of fully connected layers, units x1, x2, ..., l1.1, l1.2, ..., with fresh or given parameters.

        `activation` is one for all layers or a list, one for each layer after the inputs. Errors: ShapeError for
        sizes or parameters that do not fit, NameUnknown and OptionError for operations that do not exist.
        """
        units = made_up_units(sizes)
        many = isinstance(activation, Sequence) and not isinstance(activation, str)
        given = activation if many else [activation] * (len(units) - 1)
        wiring = Full(units)
        if parameters is None:
            parameters = initial(units, initialiser, seed)
        return cls.build(wiring, given, cost, parameters, reduction)

    @classmethod
    def build(
        cls, wiring: Wiring, activation: Sequence[Any], cost: Any, parameters: Mapping[str, ArrayLike], reduction: str
    ) -> Network:
        """A network from its parts, each checked against the others."""
        if len(activation) != len(wiring.units) - 1:
            raise ShapeError(
                f"expected {len(wiring.units) - 1} activations, one for each layer after the inputs; "
                f"received {len(activation)}."
            )
        if reduction not in REDUCTIONS:
            raise OptionError(f"reduction must be 'sum' or 'mean', received {reduction!r}.")
        chosen = costs.make(cost)
        if not chosen.needs_target and len(wiring.units[-1]) != 1:
            raise ShapeError(f"cost '{chosen.name}' is for one output; this network has {len(wiring.units[-1])}.")
        arrays = fit_shapes(parameters, shapes(wiring.units))
        made = tuple(activations.make(each) for each in activation)
        return cls(wiring, made, chosen, Parameters(arrays, wiring), reduction)

    @property
    def units(self) -> tuple[tuple[str, ...], ...]:
        """The names of the units, layer by layer, inputs first."""
        return self.wiring.units

    @property
    def depth(self) -> int:
        """The number of layers after the inputs."""
        return len(self.activations)

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The shape of W1, b1, W2 ..."""
        return shapes(self.units)

    @cached_property
    def identity(self) -> Identity | None:
        """The short form of the output activation with the cost, where one is stated."""
        return identity_for(self.activations[-1], self.cost)

    @cached_property
    def labels(self) -> Labels:
        """How its units are written."""
        return Labels.of(self.units)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is allowed but looks like a mistake, a sentence each."""
        last, (low, high) = self.activations[-1], self.cost.domain
        reach = (
            f"cost '{self.cost.name}' is finite only for outputs between {low:g} and {high:g}; "
            f"'{last.name}' can leave that range."
        )
        doubts = self.cost.doubts(len(self.units[-1]))
        return (*([] if self.cost.fits(last.reach) else [reach]), *([doubts] if doubts else []))

    def place(self, unit: str) -> tuple[int, int]:
        """Layer and position of a unit, or NameUnknown with the nearest one."""
        if unit not in self.wiring.places:
            raise NameUnknown(f"there is no unit '{unit}'.{did_you_mean(unit, self.wiring.places)}")
        return self.wiring.places[unit]

    def parameter(self, name: str) -> Parameter:
        """The parameter of that name, or NameUnknown with the nearest one."""
        found = self.wiring.get(name)
        if found is None:
            raise NameUnknown(f"there is no parameter '{name}'.{self.near(name)}")
        return found

    def near(self, name: str) -> str:
        """What a parameter of another name is called here: the nearest name, else the first one, as a sentence."""
        found = did_you_mean(name, self.wiring.names()) if self.wiring.count <= 2000 else ""
        first = next(self.wiring.names(), None)
        return found or (f" A parameter's name here is such as '{first}'." if first else " There are none.")

    def with_parameters(self, arrays: Mapping[str, ArrayLike]) -> Network:
        """The same network with other numbers."""
        return replace(self, parameters=Parameters(fit_shapes(arrays, self.shapes), self.wiring))

    def predict(self, x: ArrayLike) -> Array:
        """The outputs for inputs of shape (samples, inputs)."""
        from backproof import propagation

        passed = propagation.forward(self, self.parameters, check_samples(x, len(self.units[0]), "inputs"))
        return np.asarray(passed.a[-1])

    def trace(
        self,
        x: ArrayLike,
        y: ArrayLike,
        *,
        learning_rate: float | None = None,
        sample: int | None = None,
        step: int = 1,
    ) -> Trace:
        """Every number of one step of plain gradient descent on x (samples, inputs) and y (samples, outputs).

        Steps and samples count from 1; with a sample, names mean that sample's own share. Errors: ShapeError and
        NumberError for data that does not fit, OptionError for a step or sample that is not there.
        """
        from backproof.trace import Training, trace_of

        inputs, targets = (
            check_samples(x, len(self.units[0]), "inputs"),
            check_samples(y, len(self.units[-1]), "targets"),
        )
        if learning_rate is not None:
            learning_rate = check_rate(learning_rate)
        return trace_of(self, inputs, targets, Training(learning_rate), step=step, sample=sample)

    def fit(self, x: ArrayLike, y: ArrayLike, **options: Any) -> History:
        """Train on inputs x (samples, inputs) and targets y (samples, outputs); options as in `backproof.train.fit`.

        Returns the History, whose `network` is the trained network.
        """
        from backproof.train.loop import fit

        return fit(self, x, y, **options)

    def save(self, path: str | os.PathLike[str], **more: Any) -> None:
        """Write it to one file, such as `or.safetensors`; more as in `backproof.train.store.save`.

        Errors: OptionError where the file cannot be written, or an operation is code that no file can hold.
        """
        from backproof.train.store import save

        save(self, path, **more)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Network:
        """The network in a file that `save` or a run wrote. Errors: ModelError for anything else."""
        from backproof.train.store import load_network

        return load_network(path)


def made_up_units(sizes: Sequence[int]) -> tuple[tuple[str, ...], ...]:
    """x1, x2, ... for the inputs, l1.1, l1.2, ... for layer 1, and so on."""
    if isinstance(sizes, str) or not hasattr(sizes, "__len__"):
        raise ShapeError(f"expected a list of layer sizes such as [2, 2, 1], received {describe(sizes)}.")
    if len(sizes) < 2:
        raise ShapeError(f"expected at least two layers, inputs and outputs; received {len(sizes)}.")
    for size in sizes:
        if isinstance(size, bool) or not isinstance(size, int | np.integer) or not 1 <= size <= 10_000_000:
            raise ShapeError(f"a layer's size must be a whole number from 1 to 10,000,000, received {size!r}.")
    inputs = tuple(f"x{number}" for number in range(1, sizes[0] + 1))
    later = (
        tuple(f"l{layer}.{number}" for number in range(1, size + 1)) for layer, size in enumerate(sizes[1:], start=1)
    )
    return (inputs, *later)


def initial(units: Sequence[Sequence[str]], initialiser: Any, seed: int) -> dict[str, Array]:
    """Fresh parameters; the same seed gives the same numbers."""
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise OptionError(f"seed must be a whole number from 0, received {seed!r}.")
    random = np.random.default_rng(seed)
    start = initialisers.make(initialiser)
    arrays: dict[str, Array] = {}
    for key, shape in shapes(units).items():
        arrays[key] = start.weights(random, *shape) if key[0] == "W" else start.bias(random, *shape)
    return arrays


def fit_shapes(given: Mapping[str, ArrayLike], expected: Mapping[str, tuple[int, ...]]) -> dict[str, Array]:
    """The given arrays as float64, each checked for name, shape and finite numbers."""
    if not isinstance(given, Mapping):
        raise ShapeError(
            f"parameters: expected a mapping of {', '.join(expected)} to arrays, received {describe(given)}."
        )
    for key in given:
        if key not in expected:
            raise NameUnknown(f"there is no parameter array '{key}'; expected {', '.join(expected)}.")
    arrays: dict[str, Array] = {}
    for key, shape in expected.items():
        if key not in given:
            raise ShapeError(f"parameter array '{key}' is missing; expected {', '.join(expected)}.")
        arrays[key] = check_numbers(given[key], key)
        if arrays[key].shape != shape:
            raise ShapeError(f"{key} has shape {arrays[key].shape}, expected {shape} (rows: from, columns: to).")
        freeze(arrays[key])
    return arrays
