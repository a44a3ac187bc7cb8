"""What the names in a document stand for: aliases first, then what the document defines, the worksheet, and notation.

A letter may mean one thing in one book and another in the next: h, a and z are pre-activations or activations, y a
target or an output. `roles` says what each means in this document; `options` lists what it could mean.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from backproof.checking.documents import words
from backproof.checking.documents.grammar import COSTS, Symbol
from backproof.checking.documents.lexer import Name, strip_d
from backproof.checking.random_networks import FREE
from backproof.expression import Expression, quantities
from backproof.names import parse_name
from backproof.network import Network
from backproof.operations.activation import Activation
from backproof.quantity import Kind, Quantity
from backproof.wiring import Place
from backproof.worksheet import Worksheet

#: Numbers of a unit that a phrase may ask for.
OF_UNITS = ("h", "a", "delta", "y", "da/dh", "dE/da", "dE/dh")
#: Of wider networks a unit is not told by a number in its name.
MOST_UNITS = 1000
WEIGHTS, BIASES = ("w", "W", "theta", "v", "V", "weights"), ("b", "B", "bias")
_INDEX = re.compile(r"[(\[](\d+)[)\]]")
#: The sample, or the step, that a number of a graph of layers belongs to: x^{(2)}, w^{(t=3)}.
_PLACE = re.compile(r"\((t=)?(\d+)\)")


class Names:
    """The names of one worksheet; `output` is the unit that a sum over the outputs is at."""

    def __init__(self, worksheet: Worksheet) -> None:
        self.worksheet = worksheet
        self.network: Network = worksheet.network
        self.find = worksheet.network.architecture.find_unit
        self.layers = find_indexed(worksheet.network)
        #: Whether a superscript (2) is a sample, not a layer; and the sample of a sum over the samples.
        self.marks_samples = bool(self.layers)
        self.running: int | None = None
        self.output: str | None = None
        self.aliases: dict[Expression, Expression] = {}
        self.roles: dict[str, str | None] = {}
        self.offset = 0
        self._parted: dict[tuple[str, str], tuple[str, str] | None] = {}
        self.turned = False

    def alias(self, tree: Expression, target: str) -> None:
        """Let what is written so stand for a quantity of the worksheet."""
        self.aliases[tree] = parse_name(target, self.network, self.worksheet.training)

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
        name = self.part(name)
        base, sub = name.base, _plain(name)
        if "[" in base:
            return ()
        known = name.primes or base in COSTS or base in words.RATES or base in words.FUNCTIONS
        if known or self._parameter(base, sub) or (base in words.FUNCTION_LETTERS and not sub):
            return ()
        found = words.ROLES.get(base, words.OTHERS if sub or _INDEX.fullmatch(name.sup) else ())
        return found if len(found) > 1 and base + sub not in self.network.units[0] else ()

    def part(self, name: Name) -> Name:
        """ho and ah1 as h_o and a_h1: a letter and a unit written in one, unless the two together are a name."""
        whole = name.base, _plain(name)
        if whole not in self._parted:
            text = "".join(whole)
            known = name.base in words.ROLES or self.find(text) is not None or self._parameter(*whole) is not None
            found = [(base, text[len(base) :]) for base in words.ROLES if text.startswith(base)]
            found = [each for each in found if (place := self.find(each[1])) is not None and place[0] > 0]
            self._parted[whole] = found[0] if found and not known else None
        parts = self._parted[whole]
        return name if parts is None else replace(name, base=parts[0], subs=parts[1:])

    def role(self, base: str) -> str | None:
        """What a letter means: as decided for this document, else as is common."""
        return self.roles.get(base, words.ROLES.get(base, (None,))[0])

    def resolve(self, name: Name) -> Expression | None:
        """The number that a name stands for, or None."""
        if self.aliases and (alias := self._resolve_alias(name)) is not None:
            return alias
        if (place := self._find_place(name)) is not None:
            plain = self.resolve(replace(name, sup=""))
            return replace(plain, sample=place[0], step=place[1]) if isinstance(plain, Quantity) else None
        name, mark = split_mark(self.part(name))
        base, sub, layer = name.base, _plain(name), self._layer(name)
        if name.sup and layer is None:
            return None
        parameter = self._placed(base, name, layer) or self._parameter(base, sub)
        if parameter is not None:
            return Quantity("new" if mark == "new" or name.primes else "w", (parameter,))
        if mark == "new" or name.primes:
            return None
        suffixed = self._suffixed(name)
        found = self._number(base, sub, layer) if suffixed is None else suffixed
        inner = behind_gradient(name) if found is None and not name.sup else None  # dw5, dE_dw5, grad_w5
        parameter = self._parameter(inner.base, inner.sub) if inner is not None else None
        return Quantity("dE/dw", (parameter,)) if parameter is not None else found

    def _find_place(self, name: Name) -> tuple[int | None, int | None] | None:
        """The sample or step that a superscript names; of a number of a chain it is a layer's."""
        if self.running is not None and name.sup == "(n)":
            return self.running, None
        match = _PLACE.fullmatch(name.sup) if self.marks_samples else None
        if match is None:
            return None
        number = int(match[2])
        if match[1]:
            return (None, number) if number == 1 or self.worksheet.training.rate is not None else None
        return (number, None) if 1 <= number <= len(self.worksheet.x) else None

    def _resolve_alias(self, name: Name) -> Expression | None:
        """An alias, or the number after the update of a parameter that has one."""
        plain, mark = split_mark(name)
        for each in (name, _bare(name)):
            if Symbol(each) in self.aliases:
                return self.aliases[Symbol(each)]
        bare = replace(plain, primes=0)
        alias = self.aliases.get(Symbol(bare), self.aliases.get(Symbol(_bare(bare))))
        changed = isinstance(alias, Quantity) and alias.kind is Kind.PARAMETER and (mark or name.primes)
        return Quantity("w" if mark == "old" else "new", alias.of) if changed and isinstance(alias, Quantity) else None

    def _layer(self, name: Name) -> int | None:
        """The number of the layer that a superscript (2) means."""
        match = _INDEX.fullmatch(name.sup)
        layer = int(match[1]) - self.offset if match else -1
        return layer if 0 <= layer <= self.network.depth else None

    def _suffixed(self, name: Name) -> Quantity | None:
        """h1_out, y_in: a unit with the word for one of its numbers behind it."""
        role = words.SUFFIXES.get(name.subs[-1]) if name.subs else None
        place = self.find("".join([name.base, *name.subs[:-1]])) if role else None
        if role is None or place is None or (place[0] == 0 and role != "a"):
            return None
        return Quantity(role, (self.network.units[place[0]][place[1]],))

    def _parameter(self, base: str, sub: str) -> str | None:
        wiring = self.network.wiring
        for letter in dict.fromkeys((base, base.lower() if len(base) == 1 and sub else base)):
            for text in (letter + sub, f"{letter}_{sub}", f"{letter}[{sub}]"):
                if wiring.get(text) is not None:
                    return text
        return None

    def _placed(self, base: str, name: Name, layer: int | None) -> str | None:
        """A weight by two indices or two units, a bias by its unit."""
        units, subs = self.network.units, ",".join(name.subs)
        if base in (*BIASES, "theta") and subs and layer:
            return self._at(f"b{layer}", _position(subs, units[layer]))
        if base not in WEIGHTS or not subs:
            return None
        ends = [place for each in re.split(r"[,_]|(?<=\d)(?=[A-Za-z])", subs) if each and (place := self.find(each))]
        if len(ends) == 2:
            low, high = sorted(ends)
            return self._at(f"W{high[0]}", low[1], high[1]) if high[0] == low[0] + 1 else None
        if layer and (index := re.fullmatch(r"(\d),?(\d)", subs)):
            one, two = (index[2], index[1]) if self.turned else (index[1], index[2])
            return self._at(f"W{layer}", _position(one, units[layer - 1]), _position(two, units[layer]))
        return None

    def _at(self, array: str, *index: int | None) -> str | None:
        known = tuple(each for each in index if each is not None)
        return self.network.wiring.name_at(Place(array, known)) if len(known) == len(index) else None

    def _number(self, base: str, sub: str, layer: int | None) -> Quantity | None:
        if "[" in base:
            return Quantity("a", (base,)) if self.find(base) is not None and not sub else None
        if sub.endswith("]") and (statistic := self._find_statistic(base, sub)) is not None:
            return statistic
        if base + sub in self.network.units[0] and layer in (0, None):
            return Quantity("a", (base + sub,))
        if base in words.RATES and not sub:
            return Quantity("eta")
        role = self.role(base)
        if base in COSTS:
            unit = self._unit("E", "y", sub, None) if sub not in ("", *words.QUALIFIERS) else None
            if unit is not None or sub in ("", *words.QUALIFIERS):
                return Quantity("E", (unit,) if unit is not None else ())
        if role is not None and (unit := self._unit(base, role, sub, layer)) is not None:
            return Quantity("a" if role == "input" else role, (unit,))
        place = self.find(base + sub) or self.find(f"{base}_{sub}")
        if layer is not None or place is None or (role is not None and sub):
            return None
        alone = base not in (*words.OF_THE_OUTPUT, "E") or base == "o"
        return Quantity("a", (self.network.units[place[0]][place[1]],)) if alone else None

    def _find_statistic(self, base: str, block: str) -> Quantity | None:
        """The mean or deviation of what is normalised together, which is told by the first index or indices of it."""
        letters = words.STATISTICS.get(base, ())
        units = (f"{block[:-1]}{',0' * more}]" for more in range(4 if letters else 0))
        unit = next((each for each in units if self.find(each) is not None), None)
        place = self.find(unit) if unit is not None else None
        known = self.network.architecture.layers[place[0]].works.statistics if place is not None and place[0] else ()
        return next((Quantity(each, (str(unit),)) for each in known if each in letters), None)

    def _unit(self, base: str, role: str, sub: str, layer: int | None) -> str | None:
        """The unit that a subscript names, for a letter of that role."""
        outputs, layers = self.network.units[-1], self._layers(role)
        if layer is not None:
            units = self.network.units[layer] if layer in layers else ()
            at = _position(sub, units) if sub else 0 if len(units) == 1 and layer else None
            return units[at] if at is not None else None
        if sub in ("", *words.QUALIFIERS):
            whole = (sub or base in words.OF_THE_OUTPUT) and role != "input"
            return None if not whole else outputs[0] if len(outputs) == 1 else self.output
        if self.output is not None and sub in ("i", "j", "k", "n", "m", "o") and self.find(sub) is None:
            return self.output if role in ("y", "a") else None
        units = tuple(unit for each in layers for unit in self.network.units[each])
        for unit in units:
            if unit in (sub, base + sub):
                return unit
        return self._by_label(base, sub, units) if len(units) <= MOST_UNITS else None

    def _layers(self, role: str) -> range:
        depth = self.network.depth
        return {"y": range(depth, depth + 1), "input": range(1), "a": range(depth + 1)}.get(role, range(1, depth + 1))

    def _by_label(self, base: str, sub: str, units: tuple[str, ...]) -> str | None:
        """The unit of that label, or the only one that ends in that number: of the hidden units, else of all."""
        outputs = self.network.units[-1]
        labelled = [unit for unit in units if self.network.labels.subscripts.get(unit) == sub]
        if not sub.isdigit():
            alone = sub in ("out", "output", "o", "final") and len(outputs) == 1
            return labelled[0] if labelled else outputs[0] if alone else None
        if base in words.OF_THE_OUTPUT and base not in ("o", "out", "output"):
            at = _position(sub, outputs)
            return outputs[at] if at is not None else None
        numbered = [unit for unit in units if re.search(r"\D0*" + sub + "$", unit)]
        hidden = [unit for unit in numbered if 0 < self.network.place(unit)[0] < self.network.depth]
        flat = [unit for layer in self.network.units[1:] for unit in layer]
        through = not numbered and len(self.network.units[1]) < int(sub) <= len(flat)  # 1, 2 hidden and 3 the output
        found = (labelled[:1], numbered, hidden, [flat[int(sub) - 1]] if through else [])
        return next((each[0] for each in found if len(each) == 1 and each[0] in units), None)

    def activation(self, name: str, unit: str | None) -> Activation | None:
        """The activation function that a letter means: that of a unit, else the only one that the network has."""
        used = self.network.activations
        if unit is not None:
            return used[self.network.place(unit)[0] - 1]
        if name == "sigma":
            used = tuple(each for each in used if each.name == "sigmoid") or used
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
        """The role and layer that a name of a whole layer may mean, such as a^{(1)}, z1, delta_h, W2 or dW1.

        Of parameters the role is `w:W`, `dE/dw:b` and the like; `h?` is that of a layer which is not named.
        """
        plain, mark = split_mark(name)
        inner = behind_gradient(plain)
        gradient = inner is not None and inner.base in (*WEIGHTS, *BIASES)
        part = inner if inner is not None and gradient else plain
        layer, role = self._whole_layer(part), self.role(part.base)
        if layer is None:
            if role in ("h", "a", "delta") and not part.subs and not name.sup:
                yield from ((f"{role}?", each) for each in range(1, self.network.depth + 1))
        elif part.base in (*WEIGHTS, *BIASES):
            role = "dE/dw" if gradient else "new" if mark == "new" or plain.primes else "w"
            yield f"{role}:{'W' if part.base in WEIGHTS else 'b'}", layer
        elif not plain.primes and mark != "new" and (role is not None or part.base == "hidden"):
            yield role or "a", layer

    def _whole_layer(self, name: Name) -> int | None:
        depth, base, sub = self.network.depth, name.base, _plain(name)
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
        if base in (*words.OF_THE_OUTPUT, "outputs") and base != "out":
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
    if sup in words.NEW or sup in words.OLD:
        return replace(name, sup=""), "new" if sup in words.NEW else "old"
    subs = [part for sub in name.subs for part in (sub.split(",") if "[" not in sub else [sub]) if part]
    for mark in (*words.NEW, *words.OLD) if subs else ():
        if len(mark) > 1 and subs[-1].endswith(mark) and (len(mark) > 2 or subs[-1] == mark):
            kept = subs[-1].removesuffix(mark).rstrip("(,")
            found = replace(name, sup=sup, subs=(*subs[:-1], kept) if kept else tuple(subs[:-1]))
            return found, "new" if mark in words.NEW else "old"
    return replace(name, sup=sup), ""


def _bare(name: Name) -> Name:
    """The name as an alias may have been written: its subscripts as one."""
    return replace(name, subs=(_plain(name),) if name.subs else (), spread=False, raw="")


def find_indexed(network: Network) -> frozenset[str]:
    """The layers and arrays of parameters whose numbers are told by an index, as in c[0,2,3] and c.weight[0,0,1,2]."""
    layers = [layer for layer in network.architecture.layers if layer.unit(0).startswith(f"{layer.name}[")]
    arrays = [array for layer in network.architecture.layers[1:] for _, array in layer.arrays if "." in array]
    return frozenset((*(layer.name for layer in layers), *arrays))


def _plain(name: Name) -> str:
    """The subscripts as they stand in the name of a unit or parameter: those of c[0,2] with its commas."""
    text = name.sub.replace(" ", "")
    text = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    return text if text.endswith("]") else text.replace(",", "")


def _position(sub: str, units: tuple[str, ...]) -> int | None:
    """The place in a layer that an index from 1, or a unit's name, means."""
    if sub in units:
        return units.index(sub)
    return int(sub) - 1 if sub.isdigit() and 1 <= int(sub) <= len(units) else None


def free_letters(formula: Expression) -> frozenset[str]:
    """The letters of a formula that stand for nothing known."""
    return frozenset(each.of[0] for each in quantities(formula) if isinstance(each, Quantity) and each.role == FREE)
