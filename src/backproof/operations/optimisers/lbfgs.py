"""L-BFGS (Nocedal & Wright 2006, algorithms 7.4 and 7.5): Newton's step, the curvature read off the last few steps.

Without a line search, as PyTorch takes it, the learning rate is the length of every step but the first. With one,
training looks for a length that lowers the cost (`train.lbfgs`), and the step has no formula to explain. It is meant
for whole batches, where the gradients of two steps differ by what the step did, not by its samples.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, final

from backproof.arrays import Arrays
from backproof.expression import Number
from backproof.functions import absolute, maximum, namespace, where
from backproof.operations.optimiser import Dot, Optimiser
from backproof.operations.registry import Letter
from backproof.validate import require

#: A pair whose product s.y is no larger says nothing of a minimum and is not taken into the memory (PyTorch's bound).
LEAST = 1e-10


@final
@dataclass(frozen=True)
class LBFGS(Optimiser):
    """w <- w - λ (γ (g - Σ α_i y_i) + Σ (α_i - β_i) s_i), i = 1 the newest of `history` pairs

    s_i is a parameter's own step and y_i what that step changed in its gradient. The factors are shared by all
    parameters; products are sums over all of them: α_i = s_i.q / s_i.y_i for q = g - Σ α_j y_j over the newer j,
    γ = s_1.y_1 / y_1.y_1, and β_i = y_i.r / s_i.y_i for r = γ q + Σ (α_j - β_j) s_j over the older j. λ is the
    learning rate, in the first step divided by max(1, Σ |g|).
    """

    letters: ClassVar[Mapping[str, Letter]] = {
        "gradient": Letter("∇", "gradient that the optimiser keeps for the next step"),
        "move": Letter("D", "step that the optimiser keeps for the next one"),
        "shift": Letter("S", "step of a parameter in a pair that the optimiser keeps, 1 the newest"),
        "turn": Letter("Y", "what that step changed in the parameter's gradient"),
        "curvature": Letter("κ", "the last step times the change of the gradient, over all parameters"),
        "alpha": Letter("α", "weight of a kept change of the gradient, the same for all parameters"),
        "beta": Letter("β", "part of that weight which the step has already"),
        "gamma": Letter("γ", "scale of the step, from the newest pair"),
        "length": Letter("λ", "length of the step along its direction"),
    }
    usual_rate = 1.0

    history: int = 10
    line_search: bool = False

    def __post_init__(self) -> None:
        whole = self.history >= 1 and self.history == int(self.history)
        require(whole, "lbfgs's history", "a whole number from 1", self.history)

    @property
    def searches(self) -> bool:
        return self.line_search

    @property
    def title(self) -> str:
        return "L-BFGS"

    @property
    def slots(self) -> tuple[str, ...]:
        pairs = [f"{kind}{number}" for number in self._numbers() for kind in ("shift", "turn")]
        return (*pairs, "gradient", "move")

    @property
    def derived(self) -> tuple[str, ...]:
        return ("move",)

    @property
    def shared(self) -> Mapping[str, str]:
        says = {"curvature": "the last step times what it changed in the gradient, summed over all parameters"}
        for i in self._numbers():
            says[f"alpha{i}"] = f"S{i}·q / S{i}·Y{i} over all parameters; q is the gradient less α Y of the newer pairs"
        says["gamma"] = "S1·Y1 / Y1·Y1 over all parameters; 1 without a pair"
        for i in reversed(self._numbers()):
            says[f"beta{i}"] = f"Y{i}·r / S{i}·Y{i} over all parameters; r is γ q plus (α - β) S of the older pairs"
        return says | {
            "length": "the learning rate; in the first step divided by the sum of all |g|, if that exceeds 1"
        }

    def compute_shared(
        self, gradients: Arrays, slots: Mapping[str, Arrays], t: Any, rate: Any, dot: Dot
    ) -> dict[str, Any]:
        turn = {key: gradient - slots["gradient"][key] for key, gradient in gradients.items()}
        made = {"curvature": dot(turn, slots["move"])}
        own = {key: {name: slots[name][key] for name in self.slots} | made for key in gradients}
        pairs = {key: self.advance(gradient, own[key], t) for key, gradient in gradients.items()}
        shifts, turns = (
            [{key: pairs[key][f"{kind}{number}"] for key in gradients} for number in self._numbers(t)]
            for kind in ("shift", "turn")
        )
        return made | self._two_loops(gradients, shifts, turns, dot) | {"length": rate / _shortened(gradients, t, dot)}

    def _two_loops(
        self, gradients: Arrays, shifts: Sequence[Arrays], turns: Sequence[Arrays], dot: Dot
    ) -> dict[str, Any]:
        """α, γ and β (algorithm 7.4); a pair that is not there is all 0, and so are its factors."""
        products = [dot(shift, turn) for shift, turn in zip(shifts, turns, strict=True)]
        made: dict[str, Any] = {}
        q = gradients
        for number, (shift, turn, product) in enumerate(zip(shifts, turns, products, strict=True), start=1):
            made[f"alpha{number}"] = _ratio(dot(shift, q), product, 0.0)
            q = _plus(q, -made[f"alpha{number}"], turn)
        made["gamma"] = _ratio(products[0], dot(turns[0], turns[0]), 1.0) if shifts else 1.0
        r: Arrays = {key: made["gamma"] * array for key, array in q.items()}
        for number in range(len(shifts), 0, -1):
            shift, turn, product = (each[number - 1] for each in (shifts, turns, products))
            made[f"beta{number}"] = _ratio(dot(turn, r), product, 0.0)
            r = _plus(r, made[f"alpha{number}"] - made[f"beta{number}"], shift)
        return made

    def advance(self, gradient: Any, slots: Mapping[str, Any], t: Any) -> dict[str, Any]:
        taken = slots["curvature"] > LEAST
        newest = {"shift0": slots["move"], "turn0": gradient - slots["gradient"]}
        known = {**slots, **newest}
        pairs = {
            f"{kind}{number}": where(taken, known[f"{kind}{number - 1}"], known[f"{kind}{number}"])
            for number in self._numbers()
            for kind in ("shift", "turn")
        }
        return pairs | {"gradient": gradient}

    def derive(self, gradient: Any, slots: Mapping[str, Any], t: Any) -> dict[str, Any]:
        direction, numbers = gradient, self._numbers(t)
        for number in numbers:
            direction = direction - slots[f"alpha{number}"] * slots[f"turn{number}"]
        direction = slots["gamma"] * direction
        for number in reversed(numbers):
            direction = direction + (slots[f"alpha{number}"] - slots[f"beta{number}"]) * slots[f"shift{number}"]
        return {"move": -slots["length"] * direction}

    def change(self, gradient: Any, slots: Mapping[str, Any], t: Any, rate: Any) -> Any:
        return slots["move"]

    def _numbers(self, t: Any = None) -> range:
        """The numbers of the pairs that there can be in step t; all, where t is not known yet."""
        step = t.value if isinstance(t, Number) else t
        most = int(self.history)
        return range(1, 1 + (min(most, int(step) - 1) if isinstance(step, int | float) else most))


def _plus(arrays: Arrays, factor: Any, others: Arrays) -> Arrays:
    return {key: array + factor * others[key] for key, array in arrays.items()}


def _ratio(top: Any, bottom: Any, otherwise: float) -> Any:
    """top / bottom, where there is a pair: its products are above 0."""
    there = bottom > 0
    return where(there, top / where(there, bottom, 1.0), otherwise)


def _shortened(gradients: Arrays, t: Any, dot: Dot) -> Any:
    """What the learning rate is divided by: max(1, sum of all |g|) in the first step, then 1."""
    sizes = {key: absolute(gradient) for key, gradient in gradients.items()}
    ones = {key: namespace(gradient).ones_like(gradient) for key, gradient in gradients.items()}
    return maximum(dot(sizes, ones) * (t == 1), 1.0)
