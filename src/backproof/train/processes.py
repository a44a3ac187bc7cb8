"""Several processes that train one network together, on JAX's own runtime.

Process 0 leads: it alone measures, writes checkpoints, shows progress and decides how the run goes on. The others
follow its messages, which go through the coordinator; sums and states go through JAX's collectives.
"""

from __future__ import annotations

import json
import os
import re
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Timer
from time import monotonic, sleep
from typing import Any

import numpy as np

from backproof.errors import OptionError, ProcessLost
from backproof.train.shared_memory import SharedMemory, share_memory
from backproof.validate import check_whole, describe

#: Seconds that the processes wait for each other at the start, and after which a silent one counts as lost.
START_TIMEOUT, HEARTBEAT_TIMEOUT = 60, 60
#: A follower waits for its next message as long as the leader lives, in milliseconds.
FOREVER = 10**9
LOST_PROCESS = "another process of the run has ended, so that it cannot go on; continue with --resume ({reason})."


@dataclass
class Team:
    """This process, `index` of `count`, and its messages to and from the others."""

    index: int
    count: int
    client: Any
    sent: int = field(default=0)
    shared: SharedMemory | None = None

    def send(self, **message: Any) -> None:
        """Tell the followers what is next. Errors: ProcessLost."""
        self.sent += 1
        with lost_processes():
            self.client.key_value_set(f"backproof/{self.sent}", json.dumps(message))

    def receive(self) -> dict[str, Any]:
        """What is next, as the leader has told. Errors: ProcessLost."""
        self.sent += 1
        with lost_processes():
            message: dict[str, Any] = json.loads(self.client.blocking_key_value_get(f"backproof/{self.sent}", FOREVER))
        return message

    def gather(self, fact: Any) -> list[Any]:
        """What every process says, in their order. Errors: ProcessLost."""
        self.sent += 1
        place = f"backproof/{self.sent}"
        with lost_processes():
            self.client.key_value_set(f"{place}/{self.index}", json.dumps(fact))
            texts = [self.client.blocking_key_value_get(f"{place}/{each}", FOREVER) for each in range(self.count)]
        return list(map(json.loads, texts))

    def check_same(self, facts: Mapping[str, Any]) -> None:
        """Raise OptionError if the processes were started with different facts, which are named."""
        first, *others = self.gather(facts)
        for number, other in enumerate(others, start=1):
            for key in first:
                if first[key] != other.get(key):
                    with suppress(RuntimeError):  # until all have read it; whoever leaves first would end the others
                        self.client.wait_at_barrier("backproof/read", 10_000)
                    raise OptionError(
                        f"process {number} was started with another {key} than process 0 ({describe(first[key])}, and "
                        f"{describe(other.get(key))} in process {number}); start all with the same data and options."
                    )

    def check_complete(self) -> None:
        """Raise ProcessLost if one that shares memory with this one has ended."""
        failure = self.shared and self.shared.failure
        if isinstance(failure, OSError):
            raise ProcessLost(LOST_PROCESS.format(reason=failure)) from None
        if failure:
            raise failure

    def broadcast(self, arrays: Any) -> Any:
        """Arrays of process 0, bit for bit, on every process; those of the others tell shapes and precisions."""
        import jax
        from jax.experimental import multihost_utils

        with lost_processes(), jax.enable_x64(True):
            raw = jax.tree.map(lambda each: np.ascontiguousarray(each).reshape(-1).view(np.uint8), arrays)
            raw = multihost_utils.broadcast_one_to_all(raw)
            return jax.tree.map(
                lambda got, own: np.array(got).view(np.asarray(own).dtype).reshape(np.shape(own)), raw, arrays
            )


@contextmanager
def lost_processes() -> Iterator[None]:
    """Turn an error of JAX's runtime into a ProcessLost."""
    from jax.errors import JaxRuntimeError

    try:
        yield
    except JaxRuntimeError as error:
        reason = str(error).partition("\n")[0]
        raise ProcessLost(LOST_PROCESS.format(reason=reason)) from None


_team: Team | None = None


def find_team() -> Team | None:
    """The team that this process is part of, or None where it trains alone."""
    global _team
    jax = sys.modules.get("jax")
    if _team is None and jax is not None and jax.distributed.is_initialized() and jax.process_count() > 1:
        from jax._src.distributed import global_state

        _team = Team(jax.process_index(), jax.process_count(), global_state.client)
    return _team


def is_follower() -> bool:
    """Whether this process is one of several, and another leads."""
    team = find_team()
    return team is not None and team.index > 0


def count_cluster_processes() -> int:
    """How many processes Slurm, Open MPI or Kubernetes have started with this one; 0 where none of them has."""
    from jax._src.clusters import ClusterEnv

    found = [each for each in ClusterEnv._cluster_types if not each.opt_in_only_method and each.is_env_present()]
    return found[0].get_process_count() if found else 0


def join_processes(
    coordinator: str | None = None,
    processes: int | None = None,
    process: int | None = None,
    *,
    timeout: int = START_TIMEOUT,
) -> int:
    """Make this process one of several that train together; call it before anything else of JAX.

    Parameters
    ----------
    coordinator : str, optional
        Address HOST:PORT at which process 0 is reached. Without it, the address and the numbers are those that
        Slurm, Open MPI or Kubernetes give to the process.
    processes : int, optional
        Number of processes.
    process : int, optional
        Number of this one, from 0.
    timeout : int, default 60
        Seconds to wait for the others.

    Returns
    -------
    int
        The number of this process.

    Raises
    ------
    OptionError
        If the numbers do not fit each other, or the others cannot be reached.

    See Also
    --------
    backproof.Network.fit : With ``micro_batches=8``, it trains on all processes.
    """
    if coordinator is not None:
        if not re.fullmatch(r"(\[[0-9a-fA-F:]+\]|[^\s:]+):[0-9]{1,5}", coordinator):
            raise OptionError(f"coordinator must be HOST:PORT, such as node1:12345; received {describe(coordinator)}.")
        if processes is None or process is None:
            raise OptionError("a coordinator needs the number of processes, and the number of this one, from 0.")
        check_whole("processes", processes, 1)
        check_whole("process", process, 0, processes - 1)
        check_reachable(coordinator, process, timeout)
    import jax

    if getattr(jax.config, "jax_cpu_collectives_implementation", None) is None:
        jax.config.update("jax_cpu_collectives_implementation", "gloo")  # type: ignore[no-untyped-call]
    jax.config.update("jax_enable_preemption_service", False)  # type: ignore[no-untyped-call]
    try:
        with give_up_after(timeout, coordinator), silent_output():
            jax.distributed.initialize(
                coordinator,
                processes,
                process,
                initialization_timeout=timeout + 60,
                shutdown_timeout_seconds=HEARTBEAT_TIMEOUT,
                heartbeat_timeout_seconds=HEARTBEAT_TIMEOUT,
                cluster_detection_method=None if coordinator is None else "deactivate",
            )
            if team := find_team():
                team.broadcast(np.zeros(1))  # connects all with each other
                if jax.default_backend() == "cpu":
                    team.shared = share_memory(team.index, team.count, team.gather)
    except (RuntimeError, ValueError, ProcessLost) as error:
        raise OptionError(explain_absence(timeout, coordinator, str(error).partition("\n")[0])) from None
    return int(jax.process_index())


def leave_processes() -> None:
    """Leave the other processes, all of which do so, where all that they had to do together is done."""
    global _team
    if team := find_team():
        import jax

        if team.shared:
            team.shared.close()
        jax.distributed.shutdown()  # type: ignore[no-untyped-call]
        _team = None


def explain_absence(timeout: float, coordinator: str | None, reason: str = "") -> str:
    """Why the processes do not begin, as far as one of them can know."""
    where = f" at {coordinator}" if coordinator else ""
    return (
        f"the processes have not found each other{where} within {timeout:g} seconds: start all of them, with the same "
        "number of processes, and with an address of process 0 that all can reach"
        + (f" ({reason})." if reason else ".")
    )


def check_reachable(coordinator: str, process: int, timeout: float) -> None:
    """Raise OptionError if process 0 cannot listen at its address, or another cannot reach it there in time."""
    host, _, port = coordinator.rpartition(":")
    address, until = (host.strip("[]"), int(port)), monotonic() + timeout
    if not 0 < address[1] < 65536:
        raise OptionError(
            f"coordinator must be HOST:PORT with a port from 1 to 65535, received {describe(coordinator)}."
        )
    try:
        socket.getaddrinfo(*address)
    except OSError as error:
        raise OptionError(f"coordinator: there is no host {describe(address[0])}: {error.strerror}.") from None
    while True:
        try:
            if process == 0:
                with socket.socket() as listener:
                    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    listener.bind(("", address[1]))
            else:
                socket.create_connection(address, timeout=5).close()
            return
        except OSError as error:
            reason = error.strerror or str(error)
        if process == 0:
            raise OptionError(f"process 0 cannot listen at port {address[1]}: {reason}; choose another port.")
        if monotonic() > until:
            raise OptionError(explain_absence(timeout, coordinator, reason))
        sleep(0.1)


@contextmanager
def give_up_after(timeout: float, coordinator: str | None) -> Iterator[None]:
    """End the process with a message where others do not come in time; JAX would end it without one."""
    message = f"backproof: {explain_absence(timeout, coordinator)}\n".encode()
    error = os.dup(2)

    def give_up() -> None:
        os.write(error, message)
        os._exit(2)

    timer = Timer(timeout, give_up)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        os.close(error)


@contextmanager
def silent_output() -> Iterator[None]:
    """Keep what libraries of C++ write to standard output to themselves."""
    sys.stdout.flush()
    kept, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 1)
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)
