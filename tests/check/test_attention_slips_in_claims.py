"""Slips of attention in claims, planted by NumPy over random tokens: named, most of them first."""

import numpy as np
import pytest

import backproof
from backproof import worksheet

TEXT = """
title = "Attention"
[network]
inputs = [{tokens}, {width}]
cost = "half_squared_error"
layers = [
  {{name = "t", kind = "attention", heads = 1{causal}}},
  {{name = "f", kind = "flatten"}},
  {{name = "o", kind = "dense", units = 1}},
]
[network.parameters]
{arrays}
[data]
inputs = [{x}]
targets = [[0.5]]
"""


class Attention:
    """Scores, shares and what goes back, by matrices; slips are other matrices."""

    def __init__(self, rng, tokens, width, causal):
        self.x, self.causal = rng.normal(size=(tokens, width)).round(2), causal
        self.arrays = {f"t.{role}.weight": rng.normal(size=(width, width)).round(2)
                       for role in ("query", "key", "value", "output")}  # fmt: skip
        self.arrays |= {f"t.{role}.bias": np.zeros(width) for role in ("query", "key", "value", "output")}
        self.arrays |= {"o.weight": rng.normal(size=(tokens * width, 1)).round(2), "o.bias": np.zeros(1)}
        self.q, self.k, self.v = (self.x @ self.arrays[f"t.{role}.weight"] for role in ("query", "key", "value"))
        self.products = self.q @ self.k.T
        self.scores = self.products / np.sqrt(width)
        self.seen = np.tril(np.ones((tokens, tokens), bool)) if causal else np.ones((tokens, tokens), bool)
        self.p = self.softmax(self.scores, self.seen)
        out = self.p @ self.v @ self.arrays["t.output.weight"]
        error = out.ravel() @ self.arrays["o.weight"][:, 0] - 0.5
        back = (error * self.arrays["o.weight"]).reshape(tokens, width) @ self.arrays["t.output.weight"].T
        dp = back @ self.v.T
        self.ds = self.p * (dp - (dp * self.p).sum(1, keepdims=True)) / np.sqrt(width)

    @staticmethod
    def softmax(scores, seen, axis=1):
        grown = np.exp(scores) * seen
        return grown / grown.sum(axis, keepdims=True)

    def text(self):
        arrays = "\n".join(f'"{name}" = {array.tolist()}' for name, array in self.arrays.items())
        causal = ", causal = true" if self.causal else ""
        tokens, width = self.x.shape
        return TEXT.format(tokens=tokens, width=width, causal=causal, arrays=arrays, x=self.x.tolist())

    def slips(self):
        """Each slip: what it is called, whose numbers it makes, the right ones and the wrong ones."""
        yield "softmax_wrong_axis", "a[t.scores", self.p, self.softmax(self.scores, self.seen, 0)
        yield "softmax_wrong_axis", "a[t.scores", self.p, self.softmax(self.scores, self.seen, None)
        yield "transposed_weights", "h[t.products", self.products, self.products.T
        yield "transposed_weights", "dE/da[t.query", self.ds @ self.k, self.ds.T @ self.k
        if self.causal:
            yield "mask_omitted", "a[t.scores", self.p, self.softmax(self.scores, True)
            zeros = self.softmax(self.scores * self.seen, True)
            yield "mask_omitted", "a[t.scores", self.p, np.where(self.seen, zeros, self.p)


@pytest.mark.parametrize(("tokens", "width", "causal"), [(3, 2, True), (2, 2, False)])
def test_slips_of_attention_are_named_first(tokens, width, causal):
    rng = np.random.default_rng([tokens, width, causal])
    first = count = 0
    attention = Attention(rng, tokens, width, causal)
    for id, name, right, wrong in attention.slips():
        places = [at for at in np.ndindex(right.shape) if abs(wrong[at] - right[at]) > 0.01 * abs(right[at]) + 1e-3]
        for at in rng.permutation(places)[:1]:
            of = f"{name}[{','.join(map(str, at))}]]"
            claims = "".join(f'[[claims]]\nof = "{of}"\nvalue = "{number[tuple(at)]:#.5g}"\n' for number in (right,))
            claims += f'[[claims]]\nof = "{of}"\nvalue = "{wrong[tuple(at)]:#.5g}"\n'
            told = backproof.check(worksheet.loads(attention.text() + claims)).claims
            assert [each.verdict for each in told] == ["right", "wrong"], (of, right[tuple(at)])
            ids = [each.id for each in told[1].mistakes]
            assert id in ids[:3], (id, of, [(each.id, each.says) for each in told[1].mistakes])
            count, first = count + 1, first + (ids[0] == id)
    assert first >= count - 1
