"""General statements, in bare letters or with a layer for an index: judged on a chain of one unit a layer.

There delta_l = delta_{l+1} w_{l+1} g'(h_l) and W <- W - eta dE/dW are statements about numbers; transposes and the
order of matrices do not show.
"""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np

from backproof.checking.documents.grammar import Apply, Symbol, is_arithmetic
from backproof.checking.documents.lexer import Name
from backproof.checking.documents.meaning import Meaning
from backproof.checking.documents.model import UnreadableError
from backproof.checking.documents.names import Names, free_letters
from backproof.checking.documents.statements import Statement
from backproof.checking.documents.words import NEW, OLD, RATES, ROLES
from backproof.checking.random_networks import FREE, RandomNetworks
from backproof.expression import quantities, substitute
from backproof.network import Network
from backproof.quantity import Kind, Quantity
from backproof.worksheet import Worksheet

LAYERS = 4
INDEX = re.compile(r"[(\[]?(?:l([+-]\d)?|L([+-]\d)?)[)\]]?")
ROLE = {**{base: roles[0] for base, roles in ROLES.items()}, **dict.fromkeys("ECLJ", "E"), "w": "w", "W": "w", "b": "b",
        "B": "b", "theta": "w", "A": "a", "Z": "h", "H": "h", "Y": "y", "cost": "E"}  # fmt: skip


class General(Names):
    """The names of a chain u0 - u1 - ... - u4, read at one of its layers."""

    def __init__(self, worksheet: Worksheet) -> None:
        activation, cost = _only(worksheet.network), worksheet.network.cost
        network = Network.dense([1] * (LAYERS + 1), activation=activation, cost=cost)
        super().__init__(replace(worksheet, network=network, x=np.ones((1, 1)), y=np.ones((1, 1)), aliases={}))
        self.layer = 1
        self.indexed = False
        self.networks = RandomNetworks(network, worksheet.training)

    def resolve(self, name: Name) -> Quantity | None:
        """The number of the chain that a bare or indexed letter stands for."""
        role = "eta" if name.base in RATES else ROLE.get(name.base)
        if role is None or (name.primes and role not in ("w", "b")):
            return None
        sup = "" if name.sup == "T" else name.sup
        layer = self._index(sup if INDEX.fullmatch(sup) else name.sub)
        if role in ("eta", "E"):
            return Quantity(role)
        if layer is None:
            return None
        if role == "input":
            layer = 0
        if role in ("w", "b"):
            into = self._unit_of(layer)
            parameter = f"b[{layer}][{into}]" if role == "b" else f"w[{layer}][{self._unit_of(layer - 1)},{into}]"
            return Quantity("new" if sup in NEW or name.primes else "w", (parameter,))
        if role == "y":
            return Quantity("y", (self._unit_of(LAYERS),))
        return Quantity(role, (self._unit_of(layer),)) if sup in ("", *OLD) or INDEX.fullmatch(sup) else None

    def _index(self, index: str) -> int | None:
        match = INDEX.fullmatch(index)
        if match is None:
            return self.layer if not index else None
        self.indexed = True
        layer = (LAYERS if "L" in index else self.layer) + int(match[1] or match[2] or 0)
        if not 0 <= layer <= LAYERS:
            raise UnreadableError("the index leaves the network")
        return layer

    def _unit_of(self, layer: int) -> str:
        if layer < 0:
            raise UnreadableError("the index leaves the network")
        return self.network.units[layer][0]


def _only(network: Network) -> object:
    """The activation that all layers share."""
    first = network.activations[0]
    if first.coupled or any(each != first for each in network.activations):
        raise UnreadableError("it is a general statement, and the layers have different activations")
    return first


def holds_in_general(vocabulary: General, statement: Statement, number: int) -> bool | None:
    """Whether a side equals the left side, with an index at every layer, else at one of them; None if it is neither."""
    results: list[bool] = []
    indexed = False
    for layer in range(1, LAYERS + 1):
        vocabulary.layer, vocabulary.indexed = layer, False
        try:
            results.append(_holds_at_layer(vocabulary, statement, number))
        except UnreadableError:
            continue
        indexed = indexed or vocabulary.indexed
    return None if not results else all(results) if indexed else any(results)


def _holds_at_layer(vocabulary: General, statement: Statement, number: int) -> bool:
    trees = [tree for at in (0, number) if (tree := statement.sides[at].tree) is not None]
    if len(trees) < 2:
        raise UnreadableError("it could not be read")
    argument = trees[0].arguments[0] if isinstance(trees[0], Apply) and len(trees[0].arguments) == 1 else None
    if isinstance(argument, Symbol) and not argument.name.subs and not argument.name.sup:
        # sigma'(x) is about any number x
        trees = [substitute(tree, lambda node: Symbol(Name("z")) if node == argument else None) for tree in trees]
    left, right = (Meaning(vocabulary).read(tree) for tree in trees)
    if isinstance(left, Quantity) and left.kind is Kind.PARAMETER and statement.relations[0] not in ("=", ":"):
        left = Quantity("new", left.of)
    free = isinstance(left, Quantity) and left.role == FREE
    if left == right or free or not quantities(left) or is_arithmetic(right):
        raise UnreadableError("nothing is stated of letters that are known")
    if free_letters(right) - free_letters(left):
        raise UnreadableError("a letter is not known")
    return vocabulary.networks.same(left, right)
