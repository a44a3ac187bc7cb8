from random_kinds import convolve, draw_fitting, draw_kernel, draw_shape

CASES = [
    ({"channels": 2, "kernel": 3}, [(2, 3)]),
    ({"channels": 2, "kernel": 2, "stride": 3, "output_padding": 2, "groups": 2, "bias": False}, [(4, 2)]),
]
BAD_SHAPES = [({"channels": 1, "kernel": 1, "padding": 1}, [(1, 2)])]
BAD_OPTIONS = [{"channels": 1, "kernel": 3, "output_padding": 1}]
senders = 1


def draw_case(rng):
    return draw_fitting("conv_transpose1d", rng, lambda rng: [draw_shape(rng, 2, 6)], draw_options)


def draw_options(rng, shapes):
    return draw_kernel(rng, shapes, 1, transposed=True)


def compute(torch, kind, received, parameters):
    return convolve(torch.nn.functional.conv_transpose1d, kind, received, parameters)
