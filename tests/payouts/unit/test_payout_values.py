"""What may enter the ledger: identifiers, tokens and amounts, and no account number ever."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payouts.money import Money
from payouts.payout import (
    IDENTIFIER_MAX,
    REFERENCE_MAX,
    Method,
    NewPayout,
    PayoutRefused,
    looks_like_account_number,
)

GOOD = NewPayout("p", "order-1", "payee-1", "tok_1", Method.DEBIT_CARD, Money(1, "USD"))


@pytest.mark.parametrize("minor", [0, -1])
def test_a_payout_is_more_than_nothing(minor: int) -> None:
    """Nothing and less than nothing are not paid out."""
    with pytest.raises(PayoutRefused, match="more than zero"):
        replace(GOOD, amount=Money(minor, "USD"))


@pytest.mark.parametrize("field", ["reference", "partner", "recipient", "token"])
@pytest.mark.parametrize("bad", ["", " x", "a b", "a\n", "ä", "a'b", 'a"b', "-a", "a\u0000"])
def test_identifiers_survive_every_place(field: str, bad: str) -> None:
    """No blank, quote, control character or other script: it goes into URLs, logs and files."""
    with pytest.raises(PayoutRefused, match=field):
        replace(GOOD, **{field: bad})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("field", "longest"),
    [("reference", REFERENCE_MAX), ("recipient", IDENTIFIER_MAX), ("token", IDENTIFIER_MAX)],
)
def test_identifiers_have_a_longest(field: str, longest: int) -> None:
    """The longest one is taken and one more character is not."""
    replace(GOOD, **{field: "a" * longest})  # type: ignore[arg-type]
    with pytest.raises(PayoutRefused, match=str(longest)):
        replace(GOOD, **{field: "a" * (longest + 1)})  # type: ignore[arg-type]


@given(st.integers(10**7, 10**19 - 1), st.sampled_from(("", "-", " ", ".")))
def test_account_numbers_are_known(number: int, separator: str) -> None:
    """Digits alone, eight or more, however they are grouped, are an account number."""
    digits = str(number)
    groups = separator.join(digits[at : at + 4] for at in range(0, len(digits), 4))
    assert looks_like_account_number(groups)


@pytest.mark.parametrize("field", ["recipient", "token"])
@pytest.mark.parametrize(
    "number", ["4111111111111111", "4111-1111-1111-1111", "DE89370400440532013000", "021000021"]
)
def test_account_numbers_are_refused_and_not_repeated(field: str, number: str) -> None:
    """A raw number is refused, and the refusal does not carry it into a log."""
    with pytest.raises(PayoutRefused) as refused:
        replace(GOOD, **{field: number})  # type: ignore[arg-type]
    assert number not in str(refused.value)
    assert field in str(refused.value)


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("DE89370400440532013000", True),
        ("GB82 WEST 1234 5698 7654 32", True),
        ("DE88370400440532013000", False),
        ("CD12ABCDEF3456789012", False),
        ("ca93fe00d15ea5e0b16b00b5", False),
    ],
)
def test_a_token_with_the_shape_of_an_iban_is_none(text: str, is_one: bool) -> None:
    """An IBAN has its check digits right; a random token with its shape is a token."""
    assert looks_like_account_number(text) is is_one


def test_a_payout_does_not_change() -> None:
    """What was asked for is what is sent: nobody can change it in between."""
    with pytest.raises(FrozenInstanceError):
        GOOD.amount = Money(2, "USD")  # type: ignore[misc]
