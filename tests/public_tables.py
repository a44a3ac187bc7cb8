"""Thirty public tables that packages bring with them, as people would save them: each a frame, a target, a problem.

Nothing is fetched. Whoever uses a table skips it where its package is not installed (`load_frame`).
"""

from __future__ import annotations

import importlib
import warnings
from typing import Any, NamedTuple

import pytest

CLASSES, NUMBER = "classification", "regression"


class PublicTable(NamedTuple):
    """Where a table comes from, what is to be predicted, and what a person would say of it."""

    package: str
    name: str
    target: str
    problem: str
    #: What a person would have to say beside the target.
    options: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.name}"


#: The packages that are asked for: scikit-learn, statsmodels, vega_datasets and palmerpenguins.
TABLES = (
    PublicTable("sklearn", "iris", "target", CLASSES),
    PublicTable("sklearn", "wine", "target", CLASSES),
    PublicTable("sklearn", "breast_cancer", "target", CLASSES),
    PublicTable("sklearn", "digits", "target", CLASSES),
    PublicTable("sklearn", "diabetes", "target", NUMBER),
    PublicTable("sklearn", "linnerud", "Pulse", NUMBER),
    PublicTable("palmerpenguins", "penguins", "species", CLASSES),
    PublicTable("palmerpenguins", "penguins_raw", "Species", CLASSES),
    PublicTable("vega_datasets", "cars", "Miles_per_Gallon", NUMBER, ("drop_missing_target",)),
    PublicTable("vega_datasets", "barley", "yield", NUMBER),
    PublicTable("vega_datasets", "seattle_weather", "weather", CLASSES),
    PublicTable("vega_datasets", "stocks", "price", NUMBER),
    PublicTable("vega_datasets", "airports", "longitude", NUMBER),
    PublicTable("vega_datasets", "driving", "gas", NUMBER),
    PublicTable("vega_datasets", "iowa_electricity", "net_generation", NUMBER),
    PublicTable("vega_datasets", "us_employment", "nonfarm", NUMBER),
    PublicTable("vega_datasets", "sf_temps", "temp", NUMBER),
    PublicTable("vega_datasets", "anscombe", "Y", NUMBER),
    PublicTable("statsmodels", "anes96", "vote", CLASSES),
    PublicTable("statsmodels", "ccard", "AVGEXP", NUMBER),
    PublicTable("statsmodels", "engel", "foodexp", NUMBER),
    PublicTable("statsmodels", "fair", "affairs", NUMBER),
    PublicTable("statsmodels", "grunfeld", "invest", NUMBER),
    PublicTable("statsmodels", "macrodata", "realgdp", NUMBER),
    PublicTable("statsmodels", "modechoice", "choice", CLASSES),
    PublicTable("statsmodels", "randhie", "mdvis", NUMBER),
    PublicTable("statsmodels", "spector", "GRADE", CLASSES),
    PublicTable("statsmodels", "star98", "NABOVE", NUMBER),
    PublicTable("statsmodels", "statecrime", "violent", NUMBER),
    PublicTable("statsmodels", "heart", "survival", NUMBER),
)


def load_frame(table: PublicTable, rows: int | None = None) -> Any:
    """The table as a data frame of pandas, or so many rows of it, drawn at random. Skip where it is absent."""
    pytest.importorskip("pandas")
    pytest.importorskip(table.package, exc_type=ImportError)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        frame = LOADERS[table.package](table.name)
    if rows is not None and len(frame) > rows:
        frame = frame.sample(rows, random_state=0).reset_index(drop=True)
    return frame


def _load_sklearn(name: str) -> Any:
    return getattr(importlib.import_module("sklearn.datasets"), f"load_{name}")(as_frame=True).frame


def _load_vega(name: str) -> Any:
    return getattr(importlib.import_module("vega_datasets").local_data, name)()


def _load_penguins(name: str) -> Any:
    return getattr(importlib.import_module("palmerpenguins"), f"load_{name}")()


def _load_statsmodels(name: str) -> Any:
    return importlib.import_module(f"statsmodels.datasets.{name}").load_pandas().data


LOADERS = {
    "sklearn": _load_sklearn,
    "vega_datasets": _load_vega,
    "palmerpenguins": _load_penguins,
    "statsmodels": _load_statsmodels,
}
