"""How often each mistake was seen in published workings.

Measured in the workings that stand with every number in `tests/worked/`; and counted by hand in more of them: worked
examples, homework sheets, tutorials, code, and threads about code in public repositories.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from functools import cache
from pathlib import Path
from typing import NamedTuple

CASES = Path(__file__).parents[3] / "tests" / "worked" / "cases"


class Measured(NamedTuple):
    """The published workings that were measured, their printed numbers, and in how many each mistake is established."""

    workings: int
    numbers: int
    workings_with: Counter[str]
    numbers_with: Counter[str]


@cache
def measure_workings() -> Measured:
    """What the files say that people established for each number; of several explanations the first."""
    workings_with, numbers_with, numbers = Counter[str](), Counter[str](), 0
    files = sorted(CASES.glob("*.toml"))
    for file in files:
        claims = tomllib.loads(file.read_text("utf-8")).get("claims", [])
        named = [name for claim in claims for name in _read_mistakes(claim)]
        numbers += len(claims)
        numbers_with.update(named)
        workings_with.update(set(named))
    return Measured(len(files), numbers, workings_with, numbers_with)


def _read_mistakes(claim: dict) -> list[str]:
    found = claim.get("expected", {}).get("mistake", [])
    first = found if isinstance(found, str) else next(iter(found), "")
    return first.split("+") if first else []


#: By hand: published workings that have it, numbers that it spoils directly, threads about it.
COUNTS: dict[str, tuple[int, int, int]] = {
    "sigma_prime_omitted": (1, 4, 3),
    "sigma_prime_applied_twice": (1, 6, 1),
    "softmax_derivative_diagonal": (0, 0, 5),
    "derivative_of_wrong_argument": (2, 2, 4),
    "wrong_activation_derivative": (0, 0, 2),
    "upstream_gradient_dropped": (0, 0, 2),
    "used_updated_weight": (3, 13, 3),
    "wrong_index": (3, 6, 1),
    "wrong_layer_activation": (1, 9, 0),
    "weight_and_input_swapped": (1, 3, 0),
    "weights_given_as_gradient": (1, 4, 0),
    "path_weight_omitted": (1, 1, 0),
    "input_activation_omitted": (0, 0, 1),
    "value_instead_of_error": (0, 0, 1),
    "transposed_weights": (1, 0, 1),
    "bias_gradient_wrong_unit": (2, 2, 0),
    "bias_gradient_wrong": (0, 0, 9),
    "bias_and_weight_swapped": (1, 2, 0),
    "activation_not_applied": (3, 4, 0),
    "hidden_contribution_missing": (2, 17, 1),
    "copy_paste": (3, 4, 0),
    "wrong_sample": (1, 4, 0),
    "wrong_target": (2, 10, 0),
    "misread_input": (1, 1, 0),
    "overwritten_in_place": (0, 0, 1),
    "product_for_sum": (1, 0, 0),
    "sign_flipped": (2, 5, 1),
    "update_sign_flipped": (2, 4, 0),
    "sign_in_exponent": (3, 8, 0),
    "factor_2_or_half": (1, 1, 3),
    "mean_vs_sum": (0, 0, 4),
    "learning_rate_omitted": (1, 2, 0),
    "arithmetic_slip": (6, 12, 0),
    "decimal_point_slip": (2, 2, 0),
    "digit_transposition": (2, 2, 0),
    "label_mixup": (2, 2, 2),
    "layer_index_off_by_one": (0, 0, 1),
}
