"""The bugs that `usercode` can make: where each may be, in which networks, and what it is called."""

import numpy as np


def every(user):
    """Each layer alone, all hidden layers, all layers."""
    return [[layer] for layer in range(1, user.depth + 1)] + [[*range(1, user.depth)], [*range(1, user.depth + 1)]]


def hidden(user):
    return [[layer] for layer in range(1, user.depth)] + [[*range(1, user.depth)]]


def later(user):
    return [[layer] for layer in range(2, user.depth + 1)] + [[*range(2, user.depth + 1)]]


def inner(user):
    return [[layer] for layer in range(2, user.depth)]


def last(user):
    return [[user.depth]]


def whole(user):
    return [[]]


SOFTMAX = {"pairs": (("softmax", "cross_entropy"), ("softmax", "squared_error"))}
#: bug, where it is made, which networks, the mistake's id if it has another name
BUGS = [
    ("sigma_prime_omitted", every, {}, None),
    ("sigma_prime_applied_twice", hidden, {}, None),
    ("upstream_gradient_dropped", every, {}, None),
    ("derivative_of_wrong_argument", hidden, {"hidden": ("sigmoid", "tanh", "softplus", "silu")}, None),
    ("wrong_activation_derivative", hidden, {"hidden": ("relu", "sigmoid")}, None),
    ("softmax_derivative_diagonal", last, SOFTMAX, None),
    ("layer_index_off_by_one", inner, {"square": True, "depths": (3, 4)}, None),
    ("sign_flipped", every, {}, None),
    ("sign_flipped_all", whole, {}, "sign_flipped"),
    ("overwritten_in_place", hidden, {"hidden": ("softplus", "silu")}, None),
    ("broadcast_target", whole, {"single": True, "pairs": (("sigmoid", "half_squared_error"),
     ("identity", "mean_squared_error"), ("sigmoid", "binary_cross_entropy"))}, None),
    ("cost_derivative_wrong_variable", whole, {}, None),
    ("wrong_target", whole, {}, None),
    ("wrong_layer_activation", every, {"square": True}, None),
    ("activation_not_applied", later, {"hidden": ("sigmoid", "tanh")}, None),
    ("input_activation_omitted", every, {}, None),
    ("wrong_index", every, {}, None),
    ("bias_gradient_wrong", every, {}, None),
    ("bias_mean", every, {}, "bias_gradient_wrong"),
    ("bias_mean", every, {}, "mean_vs_sum"),
    ("bias_gradient_wrong_unit", every, {}, None),
    ("weight_and_input_swapped", every, {}, None),
    ("weights_given_as_gradient", every, {}, None),
    ("used_updated_weight", whole, {}, None),
    ("transposed_weights", later, {"square": True}, None),
    ("path_weight_omitted", later, {}, None),
    ("value_instead_of_error", later, {}, None),
    ("regularised_bias", whole, {}, None),
    ("regularised_weights", whole, {}, None),
    ("factor_2_or_half", whole, {}, None),
    ("mean_vs_sum", whole, {}, None),
    ("gradient_accumulated", every, {}, None),
    ("wrong_sample", whole, {}, None),
]  # fmt: skip


def smallest_place(user, parameters, x, y, bug, at):
    """The fewest of these layers in which the bug gives the same gradients."""
    whole = user.backward(parameters, x, y, bug, at)
    for layer in at if len(at) > 1 else ():
        fewer = [each for each in at if each != layer]
        made = user.backward(parameters, x, y, bug, fewer)
        if all(np.allclose(made[key], whole[key], rtol=1e-5, atol=1e-12) for key in whole):
            return smallest_place(user, parameters, x, y, bug, fewer)
    return [*at]
