from random_kinds import draw_fitting, draw_shape, draw_window, pool

CASES = [
    ({"size": [2, 1]}, [(2, 3, 2)]),
    ({"size": 3, "stride": [1, 2], "padding": 1, "count_include_pad": False}, [(1, 2, 3)]),
]
BAD_SHAPES = [({"size": 3}, [(1, 2, 3)])]
BAD_OPTIONS = [{}, {"size": [2, 3], "padding": [0, 2]}]
senders = 1


def draw_case(rng):
    return draw_fitting("avg_pool2d", rng, lambda rng: [draw_shape(rng, 3, 6)], draw_options)


def draw_options(rng, shapes):
    return draw_window(rng, 2)


def compute(torch, kind, received, parameters):
    return pool(torch.nn.functional.avg_pool2d, kind, received)
