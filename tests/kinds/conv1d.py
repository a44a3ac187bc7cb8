from random_kinds import convolve, draw_fitting, draw_kernel, draw_shape

CASES = [
    ({"channels": 2, "kernel": 3}, [(2, 5)]),
    ({"channels": 3, "kernel": 2, "stride": 3, "padding": 4, "dilation": 2, "groups": 3}, [(3, 2)]),
]
BAD_SHAPES = [({"channels": 1, "kernel": 3}, [(4,)]), ({"channels": 1, "kernel": 2, "dilation": 4}, [(1, 4)])]
BAD_OPTIONS = [{"channels": 1, "kernel": [1, 2]}, {"channels": 3, "kernel": 1, "groups": 2}]
senders = 1


def draw_case(rng):
    return draw_fitting("conv1d", rng, lambda rng: [draw_shape(rng, 2, 6)], draw_options)


def draw_options(rng, shapes):
    return draw_kernel(rng, shapes, 1)


def compute(torch, kind, received, parameters):
    return convolve(torch.nn.functional.conv1d, kind, received, parameters)
