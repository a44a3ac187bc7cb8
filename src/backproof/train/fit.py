"""`fit`: train a network on arrays."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from numpy.typing import ArrayLike

from backproof.data.source import ArraySource
from backproof.errors import OptionError
from backproof.network import Network
from backproof.train.callbacks.callback import Callback, Report, as_callback
from backproof.train.callbacks.early_stopping import EarlyStopping
from backproof.train.callbacks.validation import Validation
from backproof.train.history import History
from backproof.train.labels import Labels, encode_targets, hold_back
from backproof.train.loop import run_class, train, train_in_folder
from backproof.train.many import fit_many
from backproof.train.option import check_list, takes_options
from backproof.train.options import TrainingOptions, check_known
from backproof.train.processes import is_follower
from backproof.train.resume import describe_run, open_run
from backproof.train.source import make_source, weigh_classes
from backproof.train.step import State
from backproof.validate import describe

#: Called with an epoch's number, from 1, and its cost.
Progress = Callable[[int, float], object]


@takes_options(TrainingOptions)
def fit(
    network: Network,
    x: ArrayLike,
    y: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    validation: tuple[ArrayLike, ArrayLike] | float | None = None,
    callbacks: Sequence[Any] = (),
    report: Progress | None = None,
    state: State | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    vary: Mapping[str, Sequence[Any]] | None = None,
    **options: Any,
) -> History:
    """Train a network on inputs x and targets y.

    Parameters
    ----------
    network : Network
        The network to start from. It is not changed.
    x : array_like, shape (samples, inputs)
        Inputs. A single sample may be a flat list.
    y : array_like, shape (samples, outputs) or (samples,)
        Targets. One for each sample may be a number, for one output, or a label: a text, or with several outputs a
        whole number. Labels have an output each, in their order (two labels may share one, as 0 and 1).
    sample_weight : array_like, shape (samples,), optional
        Factor of each sample's cost, from 0.
    validation : tuple of array_like, or float, optional
        Inputs and targets (x, y) to measure after each epoch, on which the network is not trained; or the share of the
        samples to hold back for this, drawn by `seed` with classes in proportion.
    callbacks : list of callable or Callback, optional
        Called with (run, epochs) after each epoch. A callable that returns True, or a reason, ends the run.
    report : callable, optional
        Called with the number (from 1) and the cost of each epoch.
    state : State, optional
        The `state` of an earlier history, to continue from until `epochs` are done.
    checkpoint : path, optional
        Folder to keep the run in. Called again with the same arguments, the run continues from its last checkpoint,
        to the very numbers that it would have reached without a break.
    vary : dict, optional
        Train many networks at once: a list with a value for each of them, by option (learning_rate, l1, l2, clip or
        seed). A network with a seed of its own starts from parameters drawn by `initialiser`.
    {options}

    Returns
    -------
    History
        What the run cost, epoch by epoch, and the trained network, `history.network`. With `validation`, `patience` or
        `monitor` that is the network of the best epoch. Of many networks it is the history of the best one; `members`
        are all.

    Raises
    ------
    ShapeError, NumberError
        If data does not fit the network or is not finite.
    OptionError, NameUnknown
        If an option does not exist or is out of range.
    Diverged
        At the first number that is not finite, with epoch, batch, layer, quantity and the likely cause.

    See Also
    --------
    backproof.train.range_test.range_test : Find a learning rate.
    backproof.sklearn.MLPClassifier, backproof.sklearn.MLPRegressor : The same as estimators of scikit-learn.

    Notes
    -----
    Each step takes the gradient of the batch's cost E, by the equations of `backproof.propagation`, and updates all
    parameters at once: with plain gradient descent w <- w - learning_rate dE/dw. An operation with parameters is
    given as a dict, such as ``optimizer={"name": "sgd", "momentum": 0.9}``. Ctrl-C ends the run, and what it has
    learned is returned.

    Examples
    --------
    >>> from backproof import Network
    >>> x, y = [[0, 0], [0, 1], [1, 0], [1, 1]], [[0], [1], [1], [1]]
    >>> network = Network.dense([2, 2, 1], activation="sigmoid", seed=0)
    >>> history = fit(network, x, y, epochs=2000, learning_rate=2.0)
    >>> history.network.predict(x).round().tolist()
    [[0.0], [1.0], [1.0], [1.0]]
    >>> fit(network, x, y, epochs=200, optimizer="adam", metrics=["accuracy"]).metrics["training_accuracy"][-1]
    1.0
    >>> history = fit(network, x * 5, ["off", "on", "on", "on"] * 5, validation=0.2, epochs=2000, learning_rate=2.0)
    >>> history.labels, history.network.predict(x).round().ravel().tolist()
    (('off', 'on'), [0.0, 1.0, 1.0, 1.0])
    """
    check_known(options, fit.__kwdefaults__ or ())
    chosen = TrainingOptions(**options)
    y, labels = encode_targets(network, x, y)
    source, held_out = _split_samples(network, make_source(network, x, y, sample_weight), validation, labels, chosen)
    source = replace(source, weights=weigh_classes(chosen.class_weight, source.weights, source.y))
    chosen.check_fits(network.depth, source.count)
    others = list(map(as_callback, check_list("callbacks", callbacks)))
    if report is not None:
        others.append(Report(_check_function("report", report)))
    if chosen.networks is not None or vary is not None:
        _check_unwatched(chosen, others, state, checkpoint)
        return replace(fit_many(network, source, chosen, vary, held_out=held_out, callbacks=others), labels=labels)
    if state is not None:
        _check_state(state, network, chosen)
        if checkpoint is not None:
            raise OptionError("state and checkpoint both say where to continue from; give only one of them.")
    all_callbacks = [*measuring_callbacks(chosen, source, held_out), *others]
    attention = any(each.needs_every_epoch for each in all_callbacks)
    make_run = run_class(chosen)
    if checkpoint is None or (chosen.micro_batches is not None and is_follower()):
        run = make_run(network, source, chosen, state=state, needs_every_epoch=attention)
        return replace(train(run, all_callbacks), labels=labels)
    with open_run(checkpoint, describe_run(network, source, held_out, chosen)) as folder:
        chosen = replace(chosen, engine=folder.engine(chosen.engine))
        run = make_run(network, source, chosen, needs_every_epoch=attention)
        return replace(train_in_folder(folder, run, all_callbacks), labels=labels)


def _split_samples(
    network: Network, source: ArraySource, validation: Any, labels: Labels, options: TrainingOptions
) -> tuple[ArraySource, ArraySource | None]:
    """The samples to train on, and those for validation: given, or a share of all."""
    if isinstance(validation, float | int) and not isinstance(validation, bool):
        if options.batches:
            raise OptionError("batches number all samples; give the validation samples as (x, y), not as a share.")
        return hold_back(source, validation, options.seed)
    if validation is None:
        return source, None
    x, y = _pair("validation", validation)
    return source, make_source(network, x, encode_targets(network, x, y, labels)[0])


def measuring_callbacks(options: TrainingOptions, source: ArraySource, held_out: ArraySource | None) -> list[Callback]:
    """The callbacks that measure after each epoch, and the one that ends the run, as the options ask."""
    callbacks: list[Callback] = []
    prefix = "training" if held_out is None else "validation"
    if held_out is not None or options.metrics:
        callbacks.append(Validation(source if held_out is None else held_out, options.metrics, prefix))
    if held_out is not None or options.patience is not None or options.monitor is not None:
        monitor = options.monitor or ("cost" if held_out is None else "validation_cost")
        greater = {f"{prefix}_{name}": metric.greater for name, metric in options.metrics}
        callbacks.append(EarlyStopping(monitor, greater.get(monitor, False), options.patience, options.tolerance))
    return callbacks


def _check_unwatched(options: TrainingOptions, callbacks: Sequence[Callback], *others: Any) -> None:
    """Raise OptionError for what takes one network alone."""
    if options.micro_batches is not None:
        raise OptionError("micro_batches are for one network; leave out networks and vary, or micro_batches.")
    alone = (options.patience, options.monitor, *others)
    if options.metrics or any(each is not None for each in alone) or any(each.needs_every_epoch for each in callbacks):
        raise OptionError(
            "networks trained at once cannot be monitored one by one; leave out patience, monitor, "
            "metrics, callbacks, state and checkpoint, or train one network."
        )


def _pair(what: str, value: Any) -> tuple[Any, Any]:
    """Two arrays as (x, y), or an OptionError."""
    if not isinstance(value, tuple | list) or len(value) != 2:
        raise OptionError(
            f"{what} must be a pair of inputs and targets, (x, y), or the share of the samples to hold back; "
            f"received {describe(value)}."
        )
    return value[0], value[1]


def _check_function(what: str, value: Any) -> Any:
    """A function, or an OptionError."""
    if not callable(value):
        raise OptionError(f"{what} must be a function, received {describe(value)}.")
    return value


def _check_state(value: Any, network: Network, options: TrainingOptions) -> None:
    """Raise OptionError for anything but a state of the same run."""
    if options.schedule.adapts:
        raise OptionError(
            f"a state does not include the progress of the schedule '{options.schedule.name}'; "
            "give a checkpoint folder instead."
        )
    if not isinstance(value, State):
        raise OptionError(f"state must be the state of an earlier history, received {describe(value)}.")
    if mismatch := State.first(network.parameters, options.optimizer, options.dtype).mismatch(value.named):
        raise OptionError(f"state belongs to another run: {mismatch}")
