"""From the text of a worksheet to a Worksheet: strict, so that a slip of the pen is an error and never a default."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path as FilePath
from typing import Any

from backproof import names
from backproof.dropout import insert_dropout, spread_rates
from backproof.errors import OptionError, WorksheetError
from backproof.network import Network
from backproof.operations.optimiser import optimisers
from backproof.operations.schedule import schedules
from backproof.schema import Fault, Path, Table, as_is, filled, items, mapping, number, placed, survey, text, whole
from backproof.training import Training
from backproof.worksheet import data_section
from backproof.worksheet.model import LAST_STEP, NOTHING_SAID, Claim, Document, Lesson, Worksheet
from backproof.worksheet.network_section import read_network

KEYS = ("title", "source", "network", "data", "training", "claims", "aliases", "document", "lesson")
TRAINING_KEYS = ("learning_rate", "optimizer", "batches", "l1", "l2", "dropout", "clip", "schedule", "epochs")
#: Parts of a dotted key; the parser of TOML takes time and memory that grow with their square.
MOST_PARTS = 500
#: Finds every such key, and perhaps something in a string that only looks like one.
MANY_PARTS = re.compile(r"""(?:\.[ \t]*(?:[A-Za-z0-9_-]+|"[^"\n]*"|'[^'\n]*')[ \t]*){500}""")


def loads(written: str, folder: str | FilePath | None = None) -> Worksheet:
    """The worksheet that a TOML text holds; `folder` is where a file of parameters is looked for.

    Errors: WorksheetError with the key path and line of what is wrong.
    """
    document = parse_toml(written)
    try:
        survey(document)
        return _read_worksheet(document, None if folder is None else FilePath(folder))
    except Fault as fault:
        from backproof.worksheet.lines import write_place

        raise WorksheetError(fault.message, place=write_place(fault.path, written)) from None


def parse_toml(written: str) -> dict[str, Any]:
    """The tables of a TOML text. Errors: WorksheetError with line and column."""
    if not isinstance(written, str):
        raise OptionError(f"expected the text of a worksheet, received {type(written).__name__}.")
    _check_keys(written)
    try:
        written.encode()
        return tomllib.loads(written)
    except RecursionError:
        raise WorksheetError("lists or tables are nested too deep.") from None
    except UnicodeEncodeError as error:
        raise WorksheetError(f"not valid text: an incomplete character at position {error.start + 1}.") from None
    except ValueError as error:
        said, _, where = str(error).rstrip(")").partition(" (at ")
        last = f"line {written.rstrip().count(chr(10)) + 1}, the end"
        raise WorksheetError(f"not valid TOML: {said}.", place=where.replace("end of document", last)) from None


def _check_keys(written: str) -> None:
    """Raise WorksheetError if a dotted key has more parts than the parser of TOML takes in its stride."""
    if MANY_PARTS.search(written):
        from backproof.worksheet.lines import find_long_key

        line = find_long_key(written, MOST_PARTS)
        if line is not None:
            raise WorksheetError(f"a key of more than {MOST_PARTS} parts.", place=f"line {line}")


def _read_worksheet(document: dict[str, Any], folder: FilePath | None) -> Worksheet:
    top = Table(document, (), KEYS)
    data = Table(top.need("data", as_is), ("data",), data_section.KEYS)
    reduction = data_section.read_reduction(data)
    network = read_network(top.need("network", as_is), ("network",), reduction, folder)
    x, y = data_section.read_samples(data, network)
    table = Table(top.take("training", as_is, {}), ("training",), TRAINING_KEYS)
    training = _read_training(table, len(x))
    network = _read_dropout(table, network)
    claims, meant = _read_claims(top, network, training, len(x))
    return Worksheet(
        title=top.take("title", text, ""),
        source=top.take("source", text, ""),
        network=network,
        x=x,
        y=y,
        training=training,
        claims=claims,
        aliases=_read_aliases(top.take("aliases", mapping, {}), network, training),
        document=meant,
        lessons=_read_lessons(top, network, training, len(x)),
        warnings=(*network.warnings, *data_section.find_warnings(y, network)),
    )


def _read_aliases(given: Mapping[str, Any], network: Network, training: Training) -> dict[str, str]:
    """What the names in a document stand for, each a quantity that exists."""
    aliases = {key: text(value, ("aliases", key)) for key, value in given.items()}
    for key, value in aliases.items():
        with placed(("aliases", key)):
            names.parse_name(value, network, training)
    return aliases


def _read_claims(top: Table, network: Network, training: Training, samples: int) -> tuple[tuple[Claim, ...], Document]:
    """`[[claims]]` and `[document]`, which most worksheets that are explained or trained have not."""
    if "claims" not in top and "document" not in top:
        return (), NOTHING_SAID
    from backproof.worksheet.claims_section import read_claims, read_defaults
    from backproof.worksheet.subject import Setting

    setting = Setting(network, training, samples)
    return (
        read_claims(top.take("claims", as_is, []), ("claims",), setting),
        read_defaults(top.take("document", as_is, {}), ("document",), setting),
    )


def _read_lessons(top: Table, network: Network, training: Training, samples: int) -> tuple[Lesson, ...]:
    """`[[lesson]]`, which few worksheets have."""
    if "lesson" not in top:
        return ()
    from backproof.worksheet.lesson_section import read_lessons
    from backproof.worksheet.subject import Setting

    return read_lessons(top.take("lesson", as_is, []), ("lesson",), Setting(network, training, samples))


def _read_training(table: Table, count: int) -> Training:
    """The training of a worksheet of `count` samples."""
    with placed((*table.path, "optimizer")):
        optimiser = optimisers.make(table.take("optimizer", as_is, "sgd"))
    with placed((*table.path, "schedule")):
        schedule = schedules.make(table.take("schedule", as_is, "constant"))
    training = Training(
        table.maybe("learning_rate", _read_rate),
        optimiser,
        table.take("batches", lambda given, place: _read_batches(given, place, count), ()),
        l1=table.take("l1", _read_amount, 0.0),
        l2=table.take("l2", _read_amount, 0.0),
        clip=table.maybe("clip", _read_limit),
        schedule=schedule,
        epochs=table.maybe("epochs", lambda given, place: whole(given, place, 1, LAST_STEP)),
    )
    _check_schedule(training, table.path)
    return training


def _check_schedule(training: Training, path: Path) -> None:
    """Raise a Fault if the learning rate of some step cannot be known."""
    if training.schedule.adapts:
        said = "goes by how a run goes on; expected a schedule that goes by the step"
    elif training.epochs is None and training.schedule.needs_total:
        said = "goes by the length of the run; give epochs = 100 or so beside it"
    else:
        return
    raise Fault(f"'{training.schedule.name}' {said}.", (*path, "schedule"))


def _read_dropout(table: Table, network: Network) -> Network:
    """The network with the dropout that training asks for between its layers."""
    if "dropout" not in table:
        return network
    architecture = network.architecture
    rate = table.need("dropout", _read_shares)
    with placed((*table.path, "dropout")):
        changed = insert_dropout(architecture, spread_rates(rate, architecture.depth))
    return network if changed == architecture else Network.of(changed, network.parameters)


def _read_shares(value: Any, path: Path) -> float | tuple[float, ...]:
    """A number from 0 to below 1, or a list of them."""
    if isinstance(value, list):
        return tuple(_read_share(*each) for each in items(value, path))
    return _read_share(value, path)


def _read_share(value: Any, path: Path) -> float:
    share = number(value, path)
    if not 0 <= share < 1:
        raise Fault(f"expected a number from 0 to below 1, the part that is left out, received {share:g}.", path)
    return share


def _read_amount(value: Any, path: Path) -> float:
    amount = number(value, path)
    if amount < 0:
        raise Fault(f"expected a number from 0, received {amount:g}.", path)
    return amount


def _read_limit(value: Any, path: Path) -> float:
    limit = number(value, path)
    if limit <= 0:
        raise Fault(f"expected a number above 0, the largest norm of a gradient, received {limit:g}.", path)
    return limit


def _read_rate(value: Any, path: Path) -> float:
    rate = number(value, path)
    if rate < 0:
        raise Fault(f"expected a number from 0, received {rate:g}; updates already go against the gradient.", path)
    return rate


def _read_batches(value: Any, path: Path, count: int) -> tuple[tuple[int, ...], ...]:
    return tuple(_read_batch(each, place, count) for each, place in filled(value, path))


def _read_batch(value: Any, path: Path, count: int) -> tuple[int, ...]:
    """The numbers of one step's samples; each at most once, so that `sample = 2` means one of them."""
    if type(value) is list and all(type(each) is int and 1 <= each <= count for each in value):
        batch = tuple(value)
        if 0 < len(batch) == len(set(batch)):  # nothing to say; there may be a million batches
            return batch
    numbers = [(whole(each, place, 1, count), place) for each, place in filled(value, path)]
    seen: set[int] = set()
    for sample, place in numbers:
        if sample in seen:
            raise Fault(f"sample {sample} occurs twice in one batch.", place)
        seen.add(sample)
    return tuple(sample for sample, _ in numbers)
