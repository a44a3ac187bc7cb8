from random_kinds import draw_fitting, draw_shape

CASES = [
    ({"units": 3}, [(4,)]),
    ({"units": 2, "bias": False}, [(3,)]),
    ({"units": 1}, [(1,)]),
    ({"units": 2}, [(3, 2)]),
    ({"units": 2}, [(2, 1, 3)]),
    ({"units": 3, "transposed": True}, [(2,)]),
    ({"units": 2, "bias": False, "transposed": True}, [(3,)]),
    ({"units": 2, "transposed": True}, [(2, 3)]),
]
BAD_SHAPES = []
BAD_OPTIONS = [{}, {"units": 0}, {"units": 2.5}, {"units": True}, {"units": 2, "bias": 1}, {"units": 2, "size": 3}]
senders = 1


def draw_case(rng):
    return draw_fitting("dense", rng, lambda rng: [draw_shape(rng, int(rng.integers(1, 4)))], draw_options)


def draw_options(rng, shapes):
    return {"units": int(rng.integers(1, 4)), "bias": bool(rng.random() < 0.7), "transposed": bool(rng.random() < 0.3)}


def compute(torch, kind, received, parameters):
    weight = parameters["weight"] if kind.transposed else parameters["weight"].T
    return torch.nn.functional.linear(received[0], weight, parameters.get("bias"))
