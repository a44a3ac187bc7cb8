"""A Quantity: numerator and denominator make it again, its forms are one, and its name leads back to it."""

from dataclasses import replace
from itertools import product

import pytest

from backproof.quantity import COST, Kind, Quantity, Scope, differentiate_by
from networks import names_of, sane_case

SAMPLES = (None, 1, 2, "n")
UNITS = [Quantity(letter, (unit,)) for letter in "ha" for unit in ("u", "v")]
TOPS = [COST, *UNITS, Quantity("E", ("u",))]
BOTTOMS = [*UNITS, Quantity("w", ("w5",))]


@pytest.mark.parametrize("seed", range(20))
def test_numerator_and_denominator_make_the_derivative_again(seed):
    for quantity in names_of(sane_case(8100 + seed, depth=3, width=3).network):
        if quantity.is_derivative:
            for sample, step in product(SAMPLES, (None, 3)):
                whole = replace(quantity, sample=sample, step=step)
                again = differentiate_by(whole.numerator, whole.denominator)
                assert again.as_slope == whole.canonical.as_slope


@pytest.mark.parametrize(("top", "by"), list(product(TOPS, BOTTOMS)))
@pytest.mark.parametrize(("of_top", "of_by"), list(product(SAMPLES, SAMPLES)))
def test_a_derivative_gives_back_what_it_was_made_of(top, by, of_top, of_by):
    top, by = top.of_sample(of_top), by.of_sample(None if by.kind is Kind.PARAMETER else of_by)
    made = differentiate_by(top, by)
    assert made.denominator.of == by.of
    assert made.numerator.of == top.of
    assert made.numerator.kind is top.kind
    if by.kind is Kind.PARAMETER:
        assert made.sample == top.sample
    elif top.is_total:
        assert made.sample == by.sample
        assert made.by_sample is None
    elif of_by is not None:
        assert (made.numerator.sample, made.denominator.sample) == (top.sample, by.sample)


@pytest.mark.parametrize("seed", range(20))
def test_both_names_of_an_error_are_one_quantity_and_the_rest_is_left_alone(seed):
    for quantity in names_of(sane_case(8200 + seed, depth=3, width=3).network):
        assert quantity.as_delta.canonical == quantity.canonical
        assert quantity.canonical.as_delta == quantity.as_delta
        assert quantity.as_delta.form == quantity.canonical.form == quantity.form
        assert (quantity.as_delta == quantity) == (not quantity.is_error or not quantity.is_ratio)
        assert quantity.as_slope.is_slope == quantity.is_slope
        assert quantity.as_slope.as_slope == quantity.as_slope


@pytest.mark.parametrize("seed", range(20))
def test_what_a_quantity_belongs_to_does_not_hang_on_how_it_is_written(seed):
    for quantity in names_of(sane_case(8300 + seed, depth=2, width=3).network):
        assert quantity.scope is quantity.canonical.scope is quantity.as_delta.scope
        assert (quantity.scope is Scope.BATCH) == (quantity.is_total or quantity.is_gradient)
        assert not quantity.is_product
        assert quantity.of == () or quantity.of_owner(quantity.of[0]).of == quantity.of[:1]
