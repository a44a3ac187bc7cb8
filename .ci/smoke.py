"""What every installation must do, and what an extra must add; run in an environment that has nothing else."""

import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import backproof


def call(*arguments, code=0):
    """Run a command, and return what it prints."""
    ran = subprocess.run([sys.executable, "-m", "backproof", *arguments], capture_output=True, text=True, check=False)
    assert ran.returncode == code, (arguments, ran.returncode, ran.stderr)
    return ran.stdout


def plain(folder):
    """Every verb that needs no extra."""
    assert call("--version").split() == ["backproof", backproof.__version__]
    assert "−0.000278685" in call("explain", "or", "--sample", "2", "--of", "dE/dw1")
    assert "sigma_prime_omitted" in call("check", "or_article", code=1)
    (folder / "notes.md").write_text("$a_o = 0.5125$\n")
    assert "right" in call("check", str(folder / "notes.md"), "--network", "or", "--sample", "2")
    call("export", "or", str(folder / "page.html"), "--steps", "3")
    assert "epochs" in call("train", "or", "--epochs", "50", "--quiet")
    rows = "\n".join(f"{n % 7},{n % 3},{'ab'[n % 2]}" for n in range(60))
    (folder / "data.csv").write_text(f"x,y,kind\n{rows}\n")
    call("train", str(folder / "data.csv"), "--target", "kind", "--epochs", "3", "-q", "-o", str(folder / "run"))
    assert len(call("predict", str(folder / "run"), str(folder / "data.csv")).splitlines()) >= 60


def play(folder):
    """The server of the page is there."""
    from backproof.interop.serve import Server

    assert callable(Server)


def onnx(folder):
    """A network goes out and comes in."""
    call("export-model", "or", str(folder / "or.onnx"))
    import backproof.onnx

    backproof.onnx.load(folder / "or.onnx")


def sklearn(folder):
    """The estimators fit."""
    from sklearn.exceptions import ConvergenceWarning

    from backproof.sklearn import MLPClassifier

    warnings.simplefilter("ignore", ConvergenceWarning)
    MLPClassifier((3,), max_iter=5, random_state=0).fit([[0, 0], [0, 1], [1, 0], [1, 1]] * 5, [0, 1, 1, 1] * 5)


def tables(folder):
    """Dates and free text are read."""
    words = ["a short note", "another one of them", "nothing to say", "some more words here"]
    rows = "\n".join(f"2024-{n % 12 + 1:02}-{n % 28 + 1:02},{words[n % 4]} {n},{'ab'[n % 2]}" for n in range(80))
    (folder / "dated.csv").write_text(f"day,note,kind\n{rows}\n")
    call("train", str(folder / "dated.csv"), "--target", "kind", "--epochs", "2", "-q", "-o", str(folder / "run3"))


def train(folder):
    """JAX computes, and Parquet is read."""
    call("train", "or", "--epochs", "50", "--quiet", "--engine", "jax")
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"x": list(range(40)), "kind": ["a", "b"] * 20}), folder / "data.parquet")
    call("train", str(folder / "data.parquet"), "--target", "kind", "--epochs", "2", "-q", "-o", str(folder / "run2"))


with tempfile.TemporaryDirectory() as made:
    plain(Path(made))
    for extra in sys.argv[1:]:
        globals()[extra](Path(made))
