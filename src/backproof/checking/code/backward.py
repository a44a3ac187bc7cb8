"""Backward passes and updates as they lie in somebody's code: no worksheet, no renaming, no transposing.

The network is inferred from arrays, outputs and loss; the gradients are turned into its layout, judged, and what is
said of them is turned back. Where several networks fit, they agree on the verdict, or the report asks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from backproof.arrays import Array
from backproof.checking.code.gradient import DOWNHILL, GradientReport, Verdict, judge_submitted
from backproof.checking.code.inference import Reading, find_readings, read_data
from backproof.checking.code.layout import Layout, match_gradients
from backproof.checking.code.leaves import Leaf, collect_leaves
from backproof.checking.code.naming import NamedMistake
from backproof.checking.code.update_grain import update_grain
from backproof.checking.mistake import every_mistake
from backproof.checking.submitted import Place, SubmittedGradients, WrongShape, find_coarsest
from backproof.errors import OptionError, ShapeError
from backproof.training import Training
from backproof.validate import check_rate

#: Readings in which the bug is searched, where all of them call the gradients wrong and none explains all of it.
MOST_NAMED = 16


def check_backward(
    parameters: Any,
    gradients: Any,
    x: Any,
    y: Any,
    *,
    outputs: Any,
    loss: Any = None,
    activation: Any = None,
    cost: Any = None,
) -> GradientReport:
    """Check the gradients of a backward pass as they lie in the code, and name the bug in wrong ones.

    Parameters
    ----------
    parameters : mapping, sequence, object with arrays as attributes, or these inside each other
        Weights and biases of a network of dense layers, as the code keeps them: arrays of NumPy, PyTorch or JAX, or
        nested lists, in any common layout (see `infer_network`).
    gradients : mapping, sequence or object
        Their gradients, kept in the same way; some may be left out where names tell which are there.
    x, y : array_like
        Inputs, and targets or numbers of classes; samples are rows or columns, or there is one alone.
    outputs : array_like
        What the forward pass returned for x with these parameters.
    loss : float, optional
        The loss that goes with the gradients. Without it, or `cost`, sums and means cannot be told apart.
    activation : str, mapping or Activation, or a sequence of them, optional
        That of the hidden layers, or one for each layer.
    cost : str, mapping or Cost, optional

    Returns
    -------
    GradientReport
        `right`, or None with a `question` where several networks fit and disagree; `inferred`: the layout, biases,
        samples, activations, cost and reduction that were worked out; `parameters` by their own names; `mistakes`.
        Gradients that point downhill are right, and a note says so.

    Raises
    ------
    ShapeError
        The arrays do not fit together, or a gradient does not fit its parameter.
    OptionError
        No known network gives the outputs.

    See Also
    --------
    check_update : the same for code that only updates its weights.

    Examples
    --------
    >>> import numpy as np
    >>> from backproof import check_backward
    >>> x, y = np.array([[0.5, -1.0], [1.5, 2.0], [0.0, 1.0]]), np.array([[1.0], [0.0], [1.0]])
    >>> W, b = np.array([[0.3, -0.8]]), np.array([0.1])
    >>> a = np.tanh(x @ W.T + b)
    >>> delta = (a - y) / 3  # the slope of tanh is left out
    >>> report = check_backward(
    ...     {"W": W, "b": b}, {"W": delta.T @ x, "b": delta.sum(0)}, x, y, outputs=a, loss=((a - y) ** 2).sum() / 6
    ... )
    >>> report.right, report.mistakes[0].says
    (False, "g'(h) was left out")
    >>> report.inferred["layout"], report.inferred["cost"], report.inferred["reduction"]
    ('(out, in)', 'half_squared_error', 'mean')
    """
    leaves, given = collect_leaves(parameters, "parameters"), collect_leaves(gradients, "gradients")
    data = read_data(leaves, x, y, outputs, loss)

    def submit(reading: Reading) -> Iterator[Submission]:
        found = False
        for says, order in match_gradients(given, leaves, reading.layout):
            found = True
            chosen = [None if at is None else given[at] for at in order]
            arrays = [
                None if own is None else _fit(own.array, leaf.array, leaf.name or f"array {at}", len(reading.sides.x))
                for at, (own, leaf) in enumerate(zip(chosen, leaves, strict=True), start=1)
            ]
            yield _submit(reading, leaves, arrays, find_coarsest(leaf.kind for leaf in given), note=says)
        if not found:
            raise ShapeError(
                f"there are {len(given)} gradients for {len(leaves)} parameters; expected one for each, in their "
                "order, or under their names."
            )

    with np.errstate(all="ignore"):
        readings = find_readings(leaves, data, activation, cost)
        return _judge_readings(readings, leaves, submit, Training(), _accept_downhill)


def check_update(
    before: Any,
    after: Any,
    x: Any,
    y: Any,
    *,
    learning_rate: float,
    outputs: Any,
    loss: Any = None,
    activation: Any = None,
    cost: Any = None,
) -> GradientReport:
    """Check code that only updates its weights: what one step of plain gradient descent has made of them.

    The gradients are (before - after) / learning_rate, judged by the digits that the weights' own type leaves.

    Parameters
    ----------
    before, after : mapping, sequence, object with arrays as attributes, or these inside each other
        The weights and biases before and after one step, as the code keeps them.
    x, y : array_like
        Inputs and targets of the step.
    learning_rate : float
    outputs : array_like
        What the forward pass returned for x with the weights before the step.
    loss : float, optional
        The loss before the step.
    activation, cost : optional
        As of `check_backward`.

    Returns
    -------
    GradientReport
        As of `check_backward`; a step uphill is wrong here.

    Raises
    ------
    ShapeError, OptionError
        As of `check_backward`; a learning rate that is not above 0.

    Examples
    --------
    >>> import numpy as np
    >>> from backproof import check_update
    >>> x, y = np.float32([[0.5, -1.0], [1.5, 2.0]]), np.float32([[1.0], [0.0]])
    >>> w = np.float32([[0.3], [-0.8]])
    >>> a = np.tanh(x @ w)
    >>> new = w - np.float32(0.001) * (x.T @ ((a - y) * (1 - a**2)))
    >>> report = check_update([w], [new], x, y, learning_rate=0.001, outputs=a, loss=((a - y) ** 2).sum() / 2)
    >>> report.right, report.inferred["biases"]
    (True, 'none')
    """
    rate = check_rate(learning_rate)
    if not rate:
        raise OptionError("learning_rate must be more than 0: an update by 0 says nothing of the gradients.")
    leaves, given = collect_leaves(before, "before"), collect_leaves(after, "after")
    if [leaf.array.shape for leaf in leaves] != [leaf.array.shape for leaf in given]:
        raise ShapeError("after: expected the arrays of `before`, of the same shapes in the same order.")
    data = read_data(leaves, x, y, outputs, loss)
    both = [*leaves, *given]
    kind = find_coarsest(leaf.kind for leaf in both)
    if kind == "float64" and all((leaf.array.astype(np.float32) == leaf.array).all() for leaf in both):
        kind = "float32"  # lists of float32 weights: their numbers alone show it
    own = kind if kind in ("float16", "float32") else "float64"

    def submit(reading: Reading) -> Iterator[Submission]:
        pairs = [(old.array, new.array) for old, new in zip(leaves, given, strict=True)]
        grains = [update_grain(old, new, rate, own) for old, new in pairs]
        yield _submit(reading, leaves, [(old - new) / rate for old, new in pairs], kind, grains)

    def settle(report: GradientReport, submission: Submission) -> GradientReport:
        return _name_update(report, submission, rate)

    with np.errstate(all="ignore"):
        readings = find_readings(leaves, data, activation, cost)
        return _judge_readings(readings, leaves, submit, Training(rate), settle)


@dataclass(frozen=True)
class Submission:
    """Gradients in the layout of the inferred network, and the arrays as they lie."""

    reading: Reading
    submitted: SubmittedGradients
    leaves: Sequence[Leaf]
    note: str = ""

    def judge(self, training: Training, *, names_bugs: bool = True) -> GradientReport:
        """The verdict for the inferred network, under its names."""
        sides = self.reading.sides
        return judge_submitted(self.submitted, self.reading.network, sides.x, sides.y, training, names_bugs=names_bugs)


def _submit(
    reading: Reading,
    leaves: Sequence[Leaf],
    arrays: Sequence[Array | None],
    kind: str,
    grains: Sequence[Array] | None = None,
    note: str = "",
) -> Submission:
    whole = [leaf.array if array is None else array for leaf, array in zip(leaves, arrays, strict=True)]
    unpacked = reading.layout.unpack(whole)
    missing = {at for at, array in enumerate(arrays) if array is None}
    named = {
        key: np.ascontiguousarray(array)
        for key, array in sorted(unpacked.items(), key=lambda item: (int(item[0][1:]), item[0]))
        if _leaf_of(reading.layout, key) not in missing
    }
    if kind == "float64" and all((array.astype(np.float32) == array).all() for array in named.values()):
        kind = "float32"
    loosened = {} if grains is None else reading.layout.unpack(grains)
    return Submission(
        reading,
        SubmittedGradients(named, {key: Place(key) for key in named}, kind, loosened),
        leaves,
        note,
    )


def _leaf_of(layout: Layout, key: str) -> int:
    weight, bias = layout.pairs[int(key[1:]) - 1]
    return weight if key[0] == "W" or bias is None else bias


def _fit(gradient: Array, parameter: Array, name: str, samples: int) -> Array:
    """A gradient in the shape of its parameter; ShapeError with a hint where it has another."""
    if gradient.shape == parameter.shape:
        return gradient
    flat = [tuple(each for each in array.shape if each > 1) for array in (gradient, parameter)]
    if flat[0] == flat[1]:
        return gradient.reshape(parameter.shape)
    wrong = WrongShape(gradient.shape, parameter.shape if parameter.ndim > 1 else (parameter.size,), samples)
    hints = [f" {hint} [{mistake.id}]" for mistake in every_mistake() if (hint := mistake.explain_shape(wrong))]
    if gradient.ndim == 0:
        hints = [" One number stands where a matrix belongs: np.dot adds up the products, np.outer keeps them apart."]
    raise ShapeError(
        f"{name}: the gradient has shape {gradient.shape}, its parameter {parameter.shape}.{' Or:'.join(hints)}"
    )


def _judge_readings(
    readings: Sequence[Reading],
    leaves: Sequence[Leaf],
    submit: Callable[[Reading], Iterator[Submission]],
    training: Training,
    settle: Callable[[GradientReport, Submission], GradientReport],
) -> GradientReport:
    """The verdict that all readings agree on, or a question."""
    judged, tried = [], []
    for reading in readings:
        orders = [(each, settle(each.judge(training, names_bugs=False), each)) for each in submit(reading)]
        judged.append(next((one for one in orders if one[1].right), orders[0]))  # in whichever order they are right
        tried += orders
    right = [(each, report) for each, report in judged if report.right]
    if right and (len(right) == len(judged)) and all(each.reading.fits_loss for each, _ in right):
        return _restate(right[0][1], right[0][0])
    if right:
        first, report = right[0]
        others = next((each.reading for each, one in judged if not one.right), first.reading)
        return replace(_restate(report, first), question=_ask(first.reading, others), mistakes=())
    named = []
    for each, _ in tried[:MOST_NAMED]:
        named.append((each, settle(each.judge(training), each)))
        if _rate_explanation(named[-1][1])[0]:
            break
    first, report = max(named, key=lambda each: _rate_explanation(each[1]))
    if not first.reading.fits_loss:
        asked = replace(_restate(report, first), question=_ask(first.reading, first.reading), mistakes=())
        return asked
    return _restate(report, first)


def _rate_explanation(report: GradientReport) -> tuple[bool, int, int]:
    """Whether the first mistake explains all that is wrong; the fewer are wrong, and the more explained, the better."""
    first = len(report.mistakes[0].explains) if report.mistakes else 0
    wrong = sum(not each.right for each in report.parameters)
    return first == wrong, -wrong, first


def _ask(one: Reading, other: Reading) -> str:
    """The question whose answer decides between readings that call the gradients right and wrong."""
    cost = f"{one.network.cost.name}, the {one.network.reduction} over the samples"
    if not one.fits_loss:
        return f"Which cost is it? None that is known gives this loss from these outputs; give cost=. [{cost}?]"
    kinds = [[each.name for each in reading.network.activations] for reading in (one, other)]
    if kinds[0] != kinds[1]:
        return f"Which activations are they? {kinds[0]} and {kinds[1]} give the same outputs; give activation=."
    return f"Which cost is it? These are the gradients of {cost}, and other costs fit as well; give loss= or cost=."


def _accept_downhill(report: GradientReport, submission: Submission) -> GradientReport:
    """Gradients that point downhill are right: they are meant to be added."""
    if DOWNHILL not in report.notes:
        return report
    right = tuple(replace(each, right=True, largest_error=0.0) for each in report.parameters)
    notes = ("These are -dE/dw; add them to the weights.", *(note for note in report.notes if note != DOWNHILL))
    return replace(report, parameters=right, mistakes=(), notes=notes)


def _name_update(report: GradientReport, submission: Submission, rate: float) -> GradientReport:
    """What is wrong with the step as a whole, before what is wrong with its gradients."""
    report = replace(report, notes=tuple(note for note in report.notes if note != DOWNHILL))
    wrong = tuple(each.name for each in report.parameters if not each.right)
    if not wrong or len(wrong) != len(report.parameters):
        return report
    truth = submission.reading.network.trace(submission.reading.sides.x, submission.reading.sides.y).backward.gradients
    for mistake in every_mistake():
        for factor, says in mistake.update_factors(rate):
            made = {name: factor * truth[name] for name in wrong}
            if all(
                (np.abs(made[name] - array) <= submission.submitted.slack(made[name], 0 * array, name)).all()
                for name, array in submission.submitted.arrays.items()
            ):
                named = NamedMistake(mistake.id, says, "all layers", wrong)
                others = tuple(each for each in report.mistakes if each.id != mistake.id)
                return replace(report, mistakes=(named, *others))
    return report


def _restate(report: GradientReport, submission: Submission) -> GradientReport:
    """The report in the names, shapes and indices of the code, with what was worked out of it."""
    reading, leaves = submission.reading, submission.leaves
    arrays = [leaf.array for leaf in leaves]
    verdicts: dict[str, Verdict] = {}
    names: dict[str, str] = {}
    for each in report.parameters:
        at, index = reading.layout.locate(each.name, each.at, arrays)
        name = leaves[at].name or (f"W{each.name[1:]}" if reading.layout.fold else each.name)
        names[each.name] = name
        own = Verdict(name, each.right, each.largest_error, index)
        known = verdicts.get(name)
        if known is None or (known.right, -known.largest_error) > (own.right, -own.largest_error):
            verdicts[name] = own
    mistakes = [
        replace(each, explains=tuple(dict.fromkeys(names[name] for name in each.explains))) for each in report.mistakes
    ]
    wrong = tuple(each.name for each in verdicts.values() if not each.right)
    if reading.slip and wrong:
        id, says = reading.slip
        where = f"layer {reading.network.depth}"
        mistakes = [NamedMistake(id, says, where, wrong), *(each for each in mistakes if each.id != id)]
    notes = (*report.notes, *([submission.note] if submission.note else []))
    if reading.slip and not wrong:
        notes = (*notes, f"The outputs are not those of the network: {reading.slip[1]}.")
    inferred: Mapping[str, Any] = reading.describe(leaves)
    return replace(
        report, parameters=tuple(verdicts.values()), mistakes=tuple(mistakes), notes=notes, inferred=inferred
    )
