"""What to do with a payout that is in hand: every case, against the rules in one line each."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payouts.core.decide import Do, may_resend, next_step
from payouts.ledger.statements import Leased
from payouts.limits import Limits
from payouts.money import Money
from payouts.payout import Method, Payout
from payouts.states import ALLOWED, FINAL, Status

LIMITS = Limits(max_amount_per_payout=Money(100_000, "USD"))
DAY = 86_400.0
MINORS = (1000, 100_000, 100_001)  #: below, at and above the limit


def payout(minor: int = 1000, currency: str = "USD") -> Payout:
    return Payout(1, "p", "r", "k", "payee", "tok_a", Method.DEBIT_CARD, Money(minor, currency))


@st.composite
def leases(draw: st.DrawFn) -> Leased:
    """Any payout a ledger may hold: sends and ages agree, nothing else need."""
    sends = draw(st.integers(0, 8))
    first = draw(st.floats(0, 3 * DAY)) if sends else None
    last = draw(st.floats(0, first)) if first is not None else None
    return Leased(
        payout(
            draw(st.sampled_from((1000, 100_000, 100_001))), draw(st.sampled_from(("USD", "EUR")))
        ),
        draw(st.sampled_from(list(Status))),
        draw(st.integers(1, 9)),
        attempts=sends + draw(st.integers(0, 3)),
        sends=sends,
        lookups=draw(st.integers(0, 9)),
        turned_away=draw(st.integers(0, 3)),
        accepted=draw(st.booleans()),
        asked=draw(st.booleans()),
        released=draw(st.booleans()),
        first_sent_seconds=first,
        last_sent_seconds=last,
    )


def above_limit(leased: Leased) -> bool:
    amount = leased.payout.amount
    return not leased.released and (amount.currency != "USD" or amount.minor > 100_000)


@given(leases(), st.booleans())
def test_only_what_is_due_is_sent_at_once(leased: Leased, may_send: bool) -> None:
    """Without a look-up a send is for what is due, within its limit, while sending is allowed."""
    step = next_step(leased, LIMITS, may_send)
    sends = (
        leased.status is Status.DUE and not leased.asked and may_send and not above_limit(leased)
    )
    assert (step.do is Do.SEND) == sends


@given(leases(), st.booleans())
def test_every_move_is_an_allowed_one(leased: Leased, may_send: bool) -> None:
    """A move changes nothing or makes a change that the state machine holds."""
    step = next_step(leased, LIMITS, may_send)
    if step.do is Do.MOVE:
        assert step.to is not None
        assert step.to is leased.status or (leased.status, step.to) in ALLOWED
        assert step.to not in FINAL or step.to is leased.status
        assert step.reason
    else:
        assert step.to is None


@given(leases(), st.booleans())
def test_the_clock_alone_never_asks_too_early_or_too_often(leased: Leased, may_send: bool) -> None:
    """Unasked, a look-up waits for the partner's minutes and stops after its number."""
    if next_step(leased, LIMITS, may_send).do is Do.LOOK_UP and not leased.asked:
        assert leased.status is Status.UNKNOWN
        assert leased.lookups < LIMITS.lookups_max
        last = leased.last_sent_seconds
        assert last is None or last >= LIMITS.lookup_wait_seconds


@given(leases(), st.booleans())
def test_what_a_dead_worker_left_is_in_doubt(leased: Leased, may_send: bool) -> None:
    """Whoever died while sending may have sent: looked up, no sooner than after its send."""
    step = next_step(replace(leased, status=Status.SENDING), LIMITS, may_send)
    assert (step.do, step.to) == (Do.MOVE, Status.UNKNOWN)
    since = leased.last_sent_seconds
    assert step.due_seconds is not None
    if since is not None:
        assert step.due_seconds + since >= LIMITS.lookup_wait_seconds


@given(leases())
def test_a_held_or_final_payout_is_not_the_clocks(leased: Leased) -> None:
    """What waits for a person, or has ended, is looked at when asked and else left alone."""
    if leased.status in FINAL or leased.status is Status.HELD:
        step = next_step(leased, LIMITS, True)
        expected = (Do.LOOK_UP, None) if leased.asked else (Do.MOVE, leased.status)
        assert (step.do, step.to) == expected
        assert step.due_seconds is None


@given(leases(), st.booleans())
def test_a_resend_keeps_every_rule(leased: Leased, may_send: bool) -> None:
    """Never after accepted, within the wait, beyond the window or the number, or while stopped."""
    if may_resend(leased, LIMITS, may_send):
        assert may_send
        assert not leased.accepted
        assert leased.sends < LIMITS.sends_max
        first, last = leased.first_sent_seconds, leased.last_sent_seconds
        if first is None or last is None:
            assert leased.status is Status.UNKNOWN
            assert not above_limit(leased)
        else:
            assert first < LIMITS.send_window_seconds
            assert last >= LIMITS.lookup_wait_seconds
    assert not may_resend(leased, replace(LIMITS, resends=False), may_send)


@pytest.mark.parametrize(
    ("sends", "first", "last", "expected"),
    [
        (1, 300.0, 300.0, True),
        (1, 299.9, 299.9, False),
        (1, 23 * 3600.0 - 1, 300.0, True),
        (1, 23 * 3600.0, 300.0, False),
        (4, 3600.0, 300.0, True),
        (5, 3600.0, 300.0, False),
        (0, None, None, True),
    ],
)
def test_where_a_resend_ends(
    sends: int, first: float | None, last: float | None, expected: bool
) -> None:
    """Five minutes, twenty-three hours, five sends: to the second and to the send."""
    leased = Leased(
        payout(),
        Status.UNKNOWN,
        1,
        sends=sends,
        first_sent_seconds=first,
        last_sent_seconds=last,
    )
    assert may_resend(leased, LIMITS, True) is expected


def test_a_pause_does_not_spend_the_last_look_up() -> None:
    """The last look-up waits until a send may follow it, so that a pause leaves nobody held."""
    never_arrived = Leased(
        payout(),
        Status.UNKNOWN,
        1,
        attempts=1,
        sends=1,
        lookups=LIMITS.lookups_max - 1,
        first_sent_seconds=3600.0,
        last_sent_seconds=3600.0,
    )
    waits = next_step(never_arrived, LIMITS, may_send=False)
    assert (waits.do, waits.to) == (Do.MOVE, Status.UNKNOWN)
    assert next_step(never_arrived, LIMITS, may_send=True).do is Do.LOOK_UP
    # Where no send could follow anyway, there is nothing to keep it for.
    known = replace(never_arrived, accepted=True)
    assert next_step(known, LIMITS, may_send=False).do is Do.LOOK_UP
