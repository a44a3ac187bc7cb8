"""ONNX files made by hand, and what onnxruntime computes from a file."""

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

TYPES = {"float32": TensorProto.FLOAT, "float64": TensorProto.DOUBLE, "int64": TensorProto.INT64}


def run_file(path, x):
    """The outputs of a file for some samples, in a row for each sample."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level, options.intra_op_num_threads = 4, 1
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    found = session.run(None, {session.get_inputs()[0].name: x})
    return np.concatenate([each.reshape(len(x), -1) for each in found], axis=1)


def make_node(operator, inputs, output="y", **attributes):
    outputs = output if isinstance(output, list) else [output]
    return helper.make_node(operator, inputs, outputs, name=f"{outputs[0]}_node", **attributes)


def make_file(path, nodes, arrays=(), shape=(3,), *, outputs=("y",), opset=21, dtype="float32", batch="n", tables=0):
    """A file with one input x of that shape, and initialisers by name."""
    initialisers = [numpy_helper.from_array(np.asarray(array), name) for name, array in dict(arrays).items()]
    inputs = [helper.make_tensor_value_info("x", TYPES[dtype], [batch, *shape])]
    ends = [helper.make_tensor_value_info(name, TYPES["float32"], None) for name in outputs]
    graph = helper.make_graph(nodes, "made", inputs, ends, initialisers)
    opsets = [helper.make_opsetid("", opset), *([helper.make_opsetid("ai.onnx.ml", tables)] if tables else [])]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=helper.find_min_ir_version_for(opsets))
    onnx.save(model, path)
    return model


def agree(mine, theirs, close=1e-6):
    """Whether two arrays agree to float32's precision."""
    assert mine.shape == theirs.shape
    np.testing.assert_allclose(mine, theirs, rtol=0, atol=close * max(1.0, np.abs(theirs).max()))
