from random_kinds import draw_fitting, draw_shape

CASES = [({"axes": [1, 0]}, [(2, 3)]), ({"axes": [2, 0, 1]}, [(2, 1, 3)]), ({"axes": [0]}, [(3,)])]
BAD_SHAPES = [({"axes": [1, 0]}, [(3,)])]
BAD_OPTIONS = [{}, {"axes": 1}, {"axes": [0, 2]}, {"axes": [0, 0]}]
senders = 1


def draw_case(rng):
    return draw_fitting("transpose", rng, lambda rng: [draw_shape(rng, int(rng.integers(1, 4)))], draw_options)


def draw_options(rng, shapes):
    return {"axes": rng.permutation(len(shapes[0])).tolist()}


def compute(torch, kind, received, parameters):
    return received[0].permute(0, *(axis + 1 for axis in kind.axes))
