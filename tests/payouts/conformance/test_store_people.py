"""What people, the backend, webhooks and reconciliation say to a store."""

from __future__ import annotations

from typing import Any

import pytest

from payouts.idempotency import derived_key
from payouts.ledger.statements import (
    Enqueued,
    Finding,
    Findings,
    Intervene,
    Look,
    Noticed,
    Receive,
    Reissue,
    Seen,
    Sighting,
    Unseen,
)
from payouts.money import Money
from payouts.outcome import Received
from payouts.ports import StoreRefused
from payouts.states import Status

DUE, SENDING, UNKNOWN, HELD = Status.DUE, Status.SENDING, Status.UNKNOWN, Status.HELD
SETTLED, DECLINED, CANCELLED = Status.SETTLED, Status.DECLINED, Status.CANCELLED
WHY = "the test says so"


def act(teller: Any, action: str, reference: str = "order-1", **changes: Any) -> Status:
    status = teller.say(Intervene(teller.partner, reference, action, "a person", WHY, **changes))
    assert isinstance(status, Status)
    return status


def reissue(teller: Any, reference: str = "order-1", **changes: Any) -> Enqueued:
    made = teller.say(Reissue(teller.partner, reference, "a person", WHY, **changes))
    assert isinstance(made, Enqueued)
    return made


# decisions -------------------------------------------------------------------------------------


def test_hold_and_release(teller: Any) -> None:
    """What is put aside waits for a person; released, it is due at once and marked so."""
    teller.enqueue("order-1", delay_seconds=1000.0)
    assert act(teller, "hold") is HELD
    assert teller.take() == ()
    assert act(teller, "release") is DUE
    (leased,) = teller.take()
    assert (leased.released, leased.status) == (True, DUE)
    seen = teller.say(Look(teller.partner, "order-1"))
    assert [row[1:] for row in seen.history][1:] == [
        (HELD, WHY, "a person"),
        (DUE, WHY, "a person"),
    ]


def test_release_of_what_was_sent(teller: Any) -> None:
    """What may have been taken is looked up first, with its look-ups starting anew."""
    teller.bring("order-1", SENDING, HELD, looked_up=True)
    assert act(teller, "release") is UNKNOWN
    (leased,) = teller.take(fresh=False)
    assert (leased.status, leased.lookups, leased.sends) == (UNKNOWN, 0, 1)


@pytest.mark.parametrize("action", ["hold", "cancel"])
def test_under_way(teller: Any, action: str) -> None:
    """Nobody decides about a payout that a worker is moving."""
    teller.enqueue("order-1")
    (leased,) = teller.take()
    with pytest.raises(StoreRefused):
        act(teller, action)
    assert teller.begin(leased) == (leased.payout.id,)


def test_decision_ends_an_old_lease(world: Any, teller: Any) -> None:
    """A worker that lost its lease to a person's decision records nothing."""
    teller.enqueue("order-1")
    (leased,) = teller.take()
    world.later(200)
    assert act(teller, "hold") is HELD
    assert teller.record(leased, DUE, due_seconds=0.0) == ()
    assert teller.begin(leased) == ()


def test_cancel(teller: Any) -> None:
    """What was never sent can be cancelled, due or held."""
    teller.enqueue("order-1")
    assert act(teller, "cancel") is CANCELLED
    teller.bring("order-2", HELD)
    assert act(teller, "cancel", "order-2") is CANCELLED
    assert teller.take() == ()


def test_paid(teller: Any) -> None:
    """A person who saw the statement says paid; only of what is held."""
    teller.bring("order-1", SENDING, HELD)
    assert act(teller, "paid") is SETTLED


def test_not_paid_waits(world: Any, teller: Any) -> None:
    """Not paid is said only when the partner's window has passed since the last send."""
    teller.bring("order-1", SENDING, HELD)
    world.later(100)
    with pytest.raises(StoreRefused):
        act(teller, "not_paid", not_paid_after_seconds=150.0)
    world.later(100)
    assert act(teller, "not_paid", not_paid_after_seconds=150.0) is CANCELLED


def test_not_paid_of_what_the_partner_has(world: Any, teller: Any) -> None:
    """What the partner said it has is not declared unpaid by us."""
    teller.bring("order-1", SENDING, HELD, accepted=True)
    world.later(1000)
    with pytest.raises(StoreRefused):
        act(teller, "not_paid")


@pytest.mark.parametrize(
    ("steps", "actions"),
    [
        ((), ("release", "paid", "not_paid", "burn")),
        ((HELD,), ("hold", "not_paid")),
        ((SENDING, UNKNOWN), ("release", "cancel", "paid", "not_paid")),
        ((SENDING, HELD), ("hold", "cancel")),
        ((SENDING, SETTLED), ("hold", "release", "cancel", "paid", "not_paid")),
        ((SENDING, DECLINED), ("hold", "release", "cancel", "paid", "not_paid")),
    ],
)
def test_decisions_refused(
    teller: Any, steps: tuple[Status, ...], actions: tuple[str, ...]
) -> None:
    """Every decision has the statuses it is for, and is refused elsewhere."""
    if steps:
        teller.bring("order-1", *steps, due_seconds=None if steps[-1] is HELD else 500.0)
    else:
        teller.enqueue("order-1")
    for action in actions:
        with pytest.raises(StoreRefused):
            act(teller, action, not_paid_after_seconds=0.0 if HELD not in steps else 100.0)


def test_decision_on_nothing(teller: Any) -> None:
    """There is nothing to decide about a payout that is not there."""
    with pytest.raises(StoreRefused):
        act(teller, "look", "order-9")
    with pytest.raises(StoreRefused):
        reissue(teller, "order-9")
    assert teller.say(Look(teller.partner, "order-9")) is None


def test_decision_needs_a_name(teller: Any) -> None:
    """The history says who decided."""
    teller.enqueue("order-1")
    with pytest.raises(StoreRefused):
        teller.say(Intervene(teller.partner, "order-1", "hold", "", WHY))


def test_look_wakes(teller: Any) -> None:
    """A person may have anything looked at, settled too; recording it ends the asking."""
    teller.bring("order-1", SENDING, SETTLED)
    assert act(teller, "look") is SETTLED
    (leased,) = teller.take(fresh=False)
    assert (leased.asked, leased.status) == (True, SETTLED)
    teller.record(leased, Status.RETURNED)
    assert teller.take() == ()
    assert not teller.say(Look(teller.partner, "order-1")).history[-1][0] > 60


# paid again ------------------------------------------------------------------------------------


@pytest.mark.parametrize("last", [DECLINED, CANCELLED])
def test_reissue(teller: Any, last: Status) -> None:
    """What was not paid is paid again as a new payout, once, with the old amount."""
    old = teller.bring("order-1", SENDING, last).payout
    made = reissue(teller, token="tok_new")
    again = reissue(teller, token="tok_newer")
    assert (made.created, again.created) == (True, False)
    assert made.payout_id == again.payout_id
    assert made.key == derived_key(teller.partner, "order-1~1") != old.key
    (leased,) = teller.take()
    new = leased.payout
    assert (new.reference, new.reissue_of, new.amount) == ("order-1~1", old.id, old.amount)
    assert (new.token, new.recipient, new.method) == ("tok_new", old.recipient, old.method)
    assert teller.say(Look(teller.partner, "order-1~1")).history[0][1:] == (DUE, WHY, "a person")


def test_reissue_is_a_chain(teller: Any) -> None:
    """A reissue that is declined is reissued itself; the first one is not, again."""
    teller.bring("order-1", SENDING, DECLINED)
    first = reissue(teller)
    leased = teller.take_one("order-1~1")
    with pytest.raises(StoreRefused):
        reissue(teller, "order-1~1")
    teller.begin(leased)
    teller.record(leased, DECLINED)
    assert reissue(teller, "order-1~1").key == derived_key(teller.partner, "order-1~2")
    assert reissue(teller, "order-1").payout_id == first.payout_id


def test_reissue_beside_a_stranger(teller: Any) -> None:
    """A payout that happens to be called like a reissue is neither one nor overwritten."""
    teller.enqueue("order-1~1")
    stranger = teller.take_one("order-1~1")
    teller.begin(stranger)
    teller.record(stranger, DECLINED)
    teller.bring("order-1", SENDING, DECLINED)
    with pytest.raises(StoreRefused):
        reissue(teller)
    assert reissue(teller, "order-1~1").key == derived_key(teller.partner, "order-1~1~1")


@pytest.mark.parametrize("steps", [(), (HELD,), (SENDING, UNKNOWN), (SENDING, SETTLED)])
def test_reissue_refused(teller: Any, steps: tuple[Status, ...]) -> None:
    """What may still be paid, or was, is not paid again."""
    if steps:
        teller.bring("order-1", *steps, due_seconds=None if steps[-1] is HELD else 500.0)
    else:
        teller.enqueue("order-1")
    with pytest.raises(StoreRefused):
        reissue(teller)


def test_reissue_refuses_account_numbers(teller: Any) -> None:
    """A new token is a token."""
    teller.bring("order-1", SENDING, DECLINED)
    with pytest.raises(StoreRefused):
        reissue(teller, token="4111111111111111")


# webhooks --------------------------------------------------------------------------------------


def notice(teller: Any, dedupe: str, **who: str) -> str:
    said = teller.say(
        Noticed(teller.partner, dedupe, who.get("key"), who.get("partner_id"), "settled")
    )
    assert isinstance(said, str)
    return said


def test_notice_wakes_once(world: Any, teller: Any) -> None:
    """The same news twice wakes once."""
    leased = teller.bring("order-1", SENDING, UNKNOWN, due_seconds=1000.0)
    assert notice(teller, "n-1", key=leased.payout.key) == "new"
    (leased,) = teller.take()
    assert leased.asked
    teller.record(leased, UNKNOWN, due_seconds=1000.0)
    assert notice(teller, "n-1", key=leased.payout.key) == "repeat"
    assert teller.take() == ()
    assert notice(teller, "n-2", key=leased.payout.key) == "new"
    assert len(teller.take()) == 1


def test_notice_by_partner_id(teller: Any) -> None:
    """A notice that names only the partner's id finds its payout; one of nobody's is unmatched."""
    teller.bring("order-1", SENDING, SETTLED, partner_id="T-1")
    assert notice(teller, "n-1", partner_id="T-9") == "unmatched"
    assert notice(teller, "n-1", partner_id="T-1") == "repeat"
    assert notice(teller, "n-2", partner_id="T-1", key="nobody") == "new"
    (leased,) = teller.take()
    assert (leased.status, leased.asked) == (SETTLED, True)


def test_notice_does_not_hurry(world: Any, teller: Any) -> None:
    """A notice about a payout that is not sent yet does not send it sooner."""
    made = teller.enqueue("order-1", delay_seconds=150.0)
    assert notice(teller, "n-1", key=made.key) == "new"
    assert teller.take() == ()
    world.later(200)
    (leased,) = teller.take()
    assert leased.asked


def test_notice_while_it_is_moved(teller: Any) -> None:
    """News that comes while a worker moves the payout is not lost with what the worker records."""
    teller.bring("order-1", SENDING, UNKNOWN, due_seconds=0.0)
    (leased,) = teller.take()
    assert notice(teller, "n-1", key=leased.payout.key) == "new"
    teller.record(leased, UNKNOWN, due_seconds=1000.0)
    (leased,) = teller.take()
    assert leased.asked
    teller.record(leased, UNKNOWN, due_seconds=1000.0)
    assert teller.take() == ()


def test_notice_while_a_lease_runs_out(world: Any, teller: Any) -> None:
    """News for a worker that died is there for the next one, and over when that one recorded."""
    teller.bring("order-1", SENDING, UNKNOWN, due_seconds=0.0)
    (lost,) = teller.take()
    assert notice(teller, "n-1", key=lost.payout.key) == "new"
    world.later(200)
    (leased,) = teller.take()
    assert leased.asked
    teller.record(leased, UNKNOWN, due_seconds=1000.0)
    assert teller.take() == ()


def test_asked_and_not_heard(teller: Any) -> None:
    """``ask``: a look-up that could not be made is made when the payout is due again."""
    teller.bring("order-1", SENDING, SETTLED)
    act(teller, "look")
    (leased,) = teller.take()
    teller.record(leased, SETTLED, ask=True, due_seconds=0.0)
    (leased,) = teller.take()
    assert leased.asked


# reconciliation --------------------------------------------------------------------------------


def seen(teller: Any, *keys: str, orphans: tuple[tuple[str, str, str], ...] = ()) -> Any:
    sighting = teller.say(Seen(teller.partner, teller.worker, 150.0, keys, orphans))
    assert isinstance(sighting, Sighting)
    return sighting


def test_seen_is_leased(world: Any, tell: Any, teller: Any, partner: str) -> None:
    """A listed payout that nobody leases is ours; one that somebody leases is theirs, but seen."""
    settled = teller.bring("order-1", SENDING, SETTLED)
    teller.enqueue("order-2")
    leased = teller.take_one("order-2")
    other = tell(world.connect(), partner, "worker-2")
    (ours,) = seen(other, leased.payout.key, settled.payout.key, "unheard-of").leased
    assert (ours.payout.id, ours.fence) == (settled.payout.id, settled.fence + 1)
    teller.begin(leased)
    teller.record(leased, SETTLED)
    world.later(100)
    assert teller.say(Unseen(partner, 1000.0, 50.0)) == ()


def test_unseen(world: Any, teller: Any) -> None:
    """What we hold for paid and no list ever showed is found by the age of its last send."""
    for number in range(3):
        teller.bring(f"order-{number}", SENDING, SETTLED)
        world.later(100)
    teller.bring("order-9", SENDING, UNKNOWN, due_seconds=1000.0)
    look = Unseen(teller.partner, 250.0, 50.0)
    assert teller.say(look) == ("order-1", "order-2")
    seen(teller, derived_key(teller.partner, "order-1"))
    assert teller.say(look) == ("order-2",)


def test_orphan_is_never_sent(teller: Any) -> None:
    """What a lost ledger had sent comes back as unknown and accepted: looked up, never sent."""
    key = derived_key(teller.partner, "order-1")
    assert seen(teller, key, orphans=((key, "T-1", "settled"),)) == Sighting((), 1)
    assert seen(teller, key, orphans=((key, "T-1", "settled"),)) == Sighting((), 0)
    assert teller.say(Finding(teller.partner, "orphan", key, "")) is False
    made = teller.enqueue("order-1", delay_seconds=1000.0)
    assert (made.status, made.key) == (UNKNOWN, key)
    (leased,) = teller.take(fresh=False)
    assert (leased.accepted, leased.asked, leased.partner_id) == (True, True, "T-1")
    assert (leased.attempts, leased.sends) == (1, 1)
    assert leased.first_sent_seconds == pytest.approx(0, abs=30)
    assert teller.begin(leased) == ()
    assert teller.record(leased, SETTLED) == (leased.payout.id,)


def test_known_is_no_orphan(teller: Any) -> None:
    """A payout that is there is leased to whoever saw it, not made an orphan."""
    made = teller.enqueue("order-1")
    sighting = seen(teller, made.key, orphans=((made.key, "T-1", "settled"),))
    assert sighting.orphans == 0
    (leased,) = sighting.leased
    assert (leased.status, leased.sends) == (DUE, 0)
    said = teller.record(leased, UNKNOWN, due_seconds=0.0, accepted=True, partner_id="T-1")
    assert said == (made.payout_id,)


def test_finding_once(teller: Any) -> None:
    """A finding is new once per kind and subject."""
    say = Finding(teller.partner, "orphan", "order-1", "first")
    assert teller.say(say) is True
    assert teller.say(Finding(teller.partner, "orphan", "order-1", "second")) is False
    assert teller.say(Finding(teller.partner, "unseen", "order-1", "first")) is True


def test_findings_newest_first(world: Any, teller: Any) -> None:
    """What was noted is read back, newest first, as many as asked for, of one partner only."""
    assert teller.say(Findings(teller.partner)) == ()
    for subject in ("order-1", "order-2", "order-3"):
        teller.say(Finding(teller.partner, "orphan", subject, f"about {subject}"))
        world.later(10)
    teller.say(Finding(f"{teller.partner}-report", "orphan", "order-9", ""))
    newest, older = teller.say(Findings(teller.partner, 2))
    assert (newest.kind, newest.subject, newest.detail) == ("orphan", "order-3", "about order-3")
    assert older.subject == "order-2"
    assert newest.seconds_ago == pytest.approx(10, abs=5)
    assert older.seconds_ago == pytest.approx(20, abs=5)
    assert len(teller.say(Findings(teller.partner))) == 3


def test_received_once(teller: Any) -> None:
    """What comes in is kept once; the same id with another amount is kept once, too, and found."""

    def item(number: int, minor: int | None) -> Received:
        amount = None if minor is None else Money(minor, "USD")
        return Received(f"row-{number}", "deposit", amount, "2026-11-20", {"batch": "7"})

    source = f"{teller.partner}-report"
    assert teller.say(Receive(source, (item(1, 100), item(2, None), item(3, -50)))) == 3
    assert teller.say(Receive(source, (item(1, 100), item(4, 100), item(4, 100)))) == 1
    assert teller.say(Finding(source, "received-differs", "row-4", "")) is True
    assert teller.say(Receive(source, (item(1, 101),))) == 0
    assert teller.say(Finding(source, "received-differs", "row-1", "")) is False
    assert teller.say(Receive(source, ())) == 0


def test_new_payout_is_checked_on_the_way_in(teller: Any) -> None:
    """The store's own checks are behind the value's: what passes one passes the other."""
    longest = {"recipient": "r" * 128, "token": "a" * 128}
    assert teller.enqueue("r" * 200, 2**63 - 1, **longest).created
