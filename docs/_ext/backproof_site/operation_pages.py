"""A page for each operation: its formula and derivative from the code itself, a drawing, and the operation at work."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np

import backproof
from backproof import Network
from backproof.derivation import Derivation
from backproof.operations.activation import activations
from backproof.operations.cost import costs
from backproof.operations.identity import identities
from backproof.operations.initialiser import initialisers
from backproof.operations.layer import kinds
from backproof.operations.optimiser import optimisers
from backproof.operations.schedule import schedules
from backproof.operations.shorthand import shorthands
from backproof.quantity import Quantity
from backproof.worksheet import Worksheet, loads
from backproof_site.networks import small_networks
from backproof_site.writing import (
    Page,
    block,
    describe_source,
    draw_curves,
    embed,
    equation,
    escape_markdown,
    list_options,
    source_link,
    table_of,
)

H, A, Y = Quantity("h"), Quantity("a"), Quantity("y")
SLOPE = "<mfrac><mrow><mi>d</mi><mi>a</mi></mrow><mrow><mi>d</mi><mi>h</mi></mrow></mfrac>"
COST_SLOPE = "<mfrac><mrow><mo>∂</mo><mi>E</mi></mrow><mrow><mo>∂</mo><mi>a</mi></mrow></mfrac>"
VALUES = (-3.0, -1.0, -0.5, 0.0, 0.5, 1.0, 3.0)


def assemble(name: str, kind: type, *parts: str) -> Page:
    """A page: name, where it comes from, and its parts."""
    source = describe_source(kind)
    text = "\n\n".join(
        [f"# {name}", escape_markdown(source), *filter(None, parts), list_options(kind), source_link(kind)]
    )
    return Page(text + "\n", escape_markdown(source))


def show(derivation: Derivation) -> str:
    """A derivation as a notebook shows it."""
    return embed(derivation._repr_html_())


def list_lines(lines: Iterable[tuple[str, Any]], left: str) -> str:
    """A derivation of a derivative: each line with its reason."""
    rows = [
        (equation(left if number == 0 else "", formula), escape_html(reason))
        for number, (reason, formula) in enumerate(lines)
    ]
    return table_of(rows, ("formula", "why"))


def escape_html(text: str) -> str:
    """Text within HTML."""
    return text.replace("&", "&amp;").replace("<", "&lt;")


# Activations and costs.


def write_activation(name: str) -> Page:
    """The page of an activation."""
    g = activations.make(name)
    sheet = _with_activation(name)
    unit = "o1" if g.coupled else "h1"
    worked = sheet.trace().explain(f"dE/dh[{unit}]")
    example = ("## At work", f"A 2-3-2 network; `dE/dh[{unit}]` goes through the derivative:", show(worked))
    if g.coupled:
        explained = sheet.trace()
        slopes = [
            show(explained.explain("a[o1]")),
            "One number of its Jacobian matrix, and why:",
            show(explained.explain("da[o1]/dh[o2]")),
        ]
        return assemble(name, type(g), _first_line(type(g)), *slopes, *example)
    lines = list(g.derivation(H, A))
    points = np.linspace(-4, 4, 161)
    value, slope = g.forward(points), g.backward(points, g.forward(points), np.ones_like(points))
    numbers = table_of(
        [(f"{h:g}", f"{_at(g, h)[0]:.6g}", f"{_at(g, h)[1]:.6g}") for h in VALUES], ("h", "a = g(h)", "g'(h)")
    )
    return assemble(
        name,
        type(g),
        block(equation("a", g.formula(H)), equation(SLOPE, g.derivative(H, A))),
        draw_curves(
            [("g(h)", points, value), ("g'(h)", points, slope)], f"{name} and its derivative for h from -4 to 4"
        ),
        "## The derivative, line by line\n\nEach line equals the one above it; a test evaluates all of them.",
        list_lines(lines, SLOPE),
        "## Numbers",
        numbers,
        *example,
    )


def _at(g: Any, h: float) -> tuple[float, float]:
    at = np.array([h])
    a = g.forward(at)
    return float(a[0]), float(g.backward(at, a, np.ones(1))[0])


def _with_activation(name: str) -> Worksheet:
    """A 2-3-2 network with this activation: of the outputs if it is coupled, else of the hidden layer."""
    g, sheet = activations.make(name), small_networks()[0]
    cost = "negative_log_likelihood" if name == "log_softmax" else "half_squared_error"
    chosen = ["sigmoid", name] if g.coupled else [name, "sigmoid"]
    network = Network.build(
        sheet.network.wiring, chosen, cost, dict(sheet.network.parameters), "sum", sheet.network.units
    )
    return replace(sheet, network=network)


def write_cost(name: str) -> Page:
    """The page of a cost."""
    cost = costs.make(name)
    sheet = _with_cost(name)
    trace, unit = sheet.trace(), sheet.network.units[-1][0]
    pair = [each for each in map(identities.make, identities.names()) if each.cost == name]
    short = "".join(f"{escape_markdown(type(each).says)}.\n" for each in pair)
    example = (
        "## At work",
        f"A small network whose outputs have the activation `{sheet.network.activations[-1].name}`:",
        show(trace.explain("E")),
        show(trace.explain(f"dE/da[{unit}]")),
        f"With its own activation there is a short form: {short}" if pair else "",
    )
    if cost.coupled:
        return assemble(name, type(cost), _first_line(type(cost)), *example)
    scale = (
        "It is averaged over the outputs: each term and each derivative is divided by their number."
        if cost.averaged
        else ""
    )
    inside = [max(cost.domain[0] + 0.02, -3), min(cost.domain[1] - 0.02, 3)]
    points = np.linspace(*inside, 121)
    target = np.full_like(points, 1.0)
    terms, slopes = cost.forward(target, points), cost.gradient(target, points)
    return assemble(
        name,
        type(cost),
        _first_line(type(cost)),
        "One output's term, and its derivative with respect to the output:",
        block(equation("E", cost.formula(Y, A)), equation(COST_SLOPE, cost.derivative(Y, A))),
        scale,
        draw_curves([("E", points, terms), ("∂E/∂a", points, slopes)], f"{name} and its derivative for a target of 1"),
        "The drawing is for the target y = 1.\n\n## The derivative, line by line",
        list_lines(cost.derivation(Y, A), COST_SLOPE),
        *example,
    )


def _with_cost(name: str) -> Worksheet:
    """A small network whose outputs this cost can take."""
    cost, sheet = costs.make(name), small_networks()[0]
    ends = [each.activation for each in map(identities.make, identities.names()) if each.cost == name]
    fitting = (
        each for each in ("sigmoid", "identity", "exponential") if cost.fits(activations.make(each).output_range)
    )
    output = ends[0] if ends else next(fitting)
    targets = [[0.0, 1.0]] if name != "multiclass_hinge" else [[1.0, 0.0]]
    if name == "output":  # it takes one output alone
        return loads(ONE_OUTPUT)
    network = Network.build(
        sheet.network.wiring, ["sigmoid", output], name, dict(sheet.network.parameters), "sum", sheet.network.units
    )
    return replace(sheet, network=network, y=np.array(targets))


ONE_OUTPUT = """
[network]
layers = [2, 2, 1]
activations = ["tanh", "identity"]
cost = "output"
initialiser = "glorot_uniform"
[data]
inputs = [[1, -0.5]]
targets = [[0]]
"""


def _first_line(kind: type) -> str:
    """The docstring of a class without its parameters, as text."""
    text = (inspect.getdoc(kind) or "").partition("\n\nParameters\n")[0]
    first, _, rest = text.partition("\n\n")
    formula = "\n".join(["```text", first, "```"])
    return formula + (f"\n\n{escape_markdown(' '.join(rest.split()))}" if rest else "")


# Optimisers, schedules and initialisers.


def write_optimiser(name: str) -> Page:
    """The page of an optimiser: its second step on the OR gate, in which what it keeps counts."""
    optimiser = optimisers.make(name)
    sheet = backproof.load("or")
    sheet = replace(sheet, training=replace(sheet.training, optimiser=optimiser))
    letters = "".join(
        f"`{each}`\n: {escape_markdown(optimiser.letters[each].meaning)}\n\n"
        for each in optimiser.slots
        if each in optimiser.letters
    )
    curves = [
        (title, range(1, 301), _descend(chosen))
        for title, chosen in ((optimiser.title, optimiser), ("plain steps", optimisers.make("sgd")))
        if not (name == "sgd" and title == "plain steps")
    ]
    return assemble(
        name,
        type(optimiser),
        _first_line(type(optimiser)),
        f"It keeps for each parameter:\n\n{letters}" if letters else "",
        "## At work\n\nThe second step of the OR gate, all four samples:",
        show(sheet.trace(step=2).explain("new w5")),
        draw_curves(
            curves, f"The cost of the OR gate over 300 steps of {optimiser.title}, beside plain gradient descent"
        ),
        "The cost of the OR gate over 300 steps, with the learning rate 0.5.",
    )


def _descend(optimiser: Any) -> list[float]:
    sheet = backproof.load("or")
    history = sheet.network.fit(sheet.x, sheet.y, epochs=300, learning_rate=0.5, optimizer=optimiser, engine="numpy")
    return [float(each) for each in history.cost][:300]


def write_schedule(name: str) -> Page:
    """The page of a schedule: its factor over a run."""
    schedule = schedules.make(name)
    total, t = 100, Quantity("t")
    formula = "" if schedule.adapts else block(equation("factor", schedule.factor(t, Quantity("total"))))
    steps = list(range(1, total + 1))
    factors = (
        _factors_by_cost(schedule, total)
        if schedule.adapts
        else [float(schedule.factor(np.float64(each), total)) for each in steps]
    )
    rows = [(str(each), f"{factors[each - 1]:.6g}") for each in (1, 2, 5, 10, 25, 50, 75, 100)]
    note = "Its factor goes by the costs; here they fall for 50 epochs and then stay." if schedule.adapts else ""
    return assemble(
        name, type(schedule), _first_line(type(schedule)), formula,
        f"## At work\n\nThe factor of the learning rate over a run of 100 {'epochs' if schedule.adapts else 'steps'}. {note}",
        draw_curves([("factor", steps, factors)], f"The factor of the schedule {name} over 100 steps"),
        table_of(rows, ("t", "factor")),
    )  # fmt: skip


def _factors_by_cost(schedule: Any, total: int) -> list[float]:
    factors, factor, seen = [], 1.0, []
    for epoch in range(total):
        seen.append(1 / (1 + min(epoch, 50)))
        factor *= schedule.adapt(factor, seen) if seen else 1.0
        factors.append(factor)
    return factors


def write_initialiser(name: str) -> Page:
    """The page of an initialiser: the weights that it draws."""
    kind = initialisers.type_of(name)
    try:
        initialiser = initialisers.make(name)
    except backproof.BackproofError:
        initialiser = initialisers.make({"name": name, "value": 0.5})
    weights = initialiser.draw_weights(np.random.default_rng(0), 64, 32)
    count, edges = np.histogram(weights, bins=31, range=_range(weights))
    middles = (edges[:-1] + edges[1:]) / 2
    layer = initialiser.draw_weights(np.random.default_rng(0), 2, 3)
    rows = [[f"{each:.6g}" for each in row] for row in layer]
    return assemble(
        name,
        kind,
        _first_line(kind),
        "## At work\n\nWeights from two units to three, seed 0:",
        table_of(rows, ("unit 1", "unit 2", "unit 3")),
        f"Of 64 × 32 weights the mean is {weights.mean():.3g} and the deviation {weights.std():.3g}; how often each size occurs:",
        draw_curves([("count", middles, count)], f"How often weights of each size are drawn by {name}"),
    )


def _range(weights: Any) -> tuple[float, float]:
    low, high = float(weights.min()), float(weights.max())
    return (low, high) if high - low > 1e-9 else (low - 0.5, high + 0.5)


# Kinds of layer, and shorthands.

#: Options of a kind, and the shape that it receives, where it needs some.
OPTIONS: dict[str, tuple[dict[str, Any], list[int]]] = {
    "dense": ({"units": 2}, [3]),
    "affine": ({"shape": [3]}, [3]),
    "adaptive_avg_pool1d": ({"size": 2}, [1, 4]),
    "adaptive_avg_pool2d": ({"size": 1}, [1, 2, 2]),
    "adaptive_max_pool2d": ({"size": 1}, [1, 2, 2]),
    "avg_pool1d": ({"size": 2}, [1, 4]),
    "avg_pool2d": ({"size": 2}, [1, 2, 4]),
    "max_pool1d": ({"size": 2}, [1, 4]),
    "max_pool2d": ({"size": 2}, [1, 2, 4]),
    "conv1d": ({"channels": 1, "kernel": 2}, [1, 4]),
    "conv2d": ({"channels": 1, "kernel": 2}, [1, 3, 3]),
    "conv_transpose1d": ({"channels": 1, "kernel": 2}, [1, 3]),
    "conv_transpose2d": ({"channels": 1, "kernel": 2}, [1, 2, 2]),
    "embedding": ({"count": 4, "size": 2}, [3]),
    "constant": ({"shape": [2], "value": 0.7}, [2]),
    "dropout": ({"rate": 0.5}, [4]),
    "group_norm": ({"groups": 2}, [4]),
    "matmul": ({}, [2, 2]),
    "reshape": ({"shape": [4]}, [2, 2]),
    "transpose": ({"axes": [1, 0]}, [2, 3]),
    "slice": ({"axis": 0, "start": 1, "stop": 3}, [4]),
    "select": ({"index": 1}, [3, 2]),
    "pad": ({"padding": [1, 1]}, [3]),
    "upsample": ({"factor": 2}, [1, 2, 2]),
    "scale": ({"factor": -0.5}, [3]),
    "sum": ({"axis": 0}, [2, 2]),
    "mean": ({"axis": 0}, [2, 2]),
    "attention": ({}, [2, 2]),
    "recurrent": ({"units": 1}, [2, 2]),
    "lstm": ({"units": 1}, [2, 2]),
    "gru": ({"units": 1}, [2, 2]),
    "residual": ({"size": 2}, [2]),
    "transformer_block": ({"heads": 1, "hidden": 2}, [2, 2]),
}


def write_layer(name: str) -> Page:
    """The page of a kind of layer: one number of it forward, and on the way back."""
    kind = kinds.type_of(name)
    network, x, y, written = _network_with(name)
    return assemble(name, kind, _first_line(kind), *_work_layer(network, x, y, written))


def write_shorthand(name: str) -> Page:
    """The page of a shorthand: the layers that it stands for, and some of its numbers."""
    kind = shorthands.type_of(name)
    network, x, y, written = _network_with(name)
    parts = [
        (each.name, each.works.name, each.activation.name, " ".join(map(str, each.shape)))
        for each in network.architecture.layers[1:]
        if each.name.startswith("k")
    ]
    table = table_of([tuple(map(escape_html, each)) for each in parts], ("layer", "kind", "activation", "shape"))
    return assemble(
        name, kind, _first_line(kind), "## The layers that it stands for\n", table, *_work_layer(network, x, y, written)
    )


def _network_with(name: str) -> tuple[Network, Any, Any, str]:
    """A small network with one layer k of a kind, samples for it, and how a worksheet writes the layer."""
    options, shape = OPTIONS.get(name, ({}, [3]))
    receives = kinds.type_of(name).senders[0] if name in kinds.names() else 1
    layer = {"name": "k", "kind": name, **options}
    before = [{"name": "s", "kind": "scale", "factor": 0.5}] if receives > 1 else []
    if receives > 1:
        layer["from"] = ["x", "s"]
    after = [{"name": "f", "kind": "flatten"}, {"name": "o", "kind": "dense", "units": 1, "activation": "sigmoid"}]
    samples = 3 if name == "batch_norm" else 1
    random = np.random.default_rng(2)
    x = (
        random.integers(0, 4, (samples, *shape))
        if name == "embedding"
        else np.round(random.uniform(-1, 1, (samples, *shape)), 2)
    )
    network = Network.graph(shape, [*before, layer, *after], cost="half_squared_error", seed=1)
    written = ", ".join(f"{key} = {_toml(value)}" for key, value in layer.items())
    return network, x.astype(float), np.ones((samples, 1)), "{" + written + "}"


def _toml(value: Any) -> str:
    return (
        f'"{value}"'
        if isinstance(value, str)
        else str(value).lower()
        if isinstance(value, bool)
        else str(value).replace("'", '"')
    )


def _work_layer(network: Network, x: Any, y: Any, written: str) -> list[str]:
    """One number forward, one error sent back, and one gradient of a parameter if it has any."""
    trace = network.trace(x, y).of_sample(1)
    layers = {each.name: each for each in network.architecture.layers}
    last = layers["k"].units[0]
    made = [
        f"## At work\n\n```toml\n{written}\n```\n\nOne number of it, from what it receives:",
        show(trace.explain(f"h[{last}]")),
    ]
    first = network.units[0][0]
    if layers["k"].works.name != "embedding":
        made += [f"On the way back, what reaches the input `{first}`:", show(trace.explain(f"dE/da[{first}]"))]
    own = [each for each in network.wiring.names() if each.startswith("k.")]
    if own:
        made += [f"The gradient of one of its parameters, `{own[0]}`:", show(trace.explain(f"dE/d{own[0]}"))]
    return made
