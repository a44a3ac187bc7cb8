"""Resuming: what was asked of a run, as JSON in its folder, so that only the same run is ever resumed.

The JSON says what is trained, and then every option of TrainingOptions.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import numpy as np

from backproof.data.source import ArraySource
from backproof.errors import OptionError
from backproof.network import Network
from backproof.schema import shown
from backproof.train.option import Option, options_of
from backproof.train.options import TrainingOptions
from backproof.train.store import structure
from backproof.train.store.run_folder import CONFIG, RunFolder
from backproof.validate import describe


def describe_run(
    network: Network, source: ArraySource, held_out: ArraySource | None, options: TrainingOptions
) -> dict[str, Any]:
    """The JSON of a run on arrays: network, start and data, the long ones as digests, and its options."""
    said = {
        "network": structure.write_network(network),
        "starting parameters": digest(*network.parameters.values()),
        "training data": digest(source.x, source.y, source.weights),
        "validation data": None if held_out is None else digest(held_out.x, held_out.y, held_out.weights),
        **options.to_json(),
    }
    plain: dict[str, Any] = json.loads(json.dumps(said, default=lambda number: number.item()))
    return plain


def digest(*arrays: Any) -> str:
    """A checksum of arrays, None among them too."""
    total = sha256()
    for array in arrays:
        if array is not None:
            total.update(f"{array.dtype.str} {array.shape}\n".encode())
            total.update(np.ascontiguousarray(array).data)
    return total.hexdigest()


def open_run(path: str | os.PathLike[str], config: Mapping[str, Any]) -> RunFolder:
    """The folder of the run that is asked for: resumed where it has begun, made where it has not.

    Errors: OptionError where the run in it is another, or the folder is in use or somebody else's.
    """
    if not isinstance(path, str | os.PathLike):
        raise OptionError(f"checkpoint must be the name of a folder, received {shown(path)}.")
    if not os.path.isfile(os.path.join(path, CONFIG)):  # False for what can be no name of a file
        return RunFolder.create(path, config)
    folder = RunFolder.resume(path)
    try:
        if unknown := set(folder.config) - set(config):
            raise OptionError(
                f"the run in '{folder.place}' has {shown(min(unknown))}, which fit does not write: another version of "
                "Backproof started it, or 'backproof train'; choose another folder."
            )
        check_same(folder.config, config, folder.place)
    except OptionError:
        folder.close()
        raise
    return folder


def check_same(
    begun: Mapping[str, Any],
    now: Mapping[str, Any],
    place: str | os.PathLike[str],
    options: tuple[Option, ...] = options_of(TrainingOptions),
) -> None:
    """Raise OptionError if a run that was begun with some JSON cannot be resumed with what is asked for now."""
    known = {each.key: each for each in options}
    for key, asked in now.items():
        option = known.get(key)
        first = begun.get(key, None if option is None else option.default)
        if first != asked and not (option and option.may_differ(first, asked)):
            what = f"another {key}" if option is None else f"{key} {describe(first)}, but {describe(asked)} was given"
            raise OptionError(
                f"the run in '{os.fspath(place)}' was started with {what}; give the same, or choose another folder."
            )
