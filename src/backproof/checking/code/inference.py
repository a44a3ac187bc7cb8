"""The network behind somebody's code: what its arrays, its outputs and its loss say of it.

A reading is one network that gives the outputs, with a cost that gives the loss. Every layout in which the arrays fit
together is tried with every known activation: few combinations give the right outputs to the last digits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, final

import numpy as np

from backproof.arrays import Array
from backproof.checking.code.layout import Layout, find_layouts
from backproof.checking.code.leaves import Leaf, collect_leaves, read_kind
from backproof.checking.mistake import every_mistake
from backproof.errors import OptionError, ShapeError
from backproof.network import Network
from backproof.operations.activation import Activation, activations
from backproof.operations.cost import Cost, costs
from backproof.validate import check_numbers

#: How near outputs and a loss must come in each kind of number, relative to the largest output and to the loss.
NEAR = {"float64": (1e-8, 2e-6), "float32": (2e-4, 1e-3), "float16": (2e-2, 2e-2), "bfloat16": (1e-1, 1e-1)}
#: Number of samples that is enough to tell activations apart; the reading found is compared with all samples.
ENOUGH = 16
#: Among several that are near only those count that come nearly as near as the nearest, or as float64 can.
NEARER, EXACT = 30, 1e-13
#: Number of samples on which all combinations are run at once, and the maximum number of numbers in a layer of them.
FEW, MOST_AT_ONCE = 4, 1e6
#: Layers before the last that are tried with every combination of activations; in deeper networks of the common ones.
FREE = 3
COMMON = ("sigmoid", "tanh", "relu", "identity", "leaky_relu")
#: What the outputs may be instead of the last activations: their pre-activations, or their logarithms.
LOGITS = (("softmax", "cross_entropy"), ("sigmoid", "binary_cross_entropy"), ("sigmoid", "mean_binary_cross_entropy"))


@final
@dataclass(frozen=True)
class ScaledCost(Cost):
    """Another cost with a factor, such as 1/2 of the mean squared error."""

    inner: Cost
    factor: float
    words: str

    @property
    def name(self) -> str:
        """The cost and its factor."""
        return f"{self.inner.name}, {self.words}"

    @property
    def needs_target(self) -> bool:  # type: ignore[override]
        """As of the inner one."""
        return self.inner.needs_target

    def formula(self, y: Any, a: Any) -> Any:
        """One output's term."""
        return self.inner.formula(y, a)

    def derivative(self, y: Any, a: Any) -> Any:
        """Its derivative."""
        return self.inner.derivative(y, a)

    def forward(self, y: Any, a: Any) -> Any:
        """The formula on arrays."""
        return self.inner.forward(y, a)

    def gradient(self, y: Any, a: Any) -> Any:
        """The derivative on arrays."""
        return self.inner.gradient(y, a)

    def scale(self, outputs: int) -> float:
        """The factor of each term."""
        return self.factor * self.inner.scale(outputs)


@dataclass(frozen=True)
class Data:
    """What was handed over besides the parameters; `near` are the bounds of its kind of number."""

    x: Array
    y: Array
    outputs: Array
    loss: float | None
    near: tuple[float, float]


@dataclass(frozen=True)
class Sides:
    """Inputs, targets and outputs as (samples, units), and how the samples lie."""

    samples: str
    x: Array
    y: Array
    outputs: Array


@dataclass(frozen=True)
class Reading:
    """One network that gives the outputs and the loss, and how its code keeps things.

    `slip` names the mistake, and says it, by which alone the outputs can be had. `fits_loss` is False where no known
    cost gives the loss.
    """

    layout: Layout
    sides: Sides
    network: Network
    outputs_are: str = ""
    slip: tuple[str, str] | None = None
    fits_loss: bool = True

    def describe(self, leaves: Sequence[Leaf]) -> dict[str, Any]:
        """What was worked out, by the names of `report.inferred`."""
        said = self.layout.describe(leaves) | {
            "samples": self.sides.samples,
            "activations": [each.name for each in self.network.activations],
            "cost": self.network.cost.name,
            "reduction": self.network.reduction,
        }
        return said | ({"outputs": self.outputs_are} if self.outputs_are else {})


def read_data(leaves: Sequence[Leaf], x: Any, y: Any, outputs: Any, loss: Any) -> Data:
    """The data as arrays, each checked, and how near numbers of their kind must come."""
    arrays = [_read_samples(each, what) for each, what in ((x, "x"), (y, "y"), (outputs, "outputs"))]
    kinds = {leaf.kind for leaf in leaves} | {read_kind(x), read_kind(outputs)}
    given = None if loss is None else check_numbers(loss, "loss")
    if given is not None and given.size != 1:
        raise ShapeError(f"loss has shape {given.shape}, expected one number: that of the whole batch.")
    with np.errstate(all="ignore"):
        if (arrays[2].astype(np.float32) == arrays[2]).all() and (arrays[2] % 1).any():
            kinds.add("float32")
    near = max((NEAR[kind] for kind in kinds if kind in NEAR), default=NEAR["float64"])
    return Data(arrays[0], arrays[1], arrays[2], None if given is None else float(given.reshape(())), near)


def _read_samples(given: Any, what: str) -> Array:
    """An array of samples; a column (n, 1) for each of them is a row of n numbers."""
    array = check_numbers(given, what)
    return array[..., 0] if array.ndim == 3 and array.shape[-1] == 1 else array


def find_readings(leaves: Sequence[Leaf], data: Data, activation: Any = None, cost: Any = None) -> list[Reading]:
    """Every network that gives the outputs and the loss; OptionError where the arrays give no network, or no such."""
    layouts = [(sides, layout) for sides in find_sides(data)
               for layout in find_layouts(leaves, sides.x.shape[1], sides.outputs.shape[1])]  # fmt: skip
    if not layouts:
        shapes = ", ".join(str(leaf.array.shape) for leaf in leaves)
        raise ShapeError(
            f"the parameters have shapes {shapes}: they do not lead as dense layers from x of shape {data.x.shape} to "
            f"outputs of shape {data.outputs.shape}, whichever way they are read."
        )
    forwards: list[ForwardPass] = []
    for phase in (*PHASES, None):  # a phase for all layouts before the next one for any
        for sides, layout in layouts if not forwards else ():
            search = _ForwardSearch(layout, sides, layout.unpack([leaf.array for leaf in leaves]), data.near[0])
            forwards += search.exact(activation, phase) if phase else search.with_slip(activation)
        if forwards:
            break
    if not forwards:
        raise OptionError(
            "no network of dense layers with known activations gives these outputs"
            f"{' with activation=' + repr(activation) if activation is not None else ''}: expected outputs for the "
            "parameters before the update, and for this x. If an activation has a parameter, say it: "
            'activation=[{"name": "leaky_relu", "slope": 0.3}, "sigmoid"].'
        )
    best = min(each.error for each in forwards)
    forwards = [each for each in forwards if each.error <= NEARER * best + EXACT]
    readings = [reading for each in forwards for reading in _find_costs(each, data, cost)]
    fitting = [each for each in readings if each.fits_loss] or readings
    return _drop_equal(fitting)


def find_sides(data: Data) -> Iterator[Sides]:
    """The ways in which samples may lie: as rows, as columns, or one alone."""
    for samples, inputs in _orientations(data.x):
        for way in (samples, OTHER[samples]):
            made = _turn(data.outputs, way, len(inputs))
            targets = None if made is None else _read_targets(data.y, samples, made)
            if made is not None and targets is not None:
                alone = len(inputs) == 1 and data.x.ndim < 2
                yield Sides("one at a time" if alone else samples, inputs, targets, made)


OTHER = {"rows": "columns", "columns": "rows"}


def _orientations(x: Array) -> Iterator[tuple[str, Array]]:
    if x.ndim == 2:
        yield "rows", x
        yield "columns", x.T
    elif x.ndim == 1:
        yield "rows", x[None]
        if len(x) > 1:
            yield "rows", x[:, None]
    elif x.ndim == 0:
        yield "rows", x.reshape(1, 1)


def _turn(array: Array, samples: str, count: int) -> Array | None:
    """An array as (samples, units); None where it does not hold `count` samples."""
    if array.ndim == 2:
        made = array if samples == "rows" else array.T
        return made if len(made) == count else None
    if array.ndim > 2:
        return None
    if count == 1:
        return array.reshape(1, -1)
    return array.reshape(-1, 1) if array.size == count else None


def _read_targets(y: Array, samples: str, outputs: Array) -> Array | None:
    """Targets of the shape of the outputs; whole numbers, one a sample, are the numbers of classes."""
    for way in (samples, OTHER[samples]):
        made = _turn(y, way, len(outputs))
        if made is not None and made.shape == outputs.shape:
            return made
    labels = y.reshape(-1)
    count = outputs.shape[1]
    if count > 1 and labels.shape == (len(outputs),) and (labels % 1 == 0).all() and labels.min() >= 0:
        return np.eye(count)[labels.astype(int)] if labels.max() < count else None
    return None


@dataclass(frozen=True)
class ForwardPass:
    """Arrays and activations that give the outputs, up to an `error`; `outputs_are` and `slip` as of a Reading."""

    layout: Layout
    sides: Sides
    parameters: Mapping[str, Array]
    activations: tuple[Activation, ...]
    error: float
    outputs_are: str = ""
    slip: tuple[str, str] | None = None


@dataclass(frozen=True)
class _ForwardSearch:
    """The search for the activations by which one layout of the arrays gives the outputs."""

    layout: Layout
    sides: Sides
    arrays: Mapping[str, Array]
    near: float

    def _is_near(self, made: Array) -> bool:
        outputs = self.sides.outputs[: len(made)]
        bound = self.near * max(float(np.abs(outputs).max(initial=0.0)), 1e-3)
        return bool((np.abs(made - outputs) <= bound).all())

    def exact(self, activation: Any, phase: str) -> Iterator[ForwardPass]:
        """Every combination of activations that gives the outputs, of a few samples first."""
        depth = len(self.layout.pairs)
        hidden, last = _list_activations(activation, depth, phase)
        if phase == "mixed" and hidden:
            hidden = self._sift(hidden, last)
        for chosen in hidden:
            h = _run(self.arrays, self.sides.x[:ENOUGH], chosen)
            for each, (are, make) in product(last, OUTPUTS_ARE.items()):
                if (not are or each.name == "softmax") and self._is_near(make(each.forward(h))):
                    whole = h if len(h) == len(self.sides.x) else _run(self.arrays, self.sides.x, chosen)
                    made = make(each.forward(whole))
                    if self._is_near(made):
                        error = float(np.abs(made - self.sides.outputs).max())
                        yield ForwardPass(self.layout, self.sides, self.arrays, (*chosen, each), error, are)

    def _sift(
        self, hidden: Sequence[tuple[Activation, ...]], last: Sequence[Activation]
    ) -> list[tuple[Activation, ...]]:
        """The combinations that give the outputs of the first samples, all of them run at once."""
        a = self.sides.x[None, :FEW]
        outputs = self.sides.outputs[:FEW]
        bound = self.near * max(float(np.abs(self.sides.outputs).max()), 1e-3)
        choices = [list(dict.fromkeys(each[layer] for each in hidden)) for layer in range(len(hidden[0]))]
        if np.prod([len(each) for each in choices]) * max(self.layout.widths) > MOST_AT_ONCE:
            choices = [[each for each in layer if each.name in COMMON] for layer in choices]
        for number, layer in enumerate(choices, start=1):
            h = a @ self.arrays[f"W{number}"] + self.arrays.get(f"b{number}", 0.0)
            a = np.stack([each.forward(h) for each in layer], axis=1).reshape(-1, *h.shape[1:])
        number = len(choices) + 1
        h = a @ self.arrays[f"W{number}"] + self.arrays.get(f"b{number}", 0.0)
        near = np.zeros(len(h), dtype=bool)
        for each in last:
            for made in (each.forward(h), *([np.log(each.forward(h))] if each.name == "softmax" else [])):
                near |= (np.abs(made - outputs) <= bound).all(axis=(1, 2))
        return [chosen for chosen, fits in zip(product(*choices), near, strict=True) if fits]

    def with_slip(self, activation: Any) -> Iterator[ForwardPass]:
        """Every mistake in the last activation that gives the outputs."""
        hidden, last = _list_activations(activation, len(self.layout.pairs), "same")
        for chosen in hidden if self.sides.x.size * len(self.layout.pairs) < MOST_FOR_SLIPS else ():
            h = _run(self.arrays, self.sides.x, chosen)
            for each, mistake in product(last, every_mistake()):
                for says, made in mistake.in_outputs(each, h):
                    if self._is_near(made):
                        slip, error = (mistake.id, says), float(np.abs(made - self.sides.outputs).max())
                        yield ForwardPass(self.layout, self.sides, self.arrays, (*chosen, each), error, "", slip)


#: Hidden layers of one activation first, then any combination.
PHASES = ("same", "mixed")
#: What may have been handed over as the outputs instead of the activations of the last layer.
OUTPUTS_ARE: dict[str, Callable[[Any], Any]] = {"": lambda a: a, "logarithms": np.log}
#: Maximum number of inputs multiplied by layers for which forward passes with a slip are looked for.
MOST_FOR_SLIPS = 1e6


def _list_activations(given: Any, depth: int, phase: str) -> tuple[list[tuple[Activation, ...]], list[Activation]]:
    """What the hidden layers may have in a phase of the search, and what the last layer may have."""
    every = (activations.make(each) for each in sorted(activations.names(), key=lambda name: name not in COMMON))
    known = [each for each in every if each.is_guessed]
    last = sorted(known, key=lambda each: each.name != "identity")  # where all h are above 0, so are others
    if isinstance(given, Sequence) and not isinstance(given, str):
        if len(given) != depth:
            raise OptionError(f"activation: expected {depth} of them, one for each layer, received {len(given)}.")
        made = [activations.make(each) for each in given]
        return [tuple(made[:-1])], made[-1:]
    choices = known if given is None else [activations.make(given)]
    if depth == 1:
        return [()], last if given is None else choices
    choices = [each for each in choices if not each.coupled]
    if phase == "same":
        return [(each,) * (depth - 1) for each in choices], last
    free = choices if depth - 1 <= FREE else [each for each in choices if each.name in COMMON]
    return (list(product(free, repeat=depth - 1)) if 1 < depth - 1 <= MOST_MIXED else []), last


#: In networks with more hidden layers than this all of them are taken to have one activation.
MOST_MIXED = 5


def _run(arrays: Mapping[str, Array], x: Array, hidden: Sequence[Activation]) -> Array:
    """The pre-activations of the last layer."""
    a = x
    for number, each in enumerate(hidden, start=1):
        a = each.forward(a @ arrays[f"W{number}"] + arrays.get(f"b{number}", 0.0))
    number = len(hidden) + 1
    return np.asarray(a @ arrays[f"W{number}"] + arrays.get(f"b{number}", 0.0))


def _find_costs(found: ForwardPass, data: Data, cost: Any) -> list[Reading]:
    """The readings of a forward pass: with each cost and reduction that gives the loss, else with every one."""
    variants = [(found.outputs_are, found.activations)]
    if found.activations[-1].name == "identity":
        variants += [("logits", (*found.activations[:-1], activations.make(last))) for last in ("softmax", "sigmoid")]
    readings = []
    for are, chosen in variants:
        a = found.sides.outputs
        if are:
            a = np.exp(a) if are == "logarithms" else chosen[-1].forward(a)
        for each in _list_costs(cost, chosen[-1].name, a.shape[1]):
            if are == "logits" and (chosen[-1].name, each.name) not in LOGITS:
                continue
            for reduction in ("mean", "sum"):
                value = each.scale(a.shape[1]) * float(np.sum(each.forward(found.sides.y, a)))
                value /= len(a) if reduction == "mean" else 1
                off = 0.0 if data.loss is None else abs(value - data.loss)
                fits = off <= data.near[1] * abs(data.loss or 0.0) + TINY
                if np.isfinite(value) and (fits or are != "logits"):
                    readings.append((each, reduction, are, chosen, fits, off))
    best = min((each[-1] for each in readings if each[-2]), default=0.0)
    near = NEARER * best + max(data.near[0], 1e-7) * abs(data.loss or 0.0) / 100 + TINY
    fitting = [each for each in readings if each[-2] and each[-1] <= near]
    known = [each for each in fitting if not isinstance(each[0], ScaledCost)]
    return [
        Reading(found.layout, found.sides, _build(found, chosen, each, reduction), are, found.slip, fits)
        for each, reduction, are, chosen, fits, _ in known
        or fitting
        or [each for each in readings if each[2] != "logits"]
        if not (data.loss is None and are == "logits" and cost is None)
    ]


#: What a loss of 0 may be off by.
TINY = 1e-12


def _list_costs(given: Any, last: str, outputs: int) -> list[Cost]:
    """The costs to try, the likeliest first; in the end each multiplied by the factors that are met."""
    if given is not None:
        return [costs.make(given)]
    usual = {"softmax": "cross_entropy", "exponential": "poisson"}.get(last, "half_squared_error")
    made = (costs.make(name) for name in sorted(costs.names(), key=lambda name: name != usual) if name != "output")
    known = [each for each in made if each.is_guessed]
    scaled = [ScaledCost(each, 0.5, "halved") for each in known]
    if outputs > 1:
        sums = [each for each in known if not each.averaged]
        scaled += [ScaledCost(each, 1 / outputs, "averaged over the outputs") for each in sums]
        scaled += [ScaledCost(each, 0.5 / outputs, "halved and averaged over the outputs") for each in sums]
    return [*known, *scaled]


def _build(found: ForwardPass, chosen: Sequence[Activation], cost: Cost, reduction: str) -> Network:
    widths = found.layout.widths
    biases = {f"b{number}": np.zeros(width) for number, width in enumerate(widths[1:], start=1)}
    return Network.dense(
        widths, activation=list(chosen), cost=cost, reduction=reduction, parameters=biases | dict(found.parameters)
    )


def _drop_equal(readings: Sequence[Reading]) -> list[Reading]:
    """Without readings whose arrays, outputs and gradients are those of an earlier one."""
    kept: list[tuple[Reading, Mapping[str, Array]]] = []
    for reading in readings:
        gradients = reading.network.trace(reading.sides.x, reading.sides.y).backward.gradients
        if not any(
            (one.layout, one.sides.samples, one.slip) == (reading.layout, reading.sides.samples, reading.slip)
            and all(np.allclose(other[key], gradients[key], rtol=1e-9, atol=1e-15) for key in gradients)
            for one, other in kept
        ):
            kept.append((reading, gradients))
    return [reading for reading, _ in kept]


def infer_network(
    parameters: Any,
    x: Any,
    y: Any,
    outputs: Any,
    loss: Any = None,
    *,
    activation: Any = None,
    cost: Any = None,
) -> Network:
    """Find the network of dense layers that gives these outputs and this loss.

    Layout, orientation, biases, activations and cost are worked out: nothing needs to be renamed or transposed.

    Parameters
    ----------
    parameters : mapping, sequence, object with arrays as attributes, or these inside each other
        Weights and biases as they lie in the code, as arrays of NumPy, PyTorch or JAX or as nested lists. Weights are
        (in, out) or (out, in); biases flat, (1, n), (n, 1), none, or the first or last row or column of the weights.
    x, y, outputs : array_like
        Inputs, targets (or numbers of classes) and outputs; samples are rows or columns, or there is one alone.
    loss : float, optional
        The loss of these samples. Left out: half the squared error, or what usually follows the last activation.
    activation : str, mapping or Activation, or a sequence of them, optional
        That of the hidden layers, or one for each layer, where several would give the outputs.
    cost : str, mapping or Cost, optional
        The cost, where several would give the loss.

    Returns
    -------
    Network
        Weights (units from, units to) under W1, b1, W2 ...; biases of 0 where the code has none.

    Raises
    ------
    ShapeError
        The arrays do not fit together as dense layers.
    OptionError
        No known activations give the outputs, or no known cost gives the loss.

    See Also
    --------
    check_backward : hold the gradients of such code against the truth.

    Examples
    --------
    >>> import numpy as np
    >>> import backproof
    >>> W, b = [np.array([[0.5, -1.0], [2.0, 0.3]])], [np.array([[0.1], [0.2]])]
    >>> x, y = np.array([[1.0, 0.0, 2.0], [0.5, 1.0, -1.0]]), np.array([[1.0, 0.0, 1.0], [0.0, 1.0, 0.0]])
    >>> a = np.tanh(W[0] @ x + b[0])
    >>> backproof.infer_network([W, b], x, y, a, loss=((a - y) ** 2).sum())
    Network(2-2, tanh, squared_error, 6 parameters)
    """
    leaves = collect_leaves(parameters, "parameters")
    data = read_data(leaves, x, y, outputs, loss)
    with np.errstate(all="ignore"):
        readings = find_readings(leaves, data, activation, cost)
    if readings[0].slip:
        raise OptionError(f"the outputs are those of a forward pass with a mistake: {readings[0].slip[1]}.")
    if not readings[0].fits_loss:
        raise OptionError(f"no known cost gives the loss {data.loss:.6g} from these outputs; give cost=.")
    return readings[0].network
