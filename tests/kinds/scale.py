from random_kinds import draw_fitting, draw_shape

CASES = [({"factor": -0.5}, [(3,)]), ({"factor": 2}, [(2, 2)]), ({"factor": 0}, [(2,)]), ({"factor": 8**-0.5}, [(2,)])]
BAD_SHAPES = []
BAD_OPTIONS = [{}, {"factor": "2"}, {"factor": float("inf")}, {"factor": True}]
senders = 1


def draw_case(rng):
    return draw_fitting("scale", rng, lambda rng: [draw_shape(rng, int(rng.integers(1, 4)))], draw_options)


def draw_options(rng, shapes):
    return {"factor": float(rng.choice([-1.0, 0.0, 0.25, 1.0, 3.0, rng.normal()]))}


def compute(torch, kind, received, parameters):
    return kind.factor * received[0]
