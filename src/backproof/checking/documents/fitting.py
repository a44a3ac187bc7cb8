"""Numbers that fit another sample, step or convention than the one asked for: said, and judged only if asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial

from backproof.checking.documents.context import Context
from backproof.checking.documents.model import Unread
from backproof.errors import BackproofError
from backproof.expression import Expression, Neg
from backproof.operations.cost import costs
from backproof.quantity import Kind, Quantity
from backproof.rounding import agrees
from backproof.worksheet import Claim

#: Of the claims that do not fit, at least so many must fit elsewhere, and so large a part of all there.
LEAST, MOST_PART = 3, 0.75
SAMPLES = 50
Fits = Callable[[Claim], bool]


def settle_misfits(context: Context) -> None:
    """Where most numbers fit something else, say so and leave those that do not fit here unread."""
    claims = [claim for claim in context.found.claims if claim.formula is not None and not _is_given(context, claim)]
    misfits = [claim for claim in claims if not _fits(context, claim)]
    if len(misfits) < LEAST:
        _tell_sample(context)
        return
    fitting = len(claims) - len(misfits)
    for says, remedy, fits in _elsewhere(context):
        there = sum(map(fits, claims))
        if there > fitting and there >= MOST_PART * len(claims) and sum(map(fits, misfits)) >= LEAST:
            context.found.notes.insert(
                0, f"{there} of {len(claims)} numbers fit {says}, {fitting} what was asked for; {remedy}."
            )
            _leave(context, [claim for claim in misfits if fits(claim)], says, remedy)
            return


def _leave(context: Context, misfits: Sequence[Claim], says: str, remedy: str) -> None:
    left = set(map(id, misfits))
    context.found.claims = [claim for claim in context.found.claims if id(claim) not in left]
    context.found.unread += [
        Unread(f"{claim.of} = {claim.value}", f"it fits {says}; {remedy}", claim.where) for claim in misfits
    ]


def _is_given(context: Context, claim: Claim) -> bool:
    body = claim.formula.body if isinstance(claim.formula, Neg) else claim.formula
    return isinstance(body, Quantity) and context.is_given(body)


def _fits(context: Context, claim: Claim, sample: int | None = None, step: int | None = None) -> bool:
    with context.at(claim.sample if sample is None else sample, claim.step if step is None else step):
        return context.fits(_formula(claim), claim.value)


def _formula(claim: Claim) -> Expression:
    assert claim.formula is not None
    return claim.formula


def _elsewhere(context: Context) -> Iterator[tuple[str, str, Fits]]:
    """What else the numbers could be about, in words, what to do then, and whether a claim fits it."""
    sheet = context.worksheet
    count = len(sheet.x)
    for sample in range(1, min(count, SAMPLES) + 1):
        if count > 1 and sample != context.asked[0]:
            yield f"sample {sample}", f"--sample {sample} judges by it", partial(_fits, context, sample=sample)
    for step in range(1, context.asked[1] + 3) if sheet.training.rate is not None else ():
        if step != context.asked[1]:
            yield f"step {step}", f"--step {step} judges by it", partial(_fits, context, step=step)
    yield from _conventions(context)


def _conventions(context: Context) -> Iterator[tuple[str, str, Fits]]:
    """Errors with the other sign, and other costs."""
    sheet = context.worksheet

    def turned(claim: Claim) -> bool:
        body = _formula(claim)
        error = isinstance(body, Quantity) and body.kind is Kind.DERIVATIVE and body.is_error
        return _fits(context, replace(claim, formula=Neg(body))) if error else _fits(context, claim)

    yield "errors with the other sign, delta = -dE/dh", "an alias to -delta[...] judges by it", turned
    for name in ("half_squared_error", "squared_error", "mean_squared_error", "binary_cross_entropy"):
        cost = costs.make(name)
        if cost == sheet.network.cost or not cost.fits(sheet.network.activations[-1].output_range):
            continue
        network = replace(sheet.network, architecture=replace(sheet.network.architecture, cost=cost))
        other = replace(sheet, network=network)

        def fits(claim: Claim, other=other) -> bool:  # type: ignore[no-untyped-def]
            try:
                return agrees(claim.value, other.trace(claim.step, claim.sample)[claim.of])
            except BackproofError:
                return False

        yield f"the cost {name}", "the worksheet's cost decides", fits


def _tell_sample(context: Context) -> None:
    """Where numbers of a sample were left out because none was named: which one they fit."""
    waiting = context.unsampled
    if len(waiting) < LEAST:
        return
    found = {each: sum(context.fits(*number, each) for number in waiting) for each in context.used()[:SAMPLES]}
    best = max(found, key=found.__getitem__)
    if found[best] >= MOST_PART * len(waiting):
        remedy = f"--sample {best} judges by it"
        context.found.notes.insert(0, f"These numbers fit sample {best}; {remedy}.")
        wrong = [claim for claim in context.found.claims if claim.formula is not None and not _fits(context, claim)]
        _leave(context, [claim for claim in wrong if _fits(context, claim, best)], f"sample {best}", remedy)
