"""What a worker says to a store, and what it is answered."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from payouts.idempotency import derived_key
from payouts.ledger.statements import (
    BeginSends,
    Enqueue,
    Evidence,
    Intervene,
    Look,
    Measure,
    Move,
    Record,
    View,
)
from payouts.money import Money
from payouts.payout import Method
from payouts.ports import StoreRefused
from payouts.states import Status

DUE, SENDING, UNKNOWN, HELD = Status.DUE, Status.SENDING, Status.UNKNOWN, Status.HELD
SETTLED, DECLINED = Status.SETTLED, Status.DECLINED


def view(teller: Any, reference: str) -> View:
    seen = teller.say(Look(teller.partner, reference))
    assert isinstance(seen, View)
    return seen


def test_enqueued_once(teller: Any) -> None:
    """The same payout again is the one that is there."""
    first = teller.enqueue("order-1")
    again = teller.enqueue("order-1")
    assert (first.created, again.created) == (True, False)
    assert first.key == again.key == derived_key(teller.partner, "order-1")
    assert (again.payout_id, again.status) == (first.payout_id, DUE)


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": Money(1051, "USD")},
        {"amount": Money(1050, "EUR")},
        {"recipient": "customer-8"},
        {"token": "tok_other"},
        {"method": Method.BANK_ACCOUNT},
    ],
    ids=["amount", "currency", "recipient", "token", "method"],
)
def test_same_reference_other_fields(teller: Any, changes: dict[str, Any]) -> None:
    """A reference names one payout for ever."""
    teller.enqueue("order-1")
    with pytest.raises(StoreRefused):
        teller.enqueue("order-1", **changes)
    assert len(teller.take()) == 1


def test_rolled_back_payout_is_none(world: Any, tell: Any, partner: str) -> None:
    """A payout exists if and only if its transaction committed."""
    store = world.connect()
    teller = tell(store, partner)
    store.execute(Enqueue(teller.new("order-1")))
    store.rollback()
    assert teller.say(Look(partner, "order-1")) is None
    assert teller.enqueue("order-1").created


def test_taken_oldest_first_and_once(teller: Any) -> None:
    """Take gives what is due, oldest first, at most as many as asked, and nobody else gets it."""
    for number in range(4):
        teller.enqueue(f"order-{number}")
    assert [one.payout.reference for one in teller.take(3)] == ["order-0", "order-1", "order-2"]
    assert [one.payout.reference for one in teller.take(3)] == ["order-3"]
    assert teller.take() == ()


def test_taken_as_it_is(teller: Any) -> None:
    """What was never sent has no ages and no counts."""
    enqueued = teller.enqueue("order-1")
    (leased,) = teller.take()
    assert (leased.payout.id, leased.payout.key) == (enqueued.payout_id, enqueued.key)
    assert leased.payout.amount == Money(1050, "USD")
    assert (leased.status, leased.fence) == (DUE, 1)
    assert (leased.attempts, leased.sends, leased.lookups, leased.turned_away) == (0, 0, 0, 0)
    assert (leased.first_sent_seconds, leased.last_sent_seconds) == (None, None)
    assert (leased.accepted, leased.asked, leased.released) == (False, False, False)


def test_not_before_its_time(world: Any, teller: Any) -> None:
    """A delayed payout waits."""
    teller.enqueue("order-1", delay_seconds=150.0)
    assert teller.take() == ()
    world.later(200)
    assert len(teller.take()) == 1


def test_lease_ends(world: Any, tell: Any, teller: Any, partner: str) -> None:
    """A lease that ran out is anybody's, with a higher fence; who lost it writes nothing."""
    teller.enqueue("order-1")
    (mine,) = teller.take()
    world.later(200)
    other = tell(world.connect(), partner, "worker-2")
    (theirs,) = other.take()
    assert theirs.fence == mine.fence + 1
    assert teller.begin(mine) == ()
    assert teller.record(mine, HELD) == ()
    assert other.begin(theirs) == (theirs.payout.id,)


def test_late_record_counts(world: Any, teller: Any) -> None:
    """A lease that ran out may still be recorded, as long as nobody took the payout."""
    teller.enqueue("order-1")
    (leased,) = teller.take()
    teller.begin(leased)
    world.later(200)
    assert teller.record(leased, SETTLED) == (leased.payout.id,)


def test_late_send_does_not(world: Any, teller: Any) -> None:
    """A lease that ran out cannot begin a send, even if nobody took the payout."""
    teller.enqueue("order-1")
    (leased,) = teller.take()
    world.later(200)
    assert teller.begin(leased) == ()


def test_fence_of_another_worker(world: Any, tell: Any, teller: Any, partner: str) -> None:
    """A fence is only a number: another worker's name with the same number holds nothing."""
    teller.enqueue("order-1")
    (leased,) = teller.take()
    other = tell(world.connect(), partner, "worker-2")
    assert other.begin(leased) == ()
    assert other.record(leased, HELD) == ()


def test_a_worker_dies_in_sending(world: Any, teller: Any) -> None:
    """What was being sent is taken when the lease has ended, with what was noted before."""
    teller.enqueue("order-1")
    (leased,) = teller.take()
    teller.begin(leased)
    assert teller.take() == ()
    world.later(200)
    (again,) = teller.take(fresh=False)
    assert (again.status, again.attempts, again.sends) == (SENDING, 1, 1)
    assert again.first_sent_seconds == pytest.approx(200, abs=30)
    assert again.last_sent_seconds == pytest.approx(200, abs=30)


def test_fresh_ones_are_left(teller: Any) -> None:
    """With ``fresh`` false what was never sent stays, and what is unknown is taken."""
    teller.bring("order-1", SENDING, UNKNOWN, due_seconds=0.0)
    teller.enqueue("order-2")
    assert [one.payout.reference for one in teller.take(fresh=False)] == ["order-1"]
    assert [one.payout.reference for one in teller.take()] == ["order-2"]


def test_settled_is_over(teller: Any) -> None:
    """A settled payout is not due again; the history says every step and who made it."""
    leased = teller.bring("order-1", SENDING, SETTLED, partner_id="T-1", reason="paid")
    assert teller.take() == ()
    seen = view(teller, "order-1")
    assert (seen.status, seen.reason, seen.partner_id) == (SETTLED, "paid", "T-1")
    assert [(status, reason, who) for _, status, reason, who in seen.history] == [
        (DUE, "enqueued", "enqueue"),
        (SENDING, "sending", "worker-1"),
        (SETTLED, "paid", "worker-1"),
    ]
    # Its lease is over: what it says again is nobody's.
    assert teller.record(leased, SETTLED) == ()


def test_unknown_is_due_when_said(world: Any, teller: Any) -> None:
    """An unknown payout comes up after its wait, with ages and counts, and may be sent again."""
    teller.bring("order-1", SENDING, UNKNOWN, due_seconds=250.0)
    world.later(200)
    assert teller.take() == ()
    world.later(100)
    (leased,) = teller.take(fresh=False)
    assert (leased.status, leased.sends, leased.lookups) == (UNKNOWN, 1, 0)
    assert leased.first_sent_seconds == pytest.approx(300, abs=30)
    teller.record(leased, UNKNOWN, looked_up=True, due_seconds=0.0)
    (leased,) = teller.take()
    assert leased.lookups == 1
    assert len(view(teller, "order-1").history) == 3
    teller.begin(leased)
    teller.record(leased, UNKNOWN, due_seconds=0.0)
    (leased,) = teller.take()
    assert (leased.attempts, leased.sends) == (2, 2)
    assert leased.first_sent_seconds == pytest.approx(300, abs=30)
    assert leased.last_sent_seconds == pytest.approx(0, abs=30)


def test_kept_lease(teller: Any) -> None:
    """``keep``: what was recorded under a lease goes on under it, and a send may follow."""
    teller.bring("order-1", SENDING, UNKNOWN, due_seconds=0.0)
    (leased,) = teller.take()
    assert teller.record(leased, UNKNOWN, looked_up=True, keep=True, due_seconds=0.0)
    assert teller.take() == ()
    assert teller.begin(leased) == (leased.payout.id,)
    assert teller.record(leased, SETTLED) == (leased.payout.id,)


def test_turned_away(teller: Any) -> None:
    """A send that was certainly not taken does not count, but was an attempt."""
    teller.bring("order-1", SENDING, DUE, turned_away=True, due_seconds=0.0)
    (leased,) = teller.take()
    assert (leased.status, leased.attempts, leased.sends, leased.turned_away) == (DUE, 1, 0, 1)
    assert (leased.first_sent_seconds, leased.last_sent_seconds) == (None, None)
    teller.begin(leased)
    teller.record(leased, DUE, turned_away=True, due_seconds=0.0)
    (leased,) = teller.take()
    assert (leased.attempts, leased.sends, leased.turned_away) == (2, 0, 2)
    teller.begin(leased)
    teller.record(leased, UNKNOWN, due_seconds=0.0)
    (leased,) = teller.take()
    assert (leased.attempts, leased.sends, leased.turned_away) == (3, 1, 0)


def test_turned_away_after_a_send_that_counts(teller: Any) -> None:
    """An earlier send that counts keeps the first send's age."""
    teller.bring("order-1", SENDING, UNKNOWN, due_seconds=0.0)
    (leased,) = teller.take()
    teller.begin(leased)
    teller.record(leased, UNKNOWN, turned_away=True, due_seconds=0.0)
    (leased,) = teller.take()
    assert (leased.sends, leased.turned_away) == (1, 1)
    assert leased.first_sent_seconds is not None


def test_accepted_stays(teller: Any) -> None:
    """What the partner has is never sent again; its first id of it stays."""
    teller.bring("order-1", SENDING, UNKNOWN, due_seconds=0.0, accepted=True, partner_id="T-1")
    (leased,) = teller.take()
    assert (leased.accepted, leased.partner_id) == (True, "T-1")
    assert teller.begin(leased) == ()
    teller.record(leased, UNKNOWN, due_seconds=0.0, partner_id="T-2")
    (leased,) = teller.take()
    assert (leased.accepted, leased.partner_id) == (True, "T-1")


@pytest.mark.parametrize(
    ("steps", "to"),
    [
        ((), SETTLED),
        ((), DECLINED),
        ((SENDING, SETTLED), DUE),
        ((SENDING, SETTLED), UNKNOWN),
        ((SENDING, DECLINED), SENDING),
        ((SENDING, UNKNOWN), DUE),
        ((SENDING, HELD), DUE),
    ],
)
def test_not_allowed(teller: Any, steps: tuple[Status, ...], to: Status) -> None:
    """A change that is not in the table, or is a person's, is refused whole."""
    if steps:
        teller.bring("order-1", *steps, due_seconds=0.0)
    else:
        teller.enqueue("order-1")
    (leased,) = teller.take()
    with pytest.raises(StoreRefused):
        teller.record(leased, to, due_seconds=0.0)
    assert view(teller, "order-1").status is leased.status


@pytest.mark.parametrize("to", [SETTLED, DECLINED, Status.CANCELLED, Status.RETURNED])
def test_final_needs_evidence(teller: Any, to: Status) -> None:
    """A worker ends a payout only with an answer of the partner that says so."""
    teller.enqueue("order-1")
    (leased,) = teller.take()
    teller.begin(leased)
    for evidence in ((), (Evidence("send", "open", "IP", 200),)):
        with pytest.raises(StoreRefused):
            teller.record(leased, to, evidence=evidence)
    assert teller.record(leased, to) == (leased.payout.id,)


def test_record_is_whole(teller: Any) -> None:
    """One refused move refuses the others with it."""
    for number in range(2):
        teller.enqueue(f"order-{number}")
    first, second = teller.take()
    teller.begin(first, second)
    said = (Evidence("send", "settled", "00", 201),)
    moves = (
        Move(first.payout.id, first.fence, SETTLED, "paid", evidence=said),
        Move(second.payout.id, second.fence, SETTLED, "paid"),
    )
    with pytest.raises(StoreRefused):
        teller.say(Record(teller.worker, moves))
    assert view(teller, "order-0").status is SENDING


def test_batches_answer_in_order(teller: Any) -> None:
    """Ids come back in order, whatever order they were given in, and strangers are left out."""
    for number in range(3):
        teller.enqueue(f"order-{number}")
    leased = teller.take()
    ids = tuple(one.payout.id for one in leased)
    leases = tuple((one.payout.id, one.fence) for one in reversed(leased))
    begun = teller.say(BeginSends(teller.partner, teller.worker, (*leases, (10**12, 1))))
    assert begun == ids
    moves = tuple(Move(i, 1, UNKNOWN, "?", due_seconds=0.0) for i in (*reversed(ids), 10**12))
    assert teller.say(Record(teller.worker, moves)) == ids
    assert teller.say(BeginSends(teller.partner, teller.worker, ())) == ()
    assert teller.say(Record(teller.worker, ())) == ()


def test_other_partners_leases(world: Any, tell: Any, teller: Any, partner: str) -> None:
    """Nothing of one partner is taken or sent for another."""
    teller.enqueue("order-1")
    stranger = tell(world.connect(), f"{partner}-2", teller.worker)
    assert stranger.take() == ()
    (leased,) = teller.take()
    assert stranger.begin(leased) == ()


def test_measure(world: Any, teller: Any) -> None:
    """The gauges count what waits, and how long the oldest has been due."""
    teller.bring("order-1", SENDING, UNKNOWN, due_seconds=1000.0)
    teller.bring("order-2", HELD)
    teller.bring("order-3", SENDING, SETTLED)
    teller.enqueue("order-4")
    world.later(100)
    teller.enqueue("order-5")
    gauges = teller.say(Measure(teller.partner))
    assert (gauges.unknown, gauges.held, gauges.due) == (1, 1, 2)
    assert gauges.oldest_due_seconds == pytest.approx(100, abs=30)


def test_what_is_put_off_gets_no_younger(world: Any, teller: Any) -> None:
    """The oldest due payout is as old as it has waited, however often it was put off.

    A partner that is down and an empty account put payouts off; an age that began anew each time
    would let an outage pass unseen.
    """
    teller.enqueue("order-1")
    for _ in range(2):
        world.later(100)
        (one,) = teller.take()
        move = Move(one.payout.id, one.fence, Status.DUE, "balance-short", 60.0)
        assert teller.say(Record(teller.worker, (move,))) == (one.payout.id,)
    world.later(30)
    gauges = teller.say(Measure(teller.partner))
    assert gauges.due == 1
    assert gauges.oldest_due_seconds == pytest.approx(230, abs=30)
    act = Intervene(teller.partner, "order-1", "hold", "someone", "wait")
    teller.say(act)
    teller.say(replace(act, action="release"))
    assert teller.say(Measure(teller.partner)).oldest_due_seconds == pytest.approx(0, abs=30)


def test_measure_nothing(teller: Any) -> None:
    """Nothing due is no age."""
    teller.enqueue("order-1", delay_seconds=1000.0)
    assert teller.say(Measure(teller.partner)).oldest_due_seconds == 0.0


def test_why_it_is_held_stays_readable(teller: Any) -> None:
    """A look-up that changes nothing does not write over the reason a person needs."""
    teller.enqueue("order-1")
    (one,) = teller.take()
    teller.say(Record(teller.worker, (Move(one.payout.id, one.fence, HELD, "above-limit"),)))
    teller.say(Intervene(teller.partner, "order-1", "look", "me", "curious"))
    (again,) = teller.take()
    teller.say(Record(teller.worker, (Move(again.payout.id, again.fence, HELD, "looked-up"),)))
    assert view(teller, "order-1").reason == "above-limit"
