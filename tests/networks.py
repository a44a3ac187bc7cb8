"""Random networks of every kind that a worksheet can hold, with data on which they are smooth and sane."""

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from backproof.evaluation import evaluate
from backproof.expression import wrap
from backproof.network import Network
from backproof.operations.identity import identity_for
from backproof.quantity import Quantity
from backproof.trace import trace_of
from backproof.training import Training
from backproof.wiring import Explicit, Full, Parameter, Place, chain_shapes
from interpret import kinks
from variants import ACTIVATIONS, COSTS, OPTIMISERS

DEPTH, WIDTH, SAMPLES = 5, 8, 6
#: Beyond this |h|, 1 - a and its like cancel in any arithmetic of 16 digits, PyTorch's as ours.
SANE = 4.0
#: So near a kink central differences mean nothing.
NEAR = 1e-3
#: A gradient so small beside its terms has few right digits, in PyTorch as here.
NOISE = 1e-7
PAIRS = [(g, e) for g in ACTIVATIONS for e in COSTS if e.fits(g.output_range)]
STATED = [(g, e) for g, e in PAIRS if identity_for(g, e)]


@dataclass(frozen=True)
class Case:
    """A network with data and training."""

    network: Network
    x: np.ndarray
    y: np.ndarray
    training: Training = field(default_factory=Training)

    def trace(self, step=1, sample=None):
        return trace_of(self.network, self.x, self.y, self.training, step=step, sample=sample)

    def __repr__(self):
        names = " ".join(g.name for g in self.network.activations)
        return f"{[len(layer) for layer in self.network.units]} {names} {self.network.cost.name} {len(self.x)} samples"


def random_network(rng, *, depth=DEPTH, width=WIDTH, samples=SAMPLES):
    """A Case of at most that depth and width: any output activation with any cost that fits it, any hidden ones;
    parameters missing, shared within and across layers, not trained; some with every connection and made-up names.
    """
    while True:
        case = _draw(rng, depth, width, samples)
        if _sane(case):
            return case


def sane_case(seed, **limits):
    """The random network of that seed."""
    return random_network(np.random.default_rng(seed), **limits)


def _draw(rng, depth, width, samples):
    pairs = STATED if rng.random() < 0.15 else PAIRS
    g, e = pairs[rng.integers(len(pairs))]
    sizes = rng.integers(1, width + 1, rng.integers(1, depth + 1) + 1).tolist()
    if not e.needs_target:
        sizes[-1] = 1
    if g.coupled and np.isfinite(e.domain[1]):
        sizes[-1] = max(2, sizes[-1])  # one softmax output alone is 1, the end of the domain
    if e.coupled:
        sizes[-1] = max(2, sizes[-1])  # with one class there is nothing to learn
    if getattr(e, "class_weights", ()):
        sizes[-1] = len(e.class_weights)
    hidden = [ACTIVATIONS[rng.integers(len(ACTIVATIONS))] for _ in sizes[2:]]
    wiring = Full(_units(sizes)) if rng.random() < 0.2 else _drawn(rng, sizes)
    arrays = _parameters(rng, wiring)
    network = Network.build(wiring, [*hidden, g], e, arrays, ["sum", "mean"][rng.integers(2)], _units(sizes))
    count = int(rng.integers(1, samples + 1))
    optimiser = OPTIMISERS[rng.integers(len(OPTIMISERS))]
    batches = () if rng.random() < 0.5 else tuple(
        tuple(int(each) + 1 for each in rng.permutation(count)[: rng.integers(1, count + 1)]) for _ in range(2)
    )  # fmt: skip
    training = Training(float(rng.uniform(0.001, 0.1)), optimiser, batches)
    return Case(network, rng.normal(0, 1, (count, sizes[0])), _targets(rng, e, (count, sizes[-1])), training)


def _targets(rng, e, shape):
    if np.isfinite(e.domain[0]) and rng.random() < 0.5:
        return rng.dirichlet(np.ones(shape[1]), shape[0])
    return rng.uniform(0.05, 0.95, shape) if np.isfinite(e.domain[0]) else rng.normal(0, 1, shape)


def _units(sizes):
    letters = "ipqrstuv"
    return tuple(tuple(f"{letters[layer]}{unit + 1}" for unit in range(size)) for layer, size in enumerate(sizes))


def _drawn(rng, sizes):
    """Each connection and bias with probability 0.85, a quarter of the parameters shared, a tenth not trained."""
    weights = [Place(f"W{layer}", (row, column)) for layer, (sent, received) in enumerate(pairwise(sizes), start=1)
               for row in range(sent) for column in range(received)]  # fmt: skip
    biases = [Place(f"b{layer}", (column,)) for layer, size in enumerate(sizes[1:], start=1) for column in range(size)]
    parameters = []
    for letter, uses in (("w", weights), ("b", biases)):
        kept = [use for use in uses if rng.random() < 0.85] or uses[:1]
        groups = _shared(rng, kept) if rng.random() < 0.5 else [(use,) for use in kept]
        parameters += [Parameter(f"{letter}{number}", group, bool(rng.random() < 0.9))
                       for number, group in enumerate(groups, start=1)]  # fmt: skip
    return Explicit(chain_shapes(_units(sizes)), tuple(parameters))


def _shared(rng, uses):
    owners = [number if rng.random() < 0.75 else int(rng.integers(number + 1)) for number in range(len(uses))]
    return [group for owner in range(len(uses))
            if (group := tuple(use for use, own in zip(uses, owners, strict=True) if own == owner))]  # fmt: skip


def _parameters(rng, wiring):
    arrays = {array: np.zeros(shape) for array, shape in wiring.shapes}
    for name in wiring.names():
        places = wiring.get(name).places
        shape = arrays[places[0].array].shape
        number = rng.normal(0, 0.5 if len(shape) == 1 else 0.9 / np.sqrt(shape[0]))
        for place in places:
            arrays[place.array][place.index] = number
    return arrays


def _sane(case):
    """Every |h| at most SANE, nothing NEAR a kink, an output where a cost is finite, no gradient mere NOISE."""
    network, passed = case.network, case.trace().forward
    if case.training.batches:
        passed = Case(network, case.x, case.y).trace().forward
    if max(np.abs(h).max() for h in passed.h[1:]) > SANE or _noisy(case):
        return False
    known = [({"h": h}, g.formula(Quantity("h"))) for h, g in zip(passed.h[1:], network.activations, strict=True)
             if not g.coupled]  # fmt: skip
    columns = range(case.y.shape[1])
    y, a = ([Quantity(role, (str(column),)) for column in columns] for role in "ya")
    outputs = {"y": case.y, "a": passed.a[-1]}
    known += [(outputs, network.cost.formula_of(y, a, column)) for column in columns]

    def look_up(quantity, numbers):
        return numbers[quantity.role][:, int(quantity.of[0])] if quantity.of else numbers[quantity.role]

    return all(
        np.min(np.abs(evaluate(edge, lambda quantity, numbers=numbers: look_up(quantity, numbers)))) > NEAR
        for numbers, formula in known for edge in kinks(wrap(formula))
    )  # fmt: skip


def _noisy(case):
    """Whether a gradient is only what rounding leaves of terms that cancel: Adam and its like make a step of that."""
    trace = case.trace()
    for name in case.network.wiring.names():
        parameter, terms = case.network.wiring.get(name), 0.0
        for use in case.network.architecture.uses(name):
            sent = 1.0 if use.sent is None else trace.forward.a[use.sender][:, use.sent]
            terms += np.abs(trace.backward.dh[use.layer][:, use.position] * sent).sum()
        if parameter.trained and terms > 0 and abs(trace[f"dE/d{name}"]) < NOISE * max(1.0, terms):
            return True
    return False


def names_of(network):
    """Every number that a network has, as quantities."""
    inputs, *later = network.units
    outputs, units, weights = later[-1], [unit for layer in later for unit in layer], list(network.wiring.names())
    yield from (Quantity("a", (unit,)) for unit in (*inputs, *units))
    yield from (Quantity(role, (unit,)) for role in ("h", "dE/dh", "delta") for unit in units)
    yield from (Quantity("dE/da", (unit,)) for unit in (*inputs, *units))
    yield from (Quantity(role, (unit,)) for role in ("E", "y") for unit in outputs)
    yield from (Quantity(role, (name,)) for role in ("w", "dE/dw", "new", "step") for name in weights)
    yield from (Quantity("E"), Quantity("eta"))
    for number, layer in enumerate(later):
        if network.activations[number].coupled:
            yield from (Quantity("da/dh", (u, v)) for u in layer for v in layer)
        else:
            yield from (Quantity("da/dh", (unit,)) for unit in layer)
    for top in units:
        yield from (Quantity(role, (top, name)) for role in ("da/dw", "dh/dw") for name in weights)
        yield from (Quantity("dh/da", (top, unit)) for unit in (*inputs, *units))
        yield from (Quantity(role, (top, unit)) for role in ("dh/dh", "da/dh", "da/da") for unit in units)
    for top in outputs:
        yield from (Quantity("dE/dw", (top, name)) for name in weights)
        yield from (Quantity(role, (top, unit)) for role in ("dE/dh", "dE/da") for unit in units)
