"""The shorthands as PyTorch's own modules compute them, from our parameters by their names within the shorthand."""

import torch
from torch import nn
from torch.func import functional_call

GATES = {"recurrent": ("",), "lstm": ("_i", "_f", "_g", "_o"), "gru": ("_r", "_z", "_n")}
MODULES = {"lstm": nn.LSTM, "gru": nn.GRU}


def _recurrence(name):
    def run(options, received, parameters):
        units, direction = options["units"], options.get("direction", "forward")
        biased, both = options.get("bias", True), direction == "both"
        sequence = received[0].flip(1) if direction == "backward" else received[0]
        more = {"nonlinearity": options.get("activation", "tanh")} if name == "recurrent" else {}
        module = MODULES.get(name, nn.RNN)(
            sequence.shape[2], units, bias=biased, batch_first=True, bidirectional=both, **more
        ).double()
        given = {}
        for way, suffix in (("forward.", ""), ("backward.", "_reverse")) if both else (("", ""),):

            def stack(what, role, way=way):
                arrays = [parameters.get(f"{way}{what}{gate}.{role}") for gate in GATES[name]]
                arrays = [torch.zeros(units, dtype=torch.float64) if each is None else each for each in arrays]
                return torch.cat([each.T if role == "weight" else each for each in arrays])

            given[f"weight_ih_l0{suffix}"], given[f"weight_hh_l0{suffix}"] = (
                stack("input", "weight"),
                stack("state", "weight"),
            )
            if biased:
                given[f"bias_ih_l0{suffix}"], given[f"bias_hh_l0{suffix}"] = (
                    stack("input", "bias"),
                    stack("state", "bias"),
                )
        states, _ = functional_call(module, given, (sequence,))
        if options.get("returns") == "last":
            return torch.cat([states[:, -1, :units], states[:, 0, units:]], 1)
        return states.flip(1) if direction == "backward" else states

    return run


def _attention(options, received, parameters):
    features, heads = received[0].shape[2], options.get("heads", 1)
    module = nn.MultiheadAttention(features, heads, bias=options.get("bias", True), batch_first=True).double()
    given = {
        "in_proj_weight": torch.cat([parameters[f"{each}.weight"].T for each in ("query", "key", "value")]),
        "out_proj.weight": parameters["output.weight"].T,
    }
    if options.get("bias", True):
        given["in_proj_bias"] = torch.cat([parameters[f"{each}.bias"] for each in ("query", "key", "value")])
        given["out_proj.bias"] = parameters["output.bias"]
    query, memory = received[0], received[-1]
    mask = (
        torch.triu(torch.ones(query.shape[1], query.shape[1], dtype=torch.bool), 1) if options.get("causal") else None
    )
    return functional_call(module, given, (query, memory, memory), {"attn_mask": mask, "need_weights": False})[0]


def _residual(options, received, parameters):
    x, pictures = received[0], received[0].ndim == 4
    g = getattr(torch, options.get("activation", "relu"))

    def layer(a, name, stride):
        weight, bias = parameters[f"{name}.weight"], parameters[f"{name}.bias"]
        h = nn.functional.conv2d(a, weight, bias, stride, weight.shape[-1] // 2) if pictures else a @ weight + bias
        if not options.get("normalised"):
            return h
        gamma, beta = parameters[f"{name}_norm.weight"], parameters[f"{name}_norm.bias"]
        return nn.functional.batch_norm(h, None, None, gamma, beta, training=True)

    stride = options.get("stride", 1)
    made = layer(g(layer(x, "first", stride)), "second", 1)
    return g(made + (layer(x, "shortcut", stride) if "shortcut.weight" in parameters else x))


def _transformer(options, received, parameters):
    features, decoder = received[0].shape[2], len(received) == 2
    module = (nn.TransformerDecoderLayer if decoder else nn.TransformerEncoderLayer)(
        features, options.get("heads", 1), options.get("hidden", 4 * features), dropout=0.0, batch_first=True,
        activation=options.get("activation", "relu"), norm_first=options.get("norm_first", False),
    ).double()  # fmt: skip
    given = {}
    for ours, theirs in {"attention": "self_attn", **({"lookup": "multihead_attn"} if decoder else {})}.items():
        for role in ("weight", "bias"):
            arrays = [parameters[f"{ours}.{each}.{role}"] for each in ("query", "key", "value")]
            given[f"{theirs}.in_proj_{role}"] = torch.cat([each.T for each in arrays] if role == "weight" else arrays)
            output = parameters[f"{ours}.output.{role}"]
            given[f"{theirs}.out_proj.{role}"] = output.T if role == "weight" else output
    names = ["attention", *(["lookup"] if decoder else []), "dense"]
    for role in ("weight", "bias"):
        for ours, theirs in (("hidden", "linear1"), ("dense", "linear2")):
            array = parameters[f"{ours}.{role}"]
            given[f"{theirs}.{role}"] = array.T if role == "weight" else array
        for number, name in enumerate(names, start=1):
            given[f"norm{number}.{role}"] = parameters[f"{name}_norm.{role}"]
    tokens = received[0].shape[1]
    mask = torch.triu(torch.ones(tokens, tokens, dtype=torch.bool), 1) if options.get("causal") else None
    return functional_call(module, given, tuple(received), {"tgt_mask" if decoder else "src_mask": mask})


SHORTHANDS = (
    {"residual": _residual, "transformer_block": _transformer}
    | {name: _recurrence(name) for name in GATES}
    | {"attention": _attention}
)
