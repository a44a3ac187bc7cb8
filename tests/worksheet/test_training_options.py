"""The options of training in worksheets: penalties, clipping, dropout, schedules, as fit and PyTorch have them."""

import numpy as np
import pytest

from backproof import check
from backproof.dropout import remove_dropout
from backproof.errors import BackproofError, NameUnknown, OptionError
from backproof.network import Network
from backproof.operations.registry import write_operation
from backproof.operations.schedule import schedules
from backproof.page.record import make_record
from backproof.render import render, target_names
from backproof.reports.explanation import explanation
from backproof.train import fit
from backproof.worksheet import load, loads, toml
from backproof.worksheet.writer import dumps
from networks import sane_case
from variants import OPTIMISERS, words

SHEET = """
title = "options"
[network]
units = [["i", "j"], ["p", "q"], ["o"]]
activations = ["tanh", "sigmoid"]
cost = "half_squared_error"
weights = [
  {name = "w1", from = ["i", "j"], to = ["p", "q"], value = 0.3},
  {name = "w2", from = "j", to = "p", value = -0.2},
  {name = "w3", from = "p", to = "o", value = 0.6},
  {name = "w4", from = "q", to = "o", value = -0.4, trained = false},
]
biases = [{name = "b1", to = "o", value = 0.1}, {name = "b2", to = "p", value = -0.3}]
[data]
inputs = [[1, -2], [0.5, 1.5], [0.3, 0.9]]
targets = [[1], [0], [1]]
reduction = "mean"
[training]
learning_rate = 0.3
"""
STEPS = 6
OPTIONS = {
    "none": "",
    "l1": "l1 = 0.03",
    "l2": "l2 = 0.2",
    "clip": "clip = 0.02",
    "dropout": "dropout = 0.4",
    "cosine": 'schedule = "cosine"\nepochs = 6',
    "stairs": 'schedule = {name = "step", every = 2, drop = 0.5}',
    "warm": 'schedule = {name = "warm_up", over = 3, then = {name = "cosine", lowest = 0.1}}\nepochs = 6',
    "all": 'l1 = 0.03\nl2 = 0.2\nclip = 0.05\ndropout = [0.3]\nschedule = "one_cycle"\nepochs = 6',
}
BY_FORMULA = [each for each in OPTIMISERS if not each.searches]
every_option = pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
every_optimiser = pytest.mark.parametrize("optimiser", BY_FORMULA, ids=words)


def sheet(options="", optimiser=None, claims=""):
    chosen = "" if optimiser is None else toml.write_pair("optimizer", write_operation(optimiser))
    return loads(f"{SHEET}{options}\n{chosen}\n{claims}")


def fit_sheet(worksheet, **more):
    """The run that the options of a worksheet ask for, in so many epochs of one step."""
    own = worksheet.training
    plain, rates = remove_dropout(worksheet.network.architecture)
    network = Network.of(plain, worksheet.network.parameters)
    options = {"l1": own.l1, "l2": own.l2, "clip": own.clip, "schedule": own.schedule, "dropout": rates[1:] or 0.0}
    return fit(
        network, worksheet.x, worksheet.y, epochs=STEPS, learning_rate=own.rate, optimizer=own.optimiser,
        engine="numpy", **options, **more,
    ).network.parameters  # fmt: skip


@every_option
@every_optimiser
def test_training_takes_the_very_steps_that_are_traced(options, optimiser):
    worksheet = sheet(options, optimiser)
    traced = worksheet.trace(step=STEPS).after.parameters
    for key, array in fit_sheet(worksheet).items():
        np.testing.assert_allclose(traced[key], array, rtol=1e-12, atol=1e-15)


@every_option
@every_optimiser
def test_every_line_of_every_derivation_is_worth_its_number(options, optimiser):
    for step in (1, 3):
        trace = sheet(options, optimiser).trace(step=step)
        for name in trace.names():
            derivation = trace.explain(name)
            for line in derivation.lines:
                if line.kind in ("chain_rule", "numbers", "value", "sum_over_samples"):
                    assert line.value == pytest.approx(derivation.value, rel=1e-11, abs=1e-15), (name, line)
                elif line.left is not None and line.kind == "update" and line.left.step is None:
                    assert line.value == pytest.approx(trace.value(line.left), rel=1e-11, abs=1e-15), (name, line)
            if derivation.estimate is not None:
                assert derivation.estimate == pytest.approx(derivation.value, rel=1e-4, abs=1e-8), name


@every_option
@every_optimiser
def test_every_number_of_a_step_is_right_when_it_is_claimed(options, optimiser):
    trace = sheet(options, optimiser).trace(step=3)
    names = [name for name in trace.names() if np.isfinite(trace[name])]
    written = "\n".join(f'[[claims]]\nof = "{each}"\nvalue = "{trace[each]:.12g}"\nstep = 3' for each in names)
    verdicts = {claim.of: claim.verdict for claim in check(sheet(options, optimiser, written)).claims}
    assert {name: verdict for name, verdict in verdicts.items() if verdict not in ("right", "undecided")} == {}


@every_option
def test_a_sheet_is_written_as_it_is_read(options):
    worksheet = sheet(options)
    assert loads(dumps(worksheet)) == worksheet
    assert dumps(loads(dumps(worksheet))) == dumps(worksheet)


@every_option
def test_a_whole_step_is_explained_in_every_format_and_on_the_page(options):
    worksheet = sheet(options, OPTIMISERS[-1])
    for target in target_names():
        assert render(explanation(worksheet.trace(step=2), "one step"), target)
    record = make_record(worksheet, last=2)
    for name in record["names"]:
        worksheet.trace(step=2).of_sample(2 if "[" in name else None).read_name(name)


def theirs(case, kind, options):
    """PyTorch's parameters after some steps on a chain of tanh and identity."""
    torch = pytest.importorskip("torch")
    own = {key: torch.tensor(np.array(array), requires_grad=True) for key, array in case.parameters.items()}
    made = {
        "sgd": torch.optim.SGD,
        "adam": torch.optim.Adam,
        "rmsprop": torch.optim.RMSprop,
        "adagrad": torch.optim.Adagrad,
    }
    optimiser = made[kind["name"]](own.values(), lr=0.1, **{key: value for key, value in kind.items() if key != "name"})
    for step in range(1, STEPS + 1):
        for group in optimiser.param_groups:
            group["lr"] = 0.1 * schedules.make(options["schedule"]).factor(step, float(STEPS))
        optimiser.zero_grad()
        out = torch.tanh(torch.tensor(X) @ own["W1"] + own["b1"]) @ own["W2"] + own["b2"]
        cost = 0.5 * ((out - torch.tensor(Y)) ** 2).sum(1).mean()
        for key in ("W1", "W2"):
            cost = cost + options["l1"] * own[key].abs().sum() + options["l2"] / 2 * (own[key] ** 2).sum()
        cost.backward()
        if options["clip"]:
            norm = torch.sqrt(sum((each.grad**2).sum() for each in own.values()))
            theirs = torch.nn.utils.clip_grad_norm_(own.values(), options["clip"])
            assert float(theirs) == pytest.approx(float(norm), rel=1e-12)
        optimiser.step()
    return {key: array.detach().numpy() for key, array in own.items()}


RANDOM = np.random.default_rng(5)
X, Y = RANDOM.normal(size=(5, 3)), RANDOM.normal(size=(5, 2))
KINDS = [
    {"name": "sgd"},
    {"name": "sgd", "momentum": 0.9},
    {"name": "sgd", "momentum": 0.8, "nesterov": True},
    {"name": "adam"},
    {"name": "adam", "eps": 1e-3, "betas": (0.8, 0.95)},
    {"name": "rmsprop", "alpha": 0.9},
    {"name": "adagrad"},
]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_pytorch_takes_the_same_steps(seed, kind):
    chosen = np.random.default_rng(seed)
    options = {
        "l1": float(chosen.choice([0, 0.02])),
        "l2": float(chosen.choice([0, 0.3])),
        "clip": chosen.choice([None, 1e3]) if seed % 2 else None,
        "schedule": ["constant", "cosine", {"name": "step", "every": 2}, "one_cycle"][seed],
    }
    network = Network.dense([3, 4, 2], activation=["tanh", "identity"], reduction="mean", seed=seed)
    names = {"eps": "epsilon"}
    own = {names.get(key, key): value for key, value in kind.items() if key != "betas"}
    own |= dict(zip(("beta1", "beta2"), kind.get("betas", ()), strict=False))
    written = loads(
        f"""
        [network]
        layers = [3, 4, 2]
        activations = ["tanh", "identity"]
        cost = "half_squared_error"
        {toml.write_pair("parameters", {key: np.array(array).tolist() for key, array in network.parameters.items()})}
        [data]
        inputs = {X.tolist()}
        targets = {Y.tolist()}
        reduction = "mean"
        [training]
        learning_rate = 0.1
        epochs = {STEPS}
        l1 = {options["l1"]}
        l2 = {options["l2"]}
        {"" if options["clip"] is None else f"clip = {options['clip']}"}
        {toml.write_pair("schedule", options["schedule"])}
        {toml.write_pair("optimizer", own)}
        """.replace("\n        ", "\n")
    )
    mine = written.trace(step=STEPS).after.parameters
    for key, array in theirs(network, kind, options).items():
        np.testing.assert_allclose(mine[key], array, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("seed", range(6))
def test_shares_of_samples_by_themselves_have_the_batch_as_their_mean(seed):
    case = sane_case(seed)
    trace = case.network.trace(case.x, case.y)
    weight = 1 / len(case.x) if case.network.reduction == "mean" else 1.0
    for name in list(case.network.wiring.names())[:4]:
        own = [trace[f"dE_{number}/d{name}"] for number in trace.numbers]
        assert weight * sum(own) == pytest.approx(trace[f"dE/d{name}"], rel=1e-12, abs=1e-14)
        for number in trace.numbers:
            alone = case.network.trace(case.x[number - 1 : number], case.y[number - 1 : number])
            if not case.network.architecture.couples_samples:
                assert trace[f"dE_{number}/d{name}"] == pytest.approx(alone[f"dE/d{name}"], rel=1e-9, abs=1e-12)
    assert weight * sum(trace[f"E_{number}"] for number in trace.numbers) == pytest.approx(trace["E"], rel=1e-12)


def test_a_number_of_a_sample_by_itself_says_of_which_sample_it_is():
    sheet = load("or")
    for name in ("E_1", "E_2", "dE_2/dw1"):
        alone = sheet.trace(sample=int(name.split("/")[0][-1])).explain(name)
        for trace in (sheet.trace(), sheet.trace(sample=3)):
            assert str(trace.explain(name)) == str(alone)


def test_a_mask_is_called_by_the_unit_that_it_hides():
    trace = sheet("dropout = 0.5").trace(step=2, sample=3)
    for unit in "pq":
        assert trace[f"mask[{unit}]"] == trace[f"mask[{unit}.dropout]"] in (0.0, 1.0)
        assert trace[f"a[{unit}.dropout]"] == 2 * trace[f"mask[{unit}]"] * trace[f"a[{unit}]"]


def test_a_schedule_ends_with_its_run():
    worksheet = sheet(OPTIONS["cosine"])
    assert worksheet.trace(step=9)["eta"] == worksheet.trace(step=6)["eta"] < worksheet.trace(step=1)["eta"] == 0.3


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("R", "needs l1 or l2"), ("dJ/dw1", "needs l1 or l2"), ("norm", "needs clip"), ("clipped[w1]", "needs clip"),
        ("eta0", "needs schedule"), ("m[w1]", "it keeps none"), ("E_4", "sample 4 is not in step 1"),
        ("dE_2/dw9", "there is no parameter 'w9'"), ("previous m[w1]", "it keeps none"),
    ],
)  # fmt: skip
def test_a_number_that_training_does_not_have_says_what_it_needs(name, said):
    with pytest.raises((NameUnknown, OptionError), match=said.replace("[", r"\[")):
        sheet().trace()[name]


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("l2 = -1", "training.l2 (line 20): expected a number from 0"),
        ("l1 = inf", "training.l1 (line 20)"),
        ("clip = 0", "training.clip (line 20): expected a number above 0"),
        ("dropout = 1", "training.dropout (line 20): expected a number from 0 to below 1"),
        ("dropout = [0.1, 0.2]", "expected 1 rates, one for each hidden layer"),
        ('dropout = "half"', "expected a number, received 'half'"),
        ('schedule = "cosine"', "give epochs = 100 or so"),
        ('schedule = "adaptive"', "expected a schedule that goes by the step"),
        ('schedule = "cosin"', "Did you mean 'cosine'?"),
        ("epochs = 0", "expected a whole number from 1"),
        ("dropot = 0.1", "Did you mean 'dropout'?"),
    ],
)
def test_a_bad_option_is_one_message_with_its_place(option, said):
    with pytest.raises(BackproofError) as error:
        sheet(option)
    assert said in str(error.value)
