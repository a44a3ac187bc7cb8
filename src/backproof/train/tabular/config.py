"""TabularConfig: all that a run on a table is asked to do, nothing left open, as it stands in the run's folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from backproof.data.pictures import complete_shape
from backproof.errors import ModelError
from backproof.operations.activation import Activation, activations
from backproof.operations.cost import Cost, costs
from backproof.operations.picture_network import PictureNetwork, networks
from backproof.schema import Fault, Table, shown
from backproof.train.option import (
    Amount,
    Flag,
    Name,
    Names,
    OneOrMore,
    Operation,
    Options,
    OrNone,
    Sizes,
    Whole,
    always,
    option,
    options_of,
)
from backproof.train.options import TrainingOptions
from backproof.train.resume import check_same


@dataclass(frozen=True)
class TabularConfig(Options):
    """What is trained on which columns of a file, and how. Errors: as of TrainingOptions."""

    data: str = option(Name(), "File with the samples.", may_differ=always)  # it may be moved: its checksum decides
    checksum: str = option(Name(), "Checksum of the file.")
    targets: tuple[str, ...] = option(OneOrMore(), "Column to predict, or several.", key="target")
    categorical: tuple[str, ...] = option(
        Names(),
        "Columns that hold categories, separated by commas; repeatable.",
        flag="--categorical",
        for_data=True,
        metavar="COLUMN",
    )
    numeric: tuple[str, ...] = option(
        Names(),
        "Columns that hold numbers, separated by commas; repeatable.",
        flag="--numeric",
        for_data=True,
        metavar="COLUMN",
    )
    date: tuple[str, ...] = option(
        Names(),
        "Columns that hold dates, separated by commas; repeatable.",
        flag="--date",
        for_data=True,
        metavar="COLUMN",
    )
    text: tuple[str, ...] = option(
        Names(),
        "Columns that hold texts to be read, separated by commas; repeatable.",
        flag="--text",
        for_data=True,
        metavar="COLUMN",
    )
    drop: tuple[str, ...] = option(
        Names(),
        "Columns to leave out, separated by commas; repeatable.",
        flag="--drop",
        for_data=True,
        metavar="COLUMN",
    )
    ids: tuple[str, ...] = option(
        Names(),
        "Columns that identify rows: no inputs, but written beside predictions, separated by commas; repeatable.",
        flag="--id",
        for_data=True,
        metavar="COLUMN",
    )
    weights: str | None = option(
        OrNone(Name()),
        "Column with the weight of each row in the cost.",
        flag="--weights",
        for_data=True,
        metavar="COLUMN",
    )
    header: bool | None = option(
        OrNone(Flag()),
        "Whether the first row of a text file holds the names of the columns.",
        flag="--header/--no-header",
        for_data=True,
    )
    drop_missing_target: bool = option(
        Flag(), "Leave out rows that have no target.", flag="--drop-missing-target", for_data=True
    )
    missing: tuple[str, ...] = option(
        Names(),
        "Texts or numbers that stand for a missing value, such as -999; repeatable.",
        flag="--missing",
        for_data=True,
        metavar="TEXT",
    )
    skip_bad_rows: bool = option(
        Flag(),
        "Leave out rows with more or fewer values than there are columns.",
        flag="--skip-bad-rows",
        for_data=True,
    )
    test: str | None = option(
        OrNone(Name()), "File with rows for the test.", flag="--test", for_data=True, metavar="FILE", may_differ=always
    )
    impute: str | None = option(
        OrNone(Name()),
        "How missing values are filled: mean, median, most_frequent.",
        flag="--impute",
        for_data=True,
        metavar="WAY",
    )
    problem: str | None = option(OrNone(Name()), "Whether the target is a class or a number.")
    validation: float = option(
        Amount(),
        "Fraction of the rows to hold back.",
        flag="--validation",
        for_data=True,
        metavar="SHARE",
        hint="0.1 or 0.2",
    )
    refit: bool = option(
        Flag(),
        "Whether the network that predicts is trained on all rows, once a part of them has given the score.",
        flag="--refit/--no-refit",
        for_data=True,
        hint="for few rows, unless --epochs, --patience, --l1, --l2 or --search is given",
    )
    stream: bool = option(
        Flag(), "Read a Parquet file in pieces instead of all at once.", flag="--stream", for_data=True
    )
    hidden: tuple[int, ...] = option(
        Sizes(), "Sizes of the hidden layers, such as 128 or 64,32; 0 for none.", flag="--hidden", for_data=True
    )
    network: PictureNetwork | None = option(
        OrNone(Operation(networks)),
        "A named network for pictures, such as lenet.",
        flag="--network",
        for_data=True,
    )
    shape: tuple[int, ...] = option(
        Sizes(), "Shape of a picture, where rows are flat: 28,28 or 3,32,32.", flag="--shape", for_data=True
    )
    activation: Activation = option(
        Operation(activations), "Activation of the hidden layers.", flag="--activation", for_data=True, hint="relu"
    )
    cost: Cost = option(
        Operation(costs),
        "Cost of the outputs.",
        flag="--cost",
        for_data=True,
        hint="cross entropy, or half the squared error",
    )
    search: int | None = option(
        OrNone(Whole(1, 10_000)),
        "Number of settings to try in a few epochs each before the best one is trained.",
        flag="--search",
        for_data=True,
        metavar="N",
    )
    searched: tuple[str, ...] = option(Names(), "What the search chooses.")
    options: TrainingOptions = field(default_factory=TrainingOptions)

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "shape", complete_shape(self.shape))

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> TabularConfig:
        """The configuration with those values, of its own options and of TrainingOptions, by name."""
        own, others = _split_values(values)
        return cls(**own, options=TrainingOptions(**others))

    @classmethod
    def read(cls, config: Mapping[str, Any], place: str) -> TabularConfig:
        """The configuration in the JSON of a run. Errors: ModelError for a run of another kind, or a damaged one."""
        table = Table(config, ("config",), tuple(config))
        try:
            return replace(cls.from_json(table), options=TrainingOptions.from_json(table))
        except Fault as fault:
            if {"data", "checksum", "target"} <= {*config} and (lacking := {each.key for each in OPTIONS} - {*config}):
                raise ModelError(
                    f"the run {place!r} cannot be resumed: its config.json has no {shown(min(lacking))}, so that it "
                    "was started with an earlier version of Backproof, or is damaged. It can still predict; start a "
                    "new run in another folder."
                ) from None
            raise ModelError(f"{place!r} is not a run of 'backproof train DATA': {fault.message}") from None

    def to_json(self) -> dict[str, Any]:
        return {**super().to_json(), **self.options.to_json()}

    def with_values(self, values: Mapping[str, Any]) -> TabularConfig:
        """The same with other values, of its own options and of TrainingOptions, by name."""
        own, others = _split_values(values)
        return replace(self, **own, options=replace(self.options, **others))

    def check_same(self, values: Mapping[str, Any], place: str) -> None:
        """Raise OptionError if a run that was begun with this cannot be resumed with other values."""
        asked = self.with_values(values).to_json()
        names = {each.key for each in OPTIONS if each.name in values}
        check_same(self.to_json(), {key: asked[key] for key in names}, place, OPTIONS)


#: All that a run on a table can be asked.
OPTIONS = (*options_of(TabularConfig), *options_of(TrainingOptions))


def _split_values(values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The values of a TabularConfig's own options, and those of TrainingOptions."""
    names = {each.name for each in options_of(TabularConfig)}
    own = {name: value for name, value in values.items() if name in names}
    return own, {name: value for name, value in values.items() if name not in names}
