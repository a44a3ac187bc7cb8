"""Somebody's backward pass, written from scratch for networks of any depth, with a switch for each bug.

Nothing of Backproof is used. `backward(net, parameters, x, y, bug, at)` makes the bug in the layers of `at`.
"""

import numpy as np


def sigmoid(h):
    return 1 / (1 + np.exp(-h))


def softmax(h):
    e = np.exp(h - h.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


#: name: (g, g' from h and a)
ACTIVATIONS = {
    "sigmoid": (sigmoid, lambda h, a: a * (1 - a)),
    "tanh": (np.tanh, lambda h, a: 1 - a**2),
    "relu": (lambda h: np.maximum(h, 0), lambda h, a: (h > 0).astype(h.dtype)),
    "identity": (lambda h: h, lambda h, a: np.ones_like(h)),
    "softplus": (lambda h: np.log1p(np.exp(-np.abs(h))) + np.maximum(h, 0), lambda h, a: sigmoid(h)),
    "silu": (lambda h: h * sigmoid(h), lambda h, a: sigmoid(h) * (1 + h * (1 - sigmoid(h)))),
    "softmax": (softmax, None),
}
#: name: dE/da of one sample
COSTS = {
    "half_squared_error": lambda a, y: a - y,
    "squared_error": lambda a, y: 2 * (a - y),
    "mean_squared_error": lambda a, y: 2 * (a - y) / a.shape[1],
    "binary_cross_entropy": lambda a, y: -y / a + (1 - y) / (1 - a),
    "cross_entropy": lambda a, y: -y / a,
}
#: Slopes that belong to no activation.
SLOPES = {
    "a": lambda h, a: a, "h": lambda h, a: h, "1 - a": lambda h, a: 1 - a, "(1 - a)^2": lambda h, a: (1 - a) ** 2,
    "leaky": lambda h, a: np.where(h > 0, 1.0, 0.07).astype(h.dtype),
}  # fmt: skip


class Net:
    """What the backward pass needs to know of a network."""

    def __init__(self, names, cost, reduction):
        self.names, self.cost, self.reduction = names, cost, reduction
        self.depth = len(names)

    def forward(self, p, x, bug="", at=()):
        h, a = [None], [x]
        for layer in range(1, self.depth + 1):
            h.append(a[-1] @ p[f"W{layer}"] + p[f"b{layer}"])
            a.append(ACTIVATIONS[self.names[layer - 1]][0](h[-1]))
            if bug == "overwritten_in_place" and layer in at:
                h[-1] = a[-1]  # np.tanh(h, out=h)
        return h, a

    def slope(self, layer, h, a, da):
        """da * g', through the whole Jacobian of a softmax."""
        if self.names[layer - 1] == "softmax":
            return a * (da - (da * a).sum(1, keepdims=True))
        return da * ACTIVATIONS[self.names[layer - 1]][1](h, a)

    def short(self):
        """Whether delta = a - y."""
        return (self.names[-1], self.cost) in (("sigmoid", "binary_cross_entropy"), ("softmax", "cross_entropy"))

    def last_delta(self, h, a, y, bug, at):
        n = len(y) if self.reduction == "mean" else 1
        last = self.depth
        if bug == "broadcast_target":  # y of shape (n,) against a of shape (n, 1)
            crossed = COSTS[self.cost](a[-1], y[:, 0])  # (n, n)
            crossed = a[-1] - y[:, 0] if self.short() else crossed
            da = crossed.sum(1, keepdims=True) / n
            return da if self.short() else self.slope(last, h[-1], a[-1], da)
        if bug == "cost_derivative_wrong_variable":
            if self.cost == "binary_cross_entropy":
                da = np.log((1 - a[-1]) / a[-1]) / n
            elif self.cost == "cross_entropy":
                da = -np.log(a[-1]) / n
            else:
                da = -COSTS[self.cost](a[-1], y) / n
            return self.slope(last, h[-1], a[-1], da)
        if bug == "wrong_target":
            y = np.roll(y, 1, 0)
        if bug.startswith("softmax over "):
            e = np.exp(h[-1])
            return (e / e.sum(0 if bug.endswith("samples") else None, keepdims=True) - y) / n
        if bug == "activation_applied_twice":
            twice = ACTIVATIONS[self.names[-1]][0](a[-1])
            return self.slope(last, h[-1], a[-1], (twice - y) / n)
        if bug == "log_omitted":
            return self.slope(last, h[-1], a[-1], (-y if self.cost == "cross_entropy" else 1 - 2 * y) / n)
        if bug == "activation_on_logits":
            return (ACTIVATIONS[self.names[-1]][0](np.maximum(h[-1], 0)) - y) / n * (h[-1] > 0)
        if self.short() and last not in at:
            return (a[-1] - y) / n
        da = COSTS[self.cost](a[-1], y) / n
        return self.delta(last, h, a, da, bug, at)

    def delta(self, layer, h, a, da, bug, at):
        if layer in at:
            if bug == "sigma_prime_omitted":
                return da
            if bug == "upstream_gradient_dropped":
                return self.slope(layer, h[layer], a[layer], np.ones_like(da))
            if bug == "sigma_prime_applied_twice":
                return self.slope(layer, h[layer], a[layer], self.slope(layer, h[layer], a[layer], da))
            if bug == "derivative_of_wrong_argument":
                return da * ACTIVATIONS[self.names[layer - 1]][1](h[layer], h[layer])
            if bug == "wrong_activation_derivative":
                other = "tanh" if self.names[layer - 1] != "tanh" else "sigmoid"
                return da * ACTIVATIONS[other][1](h[layer], a[layer])
            if bug == "softmax_derivative_diagonal":
                return da * a[layer] * (1 - a[layer])
            if bug == "layer_index_off_by_one":
                return self.slope(layer, h[layer - 1], a[layer - 1], da)
            if bug.startswith("slope "):
                return da * SLOPES[bug.removeprefix("slope ")](h[layer], a[layer])
            if bug == "sign_flipped":
                return -self.slope(layer, h[layer], a[layer], da)
        return self.slope(layer, h[layer], a[layer], da)

    def backward(self, p, x, y, bug="", at=(), rate=0.1, decay=0.01):
        h, a = self.forward(p, x, bug, at)
        delta = self.last_delta(h, a, y, bug, at)
        da = COSTS[self.cost](a[-1], y) / (len(y) if self.reduction == "mean" else 1)
        g = {}
        for layer in range(self.depth, 0, -1):
            w = p[f"W{layer}"]
            sent = a[layer - 1]
            if layer in at:
                if bug == "wrong_layer_activation":
                    sent = a[layer]
                if bug == "activation_not_applied":
                    sent = h[layer - 1]
                if bug == "input_activation_omitted":
                    sent = np.ones_like(sent)
                if bug == "wrong_index":
                    sent = np.roll(sent, 1, 1)
            g[f"W{layer}"] = sent.T @ delta
            g[f"b{layer}"] = delta.sum(0)
            if layer in at:
                if bug == "bias_gradient_wrong":
                    g[f"b{layer}"] = delta[-1]
                if bug == "bias_mean":
                    g[f"b{layer}"] = delta.mean(0)
                if bug == "bias_gradient_wrong_unit":
                    g[f"b{layer}"] = np.roll(g[f"b{layer}"], 1)
                if bug == "weight_and_input_swapped":
                    g[f"W{layer}"] = w * delta.sum(0)
                if bug == "weights_given_as_gradient":
                    g[f"W{layer}"] = w.copy()
            if layer > 1:
                if bug == "used_updated_weight":
                    w = w - rate * g[f"W{layer}"]
                if bug == "transposed_weights" and layer in at:
                    da = delta @ w
                elif bug == "path_weight_omitted" and layer in at:
                    da = delta.sum(1, keepdims=True) * np.ones((1, w.shape[0]), dtype=delta.dtype)
                elif bug == "value_instead_of_error" and layer in at:
                    da = a[layer] @ w.T
                elif bug == "no slope on the way back" and layer in at:
                    da = da @ w.T
                elif bug == "layer skipped" and layer - 1 in at:
                    da = da.copy()
                elif bug == "gradient_detached" and layer in at:
                    da = 0 * (delta @ w.T)
                elif bug == "wrong row deleted" and layer in at:
                    da = delta @ np.vstack([w, p[f"b{layer}"]])[1:].T
                else:
                    da = delta @ w.T
                delta = self.delta(layer - 1, h, a, da, bug, at)
        return self._after(g, p, x, y, bug, at, decay)

    def _after(self, g, p, x, y, bug, at, decay):
        n = len(x)
        for key in g:
            layer = int(key[1:])
            if bug == "regularised_bias" and key[0] == "b":
                g[key] = g[key] + decay * p[key]
            if bug == "regularised_weights" and key[0] == "W":
                g[key] = g[key] + decay * p[key]
            if bug == "constant on the biases" and key[0] == "b":
                g[key] = g[key] + decay
            if bug == "factor_2_or_half":
                g[key] = g[key] * 2
            if bug == "mean_vs_sum":
                g[key] = g[key] * n if self.reduction == "mean" else g[key] / n
            if bug == "sign_flipped_all":
                g[key] = -g[key]
            if bug == "gradient_accumulated" and layer in at:
                g[key] = g[key] * 3
        if bug == "wrong_sample":  # the loop over the samples overwrites instead of adding
            scale = n if self.reduction == "mean" else 1
            one = self.backward(p, x[-1:], y[-1:])
            return {key: array / scale for key, array in one.items()}
        return g


PAIRS = (
    ("sigmoid", "half_squared_error"), ("identity", "half_squared_error"), ("tanh", "squared_error"),
    ("sigmoid", "mean_squared_error"), ("identity", "mean_squared_error"), ("sigmoid", "binary_cross_entropy"),
    ("softmax", "cross_entropy"), ("softmax", "squared_error"),
)  # fmt: skip
HIDDEN = ("sigmoid", "tanh", "relu", "softplus", "silu")


def draw(rng, *, pairs=PAIRS, hidden=HIDDEN, depths=(2, 3, 4), square=False, single=False):
    """Somebody's network: (layer sizes, Net, parameters, x, y); `square`: layers of one size, `single`: one output."""
    depth = int(rng.choice(depths))
    last, cost = pairs[rng.integers(len(pairs))]
    names = [*(str(rng.choice(hidden)) for _ in range(depth - 1)), last]
    sizes = [int(rng.integers(2, 6))] * (depth + 1) if square else [int(size) for size in rng.integers(2, 7, depth + 1)]
    if single:
        sizes[-1] = 1
    parameters = {}
    for layer in range(1, depth + 1):
        parameters[f"W{layer}"] = rng.normal(0, 0.8, (sizes[layer - 1], sizes[layer]))
        parameters[f"b{layer}"] = rng.normal(0, 0.5, sizes[layer])
    count = int(rng.integers(2, 9))
    x = rng.normal(size=(count, sizes[0]))
    if last == "softmax":
        one_hot = np.eye(sizes[-1])[rng.integers(0, sizes[-1], count)]
        y = rng.dirichlet(np.ones(sizes[-1]), count) if rng.random() < 0.5 else one_hot
    elif cost == "binary_cross_entropy":
        y = rng.integers(0, 2, (count, sizes[-1])).astype(float)
    else:
        y = rng.normal(size=(count, sizes[-1]))
    return sizes, Net(names, cost, str(rng.choice(["sum", "mean"]))), parameters, x, y
