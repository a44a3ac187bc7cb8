"""What an exercise asks for: kinds of numbers, or numbers by name, put in the order of the pass."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from backproof import names
from backproof.errors import NameUnknown, OptionError, did_you_mean
from backproof.expression import Expression, quantities, substitute
from backproof.network import Network
from backproof.quantity import Kind, Quantity, Scope, write_sample
from backproof.worksheet import Worksheet

#: The kinds of numbers in the order in which a person works them.
KINDS = ("forward", "cost", "backward", "gradients", "update")
#: Maximum number of questions on a sheet.
MOST = 200
_PASS_OF = {
    Kind.PRE_ACTIVATION: "forward",
    Kind.ACTIVATION: "forward",
    Kind.COST: "cost",
}
#: What every exercise gives.
_GIVEN = (Kind.PARAMETER, Kind.RATE, Kind.TARGET)


@dataclass(frozen=True)
class Question:
    """One number: its kind, its name in worksheets, its formula with the sample in it, and the sample, from 1."""

    kind: str
    of: str
    formula: Expression
    sample: int | None = None


def list_questions(
    sheet: Worksheet, hide: Sequence[str], size: int | None = None, seed: int = 0
) -> tuple[Question, ...]:
    """The questions that `hide` asks for, each once: kinds (KINDS, `all`), or names such as `dE/dw1`.

    `size`: the number of questions to keep, chosen by the seed; None keeps all.

    Errors: OptionError or NameUnknown for what is neither, is given anyway, or needs a learning rate that is not there.
    """
    wanted = [word for each in hide for word in map(str.strip, each.split(",")) if word] or ["all"]
    found: dict[Expression, Question] = {}
    for word in wanted:
        for each in _read_word(word, sheet):
            found.setdefault(_write_alike(each), each)
    if not found:
        raise OptionError(f"there is nothing to ask for in this network under --hide {', '.join(wanted)}.")
    asked = sorted(found.values(), key=lambda each: (KINDS.index(each.kind), each.sample or len(sheet.x) + 1))
    if size is not None:
        check_range("questions", size, 1, len(asked))
        asked = _choose_questions(asked, size, np.random.default_rng(seed))
    if len(asked) > MOST:
        raise OptionError(
            f"these are {len(asked)} questions a variant, at most {MOST}; choose some samples with --sample, "
            "fewer numbers with --hide, or how many with --questions."
        )
    return tuple(asked)


def _choose_questions(asked: Sequence[Question], size: int, random: np.random.Generator) -> list[Question]:
    """`size` of the questions, in their order: at least one of each kind where that is possible, else in proportion."""
    places: dict[str, list[int]] = {}
    for place in random.permutation(len(asked)):
        places.setdefault(asked[place].kind, []).append(int(place))
    ranked = sorted((rank / len(found), found[rank]) for found in places.values() for rank in range(len(found)))
    return [asked[place] for place in sorted(place for _, place in ranked[:size])]


def check_range(what: str, given: int, low: int, high: int) -> None:
    """Raise OptionError if a number is out of its range."""
    if not low <= given <= high:
        raise OptionError(f"{what} must be from {low} to {high:,}, received {given}.")


def questions_of_kind(kind: str, sheet: Worksheet) -> Iterator[Question]:
    """Every question of a kind, sample by sample, and what belongs to the batch after them."""
    network, used = sheet.network, sheet.training.batch(1, len(sheet.x))
    several = len(used) > 1
    if kind == "update" and sheet.training.rate is None:
        raise OptionError("the update needs a learning rate; give learning_rate in [training].")
    listed = {
        "forward": _name_forward,
        "cost": _name_cost,
        "backward": _name_backward,
        "gradients": _name_gradients,
        "update": _name_updates,
    }
    for name in listed[kind](network):
        own = kind in ("forward", "cost", "backward")
        for sample in used if several and own else (None,):
            yield _make_question(kind, name, sheet, sample)
    if kind == "cost" and several:
        yield _make_question(kind, "E", sheet, None)


def _read_word(word: str, sheet: Worksheet) -> Iterator[Question]:
    if word == "all":
        kinds = KINDS if sheet.training.rate is not None else KINDS[:-1]
        yield from (question for kind in kinds for question in questions_of_kind(kind, sheet))
    elif word in KINDS:
        yield from questions_of_kind(word, sheet)
    else:
        yield from _read_names(word, sheet)


def _read_names(word: str, sheet: Worksheet) -> Iterator[Question]:
    """A number by its name: of each sample, where only samples have it."""
    try:
        formula = _read_name(word, sheet)
    except NameUnknown as error:
        near = did_you_mean(word, ("all", *KINDS))
        kinds = f"one of all, {', '.join(KINDS)}, or the name of a number"
        raise OptionError(f"--hide '{word}': expected {kinds}.{near or f' {error}'}") from None
    found = quantities(formula)
    if all(_is_given(each, sheet.network) for each in found):
        raise OptionError(f"--hide '{word}': that is given in every variant; there is nothing to work out.")
    if any(each.is_of_update for each in found) and sheet.training.rate is None:
        raise OptionError(f"--hide '{word}' needs a learning rate; give learning_rate in [training].")
    kind = max((_find_pass(each) for each in found if each.kind not in _GIVEN), key=KINDS.index)
    used = sheet.training.batch(1, len(sheet.x))
    own = any(each.scope is Scope.SAMPLE for each in found)
    if own and any(each.is_of_update and each.kind is not Kind.RATE for each in found) and len(used) > 1:
        raise OptionError(f"--hide '{word}': it holds a number of one sample and one of the whole step.")
    for sample in used if own and len(used) > 1 else (None,):
        yield _make_question(kind, word, sheet, sample)


def _is_given(quantity: Quantity, network: Network) -> bool:
    is_input = quantity.kind is Kind.ACTIVATION and network.place(quantity.of[0])[0] == 0
    return quantity.kind in _GIVEN or is_input


def _find_pass(quantity: Quantity) -> str:
    """The kind of question that asks for a number."""
    if quantity.is_of_update:
        return "update"
    if quantity.is_derivative:
        ends = quantity.numerator.kind, quantity.denominator.kind
        return "gradients" if ends == (Kind.COST, Kind.PARAMETER) else "backward"
    return _PASS_OF[quantity.kind]


def _make_question(kind: str, name: str, sheet: Worksheet, sample: int | None) -> Question:
    return Question(kind, name, write_sample(_read_name(name, sheet), sample), sample)


def _read_name(name: str, sheet: Worksheet) -> Expression:
    samples = len(sheet.training.batch(1, len(sheet.x)))
    return names.parse_name(name, sheet.network, sheet.training, samples=samples)


def _write_alike(question: Question) -> Expression:
    """delta[u] is another name of dE/dh[u]."""
    return substitute(question.formula, lambda node: node.canonical if isinstance(node, Quantity) else None)


# What each kind consists of: names, in the order in which they are worked


def _name_forward(network: Network) -> Iterator[str]:
    for activation, units in zip(network.activations, network.units[1:], strict=True):
        letters = "a" if activation.name == "identity" else "ha"
        pairs = ((letter, unit) for unit in units for letter in letters)
        whole = ((letter, unit) for letter in letters for unit in units)  # softmax needs every h of its layer first
        yield from (f"{letter}[{unit}]" for letter, unit in (whole if activation.coupled else pairs))


def _name_cost(network: Network) -> Iterator[str]:
    outputs = network.units[-1]
    yield from (f"E[{unit}]" for unit in outputs if len(outputs) > 1)
    yield "E"


def _name_backward(network: Network) -> Iterator[str]:
    for layer in range(network.depth, 0, -1):
        activation = network.activations[layer - 1]
        roles = ["dE/da[{}]", "da/dh[{}]", "delta[{}]"]
        if activation.coupled:
            roles.remove("da/dh[{}]")
        elif activation.name == "identity":
            roles = roles[-1:]
        yield from (role.format(unit) for unit in network.units[layer] for role in roles)


def _name_gradients(network: Network) -> Iterator[str]:
    return (f"dE/d{name}" for name in _list_trained(network))


def _name_updates(network: Network) -> Iterator[str]:
    return (f"new {name}" for name in _list_trained(network))


def _list_trained(network: Network) -> list[str]:
    """The parameters that training changes, those of the last layer first, as the backward pass meets them."""
    known = ((name, network.parameter(name)) for name in network.wiring.names())
    trained = [(name, network.architecture.first_layer_with(name)) for name, each in known if each.trained]
    return [name for name, _ in sorted(trained, key=lambda each: -each[1])]
