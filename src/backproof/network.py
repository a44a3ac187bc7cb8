"""A Network: an architecture with the parameters that it starts from."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from backproof.architecture import Architecture
from backproof.arrays import Array, explain_axes
from backproof.display import Shown
from backproof.errors import NameUnknown, OptionError, ShapeError, did_you_mean
from backproof.labels import Labels
from backproof.operations.activation import Activation
from backproof.operations.cost import Cost, costs
from backproof.operations.identity import Identity
from backproof.operations.layer import LARGEST
from backproof.validate import check_numbers, check_rate, check_samples, describe, freeze
from backproof.wiring import Full, Parameter, Wiring

if TYPE_CHECKING:
    from backproof.trace import Trace
    from backproof.train.history import History


class Parameters(Mapping[str, Array]):
    """Read-only arrays by W1, b1, W2 ...; a parameter's own name gives its number, as an array of no dimension."""

    def __init__(self, arrays: Mapping[str, Array], wiring: Wiring) -> None:
        self.arrays, self.wiring = dict(arrays), wiring

    def __getitem__(self, name: str) -> Array:
        known = isinstance(name, str)
        if known and name in self.arrays:
            return self.arrays[name]
        parameter = self.wiring.get(name) if known else None
        if parameter is None:
            raise NameUnknown(f"there is no parameter '{name}'.{did_you_mean(name, self.arrays)}")
        return freeze(np.asarray(parameter.pick(self.arrays)))

    def __iter__(self) -> Iterator[str]:
        return iter(self.arrays)

    def __len__(self) -> int:
        return len(self.arrays)


@dataclass(frozen=True, eq=False, repr=False)
class Network(Shown):
    """A feed-forward network: an architecture with the parameters that it starts from.

    Frozen, its arrays read-only: training makes another network. Make one with `Network.dense`, `Network.graph`, from a
    worksheet (`backproof.load`) or from a file (`Network.load`).

    Attributes
    ----------
    architecture : Architecture
        Layers, cost and reduction, without numbers; hashable.
    parameters : mapping of str to ndarray of float64
        ``"W1"``, ``"b1"``, ``"W2"`` ... of a chain (units from x units to), ``"c.weight"``, ``"c.bias"`` ... of a
        graph; a parameter's own name gives its number.

    Examples
    --------
    >>> network = Network.dense([2, 2, 1], activation="sigmoid", seed=0)
    >>> {name: array.shape for name, array in network.parameters.items()}
    {'W1': (2, 2), 'b1': (2,), 'W2': (2, 1), 'b2': (1,)}
    """

    architecture: Architecture
    parameters: Parameters

    def __repr__(self) -> str:
        architecture = self.architecture
        if architecture.is_chain:
            shown = "-".join(str(layer.size) for layer in architecture.layers)
            names = [each.name for each in architecture.activations]
        else:
            shown, names = " ".join(layer.name for layer in architecture.layers), []
        return f"Network({', '.join([shown, *names, self.cost.name])}, {architecture.wiring.count:,} parameters)"

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
        """Make a network of fully connected layers, with fresh or given parameters.

        Units are called x1, x2, ... (inputs), l1.1, l1.2, ... (layer 1) and so on; parameters ``w[1][x1,l1.1]`` and
        ``b[1][l1.1]``.

        Parameters
        ----------
        sizes : sequence of int
            Number of units of each layer, inputs first; at least two layers.
        activation : str, mapping or Activation, or a sequence of them, default "sigmoid"
            One for all layers, or one for each layer after the inputs.
        cost : str, mapping or Cost, default "half_squared_error"
        initialiser : str, mapping or Initialiser, default "glorot_uniform"
            How weights are drawn; biases start at 0 unless it says otherwise.
        seed : int, default 0
            The same seed draws the same numbers.
        reduction : {"sum", "mean"}, default "sum"
            How the cost of a batch comes from those of its samples.
        parameters : mapping of str to array_like, optional
            W1 (units from, units to), b1 (units to,), W2 ... in the place of fresh ones.

        Returns
        -------
        Network

        Raises
        ------
        ShapeError
            Sizes or parameters do not fit.
        NameUnknown, OptionError
            An operation or one of its options does not exist.

        Examples
        --------
        >>> Network.dense([2, 3, 1], activation=["relu", "sigmoid"], cost="binary_cross_entropy")
        Network(2-3-1, relu, sigmoid, binary_cross_entropy, 13 parameters)
        """
        from backproof.operations.initialiser import initial_arrays

        units = made_up_units(sizes)
        many = isinstance(activation, Sequence) and not isinstance(activation, str)
        given = activation if many else [activation] * (len(units) - 1)
        architecture = Architecture.chain(units, given, costs.make(cost), reduction)
        if parameters is None:
            return cls(
                architecture,
                Parameters(initial_arrays(architecture.wiring.shapes, initialiser, seed), architecture.wiring),
            )
        return cls.of(architecture, parameters)

    @classmethod
    def graph(
        cls,
        inputs: int | Sequence[int] | Sequence[str],
        layers: Sequence[Mapping[str, Any]],
        *,
        cost: Any,
        outputs: str | Sequence[str] = (),
        initialiser: Any = "glorot_uniform",
        seed: int = 0,
        reduction: str = "sum",
        parameters: Mapping[str, ArrayLike] | None = None,
    ) -> Network:
        """Make a network from layers by name, in the keys of a worksheet.

        Parameters
        ----------
        inputs : int, sequence of int, or sequence of str
            Number of inputs, shape of one sample such as ``[1, 28, 28]``, or the names of the input units. The inputs
            are the layer ``x``.
        layers : sequence of mapping
            Each with ``name``, ``kind``, the options of the kind, and perhaps ``activation`` (default identity),
            ``from`` (names of the layers that it receives from; default the one before) and ``weights_of`` (the layer
            whose parameters it shares).
        cost : str or mapping
            As in a worksheet.
        outputs : str or sequence of str, default the last layer
            Layers whose activations the cost judges, in the order of the targets.
        initialiser, seed
            How parameters are drawn, where none are given.
        reduction : {"sum", "mean"}
            How the cost of a batch comes from those of its samples.
        parameters : mapping, optional
            Arrays by name: ``c.weight``, ``c.bias`` ...

        Raises
        ------
        ShapeError
            Shapes do not fit, or a layer leads nowhere.
        NameUnknown, OptionError
            An operation, option or layer does not exist, or the layers form a cycle.

        Examples
        --------
        >>> network = Network.graph(2, [
        ...     {"name": "p", "kind": "dense", "units": 3, "activation": "tanh"},
        ...     {"name": "q", "kind": "dense", "units": 3, "from": "x"},
        ...     {"name": "s", "kind": "add", "from": ["p", "q"]},
        ...     {"name": "o", "kind": "dense", "units": 1},
        ... ], cost="half_squared_error")
        >>> network.trace([[1, 2]], [[0]]).explain("dE/dp.weight[0,1]").of.name
        'dE/dp.weight[0,1]'
        """
        from backproof.graph import check_input_shape, make_plan, plan_graph
        from backproof.operations.initialiser import initial_arrays

        shape, names = check_input_shape(inputs)
        if isinstance(layers, str | Mapping) or not isinstance(layers, Iterable):
            raise OptionError(f"layers must be a list of tables, one for each layer; received {describe(layers)}.")
        architecture = plan_graph(
            shape,
            [make_plan(each) for each in layers],
            costs.make(cost),
            outputs=outputs,
            reduction=reduction,
            input_names=names,
        )
        if parameters is not None:
            return cls.of(architecture, parameters)
        arrays = initial_arrays(architecture.wiring.shapes, initialiser, seed, architecture.starts)
        return cls(architecture, Parameters(arrays, architecture.wiring))

    @classmethod
    def build(
        cls,
        wiring: Wiring,
        activation: Sequence[Any],
        cost: Any,
        parameters: Mapping[str, ArrayLike],
        reduction: str,
        units: tuple[tuple[str, ...], ...] | None = None,
    ) -> Network:
        """A chain of dense layers from its parts, each checked against the others."""
        if units is None:
            assert isinstance(wiring, Full), "units are needed where the wiring does not name them"
            units = wiring.units
        return cls.of(Architecture.chain(units, activation, costs.make(cost), reduction, wiring), parameters)

    @classmethod
    def of(cls, architecture: Architecture, parameters: Mapping[str, ArrayLike]) -> Network:
        """A network from an architecture and its arrays, each checked for name, shape and finite numbers."""
        given = {**architecture.fresh_buffers, **parameters} if isinstance(parameters, Mapping) else parameters
        return cls(architecture, Parameters(fit_shapes(given, architecture.shapes), architecture.wiring))

    @property
    def wiring(self) -> Wiring:
        """Which parameter stands where."""
        return self.architecture.wiring

    @property
    def activations(self) -> tuple[Activation, ...]:
        """The activation of every layer after the inputs."""
        return self.architecture.activations

    @property
    def cost(self) -> Cost:
        """The cost of one sample."""
        return self.architecture.cost

    @property
    def reduction(self) -> str:
        """How a batch's cost comes from those of its samples: their `sum` or their `mean`."""
        return self.architecture.reduction

    @property
    def units(self) -> tuple[tuple[str, ...], ...]:
        """The names of the units, layer by layer, inputs first."""
        return self.architecture.units

    @property
    def depth(self) -> int:
        """The number of the last layer; in a chain, the number of layers after the inputs."""
        return self.architecture.depth

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The shape of W1, b1, W2 ..."""
        return self.architecture.shapes

    @property
    def identity(self) -> Identity | None:
        """The short form of the output activation with the cost, where one is stated."""
        return self.architecture.identity

    @property
    def labels(self) -> Labels:
        """How its units are written."""
        return self.architecture.labels

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is allowed but looks like a mistake, a sentence each."""
        return self.architecture.warnings

    def place(self, unit: str) -> tuple[int, int]:
        """Layer and position of a unit. Raise NameUnknown with the nearest one if there is none."""
        return self.architecture.place(unit)

    def parameter(self, name: str) -> Parameter:
        """The parameter of that name. Raise NameUnknown with the nearest one if there is none."""
        return self.architecture.parameter(name)

    def is_bias(self, name: str) -> bool:
        """Whether the parameter of that name is added as it is, rather than multiplied by an activation."""
        return self.architecture.is_bias(self.parameter(name))

    def with_parameters(self, arrays: Mapping[str, ArrayLike]) -> Network:
        """The same network with other numbers."""
        return replace(self, parameters=Parameters(fit_shapes(arrays, self.shapes), self.wiring))

    def with_parameter(self, name: str, value: float) -> Network:
        """The same network with another number for one parameter, at all its places."""
        places, arrays = self.parameter(name).places, dict(self.parameters)
        arrays |= {place.array: arrays[place.array].copy() for place in places}
        for place in places:
            arrays[place.array][place.index] = value
        return self.with_parameters(arrays)

    def for_prediction(self) -> Network:
        """Return the network as it predicts: with running statistics in `batch_norm`, and without `dropout`.

        Traced, it explains a prediction; the network itself, a step of training.

        Examples
        --------
        >>> network = Network.graph(1, [{"name": "n", "kind": "batch_norm"}], cost="half_squared_error")
        >>> network.trace([[4.0], [6.0]], [[0], [0]], sample=1)["h[n[0]]"].__round__(4)
        -1.0
        >>> network.for_prediction().trace([[4.0], [6.0]], [[0], [0]], sample=1)["h[n[0]]"].__round__(4)
        4.0
        """
        return replace(self, architecture=self.architecture.prediction)

    def predict(self, x: ArrayLike) -> Array:
        """Compute the outputs: numbers, also where `fit` was given labels.

        Parameters
        ----------
        x : array_like of shape (samples, inputs), or of the samples and the shape of the inputs
            A single sample may be given without its first axis. `batch_norm` normalises by its running statistics.

        Returns
        -------
        ndarray of float64, shape (samples, outputs)

        Raises
        ------
        ShapeError, NumberError
            Inputs do not fit, or are not finite.

        See Also
        --------
        backproof.train.history.History.labels : The label that belongs to each output.
        backproof.train.store.model_file.Model.predict : The labels or quantities that a run on a table predicts.

        Examples
        --------
        >>> network = Network.dense([2, 1], activation="identity", parameters={"W1": [[1], [2]], "b1": [0.5]})
        >>> network.predict([[1, 1], [0, 2]])
        array([[3.5],
               [4.5]])
        """
        from backproof import propagation
        from backproof.inputs import check_inputs

        architecture = self.architecture.prediction
        passed = propagation.forward(architecture, self.parameters, check_inputs(architecture, x))
        return np.asarray(self.architecture.collect_outputs(passed.a))

    def trace(
        self,
        x: ArrayLike,
        y: ArrayLike,
        *,
        learning_rate: float | None = None,
        sample: int | None = None,
        step: int = 1,
    ) -> Trace:
        """Trace one step of plain gradient descent: forward, cost, backward and update, every number by name.

        Parameters
        ----------
        x : array_like of shape (samples, inputs), or of the samples and the shape of the inputs
        y : array_like of shape (samples, outputs)
        learning_rate : float, optional
            Without it the update cannot be asked for.
        sample : int, optional
            From 1; names then mean that sample's own share.
        step : int, default 1
            From 1; all samples are used in every step.

        Returns
        -------
        Trace

        Raises
        ------
        ShapeError, NumberError
            Data does not fit, or is not finite; or the parameters stop being finite on the way.
        OptionError
            The step or sample does not exist.

        Examples
        --------
        >>> network = Network.dense([1, 1], activation="identity", parameters={"W1": [[2]], "b1": [0]})
        >>> trace = network.trace([[3]], [[5]], learning_rate=0.1)
        >>> trace["a[l1.1]"], trace["dE/dw[1][x1,l1.1]"], round(trace["new w[1][x1,l1.1]"], 12)
        (6.0, 3.0, 1.7)
        """
        from backproof.inputs import check_inputs
        from backproof.trace import trace_of
        from backproof.training import Training

        inputs = check_inputs(self.architecture, x)
        targets = check_samples(y, self.architecture.output_count, "targets")
        if learning_rate is not None:
            learning_rate = check_rate(learning_rate)
        return trace_of(self, inputs, targets, Training(learning_rate), step=step, sample=sample)

    def fit(self, x: ArrayLike, y: ArrayLike, **options: Any) -> History:
        """Train on inputs x (samples, inputs) and targets y (samples, outputs).

        Parameters, errors and examples are those of `backproof.train.fit.fit`. Returns the History, whose `network` is
        the trained network.
        """
        from backproof.train.fit import fit

        return fit(self, x, y, **options)

    def play(self, x: ArrayLike, y: ArrayLike, *, learning_rate: float = 0.1, title: str = "A network") -> Any:
        """Play with it on samples as of `trace`: a widget in a notebook, else a page; `stop()` ends its server."""
        from backproof.interop.play import play_network

        return play_network(self, x, y, learning_rate=learning_rate, title=title)

    def save(self, path: str | os.PathLike[str], **more: Any) -> None:
        """Save the network to one file, such as ``or.safetensors``; more as in `backproof.train.store.save`.

        Raise OptionError if the file cannot be written, or an operation is a class of your own.
        """
        from backproof.train.store import save

        save(self, path, **more)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Network:
        """Load the network from a file that `save` or a run wrote. Raise ModelError if it is not such a file."""
        from backproof.train.store import load_network

        return load_network(path)


def same_network(one: Network, other: Network) -> bool:
    """Whether two networks have the same wiring, operations and numbers."""
    return one.architecture == other.architecture and all(
        np.array_equal(array, other.parameters[key]) for key, array in one.parameters.items()
    )


def made_up_units(sizes: Sequence[int]) -> tuple[tuple[str, ...], ...]:
    """x1, x2, ... for the inputs, l1.1, l1.2, ... for layer 1, and so on."""
    flat = sizes.ndim == 1 if isinstance(sizes, np.ndarray) else isinstance(sizes, Sequence)
    if isinstance(sizes, str | bytes) or not flat:
        raise ShapeError(f"expected a list of layer sizes such as [2, 2, 1], received {describe(sizes)}.")
    if len(sizes) < 2:
        raise ShapeError(f"expected at least two layers, inputs and outputs; received {len(sizes)}.")
    for size in sizes:
        if isinstance(size, bool) or not isinstance(size, int | np.integer) or not 1 <= size <= LARGEST:
            raise ShapeError(f"a layer's size must be a whole number from 1 to {LARGEST:,}, received {describe(size)}.")
    inputs = tuple(f"x{number}" for number in range(1, sizes[0] + 1))
    later = (
        tuple(f"l{layer}.{number}" for number in range(1, size + 1)) for layer, size in enumerate(sizes[1:], start=1)
    )
    return (inputs, *later)


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
        if len(shape) == 1 and arrays[key].shape in ((1, *shape), (*shape, 1)):
            arrays[key] = arrays[key].reshape(shape)  # a bias kept as a row or a column
        if arrays[key].shape != shape:
            raise ShapeError(f"{key} has shape {arrays[key].shape}, expected {shape}{explain_axes(shape)}.")
        freeze(arrays[key])
    return arrays
