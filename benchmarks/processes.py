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
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks.figure import Figure, faster

KILLS, GIGABYTES = 100, 20.0
#: The least and the most seconds after which a process is killed; on an idle machine a run needs 2 to begin.
LIVES = (2, 15)
#: The most memory of all processes of a run on a stream, in GB.
MEMORY = 2.0
TRAIN = (sys.executable, "-m", "backproof", "train")
NAMES = ("model.safetensors", "checkpoint.safetensors", "history.jsonl")


def figures() -> Iterator[Figure]:
    yield kill_processes(KILLS)
    yield compare_speed()
    yield stream_rows(GIGABYTES)


def kill_processes(count: int) -> Figure:
    """Runs of 1, 2 and 4 processes, any of which is killed at random, resumed on any number until they end."""
    draw, kills, runs, same = random.Random(0), 0, 0, 0
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        write_rows(folder / "data.parquet", 4000, 1000, 10)
        options = ["data.parquet", "--target", "y", "--stream", "--epochs", "60", "--dropout", "0.1"]
        options += ["-q", "--no-baselines"]
        subprocess.run([*TRAIN, *options, "--processes", "1", "-o", "whole"], cwd=folder, check=True, stdout=-3)
        while kills < count:
            runs, name = runs + 1, f"run{runs}"
            while True:
                command = [*TRAIN, *options, "--processes", draw.choice("124"), "-o", name, "--resume"]
                run = subprocess.Popen(command, cwd=folder, stdout=-3, stderr=-3)
                if not kill_one(run, draw):
                    break
                kills += 1
                print(f"{kills} kills, {same} of {runs - 1} runs in the same bits", file=sys.stderr)
            same += all((folder / name / each).read_bytes() == (folder / "whole" / each).read_bytes() for each in NAMES)
    work = f"{kills} kills (SIGKILL) of any of 1, 2 or 4 processes in {runs} runs, resumed on any number: the same bits"
    return Figure(work, f"{same} runs", f"{runs} runs", same == runs)


def kill_one(run: subprocess.Popen[bytes], draw: random.Random) -> bool:
    """Kill one of the processes of a run after a while, and wait for all of them; False where it ended before."""
    try:
        run.wait(draw.uniform(*LIVES))
    except subprocess.TimeoutExpired:
        others = list_children(run.pid)
        os.kill(draw.choice([run.pid, *others]), signal.SIGKILL)
        code = run.wait(120)
        until = time.monotonic() + 60
        while any(Path(f"/proc/{each}").exists() for each in others) and time.monotonic() < until:
            time.sleep(0.1)
        return code != 0
    if run.returncode:
        raise RuntimeError(f"a run ended with exit code {run.returncode}")
    return False


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
