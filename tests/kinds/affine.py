from random_kinds import draw_fitting, draw_shape

CASES = [
    ({"shape": 3}, [(3,)]),
    ({"shape": [2, 1]}, [(2, 2)]),
    ({"shape": [1, 2, 1, 2], "weight": False}, [(2, 3, 2)]),
    ({"shape": 1, "bias": False}, [(2, 2)]),
]
BAD_SHAPES = [({"shape": 2}, [(3,)]), ({"shape": [2, 3]}, [(3,)])]
BAD_OPTIONS = [{}, {"shape": "3"}, {"shape": [0]}, {"shape": []}, {"shape": 2, "weight": 1}]
senders = 1


def draw_case(rng):
    return draw_fitting("affine", rng, lambda rng: [draw_shape(rng, int(rng.integers(1, 4)))], draw_options)


def draw_options(rng, shapes):
    last = shapes[0][int(rng.integers(len(shapes[0]))) :]
    return {
        "shape": [size if rng.random() < 0.6 else 1 for size in last],
        "weight": bool(rng.random() < 0.8),
        "bias": bool(rng.random() < 0.8),
    }


def compute(torch, kind, received, parameters):
    h = received[0] * parameters["weight"] if kind.weight else received[0]
    return h + parameters["bias"] if kind.bias else h
