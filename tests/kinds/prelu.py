CASES = [({}, [(3,)]), ({"num_parameters": 2}, [(2, 2, 3)]), ({}, [(2, 3)])]
BAD_SHAPES = [({"num_parameters": 2}, [(3, 2)])]
BAD_OPTIONS = [{"num_parameters": 0}, {"num_parameters": 1.5}]
senders = 1


def draw_case(rng):
    shapes = [tuple(rng.integers(1, 4, int(rng.integers(1, 4))).tolist())]
    return draw_options(rng, shapes), shapes


def draw_options(rng, shapes):
    return {"num_parameters": shapes[0][0]} if rng.random() < 0.5 else {}


def compute(torch, kind, received, parameters):
    return torch.nn.functional.prelu(received[0], parameters["weight"])
