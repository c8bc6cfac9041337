"""Numbers and ranges as people write them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from frugal.read.numbers import parse, quantities
from frugal.read.words import Words


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("100-200", 100, 200),
        ("100 – 200", 100, 200),
        ("200-100", 100, 200),
        ("between 100 and 200", 100, 200),
        ("from 100 up to 200", 100, 200),
        ("100 or 200", 100, 200),
        ("1.2k", 1200, 1200),
        ("30k", 30000, 30000),
        ("100-200k", 100000, 200000),
        ("500-1k", 500, 1000),
        ("1-2 million", 1000000, 2000000),
        ("1.500", 1500, 1500),
        ("1,500", 1500, 1500),
        ("1'500", 1500, 1500),
        ("1 500", 1500, 1500),
        ("1.234.567", 1234567, 1234567),
        ("2,50,000", 250000, 250000),
        ("2 lakh", 200000, 200000),
        ("half a million", 500000, 500000),
        ("a couple of dozen", 24, 24),
        ("a dozen", 12, 12),
        ("a few hundred", 300, 300),
        ("ten thousand", 10000, 10000),
        ("twenty-five", 25, 25),
        ("one hundred and fifty", 150, 150),
        ("two hundred thousand", 200000, 200000),
        ("hundreds", 100, 1000),
        ("٣٠٠", 300, 300),
        ("1e6", 1000000, 1000000),
        ("3 Mio", 3000000, 3000000),
    ],
)
def test_a_number_reads_as_it_is_meant(text: str, low: int, high: int) -> None:
    """Ranges keep both ends; grouping follows the writer's language."""
    (one,) = quantities(Words(text))
    assert (one.low, one.high) == (low, high)


@pytest.mark.parametrize("text", ["1.2.3", "10.0.0.1", "2024-03-01", "24/7", "p99", "eu-west-1"])
def test_a_name_with_digits_is_no_number(text: str) -> None:
    """Versions, addresses, dates, percentiles and Regions hold no quantity."""
    assert quantities(Words(text)) == ()


def test_a_dot_before_three_digits_is_thousands_for_counts_only() -> None:
    """1.500 payouts are 1,500; 1.500 seconds are one and a half."""
    assert parse("1.500") == (Decimal(1500), Decimal("1.500"))


def test_ends_that_are_open_say_so() -> None:
    """ "Up to" gives only the upper end and "at least" only the lower."""
    (upper,) = quantities(Words("up to 500"))
    (lower,) = quantities(Words("at least 500"))
    assert (upper.only_high, upper.only_low) == (True, False)
    assert (lower.only_high, lower.only_low) == (False, True)


def test_five_m_is_minutes_unless_payouts_follow() -> None:
    """The letter m is a million only where a count can stand."""
    (minutes,) = quantities(Words("within 5m"))
    (millions,) = quantities(Words("5m payouts"))
    assert (minutes.high, millions.high) == (5, 5_000_000)
