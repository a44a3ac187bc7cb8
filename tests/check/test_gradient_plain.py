"""Derivatives of plain functions: right, wrong, at kinks and edges, and how good the estimate is."""

import json
import math

import numpy as np
import pytest

from backproof import BackproofError, check_gradient

MATRIX = np.arange(6.0).reshape(2, 3) - 2
POINT = np.array([0.3, -1.2, 2.0])


def softmax(x):
    e = np.exp(x - x.max())
    return e / e.sum()


RIGHT = {
    "scalar": (np.sin, np.cos, 0.3),
    "analytic only by math": (math.exp, math.exp, 2.0),
    "scalar of an array": (lambda x: (x**3).sum(), lambda x: 3 * x**2, POINT),
    "matrix argument": (lambda x: (x @ x.T).sum(), lambda x: 2 * np.ones((2, 2)) @ x, MATRIX),
    "linear map": (lambda x: MATRIX @ x, MATRIX, POINT),
    "each entry alone": (np.tanh, lambda x: 1 - np.tanh(x) ** 2, POINT),
    "whole jacobian": (softmax, lambda x: np.diag(softmax(x)) - np.outer(softmax(x), softmax(x)), POINT),
    "absolute values": (lambda x: np.abs(x).sum(), np.sign, POINT),
    "not analytic": (lambda x: np.abs(x) ** 2, lambda x: 2 * x, 1.5),
    "fast": (lambda x: np.sin(1e4 * x), lambda x: 1e4 * np.cos(1e4 * x), 0.2),
    "large": (lambda x: x**2, lambda x: 2 * x, 1e6),
    "tiny": (lambda x: 1e-20 * x**2, lambda x: 2e-20 * x, 1.5),
    "near an edge": (np.log, lambda x: 1 / x, 1e-9),
    "single precision": (lambda x: (x.astype(np.float32) ** 3).sum(), lambda x: 3 * x**2, POINT),
    "f changes its argument": (lambda x: x.__imul__(2).sum(), lambda x: 2 + 0 * x, POINT),
    "constant": (lambda x: 3.0, lambda x: 0.0, 1.0),
}


@pytest.mark.parametrize("case", RIGHT)
def test_right_derivatives_are_right(case):
    f, df, at = RIGHT[case]
    report = check_gradient(f, df, at=at)
    assert report.right, str(report)
    assert not report.kinks
    assert report.mistakes == ()
    json.loads(report.to_json())


def test_the_method_is_told():
    assert check_gradient(np.sin, np.cos, at=0.3).method == "complex step"
    central = check_gradient(lambda x: np.abs(x) ** 3, lambda x: 3 * x**2, at=1.5)
    assert central.method == "central differences"
    assert 1e-13 < central.accuracy < 1e-7
    single = check_gradient(lambda x: np.float32(x) ** 3, lambda x: 3 * x**2, at=1.5)
    assert single.accuracy > 1e-5


@pytest.mark.parametrize(
    ("f", "df", "at", "id"),
    [
        (np.sin, lambda x: -np.cos(x), 0.3, "sign_flipped"),
        (lambda x: (x**2).sum(), lambda x: x, POINT, "factor_2_or_half"),
        (lambda x: (x**2).mean(), lambda x: 2 * x, POINT, "mean_vs_sum"),
        (softmax, lambda x: softmax(x) * (1 - softmax(x)), POINT, "softmax_derivative_diagonal"),
        (lambda x: MATRIX[:, :2] @ x, MATRIX[:, :2].T, np.ones(2), "transposed_weights"),
        (np.tanh, lambda x: 1 - x**2, 0.7, None),
    ],
)
def test_wrong_derivatives_are_wrong(f, df, at, id):
    report = check_gradient(f, df, at=at)
    assert not report.right
    assert [each.id for each in report.mistakes][:1] == ([id] if id else [])
    assert json.loads(report.to_json())["right"] is False


def test_where_and_by_how_much():
    report = check_gradient(lambda x: (x**3).sum(), lambda x: 3 * x**2 + [0, 0.5, 0], at=POINT)
    (wrong,) = report.wrong
    assert wrong.at == (1,)
    assert wrong.error == pytest.approx(0.5)
    assert json.loads(report.to_json())["parameters"] == [
        {"name": "x", "right": False, "largest_error": pytest.approx(0.5), "at": [1]}
    ]


@pytest.mark.parametrize("value", [0.0, 0.5, 1.0])
def test_any_slope_between_both_sides_passes_at_a_kink(value):
    report = check_gradient(lambda x: np.maximum(x, 0), lambda x: value, at=0.0)
    assert report.right
    (kink,) = report.kinks
    assert (kink.left, kink.right) == pytest.approx((0, 1))
    assert "kink" in str(report)
    assert json.loads(report.to_json())["kinks"][0]["kind"] == "kink"


def test_no_slope_at_all_beside_a_kink_is_wrong():
    assert not check_gradient(abs, lambda x: 3.0, at=0.0).right


def test_a_kink_elsewhere_does_not_matter():
    report = check_gradient(lambda x: np.maximum(x, 0).sum(), lambda x: (x > 0) * 1.0, at=np.array([-1e-3, 1e-3, 2.0]))
    assert report.right
    assert not report.kinks


@pytest.mark.parametrize(
    ("f", "at"), [(np.cbrt, 0.0), (np.floor, 1.0), (lambda x: np.sqrt(abs(x)), 0.0), (np.sqrt, 0.0)]
)
def test_what_has_no_slope_is_not_judged(f, at):
    report = check_gradient(f, lambda x: 7.0, at=at)
    assert report.right
    assert report.kinks[0].kind in ("steep", "undefined")
    assert "not judged" in str(report)


def test_a_smooth_point_with_a_flat_kinked_look():
    report = check_gradient(lambda x: np.abs(x**3), lambda x: 3 * x * abs(x), at=0.0)
    assert report.right
    assert not report.kinks


@pytest.mark.parametrize(
    ("f", "df", "at", "says"),
    [
        (lambda x: 1 / 0, lambda x: x, 1.0, "your function f raised ZeroDivisionError"),
        (lambda x: x, lambda x: 1 / 0, 1.0, "your function df raised ZeroDivisionError"),
        (lambda x: x, lambda x: None, 1.0, "df: "),
        (lambda x: "a", lambda x: x, 1.0, r"f\(x\): expected numbers"),
        (lambda x: np.log(x), lambda x: x, -1.0, "not a finite number|raised RuntimeWarning"),
        (lambda x: np.random.default_rng().normal(), lambda x: x, 1.0, "does not return the same"),
        (lambda x: MATRIX @ x, MATRIX.T, POINT, "It looks transposed"),
        (3, lambda x: x, 1.0, "expected a function f"),
        (lambda x: x, lambda x: x, "a", "at: expected numbers"),
        (lambda x: x, lambda x: x, [], "holds no number"),
    ],
)
def test_bad_functions_come_to_one_message(f, df, at, says):
    with pytest.raises(BackproofError, match=says):
        check_gradient(f, df, at=at)


def test_random_polynomials():
    for seed in range(60):
        rng = np.random.default_rng(seed)
        powers = rng.integers(0, 5, (4, 3))
        factors = rng.normal(size=4)
        f = lambda x, p=powers, c=factors: sum(c[i] * np.prod(x ** p[i]) for i in range(4))  # noqa: E731
        point = rng.normal(size=3)

        def df(x, p=powers, c=factors):
            slope = np.zeros(3)
            for k in range(3):
                for i in range(4):
                    if p[i, k]:
                        lower = p[i].copy()
                        lower[k] -= 1
                        slope[k] += c[i] * p[i, k] * np.prod(x**lower)
            return slope

        assert check_gradient(f, df, at=point).right
        assert not check_gradient(f, lambda x, df=df: df(x) + 1e-6, at=point).right


NAMED = {"w": MATRIX, "b": POINT[:2], "c": 0.4}


def cost_of(p):
    return (np.tanh(p["w"] @ POINT + p["b"]) ** 2).sum() * np.asarray(p["c"]).item()


def slopes_of(p):
    a = np.tanh(p["w"] @ POINT + p["b"])
    delta = 2 * a * (1 - a**2) * p["c"]
    return {"w": np.outer(delta, POINT), "b": delta, "c": (a**2).sum()}


def test_a_point_may_be_a_mapping():
    assert check_gradient(cost_of, slopes_of, at=NAMED).right
    assert check_gradient(cost_of, slopes_of(NAMED), at=NAMED).right


def test_what_is_wrong_in_a_mapping_has_its_name():
    mine = slopes_of(NAMED)
    mine["b"] = -mine["b"]
    report = check_gradient(cost_of, mine, at=NAMED)
    assert [(each["name"], each["right"]) for each in report.to_dict()["parameters"]] == [
        ("w", True), ("b", False), ("c", True)
    ]  # fmt: skip
    assert [(each.id, each.explains) for each in report.mistakes] == [("sign_flipped", ("b",))]
    assert "at b[" in str(report)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda mine: {"w": mine["w"]}, "df lacks 'b'"),
        (lambda mine: mine | {"bb": 1}, "expected w, b, c"),
        (lambda mine: mine | {"b": mine["w"]}, "expected \\(2,\\)"),
        (lambda mine: [*mine.values()], "expected a mapping of w, b, c"),
    ],
)
def test_a_derivative_that_does_not_fit_the_mapping_is_refused(change, says):
    with pytest.raises(BackproofError, match=says):
        check_gradient(cost_of, change(slopes_of(NAMED)), at=NAMED)


@pytest.mark.parametrize("axis", [0, 1])
def test_a_mean_over_an_axis_for_the_sum_is_told(axis):
    count = MATRIX.shape[axis]
    report = check_gradient(lambda x: (x**2).sum() / 2, lambda x: x / count, at=MATRIX)
    assert report.mistakes[0].id in ("mean_vs_sum", "factor_2_or_half")
    named = {each.id: each.says for each in report.mistakes}
    assert f"{count} times too small" in named["mean_vs_sum"]
    assert f"axis {axis}" in named["mean_vs_sum"]


def test_a_smooth_function_is_called_a_dozen_times_for_each_number():
    calls = []

    def f(x):
        calls.append(x)
        return (np.tanh(x) ** 2).sum()

    x = np.linspace(-1, 1, 20)
    assert check_gradient(f, lambda x: 2 * np.tanh(x) * (1 - np.tanh(x) ** 2), at=x).right
    assert len(calls) <= 13 * len(x) + 2
