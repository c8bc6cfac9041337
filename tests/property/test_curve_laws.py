"""Laws of curves: the same lines give the same numbers, whether an input is open or not.

This is what break-evens and ceilings rest on: a curve is worked out by the very formulas that
price, so its value at a volume is the price at that volume.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from frugal.model.curve import Amount, Curve, at, at_least, at_most, ceiling, tiered

Formula = Callable[[Amount], Amount]

#: More steps than any line below takes.
ALL_STEPS = 1_000

#: Few digits, so that sums and products are exact and equality is fair.
numbers = st.decimals(-50, 50, places=1, allow_nan=False, allow_infinity=False)
inputs = st.decimals(0, 60, places=2, allow_nan=False, allow_infinity=False)


@st.composite
def bands(draw: st.DrawFn) -> tuple[tuple[Decimal, Decimal | None, Decimal], ...]:
    """Bands from 0 to infinity with prices of any kind, a free first one among them."""
    ends = sorted(draw(st.sets(st.integers(1, 40), max_size=3)))
    begins = [Decimal(0), *map(Decimal, ends)]
    prices = draw(
        st.lists(st.integers(0, 9).map(Decimal), min_size=len(begins), max_size=len(begins))
    )
    closed: list[Decimal | None] = [*map(Decimal, ends), None]
    return tuple(zip(begins, closed, prices, strict=True))


def formulas() -> st.SearchStrategy[Formula]:
    """Formulas as usage and cost are written: sums, multiples, floors, caps and bands."""

    def identity(x: Amount) -> Amount:
        return x

    def grown(inner: st.SearchStrategy[Formula]) -> st.SearchStrategy[Formula]:
        return st.one_of(
            st.builds(lambda f, n: lambda x: f(x) + n, inner, numbers),
            st.builds(lambda f, n: lambda x: n - f(x), inner, numbers),
            st.builds(lambda f, n: lambda x: f(x) * n, inner, st.sampled_from([0, 2, -3])),
            st.builds(lambda f, n: lambda x: f(x) / n, inner, st.sampled_from([2, -4])),
            st.builds(lambda f, g: lambda x: f(x) + g(x), inner, inner),
            st.builds(lambda f, g: lambda x: f(x) - g(x), inner, inner),
            st.builds(lambda f, n: lambda x: at_least(f(x), n), inner, numbers),
            st.builds(lambda f, g: lambda x: at_least(f(x), g(x)), inner, inner),
            st.builds(lambda f, g: lambda x: at_most(f(x), g(x)), inner, inner),
            st.builds(lambda f, t: lambda x: tiered(at_least(f(x), Decimal(0)), t), inner, bands()),
        )

    return st.recursive(st.just(identity), grown, max_leaves=6)


def opened(formula: Formula) -> Curve:
    amount = formula(Curve.of_input())
    return amount if isinstance(amount, Curve) else Curve.constant(amount)


@given(formulas(), inputs)
def test_a_curve_is_its_formula(formula: Formula, x: Decimal) -> None:
    """A formula fed with the open input, read at x, is the formula fed with x."""
    read, worked_out = at(formula(Curve.of_input()), x), at(formula(x), x)
    assert abs(read - worked_out) <= Decimal("1e-15")


@given(formulas())
def test_signs_are_the_values(formula: Formula) -> None:
    """Between two neighbouring roots the curve keeps the sign that ``signs`` says."""
    curve = opened(formula)
    rows = curve.signs()
    for index, (start, sign) in enumerate(rows):
        end = rows[index + 1][0] if index + 1 < len(rows) else start + 10
        for share in ("0.1", "0.5", "0.9"):
            value = curve(start + (end - start) * Decimal(share))
            # a curve may touch zero inside a stretch, never cross it
            assert value * sign > 0 or abs(value) < Decimal("1e-12")
            if not sign:
                assert abs(value) < Decimal("1e-12")


@given(formulas())
def test_roots_miss_nothing(formula: Formula) -> None:
    """Wherever the values at two places differ in sign, a root lies between them."""
    curve = opened(formula)
    roots = curve.roots()
    assert list(roots) == sorted(set(roots))
    places = [Decimal(n) / 2 for n in range(121)]
    for left, right in itertools.pairwise(places):
        tiny = Decimal("1e-12")
        if (curve(left) < -tiny and curve(right) > tiny) or (
            curve(left) > tiny and curve(right) < -tiny
        ):
            assert any(left <= root <= right for root in roots)


@given(st.decimals("0.1", 5, places=1), numbers, inputs)
def test_ceilings_are_whole_and_never_too_low(
    slope: Decimal, intercept: Decimal, x: Decimal
) -> None:
    """Rounding up agrees off the steps; on a step of a rising line it may be one too many."""
    line = Curve.of_input() * slope + intercept
    stairs = ceiling(line, ALL_STEPS)
    value, rounded = line(x), at(stairs, x)
    exact = at(ceiling(value), x)
    assert rounded == rounded.to_integral_value()
    assert exact <= rounded <= exact + 1
    if value != value.to_integral_value():
        assert rounded == exact


@given(st.decimals("0.1", 5, places=1), numbers, inputs)
def test_ceilings_of_falling_lines(slope: Decimal, intercept: Decimal, x: Decimal) -> None:
    """On a falling line rounding up is exact, on the steps as well."""
    line = intercept - Curve.of_input() * slope
    near = abs(line(x) - line(x).to_integral_value()) < Decimal("1e-20")
    if not near or line(x) == line(x).to_integral_value():
        assert abs(at(ceiling(line, ALL_STEPS), x) - at(ceiling(line(x)), x)) <= (1 if near else 0)


@given(bands(), inputs, inputs)
def test_bands_add_up_and_never_fall(
    tiers: tuple[tuple[Decimal, Decimal | None, Decimal], ...], x: Decimal, y: Decimal
) -> None:
    """Each unit is paid for in its own band, and more use never costs less."""
    low, high = sorted((x, y))
    assert at(tiered(low, tiers), x) <= at(tiered(high, tiers), x)
    by_hand = sum(
        (min(high, end if end is not None else high) - begin) * price
        for begin, end, price in tiers
        if high > begin
    )
    assert tiered(high, tiers) == by_hand


@given(st.decimals("0.1", 5, places=1), numbers, inputs)
def test_where_the_stairs_end_nothing_is_too_low(
    slope: Decimal, intercept: Decimal, x: Decimal
) -> None:
    """Past its last step a staircase goes on as the line one unit above: at most one too many."""
    line = Curve.of_input() * slope + intercept
    exact = at(ceiling(line(x)), x)
    assert exact <= at(ceiling(line, 8), x) <= exact + 1
