"""Layers as people write them, with loops, with einsum, in stages; right, or with one slip that is asked for.

`draw_layer(family, seed, slip)` gives the two functions, x, the parameters by the names that this person uses.
"""

from dataclasses import dataclass

import numpy as np

NAMES = {"weight": ("w", "W", "kernel", "weights"), "bias": ("b", "bias"), "gain": ("gamma", "scale"),
         "shift": ("beta", "shift")}  # fmt: skip


@dataclass
class Handwritten:
    forward: object
    backward: object
    x: np.ndarray
    parameters: dict

    @property
    def pair(self):
        return self.forward, self.backward


def draw_layer(family, seed, slip=None):
    rng = np.random.default_rng([seed, sum(map(ord, family))])
    return FAMILIES[family][0](rng, slip)


def _name(rng, role):
    return str(rng.choice(NAMES[role]))


def conv(rng, slip):
    """CS231n's conv_forward_naive: loops, or windows by einsum, or pictures as (N, H, W, C)."""
    last, loops = rng.random() < 0.35, rng.random() < 0.5
    stride, pad = int(rng.integers(1, 3)), int(rng.integers(0, 2))
    if slip in ("stride dx", "stride both"):
        stride = 2
    if slip in ("pad dx", "pad dw", "pad both"):
        pad = 1
    channels, filters = (int(rng.integers(1, 4)) for _ in range(2))
    if slip in ("channels dx", "channels dw"):
        channels = filters = int(rng.integers(2, 4))
    size, n = int(rng.integers(2, 4)), 2
    rows, columns = (int(stride * rng.integers(1, 3) + size - 2 * pad) for _ in range(2))
    x = rng.normal(size=(n, channels, rows, columns))
    w, b = rng.normal(size=(filters, channels, size, size)), rng.normal(size=filters)

    def forward(x, w, b):
        if last:
            x, w, b = x.transpose(0, 3, 1, 2), w.transpose(3, 2, 0, 1), b.reshape(-1)
        padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
        high, wide = ((padded.shape[axis] - size) // stride + 1 for axis in (2, 3))
        out = np.zeros((len(x), filters, high, wide), dtype=np.result_type(x, w, b))
        for i in range(high):
            for j in range(wide):
                window = padded[:, :, i * stride : i * stride + size, j * stride : j * stride + size]
                if loops:
                    for f in range(filters):
                        out[:, f, i, j] = (window * w[f]).sum((1, 2, 3)) + b[f]
                else:
                    out[:, :, i, j] = np.einsum("nchw,fchw->nf", window, w) + b
        return (out.transpose(0, 2, 3, 1) if last else out), (x, w, b)

    def backward(dout, cache):
        x, w, _ = cache
        if last:
            dout = dout.transpose(0, 3, 1, 2)
        padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
        seen = padded
        if slip in ("pad dw", "pad both"):
            seen = np.pad(x, ((0, 0), (0, 0), (0, 2 * pad), (0, 2 * pad)))
        dpadded, dw = np.zeros_like(padded), np.zeros_like(w)
        through = w[:, :, ::-1, ::-1] if slip == "kernel dx" else w.swapaxes(0, 1) if slip == "channels dx" else w
        for i in range(dout.shape[2]):
            for j in range(dout.shape[3]):
                s = 1 if slip in ("stride dx", "stride both") else stride
                d = 1 if slip == "stride both" else stride
                here = (slice(None), slice(None), slice(i * d, i * d + size), slice(j * d, j * d + size))
                there = (slice(None), slice(None), slice(i * s, i * s + size), slice(j * s, j * s + size))
                dw += np.einsum("nf,nchw->fchw", dout[:, :, i, j], seen[here])
                part = np.einsum("nf,fchw->nchw", dout[:, :, i, j], through)
                if slip == "overwrite":
                    dpadded[there] = part
                else:
                    dpadded[there] += part
        dx = dpadded[:, :, pad : pad + x.shape[2], pad : pad + x.shape[3]]
        if slip in ("pad dx", "pad both"):
            dx = dpadded[:, :, : x.shape[2], : x.shape[3]]
        if slip == "kernel dw":
            dw = dw[:, :, ::-1, ::-1]
        if slip == "channels dw":
            dw = dw.swapaxes(0, 1)
        db = dout.sum((0, 2, 3))
        db = {"bias mean": db / len(x), "bias all": dout.mean((0, 2, 3))}.get(slip, db)
        if last:
            return dx.transpose(0, 2, 3, 1), dw.transpose(2, 3, 1, 0), db.reshape(1, 1, 1, -1)
        return dx, dw, db

    names = _name(rng, "weight"), _name(rng, "bias")
    if last:
        x, w, b = x.transpose(0, 2, 3, 1), w.transpose(2, 3, 1, 0), b.reshape(1, 1, 1, -1)
    return Handwritten(forward, backward, x, dict(zip(names, (w, b), strict=True)))


def pool(rng, slip):
    """max_pool_backward_naive, or the mean."""
    average = slip == "mean factor" or (slip is None and rng.random() < 0.4)
    last = rng.random() < 0.4
    size = int(rng.integers(2, 4))
    stride = size if rng.random() < 0.4 else int(rng.integers(1, size + 1))
    if slip in ("overwrite", "first"):
        stride = 1
    if slip == "stride":
        stride = max(2, stride)
    n, channels = int(rng.integers(1, 3)), int(rng.integers(1, 3))
    rows, columns = (int(stride * rng.integers(1, 3) + size) for _ in range(2))
    x = rng.normal(size=(n, channels, rows, columns))

    def windows(array):
        for i in range((rows - size) // stride + 1):
            for j in range((columns - size) // stride + 1):
                yield i, j, (slice(None), slice(None), slice(i * stride, i * stride + size),
                             slice(j * stride, j * stride + size))  # fmt: skip

    def forward(x):
        if last:
            x = x.transpose(0, 3, 1, 2)
        out = np.zeros((n, channels, (rows - size) // stride + 1, (columns - size) // stride + 1))
        for i, j, here in windows(x):
            out[:, :, i, j] = x[here].mean((2, 3)) if average else x[here].max((2, 3))
        return (out.transpose(0, 2, 3, 1) if last else out), x

    def backward(dout, x):
        if last:
            dout = dout.transpose(0, 3, 1, 2)
        dx = np.zeros_like(x)
        for i, j, here in windows(x):
            window, d = x[here], dout[:, :, i, j][:, :, None, None]
            if average:
                part = d * np.ones_like(window) / (1 if slip == "mean factor" else size * size)
            else:
                mask = window == window.max((2, 3), keepdims=True)
                part = d * np.ones_like(window) if slip == "mask" else d * mask
                if slip == "evenly":
                    part = d * np.ones_like(window) / size**2
            s = 1 if slip == "stride" else stride
            there = (slice(None), slice(None), slice(i * s, i * s + size), slice(j * s, j * s + size))
            if slip == "overwrite":
                dx[there] = part
            else:
                dx[there] += part
        return dx.transpose(0, 2, 3, 1) if last else dx

    return Handwritten(forward, backward, x.transpose(0, 2, 3, 1) if last else x, {})


def norm(rng, slip, *, layer=False):
    """batchnorm_backward, in stages or in one formula; of pictures too; layernorm_backward."""
    pictures = not layer and rng.random() < 0.4
    epsilon = float(rng.choice([1e-5, 1e-8, 1e-3]))
    n, d = int(rng.integers(3, 6)), int(rng.integers(2, 6))
    if slip == "axis":
        n = d = int(rng.integers(3, 6))
    shape = (n, d, 2, 3) if pictures else (n, d)
    axes = (1,) if layer else (0, 2, 3) if pictures else (0,)
    if slip == "axis" and pictures:
        shape, axes, pictures = (n, d), (0,), False
    over = (0, 2, 3) if pictures else (0,)
    x = rng.normal(1.0, 2.0, shape)
    gamma, beta = rng.uniform(0.5, 2, d), rng.normal(size=d)
    count = np.prod([shape[axis] for axis in axes])
    staged = rng.random() < 0.5

    def spread(p):
        return p.reshape(1, -1, 1, 1) if pictures else p

    def forward(x, gamma, beta):
        mean = x.mean(axes, keepdims=True)
        var = ((x - mean) ** 2).mean(axes, keepdims=True)
        std = np.sqrt(var + epsilon)
        hat = (x - mean) / std
        return spread(gamma) * hat + spread(beta), (x, mean, var, std, hat, gamma)

    def backward(dout, cache):
        x, mean, var, std, hat, gamma = cache
        dbeta, dgamma = dout.sum(over), (dout * hat).sum(over)
        if slip == "bias mean":
            dbeta = dout.sum(over) / n
        if slip == "raw":
            dgamma = (dout * x).sum(over)
        dhat = dout if slip == "gamma" else dout * spread(gamma)
        if staged or slip == "variance":
            less = count - 1 if slip == "unbiased" else count
            dvar = (dhat * (x - mean) * -0.5 * (var + epsilon) ** -1.5).sum(axes, keepdims=True)
            if slip in ("variance", "both"):
                dvar = 0 * dvar
            dmean = -(dhat / std).sum(axes, keepdims=True) + dvar * (-2 * (x - mean)).mean(axes, keepdims=True)
            if slip in ("mean", "both"):
                dmean = 0 * dmean
            dx = dhat / std + dvar * 2 * (x - mean) / less + dmean / count
            if slip == "axis":
                other = 1 - axes[0]
                dx = (dhat - dhat.mean(other, keepdims=True) - hat * (dhat * hat).mean(other, keepdims=True)) / std
        else:
            along = 1 - axes[0] if slip == "axis" else axes
            first = 0 if slip in ("mean", "both") else dhat.mean(along, keepdims=True)
            second = 0 if slip == "both" else (dhat * hat).mean(along, keepdims=True)
            if slip == "unbiased":
                second = second * count / (count - 1)
            dx = (dhat - first - hat * second) / std
        return dx, dgamma, dbeta

    names = _name(rng, "gain"), _name(rng, "shift")
    return Handwritten(forward, backward, x, dict(zip(names, (gamma, beta), strict=True)))


def layer_norm(rng, slip):
    return norm(rng, slip, layer=True)


def dropout(rng, slip):
    """Inverted dropout with NumPy's global numbers."""
    keep = float(rng.choice([0.8, 0.6, 0.7]))
    x = rng.normal(size=(int(rng.integers(4, 7)), int(rng.integers(5, 9))))

    def forward(x):
        mask = np.random.rand(*x.shape) < keep  # noqa: NPY002
        return x * mask / keep, mask

    def backward(dout, mask):
        if slip == "mask":
            return dout / keep
        return dout * mask / {"fraction": 1.0, "twice": keep**2, "times": 1 / keep}.get(slip, keep)

    return Handwritten(forward, backward, x, {})


def embedding(rng, slip):
    """word_embedding_backward with np.add.at, or a loop."""
    count, size = int(rng.integers(3, 6)), int(rng.integers(2, 5))
    tokens = rng.integers(0, count, (int(rng.integers(2, 4)), int(rng.integers(3, 6))))
    tokens[0, :2] = tokens[0, 0]
    table = rng.normal(size=(count, size))

    def backward(dout, cache):
        tokens, table = cache
        found = np.zeros_like(table)
        if slip == "last":
            found[tokens] += dout
        elif slip == "mean":
            np.add.at(found, tokens, dout)
            found /= np.maximum(np.bincount(tokens.ravel(), minlength=len(table)), 1)[:, None]
        else:
            for place in np.ndindex(tokens.shape):
                found[tokens[place]] += dout[place]
        return None, found

    return Handwritten(lambda x, w: (w[x], (x, w)), backward, tokens, {_name(rng, "weight"): table})


def _rnn_step_backward(dnext, cache, slip):
    x, prev, wx, wh, nxt = cache
    d = dnext if slip == "slope" else dnext * (1 - nxt**2)
    if slip == "slope of h":
        d = dnext * (1 - (np.arctanh(nxt)) ** 2)
    dprev = d @ (wh if slip == "transposed" else wh.T)
    db = d.mean(0) if slip == "bias mean" else d.sum(0)
    dwh = nxt.T @ d if slip == "own state" else prev.T @ d
    return d @ wx.T, dprev, x.T @ d, dwh, db


def rnn_step(rng, slip):
    """rnn_step_backward of CS231n."""
    n, d, h = int(rng.integers(2, 5)), int(rng.integers(2, 5)), int(rng.integers(2, 5))
    x, prev = rng.normal(size=(n, d)), rng.normal(size=(n, h))
    wx, wh, b = rng.normal(size=(d, h)) / 2, rng.normal(size=(h, h)) / 2, rng.normal(size=h)

    def forward(x, prev, wx, wh, b):
        nxt = np.tanh(x @ wx + prev @ wh + b)
        return nxt, (x, prev, wx, wh, nxt)

    parameters = {"prev_h": prev, "Wx": wx, "Wh": wh, "b": b}
    return Handwritten(forward, lambda d, cache: _rnn_step_backward(d, cache, slip), x, parameters)


def rnn(rng, slip):
    """rnn_backward of CS231n: the steps in a loop."""
    n, t, d, h = int(rng.integers(2, 4)), int(rng.integers(3, 5)), int(rng.integers(2, 4)), int(rng.integers(2, 4))
    x, h0 = rng.normal(size=(n, t, d)), rng.normal(size=(n, h))
    wx, wh, b = rng.normal(size=(d, h)) / 2, rng.normal(size=(h, h)) / 2, rng.normal(size=h)

    def forward(x, h0, wx, wh, b):
        states, caches, prev = [], [], h0
        for time in range(t):
            nxt = np.tanh(x[:, time] @ wx + prev @ wh + b)
            caches.append((x[:, time], prev, wx, wh, nxt))
            states.append(nxt)
            prev = nxt
        return np.stack(states, 1), caches

    def backward(dh, caches):
        dx, dprev = np.zeros((n, t, d)), np.zeros((n, h))
        sums = [np.zeros((d, h)), np.zeros((h, h)), np.zeros(h)]
        first = 1 if slip == "short" else 0
        for time in reversed(range(first, t)):
            arriving = dh[:, time] + dprev
            if slip == "path":
                arriving = dh[:, time]
            if slip == "upstream" and time < t - 1:
                arriving = dprev
            inner = {"slope": "slope", "bias mean": "bias mean", "transposed": "transposed"}.get(slip)
            dx[:, time], dprev, *parts = _rnn_step_backward(arriving, caches[time], inner)
            for number, part in enumerate(parts):
                sums[number] = part if slip == "sum" else sums[number] + part
        return (dx, dprev, *sums)

    return Handwritten(forward, backward, x, {"h0": h0, "Wx": wx, "Wh": wh, "b": b})


def _sigmoid(a):
    return 1 / (1 + np.exp(-a))


ORDERS = ("ifog", "ifgo", "fiog")


def _lstm_forward(x, prev_h, prev_c, wx, wh, b, order):
    size = prev_h.shape[1]
    a = x @ wx + prev_h @ wh + b
    gates = {gate: a[:, number * size : (number + 1) * size] for number, gate in enumerate(order)}
    gates = {gate: np.tanh(value) if gate == "g" else _sigmoid(value) for gate, value in gates.items()}
    c = gates["f"] * prev_c + gates["i"] * gates["g"]
    tanh_c = np.tanh(c)
    return gates["o"] * tanh_c, c, (x, prev_h, prev_c, wx, wh, gates, tanh_c)


def _lstm_backward(dh, dc, cache, order, slip):
    x, prev_h, prev_c, wx, wh, gates, tanh_c = cache
    i, f, o, g = (gates[gate] for gate in "ifog")
    through = dh * o * (1 if slip == "cell slope" else 1 - tanh_c**2)
    total = {"cell": through, "through": dc}.get(slip, dc + through)
    d = {"o": dh * tanh_c, "f": total * prev_c, "i": total * g, "g": total * i}
    if slip == "factors":
        d["i"], d["g"] = total * i, total * g
    slopes = {"i": i * (1 - i), "f": f * (1 - f), "o": o * (1 - o), "g": 1 - g**2}
    if slip == "gate slope":
        slopes["g"] = g * (1 - g)
    if slip == "forget slope":
        slopes["f"] = 1 - f**2
    if slip == "no slope":
        slopes["o"] = 1
    da = np.hstack([d[gate] * slopes[gate] for gate in order])
    dprev_c = total if slip == "forget" else total * f
    db = da.mean(0) if slip == "bias mean" else da.sum(0)
    return da @ wx.T, da @ wh.T, dprev_c, x.T @ da, prev_h.T @ da, db


def lstm_step(rng, slip):
    """lstm_step_backward of CS231n, with the gates in several orders."""
    n, d, h = int(rng.integers(2, 5)), int(rng.integers(2, 4)), int(rng.integers(2, 4))
    order = ORDERS[rng.integers(3)]
    x, prev_h, prev_c = rng.normal(size=(n, d)), rng.normal(size=(n, h)), rng.normal(size=(n, h))
    wx, wh, b = rng.normal(size=(d, 4 * h)) / 2, rng.normal(size=(h, 4 * h)) / 2, rng.normal(size=4 * h)
    parameters = {"prev_h": prev_h, "prev_c": prev_c, "Wx": wx, "Wh": wh, "b": b}
    return Handwritten(
        lambda *arrays: _lstm_forward(*arrays, order),
        lambda dh, dc, cache: _lstm_backward(dh, dc, cache, order, slip), x, parameters,
    )  # fmt: skip


def lstm(rng, slip):
    """lstm_backward of CS231n."""
    n, t, d, h = int(rng.integers(2, 4)), int(rng.integers(3, 5)), int(rng.integers(2, 4)), int(rng.integers(2, 4))
    order = ORDERS[rng.integers(3)]
    x, h0 = rng.normal(size=(n, t, d)), rng.normal(size=(n, h))
    wx, wh, b = rng.normal(size=(d, 4 * h)) / 2, rng.normal(size=(h, 4 * h)) / 2, rng.normal(size=4 * h)

    def forward(x, h0, wx, wh, b):
        states, caches, prev_h, prev_c = [], [], h0, np.zeros((n, h))
        for time in range(t):
            prev_h, prev_c, cache = _lstm_forward(x[:, time], prev_h, prev_c, wx, wh, b, order)
            states.append(prev_h)
            caches.append(cache)
        return np.stack(states, 1), caches

    def backward(dh, caches):
        dx, dprev, dc = np.zeros((n, t, d)), np.zeros((n, h)), np.zeros((n, h))
        sums = [np.zeros((d, 4 * h)), np.zeros((h, 4 * h)), np.zeros(4 * h)]
        for time in reversed(range(1 if slip == "short" else 0, t)):
            arriving = dh[:, time] if slip == "path" else dh[:, time] + dprev
            came = 0 * dc if slip == "cell path" else dc
            dx[:, time], dprev, dc, *parts = _lstm_backward(arriving, came, caches[time], order, slip)
            for number, part in enumerate(parts):
                sums[number] = part if slip == "sum" else sums[number] + part
        return (dx, dprev, *sums)

    return Handwritten(forward, backward, x, {"h0": h0, "Wx": wx, "Wh": wh, "b": b})


def attention(rng, slip):
    """Attention of a sequence to itself, single samples or batches, causal or not, one head or two."""
    n, t, d = int(rng.integers(2, 4)), int(rng.integers(3, 5)), 4
    heads, causal = int(rng.choice([1, 2])), rng.random() < 0.4
    if slip == "keys":
        heads, causal = 1, False
    if slip == "axis":
        causal = False
    x = rng.normal(size=(n, t, d))
    wq, wk, wv, wo = (rng.normal(size=(d, d)) / 2 for _ in range(4))
    scale = np.sqrt(d // heads)

    def split(a):
        return a.reshape(n, t, heads, d // heads).transpose(0, 2, 1, 3)

    def merge(a):
        return a.transpose(0, 2, 1, 3).reshape(n, t, d)

    def forward(x, wq, wk, wv, wo):
        q, k, v = split(x @ wq), split(x @ wk), split(x @ wv)
        s = np.einsum("nhtd,nhsd->nhts", q, k) / scale
        if causal:
            s = np.where(np.tril(np.ones((t, t))) > 0, s, -1e9)
        e = np.exp(s - s.max(-1, keepdims=True))
        a = e / e.sum(-1, keepdims=True)
        merged = merge(a @ v)
        return merged @ wo, (x, wq, wk, wv, wo, q, k, v, a, merged)

    def backward(dout, cache):
        x, wq, wk, wv, wo, q, k, v, a, merged = cache
        dwo = np.einsum("nti,ntj->ij", merged, dout)
        do = split(dout @ wo.T)
        dv = (a if slip == "values" else a.swapaxes(-1, -2)) @ do
        da = do @ v.swapaxes(-1, -2)
        if slip == "diagonal":
            ds = da * a * (1 - a)
        else:
            ds = a * (da - (da * a).sum(-2 if slip == "axis" else -1, keepdims=True))
        ds = ds / (1 if slip == "scale" else scale)
        dq = ds @ k
        dk = (ds if slip == "keys" else ds.swapaxes(-1, -2)) @ q
        dq, dk, dv = merge(dq), merge(dk), merge(dv)
        dx = dq @ wq.T + (0 if slip == "path" else dk @ wk.T) + dv @ wv.T
        grads = [np.einsum("nti,ntj->ij", x, each) for each in (dq, dk, dv)]
        return (dx, *grads, dwo)

    return Handwritten(forward, backward, x, {"Wq": wq, "Wk": wk, "Wv": wv, "Wo": wo})


def dense(rng, slip):
    """affine_backward with an activation; samples as rows or columns."""
    n, d, h = int(rng.integers(2, 5)), int(rng.integers(2, 5)), int(rng.integers(2, 5))
    if slip == "transposed":
        d = h
    columns = rng.random() < 0.4
    g, slope = [(np.tanh, lambda a: 1 - a**2), (_sigmoid, lambda a: a * (1 - a))][rng.integers(2)]
    x, w, b = rng.normal(size=(n, d)), rng.normal(size=(d, h)), rng.normal(size=h)

    def forward(x, w, b):
        h = w.T @ x + b[:, None] if columns else x @ w + b
        return g(h), (x, w, h)

    def backward(dout, cache):
        x, w, h = cache
        if columns:
            dout, x, h = dout.T, x.T, h.T
        delta = dout * {"slope": 1, "twice": slope(g(h)) ** 2, "of h": slope(h)}.get(slip, slope(g(h)))
        dx = delta @ (w if slip == "transposed" else w.T)
        db = delta.mean(0) if slip == "bias mean" else delta.sum(0)
        return (dx.T if columns else dx), x.T @ delta / (n if slip == "weight mean" else 1), db

    return Handwritten(forward, backward, x.T if columns else x, {_name(rng, "weight"): w, _name(rng, "bias"): b})


BIAS, STATISTIC = "bias_gradient_wrong", "statistic_taken_constant"
NORM = {"mean": STATISTIC, "variance": STATISTIC, "both": STATISTIC, "gamma": "gain_omitted", "raw": "gain_omitted",
        "unbiased": "variance_unbiased", "axis": "statistic_wrong_axis", "bias mean": BIAS}  # fmt: skip
#: Each family with its slips, and the mistake that each of them is.
FAMILIES = {
    "conv": (conv, {"kernel dx": "kernel_flipped", "kernel dw": "kernel_flipped",
                    "channels dx": "channel_index_swapped", "channels dw": "channel_index_swapped",
                    "stride dx": "stride_forgotten", "stride both": "stride_forgotten", "pad dx": "padding_forgotten",
                    "pad dw": "padding_forgotten", "pad both": "padding_forgotten", "bias mean": BIAS,
                    "bias all": BIAS, "overwrite": "repeated_index_once"}),
    "pool": (pool, {"mask": "mask_omitted", "evenly": "mask_omitted", "stride": "stride_forgotten",
                    "overwrite": "repeated_index_once", "mean factor": "mean_vs_sum"}),
    "batch norm": (norm, NORM),
    "layer norm": (layer_norm, NORM),
    "dropout": (dropout, {"mask": "mask_omitted", "fraction": "kept_fraction_omitted",
                          "twice": "kept_fraction_omitted", "times": "kept_fraction_omitted"}),
    "embedding": (embedding, {"last": "repeated_index_once", "mean": "repeated_index_once"}),
    "rnn step": (rnn_step, {"slope": "sigma_prime_omitted", "slope of h": "derivative_of_wrong_argument",
                            "transposed": "transposed_weights", "bias mean": BIAS,
                            "own state": "wrong_layer_activation"}),
    "rnn": (rnn, {"short": "time_step_short", "path": "state_path_omitted", "upstream": "state_path_omitted",
                  "sum": "not_summed_over_time", "slope": "sigma_prime_omitted", "bias mean": BIAS,
                  "transposed": "transposed_weights"}),
    "lstm step": (lstm_step, {"gate slope": "gate_slopes_swapped", "forget slope": "gate_slopes_swapped",
                              "no slope": "sigma_prime_omitted", "cell slope": "sigma_prime_omitted",
                              "cell": "state_path_omitted", "through": "state_path_omitted",
                              "factors": "weight_and_input_swapped", "forget": "path_weight_omitted",
                              "bias mean": BIAS}),
    "lstm": (lstm, {"gate slope": "gate_slopes_swapped", "forget slope": "gate_slopes_swapped",
                    "no slope": "sigma_prime_omitted", "cell slope": "sigma_prime_omitted", "short": "time_step_short",
                    "path": "state_path_omitted", "cell path": "state_path_omitted", "sum": "not_summed_over_time",
                    "bias mean": BIAS, "forget": "path_weight_omitted"}),
    "attention": (attention, {"scale": "attention_scale_omitted", "diagonal": "softmax_derivative_diagonal",
                              "axis": "softmax_wrong_axis", "keys": "transposed_weights",
                              "values": "transposed_weights", "path": "hidden_contribution_missing"}),
    "dense": (dense, {"slope": "sigma_prime_omitted", "twice": "sigma_prime_applied_twice",
                      "of h": "derivative_of_wrong_argument", "transposed": "transposed_weights", "bias mean": BIAS,
                      "weight mean": "mean_vs_sum"}),
}  # fmt: skip
