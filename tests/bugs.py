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


#: Bugs that are the same equations under two names.
MEAN_OF_BIASES = ("bias_gradient_wrong", "mean_vs_sum")
WRONG_ARGUMENT = ("derivative_of_wrong_argument", "overwritten_in_place")
OTHER_SLOPE = ("wrong_activation_derivative",)
BOUNDED = {"hidden": ("sigmoid", "tanh")}
LIKELY = {"pairs": (("softmax", "cross_entropy"), ("sigmoid", "binary_cross_entropy"))}
SQUARED = (("sigmoid", "half_squared_error"), ("tanh", "squared_error"))
CLASSES = {"pairs": LIKELY["pairs"][:1]}
SOFTMAX = {"pairs": (("softmax", "cross_entropy"), ("softmax", "squared_error"))}
#: bug, where it is made, which networks, the mistake's ids if it has other names: all of them must be given
BUGS = [
    ("sigma_prime_omitted", every, {}, ()),
    ("sigma_prime_applied_twice", hidden, {}, ()),
    ("upstream_gradient_dropped", every, {}, ()),
    ("derivative_of_wrong_argument", hidden, {"hidden": ("sigmoid", "tanh", "softplus", "silu")}, ()),
    ("wrong_activation_derivative", hidden, {"hidden": ("relu", "sigmoid")}, ()),
    ("softmax_derivative_diagonal", last, SOFTMAX, ()),
    ("layer_index_off_by_one", inner, {"square": True, "depths": (3, 4)}, ()),
    ("sign_flipped", every, {}, ()),
    ("sign_flipped_all", whole, {}, ("sign_flipped",)),
    ("overwritten_in_place", hidden, {"hidden": ("softplus", "silu")}, WRONG_ARGUMENT),
    ("broadcast_target", whole, {"single": True, "pairs": (("sigmoid", "half_squared_error"),
     ("identity", "mean_squared_error"), ("sigmoid", "binary_cross_entropy"))}, ()),
    ("cost_derivative_wrong_variable", whole, {}, ()),
    ("wrong_target", whole, {}, ()),
    ("wrong_layer_activation", every, {"square": True}, ()),
    ("activation_not_applied", later, {"hidden": ("sigmoid", "tanh")}, ()),
    ("input_activation_omitted", every, {}, ()),
    ("wrong_index", every, {}, ()),
    ("bias_gradient_wrong", every, {}, ()),
    ("bias_mean", every, {}, MEAN_OF_BIASES),
    ("bias_gradient_wrong_unit", every, {}, ()),
    ("weight_and_input_swapped", every, {}, ()),
    ("weights_given_as_gradient", every, {}, ()),
    ("used_updated_weight", whole, {}, ()),
    ("transposed_weights", later, {"square": True}, ()),
    ("path_weight_omitted", later, {}, ()),
    ("value_instead_of_error", later, {}, ()),
    ("regularised_bias", whole, {}, ()),
    ("regularised_weights", whole, {}, ()),
    ("factor_2_or_half", whole, {}, ()),
    ("mean_vs_sum", whole, {}, ()),
    ("gradient_accumulated", every, {}, ()),
    ("wrong_sample", whole, {}, ()),
    *((f"slope {each}", hidden, BOUNDED, OTHER_SLOPE) for each in ("a", "h", "1 - a", "(1 - a)^2")),
    ("slope leaky", hidden, {"hidden": ("relu",)}, OTHER_SLOPE),
    ("no slope on the way back", later, {"pairs": SQUARED}, ("sigma_prime_omitted",)),
    ("layer skipped", inner, {"square": True, "depths": (3, 4)}, ("layer_index_off_by_one",)),
    ("wrong row deleted", later, {}, ("wrong_index",)),
    ("gradient_detached", later, {}, ()),
    ("constant on the biases", whole, {}, ("regularised_bias",)),
    ("softmax over the samples", whole, CLASSES, ("softmax_wrong_axis",)),
    ("softmax over everything", whole, CLASSES, ("softmax_wrong_axis",)),
    ("activation_applied_twice", last, LIKELY, ()),
    ("log_omitted", last, LIKELY, ()),
    ("activation_on_logits", last, CLASSES, ()),
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
