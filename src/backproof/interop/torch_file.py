"""A network as a PyTorch module in a file of its own, for people who go on without this package.

The text is written from one table of kinds and one of activations; nothing here needs PyTorch.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from backproof.arrays import AnyArray
from backproof.custom import Custom, H
from backproof.data.encoders import CategoricalEncoder
from backproof.data.preparation import Preparation
from backproof.data.targets import ClassTarget, RegressionTarget
from backproof.errors import OptionError
from backproof.expression import Add, Call, Compare, Div, Expression, Mul, Neg, Number, Pow, Variable, Where
from backproof.layers import Layer
from backproof.network import Network
from backproof.operations.activation import Activation, Coupled
from backproof.operations.layer import Shape
from backproof.operations.layers.dense import Dense

#: Activations: the module, and the function of h; options in braces.
ACTIVATIONS = {
    "relu": ("nn.ReLU()", "torch.relu({h})"),
    "sigmoid": ("nn.Sigmoid()", "torch.sigmoid({h})"),
    "tanh": ("nn.Tanh()", "torch.tanh({h})"),
    "softplus": ("nn.Softplus()", "functional.softplus({h})"),
    "softsign": ("nn.Softsign()", "functional.softsign({h})"),
    "leaky_relu": ("nn.LeakyReLU({slope!r})", "functional.leaky_relu({h}, {slope!r})"),
    "elu": ("nn.ELU({alpha!r})", "functional.elu({h}, {alpha!r})"),
    "selu": ("nn.SELU()", "functional.selu({h})"),
    "gelu": ("nn.GELU()", "functional.gelu({h})"),
    "gelu_tanh": ('nn.GELU(approximate="tanh")', 'functional.gelu({h}, approximate="tanh")'),
    "silu": ("nn.SiLU()", "functional.silu({h})"),
    "mish": ("nn.Mish()", "functional.mish({h})"),
    "hard_sigmoid": ("nn.Hardsigmoid()", "functional.hardsigmoid({h})"),
    "hard_tanh": ("nn.Hardtanh()", "functional.hardtanh({h})"),
    "relu6": ("nn.ReLU6()", "functional.relu6({h})"),
    "softmax": ("nn.Softmax({batch_axis})", "torch.softmax({h}, {batch_axis})"),
    "log_softmax": ("nn.LogSoftmax({batch_axis})", "torch.log_softmax({h}, {batch_axis})"),
}

#: Options of kinds with a window, in the order in which PyTorch's modules have them.
_WINDOW = ("stride", "padding", "output_padding", "dilation", "groups", "bias", "count_include_pad")


def _window(name: str, first: str) -> Callable[..., str]:
    """The module of a kind with a window."""

    def write(kind: Any, layer: Layer, shapes: Sequence[Shape]) -> str:
        sizes = f"{shapes[0][0]}, {layer.shape[0]}, " if first == "kernel" else ""
        given = (f"{option}={getattr(kind, option)!r}" for option in _WINDOW if getattr(kind, option, None) is not None)
        return f"nn.{name}({sizes}{', '.join([repr(getattr(kind, first)), *given])})"

    return write


def _norm(name: str, sizes: Callable[..., str], flag: str = "affine") -> Callable[..., str]:
    """The module of a normalisation."""

    def write(kind: Any, layer: Layer, shapes: Sequence[Shape]) -> str:
        momentum = f", momentum={kind.momentum!r}" if hasattr(kind, "momentum") else ""
        module = name.format(axes=max(1, len(layer.shape) - 1))
        return f"nn.{module}({sizes(kind, layer.shape)}, eps={kind.epsilon!r}{momentum}, {flag}={kind.affine!r})"

    return write


def _list_last(kind: Any, shape: Shape) -> str:
    return repr(tuple(shape[-kind.axes :]))


#: Kinds that are a module of PyTorch.
MODULES: dict[str, Callable[..., str]] = {
    "dense": lambda kind, layer, shapes: f"nn.Linear({shapes[0][-1]}, {kind.units}, bias={kind.bias})",
    **{f"conv{axes}d": _window(f"Conv{axes}d", "kernel") for axes in (1, 2)},
    **{f"conv_transpose{axes}d": _window(f"ConvTranspose{axes}d", "kernel") for axes in (1, 2)},
    **{f"max_pool{axes}d": _window(f"MaxPool{axes}d", "size") for axes in (1, 2)},
    **{f"avg_pool{axes}d": _window(f"AvgPool{axes}d", "size") for axes in (1, 2)},
    **{f"adaptive_avg_pool{axes}d": _window(f"AdaptiveAvgPool{axes}d", "size") for axes in (1, 2)},
    "adaptive_max_pool2d": _window("AdaptiveMaxPool2d", "size"),
    "flatten": lambda kind, layer, shapes: f"nn.Flatten({getattr(kind, 'start', 0) + 1})",
    "identity": lambda kind, layer, shapes: "nn.Identity()",
    "dropout": lambda kind, layer, shapes: f"nn.Dropout({kind.rate!r})",
    "prelu": lambda kind, layer, shapes: f"nn.PReLU({kind.num_parameters})",
    "embedding": lambda kind, layer, shapes: f"nn.Embedding({kind.count}, {kind.size})",
    "layer_norm": _norm("LayerNorm", _list_last, "elementwise_affine"),
    "rms_norm": _norm("RMSNorm", _list_last, "elementwise_affine"),
    "group_norm": _norm("GroupNorm", lambda kind, shape: f"{kind.groups}, {shape[0]}"),
    "batch_norm": _norm("BatchNorm{axes}d", lambda kind, shape: str(shape[0])),
}

#: Kinds that are an expression of what is received.
EXPRESSIONS: dict[str, Callable[..., str]] = {
    "reshape": lambda kind, layer, a: f"{a[0]}.reshape(len({a[0]}), {', '.join(map(str, layer.shape))})",
    "transpose": lambda kind, layer, a: f"{a[0]}.permute(0, {', '.join(str(axis + 1) for axis in kind.axes)})",
    "slice": lambda kind, layer, a: f"{a[0]}[{':, ' * (kind.axis + 1)}{kind.start}:{kind.stop or ''}:{kind.step}]",
    "select": lambda kind, layer, a: f"{a[0]}.select({kind.axis + 1}, {kind.index})",
    "stack": lambda kind, layer, a: f"torch.stack([{', '.join(a)}], {kind.axis + 1})",
    "concatenate": lambda kind, layer, a: f"torch.cat([{', '.join(a)}], {getattr(kind, 'axis', 0) + 1})",
    "add": lambda kind, layer, a: " + ".join(a),
    "subtract": lambda kind, layer, a: " - ".join(a),
    "multiply": lambda kind, layer, a: " * ".join(a),
    "matmul": lambda kind, layer, a: " @ ".join(a),
    "scale": lambda kind, layer, a: f"{kind.factor!r} * {a[0]}",
    "sum": lambda kind, layer, a: f"{a[0]}.sum({_list_axes(kind)}, keepdim={kind.keepdims})",
    "mean": lambda kind, layer, a: f"{a[0]}.mean({_list_axes(kind)}, keepdim={kind.keepdims})",
    "pad": lambda kind, layer, a: f"functional.pad({a[0]}, {list(kind.padding)})",
    "upsample": lambda kind, layer, a: _write_upsample(kind, layer, a[0]),
    "constant": lambda kind, layer, a: f"{a[0]}.new_full((len({a[0]}), {str(layer.shape)[1:]}, {kind.value!r})",
    "affine": lambda kind, layer, a: _write_affine(kind, layer, a[0]),
}

#: Names that the text uses itself, and those of nn.Module's own attributes.
TAKEN = {
    "x", "self", "torch", "nn", "functional", "Path", "load_file", "Model", "load", "add_module", "apply", "bfloat16",
    "buffers", "call_super_init", "children", "compile", "cpu", "cuda", "double", "dump_patches", "eval", "extra_repr",
    "float", "forward", "half", "ipu", "modules", "mtia", "parameters", "prepare", "share_memory", "state_dict", "to",
    "to_empty", "train", "training", "type", "xpu", "zero_grad", "len", "list", "dtype",
}  # fmt: skip


def _list_axes(kind: Any) -> str:
    return repr(tuple(axis + 1 for axis in kind.axes))


def _write_upsample(kind: Any, layer: Layer, a: str) -> str:
    factors = np.broadcast_to(np.asarray(kind.factor), (len(layer.shape) - 1,)).tolist()
    for axis, factor in enumerate(factors, start=2):
        a += f".repeat_interleave({factor}, {axis})" if factor > 1 else ""
    return a


def _write_affine(kind: Any, layer: Layer, a: str) -> str:
    name = write_name(layer.name)
    weighted = f'{a} * self.{name}["weight"]' if kind.weight else a
    return f'{weighted} + self.{name}["bias"]' if kind.bias else weighted


def write_name(name: str) -> str:
    """A layer's name as one that Python and nn.Module allow."""
    clean = re.sub(r"[^A-Za-z0-9_]", "_", name)
    return f"{clean}_" if clean in TAKEN or keyword.iskeyword(clean) else clean


def write_module(
    network: Network, weights: str, *, dtype: str = "float32", preparation: Preparation | None = None
) -> tuple[str, dict[str, AnyArray]]:
    """The text of a Python file, and the arrays that belong into the safetensors file `weights` beside it.

    Raise OptionError if a layer has no counterpart in PyTorch.
    """
    architecture = network.architecture
    lines, state = list[str](), dict[str, AnyArray]()
    made: dict[tuple[Any, ...], str] = {}
    modules: list[tuple[str, str]] = []
    _require_unlike(architecture.layers)
    for layer in architecture.layers[1:]:
        shapes = [architecture.layers[sender].shape for sender in layer.receives]
        received = ["x" if sender == 0 else write_name(architecture.layers[sender].name) for sender in layer.receives]
        name, key = write_name(layer.name), (layer.works, layer.arrays)
        if layer.works.name in MODULES:
            shared = made.get(key) if layer.arrays else None
            if shared is None:
                text = MODULES[layer.works.name](layer.works, layer, shapes)
                modules.append((name, text))
                made[key] = name
            argument = f"{received[0]}.long()" if layer.works.name == "embedding" else received[0]
            h = f"self.{shared or name}({argument})"
        elif layer.works.name in EXPRESSIONS:
            if layer.arrays and key not in made:
                made[key] = name
                inner = ", ".join(
                    f'"{role}": nn.Parameter(torch.empty({list(network.shapes[array])}))'
                    for role, array in layer.arrays
                )
                modules.append((name, f"nn.ParameterDict({{{inner}}})"))
            h = EXPRESSIONS[layer.works.name](layer.works, layer, received)
            h = h.replace(f"self.{name}[", f"self.{made.get(key, name)}[")
        else:
            raise OptionError(f"layer '{layer.name}': kind '{layer.works.name}' cannot be written for PyTorch.")
        if made.get(key, name) == name:
            state |= {
                f"{name}.{role}": _lay_out(layer, role, network.parameters[array]) for role, array in layer.arrays
            }
            if layer.works.name == "batch_norm":
                state[f"{name}.num_batches_tracked"] = np.array(0)
        lines.append(f"{name} = {_write_activation(layer.activation, h)}")
    _refuse_part_sharing(architecture.layers)
    sequence = _find_sequence(network, modules) if preparation is None else None
    arrays = {
        key: np.array(array, dtype=dtype if array.dtype.kind == "f" else None, order="C")
        for key, array in state.items()
    }
    body = _write_sequence(sequence) if sequence is not None else _write_class(network, modules, lines, preparation)
    return _write_file(network, body, weights, dtype, preparation), arrays


def _require_unlike(layers: Sequence[Layer]) -> None:
    names = [write_name(layer.name) for layer in layers]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise OptionError(f"two layers would be called '{min(twice)}' in Python; rename one.")


def _refuse_part_sharing(layers: Sequence[Layer]) -> None:
    owners: dict[str, tuple[Any, ...]] = {}
    for layer in layers[1:]:
        for _, array in layer.arrays:
            if owners.setdefault(array, (layer.works, layer.arrays)) != (layer.works, layer.arrays):
                raise OptionError(
                    f"layer '{layer.name}' shares '{array}' with another one, but not all parameters and options; "
                    "that cannot be written for PyTorch."
                )


def _lay_out(layer: Layer, role: str, array: Any) -> Any:
    """A parameter as PyTorch's module has it."""
    if isinstance(layer.kind, Dense) and role == "weight" and not layer.kind.transposed:
        return array.T
    return array


def _write_activation(activation: Activation, h: str) -> str:
    if activation.name == "identity":
        return h
    if getattr(activation, "causal", False):
        h = f"({h}).masked_fill(torch.ones(({h}).shape[-2:]).triu(1).bool(), -torch.inf)"
    if activation.name in ACTIVATIONS:
        return ACTIVATIONS[activation.name][1].format(h=h, **_list_options(activation))
    try:
        formula = activation.stable if isinstance(activation, Custom) else activation.forward(H)
        return write_formula(formula).replace("\0", h if re.fullmatch(r"[\w.()]+", h) else f"({h})")
    except (TypeError, AttributeError):
        raise OptionError(f"activation '{activation.name}' is no formula that could be written for PyTorch.") from None


def _list_options(activation: Activation) -> Mapping[str, Any]:
    axis = {"batch_axis": activation.batch_axis} if isinstance(activation, Coupled) else {}
    return {**vars(activation), **axis}


_CALLS = {"arctan": "atan", "softplus": "nn.functional.softplus"}


def write_formula(formula: Expression) -> str:
    """A formula in Python, h as a NUL."""
    match formula:
        case Variable():
            return "\0"
        case Number(value=value):
            return repr(value)
        case Add(terms=terms):
            return f"({' + '.join(map(write_formula, terms))})"
        case Mul(factors=factors):
            return f"({' * '.join(map(write_formula, factors))})"
        case Neg(body=body):
            return f"(-{write_formula(body)})"
        case Div(top=top, bottom=bottom):
            return f"({write_formula(top)} / {write_formula(bottom)})"
        case Pow(base=base, exponent=exponent):
            return f"({write_formula(base)} ** {write_formula(exponent)})"
        case Compare(sign=sign, left=left, right=right):
            return f"({write_formula(left)} {sign} {write_formula(right)})"
        case Where(condition=condition, then=then, otherwise=otherwise):
            return f"torch.where({', '.join(map(write_formula, (condition, then, otherwise)))})"
        case Call(function="maximum" | "minimum" as name, arguments=(one, Number(value=bound))):
            return f"{write_formula(one)}.clamp({'min' if name == 'maximum' else 'max'}={bound!r})"
        case Call(function="softplus", arguments=(u,)):
            return f"functional.softplus({write_formula(u)})"
        case Call(function=name, arguments=(u,)):
            return f"torch.{_CALLS.get(name, name)}({write_formula(u)})"
    raise TypeError


def _find_sequence(network: Network, modules: Sequence[tuple[str, str]]) -> list[tuple[str, str]] | None:
    """The modules of a chain in which each layer receives from the one before alone, else None."""
    layers, texts = network.architecture.layers, dict(modules)
    if network.architecture.outputs != (len(layers) - 1,) or len(texts) < len(layers) - 1:
        return None
    found = []
    for number, layer in enumerate(layers[1:]):
        name, activation = write_name(layer.name), layer.activation
        if layer.receives != (number,) or layer.works.name not in MODULES or layer.works.name == "embedding":
            return None
        found.append((name, texts[name]))
        if activation.name in ACTIVATIONS and not getattr(activation, "causal", False):
            found.append(
                (f"{name}_{activation.name}", ACTIVATIONS[activation.name][0].format(**_list_options(activation)))
            )
        elif activation.name != "identity":
            return None
    return found


def _write_sequence(modules: Sequence[tuple[str, str]]) -> str:
    inner = "".join(f'        ("{name}", {text}),\n' for name, text in modules)
    return (
        'def make_model():\n    """The network, not yet with its weights."""\n'
        f"    return nn.Sequential(OrderedDict([\n{inner}    ]))\n"
    )


def _write_class(
    network: Network, modules: Sequence[tuple[str, str]], lines: Sequence[str], preparation: Preparation | None
) -> str:
    architecture = network.architecture
    outputs = [write_name(architecture.layers[number].name) for number in architecture.outputs]
    result = outputs[0] if len(outputs) == 1 else f"({', '.join(outputs)})"
    first, last = list[str](), f"return {result}"
    if preparation is not None:
        first = ["x = self.prepare(x)"]
        amounts = [each for each in preparation.targets if isinstance(each, RegressionTarget)]
        if amounts:
            scale, shift = (_write_vector([getattr(each, name) for each in amounts]) for name in ("scale", "shift"))
            last = f"return {result}.double() / {scale} + {shift}"
    made = [f"self.{name} = {text}" for name, text in modules]
    text = "class Model(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
    text += "".join(f"        {line}\n" for line in made)
    text += "\n    def forward(self, x):\n" + "".join(f"        {line}\n" for line in (*first, *lines, last))
    if preparation is not None:
        text += "\n" + _write_preparation(preparation, architecture.layers[0].shape)
    return text + '\n\ndef make_model():\n    """The network, not yet with its weights."""\n    return Model()\n'


def _write_preparation(preparation: Preparation, shape: Shape) -> str:
    """A method that turns rows of columns into inputs; a category is the place of its text in CATEGORIES."""
    lines, start = list[str](), 0
    for encoder in preparation.list_plain_encoders("a module file"):
        if isinstance(encoder, CategoricalEncoder):
            lines.append(f"functional.one_hot(x[:, {start}].long(), {encoder.units}),")
            start += 1
            continue
        end = start + encoder.width
        part = f"x[:, {start}:{end}]"
        if encoder.fill is not None:
            part = f"torch.where({part}.isnan(), {_write_vector(encoder.fill)}, {part})"
        lines.append(f"({part} - {_write_vector(encoder.shift)}) * {_write_vector(encoder.scale)},")
        start = end
    inner = "".join(f"            {line}\n" for line in lines)
    reshaped = f".reshape(-1, {', '.join(map(str, shape))})" if len(shape) > 1 else ""
    return (
        '    def prepare(self, x):\n        """Inputs of rows of columns, scaled as in training."""\n'
        f"        x = x.double()\n        parts = [\n{inner}        ]\n"
        f"        return torch.cat(parts, 1){reshaped}.to(next(self.parameters()).dtype)\n"
    )


def _write_vector(numbers: Sequence[float]) -> str:
    values = list(map(float, numbers))
    return repr(values[0]) if len(values) == 1 else f"x.new_tensor({values}, dtype=torch.double)"


def _write_file(network: Network, body: str, weights: str, dtype: str, preparation: Preparation | None) -> str:
    facts = []
    if preparation is not None:
        columns = [
            name
            for encoder in preparation.list_plain_encoders("a module file")
            for name in ([encoder.name] if isinstance(encoder, CategoricalEncoder) or encoder.width == 1 else
                         [f"{encoder.name}[{number + 1}]" for number in range(encoder.width)])
        ]  # fmt: skip
        facts.append(f"#: The columns of a row, in this order.\nCOLUMNS = {columns!r}")
        known = {
            each.name: list(each.categories) for each in preparation.encoders if isinstance(each, CategoricalEncoder)
        }
        if known:
            facts.append(
                f"#: A category is given as its place, from 0, in the list of its column.\nCATEGORIES = {known!r}"
            )
        several = len(preparation.targets) > 1
        labels = [list(each.labels) for each in preparation.targets if isinstance(each, ClassTarget)]
        if labels:
            one = "the probability of the second" if preparation.targets[0].units == 1 else "a probability for each"
            what = "The labels of each target" if several else "The labels"
            facts.append(f"#: {what}; the network gives {one}.\nLABELS = {labels if several else labels[0]!r}")
        if several or not labels:
            names = list(preparation.target_names)
            what = "What the network gives" if labels else "What the network gives, in the unit of the data"
            facts.append(f"#: {what}.\n" + (f"TARGETS = {names!r}" if several else f"TARGET = {names[0]!r}"))
    ordered = "from collections import OrderedDict\n" if "OrderedDict" in body else ""
    functional = "from torch.nn import functional\n" if "functional." in body else ""
    kind = "" if dtype == "float32" else ".double()"
    told = "".join(f"{fact}\n" for fact in facts)
    stem = re.sub(r"[.]safetensors$", "", weights)
    stem = stem if stem.isidentifier() and not keyword.iskeyword(stem) else "model"
    return f'''"""A network as a PyTorch module. Its weights are in {weights} beside this file.

    from {stem} import load

    model = load()
    y = model(x)  # x: (samples, ...)
"""

{ordered}from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import nn
{functional}
{told}

{body}

def load(path=Path(__file__).with_name({weights!r})):
    """The network with its weights, ready to predict."""
    model = make_model(){kind}
    model.load_state_dict(load_file(path))
    return model.eval()
'''
