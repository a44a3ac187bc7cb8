"""What the names in a document stand for: aliases first, then what the document defines, the worksheet, and notation.

A letter may mean one thing in one book and another in the next: h, a and z are pre-activations or activations, y a
target or an output. `roles` says what each means in this document; `options` lists what it could mean.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from backproof import names as written_names
from backproof.checking.documents import words
from backproof.checking.documents.grammar import COSTS, Symbol
from backproof.checking.documents.lexer import Name, strip_d
from backproof.checking.random_networks import FREE
from backproof.expression import Expression, Neg, quantities
from backproof.network import Network
from backproof.operations.activation import Activation
from backproof.quantity import Kind, Quantity
from backproof.wiring import Place
from backproof.worksheet import Worksheet

#: Numbers of a unit that a phrase may ask for.
OF_UNITS = ("h", "a", "delta", "y", "da/dh", "dE/da", "dE/dh")
_INDEX = re.compile(r"[(\[](\d+)[)\]]")


class Names:
    """The names of one worksheet; `output` is the unit that a sum over the outputs is at."""

    def __init__(self, worksheet: Worksheet) -> None:
        self.worksheet = worksheet
        self.network: Network = worksheet.network
        self.output: str | None = None
        self.aliases: dict[Expression, Expression] = {}
        self.roles: dict[str, str | None] = {}
        self.offset = 0
        self.turned = False

    def alias(self, tree: Expression, target: str) -> None:
        """Let what is written so stand for a quantity of the worksheet."""
        self.aliases[tree] = written_names.parse_name(target, self.network)

    @contextmanager
    def read_as(self, base: str, role: str | None) -> Iterator[None]:
        """Let a letter have another role for a while."""
        before, self.roles = self.roles, {**self.roles, base: role}
        try:
            yield
        finally:
            self.roles = before

    def options(self, name: Name) -> tuple[str | None, ...]:
        """What the letter could mean here, the commonest first; empty where it is not in doubt."""
        base, sub = name.base, _plain(name)
        if name.primes or base in COSTS or base in words.RATES or base in words.FUNCTIONS or self._parameter(base, sub):
            return ()
        if base in words.FUNCTION_LETTERS and not sub:
            return ()
        found = words.ROLES.get(base, words.OTHERS if sub or _INDEX.fullmatch(name.sup) else ())
        unit = self.network.architecture.find_unit(base + sub)
        if unit is not None and unit[0] == 0:
            return ()
        return found if len(found) > 1 else ()

    def resolve(self, name: Name) -> Expression | None:
        """The number that a name stands for, or None."""
        if self.aliases:
            for tree in (Symbol(name), Symbol(_bare(name))):
                if tree in self.aliases:
                    return self.aliases[tree]
            plain, mark = split_mark(name)
            bare = replace(plain, primes=0)
            alias = self.aliases.get(Symbol(bare), self.aliases.get(Symbol(_bare(bare))))
            if isinstance(alias, Quantity) and alias.kind is Kind.PARAMETER and (mark or name.primes):
                return Quantity("w" if mark == "old" else "new", alias.of)
        name, mark = split_mark(name)
        layer = self._layer(name)
        if name.sup and layer is None and name.sup != "T":
            return None
        base, sub = name.base, _plain(name)
        parameter = self._placed(base, name, layer) or self._parameter(base, sub)
        if parameter is not None:
            return Quantity("new" if mark == "new" or name.primes else "w", (parameter,))
        if mark == "new" or name.primes:
            return None
        if (suffixed := self._suffixed(name)) is not None:
            return suffixed
        found = self._number(base, sub, layer)
        return self._program(name) if found is None else found

    def _layer(self, name: Name) -> int | None:
        """The number of the layer that a superscript (2) means."""
        match = _INDEX.fullmatch(name.sup)
        layer = int(match[1]) - self.offset if match else -1
        return layer if match and 0 <= layer <= self.network.depth else None

    def _suffixed(self, name: Name) -> Quantity | None:
        """h1_out, y_in: a unit with the word for one of its numbers behind it."""
        role = words.SUFFIXES.get(name.subs[-1]) if name.subs else None
        place = self.network.architecture.find_unit("".join([name.base, *name.subs[:-1]])) if role else None
        if role is None or place is None or (place[0] == 0 and role != "a"):
            return None
        return Quantity(role, (self.network.units[place[0]][place[1]],))

    def _parameter(self, base: str, sub: str) -> str | None:
        wiring = self.network.wiring
        for text in (base + sub, f"{base}_{sub}", f"{base}[{sub}]") if sub else (base,):
            if wiring.get(text) is not None:
                return text
        lowered = base.lower()
        return self._parameter(lowered, sub) if lowered != base and len(base) == 1 and sub else None

    def _placed(self, base: str, name: Name, layer: int | None) -> str | None:
        """A weight by two indices or two units, a bias by its unit."""
        units = self.network.units
        if base in ("b", "B", "theta", "bias") and name.subs and layer:
            return self._at(f"b{layer}", (_position(name.subs[0], units[layer]),))
        if base not in ("w", "W", "theta", "v", "V") or not name.subs:
            return None
        ends = [each for each in re.split(r"[,_]|(?<=\d)(?=[A-Za-z])", ",".join(name.subs)) if each]
        find = self.network.architecture.find_unit
        if len(ends) == 2 and (one := find(ends[0])) and (two := find(ends[1])):
            low, high = sorted((one, two))
            return self._at(f"W{high[0]}", (low[1], high[1])) if high[0] == low[0] + 1 else None
        if layer and (index := re.fullmatch(r"(\d),?(\d)", ",".join(name.subs))):
            ends = [index[2], index[1]] if self.turned else [index[1], index[2]]
            return self._at(f"W{layer}", (_position(ends[0], units[layer - 1]), _position(ends[1], units[layer])))
        return None

    def _at(self, array: str, index: tuple[int | None, ...]) -> str | None:
        if any(each is None for each in index) or not 1 <= int(array[1:]) <= self.network.depth:
            return None
        return self.network.wiring.name_at(Place(array, tuple(each for each in index if each is not None)))

    def _number(self, base: str, sub: str, layer: int | None) -> Expression | None:
        network = self.network
        if base + sub in network.units[0] and layer in (0, None):
            return Quantity("a", (base + sub,))
        if base in words.RATES and not sub:
            return Quantity("eta")
        if base in COSTS and (cost := self._cost(sub)) is not None:
            return cost
        role = self.roles[base] if base in self.roles else words.ROLES.get(base, (None,))[0]
        if role is not None:
            unit = self._unit(base, role.lstrip("-"), sub, layer)
            if unit is not None:
                return self._of(role, unit)
        if layer is not None or base == "E":
            return None
        place = network.architecture.find_unit(base + sub) or network.architecture.find_unit(f"{base}_{sub}")
        if place is not None and (role is None or not sub) and (base not in words.OF_THE_OUTPUT or base == "o"):
            return Quantity("a", (network.units[place[0]][place[1]],))
        return None

    @staticmethod
    def _of(role: str, unit: str) -> Expression:
        if role[0] == "-":
            return Neg(Quantity(role[1:], (unit,)))
        return Quantity("a" if role == "input" else role, (unit,))

    def _cost(self, sub: str) -> Quantity | None:
        if sub in ("", *words.QUALIFIERS):
            return Quantity("E")
        unit = self._unit("E", "y", sub, None)
        return Quantity("E", (unit,)) if unit else None

    def _unit(self, base: str, role: str, sub: str, layer: int | None) -> str | None:
        """The unit that a subscript names, for a letter of that role."""
        outputs = self.network.units[-1]
        if layer is not None:
            if layer not in self._layers(role):
                return None
            units = self.network.units[layer]
            if not sub:
                return units[0] if len(units) == 1 and layer else None
            at = _position(sub, units)
            return units[at] if at is not None and (layer or role in ("a", "input")) else sub if sub in units else None
        if sub in ("", *words.QUALIFIERS) and (sub or base in words.OF_THE_OUTPUT):
            alone = outputs[0] if len(outputs) == 1 else self.output
            return alone if role in ("y", "a", "h", "delta") else None
        if not sub:
            return None
        find = self.network.architecture.find_unit
        if self.output is not None and sub in ("i", "j", "k", "n", "m", "o") and find(sub) is None:
            return self.output if role in ("y", "a") else None
        allowed = self._layers(role)
        for unit in (unit for each in allowed for unit in self.network.units[each]):
            if sub == unit or base + sub == unit:
                return unit
        return self._by_label(sub, base, allowed)

    def _layers(self, role: str) -> range:
        depth = self.network.depth
        if role == "y":
            return range(depth, depth + 1)
        if role == "input":
            return range(0, 1)
        return range(0 if role == "a" else 1, depth + 1)

    def _by_label(self, sub: str, base: str, allowed: range) -> str | None:
        """The unit of that label, or the only one that ends in that number: of the hidden units, else of all."""
        units = [unit for layer in allowed for unit in self.network.units[layer]]
        if len(units) > 1000:
            return None
        outputs = self.network.units[-1]
        if base in words.OF_THE_OUTPUT and base not in ("o", "out", "output") and sub.isdigit():
            at = _position(sub, outputs)
            return outputs[at] if at is not None else None
        labelled = [unit for unit in units if self.network.labels.subscripts.get(unit) == sub]
        if labelled:
            return labelled[0]
        if not sub.isdigit():
            if sub in ("out", "output", "o", "final") and len(outputs) == 1:
                return outputs[0]
            return None
        numbered = [unit for unit in units if re.search(r"\D0*" + sub + "$", unit)]
        hidden = [unit for unit in numbered if 0 < self.network.place(unit)[0] < self.network.depth]
        for found in (numbered, hidden):
            if len(found) == 1:
                return found[0]
        flat = [unit for layer in self.network.units[1:] for unit in layer]
        through = not numbered and len(self.network.units[1]) < int(sub) <= len(flat)  # 1, 2 hidden and 3 the output
        return flat[int(sub) - 1] if through and flat[int(sub) - 1] in units else None

    def _program(self, name: Name) -> Expression | None:
        """dw5, dE_dw5, grad_w5 as programs call them."""
        inner = behind_gradient(name)
        if inner is None or name.sup:
            return None
        parameter = self._parameter(inner.base, "".join(inner.subs))
        return Quantity("dE/dw", (parameter,)) if parameter else None

    def activation(self, name: str, unit: str | None) -> Activation | None:
        """The activation function that a letter means: that of a unit, else the only one that the network has."""
        used = self.network.activations
        if name == "sigma":
            used = tuple(each for each in used if each.name == "sigmoid") or used
        if unit is not None:
            return self.network.activations[self.network.place(unit)[0] - 1]
        return used[0] if all(each == used[0] for each in used) else None

    def apply_phrase(self, role: str | None, formula: Expression) -> Expression | None:
        """The quantity that a phrase makes of a name: the gradient of w3 is dE/dw3; None where they do not agree."""
        if role is None or role == "E":
            return formula
        if not isinstance(formula, Quantity):
            return None
        if len(formula.of) != 1:
            return formula if role == "eta" and formula.kind is Kind.RATE else None
        if formula.kind in (Kind.NEW, Kind.DERIVATIVE):
            return formula if role in ("new", "w", "delta", "dE/dw") else None
        if formula.kind is Kind.PARAMETER:
            return Quantity(role, formula.of) if role in ("w", "new", "dE/dw", "step") else None
        if role == "w":
            return formula
        known = role == "a" or (role in OF_UNITS and self.network.place(formula.of[0])[0] > 0)
        return Quantity(role, formula.of) if known else None

    def vector(self, name: Name) -> Iterator[tuple[str, int]]:
        """The role and layer that a name of a whole layer may mean, such as a^{(1)}, z1, delta_h, W2 or dW1."""
        plain, mark = split_mark(name)
        base, sub = plain.base, _plain(plain)
        inner = behind_gradient(plain)
        gradient = inner is not None and inner.base in ("W", "w", "b", "B")
        if inner is not None and gradient:
            base, sub = inner.base, _plain(inner)
        layer = self._whole_layer(base, sub, plain)
        if layer is None:
            role_ = self.roles.get(base, words.ROLES.get(base, (None,))[0])
            if role_ in ("h", "a", "delta") and not sub and not name.sup:
                yield from ((f"{role_}?", each) for each in range(1, self.network.depth + 1))
            return
        if base in ("W", "w", "b", "B", "theta", "bias", "weights"):
            role = "dE/dw" if gradient else "new" if mark == "new" or plain.primes else "w"
            yield f"{role}:{'W' if base in ('W', 'w', 'theta', 'weights') else 'b'}", layer
            return
        role_ = self.roles.get(base, words.ROLES.get(base, (None,))[0])
        if role_ is None and base in ("hidden", "h") and not sub:
            role_ = "a"
        if role_ is not None and not plain.primes and mark != "new":
            yield role_, layer

    def _whole_layer(self, base: str, sub: str, name: Name) -> int | None:
        depth = self.network.depth
        if (layer := self._layer(name)) is not None:
            return layer if not sub else None
        if sub.isdigit():
            return int(sub) - self.offset if 0 <= int(sub) - self.offset <= depth else None
        if sub in words.LAYER_WORDS and (sub not in ("h", "hidden", "hid") or depth == 2):
            return words.LAYER_WORDS[sub] % (depth + 1)
        if sub:
            return None
        if base in ("x", "X", "i", "input", "inputs"):
            return 0
        if base in (*words.OF_THE_OUTPUT, "o", "outputs") and base != "out":
            return depth
        return 1 if depth == 1 or (depth == 2 and base in ("h", "hidden")) else None


def behind_gradient(name: Name) -> Name | None:
    """The parameter's name in dw5, dE_dw5 or grad_W2, as programs call a gradient."""
    if name.base in words.GRADIENTS and name.subs and (inner := re.fullmatch(r"d?([A-Za-z]+?)(\d*)", name.subs[0])):
        return replace(name, base=inner[1], subs=(*inner.groups()[1:], *name.subs[1:]))
    return replace(name, base=name.base[1:]) if name.base in ("gW", "gw", "gb", "gB") else strip_d(name)


def split_mark(name: Name) -> tuple[Name, str]:
    """The name without the mark that says before or after an update: `new`, `old` or nothing."""
    sup = "" if name.sup == "T" else name.sup
    if sup in words.NEW:
        return replace(name, sup=""), "new"
    if sup in words.OLD:
        return replace(name, sup=""), "old"
    subs = [part for sub in name.subs for part in (sub.split(",") if "[" not in sub else [sub]) if part]
    if len(subs) > 0 and subs[-1] in (*words.NEW, *words.OLD) and len(subs[-1]) > 1:
        return replace(name, sup=sup, subs=tuple(subs[:-1])), "new" if subs[-1] in words.NEW else "old"
    for mark in (*words.NEW, *words.OLD):
        if subs and len(mark) > 2 and subs[-1].endswith(mark) and subs[-1] != mark:
            kept = (*subs[:-1], subs[-1].removesuffix(mark).rstrip("(").rstrip(","))
            return replace(name, sup=sup, subs=kept), "new" if mark in words.NEW else "old"
    return replace(name, sup=sup), ""


def _bare(name: Name) -> Name:
    """The name as an alias may have been written: its subscripts as one."""
    return replace(name, subs=(_plain(name),) if name.subs else (), spread=False, raw="")


def _plain(name: Name) -> str:
    text = "".join(name.subs).replace(",", "").replace(" ", "")
    return text[1:-1] if text.startswith("[") and text.endswith("]") else text


def _position(sub: str, units: tuple[str, ...]) -> int | None:
    """The place in a layer that an index from 1, or a unit's name, means."""
    if sub in units:
        return units.index(sub)
    return int(sub) - 1 if sub.isdigit() and 1 <= int(sub) <= len(units) else None


def free_letters(formula: Expression) -> frozenset[str]:
    """The letters of a formula that stand for nothing known."""
    return frozenset(each.of[0] for each in quantities(formula) if isinstance(each, Quantity) and each.role == FREE)
