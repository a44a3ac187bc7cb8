from random_kinds import draw_fitting, draw_shape

CASES = [({"shape": [3, -1]}, [(2, 2, 3)]), ({"shape": [6]}, [(2, 3)]), ({"shape": [1, 2, 1]}, [(2,)])]
BAD_SHAPES = [({"shape": [4]}, [(3,)]), ({"shape": [2, -1]}, [(3,)])]
BAD_OPTIONS = [
    {},
    {"shape": []},
    {"shape": [-1, -1]},
    {"shape": [0]},
    {"shape": "3"},
    {"shape": [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]},
    {"shape": [True]},
]
senders = 1


def draw_case(rng):
    return draw_fitting("reshape", rng, lambda rng: [draw_shape(rng, int(rng.integers(1, 4)))], draw_options)


def draw_options(rng, shapes):
    return {"shape": [-1, shapes[0][int(rng.integers(len(shapes[0])))]]}


def compute(torch, kind, received, parameters):
    return received[0].reshape(len(received[0]), *kind.shape)
