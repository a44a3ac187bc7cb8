"""The explanation of a training step: chosen quantities, or the whole pass as far as a reader can take it in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from backproof.document import Block, Document, Heading, Note, Paragraph, Picture, Piece, Table, Text, Worked
from backproof.errors import NumberError
from backproof.layers import Layer
from backproof.network import Network
from backproof.quantity import Quantity, Scope
from backproof.trace import Trace

#: Maximum number of parameters for which every scalar is worked; up to MIDDLE the output layer and one quantity.
SMALL, MIDDLE = 60, 2000
#: Where few parameters are used many times, as by a kernel or in time: maximum number of units of which every scalar is
#: worked.
FEW_UNITS = 300


class Wanted(NamedTuple):
    """A quantity to explain: its name, and its sample where it is another one than that of the trace."""

    name: str
    sample: int | None = None


def explanation(trace: Trace, title: str, names: Sequence[str | Wanted] = (), *, source: str = "") -> Document:
    """A document about one step: the named quantities, or by default the whole pass.

    Small networks are worked number by number; of middle-sized ones the output layer and one quantity; large ones
    stand in matrix form, with one quantity worked out. Errors: NameUnknown for a name that is none.
    """
    if names:
        wanted = [Wanted(each) if isinstance(each, str) else each for each in names]
        blocks: list[Block] = [
            block
            for name, sample in wanted
            for block in _quantity(trace if sample is None else trace.of_sample(sample), name)
        ]
    else:
        blocks = [*_network(trace), *_hints(trace), *_pass(trace)]
    blocks.extend(Note(text, "warning") for text in trace.network.warnings)
    return Document(title, tuple(blocks), trace.labels, source)


def _network(trace: Trace) -> Iterator[Block]:
    network = trace.network
    yield Paragraph(f"{describe_network(network)}. {_which(trace)}")
    if not network.architecture.is_chain and network.wiring.count <= SMALL:
        from backproof.reports.matrices import layer_table

        yield layer_table(network.architecture)
    yield Picture(trace)


def describe_network(network: Network) -> str:
    """A network in one sentence, without its full stop."""
    count, cost = network.wiring.count, network.cost.name.replace("_", " ")
    if network.architecture.is_chain:
        sizes = "-".join(str(len(layer)) for layer in network.units)
        applied = ", ".join(activation.name.replace("_", " ") for activation in network.activations)
        what = f"A {sizes} network ({count} parameters); activations, layer by layer: {applied}"
    else:
        what = f"A network of {network.depth} layer{'s' if network.depth > 1 else ''} ({count} parameters)"
    return f"{what}; cost: {cost}, the {network.reduction} over samples"


def _hints(trace: Trace) -> Iterator[Block]:
    """How to see what this view leaves out: a sample's own numbers, or the update, which belongs to all of them."""
    count = len(trace.numbers)
    if trace.sample is None and count > 1:
        yield Note(
            f"h, a and the errors belong to one sample each. To see them worked out for a sample, choose it: sample "
            f"{trace.numbers[0]} with --sample {trace.numbers[0]}, in Python with sample={trace.numbers[0]}."
        )
    elif trace.sample is not None and count > 1 and trace.training.rate is not None:
        yield Note(
            f"The update is left out: it uses the gradients of all {count} samples together. It is shown without "
            "--sample, in Python without sample."
        )
    elif trace.training.rate is None:
        yield Note("The update is left out: there is no learning rate. Give learning_rate in [training].")


def _which(trace: Trace) -> str:
    count = len(trace.numbers)
    if trace.sample is not None:
        return f"Step {trace.step}, sample {trace.sample} of {count}."
    return f"Step {trace.step}, {count} sample{'s' if count > 1 else ''}."


def _pass(trace: Trace) -> Iterator[Block]:
    size = trace.network.wiring.count
    if size <= SMALL and sum(layer.size for layer in trace.architecture.layers[1:]) <= FEW_UNITS:
        yield from _every_scalar(trace)
        return
    from backproof.reports.matrices import matrix_form

    yield from matrix_form(trace)
    if size <= MIDDLE:
        yield from _output_layer(trace)
    yield from _chosen(trace)


def _every_scalar(trace: Trace) -> Iterator[Block]:
    network = trace.network
    single = len(trace.numbers) == 1 or trace.sample is not None
    yield Heading("Forward pass")
    if single:
        for layer in network.architecture.layers[1:]:
            yield from _statistics(trace, layer)
            yield from (Worked(trace.explain(f"{letter}[{unit}]")) for unit in layer.units for letter in "ha")
    else:
        yield _activations(trace)
        yield from (block for layer in network.architecture.layers[1:] for block in _statistics(trace, layer))
    yield Heading("Cost")
    yield Worked(trace.explain("E"))
    yield Heading("Backward pass")
    if single:
        for units in reversed(network.units[1:]):
            for unit in units:
                yield Worked(trace.explain(f"dE/da[{unit}]"))
                yield Worked(trace.explain(f"delta[{unit}]"))
    else:
        yield _errors(trace)
    yield Heading("Gradients")
    yield from (Worked(trace.explain(f"dE/d{name}")) for name in network.wiring.names())
    if trace.training.rate is not None and _is_whole(trace):
        yield from _update(trace)


def _is_whole(trace: Trace) -> bool:
    """Whether what is seen is the whole batch, as it is where its only sample is chosen."""
    return trace.sample is None or len(trace.numbers) == 1


def _update(trace: Trace) -> Iterator[Block]:
    """Every parameter before and after, and what the next pass gives."""
    trace = trace.of_sample(None)
    names = list(trace.network.wiring.names())
    yield Heading("Update")
    try:
        _ = trace.after
    except NumberError as error:
        yield Note(str(error), "warning")
        return
    rows = tuple(
        (Quantity("w", (name,)), trace[name], trace[f"dE/d{name}"], trace[f"step {name}"], trace[f"new {name}"])
        for name in names
    )
    header = ("parameter", "old", "gradient", "step", "new")
    yield Table(header, rows, f"All at once, with learning rate {trace.rate:g} ({trace.training.optimiser.name})")
    if names:
        yield Worked(trace.explain(f"new {names[0]}"))


def _statistics(trace: Trace, layer: Layer) -> Iterator[Block]:
    """The statistics by which a layer normalises; those of a batch, or of the sample by which a step is seen."""
    alone = len(trace.numbers) == 1 or trace.sample is not None
    for unit in trace.architecture.statistic_units(trace.architecture.layers.index(layer)):
        for name in layer.works.statistics:
            if alone or Quantity(name).scope is Scope.STEP:
                yield Worked(trace.explain(f"{name}[{unit}]"))


def _activations(trace: Trace) -> Table:
    """h and a of every unit, one row a sample."""
    units = [unit for layer in trace.network.units[1:] for unit in layer]
    quantities = [Quantity(letter, (unit,)) for unit in units for letter in "ha"]
    return _by_sample(trace, quantities, "Pre-activations and activations, sample by sample")


def _errors(trace: Trace) -> Table:
    units = [unit for layer in reversed(trace.network.units[1:]) for unit in layer]
    errors = [Quantity("delta", (unit,)) for unit in units]
    return _by_sample(trace, errors, "The error of every unit, sample by sample")


def _by_sample(trace: Trace, quantities: Sequence[Quantity], caption: str) -> Table:
    header: tuple[Text, ...] = ("sample", *((quantity,) for quantity in quantities))
    seen = [trace.of_sample(number) for number in trace.numbers[:50]]
    rows: list[tuple[Piece, ...]] = [
        (str(one.sample), *(one.value(quantity) for quantity in quantities)) for one in seen
    ]
    more = len(trace.numbers) - len(seen)
    return Table(header, tuple(rows), caption + (f"; {more} more samples are left out" if more else ""))


def _output_layer(trace: Trace) -> Iterator[Block]:
    units = trace.network.architecture.output_units
    if len(units) > 20 or (len(trace.numbers) > 1 and trace.sample is None):
        return
    yield Heading("The output layer")
    for unit in units:
        yield Worked(trace.explain(f"delta[{unit}]"))


def _chosen(trace: Trace) -> Iterator[Block]:
    """The weight of the first layer with the largest derivative, worked out, with the paths that it comes from."""
    name = steepest(trace)
    yield Heading("One quantity, worked out")
    yield Paragraph(f"Of all weights of the first layer, the derivative with respect to {name} is the largest.")
    yield from _quantity(trace, f"dE/d{name}")


def _quantity(trace: Trace, name: str) -> Iterator[Block]:
    """A quantity worked out; where it is a gradient of a larger network, the paths that it comes from."""
    worked = trace.explain(name)
    yield Worked(worked)
    asked = worked.of
    single = len(trace.numbers) == 1 or trace.sample is not None
    if isinstance(asked, Quantity) and asked.is_gradient and single and trace.network.wiring.count > SMALL:
        yield path_table(trace, asked.of[0])


def steepest(trace: Trace) -> str:
    """The name of the weight of the first layer with the largest derivative, of the sample at hand or the batch."""
    architecture = trace.network.architecture
    array = next(key for key, role in architecture.roles.items() if role == "weight")
    for entry in np.argsort(-np.nan_to_num(np.abs(trace.array_gradient(array))), axis=None, kind="stable"):
        name = architecture.name_at(array, int(entry))
        if name is not None:
            return name
    return next(iter(trace.network.wiring.names()))


def path_table(trace: Trace, name: str, count: int = 10) -> Table:
    """The largest paths from a parameter to the cost, with their shares and what is left out."""
    from backproof.paths import largest_paths

    paths = largest_paths(trace, name, count)
    rows = tuple((" → ".join(path.units), path.value, f"{path.share:.1%}") for path in paths.largest)
    return Table(("path", "product", "share"), rows, f"The largest paths from {name} to the cost. {paths.left_out}")
