"""What an answer makes of a payout: every status with every verdict, against the issue's rules."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payouts.core.verdicts import Reading, after_lookup, after_send
from payouts.ledger.statements import Leased
from payouts.limits import Limits
from payouts.money import Money
from payouts.outcome import FINAL_VERDICTS, Outcome, Verdict
from payouts.payout import Method, Payout
from payouts.ports import TOO_LATE, Answer, NoAnswer, NotSent, Response
from payouts.states import ALLOWED, FINAL, Status

LIMITS = Limits()
PAYOUT = Payout(1, "p", "r", "k", "payee", "tok_a", Method.DEBIT_CARD, Money(1000, "USD"))
PAIRS = list(product(Status, Verdict))
OTHERS: tuple[dict[str, object], ...] = (
    {"amount": Money(1001, "USD")},
    {"amount": Money(1000, "EUR")},
    {"recipient": "x"},
)
HAS_IT = {Verdict.OPEN, Verdict.HELD}

FIRST = Leased(PAYOUT, Status.DUE, 1)
AGAIN = Leased(
    PAYOUT,
    Status.UNKNOWN,
    2,
    attempts=1,
    sends=1,
    first_sent_seconds=600.0,
    last_sent_seconds=600.0,
)


def outcome(verdict: Verdict, **given: object) -> Outcome:
    return replace(Outcome(verdict, "code", "T-1"), **given)  # type: ignore[arg-type]


def looked_up(leased: Leased, verdict: Verdict, kind: str = "lookup") -> Reading:
    status = {Verdict.NOT_FOUND: 404, Verdict.UNKNOWN: 500}.get(verdict, 200)
    return after_lookup(
        leased, Response(status, b"x"), outcome(verdict), LIMITS, may_send=True, kind=kind
    )


@pytest.mark.parametrize(("again", "verdict"), list(product((False, True), Verdict)))
def test_a_send_ends_where_it_may(again: bool, verdict: Verdict) -> None:
    """Whatever is answered to a send, the change is an allowed one from *sending*."""
    leased = AGAIN if again else FIRST
    reading = after_send(leased, Response(200, b"x"), outcome(verdict), LIMITS)
    assert (Status.SENDING, reading.move.to) in ALLOWED
    assert not reading.resend
    assert reading.move.evidence[0].verdict == verdict


@pytest.mark.parametrize("kind", ["lookup", "list"])
@pytest.mark.parametrize(("status", "verdict"), PAIRS)
def test_a_look_up_ends_where_it_may(status: Status, verdict: Verdict, kind: str) -> None:
    """Every status with every verdict gives an allowed change or none, by look-up and by list."""
    leased = replace(FIRST if status is Status.DUE else AGAIN, status=status)
    move = looked_up(leased, verdict, kind).move
    # Whoever is found in the middle of sending has lost its worker.
    assert move.to is status or (status, move.to) in ALLOWED
    if move.to in {Status.UNKNOWN, Status.DUE, Status.SENDING}:
        assert move.due_seconds is not None, "it would never come up again"
    assert move.to is not Status.SENDING


@pytest.mark.parametrize(("status", "verdict"), PAIRS)
def test_final_statuses_come_from_the_partner(status: Status, verdict: Verdict) -> None:
    """Paid, declined, returned, cancelled: each only where the partner says so itself."""
    leased = replace(AGAIN, status=status)
    for reading in (
        looked_up(leased, verdict),
        after_send(FIRST, Response(200, b"x"), outcome(verdict), LIMITS),
    ):
        if reading.move.to in FINAL and reading.move.to is not status:
            assert verdict in FINAL_VERDICTS
            assert reading.move.to.value == verdict.value


@pytest.mark.parametrize("leased", [FIRST, AGAIN], ids=["first", "again"])
@pytest.mark.parametrize("answer", [NoAnswer("time-out"), NoAnswer("reset")])
def test_no_answer_is_never_a_no(leased: Leased, answer: Answer) -> None:
    """A lost answer leaves a payout in doubt, and the send counts."""
    move = after_send(leased, answer, None, LIMITS).move
    assert (move.to, move.turned_away) == (Status.UNKNOWN, False)
    assert move.due_seconds == LIMITS.lookup_wait_seconds


@pytest.mark.parametrize("verdict", [Verdict.NOT_ACCEPTED, Verdict.UNAUTHORISED])
def test_turned_away_is_no_decline(verdict: Verdict) -> None:
    """401, 403, 408, 425 and 429 mean: same key later; with an earlier send open, look up."""
    for leased, status in ((FIRST, Status.DUE), (AGAIN, Status.UNKNOWN)):
        said = outcome(verdict, retry_after_seconds=120.0)
        move = after_send(leased, Response(429, b""), said, LIMITS).move
        assert (move.to, move.turned_away) == (status, True)
        assert move.due_seconds is not None
        assert move.due_seconds >= 120.0


def test_what_never_left_does_not_count() -> None:
    """A refused connection, or one not begun in time, is a send that did not happen."""
    for why in ("refused", TOO_LATE):
        reading = after_send(FIRST, NotSent(why), None, LIMITS)
        assert (reading.move.to, reading.move.turned_away) == (Status.DUE, True)
        assert reading.partner_at_work is (None if why == TOO_LATE else False)


def test_a_refused_repeat_says_nothing_of_the_first_send() -> None:
    """A decline without a transaction may come before the key is looked for; nor does no money."""
    for verdict in (Verdict.DECLINED, Verdict.NO_FUNDS):
        refused = outcome(verdict, partner_id=None)
        move = after_send(AGAIN, Response(400, b""), refused, LIMITS).move
        assert (move.to, move.due_seconds) == (Status.UNKNOWN, LIMITS.lookup_wait_seconds)
    known = after_send(AGAIN, Response(200, b""), outcome(Verdict.DECLINED), LIMITS)
    assert known.move.to is Status.DECLINED


@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("verdict", sorted(HAS_IT))
def test_what_the_partner_has_is_marked(status: Status, verdict: Verdict) -> None:
    """Once the partner has it, the payout is accepted: no later send, no *not paid* by a person."""
    reading = looked_up(replace(AGAIN, status=status), verdict)
    assert reading.move.accepted
    assert not reading.resend
    if status in {Status.DECLINED, Status.CANCELLED}:
        assert reading.finding is not None


@pytest.mark.parametrize(
    ("answer", "verdict", "resend"),
    [
        (Response(404, b""), Verdict.NOT_FOUND, True),
        (Response(503, b""), Verdict.UNKNOWN, True),
        (NoAnswer("time-out"), None, True),
        (Response(200, b"?"), Verdict.UNKNOWN, False),
        (Response(400, b""), Verdict.UNKNOWN, False),
        (Response(200, b""), Verdict.OPEN, False),
        (Response(200, b""), Verdict.HELD, False),
        (Response(429, b""), Verdict.NOT_ACCEPTED, False),
        (Response(401, b""), Verdict.UNAUTHORISED, False),
        (NotSent("refused"), None, False),
    ],
)
def test_a_resend_follows_three_answers_only(
    answer: Answer, verdict: Verdict | None, resend: bool
) -> None:
    """Not found, a server's error, no answer; and only where it may be sent at all."""
    said = None if verdict is None else outcome(verdict)
    reading = after_lookup(AGAIN, answer, said, LIMITS, may_send=True)
    assert reading.resend is resend
    assert reading.move.keep is resend
    for other in (replace(AGAIN, accepted=True), replace(AGAIN, sends=5)):
        assert not after_lookup(other, answer, said, LIMITS, may_send=True).resend
    assert not after_lookup(AGAIN, answer, said, LIMITS, may_send=False).resend
    assert not after_lookup(AGAIN, answer, said, LIMITS, may_send=True, kind="list").resend


@given(
    st.sampled_from(list(Status)),
    st.sampled_from(list(Verdict)),
    st.sampled_from(
        ({"amount": Money(1001, "USD")}, {"amount": Money(1000, "EUR")}, {"recipient": "x"})
    ),
    st.booleans(),
)
def test_an_answer_about_something_else_is_for_a_person(
    status: Status, verdict: Verdict, other: dict[str, object], sent: bool
) -> None:
    """Another amount or payee is a finding, never a final status, never sent again."""
    said = outcome(verdict, **other)
    leased = replace(AGAIN, status=status)
    answer = Response(200, b"x")
    if sent:
        reading = after_send(FIRST, answer, said, LIMITS)
        assert reading.move.to is Status.HELD
    else:
        reading = after_lookup(leased, answer, said, LIMITS, may_send=True)
        assert reading.move.to in {Status.HELD, status}
    assert reading.finding is not None
    assert reading.move.accepted
    assert not reading.resend


def test_the_last_look_up_hands_over() -> None:
    """After five look-ups that said nothing, within no window any more, a person gets it."""
    old = replace(AGAIN, first_sent_seconds=24 * 3600.0, last_sent_seconds=3600.0)
    assert looked_up(replace(old, lookups=3), Verdict.NOT_FOUND).move.to is Status.UNKNOWN
    move = looked_up(replace(old, lookups=4), Verdict.NOT_FOUND).move
    assert (move.to, move.due_seconds, move.looked_up) == (Status.HELD, None, True)


def test_asked_look_ups_are_not_rationed() -> None:
    """A look-up that a webhook or a person asked for is not one of the five."""
    assert not looked_up(replace(AGAIN, asked=True), Verdict.OPEN).move.looked_up
    assert looked_up(AGAIN, Verdict.OPEN).move.looked_up


def test_a_contradiction_follows_the_partner_and_is_told() -> None:
    """Declined here and paid there: the ledger follows, and a person hears of it."""
    for status, verdict in product(
        (Status.DECLINED, Status.CANCELLED), (Verdict.SETTLED, Verdict.RETURNED)
    ):
        reading = looked_up(replace(AGAIN, status=status), verdict)
        assert reading.move.to.value == verdict.value
        assert reading.finding is not None
    back = looked_up(replace(AGAIN, status=Status.SETTLED), Verdict.DECLINED)
    assert back.move.to is Status.SETTLED
    assert back.finding is not None


def test_somebody_elses_transaction_is_not_noted() -> None:
    """An answer that makes no sense may name another transaction: its id is not kept."""
    for verdict in Verdict:
        noted = looked_up(AGAIN, verdict).move.partner_id
        assert noted == (None if verdict is Verdict.UNKNOWN else "T-1")


def test_the_body_is_kept_as_a_hash() -> None:
    """Evidence holds the answer's hash and status, never its body."""
    secret = b"4111111111111111"
    move = after_send(FIRST, Response(200, secret), outcome(Verdict.OPEN), LIMITS).move
    assert "4111" not in repr(move)
    assert len(move.evidence[0].body_sha256 or "") == 64
