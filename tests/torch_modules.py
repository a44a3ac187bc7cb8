"""Modules as people write them, small enough to be checked number by number, each with inputs of its own."""

import torch
from torch import nn
from torch.nn import functional


class Residual(nn.Module):
    """Two dense layers with a connection around them, a shift that is trained and a scale that is not."""

    def __init__(self):
        super().__init__()
        self.fc1, self.fc2, self.head = nn.Linear(4, 4), nn.Linear(4, 4, bias=False), nn.Linear(4, 2)
        self.position = nn.Parameter(torch.randn(4))
        self.register_buffer("spread", torch.rand(1, 4) + 0.5)
        self.fixed = torch.rand(4)

    def forward(self, x):
        h = torch.tanh(self.fc1(x) + self.position)
        return self.head(functional.silu(self.fc2(h) + x) * self.spread + self.fixed)


class Tied(nn.Module):
    """An autoencoder whose decoder uses the encoder's weight turned round, and one that is tied by assignment."""

    def __init__(self):
        super().__init__()
        self.encode, self.again, self.back = nn.Linear(4, 3), nn.Linear(4, 3), nn.Parameter(torch.randn(4))
        self.again.weight = self.encode.weight

    def forward(self, x):
        h = torch.sigmoid(self.encode(x)) + self.again(x)
        return functional.linear(h, self.encode.weight.t(), self.back)


class Block(nn.Module):
    """A residual block of pictures, with batch norms."""

    def __init__(self, channels):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels)
        self.conv2, self.bn2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x):
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        out += x
        return self.relu(out)


class ResNet(nn.Module):
    """A stem, two blocks that share nothing, and a head."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(1, 2, 3, stride=2)
        self.layer1 = nn.Sequential(Block(2), Block(2))
        self.head = nn.Linear(8, 3)

    def forward(self, x):
        return self.head(torch.flatten(self.layer1(self.stem(x)), 1))


class Twice(nn.Module):
    """One layer used twice, with matrices that are parameters of the module itself."""

    def __init__(self):
        super().__init__()
        self.fc, self.w, self.v = nn.Linear(3, 3), nn.Parameter(torch.randn(3, 2)), nn.Parameter(torch.randn(2, 2))

    def forward(self, x):
        h = functional.elu(self.fc(functional.softplus(self.fc(x))))
        return h @ self.w @ self.v.t() - 0.5


def mlp():
    return nn.Sequential(
        nn.Linear(3, 5), nn.ReLU(), nn.Linear(5, 4), nn.LeakyReLU(0.1), nn.Dropout(0.0), nn.Linear(4, 2)
    )


def cnn():
    return nn.Sequential(nn.Conv2d(2, 3, (2, 3), padding=1), nn.GELU(), nn.Conv2d(3, 2, 2, stride=2), nn.Tanh(),
                         nn.Flatten(), nn.Linear(8, 3))  # fmt: skip


def lenet(pool=nn.AvgPool2d):
    return nn.Sequential(nn.Conv2d(1, 2, 3, padding=1), nn.Tanh(), pool(2), nn.Conv2d(2, 3, 3), nn.Tanh(), pool(2),
                         nn.Flatten(), nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 3))  # fmt: skip


class VGG(nn.Module):
    """Two stages of convolutions with batch norms, and a head over the mean of every channel."""

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 2, 3, padding="same"), nn.BatchNorm2d(2), nn.ReLU(inplace=True), nn.AvgPool2d(2, stride=1),
            nn.Conv2d(2, 4, 3, padding=1, groups=2, dilation=1), nn.ReLU(inplace=True),
        )  # fmt: skip
        self.pool, self.classifier = nn.AdaptiveAvgPool2d((1, 1)), nn.Linear(4, 3)

    def forward(self, x):
        return self.classifier(torch.flatten(self.pool(self.features(x)), 1))


class UNet(nn.Module):
    """Two levels: down by pooling, up once by a transposed convolution and once by repeating, joined with what was."""

    def __init__(self):
        super().__init__()
        self.down1, self.down2, self.middle = (nn.Conv2d(*sizes, 3, padding=1) for sizes in ((1, 2), (2, 2), (2, 3)))
        self.up2, self.join2 = nn.ConvTranspose2d(3, 2, 2, stride=2), nn.Conv2d(4, 2, 3, padding=1)
        self.up1, self.join1 = nn.Upsample(scale_factor=2), nn.Conv2d(4, 2, 1)
        self.head = nn.Conv2d(2, 1, 1)

    def forward(self, x):
        one = torch.tanh(self.down1(x))
        two = torch.tanh(self.down2(functional.avg_pool2d(one, 2)))
        low = torch.tanh(self.middle(functional.avg_pool2d(two, 2)))
        two = torch.tanh(self.join2(torch.cat([self.up2(low), two], dim=1)))
        one = torch.tanh(self.join1(torch.cat([one, self.up1(two)], dim=1)))
        return self.head(one)


class Autoencoder(nn.Module):
    """Convolutions down to a code, and up again."""

    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.Conv1d(1, 2, 3, stride=2, padding=1), nn.SELU(), nn.Flatten(), nn.Linear(6, 2))
        self.decoder = nn.Sequential(nn.Linear(2, 6), nn.Unflatten(1, (2, 3)), nn.SiLU(),
                                     nn.ConvTranspose1d(2, 1, 3, stride=2, padding=1, output_padding=1))  # fmt: skip

    def forward(self, x):
        return self.decoder(self.encoder(x))


class Shapes(nn.Module):
    """Views, transposes, parts and their joining, with the samples moved about."""

    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 6)

    def forward(self, x):
        h = self.fc(x.reshape(-1, 4)).tanh().view(x.shape[0], 3, 6)
        h = h.transpose(0, 1).reshape(3, -1, 2, 3).permute(1, 2, 0, 3)
        one, other = h.chunk(2, dim=1)
        parts = [one.squeeze(1), other[:, 0] - one[:, 0] / 2, h[:, 1, :, :].neg()]
        stacked = torch.stack(parts, dim=2).mean(dim=3) + torch.cat(parts, dim=-1)[..., 1::3]
        return stacked.sum(1).unsqueeze(-1).flatten(1) * 2 - 1


class First(nn.Module):
    """What a module that returns several tensors gives first."""

    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, x):
        return self.inner(x)[0]


class Reader(nn.Module):
    """The class of a row of tokens, by their embeddings' mean."""

    def __init__(self):
        super().__init__()
        self.embedding, self.fc = nn.Embedding(6, 3), nn.Linear(3, 2)

    def forward(self, x):
        return self.fc(self.embedding(x).mean(dim=1).tanh())


class Recurrent(nn.Module):
    """Tokens read by a recurrence of two layers, the last state judged."""

    def __init__(self, kind=nn.LSTM, **options):
        super().__init__()
        self.embedding, self.rnn = nn.Embedding(6, 2), kind(2, 3, num_layers=2, batch_first=True, **options)
        self.head = nn.Linear(6 if options.get("bidirectional") else 3, 2)

    def forward(self, x):
        return self.head(self.rnn(self.embedding(x))[0][:, -1])


class Encoder(nn.Module):
    """Tokens and their positions, a transformer block, and a head over the first token."""

    def __init__(self, tokens=3):
        super().__init__()
        self.embedding, self.position = nn.Embedding(6, 4), nn.Parameter(torch.randn(1, tokens, 4))
        self.block = nn.TransformerEncoderLayer(4, 2, 5, dropout=0.0, batch_first=True, activation="gelu")
        self.head = nn.Linear(4, 2)

    def forward(self, x):
        return self.head(self.block(self.embedding(x) + self.position)[:, 0])


class Decoder(nn.Module):
    """A block in which a token looks at no later one, written out; positions from a table, the norm before."""

    def __init__(self, tokens=3, size=4, heads=2):
        super().__init__()
        self.heads, self.wte, self.wpe = heads, nn.Embedding(6, size), nn.Embedding(tokens, size)
        self.ln1, self.ln2, self.qkv = nn.LayerNorm(size), nn.LayerNorm(size), nn.Linear(size, 3 * size)
        self.proj, self.lm_head = nn.Linear(size, size), nn.Linear(size, 6, bias=False)
        self.mlp = nn.Sequential(nn.Linear(size, 2 * size), nn.GELU("tanh"), nn.Linear(2 * size, size))
        self.lm_head.weight = self.wte.weight

    def forward(self, x):
        samples, tokens = x.shape
        h = self.wte(x) + self.wpe(torch.arange(tokens))
        q, k, v = (
            part.view(samples, tokens, self.heads, -1).transpose(1, 2) for part in self.qkv(self.ln1(h)).split(4, dim=2)
        )
        a = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        h = h + self.proj(a.transpose(1, 2).reshape(samples, tokens, -1))
        h = h + self.mlp(self.ln2(h))
        return self.lm_head(h)


class Translator(nn.Module):
    """PyTorch's own decoder block, with a mask, over what an encoder block makes of the same numbers."""

    def __init__(self):
        super().__init__()
        options = {"d_model": 4, "nhead": 2, "dim_feedforward": 5, "dropout": 0.0, "batch_first": True}
        self.encoder, self.decoder = nn.TransformerEncoderLayer(**options), nn.TransformerDecoderLayer(**options)
        self.register_buffer("mask", nn.Transformer.generate_square_subsequent_mask(3))

    def forward(self, x):
        return self.decoder(x, self.encoder(x), tgt_mask=self.mask, tgt_is_causal=True)


class Norms(nn.Module):
    """Normalisations of every kind, a trained kink, and a class token that stands before the others."""

    def __init__(self):
        super().__init__()
        self.conv, self.group, self.prelu = nn.Conv2d(1, 4, 2), nn.GroupNorm(2, 4), nn.PReLU(4)
        self.layer, self.rms = nn.LayerNorm([4, 4], elementwise_affine=False), nn.RMSNorm(4, eps=1e-5)
        self.first, self.batch = nn.Parameter(torch.randn(1, 1, 4)), nn.BatchNorm1d(5, affine=False)

    def forward(self, x):
        h = self.prelu(self.group(self.conv(x))).flatten(2)
        h = self.rms(self.layer(h) * 0.5 + functional.hardtanh(h) * functional.mish(h))
        h = torch.cat([self.first.expand(x.shape[0], -1, -1), h], dim=1)
        return torch.log_softmax(self.batch(h) @ h.transpose(1, 2), dim=1)[:, 0]


class Squeeze(nn.Module):
    """A block that weighs its channels, as in MobileNet, with gates of several kinds."""

    def __init__(self):
        super().__init__()
        self.expand, self.depth = nn.Conv2d(1, 4, 1), nn.Conv2d(4, 4, 3, padding=1, groups=4)
        self.down, self.up, self.head = nn.Conv2d(4, 2, 1), nn.Conv2d(2, 4, 1), nn.Linear(8, 6)

    def forward(self, x):
        h = functional.hardswish(self.depth(functional.hardswish(self.expand(x))))
        weights = functional.hardsigmoid(self.up(functional.relu(self.down(functional.adaptive_avg_pool2d(h, 1)))))
        h = functional.max_pool2d(weights * h - h.mean(1, keepdim=True), 2, stride=1)[:, :, 0]
        return functional.logsigmoid(functional.glu(self.head(h.flatten(1)), dim=1))


class Scores(nn.Module):
    """Causal attention as it is written by hand: a mask that is filled in, and one that is added."""

    def __init__(self):
        super().__init__()
        self.key, self.query, self.value = (nn.Linear(4, 4, bias=False) for _ in range(3))
        self.register_buffer("mask", torch.tril(torch.ones(8, 8)), persistent=False)

    def forward(self, x):
        tokens = x.shape[1]
        scores = self.query(x) @ self.key(x).transpose(-2, -1) * 4**-0.5
        one = scores.masked_fill(self.mask[:tokens, :tokens] == 0, float("-inf")).softmax(dim=-1)
        extra = (
            torch.einsum("bkd,bqd->bqk", torch.einsum("bkd,hd->bhk", x, self.key.weight).mT, x)
            + torch.einsum("bd,hd->bh", x.sum(1), self.key.weight.t().t())[:, None, :3]
        )
        scores = scores + extra
        other = scores / 2 + torch.full((tokens, tokens), float("-inf")).triu(1)
        return one @ self.value(x) + torch.bmm(functional.softmax(other, -1), x)


class Cells(nn.Module):
    """Steps of recurrences one by one, in a loop of the module's own, with padding and a scale of one number."""

    def __init__(self):
        super().__init__()
        self.lstm, self.gru, self.rnn = nn.LSTMCell(3, 2), nn.GRUCell(2, 2), nn.RNNCell(2, 3)
        self.scale = nn.Parameter(torch.tensor(0.7))

    def forward(self, x):
        h, c, r = x.new_zeros(x.shape[0], 2), x.new_zeros(x.shape[0], 2), None
        for step in functional.pad(x, (0, 1, 1, 0)).unbind(1):
            h, c = self.lstm(step, (h, c))
            r = self.gru(h) if r is None else self.gru(h, r)
        return self.scale * functional.celu(self.rnn(functional.threshold(r, 0, 0)))


#: Modules whose kinds of layer exist, each with the shape of one sample's inputs.
MODULES = {
    "mlp": (mlp, (3,)), "cnn": (cnn, (2, 4, 5)), "residual": (Residual, (4,)), "tied": (Tied, (4,)),
    "resnet": (ResNet, (1, 6, 6)), "lenet": (lenet, (1, 8, 8)), "vgg": (VGG, (1, 5, 5)), "unet": (UNet, (1, 4, 4)),
    "autoencoder": (Autoencoder, (1, 6)), "shapes": (Shapes, (3, 4)), "twice": (Twice, (3,)),
    "translator": (Translator, (3, 4)), "norms": (Norms, (1, 3, 3)), "squeeze": (Squeeze, (1, 3, 3)),
    "scores": (Scores, (3, 4)), "cells": (Cells, (2, 2)),
    "lenet with maxima": (lambda: lenet(nn.MaxPool2d), (1, 8, 8)),
}  # fmt: skip

#: Modules that read tokens below 6, each with the number of them.
READERS = {
    "reader": (Reader, 4), "lstm": (Recurrent, 3), "gru": (lambda: Recurrent(nn.GRU), 3),
    "rnn": (lambda: Recurrent(nn.RNN), 3), "both ways": (lambda: Recurrent(bidirectional=True), 3),
    "no biases": (lambda: Recurrent(nn.GRU, bias=False), 2), "encoder": (Encoder, 3), "decoder": (Decoder, 3),
}  # fmt: skip
