"""Random graphs of layers: branches, sums, shared parameters, convolutions, normalisation, several outputs."""

from dataclasses import dataclass, field

import numpy as np

import kinds
from backproof.errors import BackproofError
from backproof.network import Network
from backproof.trace import trace_of
from backproof.training import Training

ACTIVATIONS = ["tanh", "sigmoid", "softplus", "silu", "identity", "elu", "softmax", {"name": "softmax", "axis": 0},
               {"name": "softmax", "causal": True}]  # fmt: skip


@dataclass(frozen=True)
class Graph:
    """A network with data and training."""

    network: Network
    x: np.ndarray
    y: np.ndarray
    training: Training = field(default_factory=lambda: Training(0.05))

    def trace(self, step=1, sample=None):
        return trace_of(self.network, self.x, self.y, self.training, step=step, sample=sample)

    def __repr__(self):
        return f"{self.network!r} {len(self.x)} samples"


class Drawing:
    """A graph in the making: layers so far by name, each with its shape."""

    def __init__(self, rng, *, pictures, normalised):
        self.rng, self.normalised = rng, normalised
        shape = (int(rng.integers(1, 3)), int(rng.integers(3, 6)), int(rng.integers(3, 6))) if pictures else (
            int(rng.integers(1, 5)),
        )  # fmt: skip
        self.inputs, self.shapes, self.layers = shape, {"x": shape}, []

    def put(self, kind, *senders, activation="identity", **options):
        name = f"{'pqrstuvcdfg'[int(self.rng.integers(11))]}{len(self.layers)}"
        table = {"name": name, "kind": kind, "from": list(senders), "activation": activation, **options}
        trial = Network.graph(
            self.inputs, [*self.layers, table], cost="half_squared_error", outputs=self.ends(name, table)
        )
        self.layers.append(table)
        self.shapes[name] = trial.architecture.layers[-1].shape if trial.architecture.layers[-1].name == name else next(
            layer.shape for layer in trial.architecture.layers if layer.name == name
        )  # fmt: skip
        return name

    def ends(self, *more):
        """The layers that nothing receives from, those being made among them."""
        tables = [*self.layers, *(each for each in more if isinstance(each, dict))]
        heard = {sender for table in tables for sender in table["from"]}
        return [table["name"] for table in tables if table["name"] not in heard]

    def pick(self, axes=None):
        known = [name for name, shape in self.shapes.items() if axes is None or len(shape) == axes]
        return known[int(self.rng.integers(len(known)))] if known else None

    def grow(self):
        """One more layer of a random kind, where one fits."""
        rng, activation = self.rng, ACTIVATIONS[int(self.rng.integers(len(ACTIVATIONS)))]
        if rng.random() < 0.4:
            self.put_registered(activation)
            return
        match int(rng.integers(8)):
            case 0 | 1 if (sender := self.pick(1)) is not None:
                self.put(
                    "dense", sender, units=int(rng.integers(1, 5)), bias=bool(rng.random() < 0.8), activation=activation
                )
            case 2 | 3 if (sender := self.pick(3)) is not None:
                pair = lambda low, high: [int(each) for each in rng.integers(low, high, 2)]  # noqa: E731
                options = {"kernel": pair(1, 4), "stride": pair(1, 4), "padding": pair(0, 3),
                           "bias": bool(rng.random() < 0.8)}  # fmt: skip
                self.put("conv2d", sender, channels=int(rng.integers(1, 3)), activation=activation, **options)
            case 4 if (sender := self.pick(3)) is not None:
                self.put("flatten", sender)
            case 5:
                one = self.pick()
                alike = [name for name, shape in self.shapes.items() if shape == self.shapes[one]]
                self.put("add", *(alike[int(rng.integers(len(alike)))] for _ in range(2)), one, activation=activation)
            case 6:
                self.put("concatenate", *(self.pick(1) or "x" for _ in range(2)))
            case 7:
                owners = [table for table in self.layers if table["kind"] in ("dense", "conv2d")]
                owner = owners[int(rng.integers(len(owners)))] if owners else None
                if owner is not None and "weights_of" not in owner:
                    sender = next((name for name in reversed(self.shapes) if name != owner["name"]
                                   and self.shapes[name] == self.shapes[owner["from"][0]]), None)  # fmt: skip
                    options = {key: value for key, value in owner.items() if key not in ("name", "kind", "from")}
                    if sender is not None:
                        self.put(
                            owner["kind"], sender, weights_of=owner["name"], **{**options, "activation": activation}
                        )

    def put_registered(self, activation):
        """A layer of a kind that has a file of its own in `kinds`."""
        rng, left_out = self.rng, set() if self.normalised else {"batch_norm"}
        names = sorted(
            name for name, each in kinds.KINDS.items() if hasattr(each, "draw_options") and name not in left_out
        )
        name = names[int(rng.integers(len(names)))]
        module = kinds.KINDS[name]
        first = self.pick()
        alike = [each for each, shape in self.shapes.items() if len(shape) == len(self.shapes[first])]
        senders = [first, *(alike[int(rng.integers(len(alike)))] for _ in range(module.senders - 1))]
        options = module.draw_options(rng, [self.shapes[each] for each in senders])
        self.put(name, *senders, activation=activation, **options)


def random_graph(seed, *, pictures=None, normalised=True, samples=4, layers=6):
    """The random graph of that seed: its cost judges every layer that nothing receives from."""
    rng = np.random.default_rng(seed)
    pictures = bool(rng.random() < 0.5) if pictures is None else pictures
    drawing = Drawing(rng, pictures=pictures, normalised=normalised and samples > 1)
    while len(drawing.layers) < layers:
        try:
            drawing.grow()
        except BackproofError:
            continue  # a kernel too large for its picture, an add of one layer to itself alone
    if not any("weight" in key for key in _build(drawing).parameters):
        drawing.put("dense", drawing.pick(1) or drawing.put("flatten", drawing.pick(3)), units=2)
    network = _build(drawing)
    reduction, count = ["sum", "mean"][int(rng.integers(2))], int(rng.integers(2, samples + 1))
    arrays = {key: rng.normal(0, 0.6, array.shape) for key, array in network.parameters.items()}
    arrays |= {key: array**2 for key, array in arrays.items() if key.endswith("running_var")}
    network = Network.graph(
        drawing.inputs, drawing.layers, cost="half_squared_error", outputs=drawing.ends(), reduction=reduction,
        parameters=arrays,
    )  # fmt: skip
    x, y = rng.normal(size=(count, *drawing.inputs)), rng.normal(size=(count, network.architecture.output_count))
    return Graph(network, x, y)


def _build(drawing):
    return Network.graph(drawing.inputs, drawing.layers, cost="half_squared_error", outputs=drawing.ends())
