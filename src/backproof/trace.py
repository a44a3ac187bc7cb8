"""A Trace: every number of one step - forward, cost, backward, update - each addressable by name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from backproof import names, propagation
from backproof.arrays import Array
from backproof.errors import NameUnknown, NumberError, OptionError, ShapeError
from backproof.evaluation import evaluate
from backproof.expression import Quantity
from backproof.network import Network
from backproof.operations.optimiser import Optimiser
from backproof.operations.optimisers.sgd import Sgd
from backproof.propagation import TRUE, Backward, Equations, Forward
from backproof.validate import describe

if TYPE_CHECKING:
    from backproof.derivation import Derivation


@dataclass(frozen=True)
class Training:
    """How the parameters change from step to step: optimiser, learning rate, and the samples (from 1) of each step.

    `equations` are those of the backward pass; others than the true ones show what a slip leads to.
    """

    rate: float | None = None
    optimiser: Optimiser = field(default_factory=Sgd)
    batches: tuple[tuple[int, ...], ...] = ()
    equations: Equations = TRUE

    def batch(self, step: int, count: int) -> tuple[int, ...]:
        """The numbers of the samples that a step uses."""
        return self.batches[(step - 1) % len(self.batches)] if self.batches else tuple(range(1, count + 1))


@dataclass(frozen=True)
class Trace:
    """One step of a network on some samples. `trace["dE/dw1"]` is a number; `trace.explain("dE/dw1")` its Derivation.

    x and y hold the samples of this step; `numbers` are their numbers in the data, from 1. With `sample` every name
    means that sample's own share. `slots` are the optimiser's running numbers before the update. `begun` is the part
    of the forward pass that is given, not computed: outputs given so need not be made from their h.

    Errors: ShapeError where x, y and numbers are not as many.
    """

    network: Network
    x: Array
    y: Array
    training: Training = field(default_factory=Training)
    numbers: tuple[int, ...] = ()
    sample: int | None = None
    step: int = 1
    slots: dict[str, dict[str, Any]] | None = None
    begun: Forward | None = None

    def __post_init__(self) -> None:
        if not self.numbers:
            object.__setattr__(self, "numbers", tuple(range(1, len(self.x) + 1)))
        _as_many(self.x, self.y)
        if len(self.numbers) != len(self.x):
            raise ShapeError(f"there are {len(self.x)} inputs and {len(self.numbers)} numbers of samples.")

    def __repr__(self) -> str:
        return f"Trace(step {self.step}, {listed(self.numbers)}, {self.network!r})"

    def __getitem__(self, name: str) -> float:
        return float(evaluate(names.parse(name, self.network), self.value))

    def explain(self, name: str) -> Derivation:
        """How that number comes about, line by line."""
        from backproof.derivation.explain import explain

        return explain(self, name)

    def of_sample(self, sample: int | None) -> Trace:
        """The same step, seen by one of its samples (or by the whole batch)."""
        if sample is not None and sample not in self.numbers:
            raise OptionError(
                f"sample {describe(sample)} is not in step {self.step}, which uses {listed(self.numbers)}."
            )
        return replace(self, sample=sample)

    @cached_property
    def forward(self) -> Forward:
        """All pre-activations and activations."""
        with np.errstate(all="ignore"):
            return propagation.resume(self.network, self.network.parameters, self.begun or Forward((None,), (self.x,)))

    @cached_property
    def terms(self) -> Array:
        """Each sample's and output's part of the cost."""
        given = self.begun is not None and len(self.begun.a) > self.network.depth
        with np.errstate(all="ignore"):
            return np.asarray(propagation.cost_terms(self.network, self.forward, self.y, by_outputs=given))

    @cached_property
    def backward(self) -> Backward:
        """All errors and gradients."""
        with np.errstate(all="ignore"):
            equations = self.training.equations
            return propagation.backward(self.network, self.network.parameters, self.forward, self.y, equations)

    @cached_property
    def before(self) -> dict[str, dict[str, Any]]:
        """The optimiser's slots before this step."""
        if self.slots is not None:
            return self.slots
        return propagation.first_slots(self.training.optimiser, self.network.parameters)

    @cached_property
    def changes(self) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
        """What the update adds to each parameter, and the optimiser's slots after it."""
        if self.training.optimiser.searches:
            raise OptionError(
                f"{self.training.optimiser.title} with a line search: the length of its step is found by "
                "trying, not by a formula; leave out line_search to follow the steps."
            )
        with np.errstate(all="ignore"):
            network, gradients = self.network, self.backward.gradients
            return propagation.changes(
                network, self.training.optimiser, gradients, self.before, self.step, self.rate, network.parameters
            )

    @cached_property
    def workings(self) -> dict[str, dict[str, Any]]:
        """Every number that the optimiser goes by in this step, for each parameter."""
        with np.errstate(all="ignore"):
            optimiser, dot = self.training.optimiser, self.network.wiring.dot
            return propagation.workings(optimiser, self.backward.gradients, self.before, self.step, self.rate, dot)

    @property
    def rate(self) -> float:
        """The learning rate, or an error that says it is missing."""
        if self.training.rate is None:
            raise OptionError("there is no learning rate; give learning_rate in [training].")
        return self.training.rate

    @cached_property
    def after(self) -> Network:
        """The network after this step's update."""
        with np.errstate(all="ignore"):
            arrays = propagation.update(self.network.parameters, self.changes[0])
        if not all(np.isfinite(array).all() for array in arrays.values()):
            raise NumberError(
                f"the update of step {self.step} gives numbers that are not finite; is the rate too high?"
            )
        return self.network.with_parameters(arrays)

    def row(self, quantity: Quantity) -> int:
        """The row of the sample that a quantity of one sample belongs to."""
        sample = quantity.sample if quantity.sample is not None else self.sample
        if sample is None and len(self.numbers) == 1:
            return 0
        assert not isinstance(sample, str), "the index of a sum has no row"
        if sample is None:
            raise NameUnknown(
                f"'{quantity.name}' is a number of one sample and step {self.step} uses {len(self.numbers)}; "
                "say which: sample = 1, counting from 1."
            )
        if sample not in self.numbers:
            self.of_sample(sample)
        return self.numbers.index(sample)

    def whole(self, quantity: Quantity) -> bool:
        """Whether a cost or gradient is meant for the whole batch, not for one sample."""
        return quantity.sample is None and self.sample is None

    def value(self, quantity: Quantity) -> float:
        """The number that a quantity stands for."""
        role, of = quantity.role, quantity.of
        if role in ("h", "a", "y"):
            return self._unit_value(quantity)
        if role == "w":
            return self.parameter(of[0])
        if role == "E":
            return self._cost(quantity)
        if role in ("delta", "dE/dh", "dE/da") and len(of) == 1:
            layer, position = self.network.place(of[0])
            errors = self.backward.da if role == "dE/da" else self.backward.dh
            return float(errors[layer][self.row(quantity), position])
        if role == "dE/dw" and len(of) == 1:
            return self._gradient(quantity)
        if "/" in role:
            return self._derivative(quantity)
        return self._update_value(quantity)

    def parameter(self, name: str, network: Network | None = None) -> float:
        """The parameter of that name, before the update unless another network is given."""
        use = self.network.parameter(name).uses[0]
        return float((network or self.network).parameters[use.array][use.index])

    def shares(self, name: str) -> Array:
        """Each sample's share of dE/d`name`, shape (samples,)."""
        total = np.zeros(len(self.numbers))
        with np.errstate(all="ignore"):
            for use in self.network.parameter(name).uses:
                delta = self.backward.dh[use.layer][:, use.column]
                total = total + (delta if use.row is None else delta * self.forward.a[use.layer - 1][:, use.row])
        return total

    def _unit_value(self, quantity: Quantity) -> float:
        layer, position = self.network.place(quantity.of[0])
        row = self.row(quantity)
        if quantity.role == "y":
            return float(self.y[row, position])
        return float((self.forward.h if quantity.role == "h" else self.forward.a)[layer][row, position])

    def _cost(self, quantity: Quantity) -> float:
        if quantity.of:
            return float(self.terms[self.row(quantity), self.network.place(quantity.of[0])[1]])
        return float(self.terms.sum() if self.whole(quantity) else self.terms[self.row(quantity)].sum())

    def _gradient(self, quantity: Quantity) -> float:
        if not self.whole(quantity):
            return float(self.shares(quantity.of[0])[self.row(quantity)])
        use = self.network.parameter(quantity.of[0]).uses[0]
        return float(self.backward.gradients[use.array][use.index])

    def _derivative(self, quantity: Quantity) -> float:
        """dX/dY for X = h[u], a[u] or E[u], by the same generalised form as for E."""
        top, bottom = quantity.parts
        unit, by = quantity.of[0], quantity.of[-1]
        errors = self.errors_of(top, unit, self.row(quantity))
        if bottom == "w":
            use = self.network.parameter(by).uses[0]
            return float(errors.gradients[use.array][use.index])
        layer, position = self.network.place(by)
        found = (errors.da if bottom == "a" else errors.dh)[layer : layer + 1]
        return float(found[0][0, position]) if found and found[0] is not None else 0.0

    def errors_of(self, top: str, unit: str, row: int) -> Backward:
        """The derivatives of one number of one sample by all that comes before it."""
        layer, position = self.network.place(unit)
        passed = Forward(
            tuple(None if h is None else h[row : row + 1] for h in self.forward.h[: layer + 1]),
            tuple(a[row : row + 1] for a in self.forward.a[: layer + 1]),
        )
        chosen = np.zeros_like(passed.a[-1])
        chosen[0, position] = 1.0
        with np.errstate(all="ignore"):
            if top == "E":
                da, delta = self._errors_of_part(position, row)
                return propagation.descend(self.network, self.network.parameters, passed, da, delta)
            da = np.zeros_like(chosen) if top == "h" else chosen
            if layer == 0:
                return Backward((da,), (None,), {key: 0 * each for key, each in self.network.parameters.items()})
            activation = self.network.activations[layer - 1]
            delta = chosen if top == "h" else activation.backward(passed.h[-1], passed.a[-1], da)
            return propagation.descend(self.network, self.network.parameters, passed, da, delta)

    def _errors_of_part(self, position: int, row: int) -> tuple[Array, Array]:
        """dE[u]/da and dE[u]/dh of the output layer, shape (1, outputs): the errors for the target of u alone."""
        alone = np.zeros(self.y.shape, dtype=bool)
        alone[row, position] = True
        da = np.where(alone, self.backward.da[-1], 0.0)
        y = np.where(alone, self.y, 0.0)
        delta = self.training.equations.output_error(self.network, self.forward, y, da)
        if not self.network.activations[-1].coupled:
            delta = np.where(alone, delta, 0.0)
        return da[row : row + 1], delta[row : row + 1]

    def _update_value(self, quantity: Quantity) -> float:
        role, of = quantity.role, quantity.of
        if role == "eta":
            return self.rate
        if not self.whole(quantity):
            raise OptionError(f"'{quantity.name}' belongs to the whole step, not to one sample; leave out the sample.")
        if role == "new":
            return self.parameter(of[0], self.after)
        if role in self.training.optimiser.shared:
            return float(next(iter(self.workings.values()))[role])
        use = self.network.parameter(of[0]).uses[0]
        if role == "step":
            return float(self.changes[0][use.array][use.index])
        if role.startswith("previous "):
            return float(self.before[role.removeprefix("previous ")][use.array][use.index])
        return float(self.workings[use.array][role][use.index])


def listed(numbers: tuple[int, ...]) -> str:
    """The numbers of samples in words: `sample 2`, `samples 1 to 4`, `samples 3, 1`."""
    if len(numbers) == 1:
        return f"sample {numbers[0]}"
    if numbers == tuple(range(numbers[0], numbers[0] + len(numbers))):
        return f"samples {numbers[0]} to {numbers[-1]}"
    return f"samples {', '.join(map(str, numbers[:10]))}{', ...' if len(numbers) > 10 else ''}"


def _as_many(x: Array, y: Array) -> None:
    if len(x) != len(y):
        raise ShapeError(f"there are {len(x)} inputs and {len(y)} targets; expected as many of each.")


def steps(network: Network, x: Array, y: Array, training: Training) -> Iterator[Trace]:
    """The trace of step 1, 2, 3, ... without end; each starts from the parameters that the one before made."""
    slots: dict[str, dict[str, Any]] | None = None
    step = 1
    while True:
        chosen = training.batch(step, len(x))
        rows = [number - 1 for number in chosen]
        trace = Trace(network, x[rows], y[rows], training, chosen, None, step, slots)
        yield trace
        network, slots = trace.after, trace.changes[1]
        step += 1


def trace_of(
    network: Network,
    x: Array,
    y: Array,
    training: Training | None = None,
    *,
    step: int = 1,
    sample: int | None = None,
) -> Trace:
    """The trace of one step: `x` (samples, inputs), `y` (samples, outputs), step and sample from 1.

    Errors: OptionError for a step below 1, a step beyond the first without a learning rate, or a sample that is not
    there; NumberError where the parameters stop being finite on the way.
    """
    _as_many(x, y)
    for what, number in (("step", step), ("sample", 1 if sample is None else sample)):
        if isinstance(number, bool) or not isinstance(number, int | np.integer) or number < 1:
            raise OptionError(f"{what} counts from 1, received {describe(number)}.")
    for trace in steps(network, x, y, training or Training()):
        if trace.step == step:
            return trace.of_sample(sample)
    raise AssertionError("steps never end")
