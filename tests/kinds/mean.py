from random_kinds import draw_axes, draw_fitting, draw_shape, reduce

CASES = [({"axis": 1}, [(2, 3)]), ({"axis": [2, 1]}, [(2, 2, 3)]), ({"axis": 0, "keepdims": True}, [(3,)])]
BAD_SHAPES = [({"axis": 0}, [(3,)]), ({"axis": [0, 1]}, [(3, 2)])]
BAD_OPTIONS = [{"axis": [1, 1]}, {"axis": 0, "keepdims": 1}, {"axis": -1}]
senders = 1


def draw_case(rng):
    return draw_fitting("mean", rng, lambda rng: [draw_shape(rng, int(rng.integers(1, 4)))], draw_options)


def draw_options(rng, shapes):
    return draw_axes(rng, shapes)


def compute(torch, kind, received, parameters):
    return reduce(torch.mean, kind, received)
