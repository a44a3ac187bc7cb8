"""A trained network in one file: its numbers as W1, b1, W2 ..., and all else in the JSON document of the header.

As any safetensors file of those names it can also stand as `parameters` in a worksheet.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, NamedTuple

from backproof import files
from backproof.errors import BackproofError, OptionError
from backproof.network import Network, same_network
from backproof.schema import Fault, as_is, mapping
from backproof.train.store import structure
from backproof.train.store.container import Kind, read_arrays, to_model_error, write_arrays

MODEL = Kind("model", 1, ("network", "preparation", "facts"))
#: What the model of a run is called in its folder.
NAME = "model.safetensors"


class Model(NamedTuple):
    """A network, how its inputs are prepared (a JSON object, None where they are as they are), and facts about it."""

    network: Network
    preparation: Mapping[str, Any] | None
    facts: Mapping[str, Any]


def save(
    network: Network,
    path: str | os.PathLike[str],
    *,
    preparation: Mapping[str, Any] | None = None,
    facts: Mapping[str, Any] | None = None,
) -> None:
    """Write a network, and JSON objects that belong to it, to one file.

    Errors: OptionError where the file cannot be written, or could not be read again as the same network.
    """
    files.check_name(path)
    document = {"network": structure.write_network(network)}
    _check_again(document["network"], network)
    if preparation is not None:
        document["preparation"] = dict(preparation)
    write_arrays(path, MODEL, {**document, "facts": dict(facts or {})}, network.parameters)


def _check_again(document: Any, network: Network) -> None:
    try:
        same = same_network(structure.read_network(document, ("network",), network.parameters), network)
    except (Fault, BackproofError) as error:
        raise OptionError(f"this network cannot be saved: {error}") from None
    if not same:
        raise OptionError("this network cannot be saved: what is read again would be another one.")


def load_model(path: str | os.PathLike[str]) -> Model:
    """The model in a file, or in the folder of a run. Errors: ModelError for anything that is not a sound model."""
    files.check_name(path)
    file = os.path.join(path, NAME) if os.path.isdir(path) else path
    try:
        return _read_model(file)
    except Fault as fault:
        raise to_model_error(file, fault) from None


def _read_model(file: str | os.PathLike[str]) -> Model:
    document, arrays = read_arrays(file, MODEL)
    network = structure.read_network(document.need("network", as_is), ("network",), arrays)
    return Model(network, document.maybe("preparation", mapping), document.take("facts", mapping, {}))


def load_network(path: str | os.PathLike[str]) -> Network:
    """The network in a file, or in the folder of a run."""
    return load_model(path).network
