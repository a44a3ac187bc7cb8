from random_kinds import draw_fitting, draw_shape

CASES = [({}, [(2, 3)])]
BAD_SHAPES = []
BAD_OPTIONS = []
senders = 1


def draw_case(rng):
    return draw_fitting("identity", rng, lambda rng: [draw_shape(rng, int(rng.integers(1, 4)))], draw_options)


def draw_options(rng, shapes):
    return {}


def compute(torch, kind, received, parameters):
    return received[0]
