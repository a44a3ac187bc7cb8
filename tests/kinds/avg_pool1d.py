from random_kinds import draw_fitting, draw_shape, draw_window, pool

CASES = [({"size": 2}, [(2, 5)]), ({"size": 3, "stride": 4, "padding": 1}, [(1, 4)])]
BAD_SHAPES = [({"size": 2}, [(4,)])]
BAD_OPTIONS = [{"size": 2, "stride": 0}, {"size": 1, "count_include_pad": 0}]
senders = 1


def draw_case(rng):
    return draw_fitting("avg_pool1d", rng, lambda rng: [draw_shape(rng, 2, 6)], draw_options)


def draw_options(rng, shapes):
    return draw_window(rng, 1)


def compute(torch, kind, received, parameters):
    return pool(torch.nn.functional.avg_pool1d, kind, received)
