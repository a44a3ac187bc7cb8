"""The checkpoint of a run: every array and fact that it takes to go on as if it had never stopped.

It is replaced as a whole: whenever the run is killed, there is the last one or the one before.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from numpy.typing import ArrayLike

from backproof.arrays import AnyArray
from backproof.schema import Fault, mapping
from backproof.train.store import container
from backproof.train.store.document import Kind, refused

CHECKPOINT = Kind("checkpoint", 1, ("facts",))
NAME = "checkpoint.safetensors"


def write_checkpoint(folder: str | os.PathLike[str], arrays: Mapping[str, ArrayLike], facts: Mapping[str, Any]) -> None:
    """Write arrays, each in its own kind of number, and a JSON object (tuples become lists) into a folder.

    Errors: OptionError where it cannot be written.
    """
    container.write(Path(folder) / NAME, CHECKPOINT, {"facts": dict(facts)}, arrays)


def read_checkpoint(folder: str | os.PathLike[str]) -> tuple[dict[str, AnyArray], Mapping[str, Any]]:
    """Arrays and facts as they were written. Errors: ModelError where there is none, or a damaged one."""
    file = Path(folder) / NAME
    try:
        document, arrays = container.read(file, CHECKPOINT)
        return arrays, document.need("facts", mapping)
    except Fault as fault:
        raise refused(file, fault) from None
