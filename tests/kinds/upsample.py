from random_kinds import draw_fitting, draw_shape, draw_sizes

CASES = [({"factor": 2}, [(2, 3)]), ({"factor": [2, 3]}, [(1, 2, 2)]), ({"factor": 2}, [(1, 1, 2)])]
BAD_SHAPES = [({"factor": 2}, [(3,)]), ({"factor": [2, 3]}, [(1, 3)]), ({"factor": 10000000}, [(1, 3, 200)])]
BAD_OPTIONS = [{"factor": 0}, {"factor": []}, {}]
senders = 1


def draw_case(rng):
    return draw_fitting("upsample", rng, lambda rng: [draw_shape(rng, int(rng.integers(2, 4)))], draw_options)


def draw_options(rng, shapes):
    return {"factor": draw_sizes(rng, len(shapes[0]) - 1, 1, 4)}


def compute(torch, kind, received, parameters):
    return torch.nn.functional.interpolate(received[0], scale_factor=kind.factor)
