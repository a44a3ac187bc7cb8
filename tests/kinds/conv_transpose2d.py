from random_kinds import convolve, draw_fitting, draw_kernel, draw_shape

CASES = [
    ({"channels": 1, "kernel": [2, 3], "stride": 2, "padding": 1}, [(2, 2, 2)]),
    ({"channels": 2, "kernel": 2, "dilation": [1, 3], "output_padding": [0, 2], "groups": 2}, [(2, 2, 1)]),
]
BAD_SHAPES = [({"channels": 1, "kernel": 1}, [(1, 2)])]
BAD_OPTIONS = [{"channels": 1, "kernel": 3, "stride": [3, 1], "output_padding": [2, 1]}]
senders = 1


def draw_case(rng):
    return draw_fitting("conv_transpose2d", rng, lambda rng: [draw_shape(rng, 3, 6)], draw_options)


def draw_options(rng, shapes):
    return draw_kernel(rng, shapes, 2, transposed=True)


def compute(torch, kind, received, parameters):
    return convolve(torch.nn.functional.conv_transpose2d, kind, received, parameters)
