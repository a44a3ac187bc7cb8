"""`--processes`: join the processes of a cluster, or those started by hand, or start them on this machine.

Started here, this process is number 0 and the others are this very command with a number each. They end when this one
does, since they read from a pipe that it holds; it ends with a message when one of them does.
"""

from __future__ import annotations

import atexit
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryFile
from threading import Thread
from time import sleep
from typing import Any

import click

from backproof.errors import Diverged, OptionError, ProcessLost
from backproof.train.processes import count_cluster_processes, join_processes
from backproof.validate import check_whole, describe, require_package

#: Micro-batches of a run on several processes, where nothing else is asked.
MICRO_BATCHES = 8
#: No more processes are started here, unless the machine has as many cores.
MOST_STARTED = 64
#: Where this stands in the environment, the process ends with its standard input.
LIFELINE = "BACKPROOF_ENDS_WITH_STDIN"
#: Seconds in which a process may say by itself what is wrong, before another speaks for it.
PATIENCE = 3.0


class Others:
    """The processes that this one has started, number 1 and up."""

    def __init__(self, count: int, coordinator: str) -> None:
        self.over = False
        self.count = count
        self.started = [self._start(number, coordinator) for number in range(1, count)]
        for number, (process, _) in enumerate(self.started, start=1):
            Thread(target=self._watch, args=(number, process), daemon=True).start()

    def _start(self, number: int, coordinator: str) -> tuple[subprocess.Popen[bytes], Any]:
        command = [sys.executable, "-m", "backproof", *sys.argv[1:], "--coordinator", coordinator]
        errors = TemporaryFile()  # noqa: SIM115 - it goes with the process
        process = subprocess.Popen(
            [*command, "--process", str(number)], env=os.environ | {LIFELINE: "1"}, stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL, stderr=errors, start_new_session=True,
        )  # fmt: skip
        return process, errors

    def _watch(self, number: int, process: subprocess.Popen[bytes]) -> None:
        """End all with a message if one ends before the run does."""
        if process.wait() == 0:
            return
        sleep(PATIENCE)
        if not self.over:
            os.write(2, f"\nbackproof: {self.explain()}\n".encode())
            self.end()
            os._exit(1)

    def explain(self) -> str:
        """Which process has ended, and how."""
        for number, (process, errors) in enumerate(self.started, start=1):
            code = process.poll()
            if code is None:
                continue
            errors.seek(0)
            said = [line for line in errors.read().decode("utf-8", "replace").splitlines() if "backproof: " in line]
            how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"has ended with exit code {code}"
            reason = f" ({said[-1].partition('backproof: ')[2]})" if said else ""
            return f"process {number} of {self.count} {how}{reason}; what is saved can be continued with --resume."
        return "another process of the run has ended; what is saved can be continued with --resume."

    def end(self) -> None:
        """End those that are left."""
        self.over = True
        for process, _ in self.started:
            process.kill()


@contextmanager
def gather_processes(given: dict[str, Any]) -> Iterator[bool]:
    """The processes of `--processes`, for as long as this goes on; False where it is not given.

    Errors: OptionError for numbers that do not fit each other, or where the processes do not find each other.
    """
    others = None
    try:
        gathered, others = _join(given)
        yield gathered
    except click.exceptions.Exit:
        raise
    except BaseException as error:
        if given.get("processes") is not None:  # JAX would wait for the others, who may not live any more
            atexit.register(os._exit, 1 if isinstance(error, ProcessLost | Diverged) else 2)
        if others is not None and isinstance(error, ProcessLost):
            sleep(PATIENCE / 3)  # until it is known which one it was
            raise ProcessLost(others.explain()) from None
        raise
    finally:
        if others is not None:
            others.over = True
            _leave(others, failed=sys.exc_info()[0] not in (None, click.exceptions.Exit))


def _join(given: dict[str, Any]) -> tuple[bool, Others | None]:
    asked, process, coordinator = (given.get(name) for name in ("processes", "process", "coordinator"))
    if asked is None:
        if process is not None or coordinator is not None:
            raise OptionError("--process and --coordinator are those of one of several; give --processes, too.")
        return False, None
    if asked != "cluster" and not (asked.isascii() and asked.isdigit()):
        raise OptionError(f"--processes must be a number from 1, or 'cluster'; received {describe(asked)}.")
    if (given.get("networks") or 1) > 1:
        raise OptionError("--restarts trains many networks in one process; leave out --processes, or --restarts.")
    require_package("jax", "training on several processes")
    count = None if asked == "cluster" else check_whole("--processes", int(asked), 1)
    most = given.get("micro_batches") or MICRO_BATCHES
    if count is not None and not given.get("fast_sums") and (count > most or most % count):
        raise OptionError(
            f"{most} micro-batches cannot be spread evenly over {count} processes; start 1, 2, 4 ... up to {most}, or "
            "give more --micro-batches, or give up equal bits with --fast-sums."
        )
    if coordinator is not None:
        if count is None or process is None:
            raise OptionError("--coordinator needs --processes N and --process I, the number of this one, from 0.")
        if count == 1 and process == 0:
            return True, None
        if LIFELINE in os.environ:
            Thread(target=_end_with_stdin, daemon=True).start()
        join_processes(coordinator, count, process)
        return True, None
    if process is not None:
        raise OptionError("--process needs --coordinator HOST:PORT, the address of process 0.")
    there = count_cluster_processes()
    if count is None or there > 1:
        if not there:
            raise OptionError(
                "--processes cluster: no cluster of Slurm, Open MPI or Kubernetes has started this process."
            )
        if count not in (None, there):
            raise OptionError(f"--processes {count}, but the cluster has started {there}; leave it at 'cluster'.")
        join_processes()
        return True, None
    if count == 1:
        return True, None
    if count > max(MOST_STARTED, os.cpu_count() or 1):
        raise OptionError(f"--processes {count}: no more than {MOST_STARTED} are started on one machine.")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    os.environ.setdefault("NPROC", str(max(1, (os.cpu_count() or 1) // count)))  # the threads of XLA
    others = Others(count, address)
    try:
        join_processes(address, count, 0)
    except BaseException:
        others.end()
        raise
    return True, others


def _leave(others: Others, *, failed: bool) -> None:
    """Leave the others; where all went well they are waited for, so that none is left behind."""
    if not failed:
        for process, _ in others.started:
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                break
    others.end()


def _end_with_stdin() -> None:
    os.read(0, 1)  # nobody writes there: it is over; a buffered stream would be locked when Python ends
    os._exit(1)


def ignore_first_signal() -> None:
    """Leave a first Ctrl-C to process 0, which hears it as well and ends the run after its epoch; a second ends all."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda got, _: signal.signal(got, lambda *_: os._exit(130)))
