"""Several processes: random kills, the speed of two processes, and Parquet larger than memory.

`python -m benchmarks.processes kills COUNT` and `... stream GIGABYTES` measure one of them at another size.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np

from backproof.files import PASSING
from benchmarks.figure import Figure, faster

KILLS, GIGABYTES = 100, 20.0
#: Epochs of a run that is killed, seconds between its checkpoints, and kills after which its length is measured anew.
EPOCHS, EVERY, MEASURED = 40, 0.05, 20
#: A process is killed at a random moment of up to this many lengths of a run without a break.
LONGER = 1.1
#: The most memory of all processes of a run on a stream, in GB.
MEMORY = 2.0
TRAIN = (sys.executable, "-m", "backproof", "train")
#: The same with checkpoints in quick succession.
OFTEN = f"""
from backproof.train.callbacks.checkpoint import Checkpoint
Checkpoint.every = {EVERY}
from backproof.__main__ import main
main()
"""
NAMES = ("model.safetensors", "checkpoint.safetensors", "history.jsonl")


def figures() -> Iterator[Figure]:
    yield kill_processes(KILLS)
    yield compare_speed()
    yield stream_rows(GIGABYTES)


def kill_processes(count: int) -> Figure:
    """Runs of 1, 2 and 4 processes, any of which is killed at random, resumed on any number until they end.

    The moments go from the start of the processes to a bit beyond the length of a run; every second kill waits from
    there on until a checkpoint is written.
    """
    draw, met, runs, same, measured = random.Random(0), Counter[str](), 0, 0, 0
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        write_rows(folder / "data.parquet", 2000, 500, 10)
        while (kills := met.total()) < count:
            if not runs or kills >= measured + MEASURED:
                lengths, measured = {each: time_run(folder, f"whole{each}-{runs}", each) for each in "124"}, kills
            runs, name = runs + 1, f"run{runs}"
            while True:
                processes = draw.choice("124")
                run = start_run(folder, name, processes)
                moment = kill_one(run, folder / name, draw, LONGER * lengths[processes])
                if not moment:
                    break
                met[moment] += 1
            same += read_run(folder / name) == read_run(folder / "whole1-0")
            print(f"{dict(met)} kills, {same} of {runs} runs in the same bits", file=sys.stderr)
        wholes = list(folder.glob("whole*"))
        same += sum(read_run(each) == read_run(wholes[0]) for each in wholes)
    moments = ", ".join(f"{number} {moment}" for moment, number in met.most_common())
    work = (
        f"{met.total()} kills (SIGKILL) of any of 1, 2 or 4 processes in {runs} runs ({moments}), resumed on any number"
    )
    all_runs = runs + len(wholes)
    return Figure(
        work, f"the same bits in {same} runs", f"{all_runs} runs, those without a kill included", same == all_runs
    )


def start_run(folder: Path, name: str, processes: str) -> subprocess.Popen[bytes]:
    options = ("--stream", "--epochs", str(EPOCHS), "--dropout", "0.1", "-q", "--no-baselines", "--resume")
    command = (sys.executable, "-c", OFTEN, "train", "data.parquet", "--target", "y", *options)
    return subprocess.Popen([*command, "--processes", processes, "-o", name], cwd=folder, stdout=-3, stderr=-3)


def time_run(folder: Path, name: str, processes: str) -> float:
    """How long a run takes that is not killed."""
    start = time.monotonic()
    check_end(start_run(folder, name, processes))
    return time.monotonic() - start


def check_end(run: subprocess.Popen[bytes]) -> None:
    """Wait for a run, and raise RuntimeError if it has failed."""
    if code := run.wait():
        raise RuntimeError(f"a run ended with exit code {code}")


def read_run(folder: Path) -> list[bytes]:
    return [(folder / name).read_bytes() for name in NAMES]


def kill_one(run: subprocess.Popen[bytes], folder: Path, draw: random.Random, longest: float) -> str:
    """Kill one of the processes of a run and wait for all of them: when that was, or the empty string if it had ended.

    A process that the others need no more may be gone without harm to the run, which has then ended as well.
    """
    begun = time.time()
    with suppress(subprocess.TimeoutExpired):
        run.wait(draw.uniform(0, longest))
    before = list_writes(folder)
    if draw.random() < 0.5:
        while run.poll() is None and list_writes(folder) == before:
            time.sleep(0.0005)
    moment = name_moment(folder, begun)
    others = list_children(run.pid)
    if run.poll() is not None:
        check_end(run)
        return ""
    with suppress(ProcessLookupError):  # it has just ended by itself
        os.kill(draw.choice([run.pid, *others]), signal.SIGKILL)
    code = run.wait(120)
    until = time.monotonic() + 60
    while any(Path(f"/proc/{each}").exists() for each in others) and time.monotonic() < until:
        time.sleep(0.1)
    return moment if code else ""


def list_writes(folder: Path) -> set[tuple[str, int]]:
    """The checkpoint and the files that are being written, each with its number on the disk."""
    names = [each for each in folder.glob("*") if each.name == "checkpoint.safetensors" or is_unfinished(each)]
    found = set[tuple[str, int]]()
    for each in names:
        with suppress(OSError):
            found.add((each.name, each.stat().st_ino))
    return found


def is_unfinished(file: Path) -> bool:
    return file.name.startswith(PASSING) and not file.name.endswith("lock")


def name_moment(folder: Path, begun: float) -> str:
    """What a run that was started at some time is doing."""
    history = folder / "history.jsonl"
    if any(map(is_unfinished, folder.glob("*"))):
        return "while a file was written"
    if not history.exists() or history.stat().st_mtime < begun:
        return "before the first epoch"
    return "after the last epoch" if history.read_bytes().count(b"\n") == EPOCHS else "between checkpoints"


def list_children(parent: int) -> list[int]:
    found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(parent)], capture_output=True, text=True).stdout
    return [int(each) for each in found.split()]


def write_rows(file: Path, rows: int, group: int, width: int) -> None:
    """A Parquet file of random numbers and a class, row group by row group."""
    import pyarrow as pa
    from pyarrow import parquet

    draw, writer = np.random.default_rng(0), None
    for _ in range(0, rows, group):
        x = draw.normal(size=(group, width)).astype(np.float32)
        table = pa.table(
            {f"x{n}": x[:, n] for n in range(width)} | {"y": np.where(x[:, 0] > x[:, 1] * x[:, 2], "a", "b")}
        )
        writer = writer or parquet.ParquetWriter(file, table.schema, compression="none")
        writer.write_table(table, row_group_size=group)
    if writer:
        writer.close()


def compare_speed() -> Figure:
    """784-1024-10 in batches of 1024: the time of an epoch on one process of one thread, and on two.

    What two cores of the machine can do at most is told by two runs of one process at the same time.
    """
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        draw = np.random.default_rng(0)
        np.savez(folder / "data.npz", x=draw.normal(size=(20480, 784)).astype("f4"), y=draw.integers(0, 10, 20480))
        ways = {"one": (), "8": ("--processes", "2"), "4": ("--processes", "2", "--micro-batches", "4")}
        times: dict[str, list[float]] = {"one": [], "8": [], "4": [], "both": []}
        for turn in range(3):
            for name, more in ways.items():
                times[name].append(time_epoch(folder, f"{name}-{turn}", *more))
            with ThreadPoolExecutor(2) as pool:
                both = pool.map(partial(time_epoch, folder), (f"a-{turn}", f"b-{turn}"))
                times["both"].append(max(both) / 2)
    four, most = faster(times["4"], times["one"]), faster(times["both"], times["one"])
    more = f" (in 4 micro-batches {four:.2f} x; two runs at the same time reach {most:.2f} x together)"
    work = "two processes against one of one thread, 784-1024-10, in 8 micro-batches"
    return Figure.against(work, times["8"], times["one"], 1.5, more=more)


def time_epoch(folder: Path, name: str, *more: str) -> float:
    """The median time between the epochs of a run, the first ones aside, which are compiled."""
    flags = {"NPROC": "1", "OMP_NUM_THREADS": "1"}
    options = ("--hidden", "1024", "--batch-size", "1024", "--epochs", "12", "--validation", "0", "--engine", "jax")
    run = subprocess.Popen(
        [*TRAIN, "data.npz", "--target", "y", *options, "--learning-rate", "0.001", *more, "-o", name],
        cwd=folder, env=os.environ | flags, stdout=-3, stderr=-3,
    )  # fmt: skip
    history, seen = folder / name / "history.jsonl", [time.monotonic()]
    count = 0
    while run.poll() is None:
        lines = len(history.read_bytes().splitlines()) if history.exists() else 0
        if lines > count:
            count = lines
            seen.append(time.monotonic())
        time.sleep(0.005)
    return median(np.diff(seen)[3:])


def stream_rows(gigabytes: float) -> Figure:
    """One epoch on two processes over a file that is written row group by row group; the most memory of both."""
    with tempfile.TemporaryDirectory() as place:
        folder, width = Path(place), 100
        rows = int(gigabytes * 1e9 / (4 * width))
        write_rows(folder / "data.parquet", rows, 50_000, width)
        start, most = time.monotonic(), 0.0
        options = ("--target", "y", "--stream", "--epochs", "1", "--batch-size", "1024", "--validation", "0.001", "-q")
        run = subprocess.Popen([*TRAIN, "data.parquet", *options, "--processes", "2"], cwd=folder, stdout=-3)
        while run.poll() is None:
            most = max(most, sum(map(measure_memory, [run.pid, *list_children(run.pid)])))
            time.sleep(0.2)
        took = time.monotonic() - start
    work = f"{gigabytes:g} GB of Parquet, one epoch on two processes"
    measured = f"{most:.2f} GB of memory, {took:.0f} s, exit code {run.returncode}"
    return Figure(work, measured, f"{MEMORY:g} GB", most <= MEMORY and run.returncode == 0)


def measure_memory(process: int) -> float:
    """The memory that a process holds, in GB."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("RssAnon:")) / 1e6


if __name__ == "__main__":
    what, size = sys.argv[1:]
    print(kill_processes(int(size)) if what == "kills" else stream_rows(float(size)))
