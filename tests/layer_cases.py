"""Each kind of layer with some options, as the last layer of a small network."""

import numpy as np

from backproof import Network

PICTURE, ROWS, SEQUENCE = [(2, 5, 6)], [(4,)], [(3, 5)]
#: Options of each kind, and the shapes that it receives.
KINDS = {
    "dense": [({"units": 3}, ROWS), ({"units": 2, "bias": False, "transposed": True}, ROWS)],
    "affine": [({"shape": [4]}, ROWS), ({"shape": [2, 1, 1], "bias": False}, PICTURE),
               ({"shape": [5, 6], "weight": False}, PICTURE), ({"shape": [1, 1, 4]}, ROWS)],
    "conv1d": [({"channels": 2, "kernel": 2}, SEQUENCE),
               ({"channels": 3, "kernel": 3, "stride": 2, "padding": 2, "dilation": 2, "groups": 3}, SEQUENCE)],
    "conv2d": [({"channels": 2, "kernel": 3}, PICTURE),
               ({"channels": 4, "kernel": [2, 3], "stride": [1, 2], "padding": [0, 2], "bias": False}, PICTURE),
               ({"channels": 4, "kernel": 2, "groups": 2, "dilation": [2, 1]}, PICTURE)],
    "conv_transpose1d": [({"channels": 2, "kernel": 3, "stride": 2, "output_padding": 1}, SEQUENCE)],
    "conv_transpose2d": [({"channels": 2, "kernel": 2}, PICTURE),
                         ({"channels": 4, "kernel": [2, 3], "stride": 2, "padding": [0, 1], "output_padding": [1, 0],
                           "groups": 2, "bias": False}, PICTURE),
                         ({"channels": 2, "kernel": 2, "dilation": 2}, PICTURE)],
    "max_pool1d": [({"size": 2}, SEQUENCE), ({"size": 3, "stride": 1, "padding": 1, "dilation": 2}, SEQUENCE)],
    "max_pool2d": [({"size": 2}, PICTURE), ({"size": [2, 3], "stride": [1, 2], "padding": [0, 1]}, PICTURE)],
    "avg_pool1d": [({"size": 2}, SEQUENCE)],
    "avg_pool2d": [({"size": 2}, PICTURE), ({"size": 3, "stride": 2, "padding": 1}, PICTURE),
                   ({"size": 3, "padding": 1, "count_include_pad": False}, PICTURE)],
    "adaptive_avg_pool1d": [({"size": 1}, SEQUENCE), ({"size": 2}, SEQUENCE)],
    "adaptive_avg_pool2d": [({"size": 1}, PICTURE), ({"size": [5, 3]}, PICTURE), ({"size": [2, 4]}, PICTURE)],
    "adaptive_max_pool2d": [({"size": 1}, PICTURE), ({"size": [5, 3]}, PICTURE), ({"size": [2, 4]}, PICTURE)],
    "flatten": [({}, PICTURE), ({"start": 1}, PICTURE)],
    "reshape": [({"shape": [3, 20]}, PICTURE), ({"shape": [-1, 2]}, PICTURE)],
    "transpose": [({"axes": [1, 0, 2]}, PICTURE)],
    "slice": [({"axis": 1, "start": 1, "stop": 4, "step": 2}, PICTURE), ({"start": -1}, PICTURE)],
    "select": [({"index": 1}, PICTURE), ({"index": 4, "axis": 1}, SEQUENCE)],
    "stack": [({"axis": 1}, SEQUENCE * 3)],
    "concatenate": [({}, PICTURE * 2), ({"axis": 2}, PICTURE * 3)],
    "pad": [({"padding": [1, 0, 2, 1]}, PICTURE)],
    "upsample": [({"factor": 2}, PICTURE), ({"factor": [1, 3]}, PICTURE)],
    "add": [({}, PICTURE * 2), ({}, PICTURE * 3)],
    "subtract": [({}, PICTURE * 2)],
    "multiply": [({}, PICTURE * 2), ({}, PICTURE * 3), ({}, [(2, 5, 6), (2, 1, 1)])],
    "matmul": [({}, [(3, 4), (4, 2)]), ({}, [(2, 3, 4), (2, 4, 2)])],
    "scale": [({"factor": -0.3}, ROWS)],
    "sum": [({"axis": 0}, PICTURE), ({"axis": [1, 2], "keepdims": True}, PICTURE)],
    "mean": [({"axis": [1, 2]}, PICTURE), ({"axis": 2, "keepdims": True}, PICTURE)],
    "prelu": [({}, PICTURE), ({"num_parameters": 2}, PICTURE), ({"num_parameters": 4}, ROWS)],
    "constant": [({"shape": [2, 3], "value": 0.7}, ROWS)],
    "identity": [({}, ROWS)],
    "embedding": [({"count": 7, "size": 3}, ROWS)],
    "dropout": [({"rate": 0.5}, ROWS)],
    "batch_norm": [({}, ROWS), ({"epsilon": 0.1, "momentum": 0.3}, PICTURE),
                   ({"running": True, "affine": False}, SEQUENCE)],
    "layer_norm": [({}, ROWS), ({"axes": 2, "affine": False}, PICTURE)],
    "group_norm": [({"groups": 2}, [(4, 3, 3)]), ({"groups": 2, "affine": False}, [(4, 5)])],
    "rms_norm": [({}, ROWS), ({"axes": 2, "affine": False}, PICTURE)],
}  # fmt: skip


def make_layer(name, options, shapes):
    """A network whose last layer is of a kind, with an activation, and samples for it."""
    layers = []
    sizes = [int(np.prod(shape)) for shape in shapes]
    for number, (shape, end) in enumerate(zip(shapes, np.cumsum(sizes), strict=True)):
        start = int(end) - int(np.prod(shape))
        layers += [{"name": f"s{number}", "kind": "slice", "start": start, "stop": int(end), "from": "x"},
                   {"name": f"r{number}", "kind": "reshape", "shape": list(shape), "from": f"s{number}"}]  # fmt: skip
    senders = [f"r{number}" for number in range(len(shapes))]
    layers.append({"name": "k", "kind": name, "from": senders, "activation": "tanh", **options})
    network = Network.graph(sum(sizes), layers, cost="half_squared_error")
    rng = np.random.default_rng(5)
    arrays = {key: rng.normal(size=array.shape) for key, array in network.parameters.items()}
    arrays |= {key: array**2 + 0.1 for key, array in arrays.items() if key.endswith("running_var")}
    whole = name == "embedding"
    x = rng.integers(0, 7, (3, sum(sizes))) if whole else rng.normal(size=(3, sum(sizes)))
    return network.with_parameters(arrays), x.astype(np.float32)
