"""A Trace: every number of one step - forward, cost, backward, update - each addressable by name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from backproof import names, propagation
from backproof.architecture import Architecture, Use
from backproof.arrays import Array
from backproof.display import Explanation, Shown
from backproof.errors import NameUnknown, OptionError, ShapeError
from backproof.evaluation import evaluate
from backproof.expression import Expression, quantities
from backproof.labels import Labels
from backproof.layers import flatten_units, pick_number
from backproof.network import Network
from backproof.operations.layer import Linear
from backproof.propagation import Backward, Forward
from backproof.quantity import Kind, Quantity, Scope
from backproof.training import Training, list_samples
from backproof.update import Update
from backproof.validate import describe

if TYPE_CHECKING:
    from backproof.derivation import Derivation


#: What has been worked out of a step and is the same whichever sample it is seen by.
_OF_ALL_SAMPLES = ("masks", "forward", "terms", "backward", "update")


@dataclass(frozen=True, repr=False)
class Trace(Shown):
    """One step of a network on some samples: every number of it by name.

    ``trace["dE/dw1"]`` is a number, ``trace.explain("dE/dw1")`` its Derivation. Usually made by `Network.trace` or
    `Worksheet.trace`.

    Parameters
    ----------
    network : Network
    x, y : ndarray of shape (samples, inputs) and (samples, outputs)
        The samples of this step.
    training : Training
        How the parameters change.
    numbers : tuple of int
        The numbers of the samples in the data, from 1.
    sample : int, optional
        Number of a sample; costs and gradients are then those of this sample alone.
    step : int, default 1
    slots : mapping, optional
        The optimiser's running numbers before the update.
    begun : Forward, optional
        The part of the forward pass that is given, not computed: outputs given so need not be made from their h.

    Raises
    ------
    ShapeError
        If x, y and numbers have different lengths.

    Notes
    -----
    For a layer l with pre-activations h, activations a = g(h) and cost E:
    delta_l = dE/dh_l = dE/da_l * g'(h_l), dE/da_(l-1) = delta_l W_l^T, dE/dW_l = a_(l-1)^T delta_l and
    dE/db_l = the sum of delta_l over the samples (Rumelhart, Hinton and Williams, 1986).

    Examples
    --------
    >>> from backproof import load
    >>> trace = load("or").trace(sample=2)
    >>> round(trace["dE/dw1"], 9)
    -0.000278685
    >>> derivation = trace.explain("dE/dw1")
    >>> derivation.value == trace["dE/dw1"], derivation.lines[-1].reason
    (True, 'work it out')
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
        _check_counts(self.x, self.y)
        if len(self.numbers) != len(self.x):
            raise ShapeError(f"there are {len(self.x)} inputs and {len(self.numbers)} numbers of samples.")

    def __repr__(self) -> str:
        seen = f"sample {self.sample} of {len(self.numbers)}" if self.sample is not None else list_samples(self.numbers)
        return f"Trace(step {self.step}, {seen}, {self.network!r})"

    def __getitem__(self, name: str) -> float:
        """The number of that name, or a product of numbers, such as ``"dE/dw1"`` or ``"delta[o]*w5"``.

        Raises
        ------
        NameUnknown
            If there is no such number; the message proposes the nearest name.
        """
        return float(evaluate(self.parse_name(name), self.value))

    def parse_name(self, name: str) -> Expression:
        """The formula of a name. Raise NameUnknown if it stands for nothing here, or leaves its sample open."""
        formula = self.read_name(name)
        for quantity in quantities(formula):
            if quantity.scope is Scope.SAMPLE or isinstance(quantity.sample, int):
                self.row(quantity)
        return formula

    def read_name(self, name: str) -> Expression:
        """The formula of a name, which may leave its sample open. Raise NameUnknown if it stands for nothing here."""
        return names.parse_name(name, self.network, self.training, samples=len(self.numbers))

    @overload
    def explain(self, name: str) -> Derivation:
        """One number."""

    @overload
    def explain(self, name: None = None) -> Explanation:
        """The whole step."""

    def explain(self, name: str | None = None) -> Derivation | Explanation:
        """Derive a number line by line: definition, chain rule, local derivatives, numbers, value.

        Parameters
        ----------
        name : str, optional
            Name of the number, such as ``"dE/dw1"``; `names` lists them. Without it the whole step is explained.

        Returns
        -------
        Derivation, or Explanation of the whole step

        Raises
        ------
        NameUnknown
            If there is no such number, or it belongs to one sample and none is chosen.
        """
        if name is None:
            return Explanation(self._document())
        from backproof.derivation.explain import explain

        return explain(self, name)

    def names(self) -> list[str]:
        """List the names of the numbers of this step that can be asked for.

        Local derivatives and products have names too, such as ``"dh[o]/dw5"``; they are not listed.

        Examples
        --------
        >>> from backproof import load
        >>> load("or").trace(sample=2).names()[:6]
        ['h[h1]', 'a[h1]', 'dE/da[h1]', 'dE/dh[h1]', 'h[h2]', 'a[h2]']
        """
        updated = self.sample is None and self.training.rate is not None and not self.training.optimiser.searches
        return names.list_names(
            self.network,
            self.training if updated else None,
            of_sample=len(self.numbers) == 1 or self.sample is not None,
        )

    def of_sample(self, sample: int | None) -> Trace:
        """The same step, seen by one of its samples (or by the whole batch)."""
        if sample is not None and sample not in self.numbers:
            used = list_samples(self.numbers)
            raise OptionError(f"sample {describe(sample)} is not in step {self.step}, which uses {used}.")
        if sample == self.sample:
            return self
        seen = replace(self, sample=sample)
        vars(seen).update({name: vars(self)[name] for name in _OF_ALL_SAMPLES if name in vars(self)})
        return seen

    @property
    def architecture(self) -> Architecture:
        """The architecture of its network."""
        return self.network.architecture

    @property
    def labels(self) -> Labels:
        """How its numbers are written, those that the optimiser keeps included."""
        return self.architecture.labels.with_optimiser(self.training.optimiser)

    @cached_property
    def forward(self) -> Forward:
        """All pre-activations and activations."""
        with np.errstate(all="ignore"):
            begun = self.begun or Forward((None,), (self.x,), self.masks)
            return propagation.resume(self.architecture, self.network.parameters, begun)

    @cached_property
    def masks(self) -> dict[int, Any]:
        """What dropout keeps in this step, as a run with the seed 0 has it."""
        return propagation.draw_masks(self.architecture, self.x, step=self.step - 1)

    @cached_property
    def terms(self) -> Array:
        """Each sample's and output's part of the cost."""
        given = self.begun is not None and len(self.begun.a) > max(self.architecture.outputs)
        with np.errstate(all="ignore"):
            return np.asarray(propagation.cost_terms(self.architecture, self.forward, self.y, by_outputs=given))

    @cached_property
    def backward(self) -> Backward:
        """All errors and gradients."""
        with np.errstate(all="ignore"):
            equations = self.training.equations
            return propagation.backward(self.architecture, self.network.parameters, self.forward, self.y, equations)

    @cached_property
    def update(self) -> Update:
        """What the step makes of the gradients."""
        cost, gradients = float(self.terms.sum()), self.backward.gradients
        return Update(self.network, self.training, self.step, self.forward, cost, gradients, self.slots)

    @property
    def rate(self) -> float:
        """The learning rate of this step, or an error that says it is missing."""
        return self.training.rate_at(self.step)

    @property
    def after(self) -> Network:
        """The network after this step's update."""
        return self.update.after

    def row(self, quantity: Quantity) -> int:
        """The row of the sample that a quantity of one sample belongs to."""
        sample = quantity.sample if quantity.sample is not None else self.sample
        if sample is None and len(self.numbers) == 1:
            return 0
        assert not isinstance(sample, str), "the index of a sum has no row"
        if sample is None:
            raise NameUnknown(
                f"'{quantity.name}' belongs to one sample, but step {self.step} uses {len(self.numbers)}; "
                "choose one, such as sample = 1 (counting from 1)."
            )
        if sample not in self.numbers:
            self.of_sample(sample)
        return self.numbers.index(sample)

    def covers_batch(self, quantity: Quantity) -> bool:
        """Whether a cost or gradient is meant for the whole batch, not for one sample."""
        return quantity.sample is None and self.sample is None

    def value(self, quantity: Quantity) -> float:
        """The number that a quantity stands for."""
        match quantity.kind:
            case Kind.PRE_ACTIVATION | Kind.ACTIVATION | Kind.TARGET:
                return self._unit_value(quantity)
            case Kind.PARAMETER:
                return self.parameter(quantity.of[0])
            case Kind.COST:
                return self._cost(quantity)
            case Kind.STATISTIC:
                return self._statistic(quantity)
            case Kind.DERIVATIVE:
                if quantity not in self._derivatives:
                    self._derivatives[quantity] = self._derivative(quantity)
                return self._derivatives[quantity]
        return self._update_value(quantity)

    @cached_property
    def _derivatives(self) -> dict[Quantity, float]:
        """The derivatives that were asked for: a derivation asks for each several times."""
        return {}

    def parameter(self, name: str, network: Network | None = None) -> float:
        """The parameter of that name, before the update unless another network is given."""
        return float(self.network.parameter(name).pick((network or self.network).parameters.arrays))

    def shares(self, name: str) -> Array:
        """Each sample's share of dE/d`name`, shape (samples,): its own errors times dh/dw, over all uses."""
        total = np.zeros(len(self.numbers))
        with np.errstate(all="ignore"):
            for use in self.architecture.uses(name):
                total = total + self._share_of_use(use)
        return total

    def _share_of_use(self, use: Use) -> Array:
        delta = flatten_units(self.backward.dh[use.layer])[:, use.position]
        if use.sender is not None:
            return np.asarray(delta * flatten_units(self.forward.a[use.sender])[:, use.sent])
        layer = self.architecture.layers[use.layer].works
        if isinstance(layer, Linear):
            return np.asarray(delta)
        place, received = use[1:4], self.forward.received(self.architecture, use.layer)
        if (slope := layer.measure_slope(*place, received)) is not None:
            return np.asarray(delta * slope)
        masked = np.zeros((len(delta), *np.shape(flatten_units(self.backward.dh[use.layer]))))
        masked[np.arange(len(delta)), np.arange(len(delta)), use.position] = delta
        return np.array([self.layer_gradient(use.layer, use.role, each)[use.entry] for each in masked])

    def layer_gradient(self, number: int, role: str, delta: Array) -> Array:
        """The flattened gradient of one parameter array of a layer, for errors of its own."""
        layer, received = self.architecture.layers[number], self.forward.received(self.architecture, number)
        parameters = self.forward.pick(self.architecture, self.network.parameters.arrays, number)
        found = layer.works.gradients(delta.reshape(-1, *layer.shape), received, parameters)
        return np.asarray(found[[each for each, _ in layer.arrays].index(role)]).reshape(-1)

    @property
    def gradients(self) -> dict[str, Array]:
        """dE/d of every parameter array by its name: the batch's, or the share of the sample of this trace."""
        return {array: self.array_gradient(array) for array in self.architecture.shapes}

    def array_gradient(self, array: str) -> Array:
        """dE/d of a whole parameter array: the batch's, or the share of the sample by which the step is seen."""
        if self.sample is None:
            return np.asarray(self.backward.gradients[array])
        row, total = self.numbers.index(self.sample), np.zeros(self.architecture.shapes[array])
        with np.errstate(all="ignore"):
            for number, layer in enumerate(self.architecture.layers):
                for role, name in layer.arrays:
                    if name == array:
                        alone = np.zeros_like(self.backward.dh[number])
                        alone[row] = self.backward.dh[number][row]
                        total += self.layer_gradient(number, role, alone).reshape(total.shape)
        return total

    def _unit_value(self, quantity: Quantity) -> float:
        layer, position = self.architecture.place(quantity.of[0])
        row = self.row(quantity)
        if quantity.kind is Kind.TARGET:
            return float(self.y[row, self._column(layer, position)])
        arrays = self.forward.h if quantity.kind is Kind.PRE_ACTIVATION else self.forward.a
        return pick_number(arrays[layer], row, position)

    def _column(self, layer: int, position: int) -> int:
        column = self.architecture.output_column(layer, position)
        assert column is not None, "only an output has a target"
        return column

    def _cost(self, quantity: Quantity) -> float:
        if quantity.of:
            return float(self.terms[self.row(quantity), self._column(*self.architecture.place(quantity.of[0]))])
        return float(self.terms.sum() if self.covers_batch(quantity) else self.terms[self.row(quantity)].sum())

    def _statistic(self, quantity: Quantity) -> float:
        """A statistic that stands in the h of a unit, such as the mean by which it is normalised."""
        number, position = self.architecture.place(quantity.of[0])
        layer, row = self.architecture.layers[number], 0 if quantity.scope is Scope.STEP else self.row(quantity)
        if quantity.statistic == "mask":
            return pick_number(self.forward.masks[number], row, position)
        with np.errstate(all="ignore"):
            found = layer.works.measure(quantity.statistic, self.forward.received(self.architecture, number))
        return pick_number(found, row, position)

    def _derivative(self, quantity: Quantity) -> float:
        """dX/dY, by the same generalised form whatever X is."""
        if quantity.is_of_update:
            return self._update_value(quantity)
        top, by = quantity.numerator, quantity.denominator
        if top.is_total and by.kind is Kind.PARAMETER:
            return self._gradient(quantity)
        errors = self.backward if top.is_total else self.errors_of(top)
        if by.kind is Kind.PARAMETER:
            return float(self.network.parameter(by.of[0]).pick(errors.gradients))
        layer, position = self.architecture.place(by.of[0])
        array = (errors.da if by.kind is Kind.ACTIVATION else errors.dh)[layer]
        if array is None or (not self.architecture.couples_samples and self.row(top) != self.row(by)):
            return 0.0
        return pick_number(array, 0 if len(array) == 1 else self.row(by), position)

    def _gradient(self, quantity: Quantity) -> float:
        if not self.covers_batch(quantity):
            return float(self.shares(quantity.of[0])[self.row(quantity)])
        return float(self.network.parameter(quantity.of[0]).pick(self.backward.gradients))

    def errors_of(self, top: Quantity) -> Backward:
        """The derivatives of one number of one sample with respect to all that comes before it.

        Arrays have one row, that of the sample; where samples are coupled, a row for each of them.
        """
        row = self.row(top)
        layer, position = self.architecture.place(top.of[0])
        rows = slice(None) if self.architecture.couples_samples else slice(row, row + 1)
        passed = self.forward.of_rows(rows)
        chosen = np.zeros_like(passed.a[layer])
        chosen[row if self.architecture.couples_samples else 0].flat[position] = 1.0  # whatever its layout
        delta = None
        with np.errstate(all="ignore"):
            if top.kind is Kind.COST:
                da, delta = self._errors_of_part(layer, position, row)
                sent, delta = {layer: da[rows]}, None if delta is None else delta[rows]
            elif top.kind is Kind.PRE_ACTIVATION:
                sent, delta = {layer: np.zeros_like(chosen)}, chosen
            else:
                sent = {layer: chosen}
            return propagation.descend(self.architecture, self.network.parameters.arrays, passed, sent, delta)

    def _errors_of_part(self, layer: int, position: int, row: int) -> tuple[Array, Array | None]:
        """dE[u]/da and, where it is known by itself, dE[u]/dh of the output layer: the errors for one target alone."""
        network, column = self.architecture, self._column(layer, position)
        alone = np.zeros(self.y.shape, dtype=bool)
        alone[row, column] = True
        parts = self.training.equations.slope_of_parts(network, self.y, network.collect_outputs(self.forward.a), alone)
        da = np.asarray(network.split_outputs(parts)[layer])
        if not network.is_judged_alone:
            return da, None
        y = np.where(alone, self.y, 0.0)
        delta = np.asarray(self.training.equations.output_error(network, self.forward, y, da))
        if not (network.layers[layer].activation.coupled or network.cost.coupled):
            delta = np.where(alone.reshape(delta.shape), delta, 0.0)
        return da, delta

    def _update_value(self, quantity: Quantity) -> float:
        if not self.covers_batch(quantity) and quantity.letter != "eta":
            raise OptionError(f"'{quantity.name}' belongs to the whole step, not to one sample; leave out the sample.")
        return self.update.value(quantity)


def _check_counts(x: Array, y: Array) -> None:
    if len(x) != len(y):
        raise ShapeError(f"there are {len(x)} inputs and {len(y)} targets; expected the same number of each.")


def trace_steps(network: Network, x: Array, y: Array, training: Training) -> Iterator[Trace]:
    """The trace of every step without end, from the training's first on; each starts from the parameters that the one
    before made."""
    step, slots = training.start, training.slots
    while True:
        chosen = training.batch(step, len(x))
        rows = [number - 1 for number in chosen]
        trace = Trace(network, x[rows], y[rows], training, chosen, None, step, slots)
        yield trace
        network, slots = trace.after, trace.update.changes[1]
        step += 1


def trace_of(
    network: Network, x: Array, y: Array, training: Training | None = None, *, step: int = 1, sample: int | None = None
) -> Trace:
    """The trace of one step: `x` (samples, inputs), `y` (samples, outputs), step and sample from 1.

    Errors: OptionError for a step below 1, a step beyond the first without a learning rate, or a sample that is not
    there; NumberError where the parameters stop being finite on the way.
    """
    _check_counts(x, y)
    for what, number in (("step", step), ("sample", 1 if sample is None else sample)):
        if isinstance(number, bool) or not isinstance(number, int | np.integer) or number < 1:
            raise OptionError(f"{what} counts from 1, received {describe(number)}.")
    training = training or Training()
    if step < training.start:
        raise OptionError(f"training starts at step {training.start}, received step {step}.")
    for trace in trace_steps(network, x, y, training):
        if trace.step == step:
            return trace.of_sample(sample)
    raise AssertionError("steps never end")
