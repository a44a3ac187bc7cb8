from random_kinds import draw_fitting, draw_shape

CASES = [({"padding": [1, 0]}, [(3,)]), ({"padding": [1, 2, 0, 1]}, [(1, 2, 2)])]
BAD_SHAPES = [({"padding": [1, 1, 1, 1]}, [(3,)]), ({"padding": [10000000, 0, 10000000, 0]}, [(3, 3)])]
BAD_OPTIONS = [{}, {"padding": 1}, {"padding": [1]}, {"padding": []}, {"padding": [-1, 0]}]
senders = 1


def draw_case(rng):
    return draw_fitting("pad", rng, lambda rng: [draw_shape(rng, int(rng.integers(1, 4)))], draw_options)


def draw_options(rng, shapes):
    return {"padding": rng.integers(0, 3, 2 * int(rng.integers(1, len(shapes[0]) + 1))).tolist()}


def compute(torch, kind, received, parameters):
    return torch.nn.functional.pad(received[0], kind.padding)
