"""A snapshot of a run between two epochs: every array and fact of it and of its watchers, and the way back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from backproof.arrays import AnyArray
from backproof.errors import ModelError
from backproof.schema import Table, mapping, number, text, whole
from backproof.train.state import State
from backproof.train.watchers.watcher import Watcher

if TYPE_CHECKING:
    from backproof.train.run import Run

KEYS = ("epoch", "step", "engine", "factor", "stopped", "watchers")


def take(run: Run, watchers: Sequence[Watcher]) -> tuple[dict[str, AnyArray], dict[str, Any]]:
    """What `give_back` needs; nothing is copied, since nothing of a state is ever written over."""
    arrays, memories = run.state.named, {}
    for name, watcher in _names(watchers):
        own, memories[name] = watcher.memory()
        arrays |= {f"{name}/{key}": array for key, array in own.items()}
    facts = {"epoch": run.state.epoch, "step": int(run.state.step), "engine": run.engine.name, "factor": run.factor}
    return arrays, {**facts, "stopped": run.stopped, "watchers": memories}


def give_back(run: Run, watchers: Sequence[Watcher], arrays: dict[str, AnyArray], facts: Mapping[str, Any]) -> None:
    """Put a run and its watchers where they were. Errors: ModelError where the arrays are not those of such a run."""
    table = Table(facts, (), KEYS)
    run.state = _state(run.state, arrays, table)
    run.factor, run.stopped = table.need("factor", number), table.need("stopped", text)
    memories = table.need("watchers", mapping)
    for name, watcher in _names(watchers):
        if name in memories:
            own = {key.removeprefix(f"{name}/"): array for key, array in arrays.items() if key.startswith(f"{name}/")}
            watcher.restore(own, mapping(memories[name], ("watchers", name)))


def _state(like: State, arrays: dict[str, AnyArray], facts: Table) -> State:
    """The state of those arrays, which have names, shapes and precision of another state of the run."""
    if misfit := like.misfit(arrays):
        raise ModelError(f"the checkpoint is of another run: {misfit}")
    parameters = {key: arrays[f"parameters/{key}"] for key in like.parameters}
    slots = {slot: {key: arrays[f"slots/{slot}/{key}"] for key in keyed} for slot, keyed in like.slots.items()}
    step, epoch = (facts.need(key, lambda value, path: whole(value, path, 0)) for key in ("step", "epoch"))
    return State(parameters, slots, step, epoch)


def _names(watchers: Sequence[Watcher]) -> Iterator[tuple[str, Watcher]]:
    """Each watcher by what it is; several of a kind are counted."""
    seen: dict[str, int] = {}
    for watcher in watchers:
        kind = type(watcher).__name__
        seen[kind] = seen.get(kind, 0) + 1
        yield f"watchers/{kind}/{seen[kind]}", watcher
