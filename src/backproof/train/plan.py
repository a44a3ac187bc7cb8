"""A Plan: everything that a run on data is asked to do, nothing left open, as it stands in the run's folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from functools import partial
from typing import Any

from backproof.data.preparation import Preparation
from backproof.errors import ModelError, OptionError
from backproof.network import Network
from backproof.schema import Fault, Path, Table, as_is, flag, items, number, text, whole
from backproof.train.settings import Settings, settings
from backproof.validate import describe

#: What may be asked otherwise of a run that is gone on with. The data may have been moved: its checksum decides.
MAY_DIFFER = ("epochs", "patience", "data")
#: The options of `fit` that stand in a plan as they are.
OF_FIT = (
    "epochs", "learning_rate", "optimizer", "schedule", "batch_size", "seed", "l1", "l2", "dropout", "clip", "dtype",
)  # fmt: skip


@dataclass(frozen=True)
class Plan:
    """The options of `backproof train DATA`, which names and explains each; `checksum` is that of the file.

    hidden: the sizes of the hidden layers. restarts: how many networks are trained at once, 1 for the one.
    """

    data: str
    checksum: str
    target: str
    categorical: tuple[str, ...]
    numeric: tuple[str, ...]
    drop: tuple[str, ...]
    impute: str | None
    problem: str | None
    validation: float
    stream: bool
    hidden: tuple[int, ...]
    activation: Any
    cost: Any
    initialiser: str
    optimizer: Any
    learning_rate: float
    schedule: Any
    batch_size: int | None
    epochs: int
    patience: int | None
    l1: float
    l2: float
    dropout: float
    clip: float | None
    class_weight: str | None
    seed: int
    engine: str
    dtype: str
    restarts: int

    @classmethod
    def read(cls, config: Mapping[str, Any], place: str) -> Plan:
        """The plan in the configuration of a run. Errors: ModelError for a run of another kind, or a damaged one."""
        table = Table(config, ("config",), tuple(config))
        try:
            return cls(**{each.name: table.need(each.name, READERS[str(each.type)]) for each in fields(cls)})
        except Fault as fault:
            raise ModelError(f"{place!r} is no run of 'backproof train DATA': {fault.message}") from None

    @property
    def config(self) -> dict[str, Any]:
        """What `read` takes: a JSON object."""
        return asdict(self)

    @property
    def options(self) -> dict[str, Any]:
        """Those of `fit`."""
        return {name: getattr(self, name) for name in OF_FIT}

    def network(self, preparation: Preparation) -> Network:
        """The network that training starts from: inputs and outputs as the data has them."""
        target = preparation.target
        return Network.dense(
            [preparation.width, *self.hidden, target.units],
            activation=[*[self.activation] * len(self.hidden), target.activation],
            cost=self.cost, initialiser=self.initialiser, seed=self.seed, reduction="mean",
        )  # fmt: skip

    def settings(self, network: Network, count: int) -> Settings:
        """The settings of a run of the network on so many samples."""
        return settings(network, count, **self.options)

    def check_same(self, wishes: Mapping[str, Any], place: str) -> None:
        """Nothing, where a run that was begun with this plan can also be what is wished now. Errors: OptionError."""
        for name, wish in wishes.items():
            begun = getattr(self, name)
            if name not in MAY_DIFFER and wish != begun:
                raise OptionError(
                    f"the run in '{place}' was begun with {name} {describe(begun)}, now {describe(wish)} is asked for; "
                    "ask for the same, or choose another folder with -o."
                )


def _texts(value: Any, path: Path) -> tuple[str, ...]:
    return tuple(text(each, place) for each, place in items(value, path))


def _sizes(value: Any, path: Path) -> tuple[int, ...]:
    return tuple(whole(each, place, 1) for each, place in items(value, path))


def _or_none(reader: Any) -> Any:
    return lambda value, path: None if value is None else reader(value, path)


_count = partial(whole, low=0)
#: How the JSON of each kind of field is read.
READERS: dict[str, Any] = {
    "str": text, "str | None": _or_none(text), "tuple[str, ...]": _texts, "tuple[int, ...]": _sizes,
    "float": number, "float | None": _or_none(number), "int": _count, "int | None": _or_none(_count),
    "bool": flag, "Any": as_is,
}  # fmt: skip
