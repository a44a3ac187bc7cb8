"""`backproof export-model`: a trained network as an ONNX file or a PyTorch module."""

from __future__ import annotations

import os
from pathlib import Path

import click

from backproof import examples
from backproof.cli._output import check_file, check_keeps, write_bytes, write_file
from backproof.data.preparation import Preparation
from backproof.data.preparation_json import preparation_from_json
from backproof.errors import BackproofError, ModelError, OptionError
from backproof.network import Network
from backproof.validate import DTYPES, is_installed

ENDINGS = (".onnx", ".py")


@click.command()
@click.argument("run")
@click.argument("model", type=click.Path(readable=False))
@click.option(
    "--dtype", type=click.Choice(list(DTYPES)), default="float32", show_default=True, help="Type of the numbers."
)
@click.option("--bare", is_flag=True, help="The network alone, without the preparation of its columns.")
def command(run: str, model: str, dtype: str, bare: bool) -> None:
    """Write a network as an ONNX file (MODEL.onnx) or as a PyTorch module (MODEL.py).

    RUN is the folder that 'backproof train DATA' made, a saved model, a worksheet or an ONNX file. The file of a run
    takes the columns as they stand in the data and gives labels with probabilities, or the quantity in its own unit;
    with --bare it takes and gives the scaled numbers of the network itself. The weights of MODEL.py are written to
    MODEL.safetensors beside it.

    \b
    Examples:
      backproof export-model iris-run iris.onnx
      backproof export-model iris-run iris.py --dtype float64
      backproof export-model or or.onnx
    """
    ending = Path(model).suffix.lower()
    if ending not in ENDINGS:
        raise OptionError(f"'{model}' has an unknown ending; expected {' or '.join(ENDINGS)}.")
    written = [model] if ending == ".onnx" else [model, str(Path(model).with_suffix(".safetensors"))]
    for path in written:
        check_file(path)
        check_keeps(path, *_list_files(run))
    if ending == ".onnx" and not is_installed("onnx"):
        raise OptionError("ONNX files need onnx: pip install 'backproof[onnx]'.")
    network, preparation = _load_source(run)
    preparation = None if bare else preparation
    if ending == ".onnx":
        from backproof.interop.onnx import make_model

        write_bytes(model, make_model(network, dtype, preparation).SerializeToString())
    else:
        _write_module(network, preparation, model, written[1], dtype)
    click.echo(f"{' and '.join(written)}: {_tell_use(network, preparation)}")


def _list_files(run: str) -> tuple[str, ...]:
    """The files that a source consists of."""
    if os.path.isdir(run):
        return tuple(os.path.join(run, name) for name in sorted(os.listdir(run)))
    return (run,)


def _load_source(run: str) -> tuple[Network, Preparation | None]:
    """The network of a run, a model, a worksheet or an ONNX file, and the preparation that belongs to it."""
    if run == "-" or run.endswith(".toml") or (run in examples.names() and not os.path.exists(run)):
        from backproof.worksheet import load

        return load(run).network, None
    if run.endswith(".onnx"):
        from backproof.interop.onnx import load as load_onnx

        return load_onnx(run), None
    if not os.path.exists(run):
        raise ModelError(f"there is no run, model or worksheet '{run}'; 'backproof train DATA' makes a run.")
    from backproof.train.store.model_file import load_model

    found = load_model(run)
    if found.preparation is None:
        return found.network, None
    try:
        return found.network, preparation_from_json(found.preparation)
    except BackproofError as error:
        raise ModelError(f"{run!r}: preparation: {error}") from None


def _write_module(network: Network, preparation: Preparation | None, model: str, weights: str, dtype: str) -> None:
    """The weights first: a text without them would be of no use."""
    from safetensors.numpy import save

    from backproof.interop.torch_file import write_module

    text, arrays = write_module(network, Path(weights).name, dtype=dtype, preparation=preparation)
    write_bytes(weights, save(arrays))
    write_file(model, text)


def _tell_use(network: Network, preparation: Preparation | None) -> str:
    """What goes in and what comes out."""
    if preparation is None:
        sizes = ", ".join(map(str, network.architecture.layers[0].shape))
        return f"inputs of shape (samples, {sizes}), the outputs of the network."
    shown = ", ".join(preparation.names[:8]) + (", ..." if len(preparation.names) > 8 else "")
    classes = preparation.targets[0].problem == "classification"
    given = "labels and probabilities" if classes else ", ".join(preparation.target_names)
    return f"takes the columns {shown} as they are, gives {given}."
