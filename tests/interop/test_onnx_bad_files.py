"""Files that are damaged, hostile, or hold what is no kind of layer: one message that names the node, nothing run."""

import os
import tracemalloc
from contextlib import suppress

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")

from onnx import TensorProto, helper, numpy_helper  # noqa: E402

import backproof.onnx  # noqa: E402
from backproof import Network  # noqa: E402
from backproof.errors import BackproofError, ModelError  # noqa: E402
from onnx_files import make_file, make_node  # noqa: E402

W = np.ones((3, 4), dtype=np.float32)
EMPTY = helper.make_graph([], "empty", [], [])
BRANCH = helper.make_node("If", ["c"], ["b"], "branch", then_branch=EMPTY, else_branch=EMPTY)
GEMM = make_node("Gemm", ["x", "w"])


def fails(path, *said):
    """Loading is a ModelError that names the file and says these things."""
    tracemalloc.start()
    with pytest.raises(ModelError) as caught:
        backproof.onnx.load(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 50e6
    for each in (os.path.basename(path), *said):
        assert each in str(caught.value), str(caught.value)


#: Nodes, initialisers, shape of the inputs, and what the message says.
NODES = {
    "unknown operator": ([make_node("Det", ["x"])], {}, (3, 3), ["'y_node' (Det)", "unknown operator"]),
    "another domain": ([make_node("Gelu", ["x"], domain="com.microsoft")], {}, (3,), ["com.microsoft.Gelu", "domain"]),
    "no initialiser": ([GEMM], {}, (3,), ["'y_node' (Gemm)", "'w'", "neither an initialiser nor"]),
    "a cycle": (
        [make_node("Add", ["x", "b"], "a"), make_node("Relu", ["a"], "b"), make_node("Gemm", ["b", "w"])],
        {"w": W}, (3,), ["cycle"],
    ),
    "itself": ([make_node("Add", ["x", "y"])], {}, (3,), ["cycle"]),
    "two of a name": ([GEMM, make_node("Relu", ["x"])], {"w": W}, (3,), ["'y'", "another value"]),
    "shapes that do not fit": ([GEMM], {"w": W}, (2,), ["'y_node' (Gemm)", "(3, 4)", "(2, 4)"]),
    "a scaled product": ([make_node("Gemm", ["x", "w"], alpha=2.0)], {"w": W}, (3,), ["alpha", "2.0"]),
    "a vector by a vector": ([make_node("Div", ["w", "x"])], {"w": W[:, 0]}, (3,), ["(3,)", "no kind of layer"]),
    "samples mixed": ([make_node("Softmax", ["x"], axis=0)], {}, (3,), ["axis 0", "samples"]),
    "samples flattened": ([make_node("Flatten", ["x"], axis=0)], {}, (3,), ["axis is 0"]),
    "samples counted": (
        [make_node("Shape", ["x"], "s"), make_node("Cast", ["s"], "c", to=1), make_node("Mul", ["x", "c"])],
        {}, (3,), ["'y_node' (Mul)"],
    ),
    "a branch": (
        [make_node("Add", ["x", "b"]), BRANCH],
        {"c": np.array([True])}, (3,), ["'branch' (If)", "control flow"],
    ),
    "recurrence": ([make_node("LSTM", ["x", "w", "w"], hidden_size=4)], {"w": W}, (3,), ["(LSTM)", "steps"]),
    "a constant as the input": ([make_node("Softmax", ["w"])], {"w": W}, (3,), ["inputs"]),
    "training": ([make_node("Dropout", ["x", "r", "t"])], {"r": np.float32(0.5), "t": np.array(True)}, (3,),
                 ["training mode"]),
    "attribute of a wrong type": ([make_node("Conv", ["x", "k"], strides="two")],
                                  {"k": np.ones((1, 1, 2, 2), np.float32)}, (1, 4, 4), ["strides", "wrong type"]),
    "a stride of 0": ([make_node("Conv", ["x", "k"], strides=[0, 1])],
                      {"k": np.ones((1, 1, 2, 2), np.float32)}, (1, 4, 4), ["'y_node' (Conv)", "stride"]),
    "half of a padding": ([make_node("Conv", ["x", "k"], pads=[1, 1, 0, 0])],
                          {"k": np.ones((1, 1, 2, 2), np.float32)}, (1, 4, 4), ["same at both ends"]),
    "a padding of 2^60": ([make_node("Conv", ["x", "k"], pads=[2**60] * 4)],
                          {"k": np.ones((1, 1, 2, 2), np.float32)}, (1, 4, 4), ["padding"]),
    "a constant of 2^60": (
        [make_node("ConstantOfShape", ["s"], "c"), make_node("Add", ["x", "c"])], {"s": np.array([2**60])}, (3,),
        ["(ConstantOfShape)", "at most"],
    ),
    "a range of 2^60": (
        [make_node("Range", ["a", "b", "c"], "r"), make_node("Add", ["x", "r"])],
        {"a": np.array(0), "b": np.array(2**60), "c": np.array(1)}, (3,), ["(Range)", "at most"],
    ),
    "constants that grow together": (
        [make_node("Add", ["a", "b"], "c"), make_node("Add", ["x", "c"])],
        {"a": np.ones((10_000, 1), np.float32), "b": np.ones((1, 10_000), np.float32)}, (3,), ["(Add)", "at most"],
    ),
    "a reshape of 2^60": ([make_node("Reshape", ["x", "s"])], {"s": np.array([-1, 2**60])}, (3,), ["(Reshape)"]),
    "an infinite weight": ([GEMM], {"w": W * np.inf}, (3,), ["finite"]),
}  # fmt: skip


@pytest.mark.parametrize("case", NODES)
def test_what_is_no_network_is_named_with_its_node(tmp_path, case):
    nodes, arrays, shape, said = NODES[case]
    make_file(tmp_path / "a.onnx", nodes, arrays, shape)
    fails(tmp_path / "a.onnx", *said)


def test_a_truncated_file_is_told_at_every_length(tmp_path):
    backproof.onnx.save(Network.dense([3, 4, 2]), tmp_path / "whole.onnx")
    content = (tmp_path / "whole.onnx").read_bytes()
    for length in range(0, len(content), 7):
        (tmp_path / "a.onnx").write_bytes(content[:length])
        with pytest.raises(BackproofError):
            backproof.onnx.load(tmp_path / "a.onnx")


def test_a_damaged_file_gives_a_network_or_one_message(tmp_path):
    backproof.onnx.save(Network.dense([3, 4, 2]), tmp_path / "whole.onnx")
    content, rng = (tmp_path / "whole.onnx").read_bytes(), np.random.default_rng(0)
    for _ in range(300):
        damaged = bytearray(content)
        damaged[int(rng.integers(len(content)))] = int(rng.integers(256))
        (tmp_path / "a.onnx").write_bytes(damaged)
        with suppress(BackproofError):
            backproof.onnx.load(tmp_path / "a.onnx")


@pytest.mark.parametrize("content", [b"", b"{}", b"[network]\nunits = 3\n", b"\x89PNG\r\n", b"\x00" * 100])
def test_another_file_is_no_onnx_file(tmp_path, content):
    (tmp_path / "a.onnx").write_bytes(content)
    fails(tmp_path / "a.onnx", "not an ONNX file")


def test_a_missing_file_and_a_folder_are_told(tmp_path):
    fails(tmp_path / "none.onnx", "No such file")
    fails(tmp_path, "folder")


@pytest.mark.parametrize("opset", [9, 16, 99])
def test_another_opset_is_told_with_how_to_convert_it(tmp_path, opset):
    model = make_file(tmp_path / "a.onnx", [GEMM], {"w": W})
    model.opset_import[0].version = opset
    (tmp_path / "a.onnx").write_bytes(model.SerializeToString())
    fails(tmp_path / "a.onnx", f"opset {opset}", "convert_version")


@pytest.mark.parametrize("dims", [[2**60, 4], [2**31, 2**31], [-3, -4], [3, 5]])
def test_an_initialiser_whose_bytes_are_not_there_is_not_believed(tmp_path, dims):
    model = make_file(tmp_path / "a.onnx", [GEMM], {"w": W})
    del model.graph.initializer[0].dims[:]
    model.graph.initializer[0].dims.extend(dims)
    (tmp_path / "a.onnx").write_bytes(model.SerializeToString())
    fails(tmp_path / "a.onnx", "'w'", "shape")


@pytest.mark.parametrize("shape", [(2**60,), (2**20, 2**20), (0,), (None,), ()])
def test_an_input_of_a_hostile_or_open_shape_is_told(tmp_path, shape):
    make_file(tmp_path / "a.onnx", [make_node("Relu", ["x"])], {}, shape)
    fails(tmp_path / "a.onnx", "'x'" if len(shape) < 2 else "")


def test_an_open_shape_can_be_given(tmp_path):
    make_file(tmp_path / "a.onnx", [make_node("Relu", ["x"])], {}, (None, None))
    network = backproof.onnx.load(tmp_path / "a.onnx", input_shape=(2, 3))
    assert network.architecture.layers[1].shape == (2, 3)


def test_several_inputs_are_named(tmp_path):
    model = make_file(tmp_path / "a.onnx", [make_node("Add", ["x", "z"])])
    model.graph.input.append(helper.make_tensor_value_info("z", TensorProto.FLOAT, ["n", 3]))
    onnx.save(model, tmp_path / "a.onnx")
    fails(tmp_path / "a.onnx", "2 inputs ('x', 'z')", "expected one")


def make_external(folder, location, *, size=48, offset=0, length=48):
    """A file whose weight is kept in another one."""
    model = make_file(folder / "a.onnx", [GEMM], {"w": W})
    (folder / "weights.bin").write_bytes(W.tobytes()[:size])
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in (("location", location), ("offset", offset), ("length", length)):
        tensor.external_data.add(key=key, value=str(value))
    (folder / "a.onnx").write_bytes(model.SerializeToString())
    return folder / "a.onnx"


def test_weights_in_a_file_beside_the_model_are_read(tmp_path):
    network = backproof.onnx.load(make_external(tmp_path, "weights.bin"))
    assert np.array_equal(network.parameters["w"], W)


@pytest.mark.parametrize(
    "location", ["../weights.bin", "/etc/passwd", "/dev/zero", "none.bin", "", ".", "link.bin", "a\0b", "sub/../../w"]
)
def test_weights_in_any_other_place_are_refused(tmp_path, location):
    inside = tmp_path / "inside"
    inside.mkdir()
    (tmp_path / "weights.bin").write_bytes(W.tobytes())
    os.symlink(tmp_path / "weights.bin", inside / "link.bin")
    fails(make_external(inside, location), "'w'", "in the folder of the model")


@pytest.mark.parametrize(
    "said", [{"size": 40}, {"offset": 8}, {"offset": -8}, {"length": 2**60}, {"length": 4}, {"offset": "here"}]
)
def test_weights_that_are_not_where_the_model_says_are_refused(tmp_path, said):
    fails(make_external(tmp_path, "weights.bin", **said), "'w'", "48 bytes")


def test_a_deep_file_is_read_without_recursion(tmp_path):
    depth = 3000
    nodes = [make_node("Sin", ["x" if number == 0 else f"v{number - 1}"], f"v{number}") for number in range(depth)]
    make_file(tmp_path / "a.onnx", nodes, {}, (1,), outputs=(f"v{depth - 1}",))
    network = backproof.onnx.load(tmp_path / "a.onnx")
    expected = 0.5
    for _ in range(depth):
        expected = np.sin(expected)
    assert network.predict([0.5])[0, 0] == pytest.approx(expected, rel=1e-12)


def test_a_formula_that_doubles_with_every_node_stays_small(tmp_path):
    nodes = [make_node("Mul", ["x", "half"], "v0")]
    nodes += [make_node("Add", [f"v{number}", f"v{number}"], f"v{number + 1}") for number in range(60)]
    make_file(tmp_path / "a.onnx", nodes, {"half": np.float32(0.5)}, (1,), outputs=("v60",))
    assert backproof.onnx.load(tmp_path / "a.onnx").predict([1.0])[0, 0] == 2.0**59


def test_a_hostile_note_does_not_count(tmp_path):
    for note in ("[" * 100_000, '{"cost": 3}', "[1]", '{"activations": [{"name": "a", "formula": 1e999}]}'):
        model = make_file(tmp_path / "a.onnx", [GEMM], {"w": W})
        helper.set_model_props(model, {"backproof": note})
        onnx.save(model, tmp_path / "a.onnx")
        assert backproof.onnx.load(tmp_path / "a.onnx").cost.name == "half_squared_error"


def test_text_where_numbers_belong_is_told(tmp_path):
    model = make_file(tmp_path / "a.onnx", [GEMM], {})
    model.graph.initializer.append(numpy_helper.from_array(np.array([["a"]], dtype=object), "w"))
    (tmp_path / "a.onnx").write_bytes(model.SerializeToString())
    fails(tmp_path / "a.onnx", "'w'", "STRING")
