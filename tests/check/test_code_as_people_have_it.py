"""Gradients and updates in many conventions: right code is right, a planted bug is named, by the code's own names."""

import itertools
import json
import time

import numpy as np
import pytest

import conventions
from backproof import BackproofError, check_backward, check_update, infer_network
from backproof.errors import ShapeError
from bugs import BUGS, smallest_place
from conventions import CONVENTIONS, loss_of, network
from usercode import Net, draw


def check(convention, user, parameters, x, y, gradients, **options):
    return conventions.check(convention, check_backward, user, parameters, x, y, gradients, **options)


@pytest.mark.parametrize("name", CONVENTIONS)
def test_right_gradients_are_right_in_every_convention(name):
    convention = CONVENTIONS[name]
    for seed in range(4):
        user, parameters, x, y = network(convention, draw, np.random.default_rng(seed))
        report = check(convention, user, parameters, x, y, user.backward(parameters, x, y))
        assert report.right, (seed, user.names, user.cost, str(report))
        assert report.mistakes == ()
        assert convention.alone or report.inferred["activations"] == user.names


@pytest.mark.parametrize("name", CONVENTIONS)
def test_gradients_that_point_downhill_are_right_and_a_note_says_so(name):
    convention = CONVENTIONS[name]
    user, parameters, x, y = network(convention, draw, np.random.default_rng(1))
    downhill = {key: -array for key, array in user.backward(parameters, x, y).items()}
    report = check(convention, user, parameters, x, y, downhill)
    assert report.right
    assert "these are -de/dw; add them" in " ".join(report.notes).lower()


@pytest.mark.parametrize("name", CONVENTIONS)
def test_an_update_alone_is_judged_by_the_digits_that_it_leaves(name):
    convention = CONVENTIONS[name]
    for seed, rate in enumerate((0.1, 1e-3)):
        user, before, x, y = network(convention, draw, np.random.default_rng(seed))
        gradients = user.backward(before, x, y)
        for sign, right in ((1, True), (-1, False)):
            report = conventions.check_step(convention, check_update, user, before, x, y, gradients, sign * rate)
            assert report.right is right, (seed, user.names, user.cost, str(report))
            assert right or report.mistakes[0].id == "update_sign_flipped", (seed, str(report))


@pytest.mark.parametrize(("bug", "places", "kinds", "ids"), BUGS, ids=[each[0] for each in BUGS])
def test_a_bug_is_named_in_any_convention(bug, places, kinds, ids):
    names = [*CONVENTIONS]
    for seed in range(2):
        convention = CONVENTIONS[names[(5 * seed + 7 * len(bug)) % len(names)]]
        rng = np.random.default_rng(seed)
        user, parameters, x, y = network(convention, draw, rng, **kinds)
        options = places(user)
        at = options[rng.integers(len(options))]
        with np.errstate(all="ignore"):
            mine = user.backward(parameters, x, y, bug, at)
            at = smallest_place(user, parameters, x, y, bug, at)
        report = check(convention, user, parameters, x, y, mine)
        if report.right or report.inferred["activations"] != user.names:
            continue  # the slip turns every gradient round or changes nothing; or units are dead, whatever comes before
        wrong = {each.name for each in report.parameters if not each.right}
        together = {each.id: each.where for each in report.mistakes if set(each.explains) == wrong}
        assert {*(ids or (bug,))} <= {*together}, (seed, at, user.names, user.cost, str(report))
        if len(at) == 1:
            assert {together[id] for id in ids or (bug,)} == {f"layer {at[0]}"}


USER = Net(["tanh", "sigmoid"], "half_squared_error", "mean")
RNG = np.random.default_rng(3)
X, Y = RNG.normal(size=(5, 3)), RNG.uniform(size=(5, 2))
P = {"W1": RNG.normal(size=(3, 4)), "b1": RNG.normal(size=4), "W2": RNG.normal(size=(4, 2)), "b2": RNG.normal(size=2)}
A = USER.forward(P, X)[1][-1]
G = USER.backward(P, X, Y)
LOSS = loss_of(USER, A, Y)


def test_what_was_worked_out_stands_first_in_the_report():
    turned = {"W1": P["W1"].T, "b1": P["b1"][:, None], "W2": P["W2"].T, "b2": P["b2"][:, None]}
    gradients = {"W1": G["W1"].T, "b1": G["b1"][:, None], "W2": G["W2"].T, "b2": G["b2"][:, None]}
    report = check_backward(turned, gradients, X.T, Y.T, outputs=A.T, loss=LOSS)
    assert report.inferred == {
        "layout": "(out, in)", "biases": "(n, 1)", "samples": "columns", "activations": ["tanh", "sigmoid"],
        "cost": "half_squared_error", "reduction": "mean",
    }  # fmt: skip
    assert json.loads(report.to_json())["inferred"] == report.inferred
    first = str(report).splitlines()[0]
    assert "(out, in)" in first
    assert "half_squared_error" in first


def test_places_are_those_of_the_arrays_as_they_lie():
    mine = {"W1": G["W1"].T.copy(), "b1": G["b1"], "W2": G["W2"].T.copy(), "b2": G["b2"]}
    mine["W1"][2, 1] += 1
    turned = {"W1": P["W1"].T, "b1": P["b1"], "W2": P["W2"].T, "b2": P["b2"]}
    report = check_backward(turned, mine, X, Y, outputs=A, loss=LOSS)
    assert not report.parameters[0].right
    assert (report.parameters[0].name, report.parameters[0].at) == ("W1", (2, 1))
    folded = [np.vstack([G["b1"], G["W1"]]), np.vstack([G["b2"], G["W2"]])]
    folded[0][0, 3] += 1
    report = check_backward(
        [np.vstack([P["b1"], P["W1"]]), np.vstack([P["b2"], P["W2"]])], folded, X, Y, outputs=A, loss=LOSS
    )
    assert report.inferred["biases"] == "first row of the weights"
    assert not report.parameters[0].right
    assert report.parameters[0].at == (0, 3)


def test_without_a_loss_it_asks_for_what_decides():
    report = check_backward(P, G, X, Y, outputs=A)
    assert report.right is None
    assert "loss=" in report.question
    assert json.loads(report.to_json())["right"] is None
    assert check_backward(P, G, X, Y, outputs=A, cost="squared_error").right is False
    noise = {key: RNG.normal(size=array.shape) for key, array in P.items()}
    assert check_backward(P, noise, X, Y, outputs=A).right is False


def test_a_loss_that_no_cost_gives_is_asked_for():
    report = check_backward(P, G, X, Y, outputs=A, loss=LOSS + 0.123)
    assert report.right is None
    assert "cost=" in report.question
    with pytest.raises(BackproofError, match="no known cost gives the loss"):
        infer_network(P, X, Y, A, LOSS + 0.123)


def test_numbers_of_classes_logits_and_logarithms_are_understood():
    user = Net(["tanh", "softmax"], "cross_entropy", "mean")
    labels = np.array([0, 1, 1, 0, 1])
    h, a = user.forward(P, X)
    targets = np.eye(2)[labels]
    mine, loss = user.backward(P, X, targets), loss_of(user, a[-1], targets)
    for outputs, are in ((a[-1], None), (h[-1], "logits"), (np.log(a[-1]), "logarithms")):
        report = check_backward(P, mine, X, labels, outputs=outputs, loss=loss)
        assert report.right, str(report)
        assert report.inferred["activations"] == ["tanh", "softmax"]
        assert report.inferred.get("outputs") == are


@pytest.mark.parametrize("axis", [0, None])
def test_outputs_that_only_a_wrong_softmax_gives_name_that_bug(axis):
    h = USER.forward(P, X)[0][-1]
    wrong = np.exp(h) / np.exp(h).sum(axis=axis, keepdims=True)
    targets = np.eye(2)[[0, 1, 1, 0, 1]]
    delta = (wrong - targets) / 5
    a1 = np.tanh(X @ P["W1"] + P["b1"])
    back = delta @ P["W2"].T * (1 - a1**2)
    mine = {"W1": X.T @ back, "b1": back.sum(0), "W2": a1.T @ delta, "b2": delta.sum(0)}
    loss = -(targets * np.log(wrong)).sum() / 5
    report = check_backward(P, mine, X, targets, outputs=wrong, loss=loss)
    assert report.right is False
    assert report.mistakes[0].id == "softmax_wrong_axis"
    with pytest.raises(BackproofError, match="softmax was taken over"):
        infer_network(P, X, targets, wrong)


def test_an_update_without_its_learning_rate_or_through_new_weights_is_named():
    def update(gradients, rate):
        after = {key: array - rate * gradients[key] for key, array in P.items()}
        return check_update(P, after, X, Y, learning_rate=0.05, outputs=A, loss=LOSS)

    assert update(G, 0.05).right
    assert update(G, 1).mistakes[0].id == "learning_rate_omitted"
    stale = USER.backward(P, X, Y, "used_updated_weight", rate=0.05)
    assert update(stale, 0.05).mistakes[0].id == "used_updated_weight"


def test_tensors_and_half_named_gradients_are_taken():
    torch = pytest.importorskip("torch")
    tensors = {key: torch.nn.Parameter(torch.tensor(array)) for key, array in P.items()}
    outputs = torch.tensor(A, requires_grad=True)
    assert check_backward(tensors, {"dW2": G["W2"]}, X, Y, outputs=outputs, loss=LOSS).right
    assert isinstance(infer_network(tensors, X, Y, outputs, LOSS).parameters["W1"], np.ndarray)


def test_an_object_is_parameters_and_gradients_at_once_and_keeps_what_else_it_likes():
    model = type("Model", (), {})()
    vars(model).update(P, lr=0.1, weight_decay=1e-4, trainable=True, activation=np.tanh, cache={"W1": "no array"})
    vars(model).update({f"d{key}": array for key, array in G.items()})
    report = check_backward(model, model, X, Y, outputs=A, loss=LOSS)
    assert report.right
    assert [each.name for each in report.parameters] == ["W1", "b1", "W2", "b2"]
    model.dW2 = -model.dW2
    report = check_backward(model, model, X, Y, outputs=A, loss=LOSS)
    assert (report.mistakes[0].id, report.mistakes[0].explains) == ("sign_flipped", ("W2",))


def test_what_is_named_neither_as_weights_nor_as_biases_is_left_out():
    assert check_backward(P | {"lr": 0.1}, G, X, Y, outputs=A, loss=LOSS).right
    assert check_backward(P, G | {"loss": LOSS}, X, Y, outputs=A, loss=LOSS).right


@pytest.mark.parametrize("outputs", ["sigmoid", "identity"])
def test_a_leaky_slope_in_several_layers_is_told_with_its_constant(outputs):
    user = Net(["relu", "relu", outputs], "half_squared_error", "sum")
    rng = np.random.default_rng(4)
    p = {
        key: rng.normal(size=shape)
        for key, shape in {"W1": (3, 5), "b1": 5, "W2": (5, 5), "b2": 5, "W3": (5, 2), "b3": 2}.items()
    }
    mine = user.backward(p, X, Y, "slope leaky", [1, 2])
    a = user.forward(p, X)[1][-1]
    first = check_backward(p, mine, X, Y, outputs=a, loss=loss_of(user, a, Y)).mistakes[0]
    assert (first.id, first.where) == ("wrong_activation_derivative", "hidden layers")
    assert "0.07 below" in first.says


LOOP = [P["W1"]]
LOOP.append(LOOP)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"parameters": []}, "there is none"),
        ({"parameters": LOOP}, "holds itself"),
        ({"parameters": object()}, "expected numbers"),
        ({"x": [[1, 2], [3]]}, "x: expected numbers in rows of equal length"),
        ({"x": X + 1j}, "x: .*complex128"),
        ({"y": None}, "y: expected numbers .*received None"),
        ({"outputs": "a"}, "outputs: expected numbers"),
        ({"outputs": [[1, 2], [3]]}, "outputs: expected numbers in rows of equal length"),
        ({"loss": np.nan}, r"loss: not a finite number\.$"),
        ({"parameters": {"W1": "a"}}, "expected arrays, received an object of type str"),
        ({"parameters": {"W1": P["W1"], "W2": np.ones((7, 9))}}, "do not lead as dense layers"),
        ({"gradients": {"W1": G["W1"]} | {"b1": G["b1"], "W2": G["W2"].T, "b2": G["b2"]}}, "transposed_weights"),
        ({"gradients": {**G, "W1": 0.5}}, r"np\.outer"),
        ({"gradients": [G["W1"]]}, "1 gradients for 4 parameters"),
        ({"outputs": A + 0.3}, "no network of dense layers with known activations gives these outputs"),
        ({"activation": "mash"}, "unknown activation 'mash'"),
        ({"activation": ["tanh"]}, "expected 2 of them"),
        ({"cost": "mse_"}, "unknown cost"),
        ({"loss": [1, 2]}, "expected one number"),
        ({"x": X[:, :2]}, "do not lead as dense layers"),
        ({"outputs": np.full((5, 2), np.nan)}, "not a finite number"),
    ],
)
def test_what_cannot_be_read_is_one_message(arguments, says):
    given = {"parameters": P, "gradients": G, "x": X, "y": Y, "outputs": A, "loss": LOSS} | arguments
    with pytest.raises(BackproofError, match=says):
        check_backward(**given)


def test_the_network_is_found_in_a_fifth_of_a_second():
    times = []
    for seed in range(20):
        user, parameters, x, y = network(CONVENTIONS["float32"], draw, np.random.default_rng(seed))
        outputs = user.forward(parameters, x)[1][-1]
        loss = loss_of(user, outputs, y)
        start = time.process_time()
        infer_network(list(parameters.values()), x, y, outputs, loss)
        times.append(time.process_time() - start)
    assert np.median(times) < 0.2


def test_an_update_of_float32_weights_in_nested_lists_is_judged_by_their_digits():
    rng = np.random.default_rng(2)
    w, b = rng.normal(size=(3, 2)).astype(np.float32), rng.normal(size=2).astype(np.float32)
    x, y = rng.normal(size=(5, 3)).astype(np.float32), rng.normal(size=(5, 2)).astype(np.float32)
    a = np.tanh(x @ w + b)
    delta = (a - y) * (1 - a**2) / np.float32(5)
    new = w - np.float32(0.001) * (x.T @ delta), b - np.float32(0.001) * delta.sum(0)
    data = {"learning_rate": 0.001, "outputs": a.tolist(), "loss": float(((a - y) ** 2).sum() / 10)}
    assert check_update([w.tolist(), b.tolist()], [each.tolist() for each in new], x, y, **data).right


def test_a_wrong_row_left_out_in_several_layers_is_one_mistake():
    rng = np.random.default_rng(5)
    sizes = (3, 4, 4, 2)
    p = {f"W{n}": rng.normal(size=(sizes[n - 1], sizes[n])) for n in (1, 2, 3)}
    p |= {f"b{n}": rng.normal(size=sizes[n]) for n in (1, 2, 3)}
    a = [rng.normal(size=(6, 3))]
    for n in (1, 2, 3):
        a.append(np.tanh(a[-1] @ p[f"W{n}"] + p[f"b{n}"]))
    y, g = rng.normal(size=(6, 2)), {}
    delta = (a[3] - y) * (1 - a[3] ** 2)
    for n in (3, 2, 1):
        g |= {f"W{n}": a[n - 1].T @ delta, f"b{n}": delta.sum(0)}
        shifted = np.vstack([p[f"W{n}"], p[f"b{n}"]])[1:]  # the first row is left out for the last
        delta = delta @ shifted.T * (1 - a[n - 1] ** 2)
    report = check_backward(p, g, a[0], y, outputs=a[3], loss=((a[3] - y) ** 2).sum() / 2)
    assert (report.mistakes[0].id, report.mistakes[0].where) == ("wrong_index", "layers 2 and 3")


def test_a_penalty_in_a_network_without_biases_is_one_on_the_weights():
    rng = np.random.default_rng(6)
    w, x, y = rng.normal(size=(3, 2)), rng.normal(size=(5, 3)), rng.normal(size=(5, 2))
    gradient = x.T @ (x @ w - y) + 0.01 * w
    report = check_backward([w], [gradient], x, y, outputs=x @ w, loss=((x @ w - y) ** 2).sum() / 2)
    assert report.mistakes[0].id == "regularised_weights"


def test_what_gives_the_same_numbers_is_an_or_and_what_is_made_besides_an_and():
    means = {key: array / 5 if key[0] == "b" else array for key, array in G.items()}
    times = {key: 5 * array for key, array in USER.backward(P, X, Y, "sigma_prime_omitted", [1]).items()}
    same = str(check_backward(P, means, X, Y, outputs=A, loss=LOSS))
    assert "  mean_vs_sum, " in same
    assert "  or bias_gradient_wrong, " in same
    both = check_backward(P, times, X, Y, outputs=A, loss=LOSS)
    assert both.mistakes[0].id == "sigma_prime_omitted"
    assert f"  and {both.mistakes[1].id}, all layers" in str(both)


@pytest.mark.parametrize("seed", range(6))
def test_some_of_the_right_gradients_without_names_are_right_or_asked_for_but_never_wrong(seed):
    rng = np.random.default_rng(seed)
    inputs, hidden, outputs = rng.integers(1, 4, size=3)
    x, y = rng.normal(size=(5, inputs)), rng.random((5, outputs))
    parameters = [rng.normal(size=size) for size in ((inputs, hidden), hidden, (hidden, outputs), outputs)]
    a1 = np.tanh(x @ parameters[0] + parameters[1])
    a2 = 1 / (1 + np.exp(-(a1 @ parameters[2] + parameters[3])))
    delta2 = (a2 - y) * a2 * (1 - a2)
    delta1 = delta2 @ parameters[2].T * (1 - a1**2)
    gradients = [x.T @ delta1, delta1.sum(0), a1.T @ delta2, delta2.sum(0)]
    for chosen in itertools.chain.from_iterable(itertools.combinations(gradients, size) for size in (1, 2, 3, 4)):
        try:
            report = check_backward(parameters, [*chosen], x, y, outputs=a2, loss=((a2 - y) ** 2).sum() / 2)
        except ShapeError:
            refused = True
        else:
            refused = False
            assert report.right is not False
        assert not refused or len(chosen) < len(gradients)
