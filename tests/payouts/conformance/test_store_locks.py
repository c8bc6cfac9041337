"""Two sessions at once: what is not committed is nobody else's, and what is held is waited for."""

from __future__ import annotations

from typing import Any

import pytest

from payouts.ledger.statements import (
    BeginSends,
    BeginTick,
    Enqueue,
    Intervene,
    Look,
    Move,
    Record,
    Take,
)
from payouts.ports import StoreBusy, StoreError
from payouts.states import Status


def test_uncommitted_is_unseen(world: Any, tell: Any, partner: str) -> None:
    """What one session did not commit, no other sees."""
    one, other = world.connect(), tell(world.connect(), partner)
    one.execute(Enqueue(other.new("order-1")))
    assert other.say(Look(partner, "order-1")) is None
    assert other.take() == ()
    one.commit()
    assert len(other.take()) == 1


def test_take_skips_what_is_held(world: Any, tell: Any, teller: Any, partner: str) -> None:
    """Two workers take at once and get different payouts, without waiting."""
    for number in range(4):
        teller.enqueue(f"order-{number}")
    one, other = world.connect(), world.connect()
    first = one.execute(Take(partner, "worker-1", 2, 150.0, True))
    second = other.execute(Take(partner, "worker-2", 50, 150.0, True))
    assert [x.payout.reference for x in first] == ["order-0", "order-1"]
    assert [x.payout.reference for x in second] == ["order-2", "order-3"]
    other.commit()
    one.rollback()
    assert [x.payout.reference for x in teller.take()] == ["order-0", "order-1"]


def test_take_that_was_rolled_back(world: Any, teller: Any, partner: str) -> None:
    """A lease that was not committed is none."""
    teller.enqueue("order-1")
    store = world.connect()
    (lost,) = store.execute(Take(partner, "worker-1", 1, 150.0, True))
    store.rollback()
    (leased,) = teller.take()
    assert leased.fence == lost.fence == 1


@pytest.mark.parametrize("sentence", ["record", "begin", "hold"])
def test_held_row_is_busy(world: Any, teller: Any, partner: str, sentence: str) -> None:
    """What must change a row that another session holds gives up after the lock's time-out."""
    teller.enqueue("order-1")
    (leased,) = teller.take()
    lease = ((leased.payout.id, leased.fence),)
    holder, waiter = world.connect(), world.connect()
    holder.execute(BeginSends(partner, teller.worker, lease))
    said = {
        "record": Record(teller.worker, (Move(*lease[0], Status.HELD, "?"),)),
        "begin": BeginSends(partner, teller.worker, lease),
        "hold": Intervene(partner, "order-1", "hold", "a person", "?"),
    }
    with pytest.raises(StoreBusy):
        waiter.execute(said[sentence])
    holder.commit()
    # The transaction of the one that gave up is over, and its next one works.
    assert waiter.execute(Look(partner, "order-1")).status is Status.SENDING
    waiter.rollback()


def test_one_enqueues_while_another_does(world: Any, teller: Any, partner: str) -> None:
    """The second of two equal enqueues waits for the first one's end."""
    one, other = world.connect(), world.connect()
    one.execute(Enqueue(teller.new("order-1")))
    with pytest.raises(StoreBusy):
        other.execute(Enqueue(teller.new("order-1")))
    one.rollback()
    assert other.execute(Enqueue(teller.new("order-1"))).created
    other.commit()


def test_ticks_begin_one_after_the_other(world: Any, partner: str) -> None:
    """Two ticks of one partner do not begin in the same moment."""
    one, other = world.connect(), world.connect()
    assert one.execute(BeginTick(partner, 0)).position == 1
    with pytest.raises(StoreBusy):
        other.execute(BeginTick(partner, 0))
    one.commit()
    assert other.execute(BeginTick(partner, 1)).position == 2
    other.commit()


def test_refusal_undoes_the_transaction(world: Any, teller: Any, partner: str) -> None:
    """After a refusal nothing of the transaction is left."""
    teller.enqueue("order-1")
    store = world.connect()
    store.execute(Enqueue(teller.new("order-2")))
    with pytest.raises(StoreError):
        store.execute(Enqueue(teller.new("order-1", 999)))
    store.commit()
    assert teller.say(Look(partner, "order-2")) is None


def test_closed_is_rolled_back(world: Any, teller: Any, partner: str) -> None:
    """A session that ends without a commit has done nothing."""
    store = world.connect()
    store.execute(Enqueue(teller.new("order-1")))
    store.close()
    assert teller.say(Look(partner, "order-1")) is None
