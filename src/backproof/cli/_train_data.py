"""`backproof train DATA --target COLUMN`: understand the data, train a network for it, and keep the run in a folder."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import click

from backproof.cli._console import print_warnings
from backproof.cli._folder import check_folder
from backproof.cli._interrupt import CODE, interruptible
from backproof.cli._output import show_report, write_report
from backproof.cli._processes import MICRO_BATCHES, gather_processes, ignore_first_signal
from backproof.cli._progress import show_progress
from backproof.cli.train import APART
from backproof.data.data_file import is_data_file
from backproof.data.reading import read_table, split_names
from backproof.document import Block, Document
from backproof.errors import DataError, Diverged, MixedTargets, OptionError
from backproof.render import render
from backproof.reports.data import (
    describe_evaluation,
    describe_training,
    tabulate_columns,
    tabulate_rates,
    tabulate_trials,
)
from backproof.reports.run import RunResult, describe_card, describe_refit, describe_run, write_title
from backproof.reports.training import describe_members, draw_costs
from backproof.schema import shown
from backproof.train import engines
from backproof.train.history import INTERRUPTED, History
from backproof.train.option import Names
from backproof.train.processes import is_follower, leave_processes
from backproof.train.run import Run
from backproof.train.store import curves
from backproof.train.store.run_folder import CARD, CONFIG, NAMES, REPORT, RunFolder, read_config
from backproof.train.tabular.config import OPTIONS, TabularConfig
from backproof.train.tabular.job import COLUMNS, Job, Refit
from backproof.train.tabular.search import Search, apply_trial, check_search, choose_searched, continue_search

#: Maximum number of trials of a search that are shown.
SHOWN_TRIALS = 5
#: Options that are lists of columns.
LISTS = (*COLUMNS, "ids")
#: Options that say how to go about it, not what is trained, and those of them that a written command repeats.
OTHERS = ("columns", "resume", "target", "notation", "digits")
BESIDE = {name: flag for name, flag in APART.items() if name not in (*OTHERS, "problem")}
BESIDE |= {"quiet": "--quiet", "output": "-o"}


def train(source: str, given: dict[str, Any]) -> None:
    """Train, on several processes if that is asked, keep the run, and report what came of it."""
    if any(given.get(name) is not None for name in ("processes", "coordinator")):
        if given.get("search"):
            raise OptionError("--search trains many networks in one process; leave out --processes, or search first.")
        if given.get("refit"):
            raise OptionError("--refit trains in one process; leave out --processes, or --refit.")
    with gather_processes(given) as several:
        wishes = {name: value for name, value in given.items() if name not in (*OTHERS, *BESIDE)}
        lists = {name: value for name, value in wishes.items() if name in LISTS}
        wishes |= split_names(lists, source, given.get("columns") or (), wishes.get("header"))
        if several and not _is_resumed(source, given):
            wishes.setdefault("micro_batches", MICRO_BATCHES)
        if several and is_follower():
            _follow(source, given, wishes)
        else:
            _train(source, given, wishes)


def _is_resumed(source: str, given: Mapping[str, Any]) -> bool:
    """Whether there is a run to go on with, and that is asked."""
    return bool(given["resume"]) and (Path(_find_place(source, given)) / CONFIG).is_file()


def _find_place(source: str, given: Mapping[str, Any]) -> str:
    """The folder of the run."""
    return source if Path(source).is_dir() else given.get("output") or name_for(source)


def _require_micro_batches(job: Job) -> None:
    """Raise OptionError for a run that was begun without several processes in mind."""
    if job.options.micro_batches is None:
        raise OptionError(
            "the run was begun without --processes, with sums of its own; continue it without, or start a new one."
        )


def _follow(source: str, given: Mapping[str, Any], wishes: Mapping[str, Any]) -> None:
    """Train along with process 0, which keeps the run and reports."""
    ignore_first_signal()
    place = _find_place(source, given)
    if _is_resumed(source, given):
        job = Job.again(TabularConfig.read(read_config(place), place).with_values(wishes))
    else:
        job = Job.new(source, _require_columns(source, given.get("columns")), wishes)
        job = job.find_rate()[0] if given["find_rate"] else job
    _require_micro_batches(job)
    job.run("jax").follow()
    leave_processes()


def _train(source: str, given: dict[str, Any], wishes: dict[str, Any]) -> None:
    place, columns = given.get("output"), given.get("columns")
    if given["resume"] and given["force"]:
        raise OptionError("--resume continues the run that --force would replace; give only one of them.")
    run: Run | None
    if given["resume"] and Path(source).is_dir():
        if place is not None or columns is not None:
            raise OptionError(
                f"'{source}' is the folder of a run, which knows its data and target; leave out --target and -o."
            )
        job, folder, run = _resume_run(source, wishes)
    else:
        columns, place = _require_columns(source, columns), name_for(source) if place is None else place
        if given["resume"] and (Path(place) / CONFIG).is_file():
            job, folder, run = _resume_run(place, {"data": source, "targets": columns, **wishes})
        else:
            job, folder, run = _begin_run(source, columns, place, wishes, given)
    with folder:
        if given.get("processes") is not None:
            _require_micro_batches(job)
        _train_and_report(job, folder, run, given)


def name_for(source: str) -> str:
    """The folder for a run on a file, in the current one: iris-run for data/iris.csv."""
    return f"{Path(source).name.split('.')[0] or 'data'}-run"


def _require_columns(source: str, columns: Sequence[str] | None) -> Sequence[str]:
    """The targets. Errors: DataError that lists the columns where none is given."""
    if columns is not None:
        return columns
    names = read_table(source).names
    few = ", ".join(shown(name) for name in names[:20]) + (", ..." if len(names) > 20 else "")
    raise DataError(f"the column to predict is missing; give it as --target, one of {few}.", source=source)


def _begin_run(
    source: str, columns: Sequence[str], place: str, wishes: Mapping[str, Any], given: Mapping[str, Any]
) -> tuple[Job, RunFolder, Run | None]:
    force, find = given["force"], given["find_rate"]
    if source.lower().endswith(".toml"):
        raise OptionError(f"'{source}' is a worksheet, which has targets of its own; leave out --target.")
    if (Path(place) / CONFIG).is_file() and not force:
        raise OptionError(
            f"'{place}' already holds a run: continue it with --resume, replace it with --force, or choose another "
            "folder with -o."
        )
    if is_data_file(place):
        raise OptionError(f"'{place}' looks like a file name; a run is written to a folder, such as iris-run.")
    check_folder(place, force=force, ours=lambda file: file.as_posix() in NAMES)
    if wishes.get("search"):
        if find:
            raise OptionError("--search tries learning rates too; leave out --find-rate.")
        wishes = {**wishes, "searched": choose_searched(wishes)}
    if find and "learning_rate" in wishes:
        raise OptionError("--find-rate searches for the rate that --learning-rate sets; give only one of them.")
    try:
        job = Job.new(source, columns, wishes)
    except MixedTargets as error:
        for group, settling in _take_apart(source, error):
            error.add_note(_write_command(source, group, wishes, settling, {**given, "output": None}))
        raise
    except DataError as error:
        useless = {(flag, name) for flag in ("--drop", "--date") for name in columns}  # no target is left out or a date
        settling = [option for option in error.settling if option not in useless]
        if settling:
            error.add_note(f"To settle it so: {_write_command(source, columns, wishes, settling, given)}")
        raise
    if job.config.search:
        check_search(job)
    if find:
        job, tried = job.find_rate()
        _print_aside(tabulate_rates(tried), job)
    run = None if job.many else job.run(job.options.engine)
    return job, RunFolder.create(place, _write_config(job), force=force), run


def _take_apart(source: str, error: MixedTargets) -> Iterator[tuple[Sequence[str], list[tuple[str, ...]]]]:
    """The targets of each network, with the options that leave out the others and give the run its own folder."""
    for number, group in enumerate(error.groups, 1):
        others = [name for each in error.groups if each is not group for name in each]
        yield group, [*(("--drop", name) for name in others), ("-o", f"{name_for(source)}-{number}")]


def _write_command(
    source: str,
    columns: Sequence[str],
    wishes: Mapping[str, Any],
    settling: Iterable[tuple[str, ...]],
    given: Mapping[str, Any],
) -> str:
    """The command that was given, with the options that settle what was found."""
    words = [
        "backproof",
        "train",
        _write_path(source),
        *(word for name in columns for word in ("--target", name)),
    ]
    for each in OPTIONS:
        value = wishes.get(each.name)
        if not each.flag or value is None or value == () or (value is False and "/" not in each.flag):
            continue
        flag = each.flag.split("/")[value is False]
        if isinstance(value, bool):
            words.append(flag)
            continue
        for one in value if isinstance(each.kind, Names) else (value,):
            words += [flag, _write_value(one)]
    words += [f"--{wishes['problem']}"] if wishes.get("problem") else []
    for name, flag in BESIDE.items():
        if given.get(name) is not None and given[name] is not False:
            words += [flag] if given[name] is True else [flag, str(given[name])]
    words += [word for option in dict.fromkeys(settling) for word in option]
    return shlex.join(words)


def _write_value(value: Any) -> str:
    """A value as the command line takes it: sizes with commas, an operation as its name and parameters."""
    if isinstance(value, tuple):
        return ",".join(map(str, value)) or "0"
    if isinstance(value, Mapping):
        return " ".join([str(value["name"]), *(f"{key}={each}" for key, each in value.items() if key != "name")])
    return str(value)


def _resume_run(place: str, wishes: Mapping[str, Any]) -> tuple[Job, RunFolder, Run]:
    folder = RunFolder.resume(place)
    try:
        begun = TabularConfig.read(folder.config, place)
        begun.check_same(wishes, place)
        job = Job.again(begun.with_values(wishes))
        if job.many:
            raise OptionError(f"the run in '{place}' trained many networks at once and cannot be resumed.")
        run = job.run(folder.engine(job.options.engine))
        if folder.history.is_written and not folder.has_checkpoint and not folder.has_model:
            click.echo(
                f"backproof: warning: the run in {_quote_path(folder.place)} was ended before its first checkpoint; it "
                "starts again from the first epoch.",
                err=True,
            )
        if job.config != begun:
            folder.ask(_write_config(job))
    except BaseException:
        folder.close()
        raise
    return job, folder, run


def _write_config(job: Job) -> dict[str, Any]:
    """The configuration as the folder keeps it: files by paths that lead to them from anywhere."""
    files = {name: getattr(job.config, name) for name in ("data", "test")}
    return {**job.config.to_json(), **{name: os.path.abspath(file) for name, file in files.items() if file}}


def _train_and_report(job: Job, folder: RunFolder, run: Run | None, given: Mapping[str, Any]) -> None:
    """The training itself, with what is said before and after."""
    print_warnings(job.samples.warnings, f"; {REPORT} has them all")
    if not given["quiet"]:
        _announce(job)
    search = None
    if job.config.search:
        job, run, search = _search_settings(job, folder, quiet=given["quiet"])
    try:
        history = _train_job(job, folder, run, quiet=given["quiet"])
    except Diverged:
        if run is not None and run.state.epoch:
            click.echo(f"What it had learned until then is saved in {_quote_path(folder.place)}.", err=True)
        raise
    again = _refit(job, history, folder, quiet=given["quiet"])
    interrupted = INTERRUPTED in (history.stopped, again and again.history.stopped)
    refit = None if interrupted else again
    drawn = folder.draw_curves()
    if drawn is None and (engines.has_jax() or given["quiet"]):  # else that has been said
        click.echo(curves.MISSING, err=True)
    report: dict[str, Any] = {name: given.get(name) for name in ("target", "notation", "digits")}
    # Rows of a file for the test were never trained on, so that they can tell of the network that predicts.
    judged, found = refit if refit and job.samples.test else (job, history)
    evaluation = judged.evaluate(found.network, baselines=not given["no_baselines"])
    result = RunResult(job, history, evaluation, drawn, search, refit)
    write_report(_make_report(result), output=None, **report)
    _write_documents(folder, result)
    for said in folder.unwritten:
        click.echo(f"backproof: warning: {said}", err=True)
    if not (given["quiet"] or folder.unwritten):
        click.echo(
            f"{_quote_path(folder.place / REPORT)} has charts, the worst rows and how they came about.", err=True
        )
    _print_place(job, folder, interrupted=interrupted)
    raise click.exceptions.Exit(CODE if interrupted else 0)


def _announce(job: Job) -> None:
    """What was understood of the data, and what it is trained with."""
    held, test = job.samples.validation, job.samples.test
    rows = [f"{job.samples.source.count:,} rows to train on"]
    rows += [f"{len(part.x):,} for {name}" for name, part in (("validation", held), ("the test", test)) if part]
    table = tabulate_columns(job.samples.summary, f"{Path(job.config.data).name}: {', '.join(rows)}")
    _print_aside(table, job)


def _print_aside(block: Block, job: Job) -> None:
    """Something beside the result, to standard error."""
    show_report(Document("", (block,), job.network.labels), err=True)
    click.echo(err=True)


def _search_settings(job: Job, folder: RunFolder, *, quiet: bool) -> tuple[Job, Run, Search]:
    """The job with the settings that a search finds best, and its run."""
    with interruptible() as stop:
        search = continue_search(job, folder, [stop], (lambda line: None) if quiet else partial(click.echo, err=True))
    if search is None:
        click.echo(f"Interrupted; continue with: backproof train {_quote_path(folder.place)} --resume", err=True)
        raise click.exceptions.Exit(CODE)
    job = apply_trial(job, search.best)
    folder.ask(_write_config(job))
    return job, job.run(folder.engine(job.options.engine)), search


def _train_job(job: Job, folder: RunFolder, run: Run | None, *, quiet: bool) -> History:
    options = job.options
    with (
        interruptible() as stop,
        show_progress(stop, options.networks or 1, quiet=quiet, asked=options.engine) as shown,
    ):
        if run is None:
            return job.train_many(folder, [shown, stop])
        history = job.train(folder, run, [shown, stop])
        leave_processes()
    if not shown.values:
        click.echo("Nothing was left to do; to continue, give more --epochs or a larger --patience.", err=True)
    return history


def _refit(job: Job, history: History, folder: RunFolder, *, quiet: bool) -> Refit | None:
    """Train on all rows, if that is asked; None where it is not, or did not come to an end of its own."""
    if not job.config.refit or history.stopped == INTERRUPTED:
        return None
    if not quiet:
        click.echo("Training once more, now on all rows.", err=True)
    try:
        with interruptible() as stop, show_progress(stop, 1, quiet=quiet, asked=job.options.engine) as shown:
            made = job.refit(history, folder, [shown, stop])
    except (DataError, Diverged) as error:
        click.echo(f"backproof: warning: not trained on all rows: {error}", err=True)
        return None
    if made.history.stopped == INTERRUPTED:
        click.echo("backproof: warning: the network that predicts is trained without the rows held back.", err=True)
    return made


def _make_report(result: RunResult) -> Document:
    """What was learned, and how good it is."""
    job, history, evaluation, _, search, _ = result
    blocks: list[Block] = [
        *([tabulate_trials(search, SHOWN_TRIALS)] if search else []),
        describe_training(history, job.options),
        *draw_costs(history),
        *describe_evaluation(evaluation),
        *describe_refit(result),
    ]
    if job.many:
        blocks[1:1] = describe_members(history, job.options.seed)
    return Document(write_title(job), tuple(blocks), history.network.labels)


def _write_documents(folder: RunFolder, result: RunResult) -> None:
    """The report and the model card, into the folder."""
    folder.write_file(REPORT, render(describe_run(result), "html"))
    folder.write_file(CARD, render(describe_card(result), "markdown"))


def _print_place(job: Job, folder: RunFolder, *, interrupted: bool) -> None:
    place = _quote_path(folder.place)
    if interrupted and not job.many:
        click.echo(f"Interrupted; continue with: backproof train {place} --resume", err=True)
    click.echo(f"The run is in {place}; predict with: backproof predict {place} NEW_DATA", err=True)


def _quote_path(place: Path) -> str:
    """A folder as a shell and a command take it, from here."""
    return shlex.quote(_write_path(os.path.relpath(place)))


def _write_path(path: str) -> str:
    """A path that no command takes for an option."""
    return f"./{path}" if path.startswith("-") else path
