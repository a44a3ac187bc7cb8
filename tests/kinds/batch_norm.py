CASES = [({}, [(3,)]), ({"epsilon": 0.1}, [(2, 2, 2)]), ({"running": True}, [(2, 3)]), ({"affine": False}, [(2,)]),
         ({"affine": False, "running": True, "epsilon": 0.5}, [(2, 1, 2)])]  # fmt: skip
BAD_SHAPES = []
BAD_OPTIONS = [{"epsilon": 0}, {"epsilon": -1.0}, {"epsilon": "x"}, {"epsilon": None}, {"momentum": 2},
               {"momentum": -0.1}, {"affine": 1}, {"running": "no"}]  # fmt: skip
senders = 1


def draw_case(rng):
    shapes = [tuple(rng.integers(1, 4, int(rng.integers(1, 4))).tolist())]
    return draw_options(rng, shapes), shapes


def draw_options(rng, shapes):
    return {"epsilon": [1e-5, 1e-3, 0.5][int(rng.integers(3))], "affine": bool(rng.random() < 0.7),
            "running": bool(rng.random() < 0.3)}  # fmt: skip


def compute(torch, kind, received, parameters):
    mean, variance = parameters["running_mean"], parameters["running_var"]
    weight, bias = parameters.get("weight"), parameters.get("bias")
    if not kind.running:
        found = torch.nn.functional.batch_norm(received[0], None, None, weight, bias, training=True, eps=kind.epsilon)
        return found + 0 * (mean.sum() + variance.sum())
    shape = (-1, *[1] * (received[0].ndim - 2))
    found = (received[0] - mean.reshape(shape)) / torch.sqrt(variance.reshape(shape) + kind.epsilon)
    return found if weight is None else weight.reshape(shape) * found + bias.reshape(shape)
