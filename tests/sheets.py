"""Random sheets of somebody who works a training step by hand, with slips, and goes on from them.

A Person works number by number with plain floats, by formulas of its own; a slip is one of its lines done otherwise, at
one place or at every place of a layer. Each number remembers what it was made of, so what each claim's verdict should
be is known without the library's own rules.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import NamedTuple

import numpy as np

from backproof.network import Network
from backproof.rounding import agrees, differs_in_last_digit
from backproof.training import Training
from backproof.wiring import Parameter
from backproof.worksheet import Claim, Worksheet
from connections import at, explicit

SIZES = ([2, 2, 1], [2, 3, 1], [2, 2, 2], [3, 3, 2], [2, 3, 2], [3, 2, 2])
ENDS = (
    ("sigmoid", "half_squared_error"),
    ("identity", "half_squared_error"),
    ("sigmoid", "squared_error"),
    ("tanh", "half_squared_error"),
    ("sigmoid", "binary_cross_entropy"),
    ("softmax", "cross_entropy"),
)
SLOPES = {
    "sigmoid": lambda h, a: a * (1 - a),
    "tanh": lambda h, a: 1 - a * a,
    "identity": lambda h, a: 1.0,
    "softplus": lambda h, a: 1 / (1 + math.exp(-h)),
}
VALUES = {
    "sigmoid": lambda h: 1 / (1 + math.exp(-h)),
    "tanh": math.tanh,
    "identity": lambda h: h,
    "softplus": lambda h: math.log(1 + math.exp(h)),
}
COSTS = {
    "half_squared_error": (lambda y, a: (y - a) ** 2 / 2, lambda y, a: a - y),
    "squared_error": (lambda y, a: (y - a) ** 2, lambda y, a: 2 * (a - y)),
    "binary_cross_entropy": (
        lambda y, a: -(y * math.log(a) + (1 - y) * math.log(1 - a)),
        lambda y, a: (a - y) / (a * (1 - a)),
    ),
    "cross_entropy": (lambda y, a: -y * math.log(a), lambda y, a: -y / a),
}


class Planted(NamedTuple):
    """A slip: the ids that name it, the line that it is made in, and that line done otherwise (None: not here)."""

    ids: tuple[str, ...]
    line: str
    work: Callable


def _neighbour(count: int, j: int) -> int | None:
    return (j + 1) % count if count > 1 else None


def _slips() -> list[Planted]:
    def dropped(p, m, j):
        return sum(p("dh", m + 1, k) * p.W(m + 1, j, k) for k in range(1, p.sizes[m + 1])) if m < p.depth else None

    def inner(work):
        return lambda p, m, j: work(p, m, j) if m < p.depth else None

    def other_input(p, m, i, j):
        k = _neighbour(p.sizes[m - 1], i)
        return None if k is None else p("a", m - 1, k) * p("dh", m, j)

    def other_weights(p, m, j):
        k = _neighbour(p.sizes[m], j)
        return None if k is None else sum(p("dh", m + 1, r) * p.W(m + 1, k, r) for r in range(p.sizes[m + 1]))

    def other_target(p, m, j):
        k = _neighbour(p.sizes[m], j)
        same = m < p.depth or k is None or p.y[k] == p.y[j]
        return None if same else COSTS[p.cost][1](p.y[k], p("a", m, j))

    def transposed(p, m, i, j):
        square = p.sizes[m] == p.sizes[m - 1] and i != j
        return p.W(m, i, j) - p.rate * p("dW", m, j, i) if square else None

    return [
        Planted(("sigma_prime_omitted",), "dh", lambda p, m, j: p("da", m, j)),
        Planted(("sigma_prime_applied_twice",), "dh", lambda p, m, j: p("da", m, j) * p("slope", m, j) ** 2),
        Planted(("wrong_activation_derivative",), "slope", lambda p, m, j: 1 - p("a", m, j)),
        Planted(("wrong_activation_derivative",), "slope", lambda p, m, j: p("a", m, j)),
        Planted(
            ("wrong_activation_derivative", "wrong_activation"),
            "slope",
            lambda p, m, j: None if p.names[m] == "tanh" else 1 - p("a", m, j) ** 2,
        ),
        Planted(
            ("derivative_of_wrong_argument", "activation_not_applied"),
            "slope",
            lambda p, m, j: p("h", m, j) * (1 - p("h", m, j)) if p.names[m] == "sigmoid" else None,
        ),
        Planted(
            ("hidden_contribution_missing",),
            "da",
            lambda p, m, j: dropped(p, m, j) if m < p.depth and p.sizes[m + 1] > 1 else None,
        ),
        Planted(
            ("path_weight_omitted",), "da", inner(lambda p, m, j: sum(p("dh", m + 1, k) for k in range(p.sizes[m + 1])))
        ),
        Planted(
            ("value_instead_of_error",),
            "da",
            inner(lambda p, m, j: sum(p("a", m + 1, k) * p.W(m + 1, j, k) for k in range(p.sizes[m + 1]))),
        ),
        Planted(
            ("used_updated_weight",),
            "da",
            inner(lambda p, m, j: sum(p("dh", m + 1, k) * p("newW", m + 1, j, k) for k in range(p.sizes[m + 1]))),
        ),
        Planted(
            ("sigma_prime_omitted",),
            "da",
            inner(lambda p, m, j: sum(p("da", m + 1, k) * p.W(m + 1, j, k) for k in range(p.sizes[m + 1]))),
        ),
        Planted(("bias_omitted",), "h", lambda p, m, j: p.sum(m, j)),
        Planted(("bias_omitted",), "h", lambda p, m, j: p.sum(m, j) + p.b(m, j) - p("a", m - 1, 0) * p.W(m, 0, j)),
        Planted(("sign_flipped",), "h", lambda p, m, j: p.sum(m, j) + p.b(m, j) - 2 * p("a", m - 1, 0) * p.W(m, 0, j)),
        Planted(
            ("decimal_point_slip",), "h", lambda p, m, j: p.sum(m, j) + p.b(m, j) + 9 * p("a", m - 1, 0) * p.W(m, 0, j)
        ),
        Planted(("input_activation_omitted",), "dW", lambda p, m, i, j: p("dh", m, j)),
        Planted(("weight_and_input_swapped",), "dW", lambda p, m, i, j: p("dh", m, j) * p.W(m, i, j)),
        Planted(("upstream_gradient_dropped", "wrong_layer_activation"), "dW", lambda p, m, i, j: p("a", m - 1, i)),
        Planted(("wrong_index",), "dW", other_input),
        Planted(("wrong_layer_activation",), "dW", lambda p, m, i, j: p("a", m, j) * p("dh", m, j)),
        Planted(("learning_rate_omitted",), "newW", lambda p, m, i, j: p.W(m, i, j) - p("dW", m, i, j)),
        Planted(("update_sign_flipped",), "newW", lambda p, m, i, j: p.W(m, i, j) + p.rate * p("dW", m, i, j)),
        Planted(("activation_not_applied",), "a", lambda p, m, j: p("h", m, j)),
        Planted(
            ("wrong_activation",),
            "a",
            lambda p, m, j: math.tanh(p("h", m, j)) if p.names[m] in ("sigmoid", "identity") else None,
        ),
        Planted(("sign_in_exponent",), "a", lambda p, m, j: 1 - p("a*", m, j) if p.names[m] == "sigmoid" else None),
        Planted(("cost_over_one_output",), "E", lambda p: p("E1", 0) if p.sizes[-1] > 1 else None),
        Planted(("factor_2_or_half",), "da", lambda p, m, j: 2 * p.right("da", m, j) if m == p.depth else None),
        Planted(("sign_flipped",), "da", lambda p, m, j: -p.right("da", m, j)),
        Planted(("sign_flipped",), "dh", lambda p, m, j: -p.right("dh", m, j)),
        Planted(("decimal_point_slip",), "dh", lambda p, m, j: 10 * p.right("dh", m, j)),
        Planted(("decimal_point_slip",), "a", lambda p, m, j: p.right("a", m, j) / 10),
        Planted(("wrong_activation_derivative",), "slope", lambda p, m, j: (1 - p("a", m, j)) ** 2),
        Planted(("wrong_activation_derivative",), "slope", lambda p, m, j: p("h", m, j)),
        Planted(("wrong_index",), "da", inner(other_weights)),
        Planted(("wrong_target",), "da", other_target),
        Planted(("transposed_weights",), "newW", transposed),
        Planted(("weights_given_as_gradient",), "dW", lambda p, m, i, j: p.W(m, i, j)),
        Planted(("bias_gradient_wrong",), "db", lambda p, m, j: p("dh", m, j) * p("a", m - 1, 0)),
    ]


SLIPS = _slips()
Name = tuple


@dataclass
class Person:
    """Works one step of a dense network, number by number; numbers that were printed are used as `printed` has them."""

    sizes: list[int]
    names: list[str]
    cost: str
    arrays: dict[str, np.ndarray]
    x: np.ndarray
    y: np.ndarray
    rate: float
    otherwise: dict[Name, Callable] = field(default_factory=dict)
    printed: Callable[[Name, float], float] = lambda name, value: value
    numbers: dict[Name, float] = field(default_factory=dict)
    made_of: dict[Name, set[Name]] = field(default_factory=dict)
    _at: list[Name] = field(default_factory=list)

    @property
    def depth(self):
        return len(self.sizes) - 1

    @property
    def is_short(self):
        """Whether delta = a - y at the outputs, without dE/da and the slope."""
        return self.names[-1] == "softmax" or self.cost == "binary_cross_entropy"

    def __call__(self, line, *place):
        """The number of a line of the working, worked out when it is first needed."""
        name = (line, *place)
        if self._at:
            self.made_of[self._at[-1]].add(name)
        if name not in self.numbers:
            self._at.append(name)
            self.made_of[name] = set()
            work = self.otherwise.get(name)
            value = self.right(*name) if work is None else work(self, *place)
            self._at.pop()
            self.numbers[name] = self.printed(name, float(value))
        return self.numbers[name]

    def right(self, line, *place):
        return getattr(self, f"_{line.rstrip('*')}")(*place)

    def W(self, m, i, j):  # noqa: N802
        return float(self.arrays[f"W{m}"][i, j])

    def b(self, m, j):
        return float(self.arrays[f"b{m}"][j])

    def sum(self, m, j):
        return sum(self("a", m - 1, i) * self.W(m, i, j) for i in range(self.sizes[m - 1]))

    def _h(self, m, j):
        return self.sum(m, j) + self.b(m, j)

    def _a(self, m, j):
        if m == 0:
            return float(self.x[j])
        if self.names[m] == "softmax":
            powers = [math.exp(self("h", m, k)) for k in range(self.sizes[m])]
            return powers[j] / sum(powers)
        return VALUES[self.names[m]](self("h", m, j))

    def _E1(self, k):  # noqa: N802
        return COSTS[self.cost][0](self.y[k], self("a", self.depth, k))

    def _E(self):  # noqa: N802
        return sum(self("E1", k) for k in range(self.sizes[-1]))

    def _da(self, m, j):
        if m == self.depth:
            return COSTS[self.cost][1](self.y[j], self("a", m, j))
        return sum(self("dh", m + 1, k) * self.W(m + 1, j, k) for k in range(self.sizes[m + 1]))

    def _slope(self, m, j):
        return SLOPES[self.names[m]](self("h", m, j) if self.names[m] == "softplus" else 0.0, self("a", m, j))

    def _dh(self, m, j):
        if m == self.depth and self.is_short:
            return self("a", m, j) - self.y[j]
        return self("da", m, j) * self("slope", m, j)

    def _dW(self, m, i, j):  # noqa: N802
        return self("a", m - 1, i) * self("dh", m, j)

    def _db(self, m, j):
        return self("dh", m, j)

    def _newW(self, m, i, j):  # noqa: N802
        return self.W(m, i, j) - self.rate * self("dW", m, i, j)

    def _newb(self, m, j):
        return self.b(m, j) - self.rate * self("db", m, j)

    def lines(self):
        """Every number in the order in which a person writes them."""
        layers = range(1, self.depth + 1)
        yield from ((line, m, j) for m in layers for j in range(self.sizes[m]) for line in ("h", "a"))
        yield ("E",)
        for m in reversed(layers):
            for j in range(self.sizes[m]):
                softmax = self.names[m] == "softmax"
                yield from ((line, m, j) for line in (("dh",) if softmax else ("da", "slope", "dh")))
        for prefix in ("d", "new"):
            for m in layers:
                for j in range(self.sizes[m]):
                    yield from ((f"{prefix}W", m, i, j) for i in range(self.sizes[m - 1]))
                    yield f"{prefix}b", m, j


class Expected(NamedTuple):
    """What a claim should be called: its verdict (None: two would do), and the names of its slip."""

    verdict: str | None
    ids: tuple[str, ...] = ()
    value: float = math.nan


class Sheet(NamedTuple):
    """A worksheet with claims, and what should be said of each."""

    worksheet: Worksheet
    expected: list[Expected]


def random_sheet(rng, *, slips=1, whole=False, digits=None):
    """A sheet with so many slips in it; `whole`: every number of the step is a claim; digits not given are 3 to 7."""
    while True:
        truth = _draw(rng)
        share = 1 if whole else rng.choice([0.2, 0.5, 0.8])
        kept = [name for name in truth.lines() if rng.random() < share]
        written = int(rng.integers(3, 8)) if digits is None else digits
        used = frozenset(kept) if rng.random() < 0.5 else frozenset()  # whether one goes on from what one wrote
        places: dict[Name, Planted] = {}
        for _ in range(slips):
            places.update(_plant(rng, truth))

        def use(name, value, written=written, used=used):
            return float(_print(value, written)) if name in used and value else value

        try:
            worked = _work(replace(truth, otherwise={name: slip.work for name, slip in places.items()}, printed=use))
        except (ValueError, ArithmeticError):
            continue  # a slip took the output out of the domain of its cost
        made = _sheet(truth, worked, places, kept, written)
        if made is not None:
            return made


def _work(person):
    """Every number of a person, worked out afresh."""
    fresh = replace(person, numbers={}, made_of={})
    for name in fresh.lines():
        fresh(*name)
    return fresh


def _draw(rng):
    """A person without slips."""
    sizes = SIZES[rng.integers(len(SIZES))]
    end, cost = ENDS[rng.integers(len(ENDS) - (sizes[-1] == 1))]
    hidden = ("sigmoid", "tanh", "softplus")[rng.integers(3)]
    arrays = {}
    for layer in range(1, len(sizes)):
        arrays[f"W{layer}"] = rng.normal(size=(sizes[layer - 1], sizes[layer])).round(2)
        arrays[f"b{layer}"] = rng.normal(size=sizes[layer]).round(2)
    y = np.eye(sizes[-1])[rng.integers(sizes[-1])] if end == "softmax" else rng.integers(0, 2, sizes[-1]).astype(float)
    x, rate = rng.normal(size=sizes[0]).round(2), round(float(rng.uniform(0.1, 1)), 2)
    return _work(Person(sizes, ["", *[hidden] * (len(sizes) - 2), end], cost, arrays, x, y, rate))


def _plant(rng, truth):
    """A slip at one place, or at every place of its layer."""
    names = list(truth.lines())
    while True:
        planted = SLIPS[rng.integers(len(SLIPS))]
        lines = [name for name in names if name[0] == planted.line]
        place = lines[rng.integers(len(lines))] if lines else ()
        same = [name for name in lines if name[1:2] == place[1:2]] if rng.random() < 0.5 else [place]
        short = truth.is_short and place[1:2] == (truth.depth,) and planted.line in ("a", "da", "slope", "dh")
        if lines and not short and all(_changes(planted, truth, name) for name in same):
            return dict.fromkeys(same, planted)


def _changes(planted, truth, name):
    """Whether a slip can be made at a place, and is seen there."""
    try:
        value = planted.work(_work(truth), *name[1:])
    except (KeyError, ArithmeticError, ValueError):
        return False
    return value is not None and math.isfinite(value) and not math.isclose(value, truth(*name), rel_tol=1e-3)


def _sheet(truth, worked, places, kept, digits):
    """The claims with what is expected of them; None where no claim shows the slip, or a number has no such digits."""
    claims, expected, verdicts = [], [], {}
    for name in kept:
        value = worked(*name)
        if not 1e-9 < abs(value) < 1e9:
            return None
        printed = _print(value, digits)
        verdict, slip = _judge(name, printed, truth(*name), worked, places, verdicts)
        verdicts[name] = verdict
        claims.append(Claim(of=_of(truth, name), value=printed))
        expected.append(Expected(verdict, slip.ids if slip else (), value))
    if not any(each.verdict == "wrong" for each in expected):
        return None
    return Sheet(_worksheet(truth, claims), expected)


def _judge(name, printed, right, worked, places, verdicts):
    """right, carried or wrong, and by which slip; None where the digits leave it open."""
    own, inputs = _own_step(name, worked, verdicts)
    slips = {places[place] for place in own if place in places}
    shaky = any(verdicts[each] in ("wrong", "carried") for each in inputs)
    if agrees(printed, right):
        return "right", None
    near = differs_in_last_digit(printed, right) or math.isclose(float(printed), right, rel_tol=1e-2)
    if near or (slips and shaky) or any(verdicts[each] is None for each in inputs):
        return None, None
    if slips:
        return "wrong", next(iter(slips)) if len(slips) == 1 else None
    behind = _own_step(name, worked, ())[0]  # a slip may hide behind a number whose digits do not show it
    return ("carried" if shaky or not places.keys().isdisjoint(behind) else "right"), None


def _own_step(name, worked, claimed):
    own, inputs, waiting = [], set(), [name]
    while waiting:
        each = waiting.pop()
        if each in own or each in inputs:
            continue
        if each in claimed and each != name:
            inputs.add(each)
            continue
        own.append(each)
        waiting.extend(worked.made_of.get(each, ()))
    return own, inputs


def _print(value, digits):
    """A number as people print it, with some significant digits."""
    place = digits - 1 - math.floor(math.log10(abs(value)))
    if place < 0:
        return f"{Decimal(f'{value:.{digits - 1}e}'):f}"
    return f"{value:.{place}f}" if place <= 12 else f"{value:.{digits - 1}e}"


def _unit(person, m, j):
    return f"{'i' if m == 0 else 'o' if m == person.depth else 'h'}{m}{j + 1}"


def _of(person, name):
    line, *place = name
    if line in ("h", "a"):
        return f"{line}[{_unit(person, *place)}]"
    if line == "E":
        return "E"
    if line in ("da", "slope", "dh"):
        return f"{'da/dh' if line == 'slope' else 'dE/' + line}[{_unit(person, *place)}]"
    prefix, letter = ("dE/d", line[1:]) if line.startswith("d") else ("new ", line[3:])
    return prefix + (f"w{place[0]}_{place[1]}_{place[2]}" if letter == "W" else f"b{place[0]}_{place[1]}")


def _worksheet(person, claims):
    units = tuple(tuple(_unit(person, m, j) for j in range(size)) for m, size in enumerate(person.sizes))
    parameters = []
    for m in range(1, len(person.sizes)):
        for j in range(person.sizes[m]):
            parameters.append(Parameter(f"b{m}_{j}", (at(m, None, j),)))
            parameters += [Parameter(f"w{m}_{i}_{j}", (at(m, i, j),)) for i in range(person.sizes[m - 1])]
    network = Network.build(
        explicit(units, tuple(parameters)), person.names[1:], person.cost, person.arrays, "sum", units
    )
    return Worksheet("", network, person.x[None], person.y[None], training=Training(person.rate), claims=tuple(claims))
