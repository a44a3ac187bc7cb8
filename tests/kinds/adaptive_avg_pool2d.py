from random_kinds import draw_fitting, draw_shape, draw_sizes

CASES = [({"size": 1}, [(2, 3, 2)]), ({"size": [3, 2]}, [(1, 4, 3)])]
BAD_SHAPES = [({"size": 1}, [(1, 2)])]
BAD_OPTIONS = []
senders = 1


def draw_case(rng):
    return draw_fitting("adaptive_avg_pool2d", rng, lambda rng: [draw_shape(rng, 3, 6)], draw_options)


def draw_options(rng, shapes):
    return {"size": draw_sizes(rng, 2, 1, 7)}


def compute(torch, kind, received, parameters):
    return torch.nn.functional.adaptive_avg_pool2d(received[0], kind.size)
