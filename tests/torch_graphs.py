"""The same graph as PyTorch computes it, with a leaf for every number that can be differentiated by."""

from functools import partial

import numpy as np
import torch

import kinds
import truth
from backproof.propagation import draw_masks


class TorchGraph:
    """A pass of a network on some samples: h and a of every layer, parameters, the terms of the cost."""

    def __init__(self, network, x, y):
        self.architecture = architecture = network.architecture
        self.parameters = {key: torch.tensor(array, requires_grad=True) for key, array in network.parameters.items()}
        self.h, self.a = [None], [torch.tensor(x, requires_grad=True)]
        masks = draw_masks(architecture, x, np.uint32(0), 0)
        for number, layer in enumerate(architecture.layers[1:], start=1):
            given = layer.pick(self.parameters) | ({"mask": masks[number]} if number in masks else {})
            received = [self.a[sender] for sender in layer.receives]
            h = KINDS[layer.kind.name](layer.kind, received, given).clone()
            h.retain_grad()
            a = truth.activation(layer.activation)(h) + 0 * h
            a.retain_grad()
            self.h.append(h)
            self.a.append(a)
        outputs = torch.cat([self.a[number].reshape(len(x), -1) for number in architecture.outputs], 1)
        share = (1 / y.shape[1] if network.cost.averaged else 1) / (len(y) if network.reduction == "mean" else 1)
        self.terms = truth.cost(network.cost)(torch.tensor(y), outputs) * share

    def differentiate(self):
        """The gradient of the cost by all leaves and layers."""
        self.terms.sum().backward()
        return self


KINDS = {name: partial(each.compute, torch) for name, each in kinds.KINDS.items()}
