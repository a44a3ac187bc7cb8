from random_kinds import draw_axes, draw_fitting, draw_shape, reduce

CASES = [({"axis": 0}, [(2, 3)]), ({"axis": [0, 2], "keepdims": True}, [(2, 2, 3)])]
BAD_SHAPES = [({"axis": 2}, [(2, 3)])]
BAD_OPTIONS = [{}, {"axis": []}]
senders = 1


def draw_case(rng):
    return draw_fitting("sum", rng, lambda rng: [draw_shape(rng, int(rng.integers(1, 4)))], draw_options)


def draw_options(rng, shapes):
    return draw_axes(rng, shapes)


def compute(torch, kind, received, parameters):
    return reduce(torch.sum, kind, received)
