"""Random workings: a network with its data, and each number of a pass with the formula and figures people write."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import count, pairwise

import numpy as np

from backproof.wiring import Place
from backproof.worksheet import Worksheet, loads

SHAPES = ((2, 2, 1), (2, 3, 2), (3, 2, 1), (2, 2, 2), (2, 2, 2, 1))


def random_sheet(rng, shape=None, activation=None, samples=1) -> Worksheet:
    """A worksheet of a random network that people would work by hand; weights with two decimals."""
    shape = shape or SHAPES[rng.integers(len(SHAPES))]
    hidden = activation or ("sigmoid", "tanh", "relu")[rng.choice(3, p=[0.7, 0.2, 0.1])]
    softmax = activation is None and shape[-1] > 1 and rng.random() < 0.15
    names = [[f"i{n + 1}" for n in range(shape[0])]]
    letters = ["h", "k"] if len(shape) > 3 else ["h"]
    names += [[f"{letters[at]}{n + 1}" for n in range(size)] for at, size in enumerate(shape[1:-1])]
    names.append(["o"] if shape[-1] == 1 else [f"o{n + 1}" for n in range(shape[-1])])
    used, weights, biases = set(), [], []
    numbers, bias_numbers = count(1), count(1)
    for senders, receivers in pairwise(names):
        weights += [
            f'{{name = "w{next(numbers)}", from = "{sender}", to = "{receiver}", value = {_fresh(rng, used)}}}'
            for receiver in receivers
            for sender in senders
        ]
        biases += [
            f'{{name = "b{next(bias_numbers)}", to = "{receiver}", value = {_fresh(rng, used)}}}'
            for receiver in receivers
        ]
    inputs = [[float(f"{v:.2f}") for v in rng.uniform(0.05, 1.0, shape[0])] for _ in range(samples)]
    targets = [_targets(rng, shape[-1], softmax) for _ in range(samples)]
    activations = [hidden] * (len(shape) - 2) + ["softmax" if softmax else "sigmoid"]
    cost = "cross_entropy" if softmax else "half_squared_error"
    return loads(
        f"""
[network]
units = {names}
activations = {activations}
cost = "{cost}"
weights = [{", ".join(weights)}]
biases = [{", ".join(biases)}]
[data]
inputs = {inputs}
targets = {targets}
[training]
learning_rate = {rng.choice([0.1, 0.5, 0.25])}
""".replace("'", '"')
    )


def _fresh(rng, used):
    """A weight that no other one equals, so that a number tells whose it is."""
    while True:
        value = float(f"{rng.uniform(-0.9, 0.95):.2f}")
        if abs(value) > 0.06 and value not in used:
            used.add(value)
            return value


def _targets(rng, size, softmax):
    if softmax:
        return [1.0, *[0.0] * (size - 1)] if rng.random() < 0.5 else [*[0.0] * (size - 1), 1.0]
    return [float(rng.choice([0.01, 0.99, 0.0, 1.0])) for _ in range(size)]


@dataclass(frozen=True)
class Number:
    """A number that a reader should find: of which quantity, its digits, sample and step."""

    of: str
    digits: str
    sample: int | None = None
    step: int = 1


@dataclass
class Document:
    """A text with the numbers that stand in it."""

    text: str
    numbers: list[Number]
    suffix: str = ".md"
    options: dict = field(default_factory=dict)


@dataclass
class Line:
    """One statement: of a quantity, its formula, the figures put in, and the digits that they come to."""

    of: str
    symbol: str
    formula: str
    figures: str
    digits: str
    sample: int | None = None
    step: int = 1


class Script:
    """How a document writes its letters: `latex`, `plain` or `unicode`, with the letters of one book."""

    def __init__(self, form="latex", h="net_{0}", a="out_{0}", x="{0}", times=None, comma=False, cost="E",
                 delta="delta", plain_units=False, target="target_{0}"):  # fmt: skip
        self.form, self.h, self.a, self.x, self.comma, self.cost = form, h, a, x, comma, cost
        self.delta, self.plain_units, self.target = delta, plain_units, target
        self.deep = False
        self.times = times or {"latex": r" \cdot ", "plain": " * ", "unicode": " · "}[form]

    def indexed(self, text):
        base, _, sub = text.partition("_")
        if not sub:
            return base
        if self.form == "latex":
            return f"{base}_{{{sub}}}"
        if self.form == "unicode" and sub.isdigit():
            return base + sub.translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))
        return f"{base}_{sub}"

    def greek(self, name):
        letters = {"delta": "δ", "sigma": "σ", "eta": "η", "Delta": "Δ"}
        return {"latex": "\\" + name, "plain": name, "unicode": letters.get(name, name)}[self.form]

    def unit(self, template, unit):
        bare = (self.plain_units and unit[0] == "h" and not self.deep) or (unit[0] == "i" and "_" in template)
        text = template.format(unit[1:] if bare else unit)
        if "_" not in text and text[-1].isdigit() and self.form != "plain":
            return self.indexed(f"{text[0]}_{text[1:]}")
        return self.indexed(text)

    def parameter(self, name):
        return self.indexed(f"{name[0]}_{name[1:]}") if self.form != "plain" else name

    def slope(self, top, by):
        if self.form == "latex":
            return rf"\frac{{\partial {top}}}{{\partial {by}}}"
        return f"∂{top}/∂{by}" if self.form == "unicode" else f"d{top}/d{by}"

    def half(self):
        return r"\frac{1}{2}" if self.form == "latex" else "1/2 " if self.form == "plain" else "½"

    def number(self, digits):
        return digits.replace(".", "{,}" if self.form == "latex" else ",") if self.comma else digits

    def factor(self, digits):
        return f"({self.number(digits)})" if digits.startswith("-") else self.number(digits)


def show(value, digits):
    """A number with so many decimals, or so many significant digits where it is small."""
    if abs(value) >= 0.1 or value == 0:
        return f"{value:.{digits}f}"
    places = digits - 1 - int(np.floor(np.log10(abs(value))))
    return f"{value:.{places}f}"


def exact(value):
    """A given as people write it."""
    return f"{value:g}"


class Working:
    """The lines of one pass over one sample, in a script; `slip` replaces the digits of one quantity."""

    def __init__(self, sheet, script, digits=4, sample=None, step=1, slip=None):
        self.sheet, self.script, self.digits = sheet, script, digits
        self.sample, self.step, self.slip = sample, step, slip or {}
        self.trace = sheet.trace(step, sample)
        self.net = sheet.network
        script.deep = self.net.depth > 2

    def printed(self, of):
        return self.slip.get(of) or show(self.trace[of], self.digits)

    def _line(self, of, symbol, formula, figures):
        sample = None if of.startswith(("new", "step")) else self.sample
        return Line(of, symbol, formula, figures, self.printed(of), sample, self.step)

    def senders(self, unit):
        """(weight name, sender) pairs and the bias of a unit."""
        pairs = []
        layer, position = self.net.place(unit)
        for row, sender in enumerate(self.net.units[layer - 1]):
            pairs.append((self.net.wiring.name_at(Place(f"W{layer}", (row, position))), sender))
        bias = self.net.wiring.name_at(Place(f"b{layer}", (position,)))
        return pairs, bias

    def value(self, name):
        """A parameter's digits."""
        return exact(self.trace[name]) if self.step == 1 else show(self.trace[name], self.digits)

    def a(self, unit):
        s = self.script
        return s.unit(s.x, unit) if unit in self.net.units[0] else s.unit(s.a, unit)

    def a_digits(self, unit):
        return exact(self.trace[f"a[{unit}]"]) if unit in self.net.units[0] else self.printed(f"a[{unit}]")

    def forward(self):
        """h and a of every unit but the inputs."""
        s = self.script
        for layer, units in enumerate(self.net.units[1:], start=1):
            for unit in units:
                pairs, bias = self.senders(unit)
                formula = (
                    " + ".join(f"{s.parameter(w)}{s.times}{self.a(u)}" for w, u in pairs) + f" + {s.parameter(bias)}"
                )
                figures = " + ".join(
                    f"{s.factor(self.value(w))}{s.times}{s.factor(self.a_digits(u))}" for w, u in pairs
                )
                figures += f" + {s.factor(self.value(bias))}"
                yield self._line(f"h[{unit}]", s.unit(s.h, unit), formula, figures)
            for unit in units:
                yield self._activation(layer, unit)

    def _activation(self, layer, unit):
        s, name = self.script, self.net.activations[layer - 1].name
        h, digits = s.unit(s.h, unit), s.number(self.printed(f"h[{unit}]"))
        formula, figures = "", ""
        if name == "sigmoid":
            sigma = s.greek("sigma")
            formula = f"{sigma}({h})"
            figures = rf"\frac{{1}}{{1 + e^{{-({digits})}}}}" if s.form == "latex" else f"1/(1 + e^(-({digits})))"
        elif name == "tanh":
            formula, figures = (
                (rf"\tanh({h})", rf"\tanh({digits})") if s.form == "latex" else (f"tanh({h})", f"tanh({digits})")
            )
        elif name == "relu":
            formula, figures = (rf"\max(0, {h})", "") if s.form == "latex" else (f"max(0, {h})", "")
        return self._line(f"a[{unit}]", s.unit(s.a, unit), formula, figures)

    def cost(self):
        """E."""
        s, outputs = self.script, self.net.units[-1]
        formula = figures = ""
        if self.net.cost.name == "half_squared_error":
            if self.trace["E"] == 0:
                return
            formula = " + ".join(f"{s.half()}({self.target(u)} - {self.a(u)})^2" for u in outputs)
            figures = " + ".join(
                f"{s.half()}({s.number(self.y_digits(u))} - {s.number(self.a_digits(u))})^2" for u in outputs
            )
        yield self._line("E", s.cost, formula, figures)

    def target(self, unit):
        s = self.script
        return s.unit(s.target, unit)

    def y_digits(self, unit):
        return exact(self.trace[f"y[{unit}]"])

    def slope_text(self, layer, unit, figures):
        """g'(h) as people write it."""
        name = self.net.activations[layer - 1].name
        a = self.script.number(self.a_digits(unit)) if figures else self.a(unit)
        if name == "sigmoid":
            return f"{a}(1 - {a})" if not figures else f"{a}{self.script.times}(1 - {a})"
        if name == "tanh":
            return f"(1 - {a}^2)"
        return ""

    def deltas(self):
        """The errors, output layer first."""
        s = self.script
        depth = self.net.depth
        for layer in range(depth, 0, -1):
            for unit in self.net.units[layer]:
                symbol = s.indexed(f"{s.greek(s.delta)}_{self._sub(unit)}")
                formula = figures = ""
                if layer == depth:
                    formula = f"({self.a(unit)} - {self.target(unit)})"
                    figures = f"({s.number(self.a_digits(unit))} - {s.number(self.y_digits(unit))})"
                    if self.net.activations[-1].name == "sigmoid":
                        formula += s.times + self.slope_text(layer, unit, False)
                        figures += s.times + self.slope_text(layer, unit, True)
                elif self.slope_text(layer, unit, False):
                    terms, numbers = [], []
                    for receiver in self.net.units[layer + 1]:
                        weight = {u: w for w, u in self.senders(receiver)[0]}[unit]
                        delta = s.indexed(f"{s.greek(s.delta)}_{self._sub(receiver)}")
                        terms.append(f"{delta}{s.times}{s.parameter(weight)}")
                        numbers.append(
                            f"{s.factor(self.printed(f'delta[{receiver}]'))}{s.times}{s.factor(self.value(weight))}"
                        )
                    formula = f"({' + '.join(terms)}){s.times}{self.slope_text(layer, unit, False)}"
                    figures = f"({' + '.join(numbers)}){s.times}{self.slope_text(layer, unit, True)}"
                yield self._line(f"delta[{unit}]", symbol, formula, figures)

    def _sub(self, unit):
        return unit[1:] if self.script.plain_units and unit[0] == "h" and not self.script.deep else unit

    def gradients(self, biases=True):
        """dE/dw of every parameter, output layer first."""
        s = self.script
        for layer in range(self.net.depth, 0, -1):
            for unit in self.net.units[layer]:
                pairs, bias = self.senders(unit)
                delta = s.indexed(f"{s.greek(s.delta)}_{self._sub(unit)}")
                for weight, sender in pairs:
                    formula = f"{delta}{s.times}{self.a(sender)}"
                    figures = f"{s.factor(self.printed(f'delta[{unit}]'))}{s.times}{s.factor(self.a_digits(sender))}"
                    yield self._line(f"dE/d{weight}", s.slope(s.cost, s.parameter(weight)), formula, figures)
                if biases:
                    yield self._line(f"dE/d{bias}", s.slope(s.cost, s.parameter(bias)), delta, "")

    def updates(self):
        """new w of every weight."""
        s, rate = self.script, exact(self.sheet.training.rate)
        whole = self.sheet.trace(self.step)
        for parameter in self.net.wiring.parameters:
            name, gradient = parameter.name, self.printed(f"dE/d{parameter.name}")
            if name[0] != "w":
                continue
            symbol = s.parameter(name)
            formula = f"{symbol} - {s.greek('eta')}{s.times}{s.slope(s.cost, symbol)}"
            figures = f"{s.number(self.value(name))} - {s.number(rate)}{s.times}{s.factor(gradient)}"
            line = self._line(f"new {name}", symbol, formula, figures)
            yield replace(line, digits=self.slip.get(f"new {name}") or show(whole[f"new {name}"], self.digits))

    def every(self):
        """The whole pass."""
        for part in (self.forward(), self.cost(), self.deltas(), self.gradients(), self.updates()):
            yield from part


def plant(sheet, rng, digits=4):
    """A slip in one gradient of the first layer, from which nothing follows: another input, or no input, taken.

    Gives back {quantity: digits} and the names of the mistake.
    """
    trace, inputs = sheet.trace(), sheet.network.units[0]
    options = []
    for column, unit in enumerate(sheet.network.units[1]):
        for row, sender in enumerate(inputs):
            name = sheet.network.wiring.name_at(Place("W1", (row, column)))
            truth, delta = trace[f"dE/d{name}"], trace[f"delta[{unit}]"]
            others = [(delta * trace[f"a[{other}]"], "wrong_index") for other in inputs if other != sender]
            for value, mistake in (*others, (delta, "input_activation_omitted")):
                if truth and abs(value / truth - 1) > 0.05:
                    options.append((f"dE/d{name}", show(value, digits), mistake))
    if not options:
        return {}, ""
    of, shown, mistake = options[rng.integers(len(options))]
    return {of: shown}, mistake
