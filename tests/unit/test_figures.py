"""How numbers are shown, rounded once and never to nothing; and how others' words are quoted."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frugal.design.figures import difference, money, number, quoted, seconds

AMOUNTS = st.decimals(
    min_value=Decimal("1e-12"), max_value=Decimal(10**9), allow_nan=False, allow_infinity=False
)


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        ("0", "$0.00"),
        ("0.0004", "$0.00040"),
        ("0.00876", "$0.0088"),
        ("0.0999999", "$0.1000"),
        ("0.125", "$0.13"),
        ("1234.565", "$1,234.57"),
        ("-36.5", "-$36.50"),
    ],
)
def test_money_has_as_many_digits_as_it_needs(amount: str, shown: str) -> None:
    """Cents from ten cents up, four decimals below, two digits below a tenth of a cent."""
    assert money(Decimal(amount)) == shown


@given(AMOUNTS)
def test_a_cost_never_reads_as_nothing(amount: Decimal) -> None:
    """What costs anything has a digit that is not zero."""
    assert set(money(amount)) & set("123456789")


@given(AMOUNTS)
def test_what_is_shown_is_near_what_is_meant(amount: Decimal) -> None:
    """Rounding for the eye loses at most five in a hundred, and above ten cents half a cent."""
    shown = Decimal(money(amount).removeprefix("$").replace(",", ""))
    assert abs(shown - amount) <= max(amount * Decimal("0.05"), Decimal(0))
    if amount >= Decimal("0.1"):
        assert abs(shown - amount) <= Decimal("0.005")


@given(AMOUNTS)
def test_no_figure_is_written_with_an_exponent(amount: Decimal) -> None:
    """A reader is never shown 4E-7."""
    assert "E" not in money(amount) + number(amount)


def test_differences_carry_their_sign() -> None:
    """More is +, less is -, the same is neither."""
    assert [difference(Decimal(d)) for d in ("2", "-2", "0")] == ["+$2.00", "-$2.00", "$0.00"]


def test_times_are_said_as_people_say_them() -> None:
    """Seconds, then minutes, hours and days."""
    said = [seconds(Decimal(s)) for s in ("1.5", "60", "1800", "86400", "172800")]
    assert said == ["1.5 s", "1 min", "30 min", "24 h", "2 days"]


@given(st.text())
def test_quoted_words_keep_to_one_line_without_marks(text: str) -> None:
    """A user's words cannot start a line, a code span or bold text."""
    shown = quoted(text)
    assert "`" not in shown
    assert "**" not in shown
    assert not any(ord(mark) < 32 or mark in "\u2028\u2029\u202e" for mark in shown)
