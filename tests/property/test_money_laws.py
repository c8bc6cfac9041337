"""Laws of money, over every currency and any amount a ledger can hold."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payouts.money import Money, MoneyError, currencies, minor_unit_exponent

CURRENCIES = st.sampled_from(currencies())
LARGEST = 2**61
AMOUNTS = st.integers(min_value=-LARGEST, max_value=LARGEST)
MONEY = st.builds(Money, AMOUNTS, CURRENCIES)


@st.composite
def same_currency(draw: st.DrawFn, count: int) -> tuple[Money, ...]:
    currency = draw(CURRENCIES)
    return tuple(Money(draw(AMOUNTS), currency) for _ in range(count))


@given(MONEY)
def test_what_is_written_is_read_back(money: Money) -> None:
    assert Money.parse(money.format(), money.currency) == money


@given(MONEY)
def test_the_amount_is_exact(money: Money) -> None:
    scale = 10 ** minor_unit_exponent(money.currency)
    assert Fraction(money.amount) == Fraction(money.minor, scale)
    assert money.amount == Decimal(money.format())


@given(same_currency(3))
def test_sums_do_not_depend_on_order_or_grouping(three: tuple[Money, Money, Money]) -> None:
    a, b, c = three
    assert a + b == b + a
    assert (a + b) + c == a + (b + c)


@given(same_currency(2))
def test_taking_away_undoes_adding(two: tuple[Money, Money]) -> None:
    a, b = two
    assert (a + b) - b == a
    assert a - b == a + (-b)


@given(same_currency(2))
def test_money_is_ordered_as_its_amounts_are(two: tuple[Money, Money]) -> None:
    a, b = two
    assert (a < b) == (a.amount < b.amount)
    assert (a <= b) == (a.minor <= b.minor)
    assert (a == b) == (a.minor == b.minor)


@given(AMOUNTS, AMOUNTS, CURRENCIES, CURRENCIES)
def test_two_currencies_never_add_up(x: int, y: int, first: str, second: str) -> None:
    if first == second:
        assert (Money(x, first) + Money(y, second)).minor == x + y
    else:
        with pytest.raises(MoneyError):
            Money(x, first) + Money(y, second)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4), CURRENCIES)
def test_an_amount_is_read_exactly_or_not_at_all(amount: Decimal, currency: str) -> None:
    text = f"{amount:f}"
    try:
        money = Money.parse(text, currency)
    except MoneyError:
        return
    assert Fraction(money.amount) == Fraction(text)


@given(st.text(max_size=12), CURRENCIES)
def test_any_text_is_money_or_a_money_error(text: str, currency: str) -> None:
    try:
        Money.parse(text, currency)
    except MoneyError:
        return
