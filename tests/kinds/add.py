from random_kinds import draw_fitting, draw_shape

CASES = [({}, [(3,), (3,)]), ({}, [(2, 2, 3), (2, 2, 3), (2, 2, 3)])]
BAD_SHAPES = [({}, [(2,), (3,)])]
BAD_OPTIONS = [{"units": 1}]
senders = 2


def draw_case(rng):
    return draw_fitting(
        "add", rng, lambda rng: [draw_shape(rng, int(rng.integers(1, 4)))] * int(rng.integers(2, 4)), draw_options
    )


def draw_options(rng, shapes):
    return {}


def compute(torch, kind, received, parameters):
    return sum(received[1:], received[0])
