"""What the names in a document stand for: the worksheet's aliases first, then its parameters, its units, and letters.

Other books' letters count where they are not names here: z, net and in for h; out for a; t for y; C, L and J for E.
"""

from __future__ import annotations

import re

from backproof import names
from backproof.checking.documents.tokens import NEW, OLD, QUALIFIERS, Name
from backproof.expression import Expression
from backproof.network import Network
from backproof.operations.activation import Activation
from backproof.quantity import Quantity
from backproof.worksheet import Worksheet

#: The role that a letter has in one book or another.
ROLES = {
    "a": "a", "out": "a", "output": "a", "prediction": "a", "yhat": "a", "ahat": "a", "ohat": "a", "activation": "a",
    "h": "h", "z": "h", "net": "h", "in": "h", "delta": "delta", "E": "E", "C": "E", "L": "E", "J": "E", "cost": "E",
    "Cost": "E", "loss": "E", "Loss": "E", "MSE": "E", "SSE": "E", "y": "y", "t": "y", "target": "y", "d": "y",
    "label": "y", "x": "input", "i": "input", "input": "input",
}  # fmt: skip
RATES = ("eta", "alpha", "lr", "learning rate", "learning_rate", "learningrate")
#: Letters that stand for a whole output where the network has only one.
OF_THE_OUTPUT = ("output", "out", "prediction", "yhat", "target", "y", "t", "label", "ahat", "ohat")


class Vocabulary:
    """The names of one worksheet; `output` is the unit that a sum over the outputs is at."""

    def __init__(self, worksheet: Worksheet) -> None:
        self.worksheet = worksheet
        self.network: Network = worksheet.network
        self.output: str | None = None
        self.aliases: dict[tuple[str, ...], Expression] = {}
        self._words: frozenset[str] | None = None

    def known(self, base: str, sub: str) -> bool:
        """Whether the letter with that subscript stands for something."""
        return (f"{base}_{sub}" if sub else base,) in self.aliases or self.resolve(Name(base, sub)) is not None

    @property
    def words(self) -> frozenset[str]:
        """Names of several letters that prose may use as they are: parameters and units, and parts of aliases."""
        if self._words is None:
            wiring = self.network.wiring
            own = set(wiring.names()) if wiring.count <= 10_000 else set()
            parts = {part.partition("_")[0] for key in self.aliases for part in key}
            units = {unit for layer in self.network.units for unit in layer}
            self._words = frozenset(own | units | {part for part in parts if len(part) > 1})
        return self._words

    def resolve(self, name: Name) -> Quantity | None:
        """The number that a name stands for, or None."""
        sup = "" if name.sup == "T" else name.sup
        if sup and sup not in NEW and sup not in OLD:
            return None
        base, sub = name.base, _plain(name.sub)
        for mark in (*NEW, *OLD):
            if len(mark) > 1 and sub.endswith(mark) and sub != mark:
                sup, sub = mark, sub.removesuffix(mark).rstrip(",")
        parameter = self._parameter(base, sub)
        if parameter is not None:
            return Quantity("new" if sup in NEW or name.primes else "w", (parameter,))
        return None if name.primes or sup in NEW else self._number(base, sub)

    def _parameter(self, base: str, sub: str) -> str | None:
        wiring = self.network.wiring
        for text in (base + sub, f"{base}_{sub}", f"{base}[{sub}]") if sub else (base,):
            if wiring.get(text) is not None:
                return text
        lowered = base.lower()
        return self._parameter(lowered, sub) if lowered != base and len(base) == 1 and sub else None

    def _number(self, base: str, sub: str) -> Quantity | None:
        network = self.network
        if base + sub in network.units[0]:
            return Quantity("a", (base + sub,))
        if base in RATES and not sub:
            return Quantity("eta")
        role = ROLES.get(base)
        if role == "E":
            return self._cost(sub)
        if role is not None:
            unit = self._unit(base, role, sub)
            if unit is not None:
                return Quantity("a" if role == "input" else role, (unit,))
        find = network.architecture.find_unit
        place = find(base + sub) or find(f"{base}_{sub}")
        if place is not None and (role is None or not sub) and base not in OF_THE_OUTPUT:
            return Quantity("a", (network.units[place[0]][place[1]],))
        if base == "o" and (unit := self._unit("o", "y", sub)) is not None:
            return Quantity("a", (unit,))
        return None

    def _cost(self, sub: str) -> Quantity | None:
        if sub in ("", *QUALIFIERS):
            return Quantity("E")
        unit = self._unit("E", "y", sub)
        return Quantity("E", (unit,)) if unit else None

    def _unit(self, base: str, role: str, sub: str) -> str | None:
        """The unit that a subscript names, for a letter of that role."""
        outputs = self.network.units[-1]
        if sub in ("", *QUALIFIERS) and (sub or base in OF_THE_OUTPUT):
            alone = outputs[0] if len(outputs) == 1 else self.output
            return alone if role in ("y", "a", "h", "delta") and (role != "input") else None
        if not sub:
            return None
        if (
            self.output is not None
            and sub in ("i", "j", "k", "n", "m", "o")
            and self.network.architecture.find_unit(sub) is None
        ):
            return self.output if role in ("y", "a") else None
        allowed = self._layers(role)
        for unit in (unit for layer in allowed for unit in self.network.units[layer]):
            if unit == sub:
                return unit
        return self._by_label(sub, role, allowed)

    def _layers(self, role: str) -> range:
        depth = self.network.depth
        if role == "y":
            return range(depth, depth + 1)
        if role == "input":
            return range(0, 1)
        return range(0 if role == "a" else 1, depth + 1)

    def _by_label(self, sub: str, role: str, allowed: range) -> str | None:
        """The unit of that label, or the only one that ends in that number: of the hidden units, else of all."""
        units = [unit for layer in allowed for unit in self.network.units[layer]]
        if len(units) > 1000:
            return None
        labelled = [unit for unit in units if self.network.labels.subscripts.get(unit) == sub]
        if labelled:
            return labelled[0]
        if not sub.isdigit():
            return None
        numbered = [unit for unit in units if re.search(r"\D0*" + sub + "$", unit)]
        hidden = [unit for unit in numbered if 0 < self.network.place(unit)[0] < self.network.depth]
        for found in (numbered, hidden):
            if len(found) == 1:
                return found[0]
        return None

    def activation(self, name: str, unit: str | None) -> Activation | None:
        """The activation function that a letter means: that of a unit, else the only one that the network has."""
        used = self.network.activations
        if name == "sigma":
            used = tuple(each for each in used if each.name == "sigmoid") or used
        if unit is not None:
            return self.network.activations[self.network.place(unit)[0] - 1]
        return used[0] if all(each == used[0] for each in used) else None

    def alias(self, key: tuple[str, ...], target: str) -> None:
        """Let a sequence of names and signs stand for a quantity of the worksheet."""
        if key:
            self.aliases[key] = names.parse_name(target, self.network)
            self._words = None


def _plain(sub: str) -> str:
    return sub.replace("_", "").replace(" ", "")
