"""Models and runs on disk: one safetensors file each, with one JSON document in its header.

One file rather than a folder, so that a single renaming replaces it: numbers and description can never be of two
different moments. Nothing in it runs; everything in it is checked before it is used.
"""

from backproof.train.store.model_file import Model, load_model, load_network, save
from backproof.train.store.run_folder import RunFolder, read_checkpoint, write_checkpoint

__all__ = ["Model", "RunFolder", "load_model", "load_network", "read_checkpoint", "save", "write_checkpoint"]
