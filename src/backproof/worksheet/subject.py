"""The number that a claim or a point of a lesson is about: its name, sample and step, held against the worksheet."""

from __future__ import annotations

from typing import NamedTuple

from backproof import names
from backproof.expression import Expression, quantities
from backproof.network import Network
from backproof.quantity import Kind, Quantity, Scope
from backproof.schema import Fault, Path, Table, placed, text, whole
from backproof.training import Training, list_samples
from backproof.worksheet.model import LAST_STEP

#: The name of a number is not longer than this.
LONGEST = 1000


class Setting(NamedTuple):
    """What claims are about: a network, its training, and the number of samples."""

    network: Network
    training: Training
    samples: int

    def count_used(self, step: int) -> int:
        """How many samples a step uses."""
        return len(self.training.batch(step, 0)) if self.training.batches else self.samples


def read_subject(table: Table, setting: Setting) -> tuple[str, Expression, int | None, int]:
    """The number that a table is about: its name, the formula that this is, sample and step."""
    sample, step = read_sample_and_step(table, setting)
    of, formula = table.need("of", lambda given, place: _read_name(given, place, setting, step or 1))
    for quantity in quantities(formula):
        _check_exists(quantity, sample, step or 1, table.path, setting)
    return of, formula, sample, step or 1


def _read_name(value: object, path: Path, setting: Setting, step: int) -> tuple[str, Expression]:
    of = text(value, path)
    if len(of) > LONGEST:
        raise Fault(f"the name of a number is at most {LONGEST} characters long; this one has {len(of)}.", path)
    with placed(path):
        return of, names.parse_name(of, setting.network, setting.training, samples=setting.count_used(step))


def read_sample_and_step(table: Table, setting: Setting) -> tuple[int | None, int | None]:
    """The sample and step that a table names, where it does."""
    sample = table.maybe("sample", lambda given, place: whole(given, place, 1, setting.samples))
    step = table.maybe("step", lambda given, place: whole(given, place, 1, LAST_STEP))
    if (step or 1) > 1 and setting.training.rate is None:
        raise Fault(f"step {step} comes after an update; give learning_rate in [training].", (*table.path, "step"))
    if sample is not None and setting.training.batches:
        _check_used(sample, step or 1, table.path, setting)
    return sample, step


def _check_used(sample: int, step: int, path: Path, setting: Setting) -> None:
    batch = setting.training.batch(step, setting.samples)
    if sample not in batch:
        raise Fault(f"sample {sample} is not in step {step}, which uses {list_samples(batch)}.", (*path, "sample"))


def _check_exists(quantity: Quantity, sample: int | None, step: int, path: Path, setting: Setting) -> None:
    """Whether the network has such a number at that sample and step."""
    updates = quantity.is_of_update and quantity.kind is not Kind.RATE
    if setting.training.rate is None and quantity.is_of_update:
        raise Fault(f"'{quantity.name}' needs a learning rate; give learning_rate in [training].", (*path, "of"))
    if updates and sample is not None:
        raise Fault(
            f"'{quantity.name}' belongs to the whole step, not to one sample; leave out the sample.", (*path, "sample")
        )
    if isinstance(quantity.sample, int):
        if quantity.sample > setting.samples:
            raise Fault(f"there is no sample {quantity.sample}, only {setting.samples}.", (*path, "of"))
        _check_used(quantity.sample, step, path, setting)
    used = setting.count_used(step) if sample is None else 1
    if used > 1 and quantity.scope is Scope.SAMPLE:
        raise Fault(
            f"'{quantity.name}' belongs to one sample, but step {step} uses {used}; "
            "choose one, such as sample = 1 (counting from 1).",
            (*path, "of"),
        )
