CASES = [({}, [(2, 3), (3, 2)]), ({}, [(2, 1, 2, 3), (2, 1, 3, 1)]), ({}, [(1, 1), (1, 2)])]
BAD_SHAPES = [({}, [(2, 3), (2, 3)]), ({}, [(3,), (3,)]), ({}, [(2, 3, 3), (1, 3, 3)])]
BAD_OPTIONS = [{"units": 1}]
senders = 2


def draw_case(rng):
    front, (rows, size, columns) = (rng.integers(1, 4, count).tolist() for count in (int(rng.integers(0, 3)), 3))
    return {}, [(*front, rows, size), (*front, size, columns)]


def draw_options(rng, shapes):
    return {}


def compute(torch, kind, received, parameters):
    return torch.matmul(*received)
