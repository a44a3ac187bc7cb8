"""`backproof train DATA --target COLUMN --network NAME`: pictures in every form that they come in, and bad ones."""

import shlex

import numpy as np
import pytest

from backproof.operations.picture_network import networks
from backproof.train.store import load_model

CONSTANT = ("--learning-rate", 0.01, "--schedule", "constant")  # whatever the number of epochs
LENET = ("--network", "lenet", "--epochs", 6, "--engine", "numpy", "--quiet")


def draw_bars(count, seed=0, size=12):
    """Pictures in bytes with a bright row (0), column (1) or neither (2), and which it is."""
    rng = np.random.default_rng(seed)
    x, y = rng.integers(0, 120, (count, size, size), np.uint8), np.arange(count) % 3
    for picture, kind in zip(x, y, strict=True):
        place = int(rng.integers(size))
        if kind < 2:
            picture[(place,) if kind == 0 else (slice(None), place)] = 255
    return x, y


@pytest.fixture
def bars(here):
    x, y = draw_bars(240)
    test = draw_bars(60, seed=1)
    np.savez(here / "bars.npz", x_train=x, y_train=y, x_test=test[0], y_test=test[1])
    return x, y


def weights(folder):
    return {key: array.tobytes() for key, array in load_model(folder).network.parameters.items()}


def test_pictures_are_learned_kept_resumed_to_the_bit_and_predicted(backproof, here, bars):
    ran = backproof("train", "bars.npz", "--target", "y_train", *LENET, *CONSTANT)
    assert ran.code == 0
    assert "On 60 test rows" in ran.out
    network = load_model(here / "bars-run").network
    assert network.architecture.layers[0].shape == (1, 12, 12)
    again = ("train", "bars.npz", "--target", "y_train", *LENET, *CONSTANT, "-o", "other")
    assert backproof(*again, "--epochs", 3).code == 0
    assert backproof("train", "other", "--resume", "--epochs", 6, "--quiet").code == 0
    assert weights("other") == weights("bars-run")
    assert backproof("predict", "bars-run", "bars.npz").code == 0


@pytest.mark.parametrize("name", networks.names())
def test_every_named_network_learns_to_tell_rows_from_columns(backproof, here, name):
    x, y = draw_bars(300, size=12)
    np.savez(here / "bars.npz", x=x[:, None].astype("f") / 255, y=y)
    ran = backproof("train", "bars.npz", "--target", "y", "--network", name, "--epochs", 20, "--quiet", "--seed", 1)
    assert ran.code == 0
    model = load_model(here / "bars-run")
    fresh, expected = draw_bars(90, seed=5)
    np.savez(here / "new.npz", x=fresh[:, None].astype("f") / 255)
    answers = backproof("predict", "bars-run", "new.npz").out.split()[1:]
    assert np.mean(np.array(answers, dtype=int) == expected) > 0.8
    assert model.network.architecture.layers[0].shape == (1, 12, 12)


def test_flat_rows_are_the_pictures_that_the_shape_or_a_square_makes_of_them(backproof, here):
    x, y = draw_bars(120)
    np.savez(here / "a.npz", x=x, y=y)
    np.savez(here / "b.npz", x=x.reshape(120, -1), y=y)
    runs = [("a.npz", ()), ("b.npz", ()), ("b.npz", ("--shape", "12,12")), ("b.npz", ("--shape", "1,12,12"))]
    found = []
    for number, (file, more) in enumerate(runs):
        ran = backproof("train", file, "--target", "y", *LENET, *more, "-o", f"run{number}", "--epochs", 1)
        assert ran.code == 0
        assert ("144 numbers of a row are taken as a picture of 12 x 12" in ran.err) == (number == 1)
        found.append(weights(f"run{number}"))
    assert found[0] == found[1] == found[2] == found[3]
    vgg = ("--network", "small_vgg", "--shape", "4,6,6", "--epochs", 1, "--engine", "numpy", "--quiet")
    assert backproof("train", "b.npz", "--target", "y", *vgg, "-o", "four").code == 0
    assert load_model("four").network.parameters["c1a.weight"].shape == (16, 4, 3, 3)


def test_all_numbers_of_pictures_are_scaled_alike(backproof, here):
    x, y = draw_bars(120)
    np.savez(here / "a.npz", x=x.astype("f") / 255, y=y)
    assert backproof("train", "a.npz", "--target", "y", *LENET, "--epochs", 1).code == 0
    (feature,) = load_model("a-run").preparation["features"]
    assert len(feature["shift"]) == len(feature["scale"]) == 1


def test_a_number_that_is_missing_in_a_picture_is_filled_and_said(backproof, here):
    x, y = draw_bars(30)
    gap = x.astype("f")
    gap[3, 2, 1] = np.nan
    np.savez(here / "nan.npz", x=gap, y=y)
    ran = backproof("train", "nan.npz", "--target", "y", "--network", "lenet", "--epochs", 1)
    assert ran.code == 0
    assert "1 missing filled" in " ".join(ran.err.split())


BAD = [
    (
        "ok.npz --network lenets",
        "unknown network for pictures 'lenets'; expected one of lenet, small_resnet, small_vgg",
    ),
    ("ok.npz --network 'lenet width=2'", "network for pictures 'lenet' has no parameter 'width'"),
    ("ok.npz --network lenet --hidden 8", "--hidden is for dense layers; leave it out with --network lenet"),
    ("ok.npz --shape 12,12", "--shape is that of pictures, for a network for pictures; give --network too"),
    ("ok.npz --network lenet --shape 12,13", "1 x 12 x 13 have 156 numbers, but a row has 144; correct --shape"),
    ("ok.npz --network lenet --shape 144", "--shape is ROWS,COLUMNS or CHANNELS,ROWS,COLUMNS, received 144"),
    ("ok.npz --network lenet --shape 12,x", "expected sizes such as"),
    ("tiny.npz --network lenet", "lenet does not fit pictures of 1 x 5 x 4: layer"),
    ("last.npz --network lenet", "a picture has shape 12 x 12 x 3; expected rows and columns, or channels, rows"),
    ("four.npz --network lenet", "a picture has shape 2 x 2 x 6 x 6; expected rows and columns"),
    ("two.npz --network lenet", "takes the pictures in 'x' alone; leave other columns out with --drop"),
    ("flat.npz --network lenet", "a row is 143 numbers without a shape; give that of the pictures as --shape"),
    ("ok.npz --network lenet --target z", "there is no column 'z'"),
]


@pytest.mark.parametrize(("line", "message"), BAD, ids=[line for line, _ in BAD])
def test_bad_pictures_give_one_clear_message_and_no_folder(backproof, here, line, message):
    x, y = draw_bars(30)
    files = {"ok": x, "tiny": x[:, :5, :4], "last": np.stack([x] * 3, 3), "four": x.reshape(30, 2, 2, 6, 6),
             "flat": x.reshape(30, -1)[:, 1:]}  # fmt: skip
    for name, pictures in files.items():
        np.savez(here / f"{name}.npz", x=pictures, y=y)
    np.savez(here / "two.npz", x=x, more=x[:, 0, 0], y=y)
    words = shlex.split(line)
    ran = backproof("train", *words, *([] if "--target" in words else ["--target", "y"]), "--epochs", 1)
    assert ran.code == 2
    assert message in " ".join(ran.err.split())
    assert "Traceback" not in ran.err
    assert ran.err.count("backproof:") <= 1
    assert not [path for path in here.iterdir() if path.is_dir()]


def test_a_target_that_is_not_given_lists_the_columns(backproof, bars):
    ran = backproof("train", "bars.npz", "--network", "lenet")
    assert ran.code == 2
    assert "give it as --target, one of" in ran.err
