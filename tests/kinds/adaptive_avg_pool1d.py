from random_kinds import draw_fitting, draw_shape, draw_sizes

CASES = [({"size": 3}, [(2, 5)]), ({"size": 4}, [(1, 3)])]
BAD_SHAPES = [({"size": 10000000}, [(1, 1000)])]
BAD_OPTIONS = [{"size": 0}]
senders = 1


def draw_case(rng):
    return draw_fitting("adaptive_avg_pool1d", rng, lambda rng: [draw_shape(rng, 2, 6)], draw_options)


def draw_options(rng, shapes):
    return {"size": draw_sizes(rng, 1, 1, 7)}


def compute(torch, kind, received, parameters):
    return torch.nn.functional.adaptive_avg_pool1d(received[0], kind.size)
