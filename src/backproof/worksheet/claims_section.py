"""`[[claims]]` and `[document]`: what somebody worked out, each number by name.

Everything is held against the network and the data, but nothing is computed: a claim about step 10001 costs nothing.
"""

from __future__ import annotations

from math import isfinite
from typing import Any, NamedTuple

from backproof import names
from backproof.expression import Expression, quantities
from backproof.network import Network
from backproof.quantity import Kind, Quantity, Scope
from backproof.rounding import PRINTED, last_place
from backproof.schema import Fault, Path, Table, items, mapping, placed, shown, text, whole
from backproof.trace import Training, list_samples
from backproof.worksheet.model import LAST_STEP, Claim, Document

KEYS = ("of", "value", "sample", "step", "where", "expected")
LONGEST = 1000


class Setting(NamedTuple):
    """What claims are about: a network, its training, and the number of samples."""

    network: Network
    training: Training
    samples: int

    def count_used(self, step: int) -> int:
        """How many samples a step uses."""
        return len(self.training.batch(step, 0)) if self.training.batches else self.samples


def read_claims(value: Any, path: Path, setting: Setting) -> tuple[Claim, ...]:
    """All claims, in order."""
    return tuple(_read_claim(each, place, setting) for each, place in items(value, path))


def read_defaults(value: Any, path: Path, setting: Setting) -> Document:
    """What a document's claims mean where they do not say."""
    table = Table(value, path, ("sample", "step"))
    sample, step = _read_sample_and_step(table, setting)
    return Document(sample, step)


def _read_claim(value: Any, path: Path, setting: Setting) -> Claim:
    table = Table(value, path, KEYS)
    of, formula, sample, step = read_subject(table, setting)
    return Claim(
        of=of,
        value=table.need("value", _read_value),
        sample=sample,
        step=step,
        where=table.take("where", text, ""),
        expected=dict(table.take("expected", mapping, {})),
        formula=formula,
    )


def read_subject(table: Table, setting: Setting) -> tuple[str, Expression, int | None, int]:
    """The number that a table is about: its name, the formula that this is, sample and step."""
    of, formula = table.need("of", lambda given, place: _read_name(given, place, setting.network))
    sample, step = _read_sample_and_step(table, setting)
    for quantity in quantities(formula):
        _check_exists(quantity, sample, step or 1, table.path, setting)
    return of, formula, sample, step or 1


def _read_name(value: Any, path: Path, network: Network) -> tuple[str, Expression]:
    of = text(value, path)
    if len(of) > LONGEST:
        raise Fault(f"the name of a number is at most {LONGEST} characters long; this one has {len(of)}.", path)
    with placed(path):
        return of, names.parse_name(of, network)


def _read_value(value: Any, path: Path) -> str:
    """A number as a string, which keeps the printed digits."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise Fault(f'expected a string, which keeps the printed digits: "{shown(value)}", quotes and all.', path)
    given = text(value, path)
    if len(given) > LONGEST or not PRINTED.fullmatch(given):
        raise Fault(f'expected a number such as "-0.00122" or "1.5e-3", received {shown(given)}.', path)
    beyond = abs(int(given.lower().partition("e")[2] or 0)) > 400
    if beyond or not isfinite(float(given)) or not float(last_place(given)):
        raise Fault(f"{shown(given)} is too large or too small for a floating-point number.", path)
    return given


def _read_sample_and_step(table: Table, setting: Setting) -> tuple[int | None, int | None]:
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
    updates = quantity.kind in (Kind.NEW, Kind.STEP)
    if setting.training.rate is None and (updates or quantity.kind is Kind.RATE):
        raise Fault(f"'{quantity.name}' needs a learning rate; give learning_rate in [training].", (*path, "of"))
    if updates and sample is not None:
        raise Fault(
            f"'{quantity.name}' belongs to the whole step, not to one sample; leave out the sample.", (*path, "sample")
        )
    used = setting.count_used(step) if sample is None else 1
    if used > 1 and quantity.scope is Scope.SAMPLE:
        raise Fault(
            f"'{quantity.name}' belongs to one sample, but step {step} uses {used}; "
            "choose one, such as sample = 1 (counting from 1).",
            (*path, "of"),
        )
