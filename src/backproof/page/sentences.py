"""A number in one sentence, for those who hear the page rather than see it."""

from __future__ import annotations

from backproof.architecture import Architecture
from backproof.quantity import Kind, Quantity

#: What penalty, clipping and schedule bring along.
_REGULARISED = {
    "R": "penalty on the weights",
    "J": "cost and penalty together",
    "norm": "norm of the gradient",
    "clipped": "gradient of {}, clipped",
    "eta0": "learning rate before the schedule",
}


def describe_quantity(quantity: Quantity, architecture: Architecture) -> str:
    """What a quantity is, in words: `weight w1 from i1 to h1`, `error of h1`."""
    if quantity.is_derivative:
        return _describe_derivative(quantity, architecture)
    of = quantity.of[0] if quantity.of else ""
    match quantity.kind:
        case Kind.PARAMETER:
            return _describe_parameter(of, architecture)
        case Kind.ACTIVATION:
            return f"input {of}" if architecture.place(of)[0] == 0 else f"activation of {of}"
        case Kind.PRE_ACTIVATION:
            return f"pre-activation of {of}"
        case Kind.TARGET:
            return f"target of {of}"
        case Kind.COST:
            return f"part of the cost that belongs to {of}" if of else "cost"
        case Kind.NEW:
            return f"{of} after the update"
        case Kind.STEP:
            return f"what the update adds to {of}"
        case Kind.RATE:
            return "learning rate"
        case Kind.REGULARISED:
            return _REGULARISED[quantity.role].format(of)
    return quantity.name


def _describe_derivative(quantity: Quantity, architecture: Architecture) -> str:
    if quantity.is_error:
        return f"error of {quantity.of[0]}, the derivative of the cost with respect to its pre-activation"
    if quantity.is_slope and len({*quantity.of}) == 1:
        return f"slope of the activation function of {quantity.of[0]}"
    top, by = (describe_quantity(each, architecture) for each in (quantity.numerator, quantity.denominator))
    return f"derivative of the {top} with respect to the {by}"


def _describe_parameter(name: str, architecture: Architecture) -> str:
    uses = architecture.uses(name)
    kind = "bias" if architecture.is_bias(architecture.parameter(name)) else "weight"
    if len(uses) != 1:
        return f"{kind} {name}, used {len(uses)} times"
    use = uses[0]
    to = architecture.layers[use.layer].unit(use.position)
    if use.sender is None or use.sent is None:
        return f"{kind} {name} of {to}"
    return f"{kind} {name} from {architecture.layers[use.sender].unit(use.sent)} to {to}"
