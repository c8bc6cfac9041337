"""The key: the same for the same payout everywhere, another one for everything else."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from payouts.idempotency import KEY_LENGTH, derived_key
from payouts.money import Money
from payouts.payout import Method, NewPayout

REFERENCES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._:/@#+=~-]{0,60}", fullmatch=True)


@given(REFERENCES)
def test_a_key_fits_every_limit(reference: str) -> None:
    """26 lower-case hexadecimal digits: shorter than the smallest limit a partner states."""
    key = derived_key("fiserv_ddp", reference)
    assert len(key) == KEY_LENGTH == 26
    assert set(key) <= set("0123456789abcdef")


@given(REFERENCES, st.integers(1, 10**9), REFERENCES)
def test_the_key_is_the_business_reference_alone(reference: str, minor: int, token: str) -> None:
    """Amount, token and moment do not enter: a changed payout meets its old key and is refused."""
    token = f"t_{token}"
    new = NewPayout("p", reference, "payee", token, Method.DEBIT_CARD, Money(minor, "USD"))
    assert new.key == derived_key("p", reference)


@given(REFERENCES, REFERENCES)
def test_other_payouts_have_other_keys(one: str, other: str) -> None:
    """Two references, or two partners, never share a key."""
    assert (derived_key("p", one) == derived_key("p", other)) == (one == other)
    assert derived_key("p", one) != derived_key("q", one)


def test_the_key_is_the_same_for_ever() -> None:
    """The derivation is a contract: SQL and other languages make the same one."""
    assert derived_key("fiserv_ddp", "order-1") == "3a7365b2c0bd345e01d1355ae6"
    assert derived_key("fiserv_ddp", "order-1~1") != derived_key("fiserv_ddp", "order-1")
