"""Gradients in code, held against the truth: which arrays are wrong, by how much, and which bug makes them so.

In `check_gradient(mine, network, x, y)`, `mine` is a mapping of W1, b1, W2 ... to arrays, a list of them in that order,
or a function of (parameters, x, y) that returns either. An array is right if it agrees with `propagation.backward` up
to rounding.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, overload

import numpy as np
from numpy.typing import ArrayLike

from backproof import propagation
from backproof.arrays import Array
from backproof.checking.backward_pass import BackwardPass
from backproof.checking.code.calling import CodeError, call_function
from backproof.checking.code.naming import Comparison, NamedMistake, find_bugs, relate_mistakes
from backproof.checking.code.plain import PlainReport, check_plain
from backproof.checking.code.reading import read_gradients
from backproof.checking.code.rounding_bounds import bound_rounding
from backproof.checking.mistake import every_mistake
from backproof.checking.submitted import SubmittedGradients
from backproof.display import Shown
from backproof.errors import OptionError, ShapeError
from backproof.inputs import check_inputs
from backproof.network import Network
from backproof.training import Training
from backproof.validate import check_numbers, check_samples

#: A second set of parameters for a function that may remember: the first times this.
OTHER = 0.9


@dataclass(frozen=True)
class Verdict:
    """One claimed array: whether it is right, its largest error, and where that stands (counting from 0)."""

    name: str
    right: bool
    largest_error: float
    at: tuple[int, ...]


@dataclass(frozen=True, repr=False)
class GradientReport(Shown):
    """The verdict on each array of a gradient, and the mistakes that explain the wrong ones.

    Attributes
    ----------
    parameters : tuple of Verdict
        One for each array.
    mistakes : tuple of NamedMistake
        The most likely first.
    precision : str
        Data type of the arrays.
    tolerance : float
        Largest error that passes, relative to the largest entry of an array; the rounding of sums of large terms is
        allowed for in addition.
    notes : tuple of str
        What is not an error of a value, one sentence each.
    inferred : mapping
        What was worked out of the code's conventions, where no network was given.
    question : str
        Asks for what would decide, where several networks fit and disagree.
    right : bool or None
        Whether every array is right; None where there is a question.
    """

    parameters: tuple[Verdict, ...]
    mistakes: tuple[NamedMistake, ...]
    precision: str
    tolerance: float
    notes: tuple[str, ...] = ()
    inferred: Mapping[str, Any] = field(default_factory=dict)
    question: str = ""

    @property
    def right(self) -> bool | None:
        """Whether every claimed array is right; None where that depends on the answer to the question."""
        return None if self.question else all(each.right for each in self.parameters)

    def to_json(self) -> str:
        """The report as JSON text."""
        return json.dumps(self.to_dict(), indent=1, ensure_ascii=False, allow_nan=False)

    def to_dict(self) -> dict[str, Any]:
        """The report as plain values, by the names of the JSON."""
        told = {"inferred": dict(self.inferred)} if self.inferred else {}
        asked = {"question": self.question} if self.question else {}
        return {
            "format": 1,
            **told,
            "right": self.right,
            **asked,
            "parameters": [
                {"name": each.name, "right": each.right, "largest_error": each.largest_error, "at": list(each.at)}
                for each in self.parameters
            ],
            "mistakes": [
                {"id": each.id, "says": each.says, "where": each.where, "explains": list(each.explains)}
                for each in self.mistakes
            ],
        }

    def __repr__(self) -> str:
        wrong = [each.name for each in self.parameters if not each.right]
        said = f"wrong: {', '.join(wrong)}" if wrong else "right"
        return f"GradientReport({len(self.parameters)} arrays, {said})"

    def __str__(self) -> str:
        lines = [describe_inferred(self.inferred)] if self.inferred else []
        if self.question:
            return "\n".join([*lines, self.question])
        lines.append(f"The gradients are {'right' if self.right else 'wrong'}.")
        for each in self.parameters:
            place = f" at {list(each.at)}" if each.at else ""
            verdict = "right" if each.right else "WRONG"
            lines.append(f"  {each.name}: {verdict}, largest error {each.largest_error:.3g}{place}")
        for relation, one in relate_mistakes(self.mistakes):
            lead = f"{relation} " if relation else ""
            lines.append(f"  {lead}{one.id}, {one.where}: {one.says} (explains {', '.join(one.explains)})")
        return "\n".join([*lines, *(f"  {note}" for note in self.notes)])


def describe_inferred(inferred: Mapping[str, Any]) -> str:
    """What was worked out of somebody's code, in one sentence."""
    said = {"rows": "as rows", "columns": "as columns"}
    outputs = f"; the outputs are {inferred['outputs']}" if "outputs" in inferred else ""
    return (
        f"Read as: weights {inferred['layout']}, biases {inferred['biases']}, samples "
        f"{said.get(inferred['samples'], inferred['samples'])}; {', '.join(inferred['activations'])}; "
        f"{inferred['cost']}, the {inferred['reduction']} over the samples{outputs}."
    )


@overload
def check_gradient(
    mine: Any, network: Network, x: ArrayLike, y: ArrayLike | None = None, *, training: Training | None = None
) -> GradientReport:
    """A network's gradients."""


@overload
def check_gradient(mine: Callable[[Any], Any], network: Any, *, at: ArrayLike) -> PlainReport:
    """A plain function's derivative."""


def check_gradient(
    mine: Any, network: Any, x: Any = None, y: Any = None, *, at: Any = None, training: Training | None = None
) -> GradientReport | PlainReport:
    """Check hand-written gradients and name the bug.

    ``check_gradient(mine, network, x, y)`` checks the gradients of a network, ``check_gradient(f, df, at=x)`` the
    derivative df of a function f.

    Parameters
    ----------
    mine : callable, mapping of str to array_like, or list of array_like
        A function of (parameters, x, y) that returns the gradients, or the gradients themselves: arrays by name (W1,
        b1, W2 ...), or in that order.
    network : Network
        The network, with its cost and the reduction over the samples. Without a network: df.
    x : array_like, shape (samples, inputs)
        Inputs.
    y : array_like, shape (samples, outputs), or (samples,) for one output
        Targets.
    at : array_like, optional
        The point at which df is compared with the derivative of f.
    training : Training, optional
        Its learning rate is used to recognise weights that were updated too early.

    Returns
    -------
    GradientReport or PlainReport

    Raises
    ------
    ShapeError, NumberError, NameUnknown, OptionError
        If the arrays cannot be compared with the gradients, or `mine` raises an exception.

    See Also
    --------
    check : Check the numbers of a written working.

    Notes
    -----
    An array is right if it agrees with dE/dW of `backproof.propagation` up to rounding. A bug is named if the same
    backward pass with this one mistake returns exactly the wrong arrays.

    Examples
    --------
    >>> network = Network.dense([1, 1], activation="sigmoid", parameters={"W1": [[0.5]], "b1": [0.0]})
    >>> def mine(parameters, x, y):
    ...     a = 1 / (1 + np.exp(-(x @ parameters["W1"] + parameters["b1"])))
    ...     delta = a - y  # g'(h) = a (1 - a) is missing
    ...     return {"W1": x.T @ delta, "b1": delta.sum(axis=0)}
    >>> report = check_gradient(mine, network, [[1.0], [2.0]], [[0.0], [1.0]])
    >>> report.right, report.mistakes[0].says
    (False, "g'(h) was left out")
    """
    if at is not None:
        return check_plain(mine, network, at)
    if not isinstance(network, Network):
        raise OptionError(
            f"expected a backproof.Network, received an object of type {type(network).__name__}; "
            "for a function without a network give the point: check_gradient(f, df, at=x)."
        )
    if x is None:
        raise OptionError("check_gradient(mine, network, x, y) needs inputs x and targets y.")
    inputs, targets = _data(network, x, y)
    with np.errstate(all="ignore"):
        return _check(mine, network, inputs, targets, x, targets if y is None else y, training or Training())


def _data(network: Network, x: Any, y: Any) -> tuple[Array, Array]:
    inputs = check_inputs(network.architecture, x)
    outputs = network.architecture.output_count
    if y is None:
        if network.cost.needs_target:
            raise OptionError(f"cost '{network.cost.name}' needs targets y.")
        return inputs, np.zeros((len(inputs), outputs))
    given = check_numbers(y, "targets")
    column = given.ndim == 1 and outputs == 1 and len(given) == len(inputs)
    targets = check_samples(given[:, None] if column else given, outputs, "targets")
    if len(inputs) != len(targets):
        raise ShapeError(f"there are {len(inputs)} inputs and {len(targets)} targets; expected as many of each.")
    return inputs, targets


def _check(
    mine: Any, network: Network, inputs: Array, targets: Array, x: Any, y: Any, training: Training
) -> GradientReport:
    if not callable(mine):
        return _judge(mine, network, inputs, targets, training)
    calls = _Calls(mine, network, x, y)
    report = _judge(calls.first, network, inputs, targets, training)
    report = replace(report, notes=(*report.notes, *calls.notes))
    if calls.steady:
        return report
    again = _judge(calls.second, network, inputs, targets, training)
    remembered = calls.explain_memory(inputs, targets)
    if again.right and report.right:
        return report
    if remembered is None:
        worse = report if again.right else again
        return replace(worse, notes=(*worse.notes, "The function does not return the same for the same arguments."))
    wrong = tuple(each.name for each in again.parameters if not each.right)
    named = NamedMistake(*remembered, "all layers", wrong)
    return replace(again, mistakes=(named, *report.mistakes), notes=calls.notes)


def _judge(given: Any, network: Network, x: Array, y: Array, training: Training) -> GradientReport:
    return judge_submitted(read_gradients(given, network, len(x)), network, x, y, training)


def judge_submitted(
    submitted: SubmittedGradients,
    network: Network,
    x: Array,
    y: Array,
    training: Training,
    *,
    names_bugs: bool = True,
) -> GradientReport:
    """The verdict on every submitted array and, where that is wanted, the bugs that explain the wrong ones."""
    code = BackwardPass(network, x, y, submitted, training)
    truth = submitted.pick(code.gradients)
    size = submitted.pick(bound_rounding(network, code.passed, y, code.gradients))
    if not all(np.isfinite(array).all() for array in truth.values()):
        raise OptionError("the true gradient is not finite here; give other parameters, inputs or targets.")
    slack = {name: submitted.slack(truth[name], size[name], name) for name in submitted.arrays}
    verdicts = tuple(_verdict(name, array, truth[name], slack[name]) for name, array in submitted.arrays.items())
    wrong = tuple(each.name for each in verdicts if not each.right)
    notes = [DOWNHILL] if wrong and _points_downhill(submitted, truth, slack) else []
    notes += [ON_A_GRID] if submitted.grains else []
    mistakes = find_bugs(Comparison(code, truth, size, wrong)) if names_bugs else ()
    return GradientReport(verdicts, mistakes, submitted.precision, submitted.tolerance, tuple(notes))


DOWNHILL = "These are -dE/dw: right where they are added to the weights."
ON_A_GRID = "They were read off an update of weights, and are judged by the digits that the weights' own type leaves."


def _points_downhill(submitted: SubmittedGradients, truth: Mapping[str, Array], slack: Mapping[str, Array]) -> bool:
    """Whether every array is the negative of the truth."""
    return all((np.abs(array + truth[name]) <= slack[name]).all() for name, array in submitted.arrays.items())


def _verdict(name: str, claimed: Array, truth: Array, slack: Array) -> Verdict:
    apart = np.abs(claimed - truth)
    excess = apart - slack
    right = bool((excess <= 0).all())
    at = np.unravel_index(int(np.argmax(apart)), apart.shape)
    return Verdict(name, right, float(apart[at]), tuple(int(position) for position in at))


class _Calls:
    """A function, called for the truth's arguments, for other parameters, and for the first ones again."""

    def __init__(self, mine: Callable[..., Any], network: Network, x: Any, y: Any) -> None:
        self.network = network
        self.first, changed = call_function(mine, network, x, y)
        with suppress(CodeError):  # what it makes of other parameters is not what was asked
            call_function(mine, network, x, y, OTHER)
        self.second, _ = call_function(mine, network, x, y)
        names = ", ".join(changed)
        self.notes = (f"Your function changes what it is given: {names}.",) if changed else ()

    @property
    def steady(self) -> bool:
        """Whether the function returns the same for the same arguments."""
        one, other = _flat(self.first), _flat(self.second)
        return one is None or other is None or (one.shape == other.shape and bool(np.array_equal(one, other, True)))

    def explain_memory(self, x: Array, y: Array) -> tuple[str, str] | None:
        """The mistake by which earlier calls are in the last one, and in words how; None where it is something else."""
        moved = self.network.with_parameters({key: OTHER * each for key, each in self.network.parameters.items()})
        now, before = (_true(network, x, y) for network in (self.network, moved))
        last = read_gradients(self.second, self.network, len(x))
        for mistake in every_mistake():
            for words, gradients in mistake.in_repeated_calls(now, before):
                picked = last.pick(gradients)
                apart = {name: np.abs(last.arrays[name] - array).max() for name, array in picked.items()}
                if all(apart[name] <= 1e3 * last.tolerance * np.abs(array).max() for name, array in picked.items()):
                    return mistake.id, words
        return None


def _true(network: Network, x: Array, y: Array) -> dict[str, Any]:
    masks = propagation.draw_masks(network.architecture, x)
    passed = propagation.forward(network.architecture, network.parameters, x, masks)
    return propagation.backward(network.architecture, network.parameters, passed, y).gradients


def _flat(returned: Any) -> Array | None:
    """All numbers that were returned, in one row; None where they are no numbers."""
    values: Sequence[Any] = list(returned.values() if isinstance(returned, Mapping) else returned or ())
    try:
        return np.concatenate([np.asarray(value, dtype=np.float64).reshape(-1) for value in values])
    except (TypeError, ValueError):
        return None


__all__ = ["CodeError", "GradientReport", "PlainReport", "Verdict", "check_gradient"]
