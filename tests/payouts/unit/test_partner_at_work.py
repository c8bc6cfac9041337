"""Which answers show a partner that serves us: what the breaker counts by."""

from __future__ import annotations

import pytest

from payouts.core.verdicts import after_lookup, after_send
from payouts.ledger.statements import Leased
from payouts.limits import Limits
from payouts.money import Money
from payouts.outcome import Outcome, Verdict
from payouts.payout import Method, Payout
from payouts.ports import Response
from payouts.states import Status

PAYOUT = Payout(1, "p", "r", "k", "payee", "tok_a", Method.DEBIT_CARD, Money(1000, "USD"))


@pytest.mark.parametrize(
    ("status", "verdict", "at_work"),
    [
        (200, Verdict.SETTLED, True),
        (400, Verdict.DECLINED, True),
        (400, Verdict.UNKNOWN, True),  # a time-out behind the partner's door, told by the partner
        (429, Verdict.NOT_ACCEPTED, False),
        (500, Verdict.UNKNOWN, False),
        (503, Verdict.UNKNOWN, False),
    ],
)
def test_a_server_error_is_no_partner_at_work(status: int, verdict: Verdict, at_work: bool) -> None:
    """An outage that answers 503 opens the breaker, as one that answers nothing does."""
    answer, outcome = Response(status, b"x"), Outcome(verdict, "code")
    sent = after_send(Leased(PAYOUT, Status.DUE, 1), answer, outcome, Limits())
    asked = Leased(PAYOUT, Status.UNKNOWN, 2, attempts=1, sends=1)
    looked_up = after_lookup(asked, answer, outcome, Limits(), may_send=True)
    assert sent.partner_at_work is at_work
    assert looked_up.partner_at_work is at_work
