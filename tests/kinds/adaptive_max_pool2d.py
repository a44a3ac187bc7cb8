CASES = [({"size": 1}, [(2, 3, 2)]), ({"size": [2, 3]}, [(1, 5, 4)]), ({"size": 3}, [(1, 2, 3)])]
BAD_SHAPES = [({"size": 1}, [(4, 4)])]
BAD_OPTIONS = [{"size": 0}, {}]
senders = 1


def draw_case(rng):
    shapes = [(int(rng.integers(1, 3)), *rng.integers(1, 7, 2).tolist())]
    return draw_options(rng, shapes), shapes


def draw_options(rng, shapes):
    return {"size": rng.integers(1, 5, 2).tolist()}


def compute(torch, kind, received, parameters):
    return torch.nn.functional.adaptive_max_pool2d(received[0], kind.size)
