CASES = [
    ({"groups": 1}, [(3,)]),
    ({"groups": 2, "epsilon": 0.1}, [(4, 2, 2)]),
    ({"groups": 3, "affine": False}, [(3, 2)]),
]
BAD_SHAPES = [({"groups": 2}, [(3, 2)])]
BAD_OPTIONS = [{}, {"groups": 0}, {"groups": 1, "epsilon": 0}]
senders = 1


def draw_case(rng):
    groups = int(rng.integers(1, 4))
    shapes = [(groups * int(rng.integers(1, 3)), *rng.integers(1, 4, int(rng.integers(0, 3))).tolist())]
    return draw_options(rng, shapes) | {"groups": groups}, shapes


def draw_options(rng, shapes):
    return {"groups": int(rng.integers(1, shapes[0][0] + 1)), "affine": bool(rng.random() < 0.7),
            "epsilon": [1e-5, 1e-3, 0.5][int(rng.integers(3))]}  # fmt: skip


def compute(torch, kind, received, parameters):
    weight, bias = parameters.get("weight"), parameters.get("bias")
    # PyTorch's own refuses one number a group in some shapes, so the groups are written as rows.
    rows = received[0].reshape(len(received[0]), kind.groups, -1)
    found = torch.nn.functional.layer_norm(rows, rows.shape[2:], eps=kind.epsilon).reshape(received[0].shape)
    shape = (-1, *[1] * (found.ndim - 2))
    return found if weight is None else weight.reshape(shape) * found + bias.reshape(shape)
