"""The same graph as PyTorch computes it, with a leaf for every number that can be differentiated by."""

import torch
from torch.nn import functional

import truth


class TorchGraph:
    """A pass of a network on some samples: h and a of every layer, parameters, the terms of the cost."""

    def __init__(self, network, x, y):
        self.architecture = architecture = network.architecture
        self.parameters = {key: torch.tensor(array, requires_grad=True) for key, array in network.parameters.items()}
        self.h, self.a = [None], [torch.tensor(x, requires_grad=True)]
        for layer in architecture.layers[1:]:
            received = [self.a[sender] for sender in layer.receives]
            h = KINDS[layer.kind.name](layer.kind, received, layer.pick(self.parameters))
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


def _dense(kind, received, parameters):
    h = received[0] @ (parameters["weight"].T if kind.transposed else parameters["weight"])
    return h + parameters["bias"] if "bias" in parameters else h


def _convolve(function):
    def convolve(kind, received, parameters):
        options = {"stride": kind.stride, "padding": kind.padding, "dilation": kind.dilation, "groups": kind.groups}
        if hasattr(kind, "output_padding"):
            options["output_padding"] = kind.output_padding
        return function(received[0], parameters["weight"], parameters.get("bias"), **options)

    return convolve


def _average(function):
    def average(kind, received, parameters):
        return function(received[0], kind.size, kind.stride, kind.padding, False, kind.count_include_pad)

    return average


def _reduce(function):
    def reduce(kind, received, parameters):
        axes = kind.axis if isinstance(kind.axis, tuple) else (kind.axis,)
        return function(received[0], [axis + 1 for axis in axes], kind.keepdims)

    return reduce


def _batch_norm(kind, received, parameters):
    return functional.batch_norm(
        received[0], None, None, parameters["weight"], parameters["bias"], training=True, eps=kind.epsilon
    )


def _affine(kind, received, parameters):
    h = received[0] * parameters["weight"] if kind.weight else received[0]
    return h + parameters["bias"] if kind.bias else h


KINDS = {
    "affine": _affine,
    "dense": _dense,
    "conv1d": _convolve(functional.conv1d),
    "conv2d": _convolve(functional.conv2d),
    "conv_transpose1d": _convolve(functional.conv_transpose1d),
    "conv_transpose2d": _convolve(functional.conv_transpose2d),
    "batch_norm": _batch_norm,
    "add": lambda kind, received, parameters: sum(received[1:], received[0]),
    "concatenate": lambda kind, received, parameters: torch.cat(received, kind.axis + 1),
    "flatten": lambda kind, received, parameters: received[0].flatten(kind.start + 1),
    "reshape": lambda kind, received, parameters: received[0].reshape(len(received[0]), *kind.shape),
    "transpose": lambda kind, received, parameters: received[0].permute(0, *(axis + 1 for axis in kind.axes)),
    "slice": lambda kind, received, parameters: received[0][
        (*[slice(None)] * (kind.axis + 1), slice(kind.start, kind.stop, kind.step))
    ],
    "pad": lambda kind, received, parameters: functional.pad(received[0], kind.padding),
    "upsample": lambda kind, received, parameters: functional.interpolate(received[0], scale_factor=kind.factor),
    "constant": lambda kind, received, parameters: (
        torch.full((len(received[0]), *kind.shape), kind.value, dtype=received[0].dtype) + 0 * received[0].sum()
    ),
    "identity": lambda kind, received, parameters: received[0],
    "select": lambda kind, received, parameters: received[0].select(kind.axis + 1, kind.index),
    "avg_pool1d": _average(functional.avg_pool1d),
    "avg_pool2d": _average(functional.avg_pool2d),
    "adaptive_avg_pool1d": lambda kind, received, parameters: functional.adaptive_avg_pool1d(received[0], kind.size),
    "adaptive_avg_pool2d": lambda kind, received, parameters: functional.adaptive_avg_pool2d(received[0], kind.size),
    "subtract": lambda kind, received, parameters: received[0] - received[1],
    "scale": lambda kind, received, parameters: kind.factor * received[0],
    "sum": _reduce(torch.sum),
    "mean": _reduce(torch.mean),
    "stack": lambda kind, received, parameters: torch.stack(received, kind.axis + 1),
}
