from random_kinds import draw_fitting, draw_shape

CASES = [({}, [(2, 2, 3)]), ({}, [(4,)]), ({"start": 1}, [(2, 2, 3)])]
BAD_SHAPES = [({"start": 2}, [(2, 3)])]
BAD_OPTIONS = [{"start": -1}]
senders = 1


def draw_case(rng):
    return draw_fitting("flatten", rng, lambda rng: [draw_shape(rng, int(rng.integers(1, 4)))], draw_options)


def draw_options(rng, shapes):
    return {"start": int(rng.integers(len(shapes[0])))}


def compute(torch, kind, received, parameters):
    return received[0].flatten(kind.start + 1)
