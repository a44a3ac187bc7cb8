CASES = [
    ({}, [(3,)]),
    ({"axes": 2, "epsilon": 0.1}, [(2, 2, 3)]),
    ({"affine": False}, [(2, 3)]),
    ({"axes": 2}, [(2, 3)]),
]
BAD_SHAPES = [({"axes": 2}, [(3,)])]
BAD_OPTIONS = [{"axes": 0}, {"epsilon": 0}, {"affine": None}, {"axes": 1.0}]
senders = 1


def draw_case(rng):
    shapes = [tuple(rng.integers(1, 4, int(rng.integers(1, 4))).tolist())]
    return draw_options(rng, shapes), shapes


def draw_options(rng, shapes):
    return {"axes": int(rng.integers(1, len(shapes[0]) + 1)), "epsilon": [1e-5, 1e-3, 0.5][int(rng.integers(3))],
            "affine": bool(rng.random() < 0.7)}  # fmt: skip


def compute(torch, kind, received, parameters):
    shape = received[0].shape[-kind.axes :]
    return torch.nn.functional.rms_norm(received[0], shape, parameters.get("weight"), kind.epsilon)
