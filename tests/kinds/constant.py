CASES = [({"shape": 2}, [(3,)]), ({"shape": [2, 2], "value": 0.5}, [(1, 2)])]
BAD_SHAPES = []
BAD_OPTIONS = [{}, {"shape": 0}, {"shape": []}, {"shape": 2, "value": "x"}]
senders = 1


def draw_case(rng):
    return draw_options(rng, []), [(int(rng.integers(1, 4)),)]


def draw_options(rng, shapes):
    return {"shape": rng.integers(1, 4, int(rng.integers(1, 3))).tolist(), "value": float(rng.normal())}


def compute(torch, kind, received, parameters):
    values = torch.full((len(received[0]), *kind.shape), kind.value, dtype=received[0].dtype)
    return values + 0 * received[0].sum()
