"""Code as people have it: every mistake in thirty networks, in twenty-six conventions by turns.

`python -m benchmarks conventions`.

NETWORKS in the environment takes fewer networks. The bugs and conventions are those of the tests.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from backproof.checking.code import check_backward, check_update
from benchmarks.figure import Figure

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))


def figures() -> Iterator[Figure]:
    from bugs import BUGS

    count = Counter[str]()
    for number, (bug, places, kinds, ids) in enumerate(BUGS):
        for network in range(int(os.environ.get("NETWORKS", "30"))):
            _judge(count, 1000 * number + network, bug, places, kinds, ids or (bug,))
    for what, of, least in (
        ("right code right", "right code", 1.0), ("wrong code wrong", "wrong code", 1.0),
        ("right updates right", "right code", 1.0), ("wrong updates wrong", "wrong code", 1.0),
        ("named first", "wrong code", 0.9),
        ("named first, or with what gives the same numbers", "wrong code", 0.9),
        ("place exact", "named with a place", 0.9),
    ):  # fmt: skip
        share = count[what] / max(count[of], 1)
        yield Figure(f"{count[of]} of {of}: {what}", f"{share:.1%}", f"{least:.0%}", share >= least)


def _judge(
    count: Counter[str], seed: int, bug: str, places: object, kinds: dict[str, object], ids: Sequence[str]
) -> None:
    from bugs import smallest_place
    from conventions import CONVENTIONS, check, check_step, network
    from usercode import draw

    convention = [*CONVENTIONS.values()][seed % len(CONVENTIONS)]
    rng = np.random.default_rng(seed)
    user, parameters, x, y = network(convention, draw, rng, **kinds)
    options = places(user)  # type: ignore[operator]
    at = options[rng.integers(len(options))]
    with np.errstate(all="ignore"):
        truth, mine = user.backward(parameters, x, y), user.backward(parameters, x, y, bug, at)
        at = smallest_place(user, parameters, x, y, bug, at)
    count["right code"] += 1
    count["right code right"] += check(convention, check_backward, user, parameters, x, y, truth).right is True
    rate = (0.1, 1e-3)[seed % 2]
    count["right updates right"] += (
        check_step(convention, check_update, user, parameters, x, y, truth, rate).right is True
    )
    near = 1e-4 if convention.kind is np.float32 else 1e-6
    same = (all(np.allclose(sign * mine[key], truth[key], rtol=near, atol=1e-9) for key in mine
                if convention.has_biases or key[0] == "W") for sign in (1, -1))  # fmt: skip
    if any(same):
        return
    report = check(convention, check_backward, user, parameters, x, y, mine)
    count["wrong code"] += 1
    count["wrong code wrong"] += report.right is False
    count["wrong updates wrong"] += (
        check_step(convention, check_update, user, parameters, x, y, mine, 0.1).right is False
    )
    together = {each.id: each.where for each in report.mistakes if each.explains == report.mistakes[0].explains}
    count["named first"] += bool(report.mistakes) and report.mistakes[0].id in ids
    count["named first, or with what gives the same numbers"] += {*ids} <= {*together}
    if {*ids} <= {*together} and len(at) == 1:
        count["named with a place"] += 1
        count["place exact"] += {together[id] for id in ids} == {f"layer {at[0]}"}
