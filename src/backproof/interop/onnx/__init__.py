"""Networks as ONNX files, and ONNX files as networks: opset 17 and later."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import helper

from backproof import files
from backproof.architecture import Architecture
from backproof.data.preparation import Preparation
from backproof.data.preparation_json import preparation_from_json
from backproof.errors import BackproofError, ModelError, OptionError
from backproof.graph import check_input_shape, plan_graph
from backproof.interop.onnx import formulas
from backproof.interop.onnx.model import MOST_BYTES, Model, check_sample_shape, read_model
from backproof.interop.onnx.operators import load_tables
from backproof.interop.onnx.prepared import write_inputs, write_outputs
from backproof.interop.onnx.reader import Reader
from backproof.interop.onnx.writer import Writer
from backproof.network import Network, made_up_units
from backproof.operations.activation import Activation
from backproof.operations.cost import costs
from backproof.operations.layers.dense import Dense
from backproof.schema import Fault, shown
from backproof.train.store.structure import read_activation, write_any_operation
from backproof.validate import DTYPES, check_choice
from backproof.version import __version__

#: The cost that suits the activation of the outputs, where a file names none.
COSTS = {"sigmoid": "binary_cross_entropy", "softmax": "cross_entropy"}
#: Under which key of the file's notes the cost and the reduction stand.
NOTE = "backproof"
#: Activations of a note; each is held against every formula of the file.
MOST_NOTED = 20


def load(
    path: str | os.PathLike[str],
    *,
    cost: Any = None,
    reduction: str | None = None,
    input_shape: Sequence[int] | None = None,
    outputs: str | Sequence[str] = (),
) -> Network:
    """Load the network in an ONNX file.

    Nothing in the file is run. Its initialisers keep their names, shapes and the order of their indices; a node and the
    activation that alone receives from it become one layer, and what is computed of each number by itself becomes an
    activation.

    Parameters
    ----------
    path : str or path
        A file in opset 17 or later, with one input whose first axis counts the samples. Weights may be in a second file
        in the same folder.
    cost : str, mapping or Cost, optional
        ONNX files have no cost. Default: the one that `save` noted in the file; else binary_cross_entropy after a
        sigmoid, cross_entropy after a softmax, half_squared_error after anything else.
    reduction : {"sum", "mean"}, optional
        How a batch's cost comes from those of its samples. Default: as `save` noted it, else "mean".
    input_shape : sequence of int, optional
        The shape of one sample, where the file leaves it open.
    outputs : str or sequence of str, optional
        The outputs of the graph that the cost judges, such as ``"probabilities"`` of a classifier that also gives
        labels. Default: those that `save` noted, else all.

    Returns
    -------
    Network

    Raises
    ------
    ModelError
        The file is damaged, or has an operator that is no kind of layer; the message names the node.

    See Also
    --------
    save : Write such a file.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> import backproof.onnx
    >>> network = Network.dense([2, 3, 1], activation="tanh")
    >>> with TemporaryDirectory() as folder:
    ...     backproof.onnx.save(network, f"{folder}/small.onnx")
    ...     backproof.onnx.load(f"{folder}/small.onnx")
    Network(2-3-1, tanh, tanh, half_squared_error, 13 parameters)
    """
    files.check_name(path)
    try:
        model = read_model(path)
        chosen = outputs or _read_note(model).get("outputs", ())
        if chosen:
            model = _choose_outputs(model, chosen)
        return _read_network(model, cost, reduction, None if input_shape is None else check_input_shape(input_shape)[0])
    except ModelError as error:
        raise ModelError(f"{os.fspath(path)!r}: {error}") from None


def _choose_outputs(model: Model, outputs: str | Sequence[str]) -> Model:
    wanted = [outputs] if isinstance(outputs, str) else list(outputs)
    for name in wanted:
        if name not in model.outputs:
            raise OptionError(f"outputs: there is no output {shown(name)}; expected {', '.join(model.outputs)}.")
    kept = [each for name in wanted for each in model.proto.graph.output if each.name == name]
    del model.proto.graph.output[:]
    model.proto.graph.output.extend(kept)
    return model


def _read_network(model: Model, cost: Any, reduction: str | None, shape: tuple[int, ...] | None) -> Network:
    nodes = model.nodes()
    needed = {name for node in nodes for name in node.inputs} | set(model.outputs)
    inputs = [each for each in model.inputs() if each[0] in needed]
    if len(inputs) != 1:
        names = ", ".join(shown(name) for name, _, _ in inputs[:8])
        raise ModelError(f"the graph has {len(inputs)} inputs{f' ({names})' if names else ''}; expected one.")
    (name, kind, dims) = inputs[0]
    reader = Reader(model, nodes, name, check_sample_shape(name, kind, dims, shape), dims[0] if dims else None)
    noted = _read_note(model)
    reader.noted = _read_activations(noted)
    table, _ = load_tables()
    for node in nodes:
        reader.read(node, table)
    judged: list[str] = []
    for output in model.outputs:
        judged.append(reader.finish(reader.values.get(output), output, judged))
    reader.prune(judged)
    judged = reader.merge(judged)
    try:
        chosen = costs.make(cost or noted.get("cost") or _suit_cost(reader, judged))
        said = reduction or noted.get("reduction") or "mean"
        plans = [*reader.plans.values()]
        architecture = plan_graph(reader.shapes["x"], plans, chosen, outputs=judged, reduction=said)
        if _is_plain_chain(architecture, reader):
            return _make_chain(architecture, reader)
        return Network.of(architecture, reader.arrays)
    except BackproofError as error:
        raise error if isinstance(error, OptionError) else ModelError(str(error)) from None


def _suit_cost(reader: Reader, judged: Sequence[str]) -> str:
    return COSTS.get(reader.plans[judged[0]].activation.name, "half_squared_error")


def _is_plain_chain(architecture: Architecture, reader: Reader) -> bool:
    """Whether this is a chain of dense layers whose initialisers are named W1, b1, W2 ..."""
    return architecture.outputs == (architecture.depth,) and all(
        isinstance(layer.kind, Dense)
        and layer.receives == (number - 1,)
        and reader.sources.get(layer.name) == (f"W{number}", f"b{number}")
        for number, layer in enumerate(architecture.layers)
        if number
    )


def _make_chain(architecture: Architecture, reader: Reader) -> Network:
    units = made_up_units([layer.size for layer in architecture.layers])
    chain = Architecture.chain(units, architecture.activations, architecture.cost, architecture.reduction)
    arrays = {
        source: reader.arrays[reader.names[source]]
        for layer in architecture.layers[1:]
        for source in reader.sources[layer.name]
    }
    return Network.of(chain, arrays)


def _read_note(model: Model) -> dict[str, Any]:
    """The cost, reduction, activations and outputs that `save` noted; what is no such note does not count."""
    kinds = {"cost": str | dict, "reduction": str, "activations": list, "outputs": list}
    try:
        found = json.loads(model.notes.get(NOTE, "{}"))
        return {key: found[key] for key, kind in kinds.items() if isinstance(found.get(key), kind)}
    except (ValueError, RecursionError, AttributeError):
        return {}


def _read_activations(noted: Mapping[str, Any]) -> tuple[Activation, ...]:
    """The activations of the note; the file's own formulas are held against them."""
    try:
        return tuple(read_activation(each, ()) for each in noted.get("activations", ())[:MOST_NOTED])
    except (Fault, BackproofError):
        return ()


def save(
    network: Network,
    path: str | os.PathLike[str],
    *,
    dtype: str = "float32",
    preparation: Preparation | Mapping[str, Any] | None = None,
) -> None:
    """Write a network to an ONNX file.

    The first axis of the input ``x`` and of each output counts the samples, any number of them. Initialisers are named
    as in `network.parameters`, each written once however many layers share it; the outputs as their layers. Dropout
    drops nothing. The cost is noted in the file, for `load`.

    Parameters
    ----------
    network : Network
    path : str or path
    dtype : {"float32", "float64"}, default "float32"
        The type of all numbers. Not every runtime has all operators in float64.
    preparation : mapping, optional
        How the columns of a table become inputs, as `load_model` gives it. The file then takes the columns as they are:
        one input ``x`` of numbers, a row of all columns; with categories among them an input for each column by its
        name. It gives the quantity, or ``label`` and ``probabilities``. A missing number that training did not fill in
        is not refused, as `backproof predict` does, but computed with as NaN.

    Raises
    ------
    OptionError
        The file cannot be written, or ONNX has no operator for a layer.

    Notes
    -----
    The file asks for the lowest opset that has all its operators, at least 17. An activation that is no operator is
    written as its formula. In float32 an `lstm`, `gru` or `recurrent` that shares nothing is one operator, whose arrays
    hold those of all gates; in float64, which runtimes lack, its steps are written out.

    See Also
    --------
    load : Read such a file.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> import onnx, backproof.onnx
    >>> network = Network.dense([2, 3, 1], activation="tanh")
    >>> with TemporaryDirectory() as folder:
    ...     backproof.onnx.save(network, f"{folder}/small.onnx")
    ...     model = onnx.load(f"{folder}/small.onnx")
    >>> [(node.op_type, *node.input) for node in model.graph.node]
    [('Gemm', 'x', 'W1', 'b1'), ('Tanh', 'l1/Gemm_0'), ('Gemm', 'l1', 'W2', 'b2'), ('Tanh', 'l2/Gemm_2')]
    """
    files.check_name(path)
    content = make_model(network, dtype, preparation).SerializeToString()
    with files.writing(path):
        files.replace(Path(os.path.realpath(path)), content)


def make_model(
    network: Network, dtype: str = "float32", preparation: Preparation | Mapping[str, Any] | None = None
) -> onnx.ModelProto:
    """The model of a network, as `save` writes it."""
    check_choice("dtype", dtype, DTYPES)
    architecture, count = network.architecture, network.architecture.wiring.count
    if count * np.dtype(dtype).itemsize > MOST_BYTES:
        raise OptionError(f"an ONNX file holds at most 2 GiB; this network has {count:,} parameters.")
    writer = Writer(network, dtype)
    _, table = load_tables()
    more: list[tuple[str, int]] = []
    if preparation is None:
        inputs = [helper.make_tensor_value_info("x", writer.kind, ["samples", *architecture.layers[0].shape])]
        names = writer.write_network("x", table)
        shapes = [(names[number], architecture.layers[number].shape) for number in architecture.outputs]
        outputs = [helper.make_tensor_value_info(name, writer.kind, ["samples", *shape]) for name, shape in shapes]
        note = _make_note(network)
    else:
        prepared = preparation if isinstance(preparation, Preparation) else preparation_from_json(preparation)
        value, inputs, more = write_inputs(writer, prepared, architecture.layers[0].shape)
        names = writer.write_network(value, table)
        if len(architecture.outputs) > 1:
            raise OptionError("a network of several output layers has no single prediction for a table.")
        outputs = write_outputs(writer, prepared, names[architecture.outputs[0]])
        note = {"outputs": [outputs[-1].name]}
    graph = helper.make_graph(writer.nodes, "network", inputs, outputs, [*writer.initialisers.values()])
    opsets = [helper.make_opsetid(*each) for each in (("", writer.opset), *more)]
    model = helper.make_model(graph, opset_imports=opsets, producer_name="backproof", producer_version=__version__)
    model.ir_version = helper.find_min_ir_version_for(opsets)
    helper.set_model_props(model, {NOTE: json.dumps(note)})
    return model


def _make_note(network: Network) -> dict[str, Any]:
    own = dict.fromkeys(each for each in network.activations if not formulas.is_operator(each))
    return {
        "cost": write_any_operation(network.cost),
        "reduction": network.reduction,
        "activations": [write_any_operation(each) for each in own],
    }
