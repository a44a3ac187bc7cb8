from backproof.errors import ShapeError
from backproof.operations.layer import kinds

CASES = [({"size": 2}, [(2, 4, 5)]), ({"size": [3, 2], "stride": [2, 1], "padding": [1, 0]}, [(1, 4, 3)]),
         ({"size": 2, "stride": 1, "dilation": [1, 2]}, [(1, 3, 4)]),
         ({"size": 1, "stride": 2}, [(1, 3, 3)])]  # fmt: skip
BAD_SHAPES = [({"size": 3}, [(1, 2, 4)]), ({"size": 2}, [(4, 4)])]
BAD_OPTIONS = [{}, {"size": 2, "padding": 2}, {"size": 0}, {"size": 2, "stride": 0}, {"size": [200, 200]}]
senders = 1


def draw_case(rng):
    shapes = [(int(rng.integers(1, 3)), *rng.integers(1, 6, 2).tolist())]
    while True:
        options = draw_options(rng, shapes)
        try:
            kinds.make({"name": "max_pool2d", **options}).infer_shape(shapes)
        except ShapeError:
            continue  # a window that does not fit
        return options, shapes


def draw_options(rng, shapes):
    size = rng.integers(1, 4, 2)
    options = {"size": size.tolist(), "padding": rng.integers(0, size // 2 + 1).tolist(),
               "dilation": rng.integers(1, 3, 2).tolist()}  # fmt: skip
    return options | ({"stride": rng.integers(1, 4, 2).tolist()} if rng.random() < 0.7 else {})


def compute(torch, kind, received, parameters):
    return torch.nn.functional.max_pool2d(received[0], kind.size, kind.stride, kind.padding, kind.dilation)
