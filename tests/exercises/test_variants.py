"""Variants: valid, readable, different from each other, and the same for the same seed."""

from dataclasses import replace
from decimal import Decimal
from itertools import product

import numpy as np
import pytest

from backproof.checking.claims import check
from backproof.errors import BackproofError
from backproof.exercises import KINDS, make
from backproof.exercises.figures import write_figure
from backproof.exercises.fresh import count_faults
from backproof.exercises.sheet import write_blank
from backproof.render import render
from backproof.reports.marking import marking
from backproof.rounding import agrees
from backproof.worksheet import load, loads
from backproof.worksheet.writer import dumps

EXAMPLES = ("or", "mazur", "xor")
FORMS = ("text", "markdown", "latex", "html")
WIDE = """
title = "whole layers"
[network]
layers = [3, 4, 2]
activations = ["{hidden}", "{output}"]
cost = "{cost}"
initialiser = "glorot_uniform"
[data]
inputs = [[1, 2.5, -3], [0.5, 0.25, 2]]
targets = [[0, 1], [1, 0]]
reduction = "mean"
[training]
learning_rate = 0.1
optimizer = {optimizer}
"""


def wide(hidden="relu", output="softmax", cost="cross_entropy", optimizer='"adam"'):
    return loads(WIDE.format(hidden=hidden, output=output, cost=cost, optimizer=optimizer))


def significant(number):
    return len(Decimal(repr(float(number))).normalize().as_tuple().digits)


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_variant_is_valid_and_its_key_all_right(name):
    for variant in make(load(name), count=12, seed=7).variants:
        key = loads(dumps(variant.key))
        assert key == variant.key
        counts = check(key).summary
        assert counts.pop("right") == len(variant.questions)
        assert not any(counts.values())
        filled_in_by_nobody = loads(write_blank(variant, "variant-01.toml"))
        assert all(claim.is_blank for claim in filled_in_by_nobody.claims)
        asked = [(each.of, each.sample) for each in variant.questions]
        assert [(claim.of, claim.sample) for claim in filled_in_by_nobody.claims] == asked
        assert dumps(replace(filled_in_by_nobody, claims=())) == dumps(variant.worksheet)


@pytest.mark.parametrize(
    ("hidden", "output", "cost"),
    [("relu", "softmax", "cross_entropy"), ("tanh", "identity", "mean_squared_error"),
     ("gelu", "sigmoid", "binary_cross_entropy"), ("leaky_relu", "identity", "huber")],
)  # fmt: skip
@pytest.mark.parametrize("optimizer", ['"sgd"', '"adam"'])
def test_other_networks_have_keys_that_are_right(hidden, output, cost, optimizer):
    for variant in make(wide(hidden, output, cost, optimizer), count=3, seed=1).variants:
        assert variant.worksheet.network.units == (("x1", "x2", "x3"), ("h1", "h2", "h3", "h4"), ("o1", "o2"))
        assert check(loads(dumps(variant.key))).right


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_same_seed_gives_the_same_variants_however_many(name):
    many, few = (make(load(name), count=count, seed=3) for count in (6, 2))
    for one, other in zip(many.variants, few.variants, strict=False):
        assert dumps(one.key) == dumps(other.key)
    assert dumps(make(load(name), seed=4).variants[0].key) != dumps(many.variants[0].key)


@pytest.mark.parametrize("name", EXAMPLES)
def test_numbers_are_readable(name):
    for variant in make(load(name), count=30, seed=7).variants:
        network = variant.worksheet.network
        values = [variant.trace.parameter(parameter) for parameter in network.wiring.names()]
        assert all(value and significant(value) <= 2 and 0.05 <= abs(value) < 1 for value in values)
        assert len({abs(value) for value in values}) == len(values)
        assert all(significant(value) <= 2 for value in (*variant.worksheet.x.flat, *variant.worksheet.y.flat))
        assert count_faults(variant.trace, variant.values) == 0
        assert all(value == 0 or abs(value) >= 1e-3 for value in variant.values)
        slopes = [variant.trace[f"da/dh[{unit}]"] for unit in network.units[1]] if name == "mazur" else []
        assert all(slope > 0.05 for slope in slopes)


@pytest.mark.parametrize("name", EXAMPLES)
def test_answers_differ_from_variant_to_variant(name):
    variants = make(load(name), count=30, seed=7, hide=["gradients"]).variants
    assert len({variant.answers for variant in variants}) == 30
    for question in range(len(variants[0].questions)):
        told = [variant.answers[question] for variant in variants if variant.answers[question] != "0"]
        assert len(set(told)) >= 0.9 * len(told)


def test_gates_keep_their_data_and_others_get_fresh_data():
    gate, mazur = load("xor"), load("mazur")
    for variant in make(gate, count=5).variants:
        assert np.array_equal(variant.worksheet.x, gate.x)
        assert np.array_equal(variant.worksheet.y, gate.y)
    assert len({variant.worksheet.x.tobytes() for variant in make(mazur, count=5).variants}) == 5


def test_shared_and_untrained_parameters_stay_so():
    for variant in make(load("mazur"), count=3, hide=["gradients"]).variants:
        bias = variant.worksheet.network.parameter("b1")
        assert (len(bias.places), bias.trained) == (2, False)
        assert {each.of for each in variant.questions} == {f"dE/dw{number}" for number in range(1, 9)}


def test_questions_stand_in_the_order_of_the_pass_each_once():
    asked = make(load("mazur"), hide=["update", "dE/dw1,delta[h1]", "backward", "forward", "dE/dh[h1]"]).variants[0]
    order = [KINDS.index(each.kind) for each in asked.questions]
    assert order == sorted(order)
    names = [each.of for each in asked.questions]
    assert len(set(names)) == len(names)
    assert [each for each in names if each in ("delta[h1]", "dE/dh[h1]")] == ["delta[h1]"]


def test_a_batch_has_a_question_for_each_of_its_samples():
    asked = make(load("or"), hide=["a[o]", "E", "dE/dw1"]).variants[0].questions
    assert [(each.of, each.sample) for each in asked] == [
        *(("a[o]", sample) for sample in (1, 2, 3, 4)), ("E", None), ("dE/dw1", None),
    ]  # fmt: skip
    alone = make(load("or"), hide=["a[o]"], samples=[2]).variants[0]
    assert [(each.of, each.sample) for each in alone.questions] == [("a[o]", None)]
    assert alone.worksheet.x.tolist() == [[1, 0]]


def test_only_the_samples_of_the_first_step_are_asked_about():
    sheet = loads(dumps(load("or")).replace("learning_rate = 0.01", "learning_rate = 0.5\nbatches = [[2, 4], [1, 3]]"))
    variant = make(sheet).variants[0]
    assert {each.sample for each in variant.questions} == {None, 2, 4}
    assert check(loads(dumps(variant.key))).right


def test_what_comes_before_the_questions_is_given_unless_it_tells_an_answer():
    variant = make(load("mazur"), hide=["gradients"]).variants[0]
    given = {question.of for question, _ in variant.helps}
    assert {"a[h1]", "delta[o1]"} <= given
    gate = make(load("or"), hide=["gradients"], samples=[2]).variants[0]
    assert "delta[o]" not in {question.of for question, _ in gate.helps}  # dE/db3 is the same number
    assert make(load("or")).variants[0].helps == ()


def test_an_update_is_asked_for_with_the_digits_that_show_its_step():
    variant = make(load("or"), hide=["update"]).variants[0]
    for question, answer in zip(variant.questions, variant.answers, strict=True):
        name = question.of.removeprefix("new ")
        assert not agrees(answer, variant.trace[name])


@pytest.mark.parametrize(
    ("value", "digits", "expected"),
    [(0.5, 4, "0.5"), (0.50004, 4, "0.5000"), (-0.0121951, 4, "-0.01220"), (1e-17, 4, "0"), (1234.4, 3, "1230"),
     (0.00001234567, 4, "0.00001235"), (2.0, 4, "2"), (3e-15 + 1e-10, 3, "1.00e-10")],
)  # fmt: skip
def test_answers_are_printed_as_people_write_them(value, digits, expected):
    assert write_figure(value, digits) == expected


@pytest.mark.parametrize(("name", "digits"), list(product(EXAMPLES, (2, 7))))
def test_other_digits_are_right_too(name, digits):
    assert check(make(load(name), digits=digits, seed=5).variants[0].key).right


@pytest.mark.parametrize("old", [False, True])  # an older sheet's lines are comments until they are filled in
def test_a_slip_in_a_filled_in_sheet_is_named(old):
    for variant in make(load("mazur"), count=4, seed=7, hide=["gradients"]).variants:
        trace = variant.trace
        slipped = trace["dE/da[h1]"] * trace["a[i1]"]
        text = write_blank(variant, "variant-01.toml")
        text = text.replace("  {of", "  # {of") if old else text
        for question, answer in zip(variant.questions, variant.answers, strict=True):
            said = write_figure(slipped, 6) if question.of == "dE/dw1" else answer
            line = f'{{of = "{question.of}", value = ""}}'
            text = text.replace(f"{'# ' if old else ''}{line}", line.replace('""', f'"{said}"'))
        report = check(loads(text))
        wrong = [claim for claim in report.claims if claim.verdict == "wrong"]
        assert [claim.of for claim in wrong] == ["dE/dw1"]
        assert wrong[0].mistakes[0].id == "sigma_prime_omitted"
        assert report.summary["right"] == len(variant.questions) - 1


def test_blank_answers_are_neither_right_nor_wrong_and_change_no_other_verdict():
    random = np.random.default_rng(8)
    for variant in make(load("mazur"), count=6, seed=3).variants:
        sheet = variant.key
        claims = list(sheet.claims)
        wrong = random.choice(len(claims), 3, replace=False)
        for number in wrong:
            claims[number] = replace(claims[number], value="12.3456")
        blank = [number for number in range(len(claims)) if random.random() < 0.4]
        partly = tuple(replace(each, value="") if number in blank else each for number, each in enumerate(claims))
        report = check(loads(dumps(replace(sheet, claims=partly))))
        alone = check(replace(sheet, claims=tuple(each for each in partly if each.value)))
        told = [each for each in report.claims if each.verdict != "blank"]
        assert [each.verdict for each in told] == [each.verdict for each in alone.claims]
        assert report.summary == alone.summary | ({"blank": len(blank)} if blank else {})
        assert [number for number, each in enumerate(report.claims) if each.verdict == "blank"] == blank
        listed = report.to_dict()["claims"]
        assert all(listed[number]["truth"] is None for number in blank)  # it would give the answer away
        assert all(f"{len(blank)} blank" in render(marking(report), form) for form in FORMS if blank)


def test_a_sheet_without_any_answer_is_not_wrong():
    variant = make(load("or"), samples=[2]).variants[0]
    report = check(loads(write_blank(variant, "a.toml")))
    assert report.right
    assert report.summary["blank"] == len(variant.questions)


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_number_of_questions_is_chosen_from_every_part_of_the_pass(name):
    whole = make(load(name), seed=5).variants[0].questions
    for size in (1, 2, 5, 10, len(whole)):
        few = make(load(name), count=3, seed=5, questions=size).variants
        chosen = few[0].questions
        assert len(chosen) == size
        assert [each for each in whole if each in chosen] == list(chosen)
        assert {each.kind for each in chosen} == {each.kind for each in whole} or size < len(KINDS)
        assert all(each.questions == chosen for each in few)
        assert make(load(name), count=5, seed=5, questions=size).variants[0].questions == chosen
        assert all(check(each.key).right for each in few)
    others = [make(load(name), seed=seed, questions=10).variants[0].questions for seed in range(5)]
    assert len(set(others)) > 1


def test_a_number_of_questions_makes_room_for_a_large_sheet():
    rows = "[[1, 0], [0, 1]" + ", [1, 1]" * 18 + "]"
    many = loads(dumps(load("or")).split("[data]")[0] + f"[data]\ninputs = {rows}\ntargets = {[[1]] * 20}")
    with pytest.raises(BackproofError, match="--questions"):
        make(many)
    assert len(make(many, questions=12).variants[0].questions) == 12


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"questions": 0}, "questions must be from 1 to"),
        ({"questions": 10, "hide": ["gradients"], "samples": [2]}, "questions must be from 1 to"),
        ({"count": 0}, "count must be from 1 to 1,000, received 0"),
        ({"count": 1001}, "count must be from 1 to 1,000"),
        ({"seed": -1}, "seed must be a whole number"),
        ({"digits": 1}, "digits must be from 2 to 12"),
        ({"hide": ["gradient"]}, "Did you mean 'gradients'?"),
        ({"hide": ["dE/dw9"]}, "there is no parameter 'w9'"),
        ({"hide": ["w1"]}, "given in every variant"),
        ({"hide": ["a[i1]"]}, "given in every variant"),
        ({"hide": ["eta"]}, "given in every variant"),
        ({"samples": [5]}, "sample must be from 1 to 4"),
        ({"hide": ["delta[o]*new w5"]}, "one of the whole step"),
    ],
)
def test_options_that_cannot_be_met(options, said):
    with pytest.raises(BackproofError) as caught:
        make(load("or"), **options)
    assert said in str(caught.value)


def test_an_update_without_a_learning_rate():
    sheet = load("or_article")
    assert {each.kind for each in make(sheet).variants[0].questions} == set(KINDS) - {"update"}
    for hide in ("update", "new w1"):
        with pytest.raises(BackproofError, match="learning rate"):
            make(sheet, hide=[hide])


def test_worksheets_that_nobody_can_work_by_hand():
    large = loads(WIDE.format(hidden="relu", output="softmax", cost="cross_entropy", optimizer='"sgd"')
                  .replace("[3, 4, 2]", "[3, 40, 2]"))  # fmt: skip
    with pytest.raises(BackproofError, match="242 parameters"):
        make(large)
    rows = "[[1, 0], [0, 1]" + ", [1, 1]" * 20 + "]"
    many = loads(dumps(load("or")).split("[data]")[0] + f"[data]\ninputs = {rows}\ntargets = {[[1]] * 22}")
    with pytest.raises(BackproofError, match="Choose some with --sample"):
        make(many)
    assert len(make(many, samples=[1, 22]).variants[0].worksheet.x) == 2
    with pytest.raises(BackproofError, match="questions a variant"):
        make(many, samples=list(range(1, 21)), hide=["all"])


def test_more_variants_than_there_are():
    tiny = loads("""
[network]
units = [["x"], ["o"]]
activations = ["identity"]
cost = "output"
weights = [{name = "w", from = "x", to = "o", value = 1}]
[data]
inputs = [[1]]
""")
    assert len(make(tiny, count=10, hide=["a[o]"]).variants) == 10
    with pytest.raises(BackproofError, match="different variants"):
        make(tiny, count=200, hide=["a[o]"])
