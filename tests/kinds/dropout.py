CASES = [({}, [(3,)]), ({"rate": 0.2, "seed": 3}, [(2, 2, 3)]), ({"rate": 0.0}, [(2,)])]
BAD_SHAPES = []
BAD_OPTIONS = [{"rate": 1.0}, {"rate": -0.1}, {"rate": "x"}, {"seed": -1}, {"seed": 0.5}]
senders = 1


def draw_case(rng):
    shapes = [tuple(rng.integers(1, 4, int(rng.integers(1, 4))).tolist())]
    return draw_options(rng, shapes), shapes


def draw_options(rng, shapes):
    return {"rate": [0.0, 0.3, 0.5, 0.8][int(rng.integers(4))], "seed": int(rng.integers(5))}


def compute(torch, kind, received, parameters):
    return (
        received[0] * torch.as_tensor(parameters["mask"]) / (1 - kind.rate) if "mask" in parameters else received[0] + 0
    )
