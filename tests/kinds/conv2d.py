from random_kinds import convolve, draw_fitting, draw_kernel, draw_shape

CASES = [
    ({"channels": 2, "kernel": 3}, [(1, 5, 5)]),
    ({"channels": 3, "kernel": [2, 3], "stride": 2, "padding": 1}, [(2, 4, 5)]),
    ({"channels": 1, "kernel": 1, "stride": [2, 1], "bias": False}, [(3, 3, 2)]),
    ({"channels": 2, "kernel": [3, 1], "padding": [2, 0]}, [(1, 2, 3)]),
    ({"channels": 4, "kernel": 2, "groups": 2, "dilation": [2, 1], "padding": [1, 0]}, [(2, 3, 3)]),
]
BAD_SHAPES = [
    ({"channels": 1, "kernel": 3}, [(4,)]),
    ({"channels": 1, "kernel": 3}, [(1, 2, 2)]),
    ({"channels": 2, "kernel": 1, "groups": 2}, [(3, 2, 2)]),
]
BAD_OPTIONS = [
    {"channels": 2},
    {"channels": 1, "kernel": [1, 2, 3]},
    {"channels": 1, "kernel": 0},
    {"channels": 1, "kernel": 3, "stride": 0},
    {"channels": 1, "kernel": 3, "padding": -1},
    {"channels": 1, "kernel": "3"},
    {"channels": 1, "kernel": 1, "dilation": 0},
    {"channels": 1, "kernel": 1, "groups": 0},
]
senders = 1


def draw_case(rng):
    return draw_fitting("conv2d", rng, lambda rng: [draw_shape(rng, 3, 6)], draw_options)


def draw_options(rng, shapes):
    return draw_kernel(rng, shapes, 2)


def compute(torch, kind, received, parameters):
    return convolve(torch.nn.functional.conv2d, kind, received, parameters)
