from random_kinds import draw_fitting, draw_shape

CASES = [({}, [(3,), (3,)]), ({}, [(2, 1, 3), (2, 1, 3)])]
BAD_SHAPES = [({}, [(2,), (3,)])]
BAD_OPTIONS = []
senders = 2


def draw_case(rng):
    return draw_fitting("subtract", rng, lambda rng: [draw_shape(rng, int(rng.integers(1, 4)))] * 2, draw_options)


def draw_options(rng, shapes):
    return {}


def compute(torch, kind, received, parameters):
    return received[0] - received[1]
