"""From a Worksheet back to its text; what is written is read again as an equal worksheet."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from backproof import files
from backproof.architecture import Architecture
from backproof.dropout import remove_dropout
from backproof.errors import OptionError
from backproof.graph import write_layers
from backproof.network import Network, made_up_units, same_network
from backproof.operations.optimisers.sgd import Sgd
from backproof.operations.registry import write_operation
from backproof.wiring import Explicit, Parameter
from backproof.worksheet import toml
from backproof.worksheet.explicit import NAME, TAKEN
from backproof.worksheet.model import Claim, Lesson, Worksheet

#: Layers with more parameters keep them in a file.
MOST_WRITTEN = 1000


def save(worksheet: Worksheet, path: str | os.PathLike[str]) -> None:
    """Write a worksheet to a file; the parameters of whole layers go into a .safetensors file beside it.

    Errors: OptionError for a network that no worksheet can hold.
    """
    file = Path(path)
    with files.writing(file):
        if isinstance(worksheet.network.wiring, Explicit):
            files.replace(file, dumps(worksheet))
        else:
            _save_layers(worksheet, file)


def _save_layers(worksheet: Worksheet, file: Path) -> None:
    from safetensors.numpy import save as pack_arrays

    beside = file.with_suffix(".safetensors")
    written = dumps(worksheet, parameters=beside.name)
    arrays = {key: np.ascontiguousarray(array) for key, array in worksheet.network.parameters.items()}
    files.replace(beside, pack_arrays(arrays))
    files.replace(file, written)


def dumps(worksheet: Worksheet, *, parameters: str | None = None) -> str:
    """The text of a worksheet. The numbers of whole layers are written too, or are in a file named by `parameters`.

    Errors: OptionError for a network that no worksheet can hold, or large layers without a file of parameters.
    """
    head = {"title": worksheet.title, "source": worksheet.source}
    parts = [
        [f"{key} = {toml.write_value(said)}" for key, said in head.items() if said],
        ["[network]", *_write_network(_without_dropout(worksheet.network), parameters)],
        ["[data]", *_write_data(worksheet)],
        *([["[training]", *lines]] if (lines := list(_write_training(worksheet))) else []),
        *([["[aliases]", *lines]] if (lines := [toml.write_pair(*each) for each in worksheet.aliases.items()]) else []),
        *([["[document]", *lines]] if (lines := list(_write_document(worksheet))) else []),
        *(["[[claims]]", *_write_claim(claim)] for claim in worksheet.claims),
        *(["[[lesson]]", *_write_lesson(lesson)] for lesson in worksheet.lessons),
    ]
    return "\n\n".join("\n".join(lines) for lines in parts if lines) + "\n"


def _without_dropout(network: Network) -> Network:
    """The network as somebody wrote it: dropout between its layers is an option of training."""
    architecture, rates = remove_dropout(network.architecture)
    return Network.of(architecture, network.parameters) if rates else network


def _write_network(network: Network, parameters: str | None) -> Iterator[str]:
    explicit = isinstance(network.wiring, Explicit)
    if not network.architecture.is_chain:
        yield from _write_graph(network.architecture)
    else:
        yield from _write_units(network) if explicit else _write_layers(network)
        yield toml.write_pair("activations", [write_operation(each) for each in network.activations])
    yield toml.write_pair("cost", write_operation(network.cost))
    if explicit:
        yield from _write_parameters(network)
    elif parameters is not None:
        yield toml.write_pair("parameters", parameters)
    elif network.wiring.count > MOST_WRITTEN:
        raise OptionError(
            f"layers with more than {MOST_WRITTEN:,} parameters keep them in a file: use save(), or "
            "dumps(..., parameters='weights.safetensors')."
        )
    else:
        yield from ("", "[network.parameters]")
        yield from (toml.write_pair(key, array.tolist()) for key, array in network.parameters.items())


def _write_graph(architecture: Architecture) -> Iterator[str]:
    inputs, *layers = architecture.layers
    yield toml.write_pair("inputs", list(inputs.own_names or inputs.shape))
    yield "layers = ["
    yield from (f"  {toml.write_value(each)}," for each in write_layers(architecture))
    yield "]"
    if architecture.outputs != (len(layers),):
        yield toml.write_pair("outputs", [architecture.layers[number].name for number in architecture.outputs])


def _write_layers(network: Network) -> Iterator[str]:
    sizes = [len(layer) for layer in network.units]
    if network.units != made_up_units(sizes):
        raise OptionError(
            "layers with units of your own names cannot be written by size; give every connection by name."
        )
    yield toml.write_pair("layers", sizes)


def _write_units(network: Network) -> Iterator[str]:
    for name in (*(unit for layer in network.units for unit in layer), *network.wiring.names()):
        if not NAME.fullmatch(name) or name in TAKEN:
            raise OptionError(f"the name '{name}' cannot be written; expected letters, digits, _ and ', letter first.")
    yield toml.write_pair("units", [list(layer) for layer in network.units])


def _write_parameters(network: Network) -> Iterator[str]:
    assert isinstance(network.wiring, Explicit)
    _check_stray_numbers(network, network.wiring)
    weights = [each for each in network.wiring.parameters if not network.architecture.is_bias(each)]
    biases = [each for each in network.wiring.parameters if network.architecture.is_bias(each)]
    for key, chosen in (("weights", weights), ("biases", biases)):
        if chosen:
            yield f"{key} = ["
            yield from (f"  {toml.write_value(_write_parameter(network, each))}," for each in chosen)
            yield "]"


def _check_stray_numbers(network: Network, wiring: Explicit) -> None:
    """Raise OptionError if arrays are not 0 where nothing is connected, or differ between the places of a parameter."""
    arrays = {key: np.zeros(shape) for key, shape in network.shapes.items()}
    for parameter in wiring.parameters:
        for place in parameter.places:
            arrays[place.array][place.index] = parameter.pick(network.parameters)
    if not same_network(network, network.with_parameters(arrays)):
        raise OptionError("the network has numbers where nothing is connected, or a shared parameter with two values.")


def _write_parameter(network: Network, parameter: Parameter) -> dict[str, Any]:
    uses, several = network.architecture.uses(parameter.name), len(parameter.places) > 1
    receivers = [network.units[use.layer][use.position] for use in uses]
    senders = [network.units[use.layer - 1][use.sent] for use in uses if use.sent is not None]
    return {
        "name": parameter.name,
        **({"from": senders if several else senders[0]} if senders else {}),
        "to": receivers if several else receivers[0],
        "value": float(parameter.pick(network.parameters)),
        **({} if parameter.trained else {"trained": False}),
    }


def _write_data(worksheet: Worksheet) -> Iterator[str]:
    yield from toml.write_rows("inputs", worksheet.x.tolist())
    if worksheet.network.cost.needs_target or worksheet.y.any():
        yield from toml.write_rows("targets", worksheet.y.tolist())
    yield toml.write_pair("reduction", worksheet.network.reduction)


def _write_training(worksheet: Worksheet) -> Iterator[str]:
    training = worksheet.training
    if training.rate is not None:
        yield toml.write_pair("learning_rate", float(training.rate))
    if training.optimiser != Sgd():
        yield toml.write_pair("optimizer", write_operation(training.optimiser))
    if training.batches:
        yield toml.write_pair("batches", [list(batch) for batch in training.batches])
    for key, amount in (("l1", training.l1), ("l2", training.l2)):
        if amount:
            yield toml.write_pair(key, float(amount))
    _, rates = remove_dropout(worksheet.network.architecture)
    if rates:
        yield toml.write_pair("dropout", rates[1] if len({*rates[1:]}) == 1 else list(rates[1:]))
    if training.clip is not None:
        yield toml.write_pair("clip", float(training.clip))
    if training.scheduled:
        yield toml.write_pair("schedule", write_operation(training.schedule))
    if training.epochs is not None:
        yield toml.write_pair("epochs", training.epochs)


def _write_document(worksheet: Worksheet) -> Iterator[str]:
    for key, said in worksheet.document._asdict().items():
        if said is not None:
            yield toml.write_pair(key, said)


def _write_claim(claim: Claim) -> Iterator[str]:
    yield toml.write_pair("of", claim.of)
    yield toml.write_pair("value", claim.value)
    if claim.sample is not None:
        yield toml.write_pair("sample", claim.sample)
    if claim.step != 1:
        yield toml.write_pair("step", claim.step)
    if claim.where:
        yield toml.write_pair("where", claim.where)
    if claim.expected:
        yield toml.write_pair("expected", dict(claim.expected))


def _write_lesson(lesson: Lesson) -> Iterator[str]:
    yield toml.write_pair("says", lesson.says)
    yield toml.write_pair("of", lesson.of)
    if lesson.sample is not None:
        yield toml.write_pair("sample", lesson.sample)
    if lesson.step != 1:
        yield toml.write_pair("step", lesson.step)
    if lesson.ask:
        yield toml.write_pair("ask", True)
