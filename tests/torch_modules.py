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


#: Modules whose kinds of layer exist, each with the shape of one sample's inputs.
MODULES = {
    "mlp": (mlp, (3,)), "cnn": (cnn, (2, 4, 5)), "residual": (Residual, (4,)), "tied": (Tied, (4,)),
    "resnet": (ResNet, (1, 6, 6)), "twice": (Twice, (3,)),
}  # fmt: skip
