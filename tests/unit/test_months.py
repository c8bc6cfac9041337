"""Months as they may come: what is drawn keeps to what the Brief says."""

from __future__ import annotations

import doctest
from collections.abc import Callable
from decimal import Decimal
from math import exp, log
from random import Random
from statistics import NormalDist, fmean, pstdev
from typing import Any

import msgspec
import pytest

from frugal.model.brief import Brief
from frugal.model.load import load_of
from frugal.simulate.months import cost_range, quantiles
from frugal.simulate.months.drawn import ASSUMED_FACTOR, KNOWN_FACTOR, Month, Months, drawn_from
from frugal.simulate.months.quantiles import Table, beta, normal
from payouts.facts import Fact, assumed, stated

Briefed = Callable[..., Brief]
_COUNT = 4000


def with_volume(
    brief: Brief, low: str, high: str, *, guess: bool = False, days: str = "7"
) -> Brief:
    fact: Callable[[Decimal, str], Fact[Decimal]] = assumed if guess else stated
    volume = msgspec.structs.replace(
        brief.volume,
        payouts_per_day_low=fact(Decimal(low), "a test"),
        payouts_per_day_high=fact(Decimal(high), "a test"),
        days_per_week=stated(Decimal(days), "a test"),
    )
    return msgspec.structs.replace(brief, volume=volume)


def with_partner(brief: Brief, **changes: Any) -> Brief:
    return msgspec.structs.replace(brief, partner=msgspec.structs.replace(brief.partner, **changes))


def drawn(brief: Brief, seed: int) -> list[Month]:
    return list(Months(brief).drawn(_COUNT, seed))


@pytest.mark.parametrize(("low", "high"), [("100", "200"), ("0", "10"), ("1.5", "2.5")])
def test_payouts_stay_within_a_stated_range(
    briefed: Briefed, seed: int, low: str, high: str
) -> None:
    """No month has fewer payouts than its quietest days, or more than its busiest (and a rest)."""
    for month in drawn(with_volume(briefed(), low, high), seed):
        assert Decimal(low) * month.days - 1 < month.payouts < Decimal(high) * month.days + 1


def test_the_level_of_a_month_lies_anywhere_in_the_range(briefed: Briefed, seed: int) -> None:
    """Uniform from month to month: each quarter of the range holds a quarter of the months."""
    levels = [m.payouts / m.days for m in drawn(with_volume(briefed(), "100", "200"), seed)]
    for quarter in range(4):
        share = sum(100 + 25 * quarter <= level < 125 + 25 * quarter for level in levels)
        assert share / _COUNT == pytest.approx(0.25, abs=0.03)


def test_one_stated_number_is_taken_at_its_word(briefed: Briefed, seed: int) -> None:
    """The days are Poisson around it: the variance of a month is its mean."""
    months = [m for m in drawn(with_volume(briefed(), "50", "50"), seed) if m.days == 30]
    payouts = [month.payouts for month in months]
    assert fmean(payouts) == pytest.approx(1500, abs=5)
    assert pstdev(payouts) == pytest.approx(1500**0.5, rel=0.06)


def test_one_assumed_number_lies_between_half_and_double(briefed: Briefed, seed: int) -> None:
    """A guess is wide: its logarithm is uniform from half to double."""
    months = drawn(with_volume(briefed(), "1000", "1000", guess=True), seed)
    levels = sorted(month.payouts / month.days for month in months)
    assert levels[0] == pytest.approx(500, rel=0.03)
    assert levels[-1] == pytest.approx(2000, rel=0.03)
    assert levels[_COUNT // 2] == pytest.approx(1000, rel=0.06)


@pytest.mark.parametrize("days", ["7", "6", "5", "2.5", "1"])
def test_days_with_payouts_average_to_those_of_the_load(
    briefed: Briefed, seed: int, days: str
) -> None:
    """Working days differ from month to month; their mean is that of every other figure."""
    brief = with_volume(briefed(), "100", "200", days=days)
    counts = [month.days for month in drawn(brief, seed)]
    assert fmean(counts) == pytest.approx(float(load_of(brief).days), rel=0.02)
    assert max(counts) <= 31
    assert min(counts) >= 0


def test_the_partners_time_is_wider_where_it_is_assumed(briefed: Briefed, seed: int) -> None:
    """Four months of five lie within the factor that the basis gives, around the same middle."""
    for fact, factor in ((assumed, ASSUMED_FACTOR), (stated, KNOWN_FACTOR)):
        brief = with_partner(
            with_volume(briefed(), "5000", "5000"),
            response_seconds_p50=fact(Decimal(2), "a test"),
            response_seconds_p99=fact(Decimal(5), "a test"),
            timeout_seconds=stated(Decimal(10_000), "a test"),
        )
        seconds = sorted(month.seconds for month in drawn(brief, seed))
        spread = log(5 / 2) / NormalDist().inv_cdf(0.99)
        assert seconds[_COUNT // 2] == pytest.approx(2 * exp(spread**2 / 2), rel=0.05)
        tenth, last = seconds[_COUNT // 10], seconds[_COUNT * 9 // 10]
        assert (last / tenth) ** 0.5 == pytest.approx(factor, rel=0.05)


def test_no_call_takes_longer_than_the_caller_waits(briefed: Briefed, seed: int) -> None:
    """The mean of a month never passes the time-out, however slow the partner is assumed."""
    brief = with_partner(
        briefed(),
        response_seconds_p50=assumed(Decimal(20), "a test"),
        response_seconds_p99=assumed(Decimal(90), "a test"),
        timeout_seconds=stated(Decimal(30), "a test"),
    )
    assert all(0 < month.seconds <= 30 for month in drawn(brief, seed))


@pytest.mark.parametrize("share", ["0", "0.0001", "0.01", "0.4", "0.9", "1"])
def test_unclear_sends_average_to_the_briefs_share(briefed: Briefed, seed: int, share: str) -> None:
    """A Beta keeps its mean, and each unclear send is called for again 1 to n times."""
    brief = with_partner(
        with_volume(briefed(), "400", "400"),
        inconclusive_share=assumed(Decimal(share), "a test"),
        lookups_max=stated(5, "a test"),
    )
    months = drawn(brief, seed)
    found = fmean(month.unclear / month.payouts for month in months)
    assert found == pytest.approx(float(share), rel=0.05, abs=2e-5)
    assert all(month.unclear <= month.again <= 5 * month.unclear for month in months)
    assert all(month.unclear <= month.payouts for month in months)
    if float(share):
        again = sum(month.again for month in months) / sum(month.unclear for month in months)
        assert again == pytest.approx(3, rel=0.02)


def test_a_month_is_a_load_with_the_same_numbers(briefed: Briefed, seed: int) -> None:
    """What is priced is what was drawn; peaks stay what the design was sized for."""
    brief = briefed()
    sized = load_of(brief)
    for month in Months(brief).drawn(50, seed):
        load = month.load(sized)
        assert load.payouts == month.payouts
        assert load.lookups == pytest.approx(Decimal(month.again))
        assert load.payouts_per_second_peak == sized.payouts_per_second_peak


def test_the_same_seed_draws_the_same_months(briefed: Briefed, seed: int) -> None:
    """Another seed draws others, and what a month depends on is all that it depends on."""
    brief = briefed()
    for draw in (Months.drawn, Months.spread_evenly):
        first = list(draw(Months(brief), 100, seed))
        assert first == list(draw(Months(brief), 100, seed))
        assert first != list(draw(Months(brief), 100, seed + 1))
    other = msgspec.structs.replace(brief, region=stated("eu-central-1", "a test"))
    assert drawn_from(other) == drawn_from(brief)
    assert list(Months(other).drawn(100, seed)) == list(Months(brief).drawn(100, seed))


def test_normal_quantiles_are_those_of_the_standard_library() -> None:
    """The table is within a thousandth of the exact inverse, far into both tails."""
    exact = NormalDist()
    for chance in (1e-4, 0.01, 0.1, 0.37, 0.5, 0.77, 0.9, 0.999):
        assert normal()(chance) == pytest.approx(exact.inv_cdf(chance), abs=2e-3)


@pytest.mark.parametrize(
    ("mean", "shape"), [(0.01, 2), (0.01, 16), (0.3, 2), (0.8, 2), (0.002, 16)]
)
def test_beta_quantiles_are_those_of_drawn_numbers(mean: float, shape: int, seed: int) -> None:
    """The table agrees with the standard library's draws of the same distribution."""
    smaller = min(mean, 1 - mean)
    other = shape * (1 - smaller) / smaller
    a, b = (shape, other) if mean <= 0.5 else (other, shape)
    chance = Random(f"beta {seed}")
    numbers = sorted(chance.betavariate(a, b) for _ in range(20_000))
    for at in (0.1, 0.5, 0.9):
        assert beta(mean, shape)(at) == pytest.approx(numbers[int(at * 20_000)], rel=0.05)


def test_a_table_gives_its_ends_and_what_lies_between() -> None:
    """A chance outside the table is its end; between two knots it is a straight line."""
    table = Table([1.0, 2.0, 4.0], [0.0, 0.5, 1.0])
    assert [table(at) for at in (0.0, 0.25, 0.5, 0.75, 1.0)] == [1.0, 1.5, 2.0, 3.0, 4.0]


def test_the_examples_of_their_modules_are_true() -> None:
    """What a docstring shows is what happens."""
    assert doctest.testmod(quantiles).failed == 0
    assert doctest.testmod(cost_range).failed == 0
