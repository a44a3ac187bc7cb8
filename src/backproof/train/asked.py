"""What was asked of a run, as JSON beside its checkpoint: so that only the same run is ever taken up again."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from backproof.data.source import ArraySource
from backproof.errors import OptionError
from backproof.network import Network
from backproof.operations.registry import write_operation
from backproof.schema import shown
from backproof.train.settings import Settings
from backproof.train.store import structure
from backproof.train.store.run_folder import CONFIG, RunFolder

#: A run may be asked to go on for longer.
MAY_DIFFER = ("epochs",)


def asked(
    network: Network, source: ArraySource, held_out: ArraySource | None, chosen: Settings, watched: Mapping[str, Any]
) -> dict[str, Any]:
    """Network, start, data and options of a run, the long ones as checksums; `watched`: what its watchers look for."""
    options = asdict(chosen) | {key: write_operation(getattr(chosen, key)) for key in ("optimiser", "schedule")}
    said = {
        "network": structure.write(network),
        "starting parameters": _print(*network.parameters.values()),
        "training data": _print(source.x, source.y, source.weights),
        "validation data": None if held_out is None else _print(held_out.x, held_out.y, held_out.weights),
        **options,
        **watched,
    }
    plain: dict[str, Any] = json.loads(json.dumps(said, default=lambda number: number.item()))
    return plain


def _print(*arrays: Any) -> str:
    """A checksum of arrays, None among them too."""
    total = sha256()
    for array in arrays:
        if array is not None:
            total.update(f"{array.dtype.str} {array.shape}\n".encode())
            total.update(np.ascontiguousarray(array).data)
    return total.hexdigest()


def open_run(path: str | os.PathLike[str], config: Mapping[str, Any]) -> RunFolder:
    """The folder of the run that is asked for: gone on with where it has begun, made where it has not.

    Errors: OptionError where the run in it is another, or the folder is in use or somebody else's.
    """
    if not isinstance(path, str | os.PathLike):
        raise OptionError(f"checkpoint must be the name of a folder, received {shown(path)}.")
    if not (Path(path) / CONFIG).is_file():
        return RunFolder.create(path, config)
    folder = RunFolder.resume(path)
    try:
        _check_same(folder, config)
    except OptionError:
        folder.close()
        raise
    return folder


def _check_same(folder: RunFolder, config: Mapping[str, Any]) -> None:
    for key in {**folder.config, **config}:
        begun, now = folder.config.get(key), config.get(key)
        if begun != now and key not in MAY_DIFFER:
            raise OptionError(
                f"the run in '{folder.place}' was begun with another {key} ({shown(begun)}, now {shown(now)}); "
                "choose another folder, or ask for the same."
            )
