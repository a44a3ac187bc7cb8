"""TrainingOptions: one field is a whole option, from `fit` to the folder of a run."""

import doctest
import inspect
import json
import re
import sys
from dataclasses import dataclass

import click
import pytest
from click.testing import CliRunner

from backproof import Network
from backproof.cli._options import options_from
from backproof.errors import OptionError
from backproof.train import fit
from backproof.train.option import Amount, always, option, options_of, takes_options
from backproof.train.options import TrainingOptions
from backproof.train.resume import check_same


@dataclass(frozen=True)
class MoreOptions(TrainingOptions):
    """Every option, and one that is new."""

    label_smoothing: float = option(
        Amount(1.0), "Fraction of each target that is spread over all classes.",
        default=0.0, flag="--label-smoothing", hint="0",
    )  # fmt: skip


def test_a_new_field_is_checked():
    with pytest.raises(OptionError, match="label_smoothing must be a finite number from 0 to below 1, received 2"):
        MoreOptions(label_smoothing=2)


def test_a_new_field_is_written_and_read():
    options = MoreOptions(label_smoothing=0.1)
    written = json.loads(json.dumps(options.to_json()))
    assert written["label_smoothing"] == 0.1
    assert set(written) == {*TrainingOptions().to_json(), "label_smoothing"}


def test_a_new_field_decides_what_is_resumed():
    begun, now = (MoreOptions(label_smoothing=each).to_json() for each in (0, 0.1))
    check_same(begun, begun, "run", options_of(MoreOptions))
    with pytest.raises(OptionError, match=r"started with label_smoothing 0\.0, but 0\.1 was given"):
        check_same(begun, now, "run", options_of(MoreOptions))


def test_a_new_field_is_on_the_command_line():
    @click.command()
    @options_from(*options_of(MoreOptions))
    def command(**given):
        click.echo(json.dumps({name: each for name, each in given.items() if each is not None}))

    run = CliRunner().invoke
    assert json.loads(run(command, ["--label-smoothing", "0.1"]).output) == {"label_smoothing": 0.1}
    assert "Fraction of each target that is spread over all" in run(command, ["--help"]).output


def test_a_new_field_stands_in_the_signature_and_the_docstring():
    @takes_options(MoreOptions)
    def train(x, **options):
        """Train.

        {options}
        """

    assert inspect.signature(train).parameters["label_smoothing"].default == 0.0
    assert "label_smoothing : float, default 0.0\n        Fraction of each target" in train.__doc__


def test_a_new_field_may_say_that_a_run_can_be_resumed_with_another_value():
    assert {each.name for each in options_of(TrainingOptions) if each.may_differ is always} == {"epochs", "engine"}


def test_fit_shows_every_option_with_its_default():
    shown = inspect.signature(fit).parameters
    for each in options_of(TrainingOptions):
        assert shown[each.name].default == each.default
        assert re.search(rf"^    {each.name} : .*\n        \S", fit.__doc__, re.MULTILINE)


def test_no_file_lists_the_options_again():
    """Whoever names most options in one file has made a second list, except for the defaults for tables."""
    names = [each.name for each in options_of(TrainingOptions)]
    allowed = {"options", "defaults", "fit"}
    for name, module in list(sys.modules.items()):
        if name.startswith(("backproof.train.", "backproof.cli.")) and name.rpartition(".")[2] not in allowed:
            source = inspect.getsource(module)
            assert sum(f'"{each}"' in source or f"{each}:" in source for each in names) < len(names) / 2, name


def test_an_option_that_does_not_exist_is_named_with_the_nearest_one():
    with pytest.raises(OptionError, match=r"there is no option 'learning_rat'.*[Dd]id you mean 'learning_rate'"):
        fit(Network.dense([1, 1]), [[1]], [[1]], learning_rat=1)
    with pytest.raises(OptionError, match=r"[Dd]id you mean 'callbacks'"):
        fit(Network.dense([1, 1]), [[1]], [[1]], callback=[])


def test_the_examples_of_fit_run():
    ran = doctest.testmod(sys.modules[fit.__module__])
    assert ran.attempted >= 5
    assert not ran.failed
