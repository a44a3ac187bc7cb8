"""One person makes few slips: the sheet as a whole, its slips, and the verdicts that follow from them."""

import json
import math
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest

from backproof import check
from backproof.checking.claims import examine
from backproof.render import render
from backproof.reports.marking import marking
from backproof.worksheet import loads
from sheets import random_sheet

NETWORK = """
[network]
units = [["x1", "x2"], ["h1", "h2"], ["o1", "o2"]]
activations = ["sigmoid", "sigmoid"]
cost = "half_squared_error"
weights = [
  {name = "w1", from = "x1", to = "h1", value = 0.15}, {name = "w2", from = "x2", to = "h1", value = 0.2},
  {name = "w3", from = "x1", to = "h2", value = 0.25}, {name = "w4", from = "x2", to = "h2", value = 0.3},
  {name = "w5", from = "h1", to = "o1", value = 0.4}, {name = "w6", from = "h2", to = "o1", value = 0.45},
  {name = "w7", from = "h1", to = "o2", value = 0.5}, {name = "w8", from = "h2", to = "o2", value = 0.55},
]
biases = [
  {name = "b1", to = "h1", value = 0.35}, {name = "b2", to = "h2", value = 0.31},
  {name = "b3", to = "o1", value = 0.6}, {name = "b4", to = "o2", value = 0.58},
]
[data]
inputs = [[0.65, 0.91]]
targets = [[0.01, 0.99]]
[training]
learning_rate = 0.5
"""


def judge(*claims, network=NETWORK):
    """The report on some claims: pairs of a name and a number as printed."""
    return check(loads(network + "".join(f'[[claims]]\nof = "{of}"\nvalue = "{value}"\n' for of, value in claims)))


@pytest.fixture(scope="module")
def true():
    return loads(NETWORK).trace()


@pytest.mark.parametrize(("slips", "whole"), [(1, True), (1, False), (2, True), (2, False)])
def test_random_sheets_get_their_verdicts_and_slips_and_nobody_is_accused(slips, whole):
    rng, verdicts, named = np.random.default_rng(slips), Counter(), Counter()
    for _ in range(25):
        sheet = random_sheet(rng, slips=slips, whole=whole)
        for work, expected in zip(examine(sheet.worksheet).works, sheet.expected, strict=True):
            if expected.verdict is None:
                continue
            verdict = "right" if work.verdict == "rounded" else work.verdict
            assert not (expected.verdict == "right" and verdict in ("wrong", "carried"))
            verdicts[verdict == expected.verdict] += 1
            if verdict == expected.verdict == "wrong" and expected.ids:
                named[is_named(work, expected)] += 1
    assert verdicts[True] >= 0.98 * verdicts.total()
    assert named[True] >= 0.95 * named.total()


def is_named(work, expected):
    """Whether the slip that was made stands first, or among those first that come to the very same number."""
    if not work.mistakes:
        return False
    number = work.mistakes[0].gives
    first = [each for each in work.mistakes if math.isclose(each.gives, number, rel_tol=1e-9)]
    ids = {id for each in first for id in each.id.split("+")}
    return not ids.isdisjoint(expected.ids) or math.isclose(number, expected.value, rel_tol=1e-9)


def test_one_slip_in_a_number_that_nobody_claimed_explains_all_that_follows(true):
    error = true["delta[o1]"] * 0.4 * true["da/dh[h1]"]  # the path through o2 is left out
    report = judge(("dE/dw1", f"{error * 0.65:.6f}"), ("dE/dw2", f"{error * 0.91:.6f}"), ("dE/db1", f"{error:.6f}"))
    assert {claim.verdict for claim in report.claims} == {"wrong"}
    assert {claim.mistakes[0].id for claim in report.claims} == {"hidden_contribution_missing"}
    assert [(slip.id, slip.claims) for slip in report.slips] == [("hidden_contribution_missing", (1, 2, 3))]
    assert "This explains 3 claims" in render(marking(report), "text")


def test_a_slip_behind_many_numbers_beats_coincidences(true):
    """Each gradient with delta for dE/da, at three digits, where other slips come near."""
    names = [("w5", "h1", "o1"), ("w6", "h2", "o1"), ("w7", "h1", "o2"), ("w8", "h2", "o2")]
    claims = [(f"dE/d{name}", f"{true[f'dE/da[{to}]'] * true[f'a[{sender}]']:.3g}") for name, sender, to in names]
    report = judge(*claims)
    assert [(slip.id, slip.claims) for slip in report.slips] == [("sigma_prime_omitted", (1, 2, 3, 4))]


def test_slips_stand_in_the_json_and_are_those_of_the_claims(true):
    written = json.loads(judge(("dE/da[o1]", f"{-true['dE/da[o1]']:.6f}"), ("E", "0.3")).to_json())
    assert written["slips"] == [
        {"id": "sign_flipped", "says": written["claims"][0]["mistakes"][0]["says"], "claims": [1]}
    ]
    assert set(written["summary"]) == {"right", "rounded", "carried", "wrong", "undecided"}


def test_two_digits_tell_no_story():
    assert not judge(("a[h1]", "0.31"), ("a[h2]", "0.22")).slips


def test_a_new_weight_tells_as_much_as_its_step(true):
    """0.6996 has four digits, but its step of -0.0004 has one: half of the step, or many another slip."""
    network = """
[network]
units = [["x"], ["y"]]
activations = ["identity"]
cost = "half_squared_error"
weights = [{name = "w", from = "x", to = "y", value = 0.7}]
[data]
inputs = [[1]]
targets = [[0.69]]
[training]
learning_rate = 0.09
"""
    assert not judge(("new w", "0.6996"), network=network).claims[0].mistakes


def test_a_right_claim_is_never_in_a_slip(true):
    report = judge(("h[h1]", f"{true['h[h1]']:.5f}"), ("a[h1]", "0.12345"), ("h[o1]", f"{true['h[o1]']:.5f}"))
    assert report.claims[0].verdict == report.claims[2].verdict == "right"
    assert all(1 not in slip.claims and 3 not in slip.claims for slip in report.slips)


# Verdicts that the digits leave open.


@pytest.mark.parametrize(
    ("of", "value", "verdict"),
    [
        ("da/dh[h1]", "0", "undecided"),  # 0.2319 rounds to 0
        ("dE/dw1", "0.00", "undecided"),
        ("a[x1]", "0.65", "right"),
        ("a[h1]", "1", "undecided"),  # 0.6347; h itself would print the same
        ("new w5", "0.4", "undecided"),  # 0.36; the wrong way round would print the same
        ("w5", "0.4", "right"),  # exactly what is printed
        ("E", "0.0", "wrong"),
        ("a[h1]", "0.6", "right"),
    ],
)
def test_too_few_digits_are_undecided(of, value, verdict):
    report = judge((of, value))
    assert report.claims[0].verdict == verdict
    if verdict == "undecided":
        assert report.summary["undecided"] == 1
        assert report.right
        for target in ("text", "markdown", "html"):
            assert "too few to tell" in render(marking(report), target)


def test_zero_is_right_where_the_number_is_zero():
    network = NETWORK.replace("[[0.65, 0.91]]", "[[0, 0.91]]")
    assert [claim.verdict for claim in judge(("dE/dw1", "0"), ("dE/dw1", "0.000"), network=network).claims] == [
        "right"
    ] * 2


def test_a_number_that_follows_from_a_wrong_one_but_for_one_unit_is_carried(true):
    """0.7692 * (1 - 0.7692) = 0.17753, and 0.1774 or 0.1776 is printed."""
    wrong = 0.6123
    follows = wrong * (1 - wrong)
    for off in (-1, 0, 1):
        report = judge(("a[h1]", f"{wrong}"), ("da/dh[h1]", f"{round(follows, 4) + off * 1e-4:.4f}"))
        assert [claim.verdict for claim in report.claims] == ["wrong", "carried"]
        assert report.claims[1].carried_from == ("a[h1]",)


def test_a_number_is_not_rounded_out_of_sight_to_other_digits_than_an_earlier_claim_shows(true):
    """a = 0.7705, and 0.770 * 0.230 = 0.1771; but a - y is printed with all of its digits, or with none of them."""
    a, y = true["a[o1]"], 0.01
    rounded = f"{round(a, 2) * (1 - round(a, 2)):.5f}"
    assert abs(float(rounded) - true["da/dh[o1]"]) > 2e-5
    verdicts = [
        [claim.verdict for claim in judge(*claims).claims]
        for claims in (
            [("da/dh[o1]", rounded)],
            [("dE/da[o1]", f"{a - y:.2f}"), ("da/dh[o1]", rounded)],
            [("dE/da[o1]", f"{a - y:.6f}"), ("da/dh[o1]", rounded)],
        )
    ]
    assert verdicts == [["rounded"], ["right", "rounded"], ["right", "wrong"]]


def test_a_given_number_misread_is_wrong_not_rounded():
    (claim,) = judge(("w3", "0.24")).claims
    assert (claim.verdict, claim.mistakes[0].id) == ("wrong", "misread_input")


def test_a_given_number_printed_short_is_right():
    assert judge(("w3", "0.3")).claims[0].verdict in ("right", "undecided")


# Slips that a whole sheet shows.


def test_a_bias_and_a_weight_exchanged_in_a_whole_sheet_are_one_slip(true):
    swapped = NETWORK.replace('to = "o1", value = 0.4}', 'to = "o1", value = 0.6}').replace(
        'to = "o1", value = 0.6}, {name = "b4"', 'to = "o1", value = 0.4}, {name = "b4"'
    )
    theirs = loads(swapped).trace()
    names = ["h[o1]", "dE/da[h1]", "new w5", "new b3"]
    report = judge(*((name, f"{theirs[name]:.6f}") for name in names))
    assert report.slips[0].id == "bias_and_weight_swapped"
    assert report.claims[0].mistakes[0].id == "bias_and_weight_swapped"


def test_shifted_columns_are_one_slip(true):
    weights = [f"w{number}" for number in range(1, 9)]
    claims = [(f"dE/d{one}", f"{true[f'dE/d{other}']:.6f}") for one, other in pairwise(weights)]
    (slip, *_) = judge(*claims).slips
    assert (slip.id, len(slip.claims)) == ("shifted_columns", 7)


def test_a_misread_bias_is_named(true):
    error = 0.30 - 0.35
    claims = [("h[h1]", f"{true['h[h1]'] + error:.6f}")]
    assert "misread_input" in [each.id for each in judge(*claims).claims[0].mistakes]


def test_the_transposed_gradient_in_the_update_is_named(true):
    claims = [("new w2", f"{0.2 - 0.5 * true['dE/dw3']:.8f}"), ("new w3", f"{0.25 - 0.5 * true['dE/dw2']:.8f}")]
    (slip,) = judge(*claims).slips
    assert (slip.id, slip.claims) == ("transposed_weights", (1, 2))


def test_outputs_worked_out_again_before_the_hidden_layer_are_named():
    sheet = loads(NETWORK)
    trace = sheet.trace()
    new = {name: trace[f"new {name}"] for name in ("w5", "w6", "w7", "w8", "b3", "b4")}
    again = NETWORK
    for name, value in new.items():
        head, _, tail = again.partition(f'name = "{name}"')
        before, _, after = tail.partition("value = ")
        again = f'{head}name = "{name}"{before}value = {value!r}{after[after.index("}") :]}'
    second = loads(again).trace()
    claims = [(f"dE/da[{unit}]", f"{second[f'dE/da[{unit}]']:.7f}") for unit in ("h1", "h2")]
    (slip, *_) = judge(*claims).slips
    assert (slip.id, slip.claims) == ("used_updated_weight", (1, 2))


def test_digits_are_exchanged_against_the_value_from_printed_factors(true):
    a = round(true["a[h1]"], 3)
    follows = f"{a * (1 - a):.6f}"
    turned = follows[:-2] + follows[-1] + follows[-2]
    report = judge(("a[h1]", f"{a:.3f}"), ("da/dh[h1]", turned))
    assert report.claims[1].mistakes[0].id == "digit_transposition"


def test_a_digit_that_came_out_wrong_is_an_arithmetic_slip(true):
    printed = f"{true['dE/dw5'] + 0.03:.6f}"
    assert judge(("dE/dw5", printed)).claims[0].mistakes[0].id == "arithmetic_slip"


SHARED = """
[network]
units = [["p1", "p2", "p3"], ["f1", "f2"], ["y"]]
activations = ["tanh", "identity"]
cost = "half_squared_error"
weights = [
  {name = "l", from = ["p1", "p2"], to = ["f1", "f2"], value = 0.5},
  {name = "r", from = ["p2", "p3"], to = ["f1", "f2"], value = -0.3},
  {name = "s1", from = "f1", to = "y", value = 1.1}, {name = "s2", from = "f2", to = "y", value = 0.7},
]
[data]
inputs = [[0.9, 1.3, 0.4]]
targets = [[0.2]]
"""


def test_one_use_of_a_shared_weight_left_out_is_named():
    trace = loads(SHARED).trace()
    claims = [(f"dE/d{name}", f"{trace['delta[f2]'] * value:.5f}") for name, value in (("l", 1.3), ("r", 0.4))]
    (slip,) = judge(*claims, network=SHARED).slips
    assert (slip.id, slip.claims) == ("shared_use_omitted", (1, 2))


BATCH = """
[network]
units = [["x"], ["p", "q", "r"]]
activations = ["softmax"]
cost = "cross_entropy"
weights = [
  {name = "w1", from = "x", to = "p", value = 0.4}, {name = "w2", from = "x", to = "q", value = -0.7},
  {name = "w3", from = "x", to = "r", value = 0.9},
]
[data]
inputs = [[1.2], [-0.5], [0.8]]
targets = [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
"""


def test_a_softmax_over_the_samples_and_a_softmax_of_a_softmax_are_named():
    sheet = loads(BATCH)
    h = np.array([1.2, -0.5, 0.8])[:, None] * np.array([0.4, -0.7, 0.9])
    right = np.exp(h) / np.exp(h).sum(1, keepdims=True)
    for wrong, id in (
        (np.exp(h) / np.exp(h).sum(0), "softmax_wrong_axis"),
        (np.exp(right) / np.exp(right).sum(1, keepdims=True), "activation_applied_twice"),
    ):
        text = "".join(
            f'[[claims]]\nof = "a[{unit}]"\nvalue = "{wrong[0, k]:.5f}"\nsample = 1\n' for k, unit in enumerate("pqr")
        )
        report = check(loads(BATCH + text))
        assert [(slip.id, slip.claims) for slip in report.slips] == [(id, (1, 2, 3))]
    assert sheet.x.shape == (3, 1)


def test_a_sample_left_out_of_the_batch_is_named():
    network = NETWORK.replace("[[0.65, 0.91]]", "[[0.65, 0.91], [0.3, -0.8], [-1.1, 0.4]]")
    network = network.replace("[[0.01, 0.99]]", "[[0.01, 0.99], [0.2, 0.7], [0.6, 0.1]]")
    trace = loads(network).trace()
    names = ("dE/dw1", "dE/dw5")
    claims = [(name, f"{sum(trace.of_sample(number)[name] for number in (1, 2)):.6f}") for name in names]
    (slip, *_) = judge(*claims, network=network).slips
    assert (slip.id, slip.claims) == ("wrong_sample", (1, 2))


def test_a_cost_over_one_output_is_named(true):
    assert "cost_over_one_output" in [each.id for each in judge(("E", f"{true['E[o1]']:.6f}")).claims[0].mistakes]


def test_a_constant_where_a_regulariser_belongs_is_named(true):
    claims = [
        (f"dE/d{name}", f"{true[f'dE/d{name}'] + 0.01 * value:.7f}") for name, value in (("w5", 0.4), ("w7", 0.5))
    ]
    (slip,) = judge(*claims).slips
    assert (slip.id, slip.claims) == ("regularised_weights", (1, 2))


# One slip made at every place of its kind.


def test_the_same_term_with_the_wrong_sign_in_every_unit_is_one_slip():
    """The product with x1 is subtracted in h1 and in h2, of which nothing is claimed but what follows."""
    turned = NETWORK.replace("value = 0.15}", "value = -0.15}").replace("value = 0.25}", "value = -0.25}")
    theirs = loads(turned).trace()
    (slip, *_) = judge(*((f"a[{unit}]", f"{theirs[f'a[{unit}]']:.5f}") for unit in ("o1", "o2"))).slips
    assert (slip.id, slip.claims) == ("sign_flipped", (1, 2))


def test_the_weights_of_another_unit_are_named(true):
    mine = 0.65 * 0.25 + 0.91 * 0.3 + 0.35
    assert judge(("h[h1]", f"{mine:.6f}")).claims[0].mistakes[0].id == "wrong_index"


def test_a_decimal_point_that_moved_is_followed(true):
    a = true["a[h1]"] / 10
    assert judge(("da/dh[h1]", f"{a * (1 - a):.7f}")).claims[0].mistakes[0].id == "decimal_point_slip"


def test_slips_that_give_the_very_same_number_stand_together(true):
    """The step taken the wrong way, or the sign of the gradient lost before it: no digits could tell."""
    (claim,) = judge(("new w5", f"{0.4 + 0.5 * true['dE/dw5']:.7f}")).claims
    assert [each.id for each in claim.mistakes[:2]] == ["update_sign_flipped", "sign_flipped"]
    assert claim.mistakes[0].gives == claim.mistakes[1].gives


def test_one_number_of_a_row_is_no_shifted_column(true):
    (claim,) = judge(("dE/dw1", f"{true['dE/dw2']:.7f}")).claims
    assert "shifted_columns" not in [each.id for each in claim.mistakes]


def test_a_step_with_the_wrong_sign_is_a_wrong_sign(true):
    assert judge(("step w5", f"{0.5 * true['dE/dw5']:.7f}")).claims[0].mistakes[0].id == "sign_flipped"
