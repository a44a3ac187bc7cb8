"""What PyTorch itself says of an activation or a cost; where it has none, its autograd on the formula as written."""

from dataclasses import asdict

import torch
from torch.nn import functional

from backproof.expression import wrap
from backproof.quantity import Quantity
from interpret import array_library, interpret

TORCH = array_library(torch, torch.erf)
TORCH.where = lambda condition, then, otherwise: torch.where(condition, _tensor(then), _tensor(otherwise))

ACTIVATIONS = {
    "identity": lambda g: lambda h: h + 0,
    "exponential": lambda g: torch.exp,
    "softmax": lambda g: lambda h: functional.softmax(_hide_later(h) if g.causal else h, g.batch_axis),
    "log_softmax": lambda g: lambda h: functional.log_softmax(h, g.batch_axis),
    "step": lambda g: lambda h: (h > 0) + 0 * h,
    "hard_sigmoid": lambda g: lambda h: functional.relu6(h + 3) / 6,  # hardsigmoid has 1/6 in single precision
    "hard_tanh": lambda g: functional.hardtanh,
    "gelu_tanh": lambda g: lambda h: functional.gelu(h, approximate="tanh"),
    "softplus": lambda g: lambda h: functional.softplus(h, threshold=40),
    "leaky_relu": lambda g: lambda h: functional.leaky_relu(h, g.slope),
    "elu": lambda g: lambda h: functional.elu(h, g.alpha),
}
COSTS = {
    "half_squared_error": lambda e: lambda y, a: functional.mse_loss(a, y, reduction="none") / 2,
    "squared_error": lambda e: lambda y, a: functional.mse_loss(a, y, reduction="none"),
    "mean_squared_error": lambda e: lambda y, a: functional.mse_loss(a, y, reduction="none"),
    "absolute_error": lambda e: lambda y, a: functional.l1_loss(a, y, reduction="none"),
    "mean_absolute_error": lambda e: lambda y, a: functional.l1_loss(a, y, reduction="none"),
    "mean_huber": lambda e: lambda y, a: functional.huber_loss(a, y, reduction="none", delta=e.threshold),
    "huber": lambda e: lambda y, a: functional.huber_loss(a, y, reduction="none", delta=e.threshold),
    "binary_cross_entropy": lambda e: lambda y, a: functional.binary_cross_entropy(a, y, reduction="none"),
    "mean_binary_cross_entropy": lambda e: lambda y, a: functional.binary_cross_entropy(a, y, reduction="none"),
    "binary_cross_entropy_with_logits": lambda e: _logits(e),
    "mean_binary_cross_entropy_with_logits": lambda e: _logits(e),
    "negative_log_likelihood": lambda e: lambda y, a: -(y * a),
    "hinge": lambda e: lambda y, a: torch.relu(e.margin - y * a),
    "kullback_leibler": lambda e: lambda y, a: functional.kl_div(torch.log(a), y, reduction="none"),
    "poisson": lambda e: lambda y, a: functional.poisson_nll_loss(a, y, log_input=False, eps=0, reduction="none"),
    "cross_entropy": lambda e: lambda y, a: -torch.xlogy(y, a),
}
#: Costs with options for classes, as PyTorch adds them up over all samples and outputs.
ROWS = {
    "cross_entropy_with_logits": lambda e: (
        lambda y, a: functional.cross_entropy(
            a, y, weight=_weights(e), label_smoothing=e.label_smoothing, reduction="sum"
        )
    ),
    "cross_entropy": lambda e: lambda y, a: -torch.xlogy(_weigh(e, y), a).sum(),
    "negative_log_likelihood": lambda e: lambda y, a: -(_weigh(e, y) * a).sum(),
    "multiclass_hinge": lambda e: (
        lambda y, a: sum((_weigh(e, y)[:, right] * _margin(e, a, right)).sum() for right in range(a.shape[1]))
    ),
}


def _logits(e):
    weight = torch.tensor(e.positive_weight, dtype=torch.float64)
    return lambda y, a: functional.binary_cross_entropy_with_logits(a, y, pos_weight=weight, reduction="none")


def _weights(e):
    return torch.tensor(e.class_weights, dtype=torch.float64) if e.class_weights else None


def _weigh(e, y):
    smooth = (1 - e.label_smoothing) * y + e.label_smoothing / y.shape[-1]
    return smooth * _weights(e) if e.class_weights else smooth


def _margin(e, a, right):
    return functional.multi_margin_loss(a, torch.full((len(a),), right), margin=e.margin, reduction="none")


def _hide_later(h):
    """Scores whose later columns are at minus infinity."""
    return h.masked_fill(torch.ones(h.shape[-2:], dtype=bool).triu(1), -torch.inf)


def activation(g):
    """An activation of PyTorch: a function of h."""
    if g.name in ACTIVATIONS:
        return ACTIVATIONS[g.name](g)
    return getattr(functional, g.name, lambda h: _written(g.formula(Quantity("h")), h=h))


def cost(e):
    """A cost of PyTorch: a function of y and a, the term of each output."""
    written = lambda y, a: _written(e.formula(Quantity("y"), Quantity("a")), y=y, a=a)  # noqa: E731
    return COSTS.get(e.name, lambda _: written)(e) if e.is_uniform else lambda y, a: _terms_of_rows(e, y, a)


def _terms_of_rows(e, y, a):
    names = [str(column) for column in range(y.shape[-1])]
    row = [[Quantity(role, (name,)) for name in names] for role in "ya"]
    arrays = {"y": y, "a": a}
    look_up = lambda quantity: arrays[quantity.role][:, int(quantity.of[0])]  # noqa: E731
    terms = [interpret(wrap(e.formula_of(*row, column)), look_up, TORCH) for column in range(len(names))]
    return torch.stack([term + 0 * a[:, 0] for term in terms], -1)


def _written(formula, **letters):
    return interpret(wrap(formula), lambda quantity: letters[quantity.role], TORCH)


def _tensor(value):
    return value if torch.is_tensor(value) else torch.tensor(value, dtype=torch.float64)


#: What PyTorch calls the options of an optimiser; other names are the same.
RENAMED = {"epsilon": "eps", "rate_decay": "lr_decay", "decay": "weight_decay", "history": "history_size"}


def optimiser(ours, parameters, rate):
    """PyTorch's optimiser of that name; of L-BFGS one step at a time, which nothing stops early."""
    kinds = {name.lower(): kind for name, kind in vars(torch.optim).items()}
    options = asdict(ours)
    if "beta1" in options:
        options["betas"] = options.pop("beta1"), options.pop("beta2")
    renamed = {RENAMED.get(key, key): value for key, value in options.items()}
    if ours.name == "lbfgs":
        del renamed["line_search"]
        renamed |= {"max_iter": 1, "tolerance_grad": 0, "tolerance_change": 0}
    return kinds[ours.name.replace("_", "")](parameters, lr=rate, **renamed)


def take(theirs):
    """One step of theirs along the gradients of its parameters; L-BFGS asks for a cost too, which it does not use."""
    theirs.step(lambda: torch.tensor(0.0, requires_grad=True))


class Pass:
    """A network's pass on some samples as a graph of PyTorch, in which anything can be differentiated by anything.

    `parameters` holds one tensor a parameter of that name, however often it is used.
    """

    def __init__(self, network, x, y, parameters=None):
        self.network = network
        self.parameters = parameters or leaves(network)
        padded = torch.stack([*self.parameters.values(), torch.tensor(0.0, dtype=torch.float64)])
        self.h, self.a = [None], [torch.tensor(x, requires_grad=True)]
        self.y = torch.tensor(y)
        for layer, g in enumerate(network.activations, start=1):
            weights, bias = (padded[numbers] for numbers in self._numbers(layer))
            self.h.append(self.a[-1] @ weights + bias)
            self.a.append(activation(g)(self.h[-1]))
        share = (1 / y.shape[1] if network.cost.averaged else 1) / (len(y) if network.reduction == "mean" else 1)
        self.terms = cost(network.cost)(self.y, self.a[-1]) * share

    def _numbers(self, layer):
        """The number of the parameter at each place of W and b; the last one, 0, where there is none."""
        sent, received = (len(units) for units in self.network.units[layer - 1 : layer + 1])
        weights, bias = (torch.full(shape, len(self.parameters)) for shape in [(sent, received), (received,)])
        for number, name in enumerate(self.parameters):
            for place in self.network.wiring.get(name).places:
                if place.array == f"W{layer}":
                    weights[place.index] = number
                if place.array == f"b{layer}":
                    bias[place.index] = number
        return weights, bias

    def value(self, quantity, row=None):
        """The number that a quantity stands for in the sample of that row, or in the whole batch."""
        top, slash, bottom = quantity.role.replace("delta", "dE/dh").partition("/d")
        if not slash:
            return self._number(top, quantity.of, row).item()
        by = quantity.of[-1]
        above = quantity.of[:1] if quantity.role == "da/dh" else quantity.of[:-1]
        if bottom == "w":
            leaf, at = self.parameters[by], ()
        else:
            layer, position = self.network.place(by)
            leaf, at = (self.a if bottom == "a" else self.h)[layer], (row, position)
        number = self._number(top[1:], above, row)
        (found,) = torch.autograd.grad(number, leaf, retain_graph=True, allow_unused=True)
        return 0.0 if found is None else found[at].item()

    def _number(self, letter, of, row):
        if letter == "E":
            terms = self.terms if row is None else self.terms[row]
            return terms[..., self.network.place(of[0])[1]].sum() if of else terms.sum()
        if letter == "w":
            return self.parameters[of[0]]
        layer, position = self.network.place(of[0])
        return {"h": self.h, "a": self.a, "y": [self.y] * (layer + 1)}[letter][layer][row, position]


def leaves(network):
    """A tensor of its own for each parameter of a network."""
    parameters = {name: network.wiring.get(name) for name in network.wiring.names()}
    return {name: torch.tensor(parameter.pick(network.parameters.arrays), requires_grad=True)
            for name, parameter in parameters.items()}  # fmt: skip


def trained(case, steps):
    """The parameters before step 1, 2, ... and after the last one, as PyTorch's own optimiser makes them."""
    network = case.network
    parameters = leaves(network)
    free = [parameter for name, parameter in parameters.items() if network.wiring.get(name).trained]
    theirs = optimiser(case.training.optimiser, free, case.training.rate) if free else None
    path = [{name: parameter.item() for name, parameter in parameters.items()}]
    for step in range(1, steps + 1):
        rows = [number - 1 for number in case.training.batch(step, len(case.x))]
        for parameter in free:
            parameter.grad = torch.zeros_like(parameter)
        Pass(network, case.x[rows], case.y[rows], parameters).terms.sum().backward()
        if theirs:
            take(theirs)
        path.append({name: parameter.item() for name, parameter in parameters.items()})
    return path
